"""One registration, now: asks the register itself over httpx, with the readers of the nightly run.

The only module that knows httpx. Same manners as the spider: robots.txt first and failing closed,
TLS verified, bounded time and size, one try, one host. No cookies and no redirects, except where a
platform needs a session. Pace and memory are `Manners`, which whoever asks brings along.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import httpx
from protego import Protego

from config.register import Register
from config.settings import ANSWER_SECONDS, PAGE_BYTES, Settings
from crawler.ask import (
    Answer,
    Ask,
    AskedToWait,
    AsOf,
    Forbidden,
    Found,
    Platform,
    Refused,
    Unreachable,
    Unreadable,
)
from crawler.platforms import PLATFORMS, keeps_session
from crawler.reading import age_of, refuse_walls, seconds_to_wait
from data.names import number_key
from data.records import Record

Transport = httpx.BaseTransport
_QUICK = 10.0  # seconds a person waits; the nightly run has more patience
_ROBOTS_BYTES = 512 * 1024
_PASSING = frozenset({408, 425, 429})  # of the 4xx: these are about us or the moment, not a person
_QUESTIONS = 8  # a form, its results and their further pages, a person's page
_HOPS = 4


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What the register says of one person, the raw answer it rests on, and how old that is.

    `as_of` is when the publisher made it; None means that it was made for us, just now.
    """

    record: Record
    answer: Answer
    as_of: datetime | None = None


class Manners(Protocol):
    """What everybody who asks live shares: turns at a site, and what its robots.txt said."""

    seconds: float

    def turn(self, site: str, pause: float) -> None:
        """Return when the next request may go, `pause` seconds after the one before it.

        Raises CrawlError when that takes too long.
        """

    def robots(self, site: str) -> str | None:
        """The robots.txt of the site, where it was read lately."""

    def keep_robots(self, site: str, text: str) -> None:
        """Remember it."""


class Alone:
    """Manners of somebody who asks once, and shares nothing."""

    def __init__(self, seconds: float = ANSWER_SECONDS) -> None:
        """`seconds` is how long all questions together may take."""
        self.seconds = seconds

    def turn(self, site: str, pause: float) -> None:
        """At once."""

    def robots(self, site: str) -> str | None:  # noqa: ARG002
        """Nothing is remembered."""
        return None

    def keep_robots(self, site: str, text: str) -> None:
        """Forget it."""


def recheck(
    register: Register,
    key: str,
    settings: Settings,
    clock: Callable[[], datetime],
    transport: httpx.BaseTransport | None = None,
    manners: Manners | None = None,
) -> Rechecked:
    """Ask the register for the person `key`; `transport` is for the tests.

    Raises CrawlError (Refused, Unreachable, Unreadable) in one clear sentence; the stored answer
    then stands as it is.
    """
    platform, first = PLATFORMS[register.platform], first_question(register, key)
    manners = manners or Alone()
    with _client(settings, transport, manners.seconds) as client:
        visit = _Visit(client, settings.user_agent, clock, manners)
        visit.session, visit.pause = keeps_session(platform), register.pace.delay
        records, answers, made = _follow(visit, platform, register, first)
    mine = [record for record in records if _is(register, record, key)]
    if len(mine) != 1:
        raise Unreadable("The register sent no entry for this person.", answers[-1].url)
    number = mine[0].number.encode()
    shown = (answer for answer in reversed(answers) if number in answer.body)
    return Rechecked(mine[0], next(shown, answers[-1]), made)


def first_question(register: Register, key: str) -> Ask:
    """What to ask about the person `key`; raises Refused where a register cannot be asked."""
    first = next(iter(PLATFORMS[register.platform].find(register, key)), None)
    if first is None:
        raise Refused(
            f"{register.name} is published as a file and cannot be asked about one person."
        )
    return first


def _is(register: Register, record: Record, key: str) -> bool:
    """Whether the register answered about the one asked for: by key, or where only a number can be
    asked, by that number."""
    if register.lookup_only:
        return bool(number_key(key)) and number_key(record.number) == number_key(key)
    return record.key == key


def _follow(
    visit: "_Visit", platform: Platform, register: Register, ask: Ask
) -> tuple[list[Record], list[Answer], datetime | None]:
    """Question after question (a form, results, a page) until the register tells of people."""
    answers: list[Answer] = []
    dates: list[datetime] = []
    for _ in range(_QUESTIONS):
        answers.append(visit.fetch(ask))
        found = list(platform.read(register, answers[-1]))
        dates += _dates(answers[-1], found)
        following = [one for one in found if isinstance(one, Ask)]
        records = [one for one in found if isinstance(one, Record)]
        if records or not following:
            return records, answers, min(dates, default=None)
        ask = following[0]
    raise Unreadable("The register sends us on and on.", ask.url)


def _dates(answer: Answer, found: list[Found]) -> list[datetime]:
    """How old an answer is by its publisher's word, and by that of a cache on the way."""
    said = [one.when for one in found if isinstance(one, AsOf)]
    if None in said:
        raise Unreadable("The publisher gives no date for what it sent.", answer.url)
    if age := age_of(answer.headers):
        said.append(answer.at - age)
    return [when for when in said if when]


