"""Thentia registers, `registrant` dialect: boards of Oregon and others, a row for each licence.

Shape seen on two Oregon boards. A search lists licences, not people: `id` is the row and our key,
`profileId` the person, who may have several. Rows carry no dates and empty lists, so the detail
(`registrant/get`) is read for them, for notices and for workplaces; elsewhere the detail has no
licence of its own and tells it in `registrationRecords`. Dates are `Jan-30-2024`, fillers `N/A`.

YAML: `options.dialect: registrant`, `options.take` rows a page (10, as the page itself asks).
`identity: [key]` with `key: id` and the other `fields` by the names of a row, `keep` by
`licenseCategory` where a board has other professions too, `ignore` for fields of one tenant.

Known failures: a search looks into every field, ids included, so answers to a number or a name are
compared exactly here; names carry the number and the licence (`2869 - Pat Doe, Psychologist`), or
an initial; zero rows for everybody are an outage.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from config.register import Register
from config.vocabulary import NameKind
from crawler import reading
from crawler.ask import Answer, Ask, Found, Oddity, Seen, Total, Unreadable
from crawler.listing import digest_of, undeclared
from crawler.mapping import CONTRADICTION, with_alerts
from crawler.platforms.thentia_shared import (
    MARKS,
    PLACE_LISTS,
    WHOLE,
    all_of,
    ask_again,
    is_object_id,
    listed_rows,
    read_limitations,
    read_notices,
    read_places,
    refuse_nobody,
)
from crawler.rows import kept, read_row
from data.names import name_key, number_key, split_name
from data.records import Name, Record

_KNOWN = {
    *("id", "profileId", "name", "firstName", "lastName", "middleName", "otherName"),
    *("licenseNumber", "licenseCategory", "licenseStatus", "initialLicenseDate"),
    *("licenseExpirationDate", "placeOfPracticeStreet", "placeOfPracticeCity"),
    *("placeOfPracticeZipCode", "languages", "educationDetails", "registrationRecords"),
    *("publicNotices", "memberships", *MARKS, *PLACE_LISTS),
}
# Our columns and what they are called in a licence of `registrationRecords` or `memberships`.
_LICENCE = {
    "licenseCategory": ("classOfRegistration",),
    "licenseStatus": ("registrationStatus",),
    "initialLicenseDate": ("initialRegistrationDate",),
    "licenseExpirationDate": ("expirationRegistrationDate", "expiryDate"),
}
_NUMBER_BEFORE = re.compile(r"^[A-Za-z]{0,3}\d+ - ")
_INITIAL = re.compile(r"(\S.*) ([A-Za-z]\.?)")


class Registrant:
    """Reads the `registrant` dialect."""

    def start(self, register: Register) -> Iterator[Ask]:
        """The list of every licence, from its beginning."""
        yield _ask_list(register)

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:
        """The page of a key, or a search for anything else."""
        if is_object_id(wanted):
            yield _ask_detail(register, {"id": wanted})
        else:
            yield _ask_list(register, keyword=wanted)

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """A list page or a licence; raises Refused or Unreadable."""
        body = reading.read_json(answer)
        if answer.ask.step == "detail":
            yield from _read_detail(register, answer, body)
        else:
            yield from _read_list(register, answer, body)


def _ask_list(register: Register, skip: int = 0, aside: int = 0, keyword: str = WHOLE) -> Ask:
    take = register.options.get("take", "10")
    query = {"keyword": keyword, "supervisor": 0, "filter": "all", "skip": skip, "take": take}
    url = f"{register.url.rstrip('/')}/rest/public/registrant/search/?{urlencode(query)}"
    return Ask(url, "list", {"skip": skip, "aside": aside, "keyword": keyword}, bust="_")


def _ask_detail(register: Register, row: Mapping[str, Any]) -> Ask:
    key = reading.text(row["id"])
    url = f"{register.url.rstrip('/')}/rest/public/registrant/get/?{urlencode({'id': key})}"
    marks = {name: row[name] for name in MARKS if name in row}
    number, person = reading.text(row.get("licenseNumber")), reading.text(row.get("profileId"))
    memo = {"key": key, "number": number, "person": person, "marks": marks}
    return Ask(url, "detail", memo, bust="_")


def _read_list(register: Register, answer: Answer, body: Any) -> Iterator[Found]:
    count, rows = listed_rows(body, answer)
    refuse_nobody(count, answer)
    memo = answer.ask.memo
    skip, keyword, aside = memo["skip"], memo["keyword"], memo["aside"]
    for row in rows:
        if not isinstance(row, dict) or not is_object_id(reading.text(row.get("id"))):
            yield Oddity("unreadable_row", "A row of a list has no usable id.")
        elif not kept(register, _columns(row)):
            aside += 1
        elif keyword == WHOLE or _is(row, keyword):
            yield from _read_seen(register, answer, row)
    if keyword == WHOLE:
        yield Total("", count - aside, again=_ask_list(register))
    if rows and skip + len(rows) < count:
        # By the rows received, never by the rows asked for.
        yield _ask_list(register, skip + len(rows), aside, keyword)
    elif not rows and skip < count:
        yield from ask_again(answer, count)


def _is(row: Mapping[str, Any], wanted: str) -> bool:
    """Whether a row is the one searched for: by its whole number or its whole name."""
    number, columns = reading.text(row.get("licenseNumber")), _columns(row)
    called = name_key(columns["firstName"], columns["lastName"])
    return wanted != "" and (number_key(number) == number_key(wanted) or called == name_key(wanted))


def _read_seen(register: Register, answer: Answer, row: Mapping[str, Any]) -> Iterator[Found]:
    yield from undeclared(row, {*_KNOWN, *register.fields.values()}, register)
    columns = _columns(row)
    missing = [name for name in ("licenseNumber", "licenseStatus", "lastName") if name not in row]
    for found in _records(register, answer, row, columns, missing):
        if isinstance(found, Oddity):
            yield found
        else:
            alert = bool(found.restrictions or found.notices)
            yield Seen("", found, digest_of(register, row), _ask_detail(register, row), alert)


def _read_detail(register: Register, answer: Answer, body: Any) -> Iterator[Found]:
    memo = answer.ask.memo
    if not isinstance(body, dict) or not reading.text(body.get("id")):
        raise Unreadable("The register sent no page for this person.", answer.url)
    person = reading.text(body.get("profileId")) or memo["person"]
    if reading.text(body["id"]) != memo["key"] or memo["person"] not in ("", person):
        raise Unreadable("The register sent the page of somebody else.", answer.url)
    said = {**memo["marks"], **body}
    yield from undeclared(body, {*_KNOWN, *register.fields.values()}, register)
    columns, own = _columns(said), _own(said, memo["number"])
    if memo["number"] and columns["licenseNumber"] not in ("", memo["number"]):
        raise Unreadable("The register sent the page of another licence.", answer.url)
    columns["licenseNumber"] = columns["licenseNumber"] or memo["number"]
    if "licenseStatus" not in said and own:
        columns |= {name: _first(own[0], names) for name, names in _LICENCE.items()}
    told = ("publicNotices", *MARKS)
    missing = [] if any(name in said for name in told) else ["publicNotices"]
    words = {_first(one, _LICENCE["licenseStatus"]).casefold() for one in own}
    for found in _records(register, answer, said, columns, missing):
        if isinstance(found, Record) and words - {"", found.word.casefold()}:
            yield found.doubted(CONTRADICTION)
        else:
            yield found


def _own(said: Mapping[str, Any], number: str) -> list[Mapping[str, Any]]:
    """What the page's lists of licences say of this one."""
    wanted = number_key(reading.text(said.get("licenseNumber")) or number)
    licences = all_of(said, "registrationRecords", "memberships")
    names = ("licenseNumber", "registrationNumber")
    return [one for one in licences if wanted and number_key(_first(one, names)) == wanted]


