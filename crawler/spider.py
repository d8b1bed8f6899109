"""The one spider: lets Scrapy fetch what a sweep asks, one question at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from config.settings import Settings
from crawler.ask import Answer, Ask, CrawlError, Interrupted, Unreachable, Unreadable
from crawler.conditional import Conditional
from crawler.download import HANDLERS, Sink
from crawler.inbox import newest
from crawler.pace import BULK_BYTES, BULK_SECONDS, Stopped, scrapy_settings, too_large
from crawler.platforms import keeps_session
from crawler.platforms.bulk import INBOX
from crawler.sweep import Sweep

_HEARTBEAT = 20.0
_AT_ONCE = 100  # recorded answers read between two signs of life


class RegisterSpider(scrapy.Spider):
    """Drives a Sweep: each Ask becomes a request, each response an Answer."""

    name = "register"

    def __init__(self, sweep: Sweep, inbox: Path, progress: Callable[[Sweep], None]) -> None:
        """`progress` is called after every answer."""
        super().__init__()
        self.sweep, self.inbox, self.progress = sweep, inbox, progress
        self.recording = sweep.recording
        session = keeps_session(sweep.platform)  # what it says depends on more than the question
        staging = sweep.staging
        self.known = None if session else Conditional(staging.store, staging.register_id)
        self.sink = Sink(inbox.parent / "tmp" / f"{sweep.register.id}.part")
        self.steps = sweep.steps()
        self.crash: BaseException | None = None

    async def start(self) -> AsyncIterator[Any]:
        """The first question; the rest follow from the answers. Keeps the heartbeat meanwhile."""
        self.heart = asyncio.ensure_future(self._beat())
        for request in self._next(lambda: next(self.steps)):
            yield request

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT)
            try:
                self.sweep.staging.flush()
            except Exception as error:  # told after the crawl: a lost lease must stop the run
                self.crash = error
                return

    def _next(self, move: Callable[[], Ask]) -> list[Request]:
        """Move the sweep on and turn its question into a request; errors of ours end the crawl."""
        self.crash = self.crash or self.sink.error
        if self.crash:
            return []
        try:
            while True:
                ask = move()
                try:
                    if told := self._recorded(ask):
                        move = told
                        continue
                    return [self._request(ask)]
                except CrawlError as error:
                    move = self._thrower(error)
        except StopIteration:
            return []
        except Exception as error:
            self.crash = error
            return []

    def _recorded(self, ask: Ask) -> Callable[[], Ask] | None:
        """The answer that the interrupted run before us had to this question, if it had one."""
        answer = self.recording.answer(ask) if self.recording else None
        if answer is None:
            return None
        self.sweep.resumed += 1
        if self.sweep.resumed % _AT_ONCE == 0:
            self.sweep.staging.flush()  # the heartbeat: nothing else runs meanwhile
        return lambda: self.steps.send(answer)

    def _thrower(self, error: CrawlError) -> Callable[[], Ask]:
        return lambda: self.steps.throw(error)

    def _request(self, ask: Ask) -> Request:
        url = ask.url
        if url.startswith(f"{INBOX}:"):
            url = (
                newest(self.inbox / self.sweep.register.id, self.sweep.register).resolve().as_uri()
            )
        elif ask.bust:
            millis = int(self.sweep.clock().timestamp() * 1000)
            url += f"{'&' if urlsplit(url).query else '?'}{ask.bust}={millis}"
        meta: dict[str, Any] = {}
        if ask.stream:
            meta = {"download_maxsize": BULK_BYTES, "download_timeout": BULK_SECONDS}
            meta["sink"] = self.sink
        return Request(
            url,
            method=ask.method,
            body=ask.body,
            headers={**ask.headers, **(self.known.headers(ask) if self.known else {})},
            meta=meta,
            cb_kwargs={"ask": ask},
            callback=self.answered,
            errback=self.failed,
            dont_filter=True,
        )

    def answered(self, response: Response, ask: Ask) -> list[Request]:
        """A response came: hand it to the sweep, ask what it asks next."""
        headers = {
            name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
            for name, values in response.headers.items()
        }
        at: datetime = self.sweep.clock()
        if response.status == 304:
            return self._unmodified(ask, headers)
        answer = Answer(
            ask,
            response.url,
            response.status,
            headers,
            response.body,
            at,
            response.meta.get("path"),
        )
        self.progress(self.sweep)
        return self._next(lambda: self.steps.send(answer))

    def _unmodified(self, ask: Ask, headers: dict[str, str]) -> list[Request]:
        """Nothing new: the answer we keep is one of this moment; or ask again without condition."""
        at = self.sweep.clock()
        conditional = self.known is not None and ask.question in self.known.marks
        kept = self.known.answer(ask, headers, at, self.sink.path) if self.known else None
        if kept is None and conditional:  # once only: the mark it was asked with is gone now
            return self._next(lambda: ask)
        self.progress(self.sweep)
        if kept is None:
            words = "The register says that nothing was modified, and was not asked that."
            return self._next(self._thrower(Unreadable(words, ask.url)))
        return self._next(lambda: self.steps.send(kept))

    def failed(self, failure: Failure) -> list[Request]:
        """No response: tell the sweep why, ask what it asks next."""
        error = failure.value
        if isinstance(error, Stopped):
            told = error.error
        elif isinstance(error, IgnoreRequest):  # Scrapy's unpacking stopped at the limit
            told = too_large(failure.request)  # type: ignore[attr-defined]
        else:
            told = Unreachable(f"The request failed: {type(error).__name__}.")
        return self._next(self._thrower(told))

    def closed(self, reason: str) -> None:
        """The crawl is over, whatever Scrapy calls it."""
        self.heart.cancel()
        self.sink.remove()
        if reason != "finished" and self.crash is None:
            self.crash = Interrupted(f"The crawl was stopped ({reason}).")


def crawl(sweep: Sweep, settings: Settings, delay: float, progress: Callable[[Sweep], None]) -> int:
    """Run the sweep with Scrapy in this process, once; the number of requests it took.

    Raises whatever broke on our side.
    """
    cookies = keeps_session(sweep.platform)
    process = AsyncCrawlerProcess(scrapy_settings(settings, delay, cookies) | HANDLERS)
    crawler = process.create_crawler(RegisterSpider)
    process.crawl(crawler, sweep=sweep, inbox=settings.inbox, progress=progress)
    process.start()
    spider: Any = crawler.spider
    if spider is None:
        raise RuntimeError("Scrapy did not start")
    if spider.crash:
        raise spider.crash
    requests: int = crawler.stats.get_value("downloader/request_count", 0) if crawler.stats else 0
    return requests
