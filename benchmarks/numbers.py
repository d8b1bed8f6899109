"""Look-up by number: in process beside a raw sqlite3 select, over HTTP beside an empty route."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from random import Random
from statistics import median
from urllib.parse import quote

from benchmarks import servers
from benchmarks.document import table
from benchmarks.load import Home
from benchmarks.ours import Ours
from benchmarks.traffic import Load, drive

_ROW = "select * from registration where number_key = ? and register_id = ?"
_FACTS = (
    "select r.*, v.facts, v.evidence_id from registration r join version v "
    "on v.registration_id = r.id and v.seen_until is null "
    "where r.number_key = ? and r.register_id = ?"
)
_ASKED, _ROUNDS, _SECONDS = 500, 3, 2.0

Number = tuple[str, str, str]  # as printed, its key, the register


def within(home: Home) -> str:
    """Milliseconds of one look-up in this process, each way in turn for every number."""
    store = f"file:{home.folder / 'goodstanding.db'}?mode=ro"
    with closing(Ours(home)) as ours, closing(sqlite3.connect(store, uri=True)) as raw:
        ways: dict[str, Callable[[Number], object]] = {
            "raw sqlite3, the registration": lambda n: raw.execute(_ROW, n[1:]).fetchall(),
            "raw sqlite3, with its facts": lambda n: raw.execute(_FACTS, n[1:]).fetchall(),
            "Good Standing, from the store": lambda n: ours.number(n[0], n[2]),
            "Good Standing, the whole answer": lambda n: ours.answer(n[0], n[2]),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        order = Random(4)
        for turn in range(1 + _ROUNDS):
            for number in _numbers(home):
                for name in order.sample(list(ways), len(ways)):
                    look_up = ways[name]
                    began = time.perf_counter()
                    assert look_up(number)
                    if turn:  # the first turn warms the pages for everybody
                        taken[name].append(1000 * (time.perf_counter() - began))
    raws = [median(taken[name]) for name in list(ways)[:2]]
    rows = [
        [name, f"{median(times):.4f}", *(f"{median(times) / one:.1f}" for one in raws)]
        for name, times in taken.items()
    ]
    return table(["number, in process", "median ms", "/ registration", "/ with facts"], rows)


def over_http(home: Home) -> str:
    """Answers a second, each server asked in turn, at 16 and at 64 connections."""
    numbers = _numbers(home)
    ours = [f"/api/v1/lookup?q={quote(n)}&register={register}" for n, _, register in numbers]
    page = "/datasette/person.json?_shape=array&_size=1&number_key__exact="
    theirs = [f"{page}{key}&register__exact={register}" for _, key, register in numbers]
    with servers.bare() as bare, servers.product(home) as us, servers.datasette(home) as them:
        rounds = {
            "empty FastAPI route": (bare, ["/"]),
            "Good Standing": (us, ours),
            "Datasette JSON": (them, theirs),
        }
        rows = [row for many in (16, 64) for row in _measured(rounds, many)]
    head = "number, over HTTP|connections|answers/s|/ empty route|median ms|p99 ms|failed"
    return table(head.split("|"), rows)


def _measured(rounds: dict[str, tuple[int, list[str]]], connections: int) -> list[list[object]]:
    loads: dict[str, list[Load]] = {name: [] for name in rounds}
    for _ in range(_ROUNDS):
        for name, (port, paths) in rounds.items():
            loads[name].append(drive(port, paths, connections, _SECONDS))
    best = {name: sorted(seen, key=lambda load: load.rate)[1] for name, seen in loads.items()}
    empty = best["empty FastAPI route"].rate
    return [
        [name, connections, f"{load.rate:.0f}", f"{load.rate / empty:.2f}"]
        + [f"{load.median:.1f}", f"{load.p99:.1f}", sum(one.failed for one in loads[name])]
        for name, load in best.items()
    ]


def _numbers(home: Home) -> list[Number]:
    """Numbers of people drawn from all registers that print them."""
    with closing(sqlite3.connect(f"file:{home.plain}?mode=ro", uri=True)) as db:
        query = "select number, number_key, register from person where id = ? and number <> ''"
        rng = Random(3)
        found: list[Number] = []
        while len(found) < _ASKED:
            row = db.execute(query, [rng.randint(1, home.people)]).fetchone()
            found += [row] if row else []
    return found
