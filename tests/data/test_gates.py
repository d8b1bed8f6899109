"""Each limit of promises T4 and T6, at its border and just past it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.register import Register
from config.vocabulary import Level
from data.gates import Night, holds, judge
from data.records import Part
from data.run import Issue

JUNE = datetime(2026, 6, 20, 6, tzinfo=UTC)
OCTOBER = datetime(2026, 11, 1, 6, tzinfo=UTC)


def keys(count: int) -> set[str]:
    return {f"k{number}" for number in range(count)}


def listed(count: int, stated: int, **part: Any) -> Part:
    return Part("Current", [stated], keys(count), part.pop("rows", count), **part)


def night(people: int = 20_000, **more: Any) -> Night:
    usual = Night(complete=True, people=people, last_people=people, as_of=JUNE, source="host")
    return replace(usual, **more)


def findings(register: Register, judged: Night, now: datetime = JUNE) -> dict[str, Level]:
    return {issue.code: issue.level for issue in judge(register, judged, now)}


def test_a_good_night_has_no_findings(ontario: Register) -> None:
    good = night(parts=[listed(20_000, 20_000)], whole=20_000, last_source="host", last_as_of=JUNE)
    assert not findings(ontario, good)


@pytest.mark.parametrize(
    ("judged", "code"),
    [
        (night(parts=[listed(20_000, 20_020)]), ""),
        (night(parts=[listed(20_000, 20_021)]), "incomplete"),
        (night(parts=[listed(20_000, 19_979)]), "incomplete"),
        (night(whole=20_020), ""),
        (night(whole=20_021), "incomplete"),
        (night(whole=19_979), "incomplete"),
        (night(parts=[listed(20_000, 20_000, repeated_pages=1)]), "repeated_page"),
        (night(parts=[listed(20_000, 20_000), Part("Revoked", [20], keys(20), 20)]), ""),
        (
            night(parts=[listed(20_000, 20_000), Part("Revoked", [21], keys(21), 21)]),
            "listed_twice",
        ),
        (night(repeated=20), ""),
        (night(repeated=21), "repeated_row"),
        (night(20_000, last_people=22_222), ""),
        (night(20_000, last_people=22_223), "shrunk"),
        (night(22_000, last_people=20_000), ""),
        (night(22_001, last_people=20_000), "grown"),
        (night(12_000), ""),
        (night(11_999), "out_of_bounds"),
        (night(40_001), "out_of_bounds"),
        (night(11_999, bounded=False), ""),
        (night(0, bounded=False, last_people=None), "empty"),
        (night(flips=1000), ""),
        (night(flips=1001), "status_shift"),
        (night(100, bounded=False, flips=20), ""),
        (night(100, bounded=False, flips=21), "status_shift"),
        (night(renamed=1000), ""),
        (night(renamed=1001), "names_shift"),
        (night(100, bounded=False, renamed=20), ""),
        (night(100, bounded=False, renamed=21), "names_shift"),
        (night(withheld=["k"] * 400), ""),
        (night(withheld=["k"] * 401), "withheld"),
        (night(unfilled={"family": 20}), ""),
        (night(unfilled={"family": 21}), "unfilled"),
        (night(unfilled={"number": 20_000}), ""),
        (night(complete=False), "incomplete"),
        (night(source="host", last_source="other"), "other_source"),
        (night(as_of=JUNE + timedelta(minutes=5)), ""),
        (night(as_of=JUNE + timedelta(minutes=5, seconds=1)), "future_date"),
        (night(last_as_of=JUNE), ""),
        (night(last_as_of=JUNE + timedelta(seconds=1)), "older"),
    ],
)
def test_a_limit_holds_what_is_past_it(ontario: Register, judged: Night, code: str) -> None:
    issues = findings(ontario, judged)
    assert [code for code, level in issues.items() if level is Level.HOLD] == (
        [code] if code else []
    )


@pytest.mark.parametrize(("flips", "held"), [(5000, False), (5001, True)])
def test_more_people_may_change_around_a_deadline(
    ontario: Register, flips: int, held: bool
) -> None:
    issues = judge(ontario, night(flips=flips, as_of=OCTOBER), OCTOBER)
    assert holds(issues) is held


@pytest.mark.parametrize(("day", "wave"), [(28, False), (29, True)])
def test_the_wave_follows_the_calendar_of_the_register(
    ontario: Register, day: int, wave: bool
) -> None:
    """29 October begins in Toronto at 04:00 UTC."""
    now = datetime(2026, 10, 29, 3, 59, tzinfo=UTC) + timedelta(minutes=day - 28)
    assert holds(judge(ontario, night(flips=1001, as_of=now), now)) is not wave


@pytest.mark.parametrize("code", "cut_file refused unreadable unreachable".split())
def test_what_breaks_a_sweep_holds_it(ontario: Register, code: str) -> None:
    odd = Issue(code, Level.WARN, "odd")
    assert findings(ontario, night(oddities=[odd])) == {code: Level.HOLD}


@pytest.mark.parametrize(("lost", "level"), [(20, Level.WARN), (21, Level.HOLD)])
@pytest.mark.parametrize("code", ["broken_row", "unreadable_row"])
def test_a_few_lost_rows_are_told(ontario: Register, code: str, lost: int, level: Level) -> None:
    odd = Issue(code, Level.WARN, "odd", lost)
    assert findings(ontario, night(oddities=[odd])) == {code: level}


def test_a_file_without_a_date_is_told(ontario: Register) -> None:
    assert findings(ontario, night(as_of=None)) == {"no_date": Level.WARN}


def test_people_withheld_are_named(ontario: Register) -> None:
    [issue] = judge(ontario, night(withheld=["k1", "k2"]), JUNE)
    assert (issue.level, issue.count, issue.examples) == (Level.WITHHOLD, 2, ("k1", "k2"))


def test_a_tiny_register_may_lose_two_people(ontario: Register) -> None:
    assert not holds(judge(ontario, night(3, bounded=False, last_people=5), JUNE))
    assert holds(judge(ontario, night(2, bounded=False, last_people=5), JUNE))


def test_no_register_file_can_widen_the_limits_far(ontario: Register) -> None:
    assert max(wave.flips for wave in ontario.renewal) < 0.5
    assert ontario.expect.repeats <= 0.05


@pytest.mark.parametrize(
    ("alerted", "cleared", "held"),
    [(300, 60, False), (300, 61, True), (10, 5, False), (10, 6, True)],
)
def test_notices_do_not_vanish_together(
    ontario: Register, alerted: int, cleared: int, held: bool
) -> None:
    issues = judge(ontario, night(alerted=alerted, cleared=cleared), JUNE)
    assert ("alerts_lost" in [issue.code for issue in issues]) is held


@pytest.mark.parametrize(
    ("quiet", "people", "told"),
    [(5, 2_000, True), (4, 20_000, False), (5, 1_999, False), (250, 40, True)],
)
def test_a_register_in_which_nothing_ever_changes_is_told(
    ontario: Register, quiet: int, people: int, told: bool
) -> None:
    found = findings(ontario, night(people, quiet=quiet, bounded=False))
    assert ("no_change" in found) is told and Level.HOLD not in found.values()


def test_a_shift_is_told_with_examples(ontario: Register) -> None:
    judged = night(flips=5_000, examples={"status_shift": ("k1", "k2")})
    [held] = [one for one in judge(ontario, judged, JUNE) if one.code == "status_shift"]
    assert held.examples == ("k1", "k2") and held.count == 5_000


@pytest.mark.parametrize(("ahead", "told"), [(5, False), (6, True)])
def test_a_live_date_to_come_is_told(ahead: int, told: bool, ontario: Register) -> None:
    tonight = night(last_as_of=JUNE + timedelta(minutes=ahead))
    [held] = judge(ontario, tonight, JUNE)
    assert held.code == "older" and ("clock was wrong" in held.text) is told


@pytest.mark.parametrize(("still", "held"), [(None, False), (18, True), (111, True), (112, False)])
def test_conditions_are_not_lost_a_seventh_a_night(
    still: int | None, held: bool, ontario: Register
) -> None:
    """28 of 200 is little; of the few whose pages were read tonight it is not."""
    issues = judge(ontario, night(alerted=200, cleared=28, alerted_still=still), JUNE)
    assert ("alerts_lost" in {one.code for one in issues}) is held
