"""The sixty invented registers: how large each is, how it prints names and numbers, its YAML."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.lists import words
from config.vocabulary import Status

# How much more unequal than their places' inhabitants the registers are.
_UNEQUAL = 1.15
UNNUMBERED = frozenset({"CA-ON", "CA-PE", "US-ID"})
REPEATING = frozenset(
    {"US-FL", "US-CO", "US-LA", "US-OH"}
)  # one number for two people in a hundred
_FORMATS = (
    "{n}|MT{n:06d}|A{n}|LMT.{n:07d}|MA {n}|{y}-{n:05d}|RMT-{n:05d}|{n:08d}|49.0{n:06d}|M{n:05d}T"
)
STATUSES = {
    "Active": Status.AUTHORISED,
    "Active with Conditions": Status.AUTHORISED_CONDITIONS,
    "Active, Notice": Status.AUTHORISED_NOTICE,
    "Inactive": Status.INACTIVE,
    "Resigned": Status.RESIGNED,
    "Expired": Status.EXPIRED,
    "Suspended": Status.SUSPENDED,
    "Revoked": Status.REVOKED,
}
SHARES = [85, 0.5, 0.5, 6, 4, 3, 0.5, 0.5]


@dataclass(frozen=True, slots=True)
class House:
    """One invented register: `people` are on it, some printed in capitals or without accents."""

    id: str
    jurisdiction: str
    people: int
    number: str  # a format of the running number n and the year y; empty: prints none
    repeats: bool
    capitals: bool
    accents: bool


def houses(people: int) -> Iterator[House]:
    """The sixty registers, holding so many people together."""
    sizes = [word.split(":") for word in words("inhabitants")]
    weights = {code: float(size) ** _UNEQUAL for code, size in sizes}
    whole, left = sum(weights.values()), people
    formats = _FORMATS.split("|")
    for place, (code, weight) in enumerate(weights.items()):
        here = max(1, round(people * weight / whole))
        here = left if place == len(weights) - 1 else min(here, left)
        left -= here
        yield House(
            id=f"{code.lower().replace('-', '_')}_invented",
            jurisdiction=code,
            people=here,
            number="" if code in UNNUMBERED else formats[place % len(formats)],
            repeats=code in REPEATING,
            capitals=code.startswith("US") and place % 3 == 0,
            accents=code.startswith("CA") or place % 4 == 1,
        )


def write_files(folder: Path, people: int) -> None:
    """A register file for each, so that the product's own catalogue knows them."""
    folder.mkdir(parents=True, exist_ok=True)
    for house in houses(people):
        write_file(folder, house)


def write_file(folder: Path, house: House) -> None:
    """The register file of one."""
    (folder / f"{house.id}.yml").write_text(yaml.safe_dump(_file(house), allow_unicode=True))


def _file(house: House) -> dict[str, object]:
    return {
        "name": f"Invented Register of {house.jurisdiction}",
        "regulator": "Nobody",
        "jurisdiction": house.jurisdiction,
        "profession": "massage therapist",
        "titles": ["massage therapist"],
        "covers": "Invented people, for measuring.",
        "official_url": "http://127.0.0.1/",
        "verified": "false",
        "terms": {"automated": "allowed", "note": "Invented.", "read": "2026-11-23"},
        "platform": "bulk",
        "timezone": "UTC",
        "fresh_hours": "168",
        "number_published": "yes" if house.number else "no",
        "status": {word: status.value for word, status in STATUSES.items()},
    }
