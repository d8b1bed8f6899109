"""Writes many rows at once, past SQLAlchemy: executemany on SQLite, COPY on PostgreSQL."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data.reader import spelled

Row = tuple[Any, ...]

_ROOM = "PRAGMA cache_size=-200000"  # KiB


def insert(
    db: Connection, table: sa.Table, columns: str, rows: Sequence[Row], conflict: str = ""
) -> int:
    """Insert rows, whose values stand as the database keeps them (see `moment`); how many.

    `columns` are names with spaces between. `conflict` is an ON CONFLICT clause; the rows of one
    call do not conflict with each other.
    """
    if not rows:
        return 0
    names = ", ".join(f'"{name}"' for name in columns.split())
    if db.dialect.name == "sqlite":
        places = ", ".join("?" * len(rows[0]))
        into = f"INSERT INTO {table.name} ({names}) VALUES ({places}) {conflict}"  # noqa: S608
        db.exec_driver_sql(into, rows if isinstance(rows, list) else list(rows))
    elif conflict:
        _copy_beside(db, table, names, rows, conflict)
    else:
        _copy(db, f"{table.name} ({names})", rows)
    return len(rows)


def _copy_beside(
    db: Connection, table: sa.Table, names: str, rows: Sequence[Row], conflict: str
) -> None:
    """COPY knows no conflicts: the rows go into a table of this transaction first."""
    beside = f"coming_{table.name}"
    like = f"{beside} (LIKE {table.name}) ON COMMIT DROP"
    db.exec_driver_sql(f"CREATE TEMPORARY TABLE IF NOT EXISTS {like}")
    db.exec_driver_sql(f"TRUNCATE {beside}")
    _copy(db, f"{beside} ({names})", rows)
    db.exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {beside} {conflict}"  # noqa: S608
    )


def _copy(db: Connection, into: str, rows: Sequence[Row]) -> None:
    with db.connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:  # type: ignore[attr-defined]
        for row in rows:
            copy.write_row(row)


def make_room(db: Connection) -> None:
    """Let a publication keep the pages it writes in memory: it touches every index all over."""
    if db.dialect.name == "sqlite":
        db.exec_driver_sql(_ROOM)


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for cycles meanwhile: there are none among millions of rows, and it takes long."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def moment(db: Connection | Engine, at: datetime | None) -> datetime | str | None:
    """A moment as the database keeps it: text in SQLite."""
    return spelled(at) if at and db.dialect.name == "sqlite" else at
