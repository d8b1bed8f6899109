"""Who asks with an API key, and what it may do. Keys come in the Authorization header only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from config.vocabulary import Scope
from data import apikeys
from data.store import Store
from service.given import AtDesk, Now
from service.language import say
from service.limit import limited
from service.workspace.ledger import Ledger

_MINUTE = timedelta(minutes=1)
_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    bearerFormat="gs_live_…",
    description="An API key of a workspace (`goodstanding workspace keys`).",
)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, of which workspace, and what they may do."""

    workspace_id: int
    who: str
    scopes: frozenset[Scope]

    def must(self, scope: Scope) -> None:
        """Raise 403 unless they may do this."""
        if scope not in self.scopes:
            said = say(
                "This needs the permission “%(scope)s”. Nothing was done.", scope=scope.value
            )
            raise HTTPException(403, said)


def caller_of(request: Request, store: Store, now: datetime) -> Caller | None:
    """Whose key came with a request; None where none came. Raises 401 for one that is not good."""
    said = request.headers.get("authorization")
    if said is None:
        return None
    kind, _, key = said.partition(" ")
    known = None
    if kind.lower() == "bearer":
        with store.read() as db:
            known = apikeys.find(db, key.strip(), now)
    if known is None:
        limited(request)  # guesses count as look-ups of the address
        raise _unauthorised("This is no key of ours, or it has expired or was revoked.")
    if known.last_used_at is None or known.last_used_at < now - _MINUTE:
        ledger: Ledger = request.app.state.ledger
        ledger.key_used(known.ref)
    caller = Caller(known.workspace_id, f"key:{known.ref}", known.scopes)
    request.state.caller = caller
    return caller


def _unauthorised(said: str) -> HTTPException:
    return HTTPException(401, said, {"WWW-Authenticate": 'Bearer realm="goodstanding"'})


DOORS: dict[Callable[..., object], Scope] = {}  # what asks for a workspace; tests walk them all


def needs(scope: Scope) -> Callable[..., Caller]:
    """A route of a workspace: who asks, with a key that may do this. Raises 401, 403 or 429."""

    def caller(request: Request, desk: AtDesk, now: Now, _said: Bearer) -> Caller:
        found = caller_of(request, desk.store, now)
        if found is None:
            limited(request)
            raise _unauthorised("Send a key: Authorization: Bearer gs_live_…")
        limited(request)
        found.must(scope)
        return found

    DOORS[caller] = scope
    return caller


def may(scope: Scope) -> Callable[..., Caller | None]:
    """A route for everybody; a key that comes with the request must be good, and may do this."""

    def caller(request: Request, desk: AtDesk, now: Now, _said: Bearer) -> Caller | None:
        found = caller_of(request, desk.store, now)
        if found:
            found.must(scope)
        return found

    return caller


def shown(request: Request, count: int, subject: str = "") -> None:
    """For the access log: how many people or rows this answer shows, and which of our ids it is."""
    request.state.shown, request.state.subject = count, subject


Admin = Annotated[Caller, Depends(needs(Scope.ADMIN))]
AuditsRead = Annotated[Caller, Depends(needs(Scope.AUDITS_READ))]
AuditsWrite = Annotated[Caller, Depends(needs(Scope.AUDITS_WRITE))]
WatchesRead = Annotated[Caller, Depends(needs(Scope.WATCHES_READ))]
WatchesWrite = Annotated[Caller, Depends(needs(Scope.WATCHES_WRITE))]
