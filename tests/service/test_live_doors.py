"""The live check on the API and on the pages: the same answer, few a minute, never by a GET."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from fastapi.testclient import TestClient

from config.register import Register
from config.settings import Settings
from config.vocabulary import Status
from crawler.ask import Answer as Page
from crawler.ask import Ask, Unreachable
from crawler.recheck import Rechecked
from data.ingest import state
from data.records import Record
from data.store import Store
from service.api import the_second_look, the_time
from service.app import create_app
from service.live import look_again
from tests.conftest import Clock
from tests.service.conftest import everybody, fill, frozen
from tests.service.test_pages import verdict, words

CONFIRMED = {"name": "Ingrith Abelquist", "number": "A1001"}
ENTRY = "/r/ca_on_cmto/k1"
OURS = {"origin": "http://testserver"}


class Told:
    """A register that notes whom it was asked about; `says` changes what it tells."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.says: dict[str, Any] = {}
        self.dead = False

    def __call__(self, _register: Register, key: str) -> Rechecked:
        self.asked.append(key)
        if self.dead:
            raise Unreachable("The register answered HTTP 500.")
        record: Record = next(one for one in everybody() if one.key == key)
        page = Page(Ask("http://x/", "detail"), "http://x/", 200, {}, b"raw", self.clock())
        return Rechecked(replace(record, **self.says), page)

    clock: Clock


@pytest.fixture
def told(clock: Clock) -> Told:
    made = Told()
    made.clock = clock
    return made


@pytest.fixture
def app(home: Settings, ontario: Register, clock: Clock, told: Told) -> Any:
    fill(home, ontario, clock)
    store = Store.of(home)
    with store.begin() as db:
        db.execute(state.update().values(url="http://127.0.0.1:9"))
    store.close()
    return worker(home, clock, told)


def worker(home: Settings, clock: Clock, told: Told) -> Any:
    """One process of the service."""
    made = create_app(home.model_copy(update={"live_limit": 3}), clock=lambda: 0.0)
    made.state.live_limit.clock = clock
    made.dependency_overrides[the_time] = lambda: frozen(clock)
    made.dependency_overrides[the_second_look] = lambda: partial(look_again, ask=told)
    return made


@pytest.fixture
def client(app: Any) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def test_the_api_asks_only_when_told_to(client: TestClient, told: Told, clock: Clock) -> None:
    clock.forward(hours=40)
    stored = client.post("/api/v1/verify", json=CONFIRMED).json()
    assert (stored["verdict"], told.asked) == ("cannot_confirm", [])
    live = client.post("/api/v1/verify", json={**CONFIRMED, "live": True}).json()
    assert (live["verdict"], told.asked) == ("confirmed", ["k1"])
    assert live["reasons"][0]["code"] == "rechecked"


def test_a_dead_register_leaves_the_stored_answer(client: TestClient, told: Told) -> None:
    told.dead = True
    answer = client.post("/api/v1/verify", json={**CONFIRMED, "live": True})
    assert (answer.status_code, answer.json()["verdict"]) == (200, "confirmed")
    assert answer.json()["reasons"][0]["code"] == "not_rechecked"


def test_the_schema_shows_how(client: TestClient) -> None:
    schema = client.get("/api/v1/openapi.json").json()["components"]["schemas"]["Verification"]
    assert schema["examples"][-1]["live"] is True
    assert schema["properties"]["live"]["default"] is False
    assert "/verify" not in client.get("/api/v1/openapi.json").json()["paths"]


def test_the_page_asks_with_its_button(client: TestClient, told: Told, clock: Clock) -> None:
    clock.forward(hours=40)
    before = client.get("/verify", params=CONFIRMED)
    assert verdict(before)[0] == "care" and "Check again now" in words(before)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', before.text))
    assert fields == CONFIRMED
    after = client.post("/verify", data=fields, headers=OURS)
    assert verdict(after) == ("ok", "Listed as authorised to practise")
    assert "Checked just now, at the register itself." in words(after)
    assert "Check again now" not in words(after)
    clock.forward(minutes=4)
    later = client.post("/verify", data=fields, headers=OURS)
    assert "Checked 4 minutes ago, at the register itself." in words(later)
    assert told.asked == ["k1"]


def test_the_page_says_why_not_and_what_stands(client: TestClient, told: Told) -> None:
    told.dead = True
    page = client.post("/verify", data=CONFIRMED, headers=OURS)
    assert verdict(page)[0] == "ok"
    assert "got no answer we can use. The register answered HTTP 500." in words(page)
    assert "The stored answer stands, as read on June 21, 2026, 08:00 EDT." in words(page)
    assert "Check again now" in words(page)


def test_an_entry_is_checked_without_a_name(client: TestClient, told: Told) -> None:
    assert "Check again now" in words(client.get(ENTRY))
    page = client.post(ENTRY, headers=OURS)
    assert verdict(page) == ("open", "Listed. Now check whose it is")
    assert "Checked just now" in words(page) and "A•••1" in words(page)
    assert told.asked == ["k1"]


