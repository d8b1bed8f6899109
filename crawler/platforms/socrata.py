"""Socrata open-data portals (SODA 2): a register as one dataset, read by named columns.

Documentation: dev.socrata.com/docs. A sweep asks for the dataset's description (`rowsUpdatedAt`,
Unix seconds, is the publisher's date), counts the rows of the filter, reads pages until one is
empty, and asks for the description again: of a dataset replaced meanwhile nothing is believed. Rows
are ordered by number, so that those of one registration (a discipline case each, or repeats) stand
together and become one person.

YAML: `url` is the portal; `options.dataset` its four-by-four id; `options.where` the SoQL filter
that finds the profession (`=` and `like` mind case, a quote is doubled); `options.page` rows a page
(5000 unless given). Asked for are the columns of `fields`, `alerts` and `keep` and no others;
`ignore` lists the rest of the dataset. `keep` checks again, row by row, what `where` asked for.

Known failures: 1,000 rows unless `$limit` is given, no order unless `$order` is, empty cells left
out, error objects with status 200, copies behind the original (`X-SODA2-Data-Out-Of-Date`).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from config.register import Register
from crawler import reading
from crawler.ask import Answer, Ask, AsOf, Found, Oddity, Seen, Total, Unreadable
from crawler.rows import grouped, kept, read_rows, row_key
from data.names import clean

Row = dict[str, str]
_LIVE = timedelta(hours=24)  # how old a copy may be that is to tell somebody's standing "now"


class Socrata:
    """Reads datasets of a Socrata portal."""

    def start(self, register: Register) -> Iterator[Ask]:
        """The dataset's description; count, rows and a second look at it follow."""
        yield _ask(register, "about", {})

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:
        """The rows of one key."""
        key = " || ' ' || ".join(register.fields[fact] for fact in register.identity)
        said = wanted.replace("'", "''")
        where = f"({register.options['where']}) AND {key}='{said}'"
        yield _ask(register, "person", {}, select=",".join(_columns(register)), where=where)

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """A description, a count, a page or a person; raises Refused or Unreadable."""
        body, step = reading.read_json(answer), answer.ask.step
        if step in ("about", "still"):
            yield from _read_about(register, answer, body)
        elif step == "count":
            count = _count(_rows(answer, body), answer)
            yield _ask_page(register, {**answer.ask.memo, "count": count})
        elif step == "rows":
            yield from _read_page(register, answer, _asked(register, answer, body))
        else:
            made = reading.published(answer.headers)
            if made is None or answer.at - made > _LIVE:
                raise Unreadable("The dataset is not of today, so it knows no more.", answer.url)
            yield from _people(register, answer, grouped(register, _asked(register, answer, body)))


def _columns(register: Register) -> list[str]:
    return list(dict.fromkeys([*register.fields.values(), *register.alerts, *register.filters]))


def _ask(register: Register, step: str, memo: Mapping[str, Any], **query: str) -> Ask:
    dataset, portal = register.options["dataset"], register.url.rstrip("/")
    if not query:
        return Ask(f"{portal}/api/views/{dataset}.json", step, memo)
    said = urlencode({f"${clause}": words for clause, words in query.items()})
    return Ask(f"{portal}/resource/{dataset}.json?{said}", step, memo)


def _ask_page(register: Register, memo: Mapping[str, Any], received: int = 0) -> Ask:
    where, limit = register.options["where"], register.options.get("page", "5000")
    query = {"select": ",".join(_columns(register)), "where": where, "limit": limit}
    order = ",".join([*(register.fields[fact] for fact in register.identity), ":id"])
    memo = {"aside": 0, "held": [], **memo, "received": received}
    # By the rows received, never by the rows asked for.
    return _ask(register, "rows", memo, **query, order=order, offset=str(received))


