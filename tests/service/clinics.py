"""Two workspaces with a key and an owner each, over one service: what isolation is tested with."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy.engine import Connection

from config.vocabulary import Role, Scope
from data import apikeys, audits, members, receivers, signins, uploads, watch_alerts, watches
from data.apikeys import NewKey
from data.audits import Head, Kept, Result
from data.store import Store
from data.uploads import Upload
from service.answer import PROFESSION

PASSWORD = "seven-quiet-otters"


@dataclass(frozen=True)
class Clinic:
    """A workspace, its key that may do everything, and its owner."""

    id: int
    name: str
    key: str
    owner: str
    email: str
    cookie: str  # of the owner, signed in

    @property
    def auth(self) -> dict[str, str]:
        return bearer(self.key)

    @property
    def browser(self) -> dict[str, str]:
        return browser(self.cookie)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def browser(cookie: str) -> dict[str, str]:
    """What a browser sends with a form of ours."""
    return {"Cookie": f"gs_session={cookie}", "Origin": "http://testserver"}


def open_clinic(store: Store, name: str, now: datetime) -> Clinic:
    """A workspace with a key and an owner."""
    email = f"owner@{name}.example"
    with store.begin() as db:
        id_ = members.create(db, name, f"Clinic {name}", now)
        _, key = apikeys.make(db, id_, NewKey(f"all of {name}", frozenset(Scope), YEAR, "t"), now)
        owner = members.add(db, id_, email, Role.OWNER, now)
        cookie = signed_in(db, name, email, now)
    return Clinic(id_, name, key, owner, email, cookie)


def signed_in(db: Connection, workspace: str, email: str, now: datetime) -> str:
    """The cookie of somebody who has just signed in."""
    person = signins.who_signs_in(db, workspace, email)
    assert person
    return signins.sign_in(db, person, timedelta(hours=12), now)


YEAR = timedelta(days=365)


def another_key(db: Connection, workspace_id: int, now: datetime) -> str:
    new = NewKey("another", frozenset({Scope.LOOKUP}), YEAR, "t")
    return apikeys.make(db, workspace_id, new, now)[0]


def another_person(db: Connection, workspace_id: int, now: datetime) -> str:
    email = f"{secrets.token_hex(4)}@clinic{workspace_id}.example"
    return members.add(db, workspace_id, email, Role.READER, now)


def another_watch(db: Connection, workspace_id: int, now: datetime) -> str:
    """A list of one person, with an alert, a receiver and a feed."""
    blank = watches.Head(
        0, workspace_id, "", secrets.token_hex(4), "x", "f", 1, now, "t", now, None
    )
    head = watches.create(db, blank)
    asked = dict.fromkeys(("number", "place", "register", "province", "clinic", "role"), "")
    asked |= {"name": "Oswin Corvantes", "profession": "massage therapist"}
    one = watches.Person("k", asked["name"], asked, (), watches.Settled(now, "not_found"))
    watches.add(db, head.id, [one], now)
    once = f"list {head.id}:deadline"
    low = watch_alerts.Severity.LOW
    watch_alerts.keep(
        db, [watch_alerts.Alert(head.id, workspace_id, once, "deadline_ahead", low)], now
    )
    receivers.add(db, head, ("email", f"{head.ref}@example.org"), "t", now)
    receivers.add_feed(db, head, "t", now)
    return head.ref


def newest_of(table: sa.Table, name: str) -> Callable[[Connection, int, datetime], str]:
    """That of the list which was made last: an address names the list first."""

    def found(db: Connection, workspace_id: int, _now: datetime) -> str:
        head = max(watches.heads(db, workspace_id), key=lambda one: one.id)
        return str(db.scalar(sa.select(table.c[name]).where(table.c.watch_id == head.id)))

    return found


def another_audit(db: Connection, workspace_id: int, now: datetime) -> str:
    """An audit of one row that is done, with a row to decide on."""
    head = Head(
        "t", now, "roster.csv", "0" * 64, "", ("name",), {"name": 0}, (), PROFESSION, None, 1, "1",
        workspace_id,
    )  # fmt: skip
    asked = dict.fromkeys(("number", "place", "province", "clinic", "role", "register"), "")
    asked |= {"name": "Ingrith Abelquist", "profession": PROFESSION}
    made = audits.create(db, head, [Kept(1, 2, ("Ingrith Abelquist",), asked, ())])
    audits.add_results(db, made, [Result(1, now, "not_found", reasons=("not_listed",))])
    audits.finish(db, made, [], now)
    return str(made)


def the_row(_db: Connection, _workspace_id: int, _now: datetime) -> str:
    return "1"


def another_upload(db: Connection, workspace_id: int, now: datetime) -> str:
    roster = Upload("t", "roster.csv", b"name,number\nIngrith Abelquist,A1001\n")
    return uploads.keep(db, workspace_id, roster, now)


# For every name in the address of a workspace's route: makes such a thing in a workspace.
OWNED: dict[str, Callable[[Connection, int, datetime], str]] = {
    "key": another_key,
    "person": another_person,
    "watch": another_watch,
    "alert": newest_of(watches.alert_table, "id"),
    "receiver": newest_of(watches.receiver_table, "ref"),
    "feed": newest_of(watches.feed_table, "ref"),
    "audit": another_audit,
    "row": the_row,
    "upload": another_upload,
}
# For every route of a workspace that takes a body: one that is right.
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("PATCH", "/api/v1/workspace"): {"log_days": 100},
    ("POST", "/api/v1/workspace/keys"): {"label": "new", "scopes": ["lookup"]},
    ("POST", "/api/v1/workspace/keys/{key}/rotate"): {},
    ("POST", "/api/v1/workspace/people"): {"email": "new@example.org"},
    ("PATCH", "/api/v1/workspace/people/{person}"): {"role": "reviewer"},
    ("POST", "/api/v1/watches"): {"name": "New", "people": [{"name": "Oswin Corvantes"}]},
    ("POST", "/api/v1/watches/{watch}/people"): {"people": [{"name": "Tamsin Twin"}]},
    ("POST", "/api/v1/watches/{watch}/alerts/{alert}/acknowledge"): {"why": "seen"},
    ("POST", "/api/v1/watches/{watch}/alerts/{alert}/reopen"): {"why": "not yet"},
    ("POST", "/api/v1/watches/{watch}/receivers"): {
        "channel": "email",
        "address": "desk@example.org",
    },
    ("POST", "/api/v1/audits"): {"rows": [{"name": "Ingrith Abelquist", "number": "A1001"}]},
    ("POST", "/api/v1/audits/{audit}/rows/{row}/decisions"): {"decision": "accepted", "why": "x"},
    ("POST", "/api/v1/audits/{audit}/sign-offs"): {"leave_open": True},
    ("POST", "/clinic/audits/new"): {"rows": "name,number\nIngrith Abelquist,A1001\n"},
    ("POST", "/clinic/audits/columns/{upload}"): {"name": "#1", "number": "#2"},
    ("POST", "/clinic/audits/{audit}/rows/{row}/decide"): {"decision": "accepted", "why": "x"},
    ("POST", "/clinic/audits/{audit}/sign-off"): {"action": "signed", "leave": "true"},
    ("POST", "/clinic/watches/new"): {"rows": "name,number\nIngrith Abelquist,A1001\n"},
    ("POST", "/clinic/watches/columns/{upload}"): {"name": "#1", "called": "New"},
    ("POST", "/clinic/watches/from/{audit}"): {"called": "New"},
    ("POST", "/clinic/watches/{watch}/newer"): {"rows": "name,number\nTamsin Twin,A1\n"},
    ("POST", "/clinic/watches/{watch}/newer/{upload}"): {"name": "#1", "number": "#2"},
    ("POST", "/clinic/watches/{watch}/alerts/{alert}/acknowledge"): {"why": "seen"},
    ("POST", "/clinic/watches/{watch}/alerts/{alert}/reopen"): {"why": "not yet"},
    ("POST", "/clinic/keys"): {"label": "new", "scope": "lookup"},
    ("POST", "/clinic/password"): {"old": PASSWORD, "password": "eight-quiet-otters"},
    ("POST", "/clinic/people"): {"email": "new@example.org", "role": "reader"},
    ("POST", "/clinic/people/{person}/role"): {"role": "reviewer"},
}


def routes(app: FastAPI) -> list[tuple[str, str, Any]]:
    """(method, path, route) of everything the app answers, mounted files aside."""
    return [
        (method, str(one.path), one.original_route)
        for one in iter_route_contexts(app.routes)
        for method in sorted(one.methods or ["any"])
        if one.path
    ]
