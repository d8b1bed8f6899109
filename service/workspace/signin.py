"""People sign in: a cookie for a browser, throttled, and proof that a form was ours."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Form, HTTPException, Request, Response

from config.settings import Settings
from config.vocabulary import Scope
from data import accesslog, signins
from data.accesslog import Access
from data.apikeys import digest
from data.signins import WINDOW, Person
from data.store import Store
from service.desk import Desk
from service.given import AtDesk, Now
from service.language import N_, say
from service.origin import same_origin
from service.workspace.caller import DOORS, Caller
from service.workspace.ledger import Ledger
from service.workspace.passwords import right

AT_ACCOUNT, AT_ADDRESS = 10, 100  # tries within WINDOW
FORMS: set[Callable[..., object]] = set()  # what proves that a form was ours; tests look for it
TOO_OLD = N_("This form is too old. Go back and reload the page.")
_MINUTE = timedelta(minutes=1)


class SignInFirst(Exception):
    """A page of a workspace was asked for by somebody who is not signed in."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody typed to sign in."""

    workspace: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in, what they may do, and what their forms must carry."""

    caller: Caller
    person: Person
    form: str

    def may(self, scope: Scope) -> bool:
        """Whether their role lets them do this."""
        return scope in self.caller.scopes


def sign_in(desk: Desk, said: Credentials, address: str, now: datetime) -> str | None:
    """The secret for the cookie; None where workspace, address and password are not right.

    Tries are counted before the password is looked at, for accounts that do not exist too. Raises
    429 past the limit.
    """
    count_try(desk.store, (f"address {address}", AT_ADDRESS), now)
    person = check_password(desk.store, said, now)
    if person is None:
        return None
    with desk.store.brief() as db:
        lasts = timedelta(hours=desk.settings.session_hours)
        line = Access(person["workspace_id"], now, f"person:{person['ref']}", "sign in")
        accesslog.append(db, [line])
        return signins.sign_in(db, person, lasts, now)


def check_password(store: Store, said: Credentials, now: datetime) -> dict[str, Any] | None:
    """Who this is; None where it is not their password. Raises 429 past the limit of tries."""
    account = f"account {said.workspace.strip().lower()}/{said.email.strip().lower()}"
    count_try(store, (account, AT_ACCOUNT), now)
    with store.read() as db:
        person = signins.who_signs_in(db, said.workspace, said.email)
    if not right(person["password"] if person else "", said.password) or person is None:
        return None
    with store.brief() as db:
        signins.forgive(db, account)
    return person


def count_try(store: Store, at: tuple[str, int], now: datetime) -> None:
    """Count a try at something, before it is looked at; raises 429 where it had its most."""
    subject, most = at
    with store.brief() as db:
        enough = signins.failed(db, subject, now) < most
        if enough:
            signins.fail(db, subject, now)
    if not enough:
        minutes = int(WINDOW.total_seconds() / 60)
        told = say("Too many tries. Wait %(minutes)s minutes.", minutes=minutes)
        raise HTTPException(429, told, {"Retry-After": str(minutes * 60)})


def cookie_name(request: Request) -> str:
    """Over TLS the browser itself keeps the cookie to this host."""
    return "__Host-gs_session" if request.url.scheme == "https" else "gs_session"


def give_cookie(request: Request, response: Response, secret: str) -> None:
    """Let the browser keep the secret, out of reach of scripts and other sites."""
    secure = request.url.scheme == "https"
    response.set_cookie(
        cookie_name(request), secret, httponly=True, samesite="lax", secure=secure, path="/"
    )


def take_cookie(request: Request, response: Response) -> None:
    """Let the browser forget it."""
    secure = request.url.scheme == "https"
    response.delete_cookie(
        cookie_name(request), httponly=True, samesite="lax", secure=secure, path="/"
    )


def visitor_of(request: Request, store: Store, settings: Settings, now: datetime) -> Visitor | None:
    """Who the cookie of a request is; None where there is none, or it is not good any more."""
    secret = request.cookies.get(cookie_name(request), "")
    if not 20 <= len(secret) <= 100:
        return None
    with store.read() as db:
        idle = timedelta(minutes=settings.session_minutes)
        person = signins.signed_in(db, secret, idle, now)
    if person is None:
        return None
    if person.seen_at < now - _MINUTE:
        ledger: Ledger = request.app.state.ledger
        ledger.sign_in_used(digest(secret))
    caller = Caller(person.workspace_id, f"person:{person.ref}", person.role.scopes)
    request.state.caller = caller
    return Visitor(caller, person, _form_secret(secret))


def _form_secret(secret: str) -> str:
    """What a form of ours carries: of this sign-in, and no way back to it."""
    return digest(f"form of {secret}")


def signed_in(scope: Scope) -> Callable[..., Visitor]:
    """A page of a workspace: who reads it, in a role that may. Raises SignInFirst, or 403."""

    def visitor(request: Request, desk: AtDesk, now: Now) -> Visitor:
        found = visitor_of(request, desk.store, desk.settings, now)
        if found is None:
            raise SignInFirst
        found.caller.must(scope)
        return found

    DOORS[visitor] = scope
    return visitor


def posted(scope: Scope) -> Callable[..., Visitor]:
    """A form of a workspace: as `signed_in`, and sent by the page we gave them. Raises 403."""
    here = signed_in(scope)

    def visitor(
        found: Annotated[Visitor, Depends(here)],
        _ours: Annotated[None, Depends(same_origin)],
        form: Annotated[str, Form(max_length=100)] = "",
    ) -> Visitor:
        if not hmac.compare_digest(form.encode(), found.form.encode()):
            raise HTTPException(403, say(TOO_OLD))
        return found

    FORMS.add(visitor)
    return visitor


Reads = Annotated[Visitor, Depends(signed_in(Scope.AUDITS_READ))]
Owns = Annotated[Visitor, Depends(signed_in(Scope.ADMIN))]
ReadsForm = Annotated[Visitor, Depends(posted(Scope.AUDITS_READ))]
OwnsForm = Annotated[Visitor, Depends(posted(Scope.ADMIN))]
