"""What lies ahead is told 30, 14, 7 and 1 days before, once each, and stands on the board."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from config.register import Register, Renewal
from config.settings import Settings
from data.store import Store
from service.desk import Desk
from service.watch import ahead
from service.watch import round as watching
from tests.conftest import NOON
from tests.data.nights import Nights, people
from tests.service.clocks import desk_of
from tests.service.watch.lists import alerts, of, raised, watch

CROWD = people(60)
TODAY = NOON.date() + timedelta(days=1)  # of the first night


@pytest.fixture
def renewing(ontario: Register) -> Register:
    """Ontario, with a deadline on 31 July."""
    deadline = Renewal(deadline="07-31", source="a test")
    return ontario.model_copy(update={"renewal": [deadline]})


@pytest.fixture
def desk(sqlite_store: Store, settings: Settings, renewing: Register) -> Desk:
    return desk_of(sqlite_store, settings, renewing)


@pytest.mark.parametrize(
    ("left", "reached"), [(31, None), (30, 30), (15, 30), (14, 14), (8, 14), (7, 7), (1, 1), (0, 1)]
)
def test_the_step_that_was_reached(left: int, reached: int | None) -> None:
    assert ahead.step(left) == reached


def test_an_expiry_is_told_at_each_step_once(nights: Nights, desk: Desk) -> None:
    """Night by night until it has passed; the register goes on listing them as authorised."""
    mine = replace(CROWD[0], expires=TODAY + timedelta(days=32))
    nights.accept([mine, *CROWD[1:]])
    head = watch(desk, of([mine, CROWD[1]]), nights.clock())
    for _ in range(35):
        nights.accept([mine, *CROWD[1:]])
        watching.look(desk, nights.clock)
    told = [
        (row["kind"], (row["due"] - row["raised_at"].date()).days)
        for row in sorted(alerts(desk, head), key=lambda row: row["id"])
        if row["person"] == mine.name.full
    ]
    steps = [("expiry_ahead", days) for days in (30, 14, 7, 1)]
    assert told == [*steps, ("expired", -1)]
    deadlines = [row["raised_at"].date() for row in alerts(desk, head) if row["person"] == ""]
    assert sorted((date(2026, 7, 31) - day).days for day in deadlines) == [7, 14, 30]


def test_after_a_pause_only_the_step_of_today_is_told(nights: Nights, desk: Desk) -> None:
    mine = replace(CROWD[0], expires=TODAY + timedelta(days=7))
    nights.accept([mine, *CROWD[1:]])
    head = watch(desk, of([mine]), nights.clock())
    watching.look(desk, nights.clock)  # nothing ran since: the day's look tells
    nights.clock.forward(hours=2)
    watching.look(desk, nights.clock)
    watching.look(desk, nights.clock)
    assert raised(desk, head) == [(mine.name.full, "expiry_ahead")]


def test_the_board_shows_who_has_not_renewed(nights: Nights, desk: Desk) -> None:
    deadline = date(2026, 7, 31)
    some = [
        replace(CROWD[0], expires=deadline),
        replace(CROWD[1], expires=date(2027, 7, 31)),
        CROWD[2],
        replace(CROWD[3], expires=TODAY - timedelta(days=1)),
    ]
    nights.accept([*some, *CROWD[4:]])
    head = watch(desk, of(some), nights.clock())
    with desk.store.read() as db:
        board = ahead.board(desk, db, head, nights.clock())
    told = {one.standing.person.name: (one.due, one.renewed) for one in board}
    assert told == {
        some[0].name.full: (deadline, False),
        some[1].name.full: (deadline, True),
        some[2].name.full: (deadline, None),
        some[3].name.full: (TODAY - timedelta(days=1), False),
    }
    late = [one.standing.person.name for one in ahead.not_renewed(board, 60)]
    assert late == [some[3].name.full, some[0].name.full, some[2].name.full]
    late = [one.standing.person.name for one in ahead.not_renewed(board, 10)]
    assert late == [some[3].name.full]
