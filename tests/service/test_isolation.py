"""No workspace sees or changes another's: every route that needs one is walked, none is forgotten.

A new route of a workspace is walked by being there. Where its address names something of the
workspace, tests/service/clinics.py must know how to make one (OWNED); where it takes a body or a
form, a right one (BODIES). Without them the test fails and says so.
"""

import hashlib
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from config.settings import Settings
from config.vocabulary import Role, Scope
from data import apikeys, members, tenancy
from data.apikeys import NewKey, digest
from data.store import Store
from service.api import the_time
from service.app import create_app
from service.origin import same_origin
from service.workspace import signin
from service.workspace.caller import DOORS
from service.workspace.signin import FORMS
from tests.conftest import NOON
from tests.service.clinics import (
    BODIES,
    OWNED,
    PASSWORD,
    YEAR,
    Clinic,
    bearer,
    browser,
    open_clinic,
    routes,
    signed_in,
)

OURS = ("/api/v1/workspace", "/api/v1/audits", "/api/v1/watches", "/api/v1/changes", "/clinic")
FOR_EVERYBODY = {  # under OURS, and of no workspace yet
    *((method, "/clinic/sign-in") for method in ("GET", "HEAD", "POST")),
    *((method, "/clinic/password/{link}") for method in ("GET", "HEAD", "POST")),
}
Door = tuple[str, str]


def calls(dependant: Dependant) -> Iterator[Any]:
    """Everything a route depends on."""
    for one in dependant.dependencies:
        yield one.call
        yield from calls(one)


def doors() -> dict[Door, tuple[Scope | None, set[Any]]]:
    """(method, path) of every route: the scope it asks of a workspace, and all it depends on."""
    app = create_app(Settings(database_url="sqlite://"))
    found = {}
    for method, path, route in routes(app):
        needed = set(calls(route.dependant)) if isinstance(route, APIRoute) else set()
        scopes = [DOORS[one] for one in needed if one in DOORS]
        found[method, path] = (scopes[0] if scopes else None, needed)
    app.state.desk.store.close()
    return found


ALL = doors()
ROUTES = sorted(door for door, (scope, _) in ALL.items() if scope)
FORMED = [door for door in ROUTES if door[0] == "POST" and door[1].startswith("/clinic")]


class Two:
    """A service with two clinics."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.store: Store = client.app.state.desk.store  # type: ignore[attr-defined]
        names = [f"{word}{secrets.token_hex(4)}" for word in ("mine", "their")]
        self.mine, self.theirs = (open_clinic(self.store, name, NOON) for name in names)

    def ask(self, clinic: Clinic, door: Door, **names: str) -> Any:
        """As the clinic's owner, or its key that may do everything."""
        page = door[1].startswith("/clinic")
        return self.send(door, clinic.browser if page else clinic.auth, names)

    def send(self, door: Door, headers: dict[str, str], names: dict[str, str]) -> Any:
        method, path = door
        said: dict[str, Any] = BODIES.get(door, {})
        if path.startswith("/clinic"):
            cookie = headers.get("Cookie", "").partition("=")[2]
            body = (
                {"data": {"form": digest(f"form of {cookie}"), **said}} if method == "POST" else {}
            )
        else:
            body = {"json": said} if door in BODIES else {}
        return self.client.request(method, path.format(**names), headers=headers, **body)

    def make(self, clinic: Clinic, path: str) -> dict[str, str]:
        """What the address names, made anew in a clinic."""
        with self.store.begin() as db:
            return {name: OWNED[name](db, clinic.id, NOON) for name in named(path)}

    def held(self, clinic: Clinic) -> str:
        """A digest of everything that is a clinic's."""
        found = hashlib.sha256()
        with self.store.read() as db:
            for table in tenancy.owned():
                mine = tenancy._rows(table, sa.column("id") == clinic.id)
                rows = db.execute(sa.select(table).where(mine).order_by(*table.primary_key))
                found.update(repr([tuple(row) for row in rows]).encode())
        return found.hexdigest()


