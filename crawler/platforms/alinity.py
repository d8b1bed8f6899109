"""Alinity public directories (`{tenant}.alinityapp.com`): JSON lists behind a search form.

A sweep opens the form for its `querySID` and field names, then searches. One tenant (physicians of
Prince Edward Island, rows seen) answers a blank search with everybody; most show 25 people, do not
say so, and refuse single letters: then every beginning of a family name is asked for, and longer
ones where 25 came. `SearchCriteria` repeats what was really searched, and must be what was asked.

YAML: `identity: [key]` with `key: rg` (a GUID that stays when the number changes; `sid` and number
do not), other `fields` by the keys of a row: `rl.name` and `rl.number` are the two parts of
`rl` ("Family, Given (number)", with `names: family_given`), `oa.clinic`, `oa.city` and
`oa.province` those of an address. Of a value in several lines the first counts (`prl`: the
register, then specialties). `options.family`: the id of the form's family-name field, empty where
a blank search lists everybody. `options.details: "yes"` reads everybody's page, with
`options.profile` our facts by its keys. `restriction_words` should hold `condition`.

Known failures: 403 to quick searches (3 s between two, and a session), a captcha flag, a log-in
wall, an empty list for everybody. A block is public unless its class (`cv`) is `hidden`. `irc` is
no status. Nobody is counted, so completeness rests on the walk and on the bounds of the file.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from anyascii import anyascii

from config.register import Register
from crawler import reading
from crawler.ask import Answer, Ask, Found, Oddity, Refused, Seen, Unreadable
from crawler.listing import digest_of, undeclared
from crawler.mapping import plain, with_alerts
from crawler.markup import ask_form, read_page
from crawler.platforms.alinity_rows import columns_of, conditions_of
from crawler.rows import read_row
from data.names import clean, split_name
from data.records import Record

CAP = 25
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LONGEST = 12
_UNSAID = "[not entered]"
_KNOWN = set("rg rl prl irc sid c atlr cv pdcv oa rn fn ln ps ef ex reg mcn oc hc pe ph".split())
_PAGE_KNOWN = _KNOWN | set("fun pr ir sp e ea".split())


class Alinity:
    """Reads public directories."""

    cookies = True

    def start(self, register: Register) -> Iterator[Ask]:
        """The form; the searches follow from it."""
        yield Ask(f"{register.url.rstrip('/')}/client/publicdirectory", "directory")

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:
        """The page of a key; numbers and names cannot be asked for without the form."""
        if re.fullmatch(r"[0-9a-fA-F-]{36}", wanted):
            yield _ask_detail(register, wanted, "")

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """The form, a list or a person's page; raises Refused or Unreadable."""
        if answer.ask.step == "directory":
            yield _first_search(register, answer)
        elif answer.ask.step == "list":
            yield from _read_list(register, answer)
        else:
            yield from _read_detail(register, answer)


def _ask_detail(register: Register, key: str, label: str) -> Ask:
    url = f"{register.url.rstrip('/')}/Client/PublicDirectory/Registrant/{quote(key, safe='')}"
    return Ask(url, "detail", {"key": key, "label": label})


def _first_search(register: Register, answer: Answer) -> Ask:
    """What the form tells of itself, and the first search with it."""
    page = read_page(answer, register.options)
    field = page.select_one("input#querySID")
    query = str(field.get("value", "")) if field else ""
    said = _literal(answer, "_plugin.initializeForm(")
    form = [
        {"id": reading.text(one.get("ID")), "label": reading.text(one.get("Label"))}
        for one in reading.objects(said.get("Parameter"), "Parameter")
    ]
    family = register.options.get("family", "")
    if not query.isdecimal() or (family and family not in {one["id"] for one in form}):
        raise Unreadable("The directory's search form is not the one we know.", answer.url)
    walk = [a + b for a in _LETTERS for b in f"{_LETTERS}' "] if family else [""]
    return _ask_list(register, {"query": query, "form": form, "pending": tuple(walk)})


def _ask_list(register: Register, memo: Mapping[str, Any]) -> Ask:
    """The next search of the walk."""
    begins, *pending = memo["pending"]
    family = register.options.get("family", "")
    said = [
        {"ID": one["id"], "Value": begins if one["id"] == family else "", "ValueLabel": _UNSAID}
        for one in memo["form"]
    ]
    fields = {"queryParameters": json.dumps({"Parameter": said}), "querySID": memo["query"]}
    url = f"{register.url.rstrip('/')}/Client/PublicDirectory/Registrants"
    ask = ask_form(url, "list", {**memo, "begins": begins, "pending": tuple(pending)}, fields)
    headers = {**ask.headers, "X-Requested-With": "XMLHttpRequest"}
    return Ask(url, "list", ask.memo, ask.method, ask.body, headers)


def _literal(answer: Answer, before: str) -> dict[str, Any]:
    """The JSON object that stands in a script right after `before`."""
    text = answer.body.decode("utf-8", "replace")
    _, found, rest = text.partition(before)
    try:
        said, _ = json.JSONDecoder().raw_decode(rest.lstrip())
    except (ValueError, RecursionError):
        said = None
    if not found or not isinstance(said, dict):
        raise Unreadable("The page does not hold the data that it held before.", answer.url)
    return said


