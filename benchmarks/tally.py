"""Asks searchers the same questions in turn, and counts how often they were right and how fast."""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from statistics import median

from benchmarks.load import Home
from benchmarks.ours import Ours
from benchmarks.peers import Found, Searcher
from benchmarks.questions import Question

LIMIT = 10
_WARM_UP = 20


@dataclass(slots=True)
class Tally:
    """What one searcher made of questions of one kind.

    Strictly right is the person meant; `equal` also counts anybody of exactly the same folded
    name, whom no search by name alone can tell apart.
    """

    taken: list[float] = field(default_factory=list)  # milliseconds
    first: int = 0
    ten: int = 0
    first_equal: int = 0
    ten_equal: int = 0

    def add(self, taken: float, found: list[Found], right: Found, equals: set[Found]) -> None:
        """Count one answer."""
        self.taken.append(taken)
        self.first += found[:1] == [right]
        self.ten += right in found
        self.first_equal += bool(equals.intersection(found[:1]))
        self.ten_equal += bool(equals.intersection(found))

    def share(self, hits: int) -> str:
        """Recall, in hundredths with one digit."""
        return f"{100 * hits / len(self.taken):.1f}" if self.taken else "–"

    @property
    def median(self) -> float:
        """Milliseconds of half of the questions."""
        return median(self.taken)

    @property
    def p99(self) -> float:
        """Milliseconds of all but one in a hundred."""
        return sorted(self.taken)[int(0.99 * (len(self.taken) - 1))]


Tallies = dict[str, Tally]  # by kind


def together(tallies: Iterable[Tally]) -> Tally:
    """Several kinds as one."""
    whole = Tally()
    for one in tallies:
        whole.taken += one.taken
        for hits in ("first", "ten", "first_equal", "ten_equal"):
            setattr(whole, hits, getattr(whole, hits) + getattr(one, hits))
    return whole


def ask(home: Home, searchers: list[Searcher], asked: list[Question]) -> dict[str, Tallies]:
    """Every question, in one mixed-up order, to every searcher in turn; slow ones get fewer.

    The machine drifts within minutes, so all must be alive and measured side by side.
    """
    tallies: dict[str, Tallies] = {one.name: defaultdict(Tally) for one in searchers}
    order = Random(1).sample(asked, len(asked))
    with closing(sqlite3.connect(f"file:{home.plain}?mode=ro", uri=True)) as db:
        for question in order[:_WARM_UP]:
            for searcher in searchers:
                _answered(searcher, question)
        seen: defaultdict[str, int] = defaultdict(int)
        for question in order:
            equals = _bearers(db, question)
            seen[question.kind] += 1
            for searcher in searchers:
                if _its_turn(searcher.share, seen[question.kind]):
                    taken, found = _answered(searcher, question)
                    right = (question.register, question.key)
                    tallies[searcher.name][question.kind].add(taken, found, right, equals)
    return tallies


def _its_turn(share: float, place: int) -> bool:
    """Spread evenly: a searcher with a share of 0.25 gets every fourth question of a kind."""
    return int(place * share) > int((place - 1) * share)


def _answered(searcher: Searcher, question: Question) -> tuple[float, list[Found]]:
    within = (question.within_register, question.within_city)
    began = time.perf_counter()
    if isinstance(searcher, Ours):
        found = searcher.search(question.text, LIMIT, *within)
    else:
        found = searcher.search(question.text, LIMIT)
    return 1000 * (time.perf_counter() - began), found


def _bearers(db: sqlite3.Connection, question: Question) -> set[Found]:
    """Everybody of exactly the folded name that was meant, inside the filter if there is one."""
    query = (
        "select register, key, city from person where id in "
        "(select person from name where folded = ?)"
    )
    register, city = question.within_register, question.within_city
    return {
        (where, key)
        for where, key, town in db.execute(query, [question.wanted])
        if register in ("", where) and city in ("", town)
    }
