"""Thentia registers, `organization` dialect: clinics, businesses, corporations. They are no people.

One shape under three names: `organization` (Ontario's veterinarians), `facility` (Alberta's motor
vehicle council), `corporation` (Ontario's massage therapists). A row is flat; `notes` is `[]`, or a
map written by script (`{"Condition/Limitation": true, "length": true}`). Where a page tells more (a
corporation's number) it is read too. Who works there or owns shares is never read: a business must
not be found under a person's name, and proves nothing about anybody (`confirms: false`).

YAML: `options.dialect: organization`, `options.path` one of the three names, `options.take` rows a
page (10), `options.keyword` what lists everybody (`all`; `facility` wants ""), `options.query`
further parameters, `options.notices` the fields that hold limits, `options.page` our facts by the
fields of a page of its own, `options.page_ignore` its other fields. `identity: [key]`, and
`family` is the whole name.

Known failures: those of the other dialects; a city may be empty, or hold the province too.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from config.register import Register
from crawler import reading
from crawler.ask import Answer, Ask, Found, Oddity, Seen, Total, Unreadable
from crawler.listing import digest_of, undeclared
from crawler.mapping import with_alerts
from crawler.platforms.thentia_shared import (
    WHOLE,
    ask_again,
    is_object_id,
    listed_rows,
    read_notices,
    refuse_nobody,
)
from crawler.rows import kept, read_row
from data.names import name_key, number_key
from data.records import Notice, Record


class Organization:
    """Reads the `organization` dialect."""

    def start(self, register: Register) -> Iterator[Ask]:
        """The list of all of them, from its beginning."""
        yield _ask_list(register)

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:
        """The page of a key where there are pages, or a search for anything else."""
        if not is_object_id(wanted):
            yield _ask_list(register, keyword=wanted)
        elif "page" in register.options:
            yield _ask_page(register, wanted)

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """A list page or the page of one; raises Refused or Unreadable."""
        body = reading.read_json(answer)
        if answer.ask.step == "detail":
            yield from _read_page(register, answer, body)
        else:
            yield from _read_list(register, answer, body)


def _url(register: Register, what: str, query: Mapping[str, Any]) -> str:
    path = f"/rest/public/{register.options['path']}/{what}/"
    return f"{register.url.rstrip('/')}{path}?{urlencode(query)}"


def _ask_list(register: Register, skip: int = 0, aside: int = 0, keyword: str = WHOLE) -> Ask:
    options = register.options
    said = options.get("keyword", WHOLE) if keyword == WHOLE else keyword
    query = {"keyword": said, "skip": skip, "take": options.get("take", "10")}
    url = _url(register, "search", {**query, **options.get("query", {})})
    return Ask(url, "list", {"skip": skip, "aside": aside, "keyword": keyword}, bust="_")


def _ask_page(register: Register, key: str) -> Ask:
    return Ask(_url(register, "get", {"id": key}), "detail", {"key": key}, bust="_")


def _read_list(register: Register, answer: Answer, body: Any) -> Iterator[Found]:
    count, rows = listed_rows(body, answer)
    refuse_nobody(count, answer)
    memo = answer.ask.memo
    skip, keyword, aside = memo["skip"], memo["keyword"], memo["aside"]
    for row in rows:
        if not isinstance(row, dict) or not is_object_id(_key(register, row)):
            yield Oddity("unreadable_row", "A row of a list has no usable id.")
        elif not kept(register, _columns(row)):
            aside += 1
        elif keyword == WHOLE or _is(register, row, keyword):
            yield from _read_seen(register, answer, row)
    if keyword == WHOLE:
        yield Total("", count - aside, again=_ask_list(register))
    if rows and skip + len(rows) < count:
        # By the rows received, never by the rows asked for.
        yield _ask_list(register, skip + len(rows), aside, keyword)
    elif not rows and skip < count:
        yield from ask_again(answer, count)


def _key(register: Register, said: Mapping[str, Any]) -> str:
    return reading.text(said.get(register.fields["key"]))


def _columns(said: Mapping[str, Any]) -> dict[str, str]:
    return {name: reading.text(value) for name, value in said.items()}


def _is(register: Register, row: Mapping[str, Any], wanted: str) -> bool:
    """Whether a row is the one searched for: by its whole number or its whole name."""
    columns = _columns(row)
    number = columns.get(register.fields.get("number", ""), "")
    same = name_key(columns.get(register.fields["family"], "")) == name_key(wanted)
    return wanted != "" and (same or bool(number) and number_key(number) == number_key(wanted))


def _read_seen(register: Register, answer: Answer, row: Mapping[str, Any]) -> Iterator[Found]:
    needed = [*register.fields.values(), *register.options.get("notices", [])]
    yield from undeclared(row, set(needed), register)
    page = _ask_page(register, _key(register, row)) if "page" in register.options else None
    for found in _records(register, answer, row, [name for name in needed if name not in row]):
        if isinstance(found, Oddity):
            yield found
        else:
            alert = bool(found.restrictions or found.notices)
            yield Seen("", found, digest_of(register, row), page, alert)


def _read_page(register: Register, answer: Answer, body: Any) -> Iterator[Found]:
    fields = {**register.fields, **register.options["page"]}
    view = register.model_copy(update={"fields": fields})
    if not isinstance(body, dict) or not _key(register, body):
        raise Unreadable("The register sent no page for this organisation.", answer.url)
    if _key(register, body) != answer.ask.memo["key"]:
        raise Unreadable("The register sent the page of another organisation.", answer.url)
    notices = register.options.get("notices", [])
    known = {*fields.values(), *notices, *register.options.get("page_ignore", [])}
    yield from undeclared(body, known, register)
    missing = [name for name in ({*fields.values()} | {*notices}) if name not in body]
    yield from _records(view, answer, body, sorted(missing))


def _records(
    register: Register, answer: Answer, said: Mapping[str, Any], missing: list[str]
) -> Iterator[Record | Oddity]:
    key = _key(register, said)
    if missing:
        yield Oddity("missing_field", f"Organisations without {', '.join(missing)}.", key)
    today = register.local_day(answer.at)
    for found in read_row(register, _columns(said), key, today):
        if isinstance(found, Record):
            record = with_alerts(register, found, (), _limits(register, said))
            found = record.doubted("missing_field") if missing else record
        yield found


def _limits(register: Register, said: Mapping[str, Any]) -> list[Notice]:
    """What the declared fields hold, in any of the shapes notices come in."""
    fields = register.options.get("notices", [])
    told = (read_notices({"publicNotices": said.get(name)}, register.zone) for name in fields)
    return [notice for notices in told for notice in notices]
