"""Whole registers as one file of rows, fetched or dropped into the inbox by an operator.

YAML: `url` is the file's address, or empty for the newest file in the register's inbox folder.
`fields` maps our facts to headings, `keep` and `alerts` name columns too, `ignore` lists the
headings we chose not to read; together they must be the whole heading, in any order. `options` are
the fields of `crawler.files.Shape`: delimiter, quoting, encodings, a file without a heading, a
delimiter at the end of rows, unnamed further cells, the member of a ZIP, the sheet of a workbook,
the order of whole names, the patterns of dates. ZIP and XLSX are known by their first bytes, so a
file that an operator unpacked or saved anew is read as well.

The age of a file is the publisher's date: from its name, else Last-Modified over HTTP. The moment
an operator saved it says nothing, so without either the age is unknown and nothing is confirmed. A
service that makes the file when asked (`live`) answers for the moment of its answer.

Known failures: TDLR answers 406 to any `Accept` but `*/*` (so does nobody else: it is sent to all);
maintenance pages with status 200; members of no bytes (Missouri); rows with a pipe too many
(Florida, 27 of 3.7 million).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from config.register import Register
from crawler import reading
from crawler.ask import Answer, Ask, AsOf, Found, Oddity, Seen
from crawler.files import columns_of, read_rows, shape_of
from crawler.rows import kept, read_row

INBOX = "inbox"


class Bulk:
    """Reads files of rows."""

    def start(self, register: Register) -> Iterator[Ask]:
        """The one file."""
        # Packed by the web server it would have to be unpacked in memory.
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", **shape_of(register).headers}
        url = register.url or f"{INBOX}:{register.id}"
        yield Ask(url, "file", headers=headers, stream=True)

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:  # noqa: ARG002
        """A file cannot be asked about one person."""
        return iter(())

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """The publisher's date, then every row; raises Refused or Unreadable."""
        shape = shape_of(register)
        if not (shape.live and answer.url.startswith("http")):
            yield AsOf(file_date(register, answer))
        today = register.local_day(answer.at)
        rows = ours = broken = 0
        whole = True
        for line, row in read_rows(answer, columns_of(register), shape):
            rows, whole = rows + 1, row is not None
            if row is None:
                broken += 1
                words = "Rows with a wrong number of cells, not read."
                yield Oddity("broken_row", words, f"line {line}")
            elif kept(register, row):
                ours += 1
                yield from seen_row(register, row, f"line {line}", today)
        if not whole:
            yield Oddity("cut_file", "The last row of the file is not whole: the file is cut off.")
        if register.filters:
            yield _sum(rows, ours, broken)


def _sum(rows: int, ours: int, broken: int) -> Oddity:
    """Rows in = rows out, for the operator to see."""
    others = rows - ours - broken
    words = f"Of {rows} rows {ours} are of this profession, {others} are not, {broken} are broken."
    return Oddity("rows_read", words)


def seen_row(
    register: Register, row: Mapping[str, str], where: str, today: date
) -> Iterator[Seen | Oddity]:
    """A row that is all the register tells of somebody."""
    for found in read_row(register, row, where, today):
        yield found if isinstance(found, Oddity) else Seen("", found)


def file_date(register: Register, answer: Answer) -> datetime | None:
    """When the publisher says the file was made (a day means its beginning), or None."""
    name = unquote(PurePosixPath(urlsplit(answer.url).path).name)
    return named_date(register, name) or reading.published(answer.headers)


def named_date(register: Register, name: str) -> datetime | None:
    """The publisher's date in a file's name, by the register's `dated` patterns."""
    for pattern in shape_of(register).dated:
        if found := re.search(pattern, name):
            try:
                day = date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError:
                continue
            return datetime.combine(day, time(), register.zone).astimezone(UTC)
    return None
