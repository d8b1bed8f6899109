"""Audits of 50,000 and 500,000 rows beside a pandas merge and recordlinkage on the same rows.

`make bench-roster`: each contestant runs in a process of its own; the tables go into
docs/benchmarks.md. The product's limit of rows is lifted for the longer roster.
"""

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks import document
from benchmarks.document import table
from benchmarks.load import Home, options
from benchmarks.registers import houses
from benchmarks.rosters import NAMES, RIGHT, SHARES, Truth, code_of, write_roster

_IDENTIFIED = ("confirmed", "confirmed_with_conditions", "not_authorised")
_TIMES = 5  # of the join and its floor: they take about a second, and the machine drifts
_LOOK = ("ambiguous", "mismatch", "not_found", "cannot_confirm", "not_regulated")


@dataclass(slots=True)
class Run:
    """What one contestant did: seconds by phase (on the clock, and of a processor), the most memory
    it had for itself, and whom it took each row for."""

    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    memory: float = 0.0
    links: dict[int, tuple[str, str]] = field(default_factory=dict)
    verdicts: list[str] = field(default_factory=list)
    findings: list[list[str]] = field(default_factory=list)


class Memory(threading.Thread):
    """The most memory that this process had for itself alone, without the mapped store."""

    def __init__(self) -> None:
        """Begin to watch."""
        super().__init__(daemon=True)
        self.most, self.over = 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        """Look twice a second."""
        import psutil

        while not self.over.wait(0.5):
            held = psutil.Process().memory_info()
            self.most = max(self.most, (held.rss - held.shared) / 2**20)


@contextmanager
def clocked(run: Run, phase: str) -> Iterator[None]:
    """Count the seconds of a phase."""
    began, used = time.perf_counter(), time.process_time()
    yield
    run.seconds[phase] = time.perf_counter() - began
    run.cpu[phase] = time.process_time() - used


def main() -> None:
    """Every roster, every contestant."""
    import argparse

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[50_000, 500_000])
    parser.add_argument("--only-ours", action="store_true", help="without peers; writes nothing")
    home, said = options(parser)
    for rows in said.rows:
        text = _measured(home, rows, said.only_ours)
        if said.only_ours:
            print(text)
        else:
            document.write(f"roster-{rows}", text)


