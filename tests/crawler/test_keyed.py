"""Services that answer JSON about one person at a time: exactly what was asked, or nothing."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.register import Catalogue, Register
from config.vocabulary import Status
from crawler.ask import Answer, Ask, Refused, Unreadable
from crawler.platforms import PLATFORMS
from data.records import Record

KEYED = PLATFORMS["keyed"]
SAMPLES = Path(__file__).parent.parent / "samples"
SAID = json.loads((SAMPLES / "us_ny_nysed/person-registered.json").read_text())


@pytest.fixture
def york(catalogue: Catalogue) -> Register:
    return catalogue.get("us_ny_nysed")


def read(register: Register, body: Any, status: int = 200) -> list[Record]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    ask = Ask("https://x.example/", "person", {"wanted": "99903"})
    answer = Answer(ask, ask.url, status, {}, raw, datetime(2026, 6, 20, tzinfo=UTC))
    return [one for one in KEYED.read(register, answer) if isinstance(one, Record)]


def value(**said: Any) -> dict[str, Any]:
    return {**SAID, **{key: {"value": one, "label": key} for key, one in said.items()}}


def test_a_person_is_asked_by_number(york: Register, catalogue: Catalogue) -> None:
    [ask] = KEYED.find(york, "99903")
    assert ask.url.endswith("?professionCode=027&licenseNumber=099903") and ask.method == "GET"
    [ask] = KEYED.find(catalogue.get("us_pa_pals"), 'MSG1"}')
    assert ask.method == "POST" and json.loads(ask.body)["LicenseNumber"] == 'MSG1"}'
    assert not list(KEYED.start(york))


def test_wrapped_and_bare_values_are_read(york: Register) -> None:
    [wrapped] = read(york, SAID)
    [bare] = read(york, {key: one["value"] for key, one in SAID.items()})
    assert wrapped == bare and (wrapped.status, wrapped.name.family) == (
        Status.AUTHORISED,
        "MARCHETTA-VOSS",
    )


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("NIGUEZ TALLOW JOSE", "TALLOW JOSE NIGUEZ"),
        ("TALLOW, JOSE", "JOSE TALLOW"),
        ("TALLOW", "TALLOW"),
    ],
)
def test_no_word_of_a_name_is_lost(york: Register, name: str, full: str) -> None:
    assert read(york, value(name=name))[0].name.full == full


@pytest.mark.parametrize(
    "body",
    [
        value(licenseNumber="099902"),
        value(restriction="Chaperone"),
        {key: one for key, one in SAID.items() if key != "status"},
        {**SAID, "status": True},
        {**SAID, "status": ["Registered"]},
        {**SAID, "status": {"value": "Registered", "label": "Status", "until": "yesterday"}},
        {"content": [SAID]},
        [SAID],
        {"message": "Request Timeout"},
        b"<html><title>Maintenance</title>",
        b'{"name": "A", "name": "B"}',
    ],
    ids=range(11),
)
def test_any_other_answer_is_unreadable(york: Register, body: Any) -> None:
    with pytest.raises(Unreadable):
        read(york, body)


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_key_is_a_refusal(york: Register, status: int) -> None:
    with pytest.raises(Refused):
        read(york, SAID, status)


def test_another_profession_is_nobody(york: Register) -> None:
    assert not read(york, value(professionCode="022"))


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        ({"status": "Registered*"}, "unknown_word"),
        ({"status": None}, "unknown_word"),
        ({"registeredThroughDate": "Never"}, "bad_date"),
    ],
)
def test_what_is_not_understood_is_doubted(york: Register, said: Any, doubt: str) -> None:
    assert read(york, value(**said))[0].doubts == (doubt,)
