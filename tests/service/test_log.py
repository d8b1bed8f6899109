"""The log holds no person: closed fields, no words of errors, no question asked."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service import log

CANARY = "Abelquist"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What would reach stderr."""
    loggers = [logging.getLogger(name) for name in ("goodstanding", "uvicorn", "apscheduler")]
    before = [(one.handlers, one.propagate, one.level) for one in loggers]
    out = io.StringIO()
    log.setup("json", out)
    yield out
    for one, (handlers, propagate, level) in zip(loggers, before, strict=True):
        one.handlers, one.propagate = handlers, propagate
        one.setLevel(level)


def events(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_an_event_is_one_line_of_json(lines: io.StringIO) -> None:
    log.event("ended", register="ca_on_cmto", run=7, seconds=1.5, slot=None)
    [said] = events(lines)
    assert said["event"] == "ended" and said["run"] == 7 and "slot" not in said
    assert str(said["at"]).endswith("Z")


@pytest.mark.parametrize("field", ["name", "query", "number", "text", "url"])
def test_a_field_that_could_hold_a_person_is_refused(field: str) -> None:
    with pytest.raises(TypeError, match=field):
        log.event("ended", **{field: CANARY})


def test_an_error_is_told_by_kind_and_place(lines: io.StringIO) -> None:
    try:
        raise ValueError(f"cannot read {CANARY}")
    except ValueError as error:
        log.failed("not_read", error, register="ca_on_cmto")
    [said] = events(lines)
    assert str(said["error"]).startswith("ValueError at test_log.py:") and CANARY not in str(said)


def test_others_lines_lose_their_arguments_and_errors(lines: io.StringIO) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception with %s", CANARY)
    assert events(lines)[0]["error"] and CANARY not in lines.getvalue()


def test_text_is_one_short_line(lines: io.StringIO) -> None:
    log.setup("text", lines)
    log.event("start", register="ca_on_cmto", attempt=2)
    assert lines.getvalue().rstrip().endswith("start register=ca_on_cmto attempt=2")


def test_no_question_reaches_the_log(client: TestClient, lines: io.StringIO) -> None:
    """A canary on every door, in every place a question can stand."""
    for path in (
        f"/?q={CANARY}",
        f"/verify?name={CANARY}&number=A1001&place={CANARY}",
        f"/r/ca_on_cmto/{CANARY}",
        f"/{CANARY}",
        f"/api/v1/lookup?q={CANARY}",
        f"/api/v1/registrations/ca_on_cmto/{CANARY}",
        f"/api/v1/registrations/{CANARY}/x",
    ):
        client.get(path, headers={"User-Agent": CANARY, "Referer": CANARY})
    client.post("/api/v1/verify", json={"name": CANARY, "number": "A1001"})
    client.request(CANARY.upper(), "/")
    said = events(lines)
    assert len([one for one in said if one["event"] == "request"]) == 9
    assert "/api/v1/lookup" in {one["route"] for one in said}
    assert CANARY.lower() not in lines.getvalue().lower()
