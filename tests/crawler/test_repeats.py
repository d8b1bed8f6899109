"""Paging past a limit: a service that sends a page again, or with other totals, is held."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from config.vocabulary import RunState
from crawler.ask import Answer, Ask
from crawler.standin import Standin
from data.store import Store
from tests.conftest import Clock
from tests.crawler.drive import Crawl
from tests.crawler.reader import Reader

LISTS = {
    "us_or_obp": "list-first",
    "us_nv_cpbn": "list-first",
    "ca_on_cvo_facilities": "list-first",
    "ca_on_cmto_corporations": "list-first",
}
Start = Callable[[str], tuple[Crawl, Any]]


@pytest.fixture
def start(sqlite_store: Store, clock: Clock) -> Start:
    def crawl(register_id: str) -> tuple[Crawl, Any]:
        reader = Reader(register_id)
        made = Crawl(sqlite_store, reader.register, clock, Standin([]))
        return made, reader.sample(LISTS[register_id])

    return crawl


def always(crawl: Crawl, body: Any, asked: list[Ask]) -> Callable[[Ask], Answer]:
    def reply(ask: Ask) -> Answer:
        asked.append(ask)
        return Answer(ask, ask.url, 200, {}, json.dumps(body).encode(), crawl.clock())

    return reply


@pytest.mark.parametrize("register_id", LISTS)
def test_a_list_that_begins_again_is_held_and_left(start: Start, register_id: str) -> None:
    crawl, body = start(register_id)
    asked: list[Ask] = []
    run = crawl.night(always(crawl, body | {"resultCount": 5000}, asked))
    assert run["state"] is RunState.HELD and crawl.issues(run["id"])["incomplete"] == "hold"
    assert len(asked) < 20 and not crawl.rows("registration")


@pytest.mark.parametrize("register_id", LISTS)
def test_a_total_smaller_than_the_page_is_held(start: Start, register_id: str) -> None:
    crawl, body = start(register_id)
    run = crawl.night(always(crawl, body | {"resultCount": 1}, []))
    assert run["state"] is RunState.HELD and not crawl.rows("registration")
