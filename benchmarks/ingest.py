"""First load and second night beside plain inserts, look-ups meanwhile, and spider CPU.

`make bench-ingest`: each phase runs in a process of its own, so that its peak memory is its own.
Making the invented people is taken out of every time. Seconds of the CPU are given beside those of
the clock: on a machine that others use too, they tell more.
"""

import argparse
import resource
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import wraps
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import data.folded
import data.ingest
from benchmarks import document, during, spider
from benchmarks.document import table
from benchmarks.load import Home, night
from benchmarks.people import of_register
from benchmarks.plain import SAME, Clock, Plain
from benchmarks.registers import houses, write_files
from config.register import Catalogue
from config.vocabulary import Status
from data.promote import Promotion
from data.records import Record
from data.store import Store

_CHANGED = 200  # every so manieth person changes: 0.5 %
_YARDSTICKS = {
    "same rows, same indexes": (SAME, True),
    "same rows, no index": (SAME, False),
    "one row a person": (("version",), False),
}


@dataclass(slots=True)
class Phase:
    """What one phase took, in seconds of clock and CPU; and each plain insert beside it."""

    wall: float
    cpu: float
    publishing: float
    index: float
    peak: float  # MiB of the process, plain inserts included
    plain: dict[str, tuple[float, float, int]]  # wall, CPU, rows


def main() -> None:
    """Run the phases one after the other, and write what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path, default=Path("var/bench-ingest"))
    parser.add_argument("--dry", action="store_true", help="print the tables only")
    said = parser.parse_args()
    shutil.rmtree(said.home, ignore_errors=True)
    home, apart = (
        Home(said.home.resolve(), said.people),
        Home(said.home.resolve() / "apart", said.people),
    )
    for one in (home, apart):
        write_files(one.registers, one.people)
    phases = {
        "first load": _alone(nights, home, False, True),
        "first load, name index apart": _alone(nights, apart, False, False),
        "second night, 0.5 % changed": _alone(nights, home, True, True),
    }
    looks = during.measure(home)
    text = f"{_report(home.people, phases)}\n\n{looks}\n\n{spider.measure(said.home)}"
    if said.dry:
        print(text)
    else:
        document.write("ingest", text)
    shutil.rmtree(said.home)


def _report(people: int, phases: dict[str, Phase]) -> str:
    """Rates of people, and how they stand to those of plain inserts of the same moments."""
    head = "night|people/s|CPU us a person|seconds|of them publishing|in the name index|peak MiB"
    rows = []
    for name, one in phases.items():
        times = [f"{seconds:.1f}" for seconds in (one.wall, one.publishing, one.index)]
        per = [f"{people / one.wall:,.0f}", f"{one.cpu / people * 1e6:.0f}"]
        rows.append([name, *per, *times, f"{one.peak:.0f}"])
    said = f"{people:,} people, {document.machine()}\n\n{table(head.split('|'), rows)}"
    return f"{said}\n\n{_ratios(phases)}"


def _ratios(phases: dict[str, Phase]) -> str:
    head = "rate of a night / plain insert|" + "|".join(
        f"{name}{unit}" for name in _YARDSTICKS for unit in (": clock", ": CPU")
    )
    rows = [
        [name, *(f"{x:.2f}" for p in one.plain.values() for x in (p[0] / one.wall, p[1] / one.cpu))]
        for name, one in phases.items()
    ]
    last = list(phases.values())[-1].plain
    plain = [[name, f"{p[2]:,}", f"{p[0]:.1f}", f"{p[1]:.1f}"] for name, p in last.items()]
    titles = ["plain executemany, beside the second night", "rows", "seconds", "of the CPU"]
    return f"{table(head.split('|'), rows)}\n\n{table(titles, plain)}"


def _alone(work: Callable[..., Phase], *said: object) -> Phase:
    """Run in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        phase = pool.submit(work, *said).result()
    print(phase, flush=True)
    return phase


def nights(home: Home, changed: bool, indexed: bool) -> Phase:
    """One night of every register, and after each the same rows as plain inserts."""
    publishing = _clocked(data.ingest, "_publish")
    index = [_clocked(Promotion, name) for name in ("_index_new", "_index_changed")]
    if not indexed:  # neither folded nor indexed: what is left is what a plain insert does
        Promotion._index_new = lambda *_: None  # type: ignore[method-assign]
        data.folded.stored = _nothing
    plain = [
        Plain(name, *kind, home.folder / f"plain-{place}.db")
        for place, (name, kind) in enumerate(_YARDSTICKS.items())
    ]
    catalogue, clock, making = Catalogue(home.registers), Clock(), Clock()
    with closing(Store.of(home.settings)) as store:
        for house in houses(home.people):
            people = of_register(house)
            with clock:
                night(store, catalogue.get(house.id), _made(people, changed, making))
            for one in plain:
                one.insert(home.folder / "goodstanding.db", house.id)
    took = {one.name: (one.clock.wall, one.clock.cpu, one.rows) for one in plain}
    for one in plain:
        one.close()
    return Phase(
        clock.wall - making.wall,
        clock.cpu - making.cpu,
        publishing.wall,
        sum(one.wall for one in index),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        took,
    )


def _nothing(record: Record) -> str:  # noqa: ARG001
    return ""


def _made(people: Iterator[Record], changed: bool, making: Clock) -> Iterator[Record]:
    """Records on their way, with how long it took to make them."""
    made = _changed(people) if changed else people
    while True:
        with making:
            record = next(made, None)
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


def _clocked(owner: Any, name: str) -> Clock:
    """Have every call of this function counted."""
    clock, work = Clock(), getattr(owner, name)

    @wraps(work)
    def clocked(*args: Any, **said: Any) -> Any:
        with clock:
            return work(*args, **said)

    setattr(owner, name, clocked)
    return clock


if __name__ == "__main__":
    main()
