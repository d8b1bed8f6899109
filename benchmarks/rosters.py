"""Rosters of invented people with everything that goes wrong in them, and the truth of each row."""

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.load import Home
from benchmarks.misspell import one_typo
from config.jurisdiction import Coverage
from data.records import Name

HEAD = ("First name", "Last name", "Registration number", "City", "Province")
# Of a hundred rows; the rest is right.
SHARES = {
    "name misspelt": 3.0,
    "number misspelt": 3.0,
    "number of somebody else": 2.0,
    "nobody on any register": 3.0,
    "numbers swapped": 1.0,
    "same person again": 1.0,
    "another province": 1.0,
}
RIGHT = "right"
LINKED = (RIGHT, "same person again")  # whom number, name and place together mean
_PERSON = "select id, register, key, number, given, family, city from person where id = ?"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person as drawn."""

    id: int
    register: str
    key: str
    number: str
    given: str
    family: str
    city: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a row: its kind, and who is meant (whatever their number in it)."""

    kind: str
    person: Somebody | None


def write_roster(home: Home, rows: int, path: Path, seed: int = 20261125) -> list[Truth]:
    """Write a roster of so many rows; the truth of each."""
    rng = Random(f"{seed} {rows}")
    kinds = [RIGHT, *SHARES]
    weights = [100 - sum(SHARES.values()), *SHARES.values()]
    truths: list[Truth] = []
    with closing(sqlite3.connect(home.plain)) as db, path.open("w", newline="") as file:
        writer, people = csv.writer(file), _drawn(db, home.people, rng)
        writer.writerow(HEAD)
        last = next(people)
        while len(truths) < rows:
            kind = rng.choices(kinds, weights)[0]
            for truth, row in _rows(kind, people, last, rng):
                if len(truths) < rows:
                    truths.append(truth)
                    writer.writerow(row)
                last = truth.person or last
    return truths


def _drawn(db: sqlite3.Connection, count: int, rng: Random) -> Iterator[Somebody]:
    """People at random, of registers that print numbers in places where a law regulates."""
    regulated = {place.code for place in Coverage() if place.regulated}
    while True:
        one = Somebody(*db.execute(_PERSON, (rng.randint(1, count),)).fetchone())
        if one.number and code_of(one.register) in regulated:
            yield one


def code_of(register_id: str) -> str:
    """The place of an invented register."""
    return register_id.removesuffix("_invented").upper().replace("_", "-")


NAMES = {place.code: place.name for place in Coverage()}


def _row(one: Somebody, **other: str) -> list[str]:
    said = {"given": one.given, "family": one.family, "number": one.number, "city": one.city}
    said |= {"province": NAMES[code_of(one.register)]} | other
    return [said[part] for part in ("given", "family", "number", "city", "province")]


def _rows(
    kind: str, people: Iterator[Somebody], last: Somebody, rng: Random
) -> Iterator[tuple[Truth, list[str]]]:
    """One row of a kind, or two that belong together."""
    one = last if kind == "same person again" else next(people)
    if kind in LINKED:
        yield Truth(kind, one), _row(one)
    elif kind == "name misspelt":
        wrong = one_typo(Name("", one.family), rng) or f"x{one.family}"
        yield Truth(kind, one), _row(one, family=wrong)
    elif kind == "number misspelt":
        yield Truth(kind, one), _row(one, number=_misspelt(one.number, rng))
    elif kind == "number of somebody else":
        yield Truth(kind, one), _row(one, number=next(people).number)
    elif kind == "nobody on any register":
        name = {"given": f"Q{one.given.lower()}", "family": f"Xy{one.family.lower()}q"}
        yield Truth(kind, None), _row(one, number=f"ZQ{rng.randint(1, 10**6)}", **name)
    elif kind == "another province":
        places = [name for code, name in NAMES.items() if code != code_of(one.register)]
        yield Truth(kind, one), _row(one, province=rng.choice(places))
    else:
        other = next(people)
        yield Truth(kind, one), _row(one, number=other.number)
        yield Truth(kind, other), _row(other, number=one.number)


def _misspelt(number: str, rng: Random) -> str:
    places = [place for place, letter in enumerate(number) if letter.isdigit()]
    place = rng.choice(places)
    digit = rng.choice([digit for digit in "0123456789" if digit != number[place]])
    return number[:place] + digit + number[place + 1 :]
