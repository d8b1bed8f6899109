"""Every message a person can meet, gathered from the code, the pages and the files of config.

python -m service.messages        brings every catalogue up to date, and says what is missing
"""

import sys
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from config.guide import read_guide
from config.jurisdiction import Coverage
from config.register import Catalogue
from service.answer import PROFESSION
from service.audit.words import FINDING, MARK
from service.language import FOLDER, LANGUAGES
from service.watch.words import ALERT, DAILY, STATE, WHY
from service.workspace.words import REFUSED

_HERE = Path(__file__).parent
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
_KEYWORDS = {"_": None, "gettext": None, "say": None, "N_": None, "ngettext": (1, 2)}
_KEYWORDS |= {"many": (1, 2), "kept": None}


def gather() -> Catalog:
    """All messages in English, with where they stand."""
    found = Catalog(fuzzy=False)
    for file, line, message, _, _ in extract_from_dir(
        _HERE, _METHODS, _OPTIONS, keywords=_KEYWORDS
    ):
        if _speaks(_HERE / file):
            found.add(message, locations=[(f"service/{file}", line)])
    for where, text in _declared():
        found.add(text, locations=[(where, 0)])
    return found


@cache
def _speaks(path: Path) -> bool:
    """Whether what a module calls `say` is ours: commands have one that only prints."""
    return path.suffix != ".py" or "from service.language import" in path.read_text("utf-8")


def _declared() -> Iterator[tuple[str, str]]:
    """What the files of config say to people, and the names there that have a translation."""
    yield "config/guide.yml", PROFESSION
    for text in REFUSED:
        yield "service/workspace/words.py", text
    for text in (*MARK.values(), *FINDING.values()):
        yield "service/audit/words.py", text
    for text in chain.from_iterable(table.values() for table in (ALERT, DAILY, STATE, WHY)):
        yield "service/watch/words.py", text
    for text in (*read_guide().texts(), *read_guide().sources()):
        yield "config/guide.yml", text
    for place in Coverage():
        for text in filter(None, (place.name, place.note, place.doubt, place.ask)):
            yield "config/jurisdictions.yml", text
        if place.body and place.code.startswith("CA-"):
            yield "config/jurisdictions.yml", place.body
    for register in Catalogue():
        where = f"config/registers/{register.id}.yml"
        for text in filter(None, (register.covers, register.caveat, register.profession)):
            yield where, text
        if register.jurisdiction.startswith("CA-"):
            yield where, register.name


def missing(catalogue: Catalog) -> list[str]:
    """The messages that a catalogue does not translate."""
    return [_one(message) for message in gather() if message.id and not _known(catalogue, message)]


def _one(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _known(catalogue: Catalog, message: Message) -> bool:
    known = catalogue.get(_one(message))
    if known is None or known.fuzzy or known.pluralizable is not message.pluralizable:
        return False
    forms = [known.string] if isinstance(known.string, str) else [*(known.string or [""])]
    return all(forms)


def read_catalogue(language: str) -> Catalog:
    """The catalogue of a language."""
    with _path(language).open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> Catalog:
    """The catalogue with every message of today, and none of yesterday; written back."""
    known = read_catalogue(language) if _path(language).is_file() else Catalog(locale=language)
    begun = known.creation_date
    known.update(gather(), no_fuzzy_matching=True)
    known.creation_date = begun  # else every run would change the file
    known.obsolete.clear()
    known.project, known.version = "Good Standing", ""
    known.msgid_bugs_address = known.last_translator = known.language_team = ""
    _path(language).parent.mkdir(parents=True, exist_ok=True)
    with _path(language).open("wb") as file:
        write_po(file, known, width=100, omit_header=False, include_lineno=False)
    return known


def _path(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


if __name__ == "__main__":
    for code in sys.argv[1:] or LANGUAGES[1:]:
        for message in missing(update(code)):
            print(f"{code}: {message}")  # noqa: T201 - a tool for whoever writes messages
