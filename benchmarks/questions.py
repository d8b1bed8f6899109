"""The questions every searcher is asked: people of the plain tables, misspelled, with the truth."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from random import Random

from benchmarks.load import Home, person_of
from benchmarks.misspell import KINDS, Kind, initial
from benchmarks.people import SEED, of_register
from benchmarks.registers import houses
from config.vocabulary import NameKind
from data.names import name_key
from data.records import Name, Record

LANGUAGES = ("french", "vietnamese", "chinese", "punjabi", "arabic", "portuguese", "spanish")
_TRIES = 400  # people looked at for each question before a kind is given up


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked and who is meant; `wanted` is the folded name whose bearers are as right."""

    kind: str
    text: str
    register: str
    key: str
    wanted: str
    within_register: str = ""
    within_city: str = ""


def by_kind(home: Home, each: int, seed: int = SEED) -> Iterator[Question]:
    """`each` questions of every kind, about people drawn from all of them."""
    for kind in KINDS:
        yield from _asked(home, kind, each, Random(f"{seed} {kind}"))


def initials(home: Home, each: int, seed: int = SEED) -> Iterator[Question]:
    """Initial and family name: alone, with the city, with the register."""
    with closing(_open(home)) as db:
        people = _people(db, "", Random(f"{seed} initials"))
        for _ in range(each):
            person = next(people)
            asked = _question("initial", initial, person, Random(0))
            assert asked is not None
            here = person.places[0].city
            yield asked
            yield _within(asked, "initial, with city", "", here)
            yield _within(asked, "initial, with register", person.register, "")


def by_language(home: Home, each: int, seed: int = SEED) -> Iterator[Question]:
    """`each` questions for every language, all kinds in turn; then Québécois double names."""
    for language in LANGUAGES:
        where = f"language = '{language}'"
        yield from _mixed(home, language, where, each, Random(f"{seed} {language}"))
    double = "language = 'french' and register = 'ca_qc_invented' and family like '%-%'"
    yield from _mixed(home, "Québécois double", double, each, Random(f"{seed} double"))


def absent(home: Home, count: int, seed: int = SEED) -> list[str]:
    """Names drawn like the others that nobody in the data bears."""
    found: list[str] = []
    shares = [house for house in houses(count * 2) if house.people > 1]
    with closing(_open(home)) as db:
        for house in shares:
            for person in of_register(house, seed + 1):
                folded = name_key(person.name.given, person.name.family)
                if not db.execute("select 1 from name where folded = ?", [folded]).fetchone():
                    found.append(f"{person.name.given} {person.name.family}")
    return Random(seed).sample(found, min(count, len(found)))


def _open(home: Home) -> sqlite3.Connection:
    db = sqlite3.connect(f"file:{home.plain}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    return db


def _people(db: sqlite3.Connection, where: str, rng: Random) -> Iterator[Record]:
    """People drawn with equal chances, again and again."""
    query = f"select id from person where {where or '1'}"  # noqa: S608 - words of this file
    ids = [id_ for (id_,) in db.execute(query)]
    while ids:
        row = db.execute("select * from person where id = ?", [rng.choice(ids)]).fetchone()
        yield person_of(row)


def _asked(home: Home, kind: str, count: int, rng: Random) -> Iterator[Question]:
    with closing(_open(home)) as db:
        people = _people(db, "", rng)
        for _ in range(count * _TRIES):
            asked = _question(kind, KINDS[kind], next(people), rng)
            if asked:
                yield asked
                count -= 1
            if not count:
                return


def _mixed(home: Home, group: str, where: str, count: int, rng: Random) -> Iterator[Question]:
    with closing(_open(home)) as db:
        people = _people(db, where, rng)
        for turn, person in zip(range(count * 3), people, strict=False):
            kind = list(KINDS)[turn % len(KINDS)]
            asked = _question(kind, KINDS[kind], person, rng)
            if asked and count:
                yield _within(asked, group, "", "")
                count -= 1


def _within(asked: Question, kind: str, register: str, city: str) -> Question:
    who = (asked.text, asked.register, asked.key, asked.wanted)
    return Question(kind, *who, within_register=register, within_city=city)


def _question(kind: str, change: Kind, person: Record, rng: Random) -> Question | None:
    name = _meant(kind, person)
    text = change(name, rng) if name else None
    if name is None or text is None:
        return None
    return Question(kind, text, person.register, person.key, name_key(name.given, name.family))


def _meant(kind: str, person: Record) -> Name | None:
    if kind != "former name":
        return person.name
    return next((name for name in person.other_names if name.kind is NameKind.FORMER), None)
