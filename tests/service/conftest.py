"""A desk over a small filled store, and the app over the same store."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from config.jurisdiction import Coverage
from config.register import Catalogue, Register
from config.settings import Settings
from config.vocabulary import NameKind, Status
from data.records import Name, Notice, Place, Record
from data.store import Store
from service.api import the_time
from service.app import create_app
from service.desk import Desk
from tests.conftest import Clock
from tests.data.nights import Nights, person

CLINIC = Place("Cedarlatch Massage Clinic", "Ottawa", "Ontario")


def everybody() -> list[Record]:
    """One person for every state a question may meet; numbers A1001 and up."""
    adverse = {"status": Status.SUSPENDED, "word": "Suspended", "may_practise": False}
    return [
        person(1, name=Name("Ingrith", "Abelquist", "Sunniva"), places=(CLINIC,)),
        person(2, name=Name("Perpetua", "Grindlesham"), **adverse),
        person(
            3,
            name=Name("Anneliese", "Hollowmere-Udo"),
            status=Status.AUTHORISED_CONDITIONS,
            restrictions=(Notice("Chaperone <script>alert(1)</script>"),),
            other_names=(Name("Annie", "Hollowmere-Udo", kind=NameKind.COMMON),),
        ),
        person(4, name=Name("Oswin", "Corvantes"), status=Status.UNRECOGNISED, word="Paused"),
        person(5, name=Name("Tamsin", "Twin"), places=(CLINIC,)),
        person(6, name=Name("Tamsin", "Twin"), places=(CLINIC,)),
        person(7, name=Name("Expired", "Yarrow"), expires=date(2026, 6, 1)),
        person(8, name=Name("Shared", "Onder"), number="A2000"),
        person(9, name=Name("Shared", "Unter"), number="A2000"),
    ]


@pytest.fixture
def home(settings: Settings, sqlite_template: Path) -> Settings:
    """Settings whose store is new, without a rate limit."""
    settings.home.mkdir(parents=True)
    (settings.home / "goodstanding.db").write_bytes(sqlite_template.read_bytes())
    return settings.model_copy(update={"rate_limit": 0})


def fill(settings: Settings, register: Register, clock: Clock, numbers: bool = True) -> None:
    """One accepted night of `everybody`."""
    store = Store.of(settings)
    records = everybody()
    if not numbers:
        records = [replace(record, number="") for record in records]
    records += [person(100 + n, number=f"B{n}" if numbers else "") for n in range(200)]
    Nights(store, register, clock).accept(records)
    store.close()


@pytest.fixture(scope="session")
def filled(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, ontario: Register
) -> tuple[Path, datetime]:
    """A database after one accepted night, to be copied, and the moment it was read."""
    home, clock = tmp_path_factory.mktemp("filled"), Clock()
    (home / "goodstanding.db").write_bytes(sqlite_template.read_bytes())
    fill(Settings(home=home, database_url=""), ontario, clock)
    return home / "goodstanding.db", clock.at


@pytest.fixture
def filled_home(home: Settings, filled: tuple[Path, datetime], clock: Clock) -> Settings:
    """Settings whose store is filled; `clock` stands at the moment it was read."""
    (home.home / "goodstanding.db").write_bytes(filled[0].read_bytes())
    clock.at = filled[1]
    return home


@pytest.fixture
def desk(home: Settings, ontario: Register, catalogue: Catalogue, clock: Clock) -> Iterator[Desk]:
    """A desk over a filled store; it was read at `clock.at`."""
    fill(home, ontario, clock)
    store = Store.of(home)
    yield Desk(store, catalogue, Coverage(), home)
    store.close()


@pytest.fixture
def client(home: Settings, ontario: Register, clock: Clock) -> Iterator[TestClient]:
    """The service over a filled store, at the frozen time."""
    fill(home, ontario, clock)
    app = create_app(home)
    app.dependency_overrides[the_time] = lambda: frozen(clock)
    with TestClient(app) as client:
        yield client


def frozen(clock: Clock) -> datetime:
    """What the frozen clock says now."""
    return clock.at
