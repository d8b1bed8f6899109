"""Thentia registers, `portal` dialect (`*.portalus`, `*.portalca`): tables with labelled columns.

`result` is an object: `columnLayout` names the columns, `dataResults` holds rows `{id,
columnValues[{data}]}`. The order of columns differs by tenant and is never relied on. The page of a
person is asked for by POST and answers `nameValuePairs`, `pageTitle` and `tables`, but not whose
page it is: number and name must be those of the list, so that one page alone proves nothing.

YAML: `options.dialect: portal`, `identity: [key]` with `key: id`, `fields` by the labels of the
list, `options.profile` our facts by the labels of a person's page, `options.notices` words in the
titles of tables that tell of discipline, `options.tables` those of other tables, `options.query`
the filters that a tenant insists on, `ignore` other labels of list and page.

Known failures: without the filters of its own page a tenant answers zero, and so does one that is
closed; details answer 429 when asked quickly; values may be tokens instead of words (unmapped, and
therefore unrecognised).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from config.register import Register
from crawler import reading
from crawler.ask import Answer, Ask, Found, Oddity, Seen, Total, Unreadable
from crawler.listing import digest_of, undeclared
from crawler.mapping import with_alerts
from crawler.platforms.thentia_shared import (
    WHOLE,
    all_of,
    ask_again,
    envelope,
    is_object_id,
    refuse_nobody,
)
from crawler.rows import kept, read_row
from data.names import name_key, number_key, tokens
from data.records import Notice, Record

_DETAIL = "/rest/public/custom-public-register/profile/individual/"


class Portal:
    """Reads the `portal` dialect."""

    def start(self, register: Register) -> Iterator[Ask]:
        """The list of everybody, from its beginning."""
        yield _ask_list(register)

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:
        """A search by number or name; a key alone leads to a page that does not say whose it is."""
        if not is_object_id(wanted):
            yield _ask_list(register, keyword=wanted)

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """A list page or a person's page; raises Refused or Unreadable."""
        body = reading.read_json(answer)
        if answer.ask.step == "detail":
            yield from _read_detail(register, answer, body)
        else:
            yield from _read_list(register, answer, body)


def _ask_list(register: Register, skip: int = 0, aside: int = 0, keyword: str = WHOLE) -> Ask:
    query = {"keyword": keyword, "skip": skip, "take": 20, "lang": "en-us"}
    filters = {"licenseType": "all", "licenseStatus": "all", "disciplined": "false"}
    said = urlencode({**query, **filters, **register.options.get("query", {})})
    url = f"{register.url.rstrip('/')}/rest/public/profile/search/?{said}"
    return Ask(url, "list", {"skip": skip, "aside": aside, "keyword": keyword}, bust="_")


def _ask_detail(register: Register, row: Mapping[str, str]) -> Ask:
    body = json.dumps({"id": row["id"]}).encode()
    url = register.url.rstrip("/") + _DETAIL
    headers = {"Content-Type": "application/json"}
    return Ask(url, "detail", {"row": dict(row)}, "POST", body, headers)


def _read_list(register: Register, answer: Answer, body: Any) -> Iterator[Found]:
    count, result = envelope(body, answer)
    refuse_nobody(count, answer)
    layout, rows = _table(register, result, answer)
    yield from undeclared(layout, set(register.fields.values()), register)
    memo = answer.ask.memo
    skip, keyword, aside = memo["skip"], memo["keyword"], memo["aside"]
    for said in rows:
        row = _row(layout, said)
        if row is None:
            yield Oddity("broken_row", "Rows with a wrong number of cells or without id, not read.")
        elif not kept(register, row):
            aside += 1
        elif keyword == WHOLE or _is(register, row, keyword):
            yield from _read_seen(register, answer, row)
    if keyword == WHOLE:
        yield Total("", count - aside, again=_ask_list(register))
    if rows and skip + len(rows) < count:
        yield _ask_list(register, skip + len(rows), aside, keyword)
    elif not rows and skip < count:
        yield from ask_again(answer, count)


def _table(register: Register, result: Any, answer: Answer) -> tuple[list[str], list[Any]]:
    """The labels and the rows; raises Unreadable unless every label we need stands there once."""
    said = result if isinstance(result, dict) else {}
    layout, rows = said.get("columnLayout"), said.get("dataResults")
    if not isinstance(layout, list) or not isinstance(rows, list):
        raise Unreadable("The register's answer is not a table with named columns.", answer.url)
    labels = [reading.text(label) for label in layout]
    lost = {*register.fields.values()} - {*labels, "id"}
    if (rows and lost) or len(set(labels)) != len(labels) or "" in labels:
        missing = ", ".join(sorted(lost)) or "none, but one without a name or twice"
        raise Unreadable(f"The columns of the register have changed ({missing}).", answer.url)
    return labels, rows


