"""Drives a sweep against a stand-in without a network, as spider and re-check do with one."""

from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import sqlalchemy as sa

from config.register import Register
from config.vocabulary import RunState
from crawler.ask import Answer, Ask, CrawlError, Unreachable
from crawler.platforms import PLATFORMS
from crawler.standin import Reply, Request, Standin
from crawler.sweep import Sweep
from data.evidence import Archive
from data.ingest import finish
from data.run import lease
from data.staging import Staging
from data.store import Store
from tests.conftest import Clock
from tests.data.nights import Nights

Replies = Callable[[Ask], Answer]


def drive(sweep: Sweep, replies: Replies) -> None:
    """Answer every question of a sweep; an error of `replies` is thrown into it."""
    steps = sweep.steps()
    move: Callable[[], Ask] = lambda: next(steps)  # noqa: E731
    while True:
        try:
            ask = move()
        except StopIteration:
            return
        try:
            answer = replies(ask)
            move = lambda: steps.send(answer)  # noqa: B023, E731
        except CrawlError as error:
            told = error
            move = lambda: steps.throw(told)  # noqa: B023, E731


def is_list(request: Request, status: str = "Current") -> bool:
    return request.query.get("registrationStatus") == status


def is_detail(request: Request) -> bool:
    return request.path.endswith("/get/")


class Crawl(Nights):
    """Nights of a Thentia register whose answers come from a stand-in."""

    def __init__(self, store: Store, register: Register, clock: Clock, standin: Standin) -> None:
        super().__init__(store, register, clock)
        self.standin = standin
        self.sweep: Sweep

    def reply(self, ask: Ask) -> Answer:
        parts = urlsplit(ask.url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        reply = self.standin.answer(Request(0.0, ask.method, parts.path, query, {}))
        if reply is None:
            raise Unreachable("Connection lost.", ask.url)
        body = reply.body if reply.cut is None else reply.body[: reply.cut]
        return Answer(ask, ask.url, reply.status, reply.headers, body, self.clock())

    def night(self, replies: Replies | None = None, full: bool = False) -> sa.RowMapping:
        """A whole run a day later; its row."""
        now = self.clock.forward(days=1)
        self.standin.requests.clear()
        with lease(self.store, self.register.id, "loopback", now) as run_id:
            staging = Staging(self.store, self.register.id, run_id, self.clock)
            platform = PLATFORMS[self.register.platform]
            with closing(Archive(self.store.evidence, self.register.id, run_id)) as archive:
                self.sweep = Sweep(platform, self.register, staging, archive, full)
                self.sweep.night.source, self.sweep.night.bounded = "loopback", False
                drive(self.sweep, replies or self.reply)
            finish(self.store, self.register, run_id, self.sweep.outcome(), now)
        return self.row(run_id)

    def good_night(self, **how: Any) -> sa.RowMapping:
        row = self.night(**how)
        assert row["state"] is RunState.ACCEPTED, self.issues(row["id"])
        return row

    def asked(self, wanted: Callable[[Request], bool]) -> list[Request]:
        return [request for request in self.standin.requests if wanted(request)]

    def tamper(self, wanted: Callable[[Request], bool], change: Callable[[Reply], Any]) -> None:
        """Let `change` spoil the replies to `wanted` requests."""
        self.standin.tamper = lambda request, honest: change(honest) if wanted(request) else honest
