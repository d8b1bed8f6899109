"""The memory of live questions: minutes, a line per site, pace and back-off, on both databases."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.register import Register
from data.evidence import Archive
from data.live import (
    DEAD,
    LINE,
    Line,
    Memory,
    NotNow,
    Subject,
    Ticket,
    Told,
    client_table,
    reading,
)
from data.run import lease
from data.store import Store
from tests.conftest import Clock
from tests.data.nights import person

SITE = "https://register.example"
KEEP = timedelta(minutes=10)


def about(which: int = 1, **changed: str) -> Subject:
    said = {"site": SITE, "source": "register.example", "register_id": "ca_on_cmto", "rules": "r1"}
    return Subject(**{**said, "wanted": f"k{which}", **changed})


@pytest.fixture
def memory(store: Store) -> Memory:
    return Memory(store, KEEP)


def line_up(memory: Memory, now: datetime, which: int = 1) -> Ticket:
    found = memory.enter(about(which), now)
    assert isinstance(found, Line) and found.ticket
    return found.ticket


def tell(memory: Memory, now: datetime, which: int = 1) -> Told:
    ticket = line_up(memory, now, which)
    archive = Archive(memory.store.evidence, "ca_on_cmto", None)
    exhibit = archive.keep(SITE, 200, {}, b"raw", now)
    archive.close()
    told = Told(person(which), now, now, exhibit["id"])
    memory.told(about(which), ticket, told, exhibit)
    return told


def rows(store: Store) -> list[Any]:
    with store.read() as db:
        return list(db.execute(sa.select(reading)).mappings())


def test_an_answer_is_remembered_as_it_was_told(memory: Memory, clock: Clock) -> None:
    told = tell(memory, clock())
    assert memory.enter(about(), clock.forward(minutes=9)) == told


def test_and_not_longer_than_its_minutes(memory: Memory, clock: Clock) -> None:
    tell(memory, clock())
    assert isinstance(memory.enter(about(), clock.forward(minutes=10)), Line)


def test_nothing_outlives_its_minutes_in_the_store(memory: Memory, clock: Clock) -> None:
    tell(memory, clock())
    memory.forget(clock.forward(minutes=9))
    assert len(rows(memory.store)) == 1
    memory.forget(clock.forward(minutes=1))
    assert rows(memory.store) == []


@pytest.mark.parametrize(
    "changed",
    [{"rules": "r2"}, {"site": "https://other.example"}, {"wanted": "k2"}, {"register_id": "x"}],
    ids=lambda changed: next(iter(changed)),
)
def test_another_question_is_another_question(
    memory: Memory, clock: Clock, changed: dict[str, str]
) -> None:
    tell(memory, clock())
    assert isinstance(memory.enter(about(**changed), clock()), Line)


def test_a_clock_that_was_set_back_forgets_answers(memory: Memory, clock: Clock) -> None:
    tell(memory, clock())
    assert isinstance(memory.enter(about(), clock.forward(hours=-1)), Line)


def test_one_asks_and_the_others_wait_in_order(memory: Memory, clock: Clock) -> None:
    first, second = line_up(memory, clock()), line_up(memory, clock(), 2)
    assert memory.enter(about(), clock(), first) == Line(first, ours=True)
    assert memory.enter(about(2), clock(), second) == Line(second, ours=False)
    memory.leave(about(), first)
    assert memory.enter(about(2), clock(), second) == Line(second, ours=True)


def test_the_same_person_is_asked_about_once(memory: Memory, clock: Clock) -> None:
    line_up(memory, clock())
    assert memory.enter(about(), clock()) == Line(None, ours=False)


def test_the_line_is_short(memory: Memory, clock: Clock) -> None:
    for which in range(LINE):
        line_up(memory, clock(), which)
    assert memory.enter(about(99), clock()) == NotNow("busy")
    elsewhere = memory.enter(about(99, site="https://other.example"), clock())
    assert isinstance(elsewhere, Line) and elsewhere.ours


def test_whoever_died_while_asking_holds_nobody_up(memory: Memory, clock: Clock) -> None:
    line_up(memory, clock())
    second = line_up(memory, clock(), 2)
    clock.forward(seconds=DEAD.total_seconds() + 1)
    again = memory.enter(about(2), clock(), second)
    assert isinstance(again, Line) and again.ours


def test_somebody_elses_place_is_not_given_up(memory: Memory, clock: Clock) -> None:
    """The database uses ids again: a place is ours only with the moment we took it."""
    dead = line_up(memory, clock())
    clock.forward(seconds=DEAD.total_seconds() + 1)
    alive = line_up(memory, clock())
    memory.leave(about(), Ticket(alive.id, dead.taken))
    assert memory.enter(about(), clock(), alive) == Line(alive, ours=True)


def test_requests_keep_their_distance(memory: Memory, clock: Clock) -> None:
    assert memory.turn(SITE, 1.0, clock()) == 0
    assert memory.turn(SITE, 1.0, clock.forward(seconds=0.25)) == 0.75
    assert memory.turn("https://other.example", 1.0, clock()) == 0
    assert memory.turn(SITE, 1.0, clock.forward(seconds=0.75)) == 0


def test_a_clock_that_was_set_back_stops_nobody(memory: Memory, clock: Clock) -> None:
    memory.turn(SITE, 1.0, clock())
    memory.failed(about(), "unreachable", 0, clock())
    clock.forward(hours=-5)
    assert memory.turn(SITE, 1.0, clock()) == 1.0
    assert memory.turn(SITE, 1.0, clock.forward(seconds=1)) == 0
    assert isinstance(memory.enter(about(), clock()), NotNow)
    assert isinstance(memory.enter(about(), clock.forward(minutes=3)), Line)


@pytest.mark.parametrize(
    ("code", "least", "minutes"),
    [
        ("unreachable", 0, [2, 4, 8, 15, 15]),
        ("refused", 0, [15, 15]),
        ("unreachable", 3600, [60]),
        ("unreachable", 10**9, [24 * 60]),
    ],
)
def test_a_site_that_failed_is_left_alone(
    memory: Memory, clock: Clock, code: str, least: float, minutes: list[int]
) -> None:
    for wait in minutes:
        memory.failed(about(), code, least, clock())
        quiet = memory.enter(about(2), clock.forward(minutes=wait, seconds=-1))
        assert isinstance(quiet, NotNow) and quiet.code == code
        found = memory.enter(about(2), clock.forward(seconds=3))
        assert isinstance(found, Line) and found.ticket
        memory.leave(about(2), found.ticket)


def test_an_answer_ends_the_quiet(memory: Memory, clock: Clock) -> None:
    memory.failed(about(), "unreachable", 0, clock())
    tell(memory, clock.forward(minutes=3))
    memory.failed(about(), "unreachable", 0, clock())
    assert isinstance(memory.enter(about(2), clock.forward(minutes=3)), Line)


def test_what_told_nothing_is_remembered_for_this_person_only(memory: Memory, clock: Clock) -> None:
    memory.untold(about(), line_up(memory, clock()), "No entry.", clock())
    found = memory.enter(about(), clock.forward(minutes=1))
    assert isinstance(found, NotNow) and (found.code, found.text) == ("untold", "No entry.")
    assert isinstance(memory.enter(about(2), clock()), Line)


def test_robots_txt_is_remembered_as_long_as_answers(memory: Memory, clock: Clock) -> None:
    assert memory.robots(SITE, clock()) is None
    memory.keep_robots(SITE, "User-agent: *\0", clock())
    assert memory.robots(SITE, clock.forward(minutes=10)) == "User-agent: *"
    assert memory.robots(SITE, clock.forward(seconds=1)) is None
    assert memory.robots(SITE, clock.forward(hours=-1)) is None


def test_a_client_has_few_questions_and_is_forgotten(memory: Memory, clock: Clock) -> None:
    waits = [memory.spend("192.0.2.1", 3, clock()) for _ in range(4)]
    assert waits == [0, 0, 0, 20]
    assert memory.spend("192.0.2.2", 3, clock()) == 0
    assert memory.spend("192.0.2.1", 3, clock.forward(seconds=20)) == 0
    with memory.store.read() as db:
        assert "192.0.2" not in str(db.execute(sa.select(client_table)).all())
    memory.forget(clock.forward(minutes=1))
    with memory.store.read() as db:
        assert db.execute(sa.select(client_table)).all() == []


def test_a_clock_that_was_set_back_gives_no_questions(memory: Memory, clock: Clock) -> None:
    for _ in range(3):
        memory.spend("192.0.2.1", 3, clock())
    assert memory.spend("192.0.2.1", 3, clock.forward(hours=-1)) == 20


def test_nobody_asks_while_the_night_reads_the_same_host(
    memory: Memory, ontario: Register, clock: Clock
) -> None:
    with lease(memory.store, ontario.id, "register.example", clock()):
        assert memory.enter(about(), clock()) == NotNow("reading")
        assert isinstance(memory.enter(about(source="other.example"), clock()), Line)
        assert isinstance(memory.enter(about(2), clock.forward(minutes=5)), Line)  # it died
