"""The headers on every answer: safety in a browser, no search engines, and what limits are left."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.limit import Limit, Taken

SAFETY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer our own forms would come from "null"
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class RateHeaders:
    """An ASGI layer that tells on every answer to a counted request how many more may follow."""

    def __init__(self, app: ASGIApp, limit: Limit):
        """`limit` is that of whoever comes without a key."""
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers as an answer begins."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and (taken := self._taken(scope, state)):
                MutableHeaders(scope=message).update(taken.headers)
            await send(message)

        await self.app(scope, receive, told)

    def _taken(self, scope: Scope, state: dict[str, Taken | None]) -> Taken | None:
        if "taken" in state or scope["path"] != "/api/v1/lookup" or not scope.get("client"):
            return state.get("taken")
        return self.limit.look(scope["client"][0])  # the quick door counts without telling


class Heads:
    """An ASGI layer that answers HEAD where the API answers GET: the same, without the body."""

    def __init__(self, app: ASGIApp):
        """Pages answer for themselves."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask with GET, and keep the body back."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or not _for_programs(scope["path"]):
            await self.app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, bodiless)


def _for_programs(path: str) -> bool:
    return path.startswith("/api/") or path in ("/healthz", "/readyz", "/metrics")
