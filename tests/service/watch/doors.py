"""A service with a clinic and the nights of its register, asked by key or by browser."""

import secrets
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient

from config.register import Register
from config.settings import Settings
from data.store import Store
from service.api import the_time
from service.app import create_app
from service.workspace.signin import _form_secret
from tests.conftest import Clock
from tests.data.nights import Nights, people
from tests.service.clinics import Clinic, browser, open_clinic, signed_in
from tests.service.conftest import frozen

CROWD = people(60)
PEOPLE = [{"name": one.name.full, "number": one.number} for one in CROWD[:3]]


@dataclass
class Door:
    """A service with a clinic, and the nights of its register."""

    client: TestClient
    clinic: Clinic
    nights: Nights

    @classmethod
    def over(cls, home: Settings, register: Register, clock: Clock) -> "Door":
        """The service after one accepted night of everybody."""
        app = create_app(home.model_copy(update={"key_rate_limit": 0}))
        app.dependency_overrides[the_time] = lambda: frozen(clock)
        store: Store = app.state.desk.store
        nights = Nights(store, register, clock)
        nights.accept(CROWD)
        clinic = open_clinic(store, f"c{secrets.token_hex(4)}", clock())
        return cls(TestClient(app, follow_redirects=False), clinic, nights)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        said = {**self.clinic.auth, **headers}
        there = f"/api/v1/watches{path}"
        return self.client.request(method, there, json=body, headers=said)

    def make(self, **more: Any) -> str:
        made = self.ask("POST", "", {"name": "Front desk", "people": PEOPLE, **more})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def signed_in(self, email: str = "") -> str:
        """The cookie of the owner, or of somebody else, who has just signed in."""
        with self.nights.store.begin() as db:
            email = email or self.clinic.email
            return signed_in(db, self.clinic.name, email, self.nights.clock.at)

    def page(self, path: str, email: str = "", **query: str) -> Any:
        headers = browser(self.signed_in(email))
        return self.client.get(f"/clinic{path}", headers=headers, params=query)

    def post(self, path: str, **data: str) -> Any:
        cookie = self.signed_in()
        data |= {"form": _form_secret(cookie)}
        return self.client.post(f"/clinic{path}", headers=browser(cookie), data=data)
