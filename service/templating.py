"""The templates in one language, for pages and for reports: what they hold is escaped."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.language import catalogue

_TEMPLATES = Path(__file__).parent / "templates"


def templates(language: str) -> Environment:
    """The templates, which say `_("…")` in this language."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    messages = catalogue(language)
    made.install_gettext_callables(  # type: ignore[attr-defined]
        messages.gettext, messages.ngettext, newstyle=True
    )
    return made