def _measured(home: Home, rows: int, only_ours: bool) -> str:
    path = home.folder / f"roster-{rows}.csv"
    truths = write_roster(home, rows, path)
    peers: dict[str, Callable[..., Run]] = {} if only_ours else PEERS
    runs = {"Good Standing": _alone(ours, home, path, rows)}
    runs |= {name: _alone(work, home, path, rows) for name, work in peers.items()}
    ids = [one.person.id if one.person else 0 for one in truths]
    floors = sorted((_alone(floor, home, path, ids) for _ in range(_TIMES)), key=_rate)[_TIMES // 2]
    intro = f"**{rows:,} rows** against {home.people:,} people in 60 registers, "
    intro += document.machine()
    return "\n\n".join([intro, _times(runs, floors, rows), _right(runs, truths)])


def _rate(floors: Run) -> float:
    """The join's rate as a part of the floor's."""
    return floors.cpu["floor"] / floors.cpu["join"]


def _alone(work: Callable[..., Run], *said: object) -> Run:
    """Run in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        done = pool.submit(_watched, work, *said).result()
    print(work.__name__, {name: round(s, 1) for name, s in done.seconds.items()}, flush=True)
    return done


def _watched(work: Callable[..., Run], *said: object) -> Run:
    memory = Memory()
    run = work(*said)
    memory.over.set()
    run.memory = memory.most
    return run


def _times(runs: dict[str, Run], floors: Run, rows: int) -> str:
    head = "contestant|phases, seconds|together, s|of a processor, s|rows/s|own memory, MiB"
    lines = []
    for name, run in runs.items():
        phases = ", ".join(f"{phase} {seconds:.1f}" for phase, seconds in run.seconds.items())
        whole, cpu = sum(run.seconds.values()), sum(run.cpu.values())
        figures = (f"{whole:.1f}", f"{cpu:.1f}", f"{rows / whole:,.0f}", f"{run.memory:.0f}")
        lines.append([name, phases, *figures])
    floor, join = floors.cpu["floor"], floors.cpu["join"]
    words = (
        "Reading the CSV and comparing each name with the right person's, held in memory: "
        f"{floor:.1f} s of a processor ({rows / floor:,.0f} rows/s). Reading it, looking up every "
        f"number in the store and comparing the names of all who bear it there: {join:.1f} s, "
        f"{_rate(floors):.2f} of that rate (the middle one of {_TIMES} runs)."
    )
    return f"{table(head.split('|'), lines)}\n\n{words}"


def _right(runs: dict[str, Run], truths: Sequence[Truth]) -> str:
    """Of each kind of row: whom each contestant took it for."""
    head = ["kind of row", "rows"]
    for name in runs:
        head += [f"{name}: the right person", "a wrong one"]
    head += ["Good Standing: to look at", "of them with a finding or hint"]
    lines = []
    for kind in (RIGHT, *SHARES):
        places = [place for place, truth in enumerate(truths) if truth.kind == kind]
        line: list[object] = [kind, len(places)]
        for run in runs.values():
            line += _counted(run, truths, places)
        ours = next(iter(runs.values()))
        look = [place for place in places if ours.verdicts[place] in _LOOK]
        line += [len(look), sum(bool(ours.findings[place]) for place in look)]
        lines.append(line)
    return table(head, lines)


def _counted(run: Run, truths: Sequence[Truth], places: Sequence[int]) -> list[int]:
    """How many of these rows were given to whom they mean, and to anybody else."""
    counts: Counter[bool] = Counter()
    for place in places:
        person, linked = truths[place].person, run.links.get(place)
        if linked:
            counts[person is not None and linked == (person.register, person.key)] += 1
    return [counts[True], counts[False]]


def ours(home: Home, path: Path, rows: int) -> Run:
    """The product: read, keep, judge, find, write the reports."""
    from service.audit import export
    from service.audit.report import Report
    from service.audit.run import Request, begin
    from service.audit.run import run as judge
    from service.calm import calm
    from service.roster.read import Telling, read_roster
    from service.roster.shape import Limits

    run, desk, now = Run(), _desk(home), datetime.now(UTC)
    with clocked(run, "reading"):
        limits = Limits(bytes=2**40, rows=rows)
        roster = read_roster(path.read_bytes(), Telling(path.name), limits)
    with clocked(run, "keeping"):
        audit = begin(desk, roster, Request("benchmark"), now)
    del roster
    with clocked(run, "judging"), calm():
        head = judge(desk, audit, lambda: now)
    with clocked(run, "report as CSV"):
        report = Report.of(desk, head)
        export.write(report, home.folder / "report.csv")
    for place, row in enumerate(report.rows):
        result = row.result
        assert result
        run.verdicts.append(str(result.verdict))
        hints = [one.code for one in row.findings] + (["hint"] if result.suggestion else [])
        run.findings.append(hints)
        if result.verdict in _IDENTIFIED:
            run.links[place] = (result.register_id, result.key)
    return run


def _desk(home: Home) -> Any:
    from config.jurisdiction import Coverage
    from config.register import Catalogue
    from data.store import Store
    from service.desk import Desk

    store = Store.of(home.settings)
    return Desk(store, Catalogue(home.registers), Coverage(), home.settings)


def floor(home: Home, path: Path, ids: Sequence[int]) -> Run:
    """The least there is to do, beside the join alone; both with the product's reader and rules."""
    from data import lookup as read
    from data.names import number_key
    from service.audit.run import QUICK
    from service.calm import calm
    from service.matching import compare_name
    from service.roster.read import Telling, read_roster
    from service.roster.shape import Limits, Part

    run, desk = Run(), _desk(home)
    where = desk.coverage.named
    registers_of = {code_of(house.id): house.id for house in houses(home.people)}
    limits, rows = Limits(bytes=2**40, rows=len(ids)), len(ids)
    right = _records(home, ids)
    parts = ("given", "family", "number", "province")
    with clocked(run, "floor"), calm():
        roster = read_roster(path.read_bytes(), Telling(path.name), limits)
        given, family, number, at = (roster.columns[Part(part)] for part in parts)
        for line, record in zip(roster.lines, right, strict=True):
            if record:
                compare_name(f"{line.cells[given]} {line.cells[family]}", record)
    del right, roster
    with clocked(run, "join"), calm(), desk.store.look() as look:
        roster = read_roster(path.read_bytes(), Telling(path.name), limits)
        for start in range(0, rows, QUICK):
            some = [line.cells for line in roster.lines[start : start + QUICK]]
            by_place: dict[str, list[tuple[str, ...]]] = {}
            for cells in some:
                by_place.setdefault(cells[at], []).append(cells)
            for province, here in by_place.items():
                named = where(province)
                registers = [registers_of.get(named.code, "")] if named else None
                keys = [number_key(cells[number]) for cells in here]
                bearers = read.by_numbers(look, keys, registers)
                for cells, key in zip(here, keys, strict=True):
                    for one in bearers[key]:
                        compare_name(f"{cells[given]} {cells[family]}", one.record)
    return run


def _records(home: Home, ids: Sequence[int]) -> list[Any]:
    """The Records of these people, in order; 0 is nobody."""
    from benchmarks.load import person_of

    with closing(sqlite3.connect(home.plain)) as db:
        db.row_factory = sqlite3.Row
        query = "select * from person where id = ?"
        return [person_of(db.execute(query, (id_,)).fetchone()) if id_ else None for id_ in ids]


def _people(home: Home) -> Any:
    """Everybody as a data frame, names and numbers as anybody would tidy them."""
    import pandas

    with closing(sqlite3.connect(home.plain)) as db:
        columns = "register, key, number, given, family, province"
        people = pandas.read_sql_query(f"select {columns} from person where number != ''", db)  # noqa: S608
    return _tidied(people)


def _tidied(frame: Any) -> Any:
    for name in ("given", "family"):
        plain = frame[name].str.normalize("NFKD").str.encode("ascii", "ignore").str.decode("ascii")
        frame[name] = plain.str.lower().str.replace(r"[^a-z]", "", regex=True)
    plain = frame["number"].str.upper().str.replace(r"[^A-Z0-9]", "", regex=True)
    frame["number"] = plain.str.replace(r"^0+", "", regex=True)
    return frame


def _roster_frame(home: Home, path: Path) -> Any:
    import pandas

    frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
    frame.columns = ["given", "family", "number", "city", "province"]
    registers = {NAMES[code_of(house.id)]: house.id for house in houses(home.people)}
    frame["register"] = frame["province"].map(registers).fillna("")
    frame["place"] = range(len(frame))
    return _tidied(frame)


def pandas_merge(home: Home, path: Path, _rows: int) -> Run:
    """Number, register and both names equal after tidying; what several fit is dropped."""
    run = Run()
    with clocked(run, "loading people"):
        people = _people(home)
    with clocked(run, "reading"):
        roster = _roster_frame(home, path)
    with clocked(run, "merging"):
        keys = ["number", "register", "given", "family"]
        found = roster.merge(people, on=keys).drop_duplicates("place", keep=False)
    pairs = zip(found["place"], found["register"], found["key"], strict=True)
    run.links = {place: (register, key) for place, register, key in pairs}
    return run


def record_linkage(home: Home, path: Path, _rows: int) -> Run:
    """Blocked by number and register, names alike by Jaro-Winkler from 0.85; the best of each."""
    import recordlinkage

    run = Run()
    with clocked(run, "loading people"):
        people = _people(home)
    with clocked(run, "reading"):
        roster = _roster_frame(home, path)
    with clocked(run, "linking"):
        index = recordlinkage.Index()
        index.block(["number", "register"])
        pairs = index.index(roster, people)
        compare = recordlinkage.Compare()
        for name in ("given", "family"):
            compare.string(name, name, method="jarowinkler", threshold=0.85, label=name)
        scores = compare.compute(pairs, roster, people)
        linked = scores[scores.sum(axis=1) == 2].index
    for place, person in linked:
        run.links[place] = (people.at[person, "register"], people.at[person, "key"])
    return run


PEERS: dict[str, Callable[..., Run]] = {
    "pandas merge": pandas_merge,
    "recordlinkage": record_linkage,
}

if __name__ == "__main__":
    main()
