"""A crawl of a hundred invented people."""

import copy

import pytest

from config.register import Register
from crawler.invented import invent
from crawler.standin import Standin
from data.store import Store
from tests.conftest import Clock
from tests.crawler.drive import Crawl

PEOPLE = invent(103)


@pytest.fixture
def crawl(sqlite_store: Store, ontario: Register, clock: Clock) -> Crawl:
    return Crawl(sqlite_store, ontario, clock, Standin(copy.deepcopy(PEOPLE)))
