"""Idempotency keys: a POST that is sent twice with the same key is done once, and answered twice.

As draft-ietf-httpapi-idempotency-key-header says: 422 where the key came with another request, 409
while the first is under way. Answers are kept for a day, those with a secret in them never.
"""

import hashlib
import re
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar

from fastapi import HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from data import replays
from data.replays import Kept, Repeatable
from service.given import the_desk, the_time
from service.workspace.caller import Caller, caller_of

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_SHAPE = re.compile(r"[\x21-\x7e]{1,200}")
_KEPT_HEADERS = ("content-type", "location", "etag")
_HIDDEN = "answer-not-kept"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
F = TypeVar("F", bound=Callable[..., Any])


def secret(route: F) -> F:
    """Marks a route whose answer holds a secret: it is done once, but its answer is not kept."""
    setattr(route, _HIDDEN, True)
    return route


class RepeatableRoute(APIRoute):
    """A route that honours Idempotency-Key where it is a POST and a key of a workspace asks."""

    def get_route_handler(self) -> Handler:
        """The route's own handler, or that with a memory."""
        handler = super().get_route_handler()
        if "POST" not in (self.methods or ()):
            return handler
        kept = not getattr(self.endpoint, _HIDDEN, False)

        async def remembering(request: Request) -> Response:
            said = request.headers.get(HEADER)
            if said is None:
                return await handler(request)
            return await _once(request, handler, said, kept)

        return remembering


async def _once(request: Request, handler: Handler, said: str, kept: bool) -> Response:
    """Do it, unless it was done before."""
    store, now = the_desk(request).store, _now(request)
    caller = await run_in_threadpool(caller_of, request, store, now)
    if caller is None:
        return await handler(request)  # which says that a key is needed
    one = await _repeatable(request, caller, said)

    def claimed() -> Kept | None:
        with store.brief() as db:
            return replays.claim(db, one, now)

    before = await run_in_threadpool(claimed)
    if before is not None:
        return _again(before)
    try:
        response = await handler(request)
    except BaseException:
        await run_in_threadpool(_drop, request, one)
        raise
    await run_in_threadpool(_settle, request, one, response, kept)
    return response


def _now(request: Request) -> datetime:
    given = request.app.dependency_overrides.get(the_time, the_time)
    now: datetime = given()
    return now


async def _repeatable(request: Request, caller: Caller, said: str) -> Repeatable:
    if not _SHAPE.fullmatch(said):
        raise HTTPException(422, f"{HEADER} is 1 to 200 visible letters, digits and signs.")
    asked = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    asked.update(await request.body())
    mine = hashlib.sha256(f"{caller.who} {said}".encode()).hexdigest()
    return Repeatable(caller.workspace_id, mine, asked.hexdigest())


def _again(kept: Kept) -> Response:
    """What to say to a request whose key came before."""
    if not kept.same:
        raise HTTPException(
            422, f"This {HEADER} came with another request before. Use a new one. Nothing was done."
        )
    if kept.status is None:
        said = "The first request with this key is under way. Ask again in a moment."
        raise HTTPException(409, said, {"Retry-After": "2"})
    if not kept.body and kept.headers.get(_HIDDEN):
        raise HTTPException(
            409,
            "This was done before, with an answer that is shown once. Nothing was done again. If "
            "that answer was lost, revoke what was made and make another, with a new key.",
        )
    return Response(kept.body, kept.status, {**kept.headers, REPLAYED: "true"})


def _drop(request: Request, one: Repeatable) -> None:
    with the_desk(request).store.begin() as db:
        replays.drop(db, one)


def _settle(request: Request, one: Repeatable, response: Response, kept: bool) -> None:
    """Keep what was answered; nothing of an answer that may be another next time."""
    body = getattr(response, "body", None)
    if response.status_code >= 400 or body is None:
        _drop(request, one)
        return
    found = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    answer = (found, bytes(body)) if kept else ({_HIDDEN: "1"}, b"")
    with the_desk(request).store.begin() as db:
        replays.settle(db, one, response.status_code, answer)
