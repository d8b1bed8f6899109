"""Opens the database: engine, pragmas, schema brought up to date."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, make_url

from config.settings import Settings
from data import migrate, workspace  # noqa: F401 - so that every table is known
from data.reader import PooledReaders, Reader, SqliteReaders

# A publication waits for its turn this long (promise K2), then says that the store is locked.
LOCK_SECONDS = 60
_Errors = tuple[type[Exception], ...]
_CLEANING_UP = 5.0  # seconds
_FULL = ("full", "No space left", "too large", "quota")
_PRAGMAS = (
    "page_size=8192",  # bytes, of a new store: a night writes a tenth faster than in SQLite's 4096
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "wal_autocheckpoint=10000",  # pages, 80 MB: a publication is written home in a few large steps
    "secure_delete=FAST",  # staging is emptied every night; what is erased goes by VACUUM
    f"busy_timeout={LOCK_SECONDS * 1000}",
)


class StoreError(Exception):
    """The store cannot be read or written; says why, what was kept and what to do."""


class Store:
    """The one door to the database. `begin()` writes in one transaction, `read()` reads."""

    def __init__(self, url: str, evidence: Path) -> None:
        """Open (and, when new, create) the database at `url`; raises StoreError."""
        self.evidence = evidence
        try:
            self.engine = _opened(url)
            self._readers = _readers(self.engine)
            self._errors = (self.engine.dialect.loaded_dbapi.Error, sa.exc.SQLAlchemyError)
        except (sa.exc.SQLAlchemyError, OSError, ImportError) as error:
            raise _explain(error) from error

    @classmethod
    def of(cls, settings: Settings) -> "Store":
        """The store that the settings name."""
        return cls(settings.url, settings.evidence)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that is written whole or not at all; raises StoreError."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except sa.exc.IntegrityError:
            raise
        except (self.engine.dialect.loaded_dbapi.Error, sa.exc.SQLAlchemyError) as error:
            raise _explain(error) from error

    @contextmanager
    def brief(self, patience: int = 2) -> Iterator[Connection]:
        """A transaction that waits few seconds for a night's publication: a person waits for us."""
        with self.begin() as db:
            if db.dialect.name != "sqlite":
                db.exec_driver_sql(f"SET LOCAL lock_timeout = '{patience}s'")
                yield db
                return
            db.exec_driver_sql(f"PRAGMA busy_timeout = {patience * 1000}")
            try:
                yield db
            finally:
                db.exec_driver_sql(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000}")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view for reading; raises StoreError."""
        try:
            with self.engine.connect() as connection:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN")  # pysqlite begins none for a SELECT
                else:
                    connection = connection.execution_options(isolation_level="REPEATABLE READ")
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise _explain(error) from error

    def look(self) -> AbstractContextManager[Reader]:
        """A consistent view for look-ups, without SQLAlchemy; raises StoreError."""
        return _Look(self._readers.reader(), self._errors)

    def version(self) -> object:
        """Changes with every write, seen from this thread; None where that is not known."""
        try:
            return self._readers.version()
        except self._errors as error:
            raise _explain(error) from error

    def close(self) -> None:
        """Give the connections back."""
        self._readers.close()
        self.engine.dispose()


class _Look:
    """A view whose errors are explained; a class: `contextmanager` takes longer than SQL."""

    def __init__(self, view: AbstractContextManager[Reader], errors: _Errors) -> None:
        self.view, self.errors = view, errors

    def __enter__(self) -> Reader:
        try:
            return self.view.__enter__()
        except self.errors as error:
            raise _explain(error) from error

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            self.view.__exit__(kind, error, trace)
        except self.errors as again:
            raise _explain(again) from again
        if isinstance(error, self.errors):
            raise _explain(error) from error


def _opened(url: str) -> Engine:
    """The database at today's schema.

    SQLite refuses at once, without waiting its turn, while another process that closes the file
    last cleans up behind itself: that passes within moments, so we try again for a few seconds.
    """
    until = time.monotonic() + _CLEANING_UP
    while True:
        engine = _engine(url)
        try:
            migrate.upgrade(engine)
            return engine
        except sa.exc.OperationalError as error:
            engine.dispose()
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.1)


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    if parsed.database and not parsed.database.startswith("file:"):
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(parsed, hide_parameters=True)
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _readers(engine: Engine) -> SqliteReaders | PooledReaders:
    if engine.dialect.name == "sqlite":
        return SqliteReaders(str(engine.url.database))
    return PooledReaders(engine)


def _set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def files_explained() -> Iterator[None]:
    """What a file of ours refuses is told like what the database refuses."""
    try:
        yield
    except OSError as error:
        raise _explain(error) from error


def _explain(error: Exception) -> StoreError:
    cause = str(getattr(error, "orig", None) or error).splitlines()[0]
    advice = "Look at the path, its rights and the server, then run `goodstanding doctor`."
    if any(word in cause for word in _FULL):
        advice = "Free some disk space, then run the command again."
    elif "locked" in cause:
        advice = "Another process is writing; run the command again when it has finished."
    return StoreError(
        f"The store cannot be used: {cause}. What was published before is untouched. {advice}"
    )