def _read_about(register: Register, answer: Answer, body: Any) -> Iterator[Found]:
    said = body if isinstance(body, dict) else {}
    updated = said.get("rowsUpdatedAt")
    if type(updated) is not int or not 0 < updated < 2**33:
        raise Unreadable("The dataset's description has no believable date.", answer.url)
    if answer.ask.step == "about":
        yield AsOf(datetime.fromtimestamp(updated, UTC))
        columns = reading.objects(said.get("columns"), "columns")
        names = [reading.text(column.get("fieldName")) for column in columns]
        yield from _undeclared(names, [*_columns(register), *register.ignore])
        if lost := sorted(set(_columns(register)) - set(names)):
            words = f"The dataset no longer has the columns {', '.join(lost)}."
            raise Unreadable(words, answer.url)
        query = {"select": "count(1)", "where": register.options["where"]}
        yield _ask(register, "count", {"updated": updated}, **query)
    elif updated != answer.ask.memo["updated"]:
        raise Unreadable("The dataset was replaced while it was being read.", answer.url)


def _undeclared(names: Iterable[str], known: Iterable[str]) -> Iterator[Oddity]:
    for name in sorted(set(names) - set(known)):
        if not name.startswith(":"):  # the portal's own columns
            shown = reading.text(name, 60)
            yield Oddity("undeclared_field", f"The dataset has a column we do not know: {shown}.")


def _rows(answer: Answer, body: Any) -> list[Row]:
    if isinstance(body, dict):
        words = reading.text(body.get("message")) or "without a message"
        raise Unreadable(f"The register reports an error inside its answer: {words}.", answer.url)
    if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        raise Unreadable("The register's answer is not a list of rows.", answer.url)
    if answer.headers.get("x-soda2-data-out-of-date", "false").casefold() not in ("false", "[]"):
        raise Unreadable("The register says that this copy is behind its original.", answer.url)
    return [{name: reading.text(cell, 4000) for name, cell in row.items()} for row in body]


def _asked(register: Register, answer: Answer, body: Any) -> list[Row]:
    """Rows of the columns that were asked for, and of no others."""
    rows, columns = _rows(answer, body), set(_columns(register))
    if strange := sorted({name for row in rows for name in row} - columns):
        names = clean(", ".join(strange), 200)
        raise Unreadable(f"The register sends columns we did not ask for: {names}.", answer.url)
    return rows


def _count(rows: list[Row], answer: Answer) -> int:
    cells = [cell for row in rows for cell in row.values()]
    if len(cells) != 1 or not cells[0].isdecimal() or len(cells[0]) > 9:
        raise Unreadable("The register does not tell how many rows it holds.", answer.url)
    return int(cells[0])


def _read_page(register: Register, answer: Answer, rows: list[Row]) -> Iterator[Found]:
    """The people whose rows are complete; the last one's may go on on the next page."""
    memo, count = answer.ask.memo, answer.ask.memo["count"]
    received = memo["received"] + len(rows)
    if received > count:
        raise Unreadable(f"The register counts {count} rows and sends more.", answer.url)
    mine = [row for row in rows if kept(register, row)]
    groups = grouped(register, [*memo["held"], *mine])
    held = groups.pop() if groups and rows and received < count else []
    yield from _people(register, answer, groups)
    # Rows that are nobody new: another profession's, and the further ones of somebody.
    aside = memo["aside"] + len(rows) - len(mine) + sum(len(group) - 1 for group in groups)
    if rows:
        yield _ask_page(register, {**memo, "aside": aside, "held": held}, received)
    else:
        start = {"updated": memo["updated"], "count": count}
        yield Total("", count - aside, again=_ask_page(register, start))
        yield _ask(register, "still", start)


def _people(register: Register, answer: Answer, groups: list[list[Row]]) -> Iterator[Found]:
    today, listed = register.local_day(answer.at), answer.ask.step == "rows"
    for group in groups:
        for one in read_rows(register, group, row_key(register, group[0]), today):
            yield one if isinstance(one, Oddity) or not listed else Seen("", one)
