"""Plain SQLite inserts of the rows a night published: the yardstick, held beside it night by night.

The machine drifts, so each register's rows are inserted right after its night, by the same process,
and ratios are taken of sums. Reading the rows is not counted.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

_CHUNK = 10_000
_WHERE = {  # the rows of one register
    "registration": "register_id = ?",
    "version": "registration_id in (select id from registration where register_id = ?)",
    "change": "register_id = ?",
    "seal": "version_id in (select version.id from version join registration on "
    "registration.id = registration_id where register_id = ?)",
}
SAME = tuple(_WHERE)


class Clock:
    """Adds up wall and CPU seconds of this process."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter() - self._began[0]
        self.cpu += time.process_time() - self._began[1]


class Plain:
    """One file of plain tables, filled by executemany, one transaction a register."""

    def __init__(self, name: str, tables: Sequence[str], indexed: bool, path: Path) -> None:
        """`indexed`: with the store's own keys and indexes; else a primary key and no index."""
        self.name, self.tables, self.indexed, self.path = name, tables, indexed, path
        self.clock, self.rows = Clock(), 0
        self._db: sqlite3.Connection | None = None

    def insert(self, store: Path, register_id: str) -> None:
        """All live rows of a register."""
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as rows:
            db = self._db = self._db or self._open(rows)
            for table in self.tables:
                for into, chunk in _chunks(rows, table, register_id):
                    with self.clock:
                        db.executemany(into, chunk)
                    self.rows += len(chunk)
            with self.clock:
                db.commit()

    def close(self) -> None:
        """Close the file and throw it away."""
        if self._db:
            self._db.close()
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()

    def _open(self, rows: sqlite3.Connection) -> sqlite3.Connection:
        db = sqlite3.connect(self.path)
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=normal")
        for table in self.tables:
            for statement in _schema(rows, table, self.indexed):
                db.execute(statement)
        return db


def _schema(rows: sqlite3.Connection, table: str, indexed: bool) -> Iterator[str]:
    if not indexed:
        key, *rest = _columns(rows, table)
        yield f"create table {table} ({key} integer primary key, {', '.join(rest)})"
        return
    query = (
        "select sql from sqlite_master where tbl_name = ? and sql is not null order by type desc"
    )
    yield from (sql for (sql,) in rows.execute(query, (table,)))


def _columns(rows: sqlite3.Connection, table: str) -> list[str]:
    return [column[1] for column in rows.execute(f"pragma table_info({table})")]


def _chunks(
    rows: sqlite3.Connection, table: str, register_id: str
) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    columns = _columns(rows, table)
    into = f"insert into {table} values ({', '.join('?' * len(columns))})"  # noqa: S608 - our own
    query = f"select {', '.join(columns)} from {table} where {_WHERE[table]}"  # noqa: S608
    found = rows.execute(query, (register_id,))
    while chunk := found.fetchmany(_CHUNK):
        yield into, chunk
