"""A desk and nights over a fresh store, on both databases."""

from collections.abc import Iterator

import pytest

from config.register import Register
from config.settings import Settings
from data.store import Store
from service.desk import Desk
from tests.conftest import Clock
from tests.data.nights import Nights
from tests.service.clocks import desk_of
from tests.service.watch.doors import Door


@pytest.fixture
def desk(store: Store, settings: Settings, ontario: Register) -> Iterator[Desk]:
    yield desk_of(store, settings, ontario)


@pytest.fixture
def nights(desk: Desk, ontario: Register, clock: Clock) -> Nights:
    return Nights(desk.store, ontario, clock)


@pytest.fixture
def door(home: Settings, ontario: Register, clock: Clock) -> Iterator[Door]:
    made = Door.over(home, ontario, clock)
    with made.client:
        yield made
