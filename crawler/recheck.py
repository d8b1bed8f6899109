"""One registration, now: asks the register itself over httpx, with the readers of the nightly run.

The only module that knows httpx. Same manners as the spider: robots.txt first and failing closed,
TLS verified, no cookies, no redirects, bounded time and size, one try.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import httpx
from protego import Protego

from config.register import Register
from config.settings import ANSWER_SECONDS, PAGE_BYTES, Settings
from crawler.ask import Answer, Ask, Refused, Unreachable, Unreadable
from crawler.platforms import PLATFORMS
from crawler.reading import refuse_walls
from data.records import Record

_QUICK = 10.0  # seconds a person waits; the nightly run has more patience


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What the register says of one person now, and the raw answer it rests on."""

    record: Record
    answer: Answer


def recheck(
    register: Register,
    key: str,
    settings: Settings,
    clock: Callable[[], datetime],
    transport: httpx.BaseTransport | None = None,
) -> Rechecked:
    """Ask the register for the person `key`; `transport` is for the tests.

    Raises CrawlError (Refused, Unreachable, Unreadable) in one clear sentence; the stored answer
    then stands as it is.
    """
    asks = list(PLATFORMS[register.platform].find(register, key))
    if not asks:
        raise Refused(
            f"{register.name} is published as a file and cannot be asked about one person."
        )
    with _client(settings, transport) as client:
        _mind_robots(client, asks[0].url, settings.user_agent, clock)
        answer = _fetch(client, asks[0], clock)
    found = PLATFORMS[register.platform].read(register, answer)
    record = next((one for one in found if isinstance(one, Record)), None)
    if record is None or record.key != key:
        raise Unreadable("The register sent no entry for this person.", answer.url)
    return Rechecked(record, answer)


@contextmanager
def _client(settings: Settings, transport: httpx.BaseTransport | None) -> Iterator[httpx.Client]:
    """A client with our manners, whose own errors become ours."""
    headers = {
        "User-Agent": settings.user_agent,
        "Accept": "application/json, text/html, */*",
        "Accept-Encoding": "identity",  # nothing to unpack, so nothing that can explode
    }
    try:
        with httpx.Client(headers=headers, timeout=_QUICK, transport=transport) as client:
            yield client
    except httpx.HTTPError as error:
        raise Unreachable(f"The register did not answer ({type(error).__name__}).") from error


def _mind_robots(client: httpx.Client, url: str, agent: str, clock: Callable[[], datetime]) -> None:
    parts = urlsplit(url)
    robots = f"{parts.scheme}://{parts.netloc}/robots.txt"
    status, _, body = _read(client, Ask(robots, "robots"), clock)
    refuse_walls(status if status < 400 else 200, body, robots)
    if status >= 500 or status == 429:
        raise Unreachable("robots.txt cannot be read, so the register was not asked.", robots)
    rules = Protego.parse(body.decode("utf-8", "ignore") if status < 300 else "")
    if not rules.can_fetch(url, agent):
        raise Refused("The register's robots.txt forbids reading this address.", url)


def _fetch(client: httpx.Client, ask: Ask, clock: Callable[[], datetime]) -> Answer:
    url = f"{ask.url}&{ask.bust}={int(clock().timestamp() * 1000)}" if ask.bust else ask.url
    status, headers, body = _read(
        client, Ask(url, ask.step, method=ask.method, body=ask.body), clock
    )
    if status >= 300 and status not in (401, 403, 405):
        raise Unreachable(f"The register answered HTTP {status}.", url)
    return Answer(ask, url, status, headers, body, clock())


def _read(
    client: httpx.Client, ask: Ask, clock: Callable[[], datetime]
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body, within the bytes and seconds one answer may take."""
    body, began = bytearray(), clock()
    with client.stream(ask.method, ask.url, content=ask.body or None) as response:
        for chunk in response.iter_raw(65_536):
            body += chunk
            if len(body) > PAGE_BYTES or (clock() - began).total_seconds() > ANSWER_SECONDS:
                raise Unreadable("The answer is larger or slower than we accept.", ask.url)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return response.status_code, headers, bytes(body)
