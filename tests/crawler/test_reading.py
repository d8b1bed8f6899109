"""Bytes become values strictly, or a complaint that says what came instead."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.ask import Answer, Ask, Refused, Unreadable
from crawler.reading import read_json, refuse_walls

URL = "http://register.example/list"
WALLS = sorted((Path(__file__).parent / "walls").iterdir())


def answer(body: bytes, status: int = 200) -> Answer:
    return Answer(Ask(URL, "list"), URL, status, {}, body, datetime(2026, 6, 20, tzinfo=UTC))


def test_json_is_read() -> None:
    assert read_json(answer(b' {"a": [1, "\\u00e9"]} ')) == {"a": [1, "é"]}
    assert read_json(answer(b'\xef\xbb\xbf{"a": 1}')) == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"[" * 100_000,
        b'{"result": [{"a": 1}, {"a"',
        b"\xff\xfe{}",
        b'{"a": "\x01"}',
        b"{'a': 1}",
        b'{"n": ' + b"9" * 5000 + b"}",
        b"<html><title>Maintenance</title></html>",
        b"  \n<!doctype html><p>Sorry</p>",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable) as raised:
        read_json(answer(body))
    assert raised.value.url == URL and raised.value.text.endswith(".")


@pytest.mark.parametrize("status", [201, 204, 206, 404, 410, 500, 503])
def test_another_status_than_200_is_unreadable(status: int) -> None:
    with pytest.raises(Unreadable, match=str(status)):
        read_json(answer(b"{}", status))


def test_a_maintenance_page_is_named() -> None:
    with pytest.raises(Unreadable, match="“Back soon”"):
        read_json(answer(b"<html><title>Back\n soon</title></html>"))


@pytest.mark.parametrize("wall", WALLS[1:], ids=lambda path: path.name)
@pytest.mark.parametrize("status", [200, 202, 405])
def test_a_bot_wall_is_a_refusal_whatever_its_status(wall: Path, status: int) -> None:
    with pytest.raises(Refused, match="permission"):
        read_json(answer(wall.read_bytes(), status))


@pytest.mark.parametrize("status", [401, 403, 405, 407, 451])
def test_some_codes_are_refusals(status: int) -> None:
    with pytest.raises(Refused, match=str(status)):
        refuse_walls(status, WALLS[0].read_bytes(), URL)


def test_a_login_form_is_a_wall_and_words_in_data_are_not() -> None:
    with pytest.raises(Refused, match="log-in form"):
        read_json(answer(b"<form><input name=p type='password'></form>"))
    assert read_json(answer(json.dumps({"name": "Captcha Clinic"}).encode()))