def _read_list(register: Register, answer: Answer) -> Iterator[Found]:
    rows, memo = _rows(register, answer), answer.ask.memo
    more: list[str] = []
    if memo["begins"]:
        rows, more, odd = _share(register, memo["begins"], rows)
        yield from odd
    elif not rows or len(rows) == CAP:
        words = f"Asked for everybody, the register sent {len(rows) or 'nobody'}."
        raise Unreadable(words, answer.url)
    for row in rows:
        yield from _read_seen(register, answer, row)
    pending = (*more, *memo["pending"])
    if pending:
        yield _ask_list(register, {**memo, "pending": pending})


def _rows(register: Register, answer: Answer) -> list[dict[str, Any]]:
    """The rows of an answer to what was really asked."""
    body = reading.read_json(answer)
    said = body if isinstance(body, dict) else {}
    if said.get("EnableCaptcha") is True:
        words = "The register wants to see a person (captcha). Ask it for permission or a feed."
        raise Refused(words, answer.url)
    rows, criteria = said.get("Records"), said.get("SearchCriteria")
    if said.get("EnableCaptcha") is not False or not isinstance(rows, list):
        raise Unreadable("The register's answer is not a list of people.", answer.url)
    memo, family = answer.ask.memo, register.options.get("family", "")
    label = next((one["label"] for one in memo["form"] if one["id"] == family), "")
    wanted = [plain(f"{label}: {memo['begins']}")] if memo["begins"] else []
    if not isinstance(criteria, list) or [plain(str(one)) for one in criteria] != wanted:
        words = f"The register searched something else than it was asked: {criteria!r}"
        raise Unreadable(clean(words, 200), answer.url)
    return reading.objects(rows, "Records")


def _share(
    register: Register, begins: str, rows: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[str], list[Oddity]]:
    """The people whom this search alone must tell, the longer searches, and what is lost.

    Everybody belongs to one search: the longest asked for that begins their name. Where 25 came,
    only those whose whole name was asked for are told now, if the order shows that they are all.
    """
    folded = [(_folded(register, row), row) for row in rows]
    odd = [
        Oddity("unreadable_row", "Names that no search of the walk begins.", _label(row))
        for name, row in folded
        if not re.match(r"[a-z][a-z' ]", name)
    ]
    mine = [(name, row) for name, row in folded if _begins(name, begins)]
    if len(rows) < CAP:
        return [row for _, row in mine], [], odd
    called = [row for name, row in mine if name.strip() == begins.strip()]
    letters = ["".join(filter(str.isalnum, name)) for name, _ in folded]
    whole = letters == sorted(letters) and rows[: len(called)] == called != rows
    if not whole or len(begins) >= _LONGEST:
        words = f"More people are called “{begins.strip()}” than the {CAP} that may be shown."
        return called, [], [*odd, Oddity("cut_file", words)]
    # After a space or mark only letters: a service that trims would be asked the same for ever.
    further = f"{_LETTERS}' -" if begins[-1].isalpha() else _LETTERS
    return called, [begins + letter for letter in further], odd


def _begins(name: str, begins: str) -> bool:
    """Whether a search must tell a name; one called just so was told by the search before it."""
    told_before = len(begins) > 2 and begins.endswith(" ") and name == begins
    return name.startswith(begins) and not told_before


def _folded(register: Register, row: Mapping[str, Any]) -> str:
    """A family name as the walk spells it: small plain letters, `'`, spaces and hyphens."""
    columns = columns_of(row)
    fields = register.fields
    if "family" in fields:
        family = columns.get(fields["family"], "")
    else:
        *_, family = split_name(columns.get(fields["name"], ""), register.options["names"])
    return f"{anyascii(family).casefold()} "


def _read_seen(register: Register, answer: Answer, row: dict[str, Any]) -> Iterator[Found]:
    yield from undeclared(row, _KNOWN | set(register.fields.values()), register)
    for found in _records(register, answer, row):
        if isinstance(found, Oddity):
            yield found
            continue
        wanted = register.options.get("details") == "yes"
        detail = _ask_detail(register, found.key, _label(row)) if wanted else None
        record = found if wanted or "c" in row else found.doubted("missing_field")
        if record is not found:
            yield Oddity("missing_field", "Rows that do not tell of conditions.", found.key)
        digest = digest_of(register, row) if wanted else None
        yield Seen("", record, digest, detail, bool(record.restrictions))


def _label(row: Mapping[str, Any]) -> str:
    return reading.text(row.get("rl"))


def _read_detail(register: Register, answer: Answer) -> Iterator[Found]:
    read_page(answer, register.options)  # raises at walls and for whatever is no page
    said = _literal(answer, 'fwkParseStringTemplate($("#detailtemplate").html(),')
    key, label = answer.ask.memo["key"], answer.ask.memo["label"]
    told = reading.text(said.get("rg"))
    if told != key and (told or not label or label != _label(said)):
        raise Unreadable("The page does not say that it is of whom we asked.", answer.url)
    fields = {**register.fields, **register.options.get("profile", {})}
    view = register.model_copy(update={"fields": fields})
    yield from undeclared(said, _PAGE_KNOWN | set(fields.values()), register)
    for found in _records(view, answer, {**said, "rg": key}):
        if isinstance(found, Record) and "c" not in said:
            yield Oddity("missing_field", "Pages that do not tell of conditions.", key)
            found = found.doubted("missing_field")
        yield found


def _records(
    register: Register, answer: Answer, said: Mapping[str, Any]
) -> Iterator[Record | Oddity]:
    columns = columns_of(said)
    for found in read_row(register, columns, columns.get("rg", ""), register.local_day(answer.at)):
        if isinstance(found, Record):
            found = with_alerts(register, found, conditions_of(said), ())
        yield found
