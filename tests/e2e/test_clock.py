"""The clock is wrong, jumps or stands still: nobody is confirmed from a date that lies."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.standin import Standin
from tests.e2e.cli import PEOPLE, REGISTER, Home, lasting

SOME = [one for one in PEOPLE if one["authorizedToPractice"]][:4]


def verdicts(home: Home) -> set[str]:
    return {home.verdict(one) for one in SOME}


def health(home: Home) -> Any:
    found = home.run("registers", "--json").json["registers"]
    return next(one["health"] for one in found if one["id"] == REGISTER)


def test_a_week_without_a_night(fresh: Home, site: Standin) -> None:
    """What was read a week ago confirms nobody; one good night later everything is as it was."""
    assert fresh.refresh(site.url, ILL="clock:-168").code == 0
    first = fresh.export()
    assert verdicts(fresh) == {"cannot_confirm"} and health(fresh) == "stale"
    fresh.accept(site.url)
    assert lasting(fresh.export(), "last_changed") == lasting(first, "last_changed")
    assert verdicts(fresh) == {"confirmed"} and health(fresh) == "fresh"


def test_a_clock_that_was_ahead_for_a_night(home: Home, site: Standin) -> None:
    """Which of two dates is wrong, no machine can tell: a person does."""
    assert home.refresh(site.url, ILL="clock:30").code == 0
    assert verdicts(home) == {"cannot_confirm"}
    done = home.refresh(site.url)
    assert done.code == 3 and "If it is right now, approve this run" in done.holds["older"]
    assert verdicts(home) == {"cannot_confirm"}
    why = ("--why", "The clock was wrong.")
    assert home.run("runs", "approve", str(done.json["id"]), *why).code == 0
    assert "confirmed" in verdicts(home)  # whose details the wrong clock stamped: not yet
    home.accept(site.url)
    assert verdicts(home) == {"confirmed"}


@pytest.mark.parametrize("hours", ["30", "9000"])
def test_a_clock_that_jumps_ahead_in_a_night(hours: str, home: Home, site: Standin) -> None:
    """All of it is as old as its beginning, and no date of anybody lies in the future."""
    done = home.refresh(site.url, "--full", ILL=f"jump:{hours}")
    now = datetime.now(UTC).isoformat()
    assert done.code == 0 and done.json["as_of"] < now
    live = [json.loads(line) for line in home.export().splitlines()]
    assert all(one["last_checked"] < now and one["detail_checked"] < now for one in live)
    assert verdicts(home) == {"confirmed"}
    home.accept(site.url)


def test_a_clock_that_jumps_back_in_a_night(home: Home, site: Standin, before: str) -> None:
    done = home.refresh(site.url, ILL="jump:-30")
    assert done.code == 3 and set(done.holds) == {"older"}
    assert home.export() == before and verdicts(home) == {"cannot_confirm"}
    home.accept(site.url)
    assert lasting(home.export()) == lasting(before) and verdicts(home) == {"confirmed"}
