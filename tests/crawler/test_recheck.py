"""The live re-check: httpx with the readers and the manners of the nightly run."""

import json
import socket
import threading
import time
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest

from config.register import Register
from config.settings import Settings
from crawler.ask import CrawlError, Refused, Unreachable, Unreadable
from crawler.invented import invent
from crawler.recheck import Alone, recheck
from crawler.standin import Standin
from tests.conftest import Clock

PERSON = invent(3, numbers=True)[0]
KEY = PERSON["profileId"]


def test_one_person_is_asked_for_now(ontario: Register, settings: Settings, clock: Clock) -> None:
    with Standin(invent(3, numbers=True)) as standin:
        found = recheck(ontario.at(standin.url), KEY, settings, clock)
        paths = [request.path for request in standin.requests]
        agents = {request.headers["user-agent"] for request in standin.requests}
    assert (found.record.number, found.record.status) == ("A1001", "authorised")
    assert paths == ["/robots.txt", "/rest/public/profile/get/"]
    assert agents == {settings.user_agent}


def answering(status: int = 200, body: bytes = b"{}", robots: int = 404) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            rules = b"User-agent: *\nDisallow: /rest/"
            return httpx.Response(robots, stream=httpx.ByteStream(rules))
        return httpx.Response(status, stream=httpx.ByteStream(body))

    return httpx.MockTransport(answer)


@pytest.mark.parametrize(
    ("transport", "error"),
    [
        (answering(robots=200), Refused),
        (answering(robots=503), Unreachable),
        (answering(500), Unreachable),
        (answering(302), Unreachable),
        (answering(403), Refused),
        (answering(200, b"<html><title>Maintenance</title>"), Unreadable),
        (answering(200, b'{"profileId": "somebody else"}'), Unreadable),
        (answering(200, b" " * (17 * 2**20)), Unreadable),
    ],
)
def test_whatever_goes_wrong_is_one_sentence(
    ontario: Register,
    settings: Settings,
    clock: Clock,
    transport: httpx.MockTransport,
    error: type[CrawlError],
) -> None:
    with pytest.raises(error) as told:
        recheck(ontario, KEY, settings, clock, transport)
    assert told.value.text.endswith(".")


def test_no_connection_is_said(ontario: Register, settings: Settings, clock: Clock) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(Unreachable, match="did not answer"):
        recheck(ontario, KEY, settings, clock, httpx.MockTransport(broken))


def test_a_file_cannot_be_asked(louisiana: Register, settings: Settings, clock: Clock) -> None:
    with pytest.raises(Refused, match="published as a file"):
        recheck(louisiana, "LA1", settings, clock)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"])
def test_a_drip_does_not_hold_us(
    ontario: Register, settings: Settings, clock: Clock, start: bytes
) -> None:
    """Each byte comes in time; all of them never would."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=drip, args=(listening, start), daemon=True).start()
        register = ontario.at(f"http://127.0.0.1:{listening.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(Unreachable, match="longer than we wait"):
            recheck(register, KEY, settings, clock, manners=Alone(seconds=0.3))
        assert time.monotonic() - began < 3


def drip(listening: socket.socket, start: bytes) -> None:
    """Send a byte of a header or a body now and then."""
    with suppress(OSError):
        connection, _ = listening.accept()
        with connection:
            connection.sendall(start)
            while True:
                connection.sendall(b"X")
                time.sleep(0.05)


@pytest.mark.parametrize(("age", "seconds"), [("90", 90), ("700000, 3", 700_000)])
def test_a_cached_copy_is_as_old_as_the_oldest_cache_says(
    ontario: Register, settings: Settings, clock: Clock, age: str, seconds: int
) -> None:
    found = recheck(ontario, KEY, settings, clock, aged(age))
    assert found.as_of == clock.at - timedelta(seconds=seconds)


def test_a_copy_that_hides_its_age_is_not_believed(
    ontario: Register, settings: Settings, clock: Clock
) -> None:
    with pytest.raises(Unreadable, match="cache"):
        recheck(ontario, KEY, settings, clock, aged("some"))


def aged(age: str) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(404, stream=httpx.ByteStream(b""))
        body = httpx.ByteStream(json.dumps(PERSON).encode())
        return httpx.Response(200, headers={"Age": age}, stream=body)

    return httpx.MockTransport(answer)
