"""First load and second night beside plain inserts, and spider CPU beside stock Scrapy settings.

`make bench-ingest`: each phase runs in a process of its own, so that its peak memory is its own.
Making the invented people is taken out of every time.
"""

import argparse
import resource
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import wraps
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import data.ingest
from benchmarks import document, spider
from benchmarks.document import table
from benchmarks.load import Home, night
from benchmarks.people import of_register
from benchmarks.registers import houses, write_files
from config.register import Catalogue
from config.vocabulary import Status
from data.promote import Promotion
from data.records import Record
from data.store import Store

# Parts of a night that are told apart: the functions that do nothing else.
_INDEX = "name index"
_PARTS: dict[str, list[tuple[Any, str]]] = {
    "publishing": [(data.ingest, "_publish")],
    _INDEX: [(Promotion, "_index_new"), (Promotion, "_index_changed")],
}
_TABLES = ("registration", "version", "change")  # what a night writes, its name index left out
_CHANGED = 200  # every so manieth person changes: 0.5 %
_CHUNK = 10_000


@dataclass(slots=True)
class Phase:
    """What one phase took: seconds (of its parts, too), peak MiB of the process, rows written."""

    seconds: float
    peak: float
    rows: int = 0
    parts: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Run the phases one after the other, a plain insert before and after each night."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path, default=Path("var/bench-ingest"))
    said = parser.parse_args()
    shutil.rmtree(said.home, ignore_errors=True)
    home = Home(said.home.resolve(), said.people)
    write_files(home.registers, home.people)
    first = _alone(nights, home, False)
    ceilings = [_alone(plain, home, _TABLES), _alone(plain, home, ("version",))]
    second = _alone(nights, home, True)
    again = [_alone(plain, home, _TABLES), _alone(plain, home, ("version",))]
    means = [(a.seconds + b.seconds) / 2 for a, b in zip(ceilings, again, strict=True)]
    text = _report(home.people, {"first load": first, "second night, 0.5 % changed": second}, means)
    plain_rows = [[name, one.rows, f"{one.seconds:.1f}"] for name, one in _named(ceilings, again)]
    plain_text = table(["plain executemany", "rows", "seconds"], plain_rows)
    document.write("ingest", f"{text}\n\n{plain_text}\n\n{spider.measure(said.home)}")
    shutil.rmtree(said.home)


def _named(ceilings: list[Phase], again: list[Phase]) -> Iterator[tuple[str, Phase]]:
    names = ("all live tables", "one row a person")
    for when, phases in (("before", ceilings), ("after", again)):
        yield from (
            (f"{name}, {when} the second night", p) for name, p in zip(names, phases, strict=True)
        )


def _report(people: int, phases: dict[str, Phase], ceilings: list[float]) -> str:
    """Rates and ratios with the name index taken out, which has a limit of its own."""
    head = "night, name index apart|people/s|/ plain insert, all live tables"
    head += "|/ plain insert, one row a person|seconds|of them publishing|name index s|peak MiB"
    rows = []
    for name, one in phases.items():
        index = one.parts[_INDEX]
        bare, publishing = one.seconds - index, one.parts["publishing"] - index
        ratios = [f"{ceiling / bare:.2f}" for ceiling in ceilings]
        times = [f"{seconds:.1f}" for seconds in (bare, publishing, index)]
        rows.append([name, f"{people / bare:,.0f}", *ratios, *times, f"{one.peak:.0f}"])
    return f"{people:,} people, {document.machine()}\n\n{table(head.split('|'), rows)}"


def _alone(work: Callable[..., Phase], *said: object) -> Phase:
    """Run in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        phase = pool.submit(work, *said).result()
    print(f"{work.__name__}: {phase}", flush=True)
    return phase


def nights(home: Home, changed: bool) -> Phase:
    """One night of every register."""
    parts = {name: [_clocked(*one) for one in work] for name, work in _PARTS.items()}
    catalogue, making = Catalogue(home.registers), 0.0
    with closing(Store.of(home.settings)) as store:
        began = time.perf_counter()
        for house in houses(home.people):
            people = Clocked(_changed(of_register(house)) if changed else of_register(house))
            night(store, catalogue.get(house.id), people)
            making += people.seconds
        seconds = time.perf_counter() - began - making
    taken = {name: sum(seconds for [seconds] in clocks) for name, clocks in parts.items()}
    return Phase(seconds, _peak(), home.people, taken)


class Clocked:
    """Records on their way, with how long it took to make them."""

    def __init__(self, records: Iterator[Record]) -> None:
        self.records, self.seconds = records, 0.0

    def __iter__(self) -> Iterator[Record]:
        clock = time.perf_counter
        while True:
            began = clock()
            record = next(self.records, None)
            self.seconds += clock() - began
            if record is None:
                return
            yield record


def _changed(records: Iterable[Record]) -> Iterator[Record]:
    for place, record in enumerate(records):
        if place % _CHANGED:
            yield record
        elif record.status is Status.RESIGNED:
            yield replace(record, word="Active", status=Status.AUTHORISED)
        else:
            yield replace(record, word="Resigned", status=Status.RESIGNED)


def _clocked(owner: Any, name: str) -> list[float]:
    """Have every call of this function add its seconds to the list's only entry."""
    taken, work = [0.0], getattr(owner, name)

    @wraps(work)
    def clocked(*args: Any, **said: Any) -> Any:
        began = time.perf_counter()
        try:
            return work(*args, **said)
        finally:
            taken[0] += time.perf_counter() - began

    setattr(owner, name, clocked)
    return taken


def plain(home: Home, tables: tuple[str, ...]) -> Phase:
    """The store's own rows, put by executemany into tables that have a primary key and no index."""
    target = home.folder / "plain-insert.db"
    target.unlink(missing_ok=True)
    store = f"file:{home.folder / 'goodstanding.db'}?mode=ro"
    with closing(sqlite3.connect(store, uri=True)) as rows, closing(sqlite3.connect(target)) as db:
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=normal")
        counted = [_copy(rows, db, name) for name in tables]
        began = time.perf_counter()
        db.commit()
        committed = time.perf_counter() - began
    seconds = sum(seconds for _, seconds in counted) + committed
    return Phase(seconds, _peak(), sum(count for count, _ in counted))


def _copy(rows: sqlite3.Connection, db: sqlite3.Connection, name: str) -> tuple[int, float]:
    """Rows and seconds of one table; reading them is not counted."""
    columns = [column[1] for column in rows.execute(f"pragma table_info({name})")]
    rest = ", ".join(column for column in columns if column != "id")
    db.execute(f"create table {name} (id integer primary key, {rest})")
    insert = f"insert into {name} values ({', '.join('?' * len(columns))})"  # noqa: S608 - our own
    found, count, seconds = rows.execute(f"select id, {rest} from {name}"), 0, 0.0  # noqa: S608
    while chunk := found.fetchmany(_CHUNK):
        began = time.perf_counter()
        db.executemany(insert, chunk)
        seconds += time.perf_counter() - began
        count += len(chunk)
    return count, seconds


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