def test_an_entry_that_lapsed_says_so(client: TestClient, told: Told) -> None:
    told.says = {"status": Status.REVOKED, "may_practise": False, "word": "Revoked"}
    assert verdict(client.post(ENTRY, headers=OURS))[1] == "Not authorised to practise"
    assert verdict(client.get(ENTRY))[0] == "open"  # only the night changes what is stored


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "url",
    [
        "/verify?name=Ingrith+Abelquist&number=A1001&live=true",
        ENTRY + "?live=1",
        "/api/v1/registrations/ca_on_cmto/k1?live=true",
        "/api/v1/lookup?q=A1001&live=true",
    ],
)
def test_reading_a_page_asks_nobody(client: TestClient, told: Told, method: str, url: str) -> None:
    client.request(method, url, headers={**OURS, "sec-purpose": "prefetch"})
    assert told.asked == []


@pytest.mark.parametrize("url", ["/verify", ENTRY])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "http://testserver.evil.example"},
        {**OURS, "sec-fetch-site": "cross-site"},
        {**OURS, "sec-fetch-site": "same-site"},
        {**OURS, "sec-fetch-site": "none"},
    ],
    ids=str,
)
def test_other_sites_cannot_make_us_ask(
    client: TestClient, told: Told, url: str, headers: dict[str, str]
) -> None:
    refused = client.post(url, data=CONFIRMED, headers=headers)
    assert refused.status_code == 403 and told.asked == []
    assert "Nobody was asked" in words(refused)


def test_behind_a_proxy_the_browser_is_believed(client: TestClient, told: Told) -> None:
    headers = {"origin": "https://check.example", "sec-fetch-site": "same-origin"}
    assert client.post(ENTRY, headers=headers).status_code == 200
    assert told.asked == ["k1"]


@pytest.mark.parametrize("body", ["{}", '{"name": "Ingrith Abelquist", "live": true}'])
def test_the_api_takes_no_form_of_another_site(client: TestClient, told: Told, body: str) -> None:
    """What a page of another site can send without asking us first is text, never JSON."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = client.post("/api/v1/verify", content=body, headers={"content-type": kind})
        assert answer.status_code == 422
    assert told.asked == []


def test_fewer_live_checks_than_look_ups(client: TestClient) -> None:
    body = {**CONFIRMED, "live": True}
    codes = [client.post("/api/v1/verify", json=body).status_code for _ in range(3)]
    assert codes == [200] * 3
    refused = client.post("/api/v1/verify", json=body)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "20")
    assert "live checks a minute" in refused.json()["detail"]
    assert client.post(ENTRY, headers=OURS).status_code == 429
    assert client.post("/api/v1/verify", json=CONFIRMED).status_code == 200
    assert client.get(ENTRY).status_code == 200


def test_all_processes_count_together(
    client: TestClient, home: Settings, clock: Clock, told: Told
) -> None:
    body = {**CONFIRMED, "live": True}
    with TestClient(worker(home, clock, told)) as other:
        both = [client, other] * 2
        codes = [one.post("/api/v1/verify", json=body).status_code for one in both]
        assert codes == [200, 200, 200, 429]
        clock.forward(seconds=20)
        assert other.post("/api/v1/verify", json=body).status_code == 200


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({"url": "", "source": "inbox"}, False),
        ({"url": "https://register.example", "source": "register.example"}, True),
    ],
)
def test_the_button_is_where_somebody_can_be_asked(
    client: TestClient, app: Any, changed: dict[str, str], shown: bool
) -> None:
    with app.state.desk.store.begin() as db:
        db.execute(state.update().values(**changed))
    for url in (ENTRY, "/verify?name=Ingrith+Abelquist&number=A1001"):
        assert ("Check again now" in words(client.get(url))) is shown


def test_nobody_found_nobody_to_ask_about(client: TestClient) -> None:
    for asked in ({"name": "Nobody Atall", "number": "Z9"}, {"name": "Tamsin Twin"}):
        assert "Check again now" not in words(client.get("/verify", params=asked))


def test_a_question_that_cannot_be_asked_keeps_what_was_typed(client: TestClient) -> None:
    page = client.post("/verify", data={"number": "A1001"}, headers=OURS)
    assert page.status_code == 422 and 'value="A1001"' in page.text


@pytest.mark.parametrize("text", ['"><script>x</script>', "x" * 10_000, "A\0\u202eB"])
def test_what_is_posted_is_bounded_and_escaped(client: TestClient, text: str) -> None:
    for field in ("name", "number", "place", "register"):
        page = client.post("/verify", data={**CONFIRMED, field: text}, headers=OURS)
        assert page.status_code in (200, 404, 422, 429)
        assert page.text.count("<script") == 1 and len(page.content) < 25_000
        assert not re.search("<script>|\u202e|\0", page.text)
