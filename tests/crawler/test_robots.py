"""robots.txt is read first and obeyed; what cannot be read forbids everything."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.http import Request, Response

from config.settings import Settings
from crawler.ask import CrawlError, Refused, Unreachable
from crawler.pace import RobotsPolicy, Stopped, scrapy_settings

SITE = "https://register.example"
WALL = (Path(__file__).parent / "walls" / "waf-challenge-200.html").read_bytes()
AGENT = "GoodStanding/0.1 (credential check; +tests@example.org)"


class Site:
    """As much of a Scrapy crawler as the policy touches."""

    def __init__(self, answer: Response | Exception | None, delay: float = 1.0) -> None:
        self.answer, self.settings = answer, {"USER_AGENT": AGENT}
        self.slot = SimpleNamespace(delay=delay)
        self.fetched: list[str] = []
        downloader = SimpleNamespace(_get_slot=lambda _: ("slot", self.slot))
        self.engine = SimpleNamespace(downloader=downloader, download_async=self.fetch)

    async def fetch(self, request: Request) -> Any:
        self.fetched.append(request.url)
        assert request.meta["robots"]
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def ask(self, *paths: str) -> None:
        """Let requests for these paths come to the policy, all at once."""
        crawler: Any = self
        policy = RobotsPolicy.from_crawler(crawler)

        async def everything() -> None:
            requests = [Request(SITE + path) for path in paths]
            await asyncio.gather(*(policy.process_request(request) for request in requests))

        asyncio.run(everything())


def robots(status: int = 200, body: str | bytes = "") -> Response:
    raw = body.encode() if isinstance(body, str) else body
    return Response(f"{SITE}/robots.txt", status=status, body=raw)


def stopped(site: Site, path: str = "/list") -> CrawlError:
    with pytest.raises(Stopped) as raised:
        site.ask(path)
    return raised.value.error


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_no_robots_file_allows(status: int) -> None:
    site = Site(robots(status))
    site.ask("/list")
    assert site.fetched == [f"{SITE}/robots.txt"]


@pytest.mark.parametrize("status", [304, 429, 500, 501, 503, 520, 525, 530])
def test_a_robots_file_in_trouble_forbids(status: int) -> None:
    assert isinstance(stopped(Site(robots(status))), Unreachable)


@pytest.mark.parametrize(
    "error", [TimeoutError(), ConnectionResetError(), Stopped(Unreachable("gone")), ValueError()]
)
def test_a_robots_file_that_does_not_come_forbids(error: Exception) -> None:
    told = stopped(Site(error))
    assert isinstance(told, Unreachable) and "nothing was fetched" in told.text


def test_a_wall_in_its_place_forbids() -> None:
    assert isinstance(stopped(Site(robots(body=WALL))), Refused)


@pytest.mark.parametrize(
    "rules",
    [
        "User-agent: *\nDisallow: /",
        "User-agent: *\nDisallow: /list",
        "User-agent: GoodStanding\nDisallow: /\n\nUser-agent: *\nDisallow:",
        "\ufeffUser-agent: *\nDisallow: /",
    ],
)
def test_what_is_disallowed_is_refused(rules: str) -> None:
    assert isinstance(stopped(Site(robots(body=rules))), Refused)


@pytest.mark.parametrize(
    "rules",
    [
        "",
        "User-agent: *\nDisallow: /private",
        "User-agent: *\nDisallow: /\nAllow: /list",
        "User-agent: Other\nDisallow: /",
        "User-agent: *\nDisallow: /\n\nUser-agent: GoodStanding\nDisallow:",
    ],
)
def test_what_is_allowed_passes(rules: str) -> None:
    site = Site(robots(body=rules))
    site.ask("/list")
    assert site.slot.delay == 1.0


def test_many_requests_wait_for_one_robots_file() -> None:
    site = Site(robots(404))
    site.ask("/a", "/b", "/c")
    assert len(site.fetched) == 1


@pytest.mark.parametrize(("said", "delay"), [("10", 10.0), ("0.5", 1.0), ("x", 1.0)])
def test_a_crawl_delay_slows_and_never_hastens(said: str, delay: float) -> None:
    site = Site(robots(body=f"User-agent: *\nCrawl-delay: {said}"))
    site.ask("/list")
    assert site.slot.delay == delay


def test_files_of_the_inbox_need_no_robots() -> None:
    site = Site(None)
    crawler: Any = site
    asyncio.run(RobotsPolicy(crawler).process_request(Request("file:///inbox/x.csv")))
    assert not site.fetched


def test_the_crawler_is_polite_and_bounded(settings: Settings) -> None:
    polite = scrapy_settings(settings, 1.0)
    assert polite["DOWNLOAD_DELAY"] == 1.0 and polite["CONCURRENT_REQUESTS"] == 1
    assert (polite["DOWNLOAD_TIMEOUT"], polite["DOWNLOAD_MAXSIZE"]) == (30, 16 * 2**20)
    assert polite["DOWNLOAD_VERIFY_CERTIFICATES"] is True
    for off in "COOKIES TELNETCONSOLE REMOTE_CONTROL HTTPCACHE REDIRECT RETRY".split():
        assert polite[f"{off}_ENABLED"] is False
    assert "GoodStanding/" in polite["USER_AGENT"]
    assert "tests@example.org" in polite["USER_AGENT"] and "Mozilla" not in polite["USER_AGENT"]
