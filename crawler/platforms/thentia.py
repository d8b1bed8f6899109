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

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from config.register import Register
from config.vocabulary import NameKind
from crawler import reading
from crawler.ask import Answer, Ask, Found, Oddity, Seen, Total, Unreadable
from crawler.mapping import part_alerts, standing
from data.names import family_key
from data.records import Name, Notice, Place, Record

PAGE = 10
WHOLE = "all"
_EMPTY_TRIES = 3

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
_UNTOLD = ("id", "length", "visible", "effectiveDate", "endDate", "url")  # not a notice's words
_MARKS = ("hasPublicNotices", "publicRegisterAlert", "noticesStatus")
_PLACE_LISTS = ("primaryPlacesOfPractice", "placesOfPractice", "currentPlacesOfPractice")
_LIMITS = "practiceLimitations"
_PLACE = {
    *(_LIMITS, "id", "name", "startDate", "endDate", "primary", "registrant", "phone", "position"),
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
        if len(wanted) == 24 and all(ch in "0123456789abcdef" for ch in wanted.lower()):
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
    count, rows = _envelope(body, answer)
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
        yield from _ask_again(answer, count)


def _ask_again(answer: Answer, count: int) -> Iterator[Found]:
    """An empty page in mid-list happens; asked for again a few times, then left to the gate."""
    tries = answer.ask.memo.get("tries", 1)
    if tries < _EMPTY_TRIES:
        memo = {**answer.ask.memo, "tries": tries + 1}
        yield Ask(answer.ask.url, answer.ask.step, memo, bust="_")
    else:
        skip = answer.ask.memo["skip"]
        yield Oddity("empty_page", f"Asked from row {skip} of {count}, the register sent no row.")


def _envelope(body: Any, answer: Answer) -> tuple[int, list[Any]]:
    if not isinstance(body, dict):
        raise Unreadable("The register's answer is not an object.", answer.url)
    if str(body.get("errorCode", "")) != "0":
        said = reading.text(body.get("errorMessage")) or "without a message"
        raise Unreadable(f"The register reports an error inside its answer: {said}.", answer.url)
    count, rows = body.get("resultCount"), body.get("result")
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count < 10**8:
        raise Unreadable("The register's answer has no believable `resultCount`.", answer.url)
    if not isinstance(rows, list):
        raise Unreadable("The register's answer has no `result` list.", answer.url)
    return count, rows


def _read_row(register: Register, row: Any, part: str) -> Iterator[Found]:
    key = reading.text(row.get("profileId"), 81) if isinstance(row, dict) else ""
    if not key or len(key) > 80:
        yield Oddity("unreadable_row", "A row of a list has no usable profileId.")
        return
    yield from _undeclared(row, _ROW, register)
    person = _Person(register, row)
    lost = [name for name in _ROW_NEEDS if name not in row]
    if "publicNotices" not in row and set(row) - _ROW - set(register.ignore):
        lost.append("publicNotices")
    record = person.record(key, word=part, category=None, places=_row_places(row))
    if lost:
        yield Oddity("missing_field", f"Rows without {', '.join(lost)}.", key)
        record = record.doubted("missing_field")
    digest = hashlib.sha256(
        json.dumps([register.reading_digest, part, row], sort_keys=True, default=str).encode()
    ).hexdigest()
    alert = bool(record.restrictions or record.notices)
    yield Seen(part, record, digest, _ask_detail(register, key), alert)


def _row_places(row: Mapping[str, Any]) -> tuple[Place, ...]:
    place = Place(reading.text(row.get("practiceLocation")), reading.text(row.get("city")))
    return (place,) if place.name or place.city else ()


def _undeclared(row: Mapping[str, Any], known: set[str], register: Register) -> Iterator[Oddity]:
    for name in sorted(set(row) - known - set(register.ignore)):
        shown = reading.text(name, 60)
        yield Oddity("undeclared_field", f"The register sends a field we do not know: {shown}.")


def _read_detail(register: Register, answer: Answer, body: Any) -> Iterator[Found]:
    if not isinstance(body, dict) or not reading.text(body.get("profileId")):
        raise Unreadable("The register sent no profile for this person.", answer.url)
    asked, key = answer.ask.memo["key"], reading.text(body["profileId"])
    if key != asked:
        raise Unreadable(f"Asked for the profile {asked}, the register sent {key}.", answer.url)
    strange = list(_undeclared(body, _DETAIL, register))
    yield from strange
    lost = [name for name in _DETAIL_NEEDS if name not in body]
    if strange:  # a known key gone and a new one come: renamed, so what it held is not "nothing"
        lost += [name for name in _DETAIL_WATCHED if name not in body]
    if any(_LIMITS not in place and set(place) - _PLACE for place in _all(body, *_PLACE_LISTS)):
        lost.append(_LIMITS)
    person = _Person(register, body)
    record = person.record(
        key,
        word=reading.text(body.get("registrationStatus")),
        category=reading.text(body.get("registrationCategory")),
        places=_places(body),
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
        restrictions, notices = part_alerts(self.register, self.notices())
        limits = _limitations(said)
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

    def notices(self) -> list[Notice]:
        """What `publicNotices` holds, whatever its shape: a filled one has never been seen."""
        said = self.said.get("publicNotices")
        items: Iterable[Any] = said if isinstance(said, list) else [said] if said else []
        found = [self._notice(item) for item in items]
        if not found and any(_marked(self.said.get(name)) for name in _MARKS):
            found = [Notice("The register marks this person with an alert and prints no text.")]
        return found

    def _notice(self, item: Any) -> Notice:
        if not isinstance(item, dict):
            return Notice(reading.text(item, 4000) or "A notice without text.")
        if reading.flag(item.get("visible")) is False:
            return Notice("The register attaches a notice that it does not display.")
        texts = [
            reading.text(item.get(name), 4000) for name in ("name", "title", "summary", "text")
        ]
        words = ": ".join(dict.fromkeys(part for part in texts if part))
        if not words:
            words = ", ".join(_spelt(k, v) for k, v in item.items() if v and k not in _UNTOLD)
        try:
            since = reading.day(item.get("effectiveDate"), self.register.zone)
            until = reading.day(item.get("endDate"), self.register.zone)
        except ValueError:
            since = until = None
        link = reading.text(item.get("url"), 500)
        safe = link if link.startswith(("https://", "http://")) else ""
        return Notice(words or "A notice without text.", since, until, safe)


def _middle(said: Mapping[str, Any]) -> str:
    return reading.text(said.get("middleName"))


def _spelt(name: str, value: Any) -> str:
    """One entry of a notice of unknown shape, or of a map: {"Condition": true, "length": true}."""
    words = reading.text(value, 4000)
    return f"{reading.text(name)}: {words}" if words else reading.text(name)


def _marked(value: Any) -> bool:
    """Whether a mark is set that must not be missed: anything but empty or a clear no."""
    return value not in (None, "", [], {}) and reading.flag(value) is not False


def _hidden(said: Mapping[str, Any]) -> bool:
    """Whether the register asks not to show places."""
    return _marked(said.get("hideLocationFromRegister"))


def _all(said: Mapping[str, Any], *names: str) -> Iterator[Mapping[str, Any]]:
    for name in names:
        yield from reading.objects(said.get(name), name)


def _other_names(said: Mapping[str, Any]) -> Iterator[Name]:
    text = reading.text
    legal = Name(text(said.get("firstName")), text(said.get("lastName")), _middle(said))
    given = text(said.get("commonFirstName")) or text(said.get("commonName"))
    family = text(said.get("commonLastName"))
    if given or family:
        yield Name(given or legal.given, family or legal.family, kind=NameKind.COMMON)
    seen = {(legal.given, legal.family)}
    for old in _all(said, "nameHistory", "previousNames"):
        former = Name(
            text(old.get("firstName")) or legal.given,
            text(old.get("lastName")) or legal.family,
            text(old.get("middleName")),
            NameKind.FORMER,
        )
        if (former.given, former.family) not in seen and family_key(former.family):
            seen.add((former.given, former.family))
            yield former


def _workplaces(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Workplaces from the three lists that repeat each other."""
    seen = set()
    for place in _all(said, *_PLACE_LISTS):
        same = (reading.text(place.get("employerName")), reading.text(place.get("businessAddress")))
        if same not in seen:
            seen.add(same)
            yield place


def _places(said: Mapping[str, Any]) -> tuple[Place, ...]:
    """Present workplaces: clinic, city and province, no addresses."""
    text = reading.text
    return tuple(
        Place(
            text(place.get("employerName")) or text(place.get("name")),
            text(place.get("businessCity")) or text(place.get("city")),
            text(place.get("businessState")) or text(place.get("province")),
        )
        for place in _workplaces(said)
        if reading.flag(place.get("active")) is not False and not text(place.get("endDate"))
    )


def _limitations(said: Mapping[str, Any]) -> tuple[Notice, ...]:
    """Limits inside a workplace: a restriction, wherever it hides."""
    found = []
    for place in _all(said, *_PLACE_LISTS):
        limits = place.get(_LIMITS)
        for limit in limits if isinstance(limits, list) else [limits] if limits else []:
            where = reading.text(place.get("employerName"))
            words = reading.text(limit, 4000) or "A limitation without text"
            found.append(Notice(f"{words} ({where})" if where else words))
    return tuple(dict.fromkeys(found))
