"""No workspace sees or changes another's: every route that needs one is walked, none is forgotten.

A new route of a workspace is walked by being there. Where its address names something of the
workspace, tests/service/clinics.py must know how to make one (OWNED); where it takes a body, a
right one (BODIES). Without them the test fails and says so.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from config.register import Register
from config.settings import Settings
from data import tenancy
from data.store import Store
from service.api import the_time
from service.app import create_app
from service.caller import DOORS
from tests.conftest import NOON, Clock
from tests.service.clinics import BODIES, OWNED, Clinic, open_clinic, routes
from tests.service.conftest import fill, frozen

OURS = ("/api/v1/workspace", "/api/v1/audits", "/api/v1/watches", "/clinic")
FOR_EVERYBODY: set[tuple[str, str]] = set()  # under OURS, and of no workspace


def calls(dependant: Dependant) -> Iterator[Any]:
    """Everything a route depends on."""
    for one in dependant.dependencies:
        yield one.call
        yield from calls(one)


def doors() -> list[tuple[str, str]]:
    """(method, path) of every route that needs a workspace."""
    app = create_app(Settings(database_url="sqlite://"))
    found = [
        (method, path)
        for method, path, route in routes(app)
        if isinstance(route, APIRoute) and any(call in DOORS for call in calls(route.dependant))
    ]
    app.state.desk.store.close()
    return sorted(found)


ROUTES = doors()


class Two:
    """A service with two clinics."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        app = create_app(settings.model_copy(update={"key_rate_limit": 0}))
        app.dependency_overrides[the_time] = lambda: frozen(clock)
        self.client = TestClient(app)
        self.store: Store = app.state.desk.store
        self.mine = open_clinic(self.store, "minehead", NOON)
        self.theirs = open_clinic(self.store, "theirham", NOON)

    def ask(self, clinic: Clinic, door: tuple[str, str], **names: str) -> Any:
        method, path = door
        body = {"json": BODIES[door]} if door in BODIES else {}
        return self.client.request(method, path.format(**names), headers=clinic.auth, **body)

    def make(self, clinic: Clinic, path: str) -> dict[str, str]:
        """What the address names, made anew in a clinic."""
        with self.store.begin() as db:
            return {name: OWNED[name](db, clinic.id, NOON) for name in named(path)}

    def held(self, clinic: Clinic) -> str:
        """A digest of everything that is a clinic's."""
        digest = hashlib.sha256()
        with self.store.read() as db:
            for table in tenancy.owned():
                mine = tenancy._rows(table, sa.column("id") == clinic.id)
                rows = db.execute(sa.select(table).where(mine).order_by(*table.primary_key))
                digest.update(repr([tuple(row) for row in rows]).encode())
        return digest.hexdigest()


def named(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


@pytest.fixture
def two(home: Settings, ontario: Register, clock: Clock) -> Iterator[Two]:
    fill(home, ontario, clock)
    made = Two(home, clock)
    with made.client:
        yield made


def test_what_lies_under_our_addresses_needs_a_workspace(two: Two) -> None:
    app: Any = two.client.app
    under = {(method, path) for method, path, _ in routes(app) if path.startswith(OURS)}
    assert under - set(ROUTES) == FOR_EVERYBODY
    assert set(ROUTES) - under == set(), "routes of a workspace lie under one of OURS"
    assert len(ROUTES) >= 11


@pytest.mark.parametrize("door", ROUTES, ids=" ".join)
def test_whoever_has_no_key_is_told_to_bring_one(two: Two, door: tuple[str, str]) -> None:
    path = door[1].format(**dict.fromkeys(named(door[1]), "x"))
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Cookie": two.mine.key}):
        answer = two.client.request(door[0], path, headers=headers, json=BODIES.get(door))
        assert answer.status_code == 401 and answer.headers["www-authenticate"]


@pytest.mark.parametrize("door", ROUTES, ids=" ".join)
def test_what_is_anothers_does_not_exist(two: Two, door: tuple[str, str]) -> None:
    """Same status, same words, nothing changed; and it did exist, for whom it belongs to."""
    missing = [name for name in named(door[1]) if name not in OWNED]
    assert not missing, f"tests/service/clinics.py: say in OWNED how to make {missing}"
    ids = two.make(two.mine, door[1])
    before = two.held(two.mine)
    answer = two.ask(two.theirs, door, **ids)
    assert answer.status_code != 422, "tests/service/clinics.py: put a right body into BODIES"
    if ids:
        nobodys = two.ask(two.theirs, door, **{name: f"{id_[:4]}0" for name, id_ in ids.items()})
        assert answer.status_code == nobodys.status_code == 404
        assert answer.json() == nobodys.json()
    assert two.mine.name not in answer.text and two.mine.email not in answer.text
    assert two.held(two.mine) == before
    assert two.ask(two.mine, door, **ids).status_code < 300


@pytest.mark.parametrize("door", ROUTES, ids=" ".join)
def test_a_key_must_have_the_scope(two: Two, door: tuple[str, str]) -> None:
    two.ask(two.mine, ("PATCH", "/api/v1/workspace"))
    made = two.client.post(
        "/api/v1/workspace/keys", json={"label": "x", "scopes": ["lookup"]}, headers=two.mine.auth
    ).json()
    ids = two.make(two.mine, door[1])
    before = two.held(two.mine)
    answer = two.client.request(
        door[0],
        door[1].format(**ids),
        headers={"Authorization": f"Bearer {made['key']}"},
        json=BODIES.get(door),
    )
    assert answer.status_code == 403 and "permission" in answer.json()["detail"]
    assert two.held(two.mine) == before
