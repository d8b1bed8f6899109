"""Answers look-ups by number before the framework is asked: the same answer, in less time.

Whatever it does not answer (names, filters, errors, too many look-ups) goes on to the app, whose
route of the same address is the one that is documented. An answer is kept for a minute at most, as
long as nothing was written to the store and no date in it has passed; it says when it was made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from data.names import MAX_QUERY, looks_like_number
from data.store import StoreError
from service.answer import Answer, Query
from service.desk import Desk
from service.headers import SAFETY
from service.limit import Limit
from service.verify import QuestionError, lookup

PATH = "/api/v1/lookup"
_KEPT, _MOST = timedelta(minutes=1), 4096
_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SAFETY.items()]
_HEADERS += [(b"content-type", b"application/json"), (b"vary", b"Accept-Encoding")]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer given before."""

    version: object
    made: datetime
    until: datetime
    body: bytes


class QuickLookups:
    """An ASGI layer in front of the app."""

    def __init__(self, app: ASGIApp, desk: Desk, limit: Limit, clock: Callable[[], datetime]):
        """Answer from `desk` at the time of `clock`, as many a minute as `limit` allows."""
        self.app, self.desk, self.limit, self.clock = app, desk, limit, clock
        self.kept: dict[bytes, Kept] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the app answer."""
        mine = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET"
        mine = mine and not any(name == b"authorization" for name, _ in scope["headers"])
        body = self._body(scope) if mine else None
        if body is None:
            await self.app(scope, receive, send)
            return
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, length]})
        await send({"type": "http.response.body", "body": body})

    def _body(self, scope: Scope) -> bytes | None:
        """The answer as JSON, kept or made anew; None for what the app has to answer."""
        asked, now = scope["query_string"], self.clock()
        try:
            version = self.desk.store.version()
            kept = self.kept.get(asked)
            if kept and kept.version == version and kept.made <= now < kept.until:
                return None if self.limit.wait(_client(scope)) else kept.body
            answer = self._answer(scope, now)
        except (QuestionError, StoreError):
            return None  # the app says what is wrong
        if answer is None:
            return None
        body = answer.model_dump_json().encode()
        if version is not None:
            if len(self.kept) >= _MOST:
                self.kept.clear()
            self.kept[asked] = Kept(version, now, _until(answer, now), body)
        return body

    def _answer(self, scope: Scope, now: datetime) -> Answer | None:
        """The answer to a plain question about a number."""
        said = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        text = said.get("q", "")
        if not said.keys() <= {"q", "register"} or not 0 < len(text) <= MAX_QUERY:
            return None
        register = said.get("register") or None
        if register and register not in self.desk.catalogue.registers:
            return None
        if not looks_like_number(text):
            return None
        if self.limit.wait(_client(scope)):
            return None
        return lookup(self.desk, Query(text=text, register_id=register), now)


def _until(answer: Answer, now: datetime) -> datetime:
    """How long an answer may be given again: a minute, or until the first of its dates."""
    dates = [answer.valid_until, *(match.valid_until for match in answer.matches)]
    return min([now + _KEPT, *(one for one in dates if one)])


def _client(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""
