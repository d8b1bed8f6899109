"""A clinic's audit over the API and on pages: given, judged beside the answers, decided, signed."""

import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from config.register import Register
from config.settings import Settings
from config.vocabulary import Role
from data import audits, members, review, turns
from data.store import Store
from service.api import the_time
from service.app import create_app
from service.audit import background, receipt
from service.audit.background import Auditor
from service.desk import Desk
from service.workspace.signin import _form_secret
from tests.conftest import Clock
from tests.service.clinics import Clinic, browser, open_clinic, signed_in
from tests.service.conftest import fill

ROWS = [
    {"Name": "Ingrith Abelquist", "Registration #": "A1001", "City": "Ottawa"},
    {"Name": "Perpetua Grindlesham", "Registration #": "A1002"},
    {"Name": "Annie Hollowmere-Udo", "Registration #": "A1003"},
    {"Name": "Somebody Else", "Registration #": "A1001"},
    {"Name": "Nobody Atall", "Registration #": "Z9999"},
]
PASTED = "Name\tRegistration #\nIngrith Abelquist\tA1001\nPerpetua Grindlesham\tA1002\n"


class Door:
    """A service over a filled store, a clinic with its key, and a browser signed in to it."""

    def __init__(self, settings: Settings, register: Register, clock: Clock) -> None:
        fill(settings, register, clock)
        app = create_app(settings.model_copy(update={"key_rate_limit": 0}))
        app.dependency_overrides[the_time] = clock
        self.client, self.clock = TestClient(app, follow_redirects=False), clock
        self.desk: Desk = app.state.desk
        self.store: Store = self.desk.store
        self.clinic: Clinic = open_clinic(self.store, "cedarlatch", clock.at)

    def api(self, method: str, path: str = "", **how: Any) -> Any:
        headers = self.clinic.auth | how.pop("headers", {})
        return self.client.request(method, f"/api/v1/audits{path}", headers=headers, **how)

    def given(self, rows: Any = ROWS, **how: Any) -> int:
        answer = self.api("POST", json=rows, **how)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def page(self, path: str, **how: Any) -> Any:
        return self.client.get(f"/clinic{path}", headers=self.clinic.browser, **how)

    def post(self, path: str, cookie: str = "", **how: Any) -> Any:
        cookie = cookie or self.clinic.cookie
        data = {"form": _form_secret(cookie)} | how.pop("data", {})
        return self.client.post(f"/clinic{path}", headers=browser(cookie), data=data, **how)

    def wait(self, audit_id: int) -> dict[str, Any]:
        """The audit once it is done; beside the answers it is judged by itself."""
        for _ in range(200):
            found: dict[str, Any] = self.api("GET", f"/{audit_id}").json()
            if found["state"] == "done":
                return found
            time.sleep(0.05)
        raise AssertionError(found)


@pytest.fixture
def door(home: Settings, ontario: Register, clock: Clock) -> Iterator[Door]:
    made = Door(home, ontario, clock)
    with made.client:
        yield made


@pytest.fixture
def still(
    home: Settings, ontario: Register, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Door]:
    """A door behind which nobody judges by himself."""
    monkeypatch.setattr(Auditor, "begin_what_waits", lambda _self: None)
    yield from _opened(Door(home, ontario, clock))


def _opened(made: Door) -> Iterator[Door]:
    with made.client:
        yield made


