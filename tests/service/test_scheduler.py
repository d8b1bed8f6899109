"""The clock starts what is owed, once, in its hour or soon after; and stops with grace."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from config.register import Register
from config.settings import Settings
from config.vocabulary import RunState
from data.run import SILENCE, lease, run_table, update_run
from data.store import Store
from service.desk import Desk
from service.nights import PAUSES
from service.outlook import outlooks
from service.scheduler import JITTER, LOOK, Scheduler
from tests.conftest import Clock
from tests.service.clocks import Runs, desk_of, drop_file


@pytest.fixture
def inbox(louisiana: Register, settings: Settings) -> Register:
    """A register read from a file, at 02:15 in Toronto."""
    changed = {"timezone": "America/Toronto", "schedule": "15 2 * * *", "renewal": []}
    register = louisiana.model_copy(update=changed)
    drop_file(settings, register)
    return register


@pytest.fixture
def desk(store: Store, settings: Settings, inbox: Register) -> Desk:
    return desk_of(store, settings, inbox)


def schedule(desk: Desk, clock: Clock, ends: RunState | None = RunState.ACCEPTED) -> Any:
    """A scheduler whose runs cost nothing, and what it started."""
    runs = Runs(desk.store, clock, ends)
    made: Any = Scheduler(desk, clock, Random(1), runs)  # type: ignore[arg-type]
    return made, runs


def rows(desk: Desk) -> list[Any]:
    with desk.store.read() as db:
        return list(db.execute(run_table.select().order_by(run_table.c.id)).mappings())


def test_a_slot_missed_while_down_is_read_at_the_first_look(desk: Desk, clock: Clock) -> None:
    scheduler, runs = schedule(desk, clock)
    scheduler.look()
    assert runs.started == ["us_la_bmt 2026-06-20#1"]
    scheduler.look()
    assert len(runs.started) == 1


def test_a_week_missed_is_one_run(desk: Desk, clock: Clock) -> None:
    schedule(desk, clock)[0].look()
    clock.forward(days=7)
    scheduler, runs = schedule(desk, clock)
    for _ in range(5):
        scheduler.look()
        clock.forward(minutes=2)
    assert runs.started == ["us_la_bmt 2026-06-27#1"]


def test_a_slot_seen_on_time_waits_a_random_part_of_the_jitter(desk: Desk, clock: Clock) -> None:
    due = clock.at = datetime(2026, 6, 20, 6, 15, tzinfo=UTC)
    scheduler, runs = schedule(desk, clock)
    while not runs.started:
        scheduler.look()
        clock.forward(seconds=LOOK)
    expected = Random(1).random() * JITTER
    assert timedelta() <= (clock.at - due) - expected <= timedelta(seconds=3 * LOOK)


@pytest.mark.parametrize("zone", ["America/Toronto", "Europe/Dublin", "Australia/Lord_Howe"])
def test_one_run_a_local_date_for_a_year(
    zone: str, sqlite_store: Store, settings: Settings, inbox: Register, clock: Clock
) -> None:
    """Two schedules on one store, looked at every eight hours, one of them restarted daily."""
    desk = desk_of(sqlite_store, settings, inbox.model_copy(update={"timezone": zone}))
    first = schedule(desk, clock)[0]
    for _ in range(366):
        second = schedule(desk, clock)[0]
        for _ in range(3):
            first.look()
            second.look()
            clock.forward(hours=8)
    slots = [row["slot"] for row in rows(desk)]
    assert len(slots) == len(set(slots)) == 366 + (slots[-1] == "2027-06-21")
    assert {row["attempt"] for row in rows(desk)} == {1}


def test_a_step_of_the_clock_starts_nothing_twice(desk: Desk, clock: Clock) -> None:
    scheduler, runs = schedule(desk, clock)
    for step in (0, -26, 26, 1, -1, 24):
        clock.forward(hours=step)
        scheduler.look()
    assert runs.started == [f"us_la_bmt 2026-06-{day}#1" for day in (20, 19, 21)]


def test_what_somebody_read_since_the_slot_was_due_is_not_read_again(
    desk: Desk, clock: Clock, inbox: Register
) -> None:
    for minutes, again in ((-1, True), (1, False)):
        clock.at = datetime(2026, 6, 20, 6, 15, tzinfo=UTC) + timedelta(minutes=minutes)
        with lease(desk.store, inbox.id, "inbox", clock()) as run_id, desk.store.begin() as db:
            update_run(db, run_id, state=RunState.ACCEPTED, finished_at=clock())
        clock.at = datetime(2026, 6, 20, 12, tzinfo=UTC)
        night = outlooks(desk, clock())
        assert (night[0].turn.at is not None) is again and night[0].read is not again


def test_a_failed_slot_is_tried_again_with_growing_pauses(desk: Desk, clock: Clock) -> None:
    scheduler, runs = schedule(desk, clock, RunState.FAILED)
    began = clock.at
    for _ in range(12 * 12):
        scheduler.look()
        clock.forward(minutes=5)
    assert runs.started == [f"us_la_bmt 2026-06-20#{n}" for n in range(1, len(PAUSES) + 2)]
    starts = [row["started_at"] - began for row in rows(desk)]
    pauses = [later - sooner for sooner, later in zip(starts, starts[1:], strict=False)]
    assert all(real >= told for real, told in zip(pauses, PAUSES, strict=True))


def test_what_a_dead_schedule_left_is_taken_over_within_two_minutes(
    desk: Desk, clock: Clock, inbox: Register
) -> None:
    with (
        lease(desk.store, inbox.id, "inbox", clock(), "2026-06-20#1") as run_id,
        desk.store.begin() as db,
    ):
        update_run(db, run_id, owner="elsewhere:/var/locks")
    scheduler, runs = schedule(desk, clock)
    died = clock.at
    scheduler.look()
    assert not runs.started
    while not runs.started and clock.at - died < timedelta(hours=1):
        clock.forward(seconds=LOOK)
        scheduler.look()
    assert SILENCE < clock.at - died < timedelta(minutes=2)
    assert [row["state"] for row in rows(desk)] == [RunState.FAILED, RunState.ACCEPTED]


def test_of_this_machine_it_is_taken_over_at_once(
    desk: Desk, clock: Clock, inbox: Register
) -> None:
    with lease(desk.store, inbox.id, "inbox", clock(), "2026-06-20#1"):
        pass  # killed here
    scheduler, runs = schedule(desk, clock)
    scheduler.look()
    assert runs.started == ["us_la_bmt 2026-06-20#2"]


def test_two_registers_of_one_host_are_never_read_at_once(
    store: Store, settings: Settings, ontario: Register, clock: Clock
) -> None:
    there = ontario.at("https://register.example.org")
    other = there.model_copy(update={"id": "ca_on_other"})
    scheduler, runs = schedule(desk_of(store, settings, there, other), clock, None)
    scheduler.look()
    scheduler.look()
    assert runs.started == ["ca_on_cmto 2026-06-20#1"]


def test_only_so_many_are_read_side_by_side(
    store: Store, settings: Settings, inbox: Register, clock: Clock
) -> None:
    more = [inbox.model_copy(update={"id": f"us_la_n{n}"}) for n in range(4)]
    for register in more:
        drop_file(settings, register)
    scheduler, runs = schedule(desk_of(store, settings, *more), clock, None)
    scheduler.look()
    assert len(runs.started) == settings.runs_at_once == 2


def test_a_process_that_never_became_a_run_is_not_started_at_every_look(
    desk: Desk, clock: Clock
) -> None:
    scheduler, runs = schedule(desk, clock, None)
    for _ in range(120):
        scheduler.look()
        for child in scheduler.children.values():
            child.code = 4
        clock.forward(seconds=LOOK)
    assert 2 <= len(runs.started) <= 5


def test_nothing_is_started_without_a_contact_or_a_file(
    store: Store, settings: Settings, ontario: Register, louisiana: Register, clock: Clock
) -> None:
    nobody = settings.model_copy(update={"contact": ""})
    real = ontario.at("https://register.example.org")
    scheduler, runs = schedule(desk_of(store, nobody, real, louisiana), clock)
    scheduler.look()
    assert not runs.started


def test_a_stop_waits_for_runs_under_way_and_then_ends_them(desk: Desk, clock: Clock) -> None:
    scheduler, _ = schedule(desk, clock, None)
    scheduler.look()
    [child] = scheduler.children.values()
    scheduler.stop(0)
    assert child.ended and not scheduler.children
    scheduler.look()
    assert not scheduler.children