def named(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


@pytest.fixture(scope="module")
def client(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One service for all of them: each test opens clinics of its own."""
    home = tmp_path_factory.mktemp("isolation")
    shutil.copy(sqlite_template, home / "goodstanding.db")
    app = create_app(Settings(home=home, rate_limit=0, key_rate_limit=0))
    app.dependency_overrides[the_time] = lambda: NOON
    with TestClient(app, follow_redirects=False) as made:
        yield made


@pytest.fixture
def two(client: TestClient) -> Two:
    return Two(client)


def test_what_lies_under_our_addresses_needs_a_workspace() -> None:
    under = {door for door in ALL if door[1].startswith(OURS)}
    assert under - set(ROUTES) == FOR_EVERYBODY
    assert set(ROUTES) - under == set(), "routes of a workspace lie under one of OURS"
    assert len(ROUTES) >= 27


def test_every_form_is_proven_to_be_ours() -> None:
    posted = {door for door in ALL if door[0] == "POST" and not door[1].startswith("/api")}
    assert posted and all(same_origin in ALL[door][1] for door in posted)
    assert FORMED and all(ALL[door][1] & FORMS for door in FORMED)
    reading = [door for door in ROUTES if door[0] not in ("POST", "PATCH", "DELETE", "PUT")]
    assert not any(ALL[door][1] & FORMS for door in reading)


@pytest.mark.parametrize("door", ROUTES, ids=" ".join)
def test_whoever_is_nobody_is_told_to_sign_in_or_bring_a_key(two: Two, door: Door) -> None:
    """Nor does a cookie open the API, or a key the pages."""
    names = dict.fromkeys(named(door[1]), "x")
    wrong = two.mine.auth if door[1].startswith("/clinic") else two.mine.browser
    for headers in ({}, bearer("nonsense"), browser("nonsense" * 6), wrong):
        answer = two.send(door, headers, names)
        if door[1].startswith("/clinic"):
            assert (answer.status_code, answer.headers["location"]) == (303, "/clinic/sign-in")
        else:
            assert answer.status_code == 401 and answer.headers["www-authenticate"]


def without(page: str, ids: dict[str, str]) -> str:
    """A page without the ids of its own address, which its link to another language repeats."""
    for id_ in ids.values():
        page = page.replace(f"/{id_}/", "/-/").replace(f"/{id_}?", "/-?")
    return page


@pytest.mark.parametrize("door", ROUTES, ids=" ".join)
def test_what_is_anothers_does_not_exist(two: Two, door: Door, monkeypatch: Any) -> None:
    """Same status, same words, nothing changed; and it did exist, for whom it belongs to."""
    monkeypatch.setattr(signin, "right", lambda _kept, given: given == PASSWORD)
    missing = [name for name in named(door[1]) if name not in OWNED]
    assert not missing, f"tests/service/clinics.py: say in OWNED how to make {missing}"
    ids = two.make(two.mine, door[1])
    before = two.held(two.mine)
    answer = two.ask(two.theirs, door, **ids)
    assert answer.status_code != 422, "tests/service/clinics.py: put a right body into BODIES"
    if ids:
        others = {name: f"{id_[:4]}0" for name, id_ in ids.items()}
        nobodys = two.ask(two.theirs, door, **others)
        assert answer.status_code == nobodys.status_code == 404
        assert without(answer.text, ids) == without(nobodys.text, others)
    assert two.mine.name not in answer.text and two.mine.email not in answer.text
    assert two.held(two.mine) == before
    assert two.ask(two.mine, door, **ids).status_code in (200, 201, 204, 303)


@pytest.mark.parametrize("door", ROUTES, ids=" ".join)
def test_nobody_does_what_they_may_not(two: Two, door: Door) -> None:
    """A key of another scope, a person of another role: 403, and nothing is changed."""
    scope = ALL[door][0]
    assert scope
    ids = two.make(two.mine, door[1])
    headers = _reader(two) if door[1].startswith("/clinic") else _weak_key(two, scope)
    before = two.held(two.mine)
    answer = two.send(door, headers, ids)
    if door[1].startswith("/clinic") and scope in Role.READER.scopes:
        assert answer.status_code != 403
    else:
        assert answer.status_code == 403 and two.held(two.mine) == before


def _weak_key(two: Two, scope: Scope) -> dict[str, str]:
    new = NewKey("weak", frozenset(Scope) - {scope}, YEAR, "t")
    with two.store.begin() as db:
        return bearer(apikeys.make(db, two.mine.id, new, NOON)[1])


def _reader(two: Two) -> dict[str, str]:
    with two.store.begin() as db:
        members.add(db, two.mine.id, "reader@example.org", Role.READER, NOON)
        return browser(signed_in(db, two.mine.name, "reader@example.org", NOON))


@pytest.mark.parametrize("door", FORMED, ids=" ".join)
def test_a_form_that_is_not_ours_does_nothing(two: Two, door: Door) -> None:
    ids = two.make(two.mine, door[1])
    before = two.held(two.mine)
    path, said = door[1].format(**ids), BODIES.get(door, {})
    right = {"form": digest(f"form of {two.mine.cookie}"), **said}
    for form, origin in (
        (right, "https://evil.example"),
        (right, ""),
        (said, "http://testserver"),
        ({**said, "form": digest(f"form of {two.theirs.cookie}")}, "http://testserver"),
    ):
        headers = {**two.mine.browser, "Origin": origin}
        assert two.client.post(path, data=form, headers=headers).status_code == 403
    assert two.held(two.mine) == before
