"""Patience waits longer each time, asks four times at most, and stops when it is asked to."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Request, Response
from scrapy.settings.default_settings import SPIDER_MIDDLEWARES_BASE

from config.settings import Settings
from crawler.ask import CrawlError, GaveUp, Refused, Unreachable, Unreadable
from crawler.pace import Patience, Stopped, scrapy_settings

URL = "https://register.example/list?skip=0"
NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
HTTP_DATE = "Sat, 20 Jun 2026 12:05:00 GMT"


class Waiting:
    """Patience with a sleep that only notes how long, no chance, and a clock that stands."""

    def __init__(self, delay: float = 1.0, chance: float = 0.0) -> None:
        self.slept: list[float] = []
        self.patience = Patience(delay, self._sleep, lambda: chance, lambda: NOW)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def answer(self, request: Request, status: int = 200, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = Response(request.url, status=status, headers=named)
        return asyncio.run(self.patience.process_response(request, response))

    def fail(self, request: Request, error: Exception) -> Any:
        return asyncio.run(self.patience.process_exception(request, error))

    def until_stopped(self, statuses: Iterable[int], request: Request) -> tuple[int, CrawlError]:
        """How many answers it took until it stopped, and why."""
        for number, status in enumerate(statuses, 1):
            try:
                request = self.answer(request, status)
            except Stopped as stopped:
                return number, stopped.error
        raise AssertionError("it never stopped")


@pytest.mark.parametrize("status", [200, 204, 400, 401, 403, 404, 405, 410, 501])
def test_other_answers_are_handed_over(status: int) -> None:
    waiting = Waiting()
    assert waiting.answer(Request(URL), status).status == status
    assert not waiting.slept


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 524])
def test_what_passes_is_asked_four_times(status: int) -> None:
    tries, error = Waiting().until_stopped([status] * 9, Request(URL))
    assert (tries, type(error)) == (4, Unreachable)
    assert f"HTTP {status}" in error.text


def test_pauses_grow() -> None:
    waiting = Waiting(delay=1)
    waiting.until_stopped([503] * 9, Request(URL))
    assert waiting.slept == [5, 15, 45]


def test_pauses_have_jitter_and_a_floor() -> None:
    lucky, unlucky = Waiting(delay=0, chance=0), Waiting(delay=0, chance=1)
    for waiting in (lucky, unlucky):
        waiting.answer(Request(URL), 503)
    assert (lucky.slept, unlucky.slept) == ([0.2], [pytest.approx(0.3)])


def test_ten_failures_in_a_row_stop_everything() -> None:
    waiting = Waiting()
    tries = [waiting.until_stopped([503] * 9, Request(f"{URL}&n={n}")) for n in range(3)]
    assert [number for number, _ in tries] == [4, 4, 2]
    assert [type(error) for _, error in tries] == [Unreachable, Unreachable, GaveUp]


def test_a_good_answer_begins_the_count_anew() -> None:
    waiting = Waiting()
    for n in range(20):
        again = waiting.answer(Request(f"{URL}&n={n}"), 503)
        assert waiting.answer(again, 200).status == 200


@pytest.mark.parametrize(
    ("said", "slept"),
    [
        ("60", 60),
        ("900", 900),
        (HTTP_DATE, 300),
        ("1", 5),
        ("0", 5),
        ("-9", 5),
        ("soon", 5),
        ("", 5),
    ]
    + [("Sat, 20 Jun 2026 11:00:00 GMT", 5), ("Sat, 20 Jun 2026 12:05:00 -0000", 5)],
)
def test_retry_after_is_honoured(said: str, slept: float) -> None:
    waiting = Waiting(delay=1)
    waiting.answer(Request(URL), 503, retry_after=said)
    assert waiting.slept == [slept]


@pytest.mark.parametrize("said", ["901", "99999999999999", "Sat, 20 Jun 2026 12:15:01 GMT"])
def test_a_wait_over_fifteen_minutes_stops(said: str) -> None:
    waiting = Waiting()
    with pytest.raises(Stopped, match="come back in") as stopped:
        waiting.answer(Request(URL), 429, retry_after=said)
    assert isinstance(stopped.value.error, GaveUp) and not waiting.slept


def test_a_broken_connection_is_asked_again() -> None:
    waiting = Waiting()
    again = waiting.fail(Request(URL), ConnectionResetError("reset"))
    assert again.url == URL and again.dont_filter and waiting.slept == [5]


def test_failures_of_both_kinds_count_together() -> None:
    waiting, request = Waiting(), Request(URL)
    for _ in range(3):
        request = waiting.fail(request, TimeoutError())
    with pytest.raises(Stopped, match="after 4 tries"):
        waiting.answer(request, 503)


@pytest.mark.parametrize("error", [IgnoreRequest("big"), DownloadCancelledError("big")])
def test_too_large_is_unreadable_at_once(error: Exception) -> None:
    with pytest.raises(Stopped, match="16 MiB") as stopped:
        Waiting().fail(Request(URL), error)
    assert isinstance(stopped.value.error, Unreadable)


def test_our_own_stops_pass() -> None:
    assert Waiting().fail(Request(URL), Stopped(Refused("no"))) is None


def test_a_lost_file_is_not_asked_for_again() -> None:
    with pytest.raises(Stopped, match="file cannot be read"):
        Waiting().fail(Request("file:///lost.csv"), FileNotFoundError("lost"))


@pytest.mark.parametrize(
    "place", ["/moved", "https://register.example/moved", "//register.example/moved"]
)
def test_a_redirect_on_the_same_host_is_followed(place: str) -> None:
    moved = Waiting().answer(Request(URL), 302, location=place)
    assert moved.url == "https://register.example/moved"


@pytest.mark.parametrize(
    "place",
    ["https://other.example/", "//other.example/", "http://register.example/list", "file:///x"]
    + [
        "https://register.example.evil/",
        "https://register.example:444/",
        "https://u@register.example/",
    ],
)
def test_a_redirect_elsewhere_is_refused(place: str) -> None:
    with pytest.raises(Stopped, match="another host") as stopped:
        Waiting().answer(Request(URL), 301, location=place)
    assert isinstance(stopped.value.error, Refused)


def test_three_redirects_are_followed_and_no_more() -> None:
    waiting, request = Waiting(), Request(URL)
    for number in range(3):
        request = waiting.answer(request, 302, location=f"/{number}")
    with pytest.raises(Stopped, match="More than 3"):
        waiting.answer(request, 302, location="/4")


def test_what_scrapy_would_do_for_nothing_is_off() -> None:
    off = scrapy_settings(Settings(), 1.0)["SPIDER_MIDDLEWARES"]
    assert set(off.values()) == {None}
    assert set(off) < set(SPIDER_MIDDLEWARES_BASE)  # a name that Scrapy does not know does nothing
