"""One slot a local date, whatever the clocks do, and how often a slot is tried."""

from datetime import UTC, date, datetime, timedelta

import pytest

from config.register import Catalogue, Register, RegisterError
from config.vocabulary import RunState
from data.slots import Attempt
from service.nights import HELD_TRIES, PAUSES, Slot, coming, latest, read_well, slots_on, turn

ZONES = ["America/Toronto", "Europe/Dublin", "Australia/Lord_Howe"]
NOON = datetime(2026, 6, 20, 12, tzinfo=UTC)


def at(register: Register, zone: str, schedule: str = "15 2 * * *") -> Register:
    """The register elsewhere, without renewal deadlines."""
    return register.model_copy(update={"timezone": zone, "schedule": schedule, "renewal": []})


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("schedule", ["15 2 * * *", "30 1 * * *", "0 0 * * *"])
def test_one_slot_a_date_over_a_leap_year(ontario: Register, zone: str, schedule: str) -> None:
    """Walked by a clock, every 10 minutes: each date comes up once, at its hour (K4)."""
    register = at(ontario, zone, schedule)
    now = datetime(2027, 12, 31, 12, tzinfo=UTC)
    seen: list[str] = []
    while now < datetime(2028, 12, 31, 12, tzinfo=UTC):
        slot = latest(register, now)
        assert slot is not None
        if not seen or seen[-1] != slot.name:
            seen.append(slot.name)
            assert now - slot.due < timedelta(minutes=11) or len(seen) == 1
        now += timedelta(minutes=10)
    first = date.fromisoformat(seen[0])
    assert seen == [(first + timedelta(days=n)).isoformat() for n in range(len(seen))]
    assert len(seen) == 367


def test_an_hour_that_does_not_exist_is_moved_forward(ontario: Register) -> None:
    [slot] = slots_on(at(ontario, "America/Toronto"), date(2026, 3, 8))
    assert slot.due == datetime(2026, 3, 8, 7, 15, tzinfo=UTC)  # 03:15 daylight time


def test_an_hour_that_comes_twice_counts_once(ontario: Register) -> None:
    register = at(ontario, "America/Toronto", "30 1 * * *")
    first, second = (datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6))
    [slot] = slots_on(register, date(2026, 11, 1))
    assert slot.due == first and latest(register, second) == slot


@pytest.mark.parametrize("hours", [-30, -1, 1, 30])
def test_after_a_clock_step_no_new_date_comes_up_late(ontario: Register, hours: int) -> None:
    """The clock is wrong for three days and then right again: done dates stay done, and at most
    the one date over which it jumped has no run of its own."""
    register, done = at(ontario, "America/Toronto"), [""]
    for hour in range(24 * 10):
        wrong = timedelta(hours=hours if 72 <= hour < 144 else 0)
        slot = latest(register, NOON + timedelta(hours=hour) + wrong)
        assert slot is not None
        if slot.name not in done:
            assert slot.name > done[-1]  # never an older date after a newer one
            done.append(slot.name)
    dates = list(map(date.fromisoformat, done[1:]))
    assert (dates[-1] - dates[0]).days + 1 - len(dates) <= (hours == -30)


def test_a_week_missed_is_one_slot(ontario: Register) -> None:
    slot = latest(ontario, NOON + timedelta(days=7))
    assert slot is not None and slot.name == "2026-06-27"


def test_around_a_deadline_there_are_two_a_day(ontario: Register) -> None:
    names = [slot.name for slot in slots_on(ontario, date(2026, 11, 1))]
    assert names == ["2026-11-01", "2026-11-01b"]
    first, second = slots_on(ontario, date(2026, 10, 29))
    assert second.due - first.due == timedelta(hours=12)
    assert len(slots_on(ontario, date(2026, 10, 28))) == 1


def test_an_afternoon_register_has_its_second_slot_in_the_same_date(ontario: Register) -> None:
    late = ontario.model_copy(update={"schedule": "0 20 * * *"})
    slots = slots_on(late, date(2026, 11, 1))
    assert [slot.name for slot in slots] == ["2026-11-01b", "2026-11-01"]


def test_a_weekly_schedule_is_owed_until_the_next(ontario: Register) -> None:
    weekly = at(ontario, "America/Toronto", "0 5 * * mon")
    slot, following = latest(weekly, NOON), coming(weekly, NOON)
    assert slot and following and (slot.name, following.name) == ("2026-06-15", "2026-06-22")


@pytest.mark.parametrize("schedule", ["61 2 * * *", "* * * * *"])
def test_a_schedule_that_cannot_be_used_names_its_register(
    ontario: Register, schedule: str
) -> None:
    wrong = ontario.model_copy(update={"schedule": schedule})
    with pytest.raises(RegisterError, match="ca_on_cmto"):
        slots_on(wrong, date(2026, 6, 20))


def test_every_register_has_a_slot_a_day(catalogue: Catalogue) -> None:
    for register in catalogue:
        assert slots_on(register, date(2026, 6, 20)), register.id


# What is left to do for a slot


@pytest.fixture
def slot(ontario: Register) -> Slot:
    found = latest(ontario, NOON)
    assert found is not None
    return found


def ended(state: RunState, *holds: str, at: datetime = NOON) -> Attempt:
    return Attempt(1, state, at, frozenset(holds))


def test_a_slot_nobody_tried_is_due(slot: Slot) -> None:
    found = turn(slot, [])
    assert (found.label, found.at) == ("2026-06-20#1", slot.due)


@pytest.mark.parametrize("state", [RunState.ACCEPTED, RunState.REJECTED, RunState.RUNNING])
def test_what_is_done_or_under_way_is_left_alone(slot: Slot, state: RunState) -> None:
    assert turn(slot, [ended(state)]).at is None
    assert read_well([ended(state)]) is (state is RunState.ACCEPTED)


def test_failures_are_tried_again_with_growing_pauses_then_given_up(slot: Slot) -> None:
    failed = [ended(RunState.FAILED, "failed")] * 5
    waits = [turn(slot, failed[:n]).at for n in range(1, 6)]
    assert waits == [*(NOON + pause for pause in PAUSES), None]
    assert list(PAUSES) == sorted(PAUSES)


def test_what_was_interrupted_is_taken_over_at_once_but_only_once(slot: Slot) -> None:
    dead = ended(RunState.FAILED, "interrupted")
    assert turn(slot, [dead]).at == NOON
    assert turn(slot, [dead, dead]).at == NOON + PAUSES[1]


def test_what_was_held_is_asked_once_more(slot: Slot) -> None:
    held = ended(RunState.HELD, "shrunk")
    again = turn(slot, [held])
    assert HELD_TRIES == 2 and again.at and again.at > NOON
    assert turn(slot, [held, held]).at is None


def test_a_wall_is_not_asked_twice(slot: Slot) -> None:
    assert turn(slot, [ended(RunState.HELD, "refused", "incomplete")]).at is None
