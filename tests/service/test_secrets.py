"""Canaries: keys, passwords, cookies, links and names stay out of logs, errors and backups.

Every secret goes through every door it can, rightly and wrongly, while all loggers are at DEBUG.
"""

import gzip
import io
import logging
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from config.settings import Settings
from data import backup, signins
from service.api import the_time
from service.app import create_app
from service.workspace import passwords, signin
from tests.conftest import NOON
from tests.service.clinics import Clinic, bearer, browser, open_clinic

PASSWORD = "canary-password-9921"
WRONG = "canary-wrong-pass-7714"
NAME = "Canaryperson Abelquist"
NUMBER = "CANARY4417"


class Cage:
    """A service, its clinic, everything that was logged, and every answer that was an error."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, rate_limit=0)
        self.app = create_app(self.settings)
        self.app.dependency_overrides[the_time] = lambda: NOON
        self.store = self.app.state.desk.store
        self.clinic: Clinic = open_clinic(self.store, "cedarlatch", NOON)
        with self.store.begin() as db:
            self.link = str(signins.link(db, self.clinic.id, self.clinic.owner, NOON))
        self.client = TestClient(self.app, follow_redirects=False, raise_server_exceptions=False)
        self.errors: list[str] = []

    def ask(self, method: str, path: str, **said: Any) -> Any:
        answer = self.client.request(method, path, **said)
        if answer.status_code >= 400:
            self.errors.append(f"{answer.text}{dict(answer.headers)}")
        return answer


@pytest.fixture
def heard() -> Iterator[io.StringIO]:
    """What all loggers say, ours and everybody's, at DEBUG."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(lambda record: not record.name.startswith("httpx"))  # the asking side's
    root, ours = logging.getLogger(), logging.getLogger("goodstanding")
    before = (root.level, ours.level)
    for one in (root, ours):
        one.addHandler(handler)
        one.setLevel(logging.DEBUG)
    yield out
    for one, level in zip((root, ours), before, strict=True):
        one.removeHandler(handler)
        one.setLevel(level)


@pytest.fixture
def cage(sqlite_template: Path, tmp_path: Path) -> Iterator[Cage]:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "goodstanding.db")
    made = Cage(home)
    with made.client:
        yield made


def use_everything(cage: Cage) -> list[str]:
    """Send every secret through every door; all that must not be found anywhere."""
    auth, page = cage.clinic.auth, {"Origin": "http://testserver"}
    path = f"/clinic/password/{cage.link}"
    cage.ask("GET", path)
    cage.ask("POST", path, data={"password": "short"}, headers=page)
    cage.ask("POST", path, data={"password": PASSWORD}, headers=page)
    cage.ask("GET", path)
    person = {"workspace": "cedarlatch", "email": cage.clinic.email}
    cage.ask("POST", "/clinic/sign-in", data=person | {"password": WRONG}, headers=page)
    cage.ask("POST", "/clinic/sign-in", data=person | {"password": PASSWORD}, headers=page)
    cookie = cage.client.cookies["gs_session"]
    form = signin._form_secret(cookie)
    cage.ask("POST", "/clinic/keys", data={"form": form}, headers=page)
    cage.ask("POST", "/clinic/keys", data={"form": WRONG, "label": "x"}, headers=page)
    wanted = {"label": "x", "scopes": ["lookup"]}
    made = cage.ask("POST", "/api/v1/workspace/keys", json=wanted, headers=auth).json()["key"]
    once = auth | {"Idempotency-Key": "k"}
    whom = {"email": "new@example.org"}
    invited = cage.ask("POST", "/api/v1/workspace/people", json=whom, headers=once).json()["link"]
    for key in (cage.clinic.key, made, made[:-1] + "x"):
        cage.ask("GET", f"/api/v1/lookup?q={NAME}&key={key}", headers=bearer(key))
        cage.ask("GET", f"/api/v1/workspace?key={key}", headers=browser(key))
        cage.ask("DELETE", f"/api/v1/workspace/keys/{key[:40]}", headers=auth)
    cage.ask("POST", "/api/v1/verify", json={"name": NAME, "number": NUMBER}, headers=auth)
    cage.ask("POST", "/api/v1/verify", json={"name": NAME, "extra": NUMBER}, headers=auth)
    cage.ask("GET", f"/api/v1/registrations/ca_on_cmto/{NAME}", headers=auth)
    link = invited.rpartition("/")[2]
    return [PASSWORD, WRONG, cookie, made, cage.clinic.key, cage.link, link, NAME, NUMBER]


def test_no_secret_and_no_name_is_heard_or_shown(cage: Cage, heard: io.StringIO) -> None:
    secrets = use_everything(cage)
    said, errors = heard.getvalue(), "\n".join(cage.errors)
    assert said.count("request") > 20 and len(cage.errors) > 8
    # The page of a link knows its own address: to read it in the other language.
    shown = [one for one in secrets if one != cage.link and one in errors]
    assert [one for one in secrets if one in said] == [] == shown


def test_a_broken_service_shows_none_either(
    cage: Cage, heard: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*said: Any) -> Any:
        raise RuntimeError(f"broke on {said}")

    monkeypatch.setattr(signins, "who_signs_in", broken)
    monkeypatch.setattr(passwords, "digest", broken)
    page = {"Origin": "http://testserver"}
    person = {"workspace": "cedarlatch", "email": cage.clinic.email, "password": PASSWORD}
    for path in ("/clinic/sign-in", f"/clinic/password/{cage.link}"):
        answer = cage.ask("POST", path, data=person, headers=page)
        assert answer.status_code == 500
    said, errors = heard.getvalue(), "\n".join(cage.errors)
    assert PASSWORD not in said + errors and cage.link not in said
    assert errors.count("Nothing was changed") == 2


def test_a_backup_holds_digests_only(cage: Cage, tmp_path: Path) -> None:
    secrets = use_everything(cage)
    cage.app.state.ledger.flush(NOON)
    file = tmp_path / "x.backup.tar"
    backup.backup(cage.store, file, NOON)
    with tarfile.open(file) as tar:
        member = tar.extractfile("goodstanding.db.gz")
        assert member
        database = gzip.decompress(member.read())
    assert b"$argon2id$" in database and cage.clinic.email.encode() in database
    assert [one for one in secrets if one.encode() in database] == []


def test_nothing_of_a_deleted_workspace_is_left_in_the_file(cage: Cage) -> None:
    from data import tenancy
    from data.erasure import wipe

    with cage.store.begin() as db:
        tenancy.erase(db, cage.clinic.id)
    wipe(cage.store)
    assert cage.clinic.email.encode() not in (cage.settings.home / "goodstanding.db").read_bytes()
