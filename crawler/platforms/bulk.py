"""Whole registers as one delimited file, fetched or dropped into the inbox by an operator.

YAML: `url` is the file's address, or empty for the newest file in the register's inbox folder.
`fields` maps our facts to headings, `ignore` lists the headings we chose not to read; together they
must be the whole heading. `options`: `encoding`, `delimiter`, `names` (`given_family` or
`family_given`) where one column holds the whole name, `dates` (strptime pattern), `dated` (patterns
with year, month and day that find the publisher's date in the file's name).

The age of a file is the publisher's date: from its name, else Last-Modified over HTTP. The moment
an operator saved it says nothing, so without either the age is unknown and nothing is confirmed.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from config.register import Register
from crawler import reading
from crawler.ask import Answer, Ask, AsOf, Found, Oddity, Seen
from crawler.mapping import standing
from data.names import number_key, split_name
from data.records import Name, Record

INBOX = "inbox"
_DATES = ("first_registered", "effective", "expires")


class Bulk:
    """Reads delimited files."""

    def start(self, register: Register) -> Iterator[Ask]:
        """The one file."""
        yield Ask(register.url or f"{INBOX}:{register.id}", "file")

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:  # noqa: ARG002
        """A file cannot be asked about one person."""
        return iter(())

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """The publisher's date, then every row; raises Refused or Unreadable."""
        yield AsOf(file_date(register, answer))
        columns = [*register.fields.values(), *register.ignore]
        options = register.options
        rows = reading.read_rows(answer, columns, options["encoding"], options["delimiter"])
        whole = True
        for line, row in rows:
            whole = row is not None
            if row is None:
                words = "Rows with a wrong number of cells, not read."
                yield Oddity("broken_row", words, f"line {line}")
            else:
                yield from _read_row(register, line, row)
        if not whole:
            yield Oddity("cut_file", "The last row of the file is not whole: the file is cut off.")


def file_date(register: Register, answer: Answer) -> datetime | None:
    """When the publisher says the file was made (a day means its beginning), or None."""
    name = unquote(PurePosixPath(urlsplit(answer.url).path).name)
    return named_date(register, name) or reading.published(answer.headers)


def named_date(register: Register, name: str) -> datetime | None:
    """The publisher's date in a file's name, by the register's `dated` patterns."""
    for pattern in register.options["dated"]:
        if found := re.search(pattern, name):
            try:
                day = date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError:
                continue
            return datetime.combine(day, time(), register.zone).astimezone(UTC)
    return None


def _read_row(register: Register, line: int, row: dict[str, str]) -> Iterator[Found]:
    said = {fact: reading.text(row[column]) for fact, column in register.fields.items()}
    number = said["number"]
    if not number_key(number) or len(number) > 80 or not said["name"]:
        yield Oddity("unreadable_row", "Rows without a number or a name, not kept.", f"line {line}")
        return
    doubts: list[str] = []
    dates: dict[str, date | None] = {}
    for fact in _DATES:
        try:
            dates[fact] = reading.day(said.get(fact), register.zone, register.options["dates"])
        except ValueError:
            column = register.fields[fact]
            yield Oddity("bad_date", f"{column} is not a date.", f"line {line}")
            doubts += ["bad_date"] if fact == "expires" else []
            dates[fact] = None
    mended = reading.mend(said["name"])
    if mended != said["name"]:
        words = "Names garbled by a wrong encoding at the publisher, mended for searching."
        yield Oddity("garbled_text", words, f"line {line}")
    given, middle, family = split_name(mended, register.options["names"])
    status, doubt = standing(register, said["status"], None, None, restricted=False, noticed=False)
    record = Record(
        register=register.id,
        key=number,
        name=Name(given, family, middle),
        status=status,
        number=number,
        profession=register.profession,
        word=said["status"],
        source_url=register.official_url,
        doubts=tuple(doubts + ([doubt] if doubt else [])),
        first_registered=dates["first_registered"],
        effective=dates["effective"],
        expires=dates["expires"],
    )
    yield Seen("", record, record.content_hash)
