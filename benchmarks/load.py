"""Loads the invented people through the product's own path, and as plain tables for the peers.

A home is kept and reused: `python -m benchmarks.load --people 1000000 --home var/bench`. The plain
tables stand outside the store, in people.db: what was drawn, so that queries and truth need no
second drawing.
"""

import argparse
import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.people import of_register
from benchmarks.registers import houses, write_files
from config.register import Catalogue, Register
from config.settings import Settings
from config.vocabulary import NameKind, RunState, Status
from data.evidence import Archive
from data.gates import Night
from data.ingest import Outcome, finish
from data.migrate import HEAD
from data.names import name_key, number_key
from data.records import Name, Place, Record
from data.run import lease
from data.staging import Staging
from data.store import Store

Row = tuple[Any, ...]
_INSERT = "insert into person values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_TABLES = """
create table person (
  id integer primary key, register text, key text, number text, number_key text, name text,
  given text, middle text, family text, others text, city text, province text, language text);
create table name (id integer primary key, person integer, folded text);
create index name_folded on name (folded);
create index person_register_key on person (register, key);
create index person_number_key on person (number_key, register);
"""


class Home:
    """The folder of one size of the benchmark: store, register files, plain tables."""

    def __init__(self, folder: Path, people: int) -> None:
        """Nothing is made yet; `ready` makes what is not there."""
        self.people, self.folder = people, folder / str(people)
        self.registers, self.plain = self.folder / "registers", self.folder / "people.db"

    @property
    def settings(self) -> Settings:
        """The product's settings for this home; no limit of requests a minute."""
        return Settings(home=self.folder, registers=self.registers, rate_limit=0)

    def ready(self) -> None:
        """Make the register files, the store and the plain tables, unless today's are there."""
        write_files(self.registers, self.people)
        if not self.plain.exists():
            _timed("plain tables", self._plain)
        done = self.folder / "loaded.json"
        if done.exists() and json.loads(done.read_text())["schema"] == HEAD:
            return
        for old in self.folder.glob("goodstanding.db*"):
            old.unlink()
        shutil.rmtree(self.settings.evidence, ignore_errors=True)
        seconds = _timed("store", lambda: load(self.settings, self.people))
        done.write_text(json.dumps({"schema": HEAD, "seconds": seconds}))

    def _plain(self) -> None:
        unfinished = self.plain.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as db:
            db.executescript(_TABLES)
            people = (record for house in houses(self.people) for record in of_register(house))
            for start, batch in enumerate(_batches(people, 10_000)):
                numbered = list(enumerate(batch, 10_000 * start + 1))
                db.executemany(_INSERT, [_person(id_, record) for id_, record in numbered])
                names = [row for id_, record in numbered for row in _names(id_, record)]
                db.executemany("insert into name (person, folded) values (?, ?)", names)
            db.commit()
        unfinished.rename(self.plain)


def load(settings: Settings, people: int) -> None:
    """First night of every register: staged, judged and published as a crawl would be."""
    catalogue = Catalogue(settings.registers)
    with closing(Store.of(settings)) as store:
        for house in houses(people):
            night(store, catalogue.get(house.id), of_register(house))


def night(store: Store, register: Register, records: Iterable[Record]) -> int:
    """One whole run of one register, ending now, by the sweep's rule; raises when it is held."""
    now = datetime.now(UTC)
    with lease(store, register.id, "loopback", now) as run_id:
        staging = Staging(store, register.id, run_id, lambda: now)
        with closing(Archive(store.evidence, register.id, run_id)) as archive:
            page = f"a page of run {run_id}".encode()
            exhibit = archive.keep("http://127.0.0.1/", 200, {}, page, now)
            _stage(staging, records, exhibit)
        read = Night(complete=True, bounded=False, source="loopback", as_of=now)
        state = finish(store, register, run_id, Outcome(read, url="http://127.0.0.1/"), now)
    if state is not RunState.ACCEPTED:
        raise SystemExit(f"The night of {register.id} was {state.value}; see run {run_id}.")
    return run_id


def _stage(staging: Staging, records: Iterable[Record], exhibit: dict[str, Any]) -> None:
    """As the sweep stages a file of rows: whoever is live exactly so is only ticked off."""
    for record in records:
        staging.save(record, None, exhibit)
    staging.flush()


def person_of(row: sqlite3.Row) -> Record:
    """The Record that a row of `person` was written from, as far as names and places go."""
    others = json.loads(row["others"])
    names = [Name(g, f, m, NameKind(kind)) for g, f, m, kind in others]
    return Record(
        register=row["register"],
        key=row["key"],
        number=row["number"],
        name=Name(row["given"], row["family"], row["middle"]),
        status=Status.AUTHORISED,
        other_names=tuple(names),
        places=(Place("", row["city"], row["province"]),),
        languages=("English", row["language"]),
    )


def _person(id_: int, record: Record) -> Row:
    name, place = record.name, record.places[0]
    others = [(n.given, n.family, n.middle, n.kind.value) for n in record.other_names]
    head = (id_, record.register, record.key, record.number, number_key(record.number), name.full)
    said = json.dumps(others, ensure_ascii=False)
    return (
        *head,
        name.given,
        name.middle,
        name.family,
        said,
        place.city,
        place.province,
        record.languages[1],
    )


def _names(id_: int, record: Record) -> Iterator[tuple[int, str]]:
    """The folded names somebody can be searched by, middle names left out, words sorted."""
    yield from ((id_, key) for key in {name_key(n.given, n.family) for n in record.names})


def _batches(people: Iterator[Record], size: int) -> Iterator[list[Record]]:
    while batch := list(islice(people, size)):
        yield batch


def _timed(what: str, work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    print(f"{what}: {seconds:.1f} s", flush=True)
    return seconds


def options(parser: argparse.ArgumentParser) -> tuple[Home, argparse.Namespace]:
    """The home that --people and --home name, made ready; and everything that was said."""
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path, default=Path("var/bench"))
    said = parser.parse_args()
    home = Home(said.home.resolve(), said.people)
    home.ready()
    return home, said


if __name__ == "__main__":
    options(argparse.ArgumentParser(description=__doc__))
