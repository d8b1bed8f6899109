"""Builds the app: routes, errors as problem+json, headers, limits. Nothing is decided here."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from config.jurisdiction import Coverage
from config.register import Catalogue, UnknownRegister
from config.settings import Settings
from data.accesslog import Access
from data.store import Store, StoreError
from data.upkeep import tidy
from service import api, changes_api, log, pages, visitor
from service.asking import memory_of
from service.audit import api as audit_api
from service.audit import pages as audit_pages
from service.audit.background import SECONDS as BETWEEN_AUDITS
from service.audit.background import Auditor
from service.audit.review import MOST_UPLOADED, UPLOADS
from service.calm import calm
from service.desk import Desk
from service.given import the_time
from service.headers import SAFETY, Heads, RateHeaders
from service.language import say, speaking
from service.limit import Limit, LiveLimit
from service.openapi import describe
from service.problems import problem
from service.quick import QuickLookups
from service.shown import keeping, warm
from service.verify import QuestionError
from service.watch import api as watch_api
from service.watch import feeds, roster_pages, told_api
from service.watch import pages as watch_pages
from service.workspace import api as workspace_api
from service.workspace import pages as workspace_pages
from service.workspace.caller import Caller
from service.workspace.ledger import SECONDS, Ledger
from service.workspace.signin import SignInFirst

MAX_BODY = 64 * 1024
_ROUTES = (
    *(api, changes_api, workspace_api, workspace_pages, audit_api, audit_pages),
    *(watch_api, told_api, feeds, roster_pages, watch_pages, pages),
)


def create_app(
    settings: Settings | None = None, clock: Callable[[], float] = time.monotonic
) -> FastAPI:
    """The service over the store that the settings name; `clock` drives the rate limit."""
    settings = settings or Settings()
    desk = Desk(
        Store.of(settings), Catalogue(settings.registers, settings.enable), Coverage(), settings
    )

    app = FastAPI(
        title="Good Standing",
        description="Whether a massage therapist is authorised to practise, on the word of the "
        "official public register, with the date that register was last read.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=_serving,
    )
    app.state.desk = desk
    app.state.ledger = Ledger(desk.store)
    app.state.limit = Limit(settings.rate_limit, clock)
    app.state.key_limit = Limit(settings.key_rate_limit, clock, "key")
    app.state.live_limit = LiveLimit(memory_of(desk), settings.live_limit)
    for routes in _ROUTES:
        app.include_router(routes.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.middleware("http")(_guard)
    app.add_middleware(QuickLookups, desk=desk, limit=app.state.limit, clock=clock_of(app))
    app.add_middleware(RateHeaders, limit=app.state.limit)
    app.add_middleware(Heads)
    describe(app)
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    return app


@asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[None]:
    """What goes on beside the answers, from the first to the last of them."""
    desk: Desk = app.state.desk
    auditor = Auditor(desk, clock_of(app))
    tasks = [
        asyncio.create_task(task)
        for task in (_forget(desk), _prune(app), _write_down(app), _audit(auditor))
    ]
    warm()
    log.setup(desk.settings.log)  # also in the further processes of --workers
    with calm():
        yield
    for task in tasks:
        task.cancel()
    await asyncio.to_thread(auditor.close)
    app.state.ledger.flush(clock_of(app)())
    desk.store.close()


def clock_of(app: FastAPI) -> Callable[[], datetime]:
    """The clock of the routes, which a test may have put in place of ours."""

    def now() -> datetime:
        told: datetime = app.dependency_overrides.get(the_time, the_time)()
        return told

    return now


async def _forget(desk: Desk) -> None:
    """Every minute: no answer to a live question outlives its minutes."""
    while True:
        with suppress(StoreError):  # look-ups say so; the next minute tries again
            await asyncio.to_thread(memory_of(desk).forget, datetime.now(UTC))
        await asyncio.sleep(60)


async def _prune(app: FastAPI) -> None:
    """Every hour: nothing of a workspace outlives the time that it says."""
    while True:
        with suppress(StoreError):
            await asyncio.to_thread(tidy, app.state.desk.store, clock_of(app)())
        await asyncio.sleep(3600)


async def _write_down(app: FastAPI) -> None:
    """Every few seconds: what the ledger holds goes into the store."""
    while True:
        await asyncio.sleep(SECONDS)
        await asyncio.to_thread(app.state.ledger.flush, clock_of(app)())


async def _audit(auditor: Auditor) -> None:
    """Twice a second: rosters that wait are judged, as far as there is room."""
    while True:
        with suppress(StoreError):
            await asyncio.to_thread(auditor.begin_what_waits)
        await asyncio.sleep(BETWEEN_AUDITS)


def run(host: str, port: int, workers: int) -> None:
    """Serve until stopped. No access log of the server's: searched names must not reach any log."""
    uvicorn.run(
        "service.app:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        log_config=None,
        server_header=False,
    )


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Pages speak the reader's language; programs are spoken to in English."""
    with speaking(visitor.language_of(request)):
        response = await _guarded(request, call_next)
        if visitor.wants_page(request):
            visitor.mark_language(request, response)
    return response


