"""Look-ups of another process while a large register goes live for the first time.

The same numbers and names are asked for before, meanwhile and after; only look-ups that fall into
the publication count as "meanwhile".
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import cycle, islice
from multiprocessing import get_context
from typing import Any

import data.ingest
from benchmarks.document import table
from benchmarks.load import Home, night
from benchmarks.people import of_register
from benchmarks.registers import House, houses, write_file
from config.jurisdiction import Coverage
from config.register import Catalogue
from data.records import Record
from data.store import Store
from service.answer import Query
from service.desk import Desk
from service.verify import lookup

_ASKED = 400  # people, each by number and by name
_IDLE = 10.0  # seconds


@dataclass(slots=True)
class Asked:
    """One look-up: when it ended, how long it took, what it was by, and whether it failed."""

    at: float
    seconds: float
    by: str
    failed: bool


def measure(home: Home) -> str:
    """A table: failures, median and 95th percentile, idle and while a register is published."""
    context = get_context("spawn")
    stop, told = context.Event(), context.Queue()
    looker = context.Process(target=_look, args=(home, stop, told), daemon=True)
    looker.start()
    told.get()  # warm
    spans = {"idle, before": _rest()}
    spans["while a register goes live"] = _load(home)
    spans["idle, after"] = _rest()
    stop.set()
    asked: list[Asked] = told.get()
    looker.join()
    rows = [_row(name, by, span, asked) for name, span in spans.items() for by in _BY]
    return table("look-ups|by|number|failed|median ms|p95 ms|longest ms".split("|"), rows)


_BY = ("number", "name")


def _row(name: str, by: str, span: tuple[float, float], asked: list[Asked]) -> list[object]:
    mine = [one for one in asked if one.by == by and span[0] <= one.at <= span[1]]
    if not mine:
        return [name, by, 0, 0, "-", "-", "-"]
    taken = sorted(1000 * one.seconds for one in mine)
    percentile = taken[int(0.95 * (len(taken) - 1))]
    times = (f"{ms:.2f}" for ms in (statistics.median(taken), percentile, taken[-1]))
    return [name, by, len(mine), sum(one.failed for one in mine), *times]


def _rest() -> tuple[float, float]:
    began = time.monotonic()
    time.sleep(_IDLE)
    return began, time.monotonic()


def _load(home: Home) -> tuple[float, float]:
    """Load the largest register once more under another name; when its publication ran."""
    largest = max(houses(home.people), key=lambda house: house.people)
    house = replace(largest, id="zz_again_invented")
    write_file(home.registers, house)
    publish, span = data.ingest._publish, [0.0, 0.0]

    def clocked(*said: Any) -> None:
        span[0] = time.monotonic()
        publish(*said)

    setattr(data.ingest, "_publish", clocked)  # noqa: B010 - mypy minds an assignment
    try:
        with closing(Store.of(home.settings)) as store:
            night(store, Catalogue(home.registers).get(house.id), _anew(house))
            span[1] = time.monotonic()
    finally:
        data.ingest._publish = publish
    return span[0], span[1]


def _anew(house: House) -> Iterator[Record]:
    return (replace(record, register=house.id) for record in of_register(house))


def _look(home: Home, stop: Any, told: Any) -> None:
    """Ask until told to stop, then tell of every look-up."""
    settings = home.settings
    largest = max(houses(home.people), key=lambda house: house.people)
    people = list(islice(of_register(largest), _ASKED))
    with closing(Store.of(settings)) as store:
        desk = Desk(store, Catalogue(settings.registers), Coverage(), settings)
        asked: list[Asked] = []
        for place, record in enumerate(cycle(people)):
            if place == _ASKED:
                told.put("warm")
                asked.clear()
            if stop.is_set():
                break
            asked += [_ask(desk, record.number, "number"), _ask(desk, record.name.full, "name")]
    told.put(asked)


def _ask(desk: Desk, text: str, by: str) -> Asked:
    began = time.monotonic()
    try:
        failed = not lookup(desk, Query(text=text), datetime.now(UTC)).matches
    except Exception:
        failed = True
    ended = time.monotonic()
    return Asked(ended, ended - began, by, failed)
