"""People sign in, and nobody else: links once, tries bounded, cookies safe, ends that end."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from config.settings import Settings
from data import accesslog, apikeys, members, signins
from data.store import Store
from service.api import the_time
from service.app import create_app
from service.workspace import passwords, signin, words
from service.workspace.passwords import PasswordRefused
from tests.conftest import Clock
from tests.service.clinics import PASSWORD, Clinic, open_clinic

OURS = {"Origin": "http://testserver"}
FORM = re.compile(r'name="form" value="([0-9a-f]{64})"')


class Door:
    """A service, a clinic, and a browser."""

    def __init__(self, home: Path, clock: Clock) -> None:
        app = create_app(Settings(home=home, rate_limit=0))
        app.dependency_overrides[the_time] = clock
        self.client, self.clock = TestClient(app, follow_redirects=False), clock
        self.store: Store = app.state.desk.store
        self.clinic: Clinic = open_clinic(self.store, "cedarlatch", clock.at)

    def link(self) -> str:
        with self.store.begin() as db:
            return str(signins.link(db, self.clinic.id, self.clinic.owner, self.clock.at))

    def post(self, path: str, **said: str) -> Any:
        return self.client.post(f"/clinic{path}", data=said, headers=OURS)

    def sign_in(
        self, password: str = PASSWORD, workspace: str = "cedarlatch", email: str = ""
    ) -> Any:
        email = email or self.clinic.email
        return self.post("/sign-in", workspace=workspace, email=email, password=password)

    def form(self) -> str:
        found = FORM.search(self.client.get("/clinic").text)
        assert found
        return found[1]


@pytest.fixture
def door(sqlite_template: Path, tmp_path: Path, clock: Clock) -> Iterator[Door]:
    shutil.copy(sqlite_template, tmp_path / "goodstanding.db")
    made = Door(tmp_path, clock)
    with made.client:
        yield made


@pytest.fixture
def known(door: Door, monkeypatch: pytest.MonkeyPatch) -> Door:
    """The owner has a password; hashing is left out, for the sake of time."""
    with door.store.begin() as db:
        person = signins.who_signs_in(db, "cedarlatch", door.clinic.email)
        assert person
        signins.set_password(db, person["id"], "kept")
    monkeypatch.setattr(signin, "right", lambda kept, given: bool(kept) and given == PASSWORD)
    return door


def test_from_the_link_to_signed_in_and_out(door: Door) -> None:
    path = f"/clinic/password/{door.link()}"
    assert door.clinic.email in door.client.get(path).text  # looking does not spend it
    weak = door.client.post(path, data={"password": "short"}, headers=OURS)
    assert weak.status_code == 422 and "12 to 200" in weak.text
    assert door.client.post(path, data={"password": PASSWORD}, headers=OURS).status_code == 303
    assert door.client.post(path, data={"password": PASSWORD}, headers=OURS).status_code == 404
    assert door.client.get(path).status_code == 404
    assert door.sign_in("not-the-password").status_code == 422
    came = door.sign_in()
    assert (came.status_code, came.headers["location"]) == (303, "/clinic")
    cookie = came.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "secure" not in cookie
    page = door.client.get("/clinic").text
    assert "Clinic cedarlatch" in page and "/clinic/keys" in page
    secret = door.client.cookies["gs_session"]
    assert door.post("/sign-out", form=door.form()).status_code == 303
    assert door.client.get("/clinic", headers={"Cookie": f"gs_session={secret}"}).status_code == 303


def test_over_tls_the_cookie_is_bound_to_the_host(known: Door) -> None:
    with TestClient(known.client.app, base_url="https://testserver") as client:
        said = {"workspace": "cedarlatch", "email": known.clinic.email, "password": PASSWORD}
        came = client.post(
            "/clinic/sign-in",
            data=said,
            headers={"Origin": "https://testserver"},
            follow_redirects=False,
        )
    cookie = came.headers["set-cookie"]
    assert cookie.startswith("__Host-gs_session=") and "Secure" in cookie and "Path=/" in cookie


def test_a_wrong_sign_in_does_not_tell_what_was_wrong(known: Door) -> None:
    email = known.clinic.email
    tries = [("cedarlatch", email), ("cedarlatch", "nobody@x.example"), ("nowhere", email)]
    answers = set()
    for workspace, who in tries:
        text = known.sign_in("wrong", workspace, who).text
        answers.add(text.replace(f'value="{workspace}"', "").replace(f'value="{who}"', ""))
    assert len(answers) == 1


@pytest.mark.parametrize("email", ["", "nobody@x.example"])
def test_tries_at_an_account_are_bounded_whether_it_exists_or_not(known: Door, email: str) -> None:
    codes = [known.sign_in("wrong", email=email).status_code for _ in range(signin.AT_ACCOUNT + 1)]
    assert codes == [422] * signin.AT_ACCOUNT + [429]
    assert known.sign_in(email=email).status_code == 429  # the right password too
    known.clock.forward(minutes=16)
    assert known.sign_in("wrong", email=email).status_code == 422


def test_tries_from_an_address_are_bounded(known: Door) -> None:
    for n in range(signin.AT_ADDRESS):
        assert known.sign_in(email=f"n{n}@x.example").status_code == 422
    assert known.sign_in().status_code == 429


def test_the_password_one_has_is_not_guessed_either(known: Door) -> None:
    known.sign_in()
    said = {"form": known.form(), "old": "wrong", "password": "eight-quiet-otters"}
    codes = [known.post("/password", **said).status_code for _ in range(signin.AT_ACCOUNT + 1)]
    assert codes == [422] * signin.AT_ACCOUNT + [429]


def test_who_came_in_begins_anew(known: Door) -> None:
    for _ in range(signin.AT_ACCOUNT - 1):
        known.sign_in("wrong")
    assert known.sign_in().status_code == 303
    assert known.sign_in("wrong").status_code == 422
    assert known.sign_in().status_code == 303


def test_a_sign_in_ends_when_idle_and_in_any_case(known: Door) -> None:
    known.sign_in()
    for _ in range(13):
        known.clock.forward(minutes=50)
        assert known.client.get("/clinic").status_code == 200
        known.client.app.state.ledger.flush(known.clock.at)  # type: ignore[attr-defined]
    known.clock.forward(minutes=50)
    assert known.client.get("/clinic").status_code == 200
    known.client.app.state.ledger.flush(known.clock.at)  # type: ignore[attr-defined]
    known.clock.forward(minutes=25)
    assert known.client.get("/clinic").status_code == 303  # twelve hours
    known.sign_in()
    known.clock.forward(minutes=61)
    assert known.client.get("/clinic").status_code == 303


def test_everywhere_means_everywhere_and_a_new_password_too(known: Door) -> None:
    secrets = []
    for path, more in (("/sign-out", {"everywhere": "yes"}), ("/password", {"old": PASSWORD})):
        known.sign_in()
        secrets.append(known.client.cookies["gs_session"])
        known.client.cookies.clear()
        known.sign_in()
        new = {"password": "eight-quiet-otters"} if path == "/password" else {}
        assert known.post(path, form=known.form(), **more, **new).status_code == 303
    for secret in secrets:
        cookie = {"Cookie": f"gs_session={secret}"}
        assert known.client.get("/clinic", headers=cookie).status_code == 303


def test_whoever_is_taken_out_is_out_at_once(known: Door) -> None:
    known.sign_in()
    with known.store.begin() as db:
        members.add(db, known.clinic.id, "second@x.example", members.Role.OWNER, known.clock.at)
        assert members.remove(db, known.clinic.id, known.clinic.owner)
    assert known.client.get("/clinic").status_code == 303


def test_the_last_owner_stays(known: Door) -> None:
    with known.store.begin() as db, pytest.raises(members.MemberRefused, match="only owner"):
        members.remove(db, known.clinic.id, known.clinic.owner)


def test_a_link_is_too_old_after_three_days_and_void_after_another(door: Door) -> None:
    first, second = door.link(), door.link()
    assert door.client.get(f"/clinic/password/{first}").status_code == 404
    door.clock.forward(days=3, seconds=1)
    assert door.client.get(f"/clinic/password/{second}").status_code == 404


def test_signing_in_is_in_the_log(known: Door) -> None:
    known.sign_in()
    with known.store.read() as db:
        [line] = accesslog.page(db, known.clinic.id, None, 10)
    assert (line["who"], line["action"]) == (f"person:{known.clinic.owner}", "sign in")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "12 to 200"),
        ("x" * 201, "12 to 200"),
        ("aaaaaaaaaaaab", "repeats"),
        ("my cedarlatch otters", "workspace"),
    ],
)
def test_what_cannot_be_a_password(password: str, words: str) -> None:
    with pytest.raises(PasswordRefused, match=words):
        passwords.digest(password, "cedarlatch", "ann")


def test_a_password_is_kept_as_argon2id_and_composed_letters_are_the_same() -> None:
    kept = passwords.digest("sept-loutres-zélées")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$") and "loutres" not in kept
    assert passwords.right(kept, "sept-loutres-ze\u0301le\u0301es")
    assert not passwords.right(kept, "sept-loutres-zelees")
    assert not passwords.right("", "sept-loutres-zélées")


def test_every_refusal_of_the_other_rooms_is_known_in_every_language() -> None:
    """What data/ refuses with is English there; the pages have the same words to translate."""
    rooms = Path(apikeys.__file__).parent
    code = (rooms / "members.py").read_text() + (rooms / "apikeys.py").read_text()
    code = code.replace("{MOST}", "500", code.count("{MOST} people"))
    code = code.replace("{MOST}", str(apikeys.MOST))
    shown = set(re.findall(r'Refused\(\s*f?"([^"{]+)"', code))
    assert members.MOST == 500
    assert shown == set(words.REFUSED)


def test_pages_speak_french(known: Door) -> None:
    page = known.client.get("/clinic/sign-in", headers={"Accept-Language": "fr-CA"}).text
    assert "Ouvrir une session" in page and "Sign in" not in page
    known.sign_in()
    french = {"Accept-Language": "fr-CA"}
    for path, said in {
        "": "Vérifications",
        "/account": "Se déconnecter partout",
        "/keys": "Créer une clé",
        "/people": "propriétaire",
        "/log": "Qui a vu quoi",
    }.items():
        assert said in known.client.get(f"/clinic{path}", headers=french).text
    linked = known.post(f"/people/{known.clinic.owner}/link", form=known.form()).text
    assert "/clinic/password/" in linked and 'href="/clinic/people?lang=fr"' in linked