def _first(said: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((word for name in names if (word := reading.text(said.get(name)))), "")


def _columns(said: Mapping[str, Any]) -> dict[str, str]:
    """The plain values of a row or page, its names without number, licence and filler."""
    columns = {name: reading.text(value) for name, value in said.items()}
    category = columns.get("licenseCategory", "")
    given, family, whole = (
        _NUMBER_BEFORE.sub("", columns.get(name, "")).removesuffix(f", {category}")
        for name in ("firstName", "lastName", "name")
    )
    middle = columns.get("middleName", "")
    if not given and not family:
        given, middle, family = split_name(whole, "given_family")
    elif not middle and (found := _INITIAL.fullmatch(given)):
        given, middle = found[1], found[2]
    number = columns.get("licenseNumber", "")
    names = {"firstName": given, "middleName": middle, "lastName": family}
    return columns | names | {"licenseNumber": number}


def _records(
    register: Register,
    answer: Answer,
    said: Mapping[str, Any],
    columns: dict[str, str],
    missing: list[str],
) -> Iterator[Record | Oddity]:
    zone, key = register.zone, columns["id"]
    if missing:
        yield Oddity("missing_field", f"Licences without {', '.join(missing)}.", key)
    for found in read_row(register, columns, key, register.local_day(answer.at)):
        if isinstance(found, Oddity):
            yield found
            continue
        record = with_alerts(
            register, found, read_limitations(said, zone), read_notices(said, zone)
        )
        places = read_places(said) or record.places
        record = replace(record, places=places, other_names=_other_names(columns))
        yield record.doubted("missing_field") if missing else record


def _other_names(columns: Mapping[str, str]) -> tuple[Name, ...]:
    """`otherName`: a former family name, or a whole name; never shown as the current one."""
    other = columns.get("otherName", "")
    given, middle, family = split_name(other, "given_family") if " " in other else ("", "", other)
    name = Name(given or columns["firstName"], family, middle, NameKind.FORMER)
    same = name_key(name.given, family) == name_key(columns["firstName"], columns["lastName"])
    return () if same or not family else (name,)