def test_from_a_roster_to_a_receipt(door: Door) -> None:
    answer = door.api("POST", "?name=june.json", json={"rows": ROWS})
    made = answer.json()
    assert answer.headers["location"] == f"/api/v1/audits/{made['id']}"
    assert made["columns"] == {"name": "Name", "number": "Registration #", "city": "City"}
    done = door.wait(made["id"])
    assert (done["rows"], done["judged"], done["source"]) == (5, 5, "june.json")
    told = door.api("GET", f"/{made['id']}/rows").json()["rows"]
    assert [row["verdict"] for row in told] == [
        "confirmed",
        "not_authorised",
        "confirmed_with_conditions",
        "mismatch",
        "not_found",
    ]
    said = {"decision": "follow_up", "why": "Call the college."}
    row = door.api("POST", f"/{made['id']}/rows/2/decisions", json=said).json()
    assert row["verdict"] == "not_authorised" and row["decisions"][0]["why"] == said["why"]
    assert door.api("POST", f"/{made['id']}/sign-offs", json={}).status_code == 409
    signed = door.api("POST", f"/{made['id']}/sign-offs", json={"leave_open": True}).json()
    assert signed["sign_offs"][0]["left_open"] == 3 + 1  # the first is a duplicate number's bearer
    assert door.api("POST", f"/{made['id']}/rows/2/decisions", json=said).status_code == 409
    proof = door.api("POST", f"/{made['id']}/receipt").content
    assert receipt.check(proof).body["sign_offs"][0]["action"] == "signed"
    reopened = {"action": "reopened", "why": "Row 4 was forgotten."}
    assert door.api("POST", f"/{made['id']}/sign-offs", json=reopened).status_code == 201
    assert door.api("POST", f"/{made['id']}/rows/4/decisions", json=said).status_code == 201


def test_rows_come_by_page_by_verdict_and_as_lines(door: Door) -> None:
    audit_id = door.given()
    door.wait(audit_id)
    seen, on = list[int](), ""
    while on is not None:
        cursor = f"&cursor={on}" if on else ""
        page = door.api("GET", f"/{audit_id}/rows?limit=2{cursor}").json()
        seen, on = seen + [row["row"] for row in page["rows"]], page["next_cursor"]
    assert seen == [1, 2, 3, 4, 5]
    some = door.api("GET", f"/{audit_id}/rows?verdict=mismatch").json()["rows"]
    assert [row["row"] for row in some] == [4]
    lines = door.api("GET", f"/{audit_id}/rows", headers={"Accept": "application/x-ndjson"}).text
    assert [json.loads(line)["row"] for line in lines.splitlines()] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("kind", "start"),
    [("xlsx", b"PK"), ("csv", b'"Name"'), ("json", b'{"audit"'), ("html", b"<!doctype")],
)
def test_reports_are_files(door: Door, kind: str, start: bytes) -> None:
    audit_id = door.given()
    door.wait(audit_id)
    answer = door.api("GET", f"/{audit_id}/report?format={kind}")
    assert answer.content.startswith(start)
    assert f"audit-{audit_id}.{kind}" in answer.headers["content-disposition"]


def test_a_roster_comes_as_file_text_or_rows(door: Door) -> None:
    text = PASTED.encode()
    file = door.api("POST", files={"file": ("staff.csv", text, "text/csv")})
    pasted = door.api("POST", content=text, headers={"Content-Type": "text/plain"})
    assert file.json()["rows"] == pasted.json()["rows"] == 2
    assert door.api("POST", content=text, headers={"Content-Type": "image/png"}).status_code == 415
    assert door.api("POST", files={"other": ("staff.csv", text)}).status_code == 422
    told = door.api("POST", "?column=name=%231&column=city=", json=[{"x": "Ann Bee"}])
    assert told.json()["columns"] == {"name": "x"}
    wrong = door.api("POST", json=[{"x": "Ann Bee"}])
    assert wrong.status_code == 422 and "No column of names" in wrong.json()["detail"]
    assert door.api("POST", "?on=2999-01-01", json=ROWS).status_code == 422


def test_the_same_key_is_one_audit(door: Door) -> None:
    headers = {"Idempotency-Key": "june"}
    ids = {door.given(headers=headers) for _ in range(2)}
    assert len(ids) == 1 == len(door.api("GET").json()["audits"])


@pytest.mark.parametrize("path", ["/api/v1/audits", "/clinic/audits/new"])
def test_what_is_too_large_is_refused_unread(door: Door, path: str) -> None:
    size = {"Content-Length": str(11 * 2**20), "Content-Type": "text/csv"}
    headers = {**door.clinic.auth, **door.clinic.browser, **size}
    answer = door.client.post(path, content=b"x", headers=headers)
    assert answer.status_code == 413
    small = {**headers, "Content-Length": str(70_000)}
    assert door.client.post("/clinic/password", content=b"x", headers=small).status_code == 413


