"""What is told of a night: missed slots, and the dead man's switch."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.register import Register
from config.settings import Settings
from config.vocabulary import RunState
from data.outbox import message
from data.store import Store
from service.desk import Desk
from service.scheduler import Scheduler
from tests.conftest import Clock
from tests.service.clocks import Runs, desk_of, drop_file


@pytest.fixture
def inbox(louisiana: Register, settings: Settings) -> Register:
    changed = {"timezone": "America/Toronto", "schedule": "15 2 * * *", "renewal": []}
    register = louisiana.model_copy(update=changed)
    drop_file(settings, register)
    return register


@pytest.fixture
def desk(sqlite_store: Store, settings: Settings, inbox: Register) -> Desk:
    pinging = settings.model_copy(update={"ping_url": "https://ping.example.org/x"})
    return desk_of(sqlite_store, pinging, inbox)


class Night:
    """A scheduler looked at again and again; `runs.ends` says how its runs end."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self.desk, self.clock = desk, clock
        self.runs = Runs(desk.store, clock, RunState.ACCEPTED)
        self.scheduler: Any = Scheduler(desk, clock, child=self.runs)  # type: ignore[arg-type]

    def pass_hours(self, hours: int, looks: int = 6) -> None:
        for _ in range(hours * looks):
            self.scheduler.look()
            self.clock.forward(minutes=60 / looks)

    def told(self) -> list[str]:
        with self.desk.store.read() as db:
            kinds = sa.select(message.c.kind).order_by(message.c.id)
            return [str(kind) for kind in db.scalars(kinds)]


@pytest.fixture
def night(desk: Desk, clock: Clock) -> Night:
    return Night(desk, clock)


def test_a_good_night_is_one_sign_of_life(night: Night) -> None:
    night.pass_hours(3 * 24, 1)
    assert set(night.told()) == {"night.well"} and 3 <= len(night.told()) <= 4


def test_a_held_night_is_a_bad_sign_when_nothing_is_left_to_try(night: Night) -> None:
    night.runs.ends = RunState.HELD
    night.pass_hours(3)
    assert night.told() == ["register.held", "night.ill"]
    night.runs.ends = RunState.ACCEPTED
    night.pass_hours(24)
    assert night.told()[2:] == ["register.recovered", "night.well"]


def test_while_something_is_under_way_nothing_is_said(night: Night) -> None:
    """A night that hangs gives no sign of life, and that is the alarm."""
    night.runs.ends = None
    night.pass_hours(2)
    assert night.told() == []


def test_a_night_that_fails_twice_and_recovers(night: Night) -> None:
    night.runs.ends = RunState.FAILED
    night.pass_hours(1)
    night.runs.ends = RunState.ACCEPTED
    night.pass_hours(3)
    assert night.told() == ["register.failed", "register.recovered", "night.well"]


def test_a_missed_night_is_told_once_and_its_end_too(
    night: Night, settings: Settings, inbox: Register
) -> None:
    night.pass_hours(1)
    path = next((settings.inbox / inbox.id).iterdir())
    path.unlink()  # nothing can be read from here on
    night.pass_hours(24, 2)
    assert night.told().count("register.missed") == 1
    drop_file(settings, inbox)
    night.pass_hours(2)
    assert night.told()[-2:] == ["register.recovered", "night.well"]


def test_coming_back_after_a_week_tells_one_missed_night_and_reads(
    night: Night, desk: Desk, clock: Clock
) -> None:
    night.pass_hours(1)
    clock.at += timedelta(days=7)
    later = Night(desk, clock)
    later.pass_hours(1)
    assert later.runs.started == ["us_la_bmt 2026-06-27#1"]
    assert later.told()[1:] == ["register.missed", "register.recovered", "night.well"]


def test_a_register_that_was_never_there_worries_nobody(
    sqlite_store: Store, settings: Settings, louisiana: Register, clock: Clock
) -> None:
    pinging = settings.model_copy(update={"ping_url": "https://ping.example.org/x"})
    night = Night(desk_of(sqlite_store, pinging, louisiana), clock)
    night.pass_hours(24, 1)
    assert night.told() == []


def test_without_a_switch_nothing_is_written(
    sqlite_store: Store, settings: Settings, inbox: Register, clock: Clock
) -> None:
    night = Night(desk_of(sqlite_store, settings, inbox), clock)
    night.pass_hours(4)
    assert night.told() == []
