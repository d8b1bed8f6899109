"""The hash chain notices every altered byte, and a cut end beside a head published before."""

import random
import shutil
import sqlite3
import string
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
import sqlalchemy as sa

from config.register import Register
from config.vocabulary import Status
from data import chain
from data.chain import head
from data.chaincheck import verify
from data.ingest import approve, reject
from data.store import Store
from tests.conftest import Clock
from tests.data.nights import Nights, people, person

# Every column that the chain covers, table by table (docs/evidence.md).
COVERED = {
    "chain": "id at subject content hash",
    "run": " ".join(chain.RUN_COLUMNS),
    "run_issue": "run_id code level text count",
    "version": "id registration_id run_id seen_from seen_until content_hash facts evidence_id",
    "seal": "version_id run_id salt",
    "register": " ".join(chain.STATE_COLUMNS),
    "registration": "id register_id key number_key status expires doubts shared absent last_listed "
    "content_hash first_seen last_changed",
    "evidence": "id run_id register_id url status fetched_at file offset length",
}


@pytest.fixture
def week(nights: Nights) -> Nights:
    """A few nights: a first one, changes, somebody missing, one held and put aside."""
    nights.accept(people(6))
    nights.accept([person(0, status=Status.SUSPENDED, word="Suspended"), *people(6)[1:]])
    nights.accept(people(6)[1:])
    held = nights.run(people(1))
    reject(nights.store, held["id"], "somebody", "Too few.", nights.clock())
    return nights


def stored_head(store: Store) -> str:
    with store.read() as db:
        return str(head(db).hash)


def test_an_honest_store_holds(week: Nights) -> None:
    assert verify(week.store) == []
    assert verify(week.store, stored_head(week.store)) == []


def test_an_approved_run_is_chained_again(nights: Nights, ontario: Register) -> None:
    nights.accept(people(6))
    held = nights.run(people(3))
    first = stored_head(nights.store)
    approve(nights.store, ontario, held["id"], "somebody", "Believed.", nights.clock())
    assert stored_head(nights.store) != first and verify(nights.store, first) == []


def test_a_store_from_before_is_adopted(week: Nights) -> None:
    with week.store.begin() as db:
        for table in ("seal", "chain"):
            db.exec_driver_sql(f"DELETE FROM {table}")
    assert verify(week.store)
    with week.store.begin() as db:
        chain.adopt(db)
    assert verify(week.store) == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM run_issue",
        "DELETE FROM version WHERE id = (SELECT max(id) FROM version)",
        "DELETE FROM register",
        "UPDATE registration SET absent = 0",
        "UPDATE version SET seen_until = NULL",
    ],
)
def test_what_is_taken_away_is_missed(week: Nights, statement: str) -> None:
    with week.store.begin() as db:
        db.exec_driver_sql(statement)
    assert verify(week.store)


def test_a_cut_end_is_seen_only_beside_a_head(nights: Nights) -> None:
    """An honest chain whose last night is undone entirely holds by itself."""
    nights.accept(people(9))
    published = stored_head(nights.store)
    nights.run(people(1))
    late = stored_head(nights.store)
    assert late != published
    with nights.store.begin() as db:
        db.exec_driver_sql("DELETE FROM run_issue WHERE run_id = 2")
        db.exec_driver_sql("DELETE FROM staged WHERE run_id = 2")
        db.exec_driver_sql("DELETE FROM ticked WHERE run_id = 2")
        db.exec_driver_sql("DELETE FROM evidence WHERE run_id = 2")
        db.exec_driver_sql("DELETE FROM run WHERE id = 2")
        db.execute(
            sa.delete(chain.chain).where(
                sa.or_(
                    chain.chain.c.subject == "run 2", chain.chain.c.subject.like("file %run-2.%")
                )
            )
        )
    assert verify(nights.store) == [] and verify(nights.store, published) == []
    [cut] = verify(nights.store, late)
    assert "not in the chain" in cut.text


class Vandal:
    """Changes one byte of a SQLite store, and puts it back."""

    def __init__(
        self, db: sqlite3.Connection, seed: int, covered: dict[str, str] = COVERED
    ) -> None:
        self.db, self.random = db, random.Random(seed)
        db.execute("PRAGMA foreign_keys=OFF")
        self.cells = [
            (table, column, row)
            for table, columns in covered.items()
            for column in columns.split()
            for (row,) in db.execute(f"SELECT rowid FROM {table} WHERE length({column}) > 0")
        ]

    def change(self) -> Iterator[str]:
        """One change, in force until this is asked on; none where the database refuses it."""
        table, column, row = self.random.choice(self.cells)
        find = f"SELECT {column} FROM {table} WHERE rowid=?"
        [honest] = self.db.execute(find, [row]).fetchone()
        changed = self._changed(honest)
        with suppress(sqlite3.IntegrityError):
            self._set(table, column, changed, row)
            yield f"{table}.{column}: {honest!r} became {changed!r}"
            keyed = self.db.execute(find, [row]).fetchone() is None  # it was the row's own number
            self._set(table, column, honest, changed if keyed else row)

    def _set(self, table: str, column: str, value: Any, row: int) -> None:
        self.db.execute(f"UPDATE {table} SET {column}=? WHERE rowid=?", [value, row])
        self.db.commit()

    def _changed(self, honest: Any) -> Any:
        if isinstance(honest, bytes):
            place = self.random.randrange(len(honest))
            byte = bytes([honest[place] ^ self.random.randrange(1, 256)])
            return honest[:place] + byte + honest[place + 1 :]
        text = str(honest)
        place = self.random.randrange(len(text))
        alphabet = string.digits if isinstance(honest, int) else string.printable[:95]
        other = self.random.choice(alphabet.replace(text[place], ""))
        changed = text[:place] + other + text[place + 1 :]
        return int(changed) if isinstance(honest, int) else changed


def test_a_thousand_altered_bytes_are_all_found(
    sqlite_store: Store, ontario: Register, clock: Clock
) -> None:
    nights = Nights(sqlite_store, ontario, clock)
    nights.accept(people(4))
    nights.accept([person(0, status=Status.SUSPENDED, word="Suspended"), *people(4)[1:]])
    nights.accept(people(4)[1:])
    nights.run(people(1))
    missed, tried = [], 0
    with closing(sqlite3.connect(str(sqlite_store.engine.url.database))) as db:
        vandal = Vandal(db, seed=20_261_125)
        while tried < 1000:
            for change in vandal.change():
                tried += 1
                if not verify(sqlite_store):
                    missed.append(change)
    assert missed == [] and verify(sqlite_store) == []


def test_every_altered_byte_of_a_file_is_found(week: Nights) -> None:
    files = sorted(week.store.evidence.rglob("run-*.warc.gz"))
    chance = random.Random(5)
    for _ in range(100):
        path = chance.choice(files)
        honest = path.read_bytes()
        place = chance.randrange(len(honest))
        path.write_bytes(honest[:place] + bytes([honest[place] ^ 1]) + honest[place + 1 :])
        assert verify(week.store, bodies=False)
        path.write_bytes(honest)
    shutil.copy(files[0], files[0].with_name("copy"))
    files[0].unlink()
    assert any("lost" in one.text for one in verify(week.store))