def test_a_bomb_is_refused_in_words(door: Door) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    answer = door.api("POST", files={"file": ("staff.xlsx", packed.getvalue())})
    assert answer.status_code == 422 and answer.json()["detail"]


def test_cancelled_it_keeps_what_was_judged_and_goes_on(still: Door) -> None:
    audit_id = still.given()
    assert still.api("POST", f"/{audit_id}/cancel").json()["state"] == "stopped"
    with still.store.read() as db:
        assert turns.waiting(db, still.clock.at) == []
    assert still.api("GET", f"/{audit_id}/report").status_code == 409
    assert still.api("POST", f"/{audit_id}/sign-offs", json={}).status_code == 409
    said = {"decision": "accepted", "why": "x"}
    assert still.api("POST", f"/{audit_id}/rows/1/decisions", json=said).status_code == 409
    assert still.api("POST", f"/{audit_id}/rows/9/decisions", json=said).status_code == 404
    assert still.api("POST", f"/{audit_id}/resume").json()["state"] == "running"
    judging(still)(audit_id)
    assert still.wait(audit_id)["judged"] == 5
    assert still.api("POST", f"/{audit_id}/cancel").json()["state"] == "done"


def judging(door: Door, owner: str = "") -> Callable[[int], None]:
    """Judges an audit here and now, as a process of its own would."""
    auditor = Auditor(door.desk, door.clock)
    auditor.owner = owner or auditor.owner

    def judge(audit_id: int) -> None:
        with door.store.begin() as db:
            assert turns.take(db, (door.clinic.id, audit_id), auditor.owner, door.clock.at)
        auditor.judge(audit_id)

    return judge