async def _guarded(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Refuse large bodies before reading them, and put the safety headers on every answer."""
    began = time.monotonic()
    length = request.headers.get("content-length", "0")
    response: Response
    if "transfer-encoding" in request.headers:
        said = say("Say how long the body is; do not send it in chunks.")
        response = _told(request, 411, "Length required", said)
    elif not length.isdecimal() or int(length[:12]) > _most(request):
        said = say("The body may hold at most %(most)s bytes.", most=_most(request))
        response = _told(request, 413, "Too large", said)
    else:
        response = await call_next(request)
    if request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = keeping(request.url.path, request.url.query)
    for name, value in SAFETY.items():
        response.headers.setdefault(name, value)
    _log(request, response, time.monotonic() - began)
    _note(request, response)
    return response


def _most(request: Request) -> int:
    """How many bytes a body may have: rosters are larger than anything else that is sent."""
    method, path = request.method, request.url.path
    large = (method, path) in UPLOADS or watch_api.takes_roster(method, path)
    return MOST_UPLOADED if large else MAX_BODY


def _note(request: Request, response: Response) -> None:
    """A line in the access log for every request that somebody of a workspace was answered."""
    state = request.state
    caller: Caller | None = getattr(state, "caller", None)
    if caller is None or response.status_code >= 400:
        return
    route = getattr(request.scope.get("route"), "path", "none")
    request.app.state.ledger.note(
        Access(
            caller.workspace_id,
            clock_of(request.app)(),
            caller.who,
            f"{request.method} {route}"[:100],
            getattr(state, "subject", ""),
            getattr(state, "shown", 0),
        )
    )


def _log(request: Request, response: Response, seconds: float) -> None:
    """A line for every request: the route's own pattern, never what was asked."""
    route = getattr(request.scope.get("route"), "path", "none")
    log.event(
        "request",
        level=logging.DEBUG,
        method=request.method if request.method in ("GET", "HEAD", "POST") else "other",
        route=route,
        status=response.status_code,
        millis=round(seconds * 1000, 1),
    )


def _told(request: Request, status: int, title: str, detail: str, headers: Any = None) -> Response:
    """An error as whoever asks can read it: a page for people, a problem for programs."""
    if visitor.wants_page(request):
        return visitor.error_page(request, status, detail, headers)
    return problem(status, title, detail, headers)


async def _http(request: Request, error: Any) -> Response:
    said, headers = str(error.detail), error.headers
    if error.status_code == 405:
        headers = {**(headers or {}), "Allow": ", ".join(_allowed(request))}
    return _told(request, error.status_code, HTTPStatus(error.status_code).phrase, said, headers)


def _allowed(request: Request) -> list[str]:
    """Every method this address knows; the framework names those of its first route only."""
    found: set[str] = set()
    for one in iter_route_contexts(request.app.routes):
        route = one.original_route
        if isinstance(route, APIRoute) and route.path_regex.match(request.url.path):
            found |= route.methods or set()
    return sorted(found | ({"HEAD"} if "GET" in found else set()))


async def _invalid(request: Request, error: Any) -> Response:
    if visitor.wants_page(request):
        return visitor.error_page(request, 422, say("The question cannot be read."))
    errors = [{"loc": list(map(str, e["loc"])), "msg": e["msg"]} for e in error.errors()]
    return problem(422, "The question cannot be read", errors=errors)


async def _question(request: Request, error: Any) -> Response:
    return _told(request, 422, "The question cannot be answered", str(error))


async def _unknown(request: Request, error: Any) -> Response:
    said = say("No register is known here by that name.") if visitor.wants_page(request) else error
    return _told(request, 404, "Unknown register", str(said))


async def _store(request: Request, _error: Any) -> Response:
    said = say(
        "The store cannot be read right now, so nothing can be confirmed. Try again shortly."
    )
    return _told(request, 503, "Store trouble", said, {"Retry-After": "30"})


async def _broken(request: Request, _error: Any) -> Response:
    with speaking(visitor.language_of(request)):  # outside of `_guard`
        return _mistake(request)


def _mistake(request: Request) -> Response:
    said = say("Something broke on our side, so nothing can be confirmed. Nothing was changed.")
    return _told(request, 500, "Our mistake", said)


async def _sign_in_first(_request: Request, _error: Any) -> Response:
    return RedirectResponse("/clinic/sign-in", 303)


_HANDLERS: dict[type[Exception], Any] = {
    HTTPException: _http,
    SignInFirst: _sign_in_first,
    RequestValidationError: _invalid,
    QuestionError: _question,
    UnknownRegister: _unknown,
    StoreError: _store,
    Exception: _broken,
}
