"""Thentia registers, `profile` dialect (Ontario's CMTO).

No official documentation; learnt from public programs that ran against it. A search answers 10 rows
a page whatever `take` says, `resultCount` is the total, and `skip` counts rows. Rows carry no class
and no status word, so the lists of `options.lists` (the words of `registrationStatus`) are swept
one by one: together they cost what `all` costs, and tell everybody's word every night. The detail
(`profile/get`) adds class, workplaces, former names and limits inside a workplace.

Known failures: an empty page in mid-sweep, a stale empty answer without the cache buster `_`, a
bot wall with status 200, an inner `errorCode`, maps written by script
(`{"Condition": true, "length": true}`).

YAML: `url` is the host, `options.lists` the status words of the search form, `status` and
`category` every printed word, `restriction_words` what makes a notice a condition.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from config.register import Register
from config.vocabulary import NameKind
from crawler import reading
from crawler.ask import Answer, Ask, Found, Oddity, Seen, Total, Unreadable
from crawler.listing import digest_of, undeclared
from crawler.mapping import part_alerts, standing
from crawler.platforms.thentia_shared import (
    LIMITS,
    PLACE_LISTS,
    WHOLE,
    all_of,
    ask_again,
    is_marked,
    is_object_id,
    listed_rows,
    read_limitations,
    read_notices,
    read_places,
)
from data.names import family_key
from data.records import Name, Place, Record

PAGE = 10

# Keys of the answers. A key outside these, or a needed one that is gone, is reported.
_ROW_NEEDS = ("profileId", "firstName", "lastName", "authorizedToPractice")
_ROW = {
    *_ROW_NEEDS,
    *("id", "commonName", "gender", "practiceLocation", "city", "acupunctureAuthorized"),
    *("publicNotices", "publicRegisterAlert", "hasPublicNotices"),
}
_DETAIL_NEEDS = ("profileId", "lastName", "registrationStatus", "authorizedToPractice")
_DETAIL_WATCHED = ("registrationCategory", "publicNotices", "placesOfPractice")
_DETAIL = {
    *_DETAIL_NEEDS,
    *_DETAIL_WATCHED,
    *"""acupunctureAuthorized acupunctureEffectiveDate address1 address2 areaOfPractice
    authorizedEffectiveDate city commonFirstName commonLastName commonName corporationCity
    corporationCountry corporationId corporationName corporationPostalCode corporationProvince
    corporationStatus country currentEffectiveDate currentExpirationDate currentPlacesOfPractice
    education electoralZone email faxNumber firstName gender hasPublicNotices
    hideLocationFromRegister id initialRegistrationDate language languagesOfCare middleName
    nameHistory noticesStatus otherRegistrations phone postalCode practiceLocation previousNames
    primaryPlacesOfPractice province publicEmail publicRegisterAlert registrationHistory
    registrationNumber setPracticeLocation shareholder statusVisualClass website
    websiteURL""".split(),
}
_PLACE = {
    *(LIMITS, "id", "name", "startDate", "endDate", "primary", "registrant", "phone", "position"),
    *("email", "city", "province", "website", "websiteURL", "active", "status", "employerName"),
    *("businessAddress", "businessCity", "businessState", "businessZipCode", "organization"),
}


class Thentia:
    """Reads the `profile` dialect."""

    def start(self, register: Register) -> Iterator[Ask]:
        """The stated size of the whole register, then every list from its beginning."""
        yield _ask_list(register, WHOLE, step="count")
        for part in register.options["lists"]:
            yield _ask_list(register, part)

    def find(self, register: Register, wanted: str) -> Iterator[Ask]:
        """The profile of a register key, or a search for anything else."""
        if is_object_id(wanted):
            yield _ask_detail(register, wanted)
        else:
            yield _ask_list(register, WHOLE, keyword=wanted)

    def read(self, register: Register, answer: Answer) -> Iterator[Found]:
        """A list page or a profile; raises Refused or Unreadable."""
        body = reading.read_json(answer)
        if answer.ask.step == "detail":
            yield from _read_detail(register, answer, body)
        else:
            yield from _read_list(register, answer, body)


def _ask_list(
    register: Register, part: str, skip: int = 0, keyword: str = WHOLE, step: str = "list"
) -> Ask:
    query = {
        "keyword": keyword,
        "skip": skip,
        "take": PAGE,
        "authorizedToPractice": 0,
        "acupunctureAuthorized": 0,
        "gender": "all",
        "registrationStatus": part,
        "city": "all",
        "language": "all",
        "sortOrder": "asc",
        "sortField": "lastname",
    }
    url = f"{register.url.rstrip('/')}/rest/public/profile/search/?{urlencode(query)}"
    return Ask(url, step, memo={"part": part, "skip": skip, "keyword": keyword}, bust="_")


def _ask_detail(register: Register, key: str) -> Ask:
    url = f"{register.url.rstrip('/')}/rest/public/profile/get/?{urlencode({'id': key})}"
    return Ask(url, "detail", memo={"key": key}, bust="_")


def _read_list(register: Register, answer: Answer, body: Any) -> Iterator[Found]:
    count, rows = listed_rows(body, answer)
    memo = answer.ask.memo
    part, skip = memo["part"], memo["skip"]
    name = "" if part == WHOLE else part
    yield Total(name, count, again=_ask_list(register, part))
    if answer.ask.step == "count":
        return
    for row in rows:
        yield from _read_row(register, row, name)
    if rows and skip + len(rows) < count:
        # By the rows received, never by the rows asked for: the service caps `take` as it likes.
        yield _ask_list(register, part, skip + len(rows), memo["keyword"])
    elif not rows and skip < count:
        yield from ask_again(answer, count)


def _read_row(register: Register, row: Any, part: str) -> Iterator[Found]:
    key = reading.text(row.get("profileId"), 81) if isinstance(row, dict) else ""
    if not key or len(key) > 80:
        yield Oddity("unreadable_row", "A row of a list has no usable profileId.")
        return
    yield from undeclared(row, _ROW, register)
    person = _Person(register, row)
    lost = [name for name in _ROW_NEEDS if name not in row]
    if "publicNotices" not in row and set(row) - _ROW - set(register.ignore):
        lost.append("publicNotices")
    record = person.record(key, word=part, category=None, places=_row_places(row))
    if lost:
        yield Oddity("missing_field", f"Rows without {', '.join(lost)}.", key)
        record = record.doubted("missing_field")
    digest = digest_of(register, part, row)
    alert = bool(record.restrictions or record.notices)
    yield Seen(part, record, digest, _ask_detail(register, key), alert)


def _row_places(row: Mapping[str, Any]) -> tuple[Place, ...]:
    place = Place(reading.text(row.get("practiceLocation")), reading.text(row.get("city")))
    return (place,) if place.name or place.city else ()


def _read_detail(register: Register, answer: Answer, body: Any) -> Iterator[Found]:
    if not isinstance(body, dict) or not reading.text(body.get("profileId")):
        raise Unreadable("The register sent no profile for this person.", answer.url)
    asked, key = answer.ask.memo["key"], reading.text(body["profileId"])
    if key != asked:
        raise Unreadable(f"Asked for the profile {asked}, the register sent {key}.", answer.url)
    strange = list(undeclared(body, _DETAIL, register))
    yield from strange
    lost = [name for name in _DETAIL_NEEDS if name not in body]
    if strange:  # a known key gone and a new one come: renamed, so what it held is not "nothing"
        lost += [name for name in _DETAIL_WATCHED if name not in body]
    if any(LIMITS not in place and set(place) - _PLACE for place in all_of(body, *PLACE_LISTS)):
        lost.append(LIMITS)
    person = _Person(register, body)
    record = person.record(
        key,
        word=reading.text(body.get("registrationStatus")),
        category=reading.text(body.get("registrationCategory")),
        places=read_places(body),
    )
    if lost:
        yield Oddity("missing_field", f"Profiles without {', '.join(lost)}.", key)
        record = record.doubted("missing_field")
    for code, words in person.oddities:
        yield Oddity(code, words, key)
    yield record


@dataclass(slots=True)
class _Person:
    """One row or profile on its way to a Record, with what was odd about it."""

    register: Register
    said: Mapping[str, Any]
    oddities: list[tuple[str, str]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def record(
        self, key: str, word: str, category: str | None, places: tuple[Place, ...]
    ) -> Record:
        said, text = self.said, reading.text
        restrictions, notices = part_alerts(self.register, read_notices(said, self.register.zone))
        limits = read_limitations(said, self.register.zone)
        may = reading.flag(said.get("authorizedToPractice"))
        status, doubt = standing(
            self.register, word, category, may, bool(restrictions or limits), bool(notices)
        )
        expires = self.day("currentExpirationDate", decisive=True)
        if doubt and category is not None:
            self.doubts.append(doubt)
        return Record(
            register=self.register.id,
            key=key,
            name=Name(text(said.get("firstName")), text(said.get("lastName")), _middle(said)),
            number=text(said.get("registrationNumber"), 40),
            other_names=tuple(_other_names(said)),
            status=status,
            profession=self.register.profession,
            category=category or "",
            word=word,
            may_practise=may,
            restrictions=(*restrictions, *limits),
            notices=notices,
            first_registered=self.day("initialRegistrationDate"),
            effective=self.day("currentEffectiveDate"),
            expires=expires,
            places=() if _hidden(said) else places,
            languages=reading.texts(said.get("languagesOfCare")),
            source_url=self.register.official_url,
            doubts=tuple(sorted(set(self.doubts))),
        )

    def day(self, name: str, decisive: bool = False) -> Any:
        """A printed date; an impossible one is reported, and withholds where it decides."""
        try:
            return reading.day(self.said.get(name), self.register.zone)
        except ValueError as error:
            self.oddities.append(("bad_date", f"{name}: {error}."))
            if decisive:
                self.doubts.append("bad_date")
            return None


def _middle(said: Mapping[str, Any]) -> str:
    return reading.text(said.get("middleName"))


def _hidden(said: Mapping[str, Any]) -> bool:
    """Whether the register asks not to show places."""
    return is_marked(said.get("hideLocationFromRegister"))


def _other_names(said: Mapping[str, Any]) -> Iterator[Name]:
    text = reading.text
    legal = Name(text(said.get("firstName")), text(said.get("lastName")), _middle(said))
    given = text(said.get("commonFirstName")) or text(said.get("commonName"))
    family = text(said.get("commonLastName"))
    if given or family:
        yield Name(given or legal.given, family or legal.family, kind=NameKind.COMMON)
    seen = {(legal.given, legal.family)}
    for old in all_of(said, "nameHistory", "previousNames"):
        former = Name(
            text(old.get("firstName")) or legal.given,
            text(old.get("lastName")) or legal.family,
            text(old.get("middleName")),
            NameKind.FORMER,
        )
        if (former.given, former.family) not in seen and family_key(former.family):
            seen.add((former.given, former.family))
            yield former