def _row(layout: list[str], said: Any) -> dict[str, str] | None:
    cells = said.get("columnValues") if isinstance(said, dict) else None
    key = reading.text(said.get("id")) if isinstance(said, dict) else ""
    if not isinstance(cells, list) or len(cells) != len(layout) or not is_object_id(key):
        return None
    values = [reading.text(cell.get("data") if isinstance(cell, dict) else cell) for cell in cells]
    return {**dict(zip(layout, values, strict=True)), "id": key}


def _is(register: Register, row: Mapping[str, str], wanted: str) -> bool:
    number, given, family = (row[register.fields[fact]] for fact in ("number", "given", "family"))
    exact = number_key(number) == number_key(wanted)
    return wanted != "" and (exact or name_key(given, family) == name_key(wanted))


def _read_seen(register: Register, answer: Answer, row: dict[str, str]) -> Iterator[Found]:
    for found in read_row(register, row, row["id"], register.local_day(answer.at)):
        if isinstance(found, Oddity):
            yield found
        else:
            alert = bool(found.restrictions or found.notices)
            yield Seen("", found, digest_of(register, row), _ask_detail(register, row), alert)


def _read_detail(register: Register, answer: Answer, body: Any) -> Iterator[Found]:
    said = body.get("result") if isinstance(body, dict) else None
    if not isinstance(said, dict) or str(body.get("errorCode", "0")) != "0":
        raise Unreadable("The register sent no page for this person.", answer.url)
    row = answer.ask.memo["row"]
    pairs = {
        reading.text(pair.get("name")): reading.text(pair.get("value"))
        for pair in all_of(said, "nameValuePairs")
    }
    profile = {**register.fields, **register.options["profile"]}
    view = register.model_copy(update={"fields": profile})
    _check_person(register, view, said, pairs, answer)
    known = {*profile.values()}
    yield from undeclared(pairs, known, register)
    notices, odd = _discipline(register, said)
    yield from odd
    wanted = set(register.options["profile"].values())
    missing = sorted(wanted - set(pairs)) + (["its tables of notices"] if notices is None else [])
    if missing:
        yield Oddity("missing_field", f"Pages without {', '.join(missing)}.", row["id"])
    for found in read_row(view, {**row, **pairs}, row["id"], register.local_day(answer.at)):
        if isinstance(found, Record):
            record = with_alerts(register, found, (), notices or ())
            found = record.doubted("missing_field") if missing else record
        yield found


def _check_person(
    register: Register,
    view: Register,
    said: Mapping[str, Any],
    pairs: Mapping[str, str],
    answer: Answer,
) -> None:
    """Raise Unreadable unless the page bears the number and the name of the list."""
    row, fields = answer.ask.memo["row"], register.fields
    number = pairs.get(view.fields["number"], "")
    title = said.get("pageTitle")
    values = title.get("values") if isinstance(title, dict) else None
    called = {word for value in reading.texts(values) for word in tokens(value)}
    name = {*tokens(row[fields["given"]]), *tokens(row[fields["family"]])}
    same = number_key(number) == number_key(row[fields["number"]])
    if not same or not name <= called:
        raise Unreadable("The register sent the page of somebody else.", answer.url)


def _discipline(
    register: Register, said: Mapping[str, Any]
) -> tuple[list[Notice] | None, list[Oddity]]:
    """What the tables of discipline tell; None when there is no such table."""
    notices: list[Notice] | None = None
    odd = []
    for table in all_of(said, "tables"):
        title = reading.text(table.get("tableTitle"))
        if _titled(title, register.options["notices"]):
            records = [_told(record, register.zone) for record in all_of(table, "records")]
            notices = (notices or []) + records
        elif not _titled(title, register.options.get("tables", [])):
            odd.append(Oddity("undeclared_field", f"A page has a table we do not know: {title}."))
    return notices, odd


def _titled(title: str, words: list[str]) -> bool:
    return any(word.casefold() in title.casefold() for word in words)


def _told(record: Mapping[str, Any], zone: ZoneInfo) -> Notice:
    cells = record.get("columnValues")
    values = list(cells.values()) if isinstance(cells, dict) else cells
    shown = [
        _shown(cell.get("data") if isinstance(cell, dict) else cell, zone)
        for cell in (values if isinstance(values, list) else [values])
    ]
    return Notice(", ".join(word for word in shown if word) or "A notice without text.")


def _shown(value: Any, zone: ZoneInfo) -> str:
    """A cell as text, a moment as the day it was at the register."""
    try:
        day = reading.day(value, zone)
    except ValueError:
        day = None
    return day.isoformat() if day else reading.text(value, 4000)
