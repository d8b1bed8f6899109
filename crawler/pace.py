"""Manners towards a register: robots.txt, one request at a time, patience, when to stop."""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from protego import Protego
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from config.settings import ANSWER_SECONDS, PAGE_BYTES, Settings
from crawler.ask import CrawlError, GaveUp, Refused, Unreachable, Unreadable
from crawler.reading import refuse_walls, seconds_to_wait

TRIES = 4
FAILURES_IN_A_ROW = 10
REDIRECTS = 3
LONGEST_WAIT = 15 * 60
BULK_BYTES = 512 * 2**20
BULK_SECONDS = 900
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})


class Stopped(IgnoreRequest):
    """Carries one of our own errors through Scrapy to the spider."""

    def __init__(self, error: CrawlError) -> None:
        """`error` is what the sweep will be told."""
        super().__init__(error.text)
        self.error = error


_IDLE = (  # does nothing here but cost time with every answer
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware",
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware",
    "scrapy.spidermiddlewares.depth.DepthMiddleware",
)


def scrapy_settings(settings: Settings, delay: float, cookies: bool = False) -> dict[str, Any]:
    """Scrapy made polite and bounded: its own defaults would crawl fast and trust anybody.

    `cookies` only where the platform needs a session.
    """
    return {
        "USER_AGENT": settings.user_agent,
        "DEFAULT_REQUEST_HEADERS": {"Accept": "application/json, text/csv, text/html, */*"},
        "ROBOTSTXT_OBEY": False,  # RobotsPolicy instead: Scrapy's own lets requests through
        "RETRY_ENABLED": False,  # Patience instead: Scrapy's own retries at once
        "REDIRECT_ENABLED": False,  # Patience instead: same host only
        "METAREFRESH_ENABLED": False,
        "COOKIES_ENABLED": cookies,
        "REFERER_ENABLED": False,
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "crawler.pace.RobotsPolicy": 100,
            "crawler.pace.Patience": 550,
        },
        "SPIDER_MIDDLEWARES": dict.fromkeys(_IDLE),
        "HTTPERROR_ALLOW_ALL": True,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "CONCURRENT_REQUESTS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "CONCURRENT_ITEMS": 1,
        "DOWNLOAD_DELAY": delay,
        "DOWNLOAD_DELAY_JITTER": 0,
        "AUTOTHROTTLE_ENABLED": delay > 0,
        "AUTOTHROTTLE_START_DELAY": delay,
        "DOWNLOAD_TIMEOUT": ANSWER_SECONDS,
        "DOWNLOAD_MAXSIZE": PAGE_BYTES,
        "DOWNLOAD_WARNSIZE": 0,
        "HTTPCACHE_ENABLED": False,  # a cached page would make "last checked" a lie
        "LOG_LEVEL": "ERROR",
        "LOG_INSTALL_ROOT_HANDLER": False,
        "MEMUSAGE_ENABLED": False,
    }


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class RobotsPolicy:
    """Obey robots.txt, and refuse everything while it cannot be read (RFC 9309, 2.3.1.4)."""

    def __init__(self, crawler: Crawler) -> None:
        """One answer per site and crawl."""
        self.crawler = crawler
        self.agent = str(crawler.settings["USER_AGENT"])
        self.rules: dict[str, asyncio.Future[Protego | CrawlError]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to build it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let a request pass, slow it down, or stop it."""
        if request.meta.get("robots") or urlsplit(request.url).scheme not in ("http", "https"):
            return
        site = _site(request.url)
        if site not in self.rules:
            self.rules[site] = asyncio.ensure_future(self._read(site))
        rules = await self.rules[site]
        if isinstance(rules, CrawlError):
            raise Stopped(rules)
        if not rules.can_fetch(request.url, self.agent):
            words = "The register's robots.txt forbids reading this address; nothing was fetched."
            raise Stopped(Refused(words, request.url))
        if delay := rules.crawl_delay(self.agent):
            engine: Any = self.crawler.engine
            _, slot = engine.downloader._get_slot(request)
            slot.delay = max(slot.delay, float(delay))

    async def _read(self, site: str) -> Protego | CrawlError:
        url = site + "/robots.txt"
        engine: Any = self.crawler.engine
        try:
            answer = await engine.download_async(
                Request(url, meta={"robots": True}, callback=NO_CALLBACK)
            )
        except Exception as error:  # whatever it was: unreadable means forbidden
            cause = error.error.text if isinstance(error, Stopped) else type(error).__name__
            return Unreachable(f"robots.txt cannot be read, so nothing was fetched: {cause}", url)
        if 400 <= answer.status < 500 and answer.status != 429:
            return Protego.parse("")
        if answer.status >= 300:
            words = f"robots.txt cannot be read (HTTP {answer.status}), so nothing was fetched."
            return Unreachable(words, url)
        try:
            refuse_walls(answer.status, answer.body, url)
        except Refused as wall:
            return wall
        return Protego.parse(answer.body.decode("utf-8-sig", "ignore"))


class Patience:
    """Wait and ask again, more slowly each time; stop when the register asks for peace."""

    def __init__(
        self,
        delay: float,
        sleep: Callable[[float], Any] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Pauses grow from five times the delay; `sleep`, `chance` and `now` are for the tests."""
        self.base = max(0.2, 5 * delay)
        self.sleep, self.chance, self.now = sleep, chance, now
        self.failures = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to build it."""
        return cls(crawler.settings.getfloat("DOWNLOAD_DELAY"))

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """Follow redirects on the same host; retry what passes; hand over the rest."""
        if 300 <= response.status < 400 and response.headers.get("Location"):
            return self._redirect(request, response)
        if response.status not in _PASSING:
            self.failures = 0
            return response
        wait = self._retry_after(response)
        if wait is not None and wait > LONGEST_WAIT:
            words = f"The register asks us to come back in {wait / 60:.0f} minutes."
            raise Stopped(GaveUp(words, request.url))
        return await self._again(request, f"HTTP {response.status}", wait or 0)

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Retry a broken connection; name what cannot be mended by retrying."""
        if isinstance(exception, Stopped):
            return None
        if isinstance(exception, IgnoreRequest | DownloadCancelledError):
            raise Stopped(too_large(request)) from exception
        if isinstance(exception, OSError) and urlsplit(request.url).scheme == "file":
            raise Stopped(Unreachable(f"The file cannot be read: {exception}", request.url))
        return await self._again(request, _cause(exception), 0)

    async def _again(self, request: Request, cause: str, wait: float) -> Request:
        self.failures += 1
        tries = request.meta.get("tries", 1)
        if self.failures >= FAILURES_IN_A_ROW:
            words = f"{self.failures} failures in a row (the last: {cause}); we stopped asking."
            raise Stopped(GaveUp(words, request.url))
        if tries >= TRIES:
            raise Stopped(
                Unreachable(f"No answer after {TRIES} tries (the last: {cause}).", request.url)
            )
        pause = self.base * 3 ** (tries - 1) * (1 + self.chance() / 2)
        await self.sleep(max(wait, pause))
        meta = {**request.meta, "tries": tries + 1}
        meta.pop("download_slot", None)
        return request.replace(meta=meta, dont_filter=True)

    def _retry_after(self, response: Response) -> float | None:
        said = (response.headers.get("Retry-After") or b"").decode("latin-1")
        return seconds_to_wait(said, self.now())

    def _redirect(self, request: Request, response: Response) -> Request:
        location = (response.headers.get("Location") or b"").decode("latin-1")
        target = urljoin(request.url, location)
        hops = request.meta.get("hops", 0) + 1
        if _site(target) != _site(request.url):
            words = f"The register sends us on to another host ({urlsplit(target).netloc[:100]})."
            raise Stopped(Refused(words + " We do not follow; has it moved?", request.url))
        if hops > REDIRECTS:
            raise Stopped(Unreadable(f"More than {REDIRECTS} redirects in a row.", request.url))
        meta = {**request.meta, "hops": hops}
        if response.status in (301, 302, 303):  # the answer to a form lies elsewhere: fetch it
            return request.replace(url=target, method="GET", body=b"", meta=meta, dont_filter=True)
        return request.replace(url=target, meta=meta, dont_filter=True)


def too_large(request: Request) -> Unreadable:
    """What is said of an answer over its limit, on the wire or unpacked."""
    limit = request.meta.get("download_maxsize", PAGE_BYTES) // 2**20
    return Unreadable(f"The answer is larger than we accept ({limit} MiB).", request.url)


def _cause(exception: Exception) -> str:
    return f"{type(exception).__name__}: {str(exception)[:120]}".rstrip(": ")
