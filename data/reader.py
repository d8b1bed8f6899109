"""Quick reads: prepared SQL straight to the driver, for what every look-up does.

The same SQL runs on SQLite (one connection held by each thread) and on PostgreSQL (one of the
engine's pool). Everything else reads through SQLAlchemy (`Store.read`).
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy.engine import Engine

T = TypeVar("T")
Rows = list[tuple[Any, ...]]

_PRAGMAS = ("query_only=1", "mmap_size=2147418112", "cache_size=-8000", "busy_timeout=10000")
_STATEMENTS = 512  # prepared statements a connection remembers


class Reader:
    """One consistent view of the store."""

    def __init__(
        self,
        execute: Callable[..., Any],
        version: Callable[[], object],
        bound: Callable[[datetime], Any],
    ) -> None:
        """`version` changes whenever the store may have changed."""
        self._execute, self._version, self._bound = execute, version, bound
        self._remembered: dict[str, tuple[object, Any]] = {}
        self._seen: object = None  # the version of this view, once somebody asked

    def begin(self) -> None:
        """A new view begins."""
        self._seen = None

    def version(self) -> object:
        """Changes whenever the store may have changed; the same all through one view."""
        if self._seen is None:
            self._seen = self._version()
        return self._seen

    def bound(self, when: datetime) -> Any:
        """A moment as a value to compare stored moments with."""
        return self._bound(when)

    def rows(self, sql: str, *values: Any) -> Rows:
        """All rows of a query with `?` for each of the values."""
        return self._execute(sql, values).fetchall()  # type: ignore[no-any-return]

    def run(self, sql: str) -> None:
        """A statement that gives no rows."""
        self._execute(sql)

    def remembered(self, name: str, work: "Callable[[Reader], T]") -> T:
        """What `work` made of the store, made anew after the store has changed."""
        version = self.version()
        was, made = self._remembered.get(name, (None, None))
        if made is None or was != version:
            made = work(self)
            self._remembered[name] = (version, made)
        return made  # type: ignore[no-any-return]


@lru_cache(1000)
def marks(count: int) -> str:
    """`?` so many times, for an IN list; see `padded`."""
    return ",".join("?" * count)


def padded(values: Sequence[Any]) -> list[Any]:
    """The values, the last one repeated up to a power of two: a few statements serve all sizes."""
    size = 1 << max(len(values) - 1, 0).bit_length()
    return [*values, *list(values[-1:]) * (size - len(values))]


def moment(stored: Any) -> datetime | None:
    """A stored moment as UTC: text in SQLite, aware in PostgreSQL."""
    if stored is None or isinstance(stored, datetime):
        return stored
    return _read(stored)


def moment_there(stored: Any) -> datetime:
    """As `moment`, of a column that holds no null."""
    found = moment(stored)
    assert found is not None  # noqa: S101
    return found


@lru_cache(1000)
def _read(stored: str) -> datetime:
    """Many rows share a moment, that of their run."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


def spelled(when: datetime) -> str:
    """A moment as SQLite holds it."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


class _View:
    """One view through a held connection; a class, for `contextmanager` is slow."""

    def __init__(self, readers: "SqliteReaders") -> None:
        self.readers = readers

    def __enter__(self) -> Reader:
        self.reader = self.readers.held()
        self.reader.begin()
        self.reader.run("BEGIN")
        return self.reader

    def __exit__(self, *_: object) -> None:
        self.reader.run("COMMIT")


class SqliteReaders:
    """A read-only connection for each thread, opened once and kept."""

    def __init__(self, path: str) -> None:
        """Nothing is opened before somebody reads."""
        self._path = path
        self._mine = threading.local()
        self._open: list[sqlite3.Connection] = []

    def reader(self) -> _View:
        """A view as of now; entering it raises sqlite3.Error."""
        return _View(self)

    def held(self) -> Reader:
        """This thread's connection; raises sqlite3.Error."""
        reader: Reader | None = getattr(self._mine, "reader", None)
        if reader is None:
            reader = self._mine.reader = self._connect()
        return reader

    def version(self) -> object:
        """Changes whenever somebody has written; of this thread's connection only."""
        with self.reader() as reader:
            return reader.version()

    def _connect(self) -> Reader:
        connection = sqlite3.connect(
            self._path,
            isolation_level=None,
            cached_statements=_STATEMENTS,
            check_same_thread=False,  # each thread uses its own; `close` may come from another
        )
        self._open.append(connection)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

        def version() -> object:
            return connection.execute("PRAGMA data_version").fetchone()[0]

        return Reader(connection.execute, version, spelled)

    def close(self) -> None:
        """Close every thread's connection."""
        while self._open:
            with suppress(sqlite3.Error):
                self._open.pop().close()
        self._mine = threading.local()


class PooledReaders:
    """Connections of the engine's pool, each for one view."""

    def __init__(self, engine: Engine) -> None:
        """Nothing is taken before somebody reads."""
        self._engine = engine

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """A view as of now; raises the driver's errors."""
        with self._engine.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

            def execute(sql: str, values: Sequence[Any]) -> Any:
                cursor.execute(sql.replace("?", "%s"), values)
                return cursor

            yield Reader(execute, lambda: "this view", lambda when: when)

    def version(self) -> object:
        """Not known here."""
        return None

    def close(self) -> None:
        """Nothing is held."""
