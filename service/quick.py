"""Answers look-ups by number before the framework is asked: the same answer, in less time.

Whatever it does not answer (names, filters, errors, too many look-ups) goes on to the app, whose
route of the same address is the one that is documented.
"""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from data.names import MAX_QUERY, looks_like_number
from data.store import StoreError
from service.answer import Query
from service.desk import Desk
from service.headers import SAFETY
from service.limit import Limit
from service.verify import QuestionError, lookup

PATH = "/api/v1/lookup"
_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SAFETY.items()]
_HEADERS += [(b"content-type", b"application/json"), (b"vary", b"Accept-Encoding")]


class QuickLookups:
    """An ASGI layer in front of the app."""

    def __init__(self, app: ASGIApp, desk: Desk, limit: Limit, clock: Callable[[], datetime]):
        """Answer from `desk` at the time of `clock`, as many a minute as `limit` allows."""
        self.app, self.desk, self.limit, self.clock = app, desk, limit, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the app answer."""
        mine = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET"
        body = self._answer(scope) if mine else None
        if body is None:
            await self.app(scope, receive, send)
            return
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, length]})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, scope: Scope) -> bytes | None:
        """The answer as JSON, or None for whatever is not a plain question about a number."""
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
        try:
            answer = lookup(self.desk, Query(text=text, register_id=register), self.clock())
        except (QuestionError, StoreError):
            return None  # the app says what is wrong
        return answer.model_dump_json().encode()


def _client(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""
