"""The language a person reads: which one they asked for, and every message in it.

English stands in the code; a folder of `service/locale` with a catalogue makes a further language.
Doors for programs and the command line never leave English: only pages say what they speak.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale, localedata, negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

if TYPE_CHECKING:  # the command line speaks too, and has no use for a web framework
    from fastapi import Request

ENGLISH = "en"
COOKIE = "lang"
FOLDER = Path(__file__).parent / "locale"
LANGUAGES = (ENGLISH, *sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))
_MOST = 500  # characters of an Accept-Language header that are read
_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def spoken() -> str:
    """The language that is being spoken to whoever is asking."""
    return _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything said inside the block is said in this language."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def locale(language: str | None = None) -> Locale:
    """How dates and numbers are written: as in Canada, where that language is written there."""
    code = language or spoken()
    canadian = f"{code}_CA"
    return Locale.parse(canadian if localedata.exists(canadian) else code)


def name_of(language: str) -> str:
    """A language in its own words, as a switch shows it."""
    return (Locale.parse(language).display_name or language).capitalize()


@cache
def catalogue(language: str) -> NullTranslations:
    """The messages of a language, read from its catalogue once."""
    read = _read(language)
    if read is None:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return Translations(compiled)


@cache
def messages(language: str) -> tuple[str, ...]:
    """Every message that a language has a translation of; those with two forms apart."""
    return tuple(one.id for one in _read(language) or () if one.id and isinstance(one.id, str))


def _read(language: str) -> Catalog | None:
    path = FOLDER / language / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=language)


def say(message: str, **values: object) -> str:
    """A message in the language that is spoken, with its `%(name)s` filled in."""
    said = catalogue(spoken()).gettext(message) if message else ""
    return said % values if values else said


def many(one: str, more: str, count: int, **values: object) -> str:
    """A message about `count` things, in the form that the language has for so many."""
    said = catalogue(spoken()).ngettext(one, more, count)
    return said % {"count": count, **values}


def kept(message: str, **values: object) -> str:
    """A message that is put away: in English, whoever asks; `service.retold` says it anew."""
    return message % values if values else message


def N_(message: str) -> str:  # noqa: N802 - the name that every gettext tool knows
    """Marks a message that is said elsewhere, with `say`."""
    return message


def of(request: "Request") -> str:
    """The language somebody chose (`?lang=`, then the cookie), else the best their browser says."""
    for chosen in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if chosen in LANGUAGES:
            return chosen
    return accepted(request.headers.get("accept-language", ""))


def accepted(header: str) -> str:
    """The best of our languages for an Accept-Language header; English where none fits."""
    ranked = []
    for at, part in enumerate(header[:_MOST].split(",")):
        tag, _, weight = part.partition(";q=")
        ranked.append((-_weight(weight), at, tag.strip().replace("-", "_")))
    wanted = [tag for weight, _, tag in sorted(ranked) if tag and weight < 0]
    found = negotiate_locale(wanted, LANGUAGES) or ENGLISH
    return next(code for code in LANGUAGES if code.lower() == found.lower())


def _weight(text: str) -> float:
    try:
        return min(float(text or 1), 1.0)
    except ValueError:
        return 0.0
