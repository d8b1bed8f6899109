"""The status page, the metrics and the health of sources: what they say, and about nobody."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from config.register import Register
from config.settings import Settings
from data.run import lease
from data.store import Store
from service.history import RUNS
from tests.conftest import Clock
from tests.data.nights import Nights, people
from tests.service.conftest import fill, frozen


@pytest.fixture
def store(home: Settings, client: TestClient) -> Store:
    """The store that `client` serves."""
    assert client
    return Store.of(home)


def held(store: Store, register: Register, clock: Clock) -> None:
    Nights(store, register, clock).run(people(3))


def text(client: TestClient) -> str:
    page = client.get("/status", headers={"Accept": "text/html"})
    assert page.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_a_fresh_register_says_how_long_it_is_good_for(client: TestClient) -> None:
    said = text(client)
    assert "Up to date" in said and "may be answered from for another 36 hours" in said
    assert "209 people last; between 209 and 209 over 1 run." in said


def test_it_turns_amber_by_itself(client: TestClient, clock: Clock) -> None:
    clock.at += timedelta(hours=37)
    said = text(client)
    assert "Too old to answer from" in said and "too old to answer from." in said


def test_a_held_night_says_why_without_naming_anybody(
    client: TestClient, store: Store, ontario: Register, clock: Clock
) -> None:
    held(store, ontario, clock)
    said = text(client)
    assert "Run 2 held" in said and "is not believed" in said and "1 of them not live" in said
    assert "Quillmoor" not in said and "k1 " not in said


def test_the_page_needs_no_script_and_no_style_of_its_own(client: TestClient) -> None:
    page = client.get("/status").text
    assert page.count("<script") == 1 and "style=" not in page and "<style" not in page
    assert page.count("<svg") == page.count("</svg>") and 'role="img" aria-label="People' in page


def test_charts_end_with_the_last_sixty_runs(
    client: TestClient, store: Store, ontario: Register, clock: Clock
) -> None:
    nights = Nights(store, ontario, clock)
    for _ in range(RUNS + 3):
        nights.run(people(3))
    page = client.get("/status").text
    chart = page.partition('aria-label="People')[2].partition("</svg>")[0]
    assert chart.count("<rect") == RUNS


def test_a_run_under_way_draws_no_bar(
    client: TestClient, store: Store, ontario: Register, clock: Clock
) -> None:
    with lease(store, ontario.id, "host", clock()):
        assert "running" in text(client)


def test_sources_are_told_without_a_login(
    client: TestClient, store: Store, ontario: Register, clock: Clock
) -> None:
    held(store, ontario, clock)
    [source] = [one for one in client.get("/readyz").json()["registers"] if one["id"] == ontario.id]
    assert source["health"] == "held" and source["last_accepted"]
    assert "shrunk" in [reason["code"] for reason in source["trouble"]["reasons"]]
    listed = client.get("/api/v1/registers").json()["registers"]
    [same] = [one for one in listed if one["id"] == ontario.id]
    assert same["trouble"]["run"] == 2
    assert client.get("/healthz").json() == {"status": "alive"}


def test_a_source_read_well_has_no_trouble(client: TestClient) -> None:
    sources = {one["id"]: one for one in client.get("/readyz").json()["registers"]}
    assert sources["ca_on_cmto"]["trouble"] is None
    assert sources["us_la_bmt"]["health"] == "never"


def test_metrics(client: TestClient, store: Store, ontario: Register, clock: Clock) -> None:
    held(store, ontario, clock)
    said = client.get("/metrics").text
    for line in (
        'goodstanding_register_age_seconds{register="ca_on_cmto"} 86400.0',
        'goodstanding_register_fresh{register="ca_on_cmto"} 0.0',
        'goodstanding_runs{register="ca_on_cmto",state="accepted"} 1.0',
        'goodstanding_runs{register="ca_on_cmto",state="held"} 1.0',
        'goodstanding_run_read{register="ca_on_cmto"} 3.0',
        'goodstanding_run_issues{level="hold",register="ca_on_cmto"}',
        'goodstanding_outbox_deliveries{state="waiting"} 0.0',
    ):
        assert line in said, line


def test_metrics_name_nobody(home: Settings, ontario: Register, clock: Clock) -> None:
    from service.api import the_time
    from service.app import create_app

    fill(home, ontario, clock)
    app = create_app(home)
    app.dependency_overrides[the_time] = lambda: frozen(clock)
    with TestClient(app) as client:
        assert "Abelquist" not in client.get("/metrics").text + text(client)
