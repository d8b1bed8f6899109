"""An office whose register was read once, for the tests of a module that only add to it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.jurisdiction import Coverage
from config.register import Catalogue, Register
from config.settings import Settings
from data.store import Store
from service.desk import Desk
from tests.conftest import Clock
from tests.data.nights import Nights, person
from tests.service.conftest import everybody

FILLER = [person(100 + n, number=f"B{n}") for n in range(100)]


@pytest.fixture(scope="module")
def office_clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def office(
    ontario: Register,
    catalogue: Catalogue,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    office_clock: Clock,
) -> Iterator[Desk]:
    """A desk over `everybody` and some more."""
    home = tmp_path_factory.mktemp("office")
    shutil.copy(sqlite_template, home / "goodstanding.db")
    settings = Settings(home=home, contact="tests@example.org", rate_limit=0)
    store = Store.of(settings)
    Nights(store, ontario, office_clock).accept([*everybody(), *FILLER])
    yield Desk(store, catalogue, Coverage(), settings)
    store.close()
