"""Asks searchers the same questions in turn, and counts how often they were right and how fast."""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from random import Random
from statistics import median

from benchmarks.load import Home
from benchmarks.ours import Ours
from benchmarks.peers import Found, Searcher
from benchmarks.questions import Question
from data.names import name_key

LIMIT = 10
_WARM_UP = 20
_IN_TURN = 100  # questions
_COUNTS = "first ten first_equal ten_equal open first_open ten_open".split()


@dataclass(slots=True)
class Tally:
    """What one searcher made of questions of one kind.

    Strictly right is the person meant; `equal` also counts anybody of exactly the same folded
    name, whom no search by name alone can tell apart. `open` are the questions whose words are
    nobody else's name: where somebody is really called what was typed, no search can know that
    another is meant.
    """

    taken: list[float] = field(default_factory=list)  # milliseconds
    first: int = 0
    ten: int = 0
    first_equal: int = 0
    ten_equal: int = 0
    open: int = 0
    first_open: int = 0
    ten_open: int = 0

    def add(self, taken: float, found: list[Found], truth: "Truth") -> None:
        """Count one answer."""
        first, ten = (bool(truth.equals.intersection(some)) for some in (found[:1], found))
        self.taken.append(taken)
        self.first += found[:1] == [truth.right]
        self.ten += truth.right in found
        self.first_equal += first
        self.ten_equal += ten
        if not truth.others:
            self.open += 1
            self.first_open += first
            self.ten_open += ten

    def share(self, hits: int, of: int | None = None) -> str:
        """Recall among all questions or `of` them, in hundredths with one digit."""
        whole = len(self.taken) if of is None else of
        return f"{100 * hits / whole:.1f}" if whole else "–"

    @property
    def median(self) -> float:
        """Milliseconds of half of the questions."""
        return median(self.taken)

    @property
    def p99(self) -> float:
        """Milliseconds of all but one in a hundred."""
        return sorted(self.taken)[int(0.99 * (len(self.taken) - 1))]


Tallies = dict[str, Tally]  # by kind


@dataclass(frozen=True, slots=True)
class Truth:
    """Who is meant, everybody of exactly that name, and whether others bear what was typed."""

    right: Found
    equals: set[Found]
    others: bool


def together(tallies: Iterable[Tally]) -> Tally:
    """Several kinds as one."""
    whole = Tally()
    for one in tallies:
        whole.taken += one.taken
        for hits in _COUNTS:
            setattr(whole, hits, getattr(whole, hits) + getattr(one, hits))
    return whole


def ask(home: Home, searchers: list[Searcher], asked: list[Question]) -> dict[str, Tallies]:
    """Every question, in one mixed-up order, a few to each searcher in turn; slow ones get fewer.

    The machine drifts within minutes, so all must be alive and measured side by side; but not so
    close that each finds the processor's caches full of what the one before it looked through. All
    files are read once before: how fast a disk is says nothing about a search.
    """
    _read_once(home)
    tallies: dict[str, Tallies] = {one.name: defaultdict(Tally) for one in searchers}
    order = Random(1).sample(asked, len(asked))
    with closing(sqlite3.connect(f"file:{home.plain}?mode=ro", uri=True)) as db:
        for question in order[:_WARM_UP]:
            for searcher in searchers:
                _answered(searcher, question)
        seen: defaultdict[str, int] = defaultdict(int)
        for start in range(0, len(order), _IN_TURN):
            asked_now = []
            for question in order[start : start + _IN_TURN]:
                seen[question.kind] += 1
                asked_now.append((question, _truth(db, question), seen[question.kind]))
            for searcher in searchers:
                for question, truth, place in asked_now:
                    if _its_turn(searcher.share, place):
                        taken, found = _answered(searcher, question)
                        tallies[searcher.name][question.kind].add(taken, found, truth)
    return tallies


def _read_once(home: Home) -> None:
    """Into the machine's memory, as it is an hour after a start."""
    for file in home.folder.rglob("*"):
        if file.is_file():
            with suppress(OSError), file.open("rb") as opened:  # PostgreSQL moves its own about
                while opened.read(1 << 20):
                    pass


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


def _truth(db: sqlite3.Connection, question: Question) -> Truth:
    typed = name_key(question.text)
    named = "select 1 from name where folded = ? limit 1"
    others = typed != question.wanted and bool(db.execute(named, [typed]).fetchone())
    return Truth((question.register, question.key), _bearers(db, question), others)


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
