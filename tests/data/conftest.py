"""Nights over a fresh store."""

import pytest

from config.register import Register
from data.store import Store
from tests.conftest import Clock
from tests.data.nights import Nights


@pytest.fixture
def nights(store: Store, ontario: Register, clock: Clock) -> Nights:
    return Nights(store, ontario, clock)
