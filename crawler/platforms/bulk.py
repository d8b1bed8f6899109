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
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from config.register import Register
from crawler import reading
from crawler.ask import Answer, Ask, AsOf, Found, Oddity, Seen
from crawler.rows import kept, read_row

INBOX = "inbox"


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
        today = register.local_day(answer.at)
        whole = True
        for line, row in rows:
            whole = row is not None
            if row is None:
                words = "Rows with a wrong number of cells, not read."
                yield Oddity("broken_row", words, f"line {line}")
            elif kept(register, row):
                yield from seen_row(register, row, f"line {line}", today)
        if not whole:
            yield Oddity("cut_file", "The last row of the file is not whole: the file is cut off.")


def seen_row(
    register: Register, row: Mapping[str, str], where: str, today: date
) -> Iterator[Seen | Oddity]:
    """A row that is all the register tells of somebody."""
    for found in read_row(register, row, where, today):
        yield found if isinstance(found, Oddity) else Seen("", found, found.content_hash)


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
