"""Looking up a name: filters, reasons and further pages are the same on every door."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from config.register import Catalogue
from config.settings import Settings
from config.vocabulary import Status
from data.records import Name, Place
from data.store import Store
from service.api import the_time
from service.app import create_app
from service.cli import app as commands
from tests.conftest import Clock
from tests.data.nights import Nights, person
from tests.service.conftest import frozen

PATH = "/api/v1/lookup"
LATER = date(2027, 3, 31)
ADVERSE = {"status": Status.SUSPENDED, "word": "Suspended", "may_practise": False}


@pytest.fixture
def filled(home: Settings, clock: Clock) -> Settings:
    """One name in two registers of massage therapists and one of physiotherapists."""
    store, catalogue = Store.of(home), Catalogue()
    cedar, alder = Place("Cedarlatch Clinic", "Ottawa"), Place("Alder Clinic", "Sudbury")
    name = Name("Ana", "Dahlquist")
    for register_id, records in {
        "ca_on_cmto": [
            person(1, name=name, places=(cedar,)),
            person(2, name=name, places=(alder,), **ADVERSE),
            *(person(10 + n, name=Name(f"Anab{n}", "Dahlquist")) for n in range(30)),
        ],
        "us_la_bmt": [person(3, name=name, number="LA3", may_practise=None, expires=LATER)],
        "ca_on_cpo": [person(4, name=name, number="P4", may_practise=None)],
    }.items():
        mine = catalogue.get(register_id)
        Nights(store, mine, clock).accept(
            [replace(one, register=mine.id, profession=mine.profession) for one in records]
        )
        clock.forward(days=-1)
    clock.forward(days=1)
    store.close()
    return home


@pytest.fixture
def client(filled: Settings, clock: Clock) -> Iterator[TestClient]:
    app = create_app(filled)
    app.dependency_overrides[the_time] = lambda: frozen(clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def keys(answer: dict[str, Any]) -> set[str]:
    """Whoever bears the name exactly."""
    return {one["key"] for one in answer["matches"] if one["name"] == "Ana Dahlquist"}


FILTERS = [
    ({}, {"k1", "k2", "k3"}),
    ({"register": "ca_on_cmto"}, {"k1", "k2"}),
    ({"register": "us_la_bmt"}, {"k3"}),
    ({"jurisdiction": "CA-ON"}, {"k1", "k2"}),
    ({"jurisdiction": "Louisiana"}, {"k3"}),
    ({"city": "ottawa"}, {"k1"}),
    ({"city": "Cedarlatch Clinic"}, {"k1"}),
    ({"city": "Kingston"}, set()),
    ({"status": "suspended"}, {"k2"}),
    ({"status": "authorised", "register": "ca_on_cmto"}, {"k1"}),
    ({"profession": "physiotherapist"}, {"k4"}),
    ({"profession": "astronaut"}, set()),
    ({"register": "ca_on_cmto", "city": "sudbury", "status": "suspended"}, {"k2"}),
]
IDS = [str(where) for where, _ in FILTERS]


@pytest.mark.parametrize(("where", "who"), FILTERS, ids=IDS)
def test_filters_of_the_api(client: TestClient, where: dict[str, str], who: set[str]) -> None:
    answer = client.get(PATH, params={"q": "Ana Dahlquist", **where})
    assert answer.status_code == 200
    assert keys(answer.json()) == who


@pytest.mark.parametrize(("where", "who"), FILTERS[:8], ids=IDS[:8])
def test_filters_of_the_command_line(
    filled: Settings, monkeypatch: pytest.MonkeyPatch, where: dict[str, str], who: set[str]
) -> None:
    monkeypatch.setenv("GOODSTANDING_HOME", str(filled.home))
    options = [part for name, value in where.items() for part in (f"--{name}", value)]
    said = CliRunner().invoke(commands, ["lookup", "Ana Dahlquist", "--json", *options])
    assert keys(json.loads(said.stdout)) == who


@pytest.mark.parametrize(
    ("where", "status"),
    [
        ({"jurisdiction": "Atlantis"}, 422),
        ({"status": "splendid"}, 422),
        ({"register": "nowhere"}, 404),
        ({"cursor": "x"}, 422),
        ({"city": "x" * 201}, 422),
    ],
)
def test_a_filter_that_means_nothing_is_refused(
    client: TestClient, where: dict[str, str], status: int
) -> None:
    answer = client.get(PATH, params={"q": "Ana Dahlquist", **where})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_filters_of_the_page(client: TestClient) -> None:
    page = client.get("/", params={"q": "Ana Dahlquist", "city": "Ottawa"})
    assert "1 person found" in page.text and 'value="Ottawa"' in page.text
    page = client.get("/", params={"q": "Ana Dahlquist", "register": "us_la_bmt"})
    assert "1 person found" in page.text


def test_each_match_says_why_and_pages_follow(client: TestClient) -> None:
    first = client.get(PATH, params={"q": "Dahlquist", "register": "ca_on_cmto"}).json()
    codes = [reason["code"] for reason in first["matches"][0]["reasons"]]
    assert "family_name_equal" in codes and all(one["reasons"] for one in first["matches"])
    onward = {"q": "Dahlquist", "register": "ca_on_cmto", "cursor": first["next_cursor"]}
    second = client.get(PATH, params=onward).json()
    assert (len(first["matches"]), len(second["matches"])) == (20, 12)
    assert second["next_cursor"] is None
    both = [one["key"] for one in first["matches"] + second["matches"]]
    assert len(set(both)) == 32


def test_a_name_tells_no_number(client: TestClient) -> None:
    matches = client.get(PATH, params={"q": "Ana Dahlquist"}).json()["matches"]
    assert matches and all("•" in one["number"] for one in matches)


NAMES = ("q", "register", "jurisdiction", "city", "profession", "status", "cursor", "x")
TEXT = st.text(max_size=40) | st.sampled_from(
    [
        "Ana Dahlquist",
        "A1001",
        "ca_on_cmto",
        "CA-ON",
        "authorised",
        "%",
        "*",
        "\x00",
        "' OR 1=1",
        "",
    ]
)


# The store is only read, so every example may use the same.
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.tuples(st.sampled_from(NAMES), TEXT), max_size=6))
def test_no_parameters_break_a_lookup(client: TestClient, asked: list[tuple[str, str]]) -> None:
    clean = [(name, said.encode("utf-8", "replace").decode()) for name, said in asked]
    for path in (PATH, "/"):
        assert client.get(path, params=clean).status_code in (200, 404, 422)


@pytest.mark.parametrize(
    "query",
    [
        "q=%ff%fe",
        "q=%ED%A0%80",
        "q=A1001&q=B",
        "q=A1001%00",
        "q[]=A1001",
        "q=A1001&register=",
        "q=%F0%9F%A6%8A",
        "q=A1001&cursor=%00",
        "q=" + "%C3%A9" * 200,
        "q=" + "a" * 200 + "&city=" + "b" * 200,
        "q=1&" * 500,
        "q=x&status=%ff",
        ";q=1",
    ],
)
def test_no_bytes_break_a_lookup(client: TestClient, query: str) -> None:
    assert client.get(f"{PATH}?{query}").status_code in (200, 404, 422)
    assert client.get(f"/?{query}").status_code in (200, 404, 422)
