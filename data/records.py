"""The Record: what every reader yields, whatever the register it came from."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Self

import orjson

from config.vocabulary import NameKind, Status
from data.keys import Keys

# Raise when a change of our own reading would otherwise look like a change at the register.
HASH_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in its parts, as the register prints them."""

    given: str
    family: str
    middle: str = ""
    kind: NameKind = NameKind.LEGAL

    @property
    def full(self) -> str:
        """The name as one reads it aloud."""
        return " ".join(part for part in (self.given, self.middle, self.family) if part)


@dataclass(frozen=True, slots=True)
class Notice:
    """A restriction or public notice: the register's text, its dates and its link."""

    text: str
    since: date | None = None
    until: date | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A workplace the register shows: clinic, city, province. Never a home address."""

    name: str = ""
    city: str = ""
    province: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One registration as one register tells it (design, section 3).

    `key` is the register's own id; `word` and `category` are its own words; `status` is our meaning
    of them. `doubts` are codes of what makes the record unfit to confirm anybody.
    """

    register: str
    key: str
    name: Name
    status: Status
    number: str = ""
    other_names: tuple[Name, ...] = ()
    profession: str = ""
    category: str = ""
    word: str = ""
    may_practise: bool | None = None
    restrictions: tuple[Notice, ...] = ()
    notices: tuple[Notice, ...] = ()
    first_registered: date | None = None
    effective: date | None = None
    expires: date | None = None
    places: tuple[Place, ...] = ()
    languages: tuple[str, ...] = ()
    source_url: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[Name, ...]:
        """Every name the register knows the person by, the legal one first."""
        return (self.name, *self.other_names)

    @property
    def facts(self) -> str:
        """Everything above as canonical JSON: what is stored, compared and hashed."""
        return orjson.dumps(_said(self)).decode()

    @property
    def content_hash(self) -> str:
        """Changes exactly when a fact changes (or HASH_VERSION does)."""
        return hash_facts(self.facts)

    def doubted(self, *codes: str) -> Self:
        """The same record, withheld for these reasons too."""
        return replace(self, doubts=tuple(sorted({*self.doubts, *codes})))


# Canonical means: keys in the order of the alphabet. Written out, this is three times as fast as
# having them sorted, and a night writes a million.
def _said(one: Record) -> dict[str, Any]:
    return {
        "category": one.category,
        "doubts": one.doubts,
        "effective": one.effective,
        "expires": one.expires,
        "first_registered": one.first_registered,
        "key": one.key,
        "languages": one.languages,
        "may_practise": one.may_practise,
        "name": _name_said(one.name),
        "notices": one.notices and list(map(_notice_said, one.notices)),
        "number": one.number,
        "other_names": one.other_names and list(map(_name_said, one.other_names)),
        "places": list(map(_place_said, one.places)),
        "profession": one.profession,
        "register": one.register,
        "restrictions": one.restrictions and list(map(_notice_said, one.restrictions)),
        "source_url": one.source_url,
        "status": one.status,
        "word": one.word,
    }


def _name_said(one: Name) -> dict[str, Any]:
    return {"family": one.family, "given": one.given, "kind": one.kind, "middle": one.middle}


def _place_said(one: Place) -> dict[str, Any]:
    return {"city": one.city, "name": one.name, "province": one.province}


def _notice_said(one: Notice) -> dict[str, Any]:
    return {"link": one.link, "since": one.since, "text": one.text, "until": one.until}


def hash_facts(facts: str) -> str:
    """The content hash of canonical facts, with the version of the hashing in front."""
    return f"{HASH_VERSION}:{hashlib.sha256(facts.encode()).hexdigest()}"


_KINDS = {kind.value: kind for kind in NameKind}
_STATUSES = {status.value: status for status in Status}
_FIELDS = frozenset(one.name for one in fields(Record))
_LISTS = ("other_names", "restrictions", "notices", "places", "languages", "doubts")
_DAYS = ("first_registered", "effective", "expires")


def _name(said: dict[str, str]) -> Name:
    return Name(said["given"], said["family"], said["middle"], _KINDS[said["kind"]])


def _notice(said: dict[str, Any]) -> Notice:
    since, until = (
        date.fromisoformat(day) if day else None for day in (said["since"], said["until"])
    )
    return Notice(said["text"], since, until, said["link"])


def _place(said: dict[str, str]) -> Place:
    return Place(said["name"], said["city"], said["province"])


_ONE_OF: dict[str, Callable[[Any], Any]] = {
    "other_names": _name,
    "restrictions": _notice,
    "notices": _notice,
    "places": _place,
    "languages": str,
    "doubts": str,
}


def record_from(facts: str) -> Record:
    """The Record that `facts` was written from; facts added since then take their defaults."""
    said: dict[str, Any] = orjson.loads(facts)
    if not said.keys() <= _FIELDS:
        said = {field: value for field, value in said.items() if field in _FIELDS}
    said["name"] = _name(said["name"])
    said["status"] = _STATUSES[said["status"]]
    for part in _LISTS:
        if some := said.get(part):
            said[part] = tuple(map(_ONE_OF[part], some))
        else:
            said[part] = ()
    for part in _DAYS:
        if day := said.get(part):
            said[part] = date.fromisoformat(day)
    return Record(**said)


@dataclass(slots=True)
class Part:
    """One list of a sweep: what the register says it holds, and what we were given."""

    name: str
    stated: list[int] = field(default_factory=list)
    keys: set[str] | Keys = field(default_factory=set)
    rows: int = 0
    pages: int = 0
    repeated_pages: int = 0

    @property
    def repeated(self) -> int:
        """Rows that named somebody this list had named already."""
        return self.rows - len(self.keys)

    @property
    def total(self) -> int | None:
        """What the register last said this list holds; None when it never says."""
        return self.stated[-1] if self.stated else None

    @property
    def settled(self) -> bool:
        """Whether the list is whole: as many different people as stated all along, nobody twice."""
        return (
            self.total is not None
            and set(self.stated) == {len(self.keys)}
            and not self.repeated
            and not self.repeated_pages
        )