def test_a_process_that_ends_half_way_loses_and_doubles_nothing(
    still: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit_id = still.given([{"name": f"Ann Bee {n}", "number": f"B{n}"} for n in range(30)])
    auditor = Auditor(still.desk, still.clock)
    monkeypatch.setattr("service.audit.run.QUICK", 10)
    with still.store.begin() as db:
        assert turns.take(db, (still.clinic.id, audit_id), auditor.owner, still.clock.at)
    auditor.close()
    auditor.judge(audit_id)
    with still.store.read() as db:
        assert (audits.judged(db, audit_id), audits.head_of(db, audit_id).state) == (10, "running")
    judging(still)(audit_id)
    with still.store.read() as db:
        assert audits.judged(db, audit_id) == 30
    assert still.wait(audit_id)["state"] == "done"


def test_a_turn_is_one_processs_until_it_falls_silent(still: Door) -> None:
    one, two = still.given(), still.given()
    with still.store.begin() as db:
        assert turns.waiting(db, still.clock.at) == [(still.clinic.id, one), (still.clinic.id, two)]
        assert turns.take(db, (still.clinic.id, one), "a", still.clock.at)
        assert not turns.take(db, (still.clinic.id, two), "b", still.clock.at)
        assert turns.waiting(db, still.clock.at) == []
        later = still.clock.forward(minutes=4)
        assert turns.take(db, (still.clinic.id, one), "b", later)
        assert not turns.beat(db, one, "a", later) and turns.beat(db, one, "b", later)
        turns.leave(db, one, "a")
        assert turns.waiting(db, later) == []
        turns.leave(db, one, "b")
        assert len(turns.waiting(db, later)) == 2


def test_what_breaks_stops_and_says_so(still: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    audit_id = still.given()
    with monkeypatch.context() as patch:
        patch.setattr(background, "run", lambda *_: 1 / 0)
        judging(still)(audit_id)
    assert still.api("GET", f"/{audit_id}").json()["state"] == "stopped"
    with still.store.read() as db:
        assert turns.waiting(db, still.clock.at) == []


def test_from_pasted_rows_to_signed_off_on_pages(door: Door) -> None:
    came = door.post("/audits/new", data={"rows": PASTED})
    where = came.headers["location"].removeprefix("/clinic")
    page = door.page(where).text
    assert '<option value="#2" selected>Registration #</option>' in page and "A1002" in page
    wrong = door.post(where, data={"name": "", "number": "#2"})
    assert wrong.status_code == 422 and "No column of names" in wrong.text
    bad_day = door.post(where, data={"name": "#1", "on": "soon"})
    assert bad_day.status_code == 422 and "2026-03-31" in bad_day.text
    begun = door.post(where, data={"name": "#1", "number": "#2"})
    path = begun.headers["location"].removeprefix("/clinic")
    assert door.page(where).status_code == 404  # the upload is gone
    door.wait(int(path.rpartition("/")[2]))
    page = door.page(path).text
    assert page.index("Perpetua Grindlesham") < page.index("Ingrith Abelquist")
    assert "Perpetua" not in door.page(f"{path}?verdict=confirmed").text
    assert door.post(f"{path}/rows/2/decide", data={"why": "x"}).status_code == 422
    no_why = door.post(f"{path}/rows/2/decide", data={"decision": "accepted"})
    assert no_why.status_code == 422 and "Say why" in no_why.text
    said = {"decision": "follow_up", "why": "Call <b>the</b> college."}
    back = door.post(f"{path}/rows/2/decide?left=true&page=1", data=said)
    assert back.headers["location"] == f"/clinic{path}?left=true&page=1#row-2"
    assert "Call &lt;b&gt;the" in door.page(path).text
    assert door.post(f"{path}/sign-off").status_code == 303
    assert "Decide on row" not in door.page(path).text
    assert door.post(f"{path}/rows/2/decide", data=said).status_code == 409
    assert door.post(f"{path}/sign-off").status_code == 409
    for kind in ("xlsx", "csv", "json", "html"):
        assert door.page(f"{path}/report?format={kind}").status_code == 200
    assert "Perpetua" in door.page(f"{path}/summary").text
    assert receipt.check(door.post(f"{path}/receipt").content)
    assert door.post(f"{path}/sign-off", data={"action": "reopened"}).status_code == 422
    again = {"action": "reopened", "why": "One more look."}
    assert door.post(f"{path}/sign-off", data=again).status_code == 303


def test_a_reader_sees_and_changes_nothing(door: Door) -> None:
    audit_id = door.given()
    door.wait(audit_id)
    with door.store.begin() as db:
        members.add(db, door.clinic.id, "r@x.example", Role.READER, door.clock.at)
        cookie = signed_in(db, "cedarlatch", "r@x.example", door.clock.at)
    page = door.client.get(f"/clinic/audits/{audit_id}", headers=browser(cookie)).text
    assert "Perpetua" in page and "Decide on row" not in page and "Sign it off" not in page
    assert door.post("/audits/new", cookie, data={"rows": PASTED}).status_code == 403


def test_no_more_uploads_wait_than_may(door: Door) -> None:
    refs = [door.post("/audits/new", data={"rows": PASTED}).headers["location"] for _ in range(7)]
    alive = [ref for ref in refs if door.page(ref.removeprefix("/clinic")).status_code == 200]
    assert len(alive) == 5


def test_headings_nobody_understands_are_chosen_by_hand(door: Door) -> None:
    came = door.post("/audits/new", data={"rows": "Who\tWhich\nIngrith Abelquist\tA1001\n"})
    where = came.headers["location"].removeprefix("/clinic")
    page = door.page(where).text
    assert "No column of names was recognised" in page and ">Which</option>" in page
    assert door.post(where, data={"name": "#1", "number": "#2"}).status_code == 303
    broken = door.post("/audits/new", data={"rows": "only one line"}).headers["location"]
    assert "Check these people" not in door.page(broken.removeprefix("/clinic")).text


def test_progress_is_a_piece_of_a_page(still: Door) -> None:
    audit_id = still.given()
    piece = still.page(f"/audits/{audit_id}/progress").text
    assert "0 of 5 rows" in piece and "<html" not in piece
    assert "data-progress" in still.page(f"/audits/{audit_id}").text
    assert still.post(f"/audits/{audit_id}/cancel").status_code == 303
    assert "It was stopped" in still.page(f"/audits/{audit_id}").text
    assert still.post(f"/audits/{audit_id}/resume").status_code == 303
    listed = still.page("").text
    assert re.search(r"5\s+not judged yet", listed)


def test_what_is_kept_in_english_is_said_in_french(door: Door) -> None:
    rows = [*ROWS, ROWS[0], {"Name": "Ingrith Abelquist", "Registration #": "1.2E+05"}]
    audit_id = door.given(rows)
    door.wait(audit_id)
    page = door.client.get(f"/clinic/audits/{audit_id}?lang=fr", headers=door.clinic.browser).text
    assert "même personne" in page.lower() and "The same person" not in page
    assert "A spreadsheet turned" not in page


BROKEN = {
    "only one line": "Aucune colonne de noms n’a été reconnue. Voici les titres",
    "%PDF-1.7 and so on": "C’est un PDF, pas un tableau.",
    'Name,Number\nAna Ng,A1\n"Bo Li,A2\n': "La ligne 3 ne se découpe pas en colonnes.",
    "x," * 200: "Ligne 1\xa0: 201 colonnes. Une liste peut en compter 100.",
}


def _main(page: Any) -> str:
    """What a page itself says, without head and foot."""
    assert page.status_code in (200, 422)
    return str(page.text.partition("<main")[2].partition("</main>")[0])


def test_a_file_that_cannot_be_read_is_refused_in_the_readers_language(door: Door) -> None:
    for data, words in BROKEN.items():
        came = door.post("/audits/new?lang=fr", files={"file": ("staff.csv", data)})
        where = came.headers["location"].removeprefix("/clinic")
        page = _main(door.page(f"{where}?lang=fr"))
        [said] = re.findall(r'role="alert">.*?<span>(.*?)</span></p>', page, re.DOTALL)
        assert said.startswith(words) and "--" not in said
        assert 'lang="en"' not in page
    assert "Row 1 has 201 columns" in _main(door.page(f"{where}?lang=en"))


def test_columns_that_cannot_be_meant_are_refused_in_french(door: Door) -> None:
    where = door.post("/audits/new", data={"rows": PASTED}).headers["location"]
    where = where.removeprefix("/clinic")
    page = door.post(f"{where}?lang=fr", data={"name": "#1", "number": "#1"}).text
    assert "La colonne A ne peut pas servir deux fois\xa0: nom complet, numéro." in page
    assert "Ce qui sépare les colonnes\xa0: une tabulation." in page
    begun = door.post(f"{where}?lang=fr", data={"name": "#1", "number": "#2"})
    number = int(begun.headers["location"].rpartition("/")[2])
    assert door.api("GET", f"/{number}").json()["notes"] == ["Columns end at a tab."]
    door.wait(number)
    page = door.page(f"/audits/{number}?lang=fr").text
    assert "une tabulation" in page and "Columns end" not in page


def test_hints_and_refusals_of_rows_are_told_in_french(door: Door) -> None:
    rows = [
        {"Name": "Ingrith Abelquist", "Registration #": "A1O01"},
        {"Name": "Ingrith Abelquist", "Registration #": "Q7777"},
        {"Name": "Ingrith Abelquist" * 30, "Registration #": "A1001"},
    ]
    audit_id = door.given(rows)
    door.wait(audit_id)
    told = door.api("GET", f"/{audit_id}/rows").json()["rows"]
    hints = [row["suggestion"] or "" for row in told]
    assert "by a letter or digit" in hints[0] and "under another number" in hints[1]
    page = _main(door.page(f"/audits/{audit_id}?lang=fr"))
    assert "Une lettre ou un chiffre y ressemble à un autre." in page
    assert "inscrite sous un autre numéro. Registre" in page
    assert "caractères au plus" in page and 'lang="en"' not in page


def test_what_nobody_can_say_anew_is_marked_as_english(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.audit.words.listed", lambda *_: "As it was long ago.")
    audit_id = door.given([{"Name": "Ingrith Abelquist", "Registration #": "Q7777"}])
    door.wait(audit_id)
    page = _main(door.page(f"/audits/{audit_id}?lang=fr"))
    assert '<span lang="en">As it was long ago.</span>' in page


def test_sign_offs_are_never_changed(door: Door) -> None:
    audit_id = door.given()
    door.wait(audit_id)
    door.api("POST", f"/{audit_id}/sign-offs", json={"leave_open": True})
    with pytest.raises(Exception, match="never changed"), door.store.begin() as db:
        db.execute(review.sign_off_table.update().values(who="x"))
