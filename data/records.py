"""The Record: what every reader yields, whatever the register it came from."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

import msgspec

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
        return _write(self).decode()

    @property
    def content_hash(self) -> str:
        """Changes exactly when a fact changes (or HASH_VERSION does)."""
        return hash_facts(self.facts)

    def doubted(self, *codes: str) -> Self:
        """The same record, withheld for these reasons too."""
        return replace(self, doubts=tuple(sorted({*self.doubts, *codes})))


def hash_facts(facts: str) -> str:
    """The content hash of canonical facts, with the version of the hashing in front."""
    return f"{HASH_VERSION}:{hashlib.sha256(facts.encode()).hexdigest()}"


_write = msgspec.json.Encoder(order="sorted").encode  # canonical: keys in alphabetical order
_read = msgspec.json.Decoder(Record).decode


def record_from(facts: str) -> Record:
    """The Record that `facts` was written from; facts added since then take their defaults."""
    return _read(facts)


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
