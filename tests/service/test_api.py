"""The JSON doors: same answer, problem+json, limits, headers."""

import gc

import pytest
from fastapi.testclient import TestClient

from config.register import Register
from config.settings import Settings
from service.api import the_time
from service.app import create_app
from tests.conftest import Clock
from tests.service.conftest import fill, frozen

ANSWER = (
    "verdict assurance reasons matches suggestions evaluated_at valid_until rules_version query"
)
REGISTRATION = """register register_name key number name other_names profession status register_word
    may_practise restrictions notices places first_registered expires last_checked detail_checked
    last_changed valid_until official_url evidence_id"""
REGISTER = """id name platform jurisdiction profession enabled verified people last_accepted
    age_hours health terms"""


def test_an_answer_has_every_field_of_the_contract(client: TestClient) -> None:
    answer = client.get("/api/v1/lookup", params={"q": "A1001"}).json()
    assert set(ANSWER.split()) <= set(answer)
    assert set(REGISTRATION.split()) <= set(answer["matches"][0])
    assert answer["matches"][0]["last_checked"].endswith("Z")


def test_verify(client: TestClient) -> None:
    body = {"number": "A1001", "name": "Ingrith Abelquist", "register": "ca_on_cmto"}
    answer = client.post("/api/v1/verify", json=body).json()
    assert (answer["verdict"], answer["assurance"]) == ("confirmed", "number_and_name")
    assert answer["query"]["register"] == "ca_on_cmto"


@pytest.mark.parametrize("key", ["k1", "A1001", "a-1001"])
def test_one_registration(client: TestClient, key: str) -> None:
    answer = client.get(f"/api/v1/registrations/ca_on_cmto/{key}")
    assert answer.status_code == 200
    assert answer.json()["matches"][0]["key"] == "k1"


def test_registers_and_runs(client: TestClient) -> None:
    found = client.get("/api/v1/registers").json()
    assert set(REGISTER.split()) <= set(found["registers"][0])
    assert {place["code"] for place in found["jurisdictions"]} > {"CA-ON", "CA-QC", "US-LA"}
    run = client.get("/api/v1/runs").json()["runs"][0]
    assert (run["state"], run["register"]) == ("accepted", "ca_on_cmto")


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("GET", "/api/v1/lookup", 422),
        ("GET", "/api/v1/lookup?q=" + "x" * 10_000, 422),
        ("GET", "/api/v1/lookup?q=%00", 422),
        ("GET", "/api/v1/lookup?q=A1001&register=nowhere", 404),
        ("GET", "/api/v1/registrations/nowhere/k1", 404),
        ("GET", "/api/v1/registrations/ca_on_cmto/nobody", 404),
        ("GET", "/api/v1/nothing", 404),
        ("DELETE", "/api/v1/lookup", 405),
        ("POST", "/api/v1/verify", 422),
    ],
)
def test_errors_are_problems(client: TestClient, method: str, url: str, status: int) -> None:
    answer = client.request(method, url)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_a_large_body_is_refused_before_it_is_read(client: TestClient) -> None:
    assert client.post("/api/v1/verify", content=b"x" * 70_000).status_code == 413


def test_safety_headers_are_on_every_answer(client: TestClient) -> None:
    for url in ("/api/v1/registers", "/healthz", "/api/v1/nothing"):
        headers = client.get(url).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "noindex" in headers["x-robots-tag"]


def test_alive_is_not_ready(client: TestClient, clock: Clock) -> None:
    assert client.get("/readyz").status_code == 200
    clock.forward(hours=40)
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_metrics_tell_the_age(client: TestClient, clock: Clock) -> None:
    clock.forward(hours=1)
    page = client.get("/metrics").text
    assert 'goodstanding_register_age_seconds{register="ca_on_cmto"} 3600.0' in page


def test_look_ups_are_limited_and_recover(home: Settings, ontario: Register, clock: Clock) -> None:
    fill(home, ontario, clock)
    ticks = [0.0]
    app = create_app(home.model_copy(update={"rate_limit": 3}), clock=lambda: ticks[0])
    app.dependency_overrides[the_time] = lambda: frozen(clock)
    with TestClient(app) as client:
        codes = [client.get("/api/v1/lookup?q=A1001").status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        refused = client.get("/api/v1/lookup?q=A1001")
        assert refused.headers["retry-after"] == "20"
        assert client.get("/healthz").status_code == 200
        ticks[0] = 20.0
        assert client.get("/api/v1/lookup?q=A1001").status_code == 200


def test_a_name_search_discloses_no_number(client: TestClient) -> None:
    answer = client.get("/api/v1/lookup", params={"q": "Ingrith Abelquist"})
    assert "A1001" not in answer.text


def test_the_service_looks_for_garbage_less_often_while_it_serves(settings: Settings) -> None:
    usual = gc.get_threshold()
    with TestClient(create_app(settings)):
        young, older, _ = gc.get_threshold()
        assert young * older > 100 * usual[0] * usual[1]  # things made between two long searches
    assert gc.get_threshold() == usual
