"""The quick door to look-ups by number gives what the documented route gives, and no older."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from config.register import Register
from config.settings import Settings
from data.records import Name
from data.store import Store
from service.api import the_time
from service.app import create_app
from service.quick import PATH, QuickLookups
from tests.conftest import Clock
from tests.data.nights import Nights, people, person

CROWD = people(40)


class Doors:
    """The service with the quick door, and the same service without it."""

    def __init__(self, settings: Settings, register: Register, clock: Clock, limit: int) -> None:
        self.clock, self.store = clock, Store.of(settings)
        self.nights = Nights(self.store, register, clock)
        self.nights.accept(CROWD)
        settings = settings.model_copy(update={"rate_limit": limit})
        self.quick, self.slow = (self._client(settings, quick) for quick in (True, False))

    def _client(self, settings: Settings, quick: bool) -> TestClient:
        app = create_app(settings, clock=lambda: 0.0)
        app.dependency_overrides[the_time] = self.clock
        if not quick:
            app.user_middleware = [
                one for one in app.user_middleware if one.cls is not QuickLookups
            ]
        return TestClient(app, raise_server_exceptions=False)

    def ask(self, **said: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.quick.get(PATH, params=said).json()
        return answer


@pytest.fixture
def doors(settings: Settings, ontario: Register, clock: Clock) -> Iterator[Doors]:
    made = Doors(settings, ontario, clock, 0)
    with made.quick, made.slow:
        yield made
    made.store.close()


@pytest.mark.parametrize(
    "said",
    [
        {"q": "A1001"},
        {"q": " a-1001 "},
        {"q": "A1001", "register": "ca_on_cmto"},
        {"q": "A1001", "register": "us_la_bmt"},
        {"q": "A1001", "register": "nonsense"},
        {"q": "A9999"},
        {"q": "Vesper"},
        {"q": "A1001", "city": "Ottawa"},
        {"q": "A1001", "status": "suspended"},
        {"q": ""},
        {"q": "9" * 300},
        {"q": "\u202e١٢٣"},
        {"register": "ca_on_cmto"},
        {},
    ],
)
def test_both_doors_answer_alike(doors: Doors, said: dict[str, str]) -> None:
    for _ in range(2):
        quick, slow = (door.get(PATH, params=said) for door in (doors.quick, doors.slow))
        assert (quick.status_code, quick.json()) == (slow.status_code, slow.json())
        for name in ("content-type", "cache-control", "content-security-policy", "x-robots-tag"):
            assert quick.headers[name] == slow.headers[name]


def test_an_answer_is_kept_for_a_minute_and_says_when_it_was_made(doors: Doors) -> None:
    first = doors.ask(q="A1001")
    doors.clock.forward(seconds=59)
    assert doors.ask(q="A1001") == first
    doors.clock.forward(seconds=2)
    assert doors.ask(q="A1001")["evaluated_at"] > first["evaluated_at"]


def test_an_answer_is_not_kept_over_a_write(doors: Doors) -> None:
    doors.ask(q="A1001")
    doors.nights.accept([person(1, name=Name("Ana", "Dahl"))], [one.key for one in CROWD])
    doors.clock.forward(days=-1, seconds=30)  # as if the night had ended within the minute
    assert doors.ask(q="A1001")["matches"][0]["name"] == "Ana Dahl"


def test_an_answer_is_not_kept_past_its_dates_nor_before_it_was_made(doors: Doors) -> None:
    doors.clock.at += timedelta(hours=36) - timedelta(seconds=20)
    assert doors.ask(q="A1001")["verdict"] == "ambiguous"
    doors.clock.forward(seconds=30)
    assert doors.ask(q="A1001")["verdict"] == "cannot_confirm"
    made = doors.ask(q="A1002")["evaluated_at"]
    doors.clock.forward(hours=-1)
    assert doors.ask(q="A1002")["evaluated_at"] < made


def test_kept_answers_count_as_look_ups_too(
    settings: Settings, ontario: Register, clock: Clock
) -> None:
    made = Doors(settings, ontario, clock, 3)
    with made.quick:
        codes = [made.quick.get(PATH, params={"q": "A1001"}).status_code for _ in range(5)]
    made.store.close()
    assert codes == [200, 200, 200, 429, 429]


def test_only_get_is_quick(doors: Doors) -> None:
    assert doors.quick.post(PATH, params={"q": "A1001"}).status_code == 405