@contextmanager
def _client(
    settings: Settings, transport: httpx.BaseTransport | None, seconds: float
) -> Iterator[httpx.Client]:
    """A client with our manners, whose own errors become ours; it is closed after `seconds`.

    httpx bounds each wait for bytes, not their sum: a drip of headers would hold us for hours.
    """
    headers = {
        "User-Agent": settings.user_agent,
        "Accept": "application/json, text/html, */*",
        "Accept-Encoding": "identity",  # nothing to unpack, so nothing that can explode
    }
    try:
        with httpx.Client(headers=headers, timeout=_QUICK, transport=transport) as client:
            bell = threading.Timer(seconds, client.close)
            bell.daemon = True
            bell.start()
            try:
                yield client
            except (httpx.HTTPError, RuntimeError) as error:
                if client.is_closed:  # a closed client fails in several ways
                    raise Unreachable("The register took longer than we wait.") from error
                raise
            finally:
                bell.cancel()
    except httpx.HTTPError as error:
        raise Unreachable(f"The register did not answer ({type(error).__name__}).") from error


class _Visit:
    """Questions to one host, within its robots.txt."""

    def __init__(
        self, client: httpx.Client, agent: str, clock: Callable[[], datetime], manners: Manners
    ) -> None:
        self.client, self.agent, self.clock, self.manners = client, agent, clock, manners
        self.session, self.pause = False, 0.0
        self.site = ""
        self.rules = Protego.parse("")

    def fetch(self, ask: Ask) -> Answer:
        """One answer; in a session also the page a form sends on to."""
        url = (
            f"{ask.url}&{ask.bust}={int(self.clock().timestamp() * 1000)}" if ask.bust else ask.url
        )
        sent = replace(ask, url=url)
        for _ in range(_HOPS):
            self._mind_robots(sent.url)
            status, headers, body = self._read(sent)
            target = headers.get("location", "")
            if not (self.session and 300 <= status < 400 and target):
                break
            sent = Ask(urljoin(sent.url, target), ask.step)
        if status >= 300 and status not in (401, 403, 405):
            said = f"The register answered HTTP {status}."
            raise self._error(status, headers, said, sent.url)
        return Answer(ask, sent.url, status, headers, body, self.clock())

    def _error(
        self, status: int, headers: dict[str, str], said: str, url: str
    ) -> Unreachable | Unreadable:
        """What an HTTP error means: come back later, dead, or nothing of this one person."""
        wait = seconds_to_wait(headers.get("retry-after", ""), self.clock()) or 0.0
        if wait > 0:
            return AskedToWait(f"{said} It asks us to come back later.", url, wait)
        if 400 <= status < 500 and status not in _PASSING:
            return Unreadable(said, url)
        return Unreachable(said, url)

    def _mind_robots(self, url: str) -> None:
        site = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        if site != self.site:
            if self.site:
                raise Refused("The register sends us on to another host. We do not follow.", url)
            said = self.manners.robots(site)
            self.rules = Protego.parse(self._robots(site) if said is None else said)
            self.site = site
            self.pause = max(self.pause, float(self.rules.crawl_delay(self.agent) or 0))
        if not self.rules.can_fetch(url, self.agent):
            raise Forbidden("The register's robots.txt forbids reading this address.", url)

    def _robots(self, site: str) -> str:
        """The robots.txt of a site, remembered; what is neither there nor missing forbids all."""
        url = f"{site}/robots.txt"
        status, headers, body = self._read(Ask(url, "robots"))
        missing = 400 <= status < 500 and status not in _PASSING
        refuse_walls(200 if missing else status, body, url)
        if not missing and status >= 300:
            said = f"Its robots.txt cannot be read (HTTP {status}), so nothing else was asked."
            raise self._error(status, headers, said, url)
        if len(body) > _ROBOTS_BYTES:
            raise Unreachable("Its robots.txt is larger than we read.", url)
        text = "" if missing else body.decode("utf-8-sig", "ignore")
        self.manners.keep_robots(site, text)
        return text

    def _read(self, ask: Ask) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body, within the bytes and seconds one answer may take."""
        self.manners.turn("{0.scheme}://{0.netloc}".format(urlsplit(ask.url)), self.pause)
        body, began = bytearray(), self.clock()
        if not self.session:
            self.client.cookies.clear()
        content, headers = ask.body or None, dict(ask.headers)
        with self.client.stream(ask.method, ask.url, content=content, headers=headers) as response:
            for chunk in response.iter_raw(65_536):
                body += chunk
                if len(body) > PAGE_BYTES:
                    raise Unreadable("The answer is larger than we accept.", ask.url)
                if (self.clock() - began).total_seconds() > ANSWER_SECONDS:
                    raise Unreachable("The answer is slower than we accept.", ask.url)
            said = {name.lower(): value for name, value in response.headers.items()}
            return response.status_code, said, bytes(body)
