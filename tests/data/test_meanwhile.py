"""Whoever looks something up while a night goes live sees one published day, whole; no error."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from data.lookup import by_ids, by_number, readings
from data.promote import Promotion
from data.records import Place
from data.search import Search
from tests.data.nights import Nights, people

BEFORE, AFTER = Place("Limestone", "Kingston"), Place("Riverside", "Ottawa")
CROWD = [replace(one, places=(BEFORE,)) for one in people(60)]
MOVED = [replace(one, places=(AFTER,)) for one in CROWD]
STEPS = ["_rewrite_changed", "_insert_new", "_mark_absence", "_mark_shared"]

Day = tuple[datetime | None, frozenset[str]]


def seen(nights: Nights) -> Day:
    """The date of the register, and the cities of one person by number and of another by name."""
    with nights.store.look() as look:
        [numbered] = by_number(look, "A1001")
        named = by_ids(look, list(Search(look, ["vesper", "quillmoor2"]).exact()))
        found = [numbered, *named.values()]
        cities = frozenset(one.record.places[0].city for one in found)
        return readings(look)[nights.register.id].as_of, cities


def apart(work: Callable[[], Day], told: list[Day]) -> None:
    """Look from a thread, and so a connection, of its own."""
    thread = threading.Thread(target=lambda: told.append(work()))
    thread.start()
    thread.join()


def test_at_every_step_the_day_before_is_seen_whole(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.accept(CROWD)
    first, told = seen(nights), list[Day]()
    for name in STEPS:
        step = getattr(Promotion, name)

        def watched(
            promotion: Promotion, *said: object, step: Callable[..., object] = step
        ) -> object:
            done = step(promotion, *said)
            apart(lambda: seen(nights), told)
            return done

        monkeypatch.setattr(Promotion, name, watched)
    run = nights.accept([*MOVED, *people(61)[60:]])
    assert run["changed"] == 60 and first[1] == {"Kingston"}
    assert told == [first] * len(STEPS)
    assert seen(nights) == (nights.clock(), {"Ottawa"})


def test_look_ups_all_through_a_night_see_one_day_or_the_other(nights: Nights) -> None:
    nights.accept(CROWD)
    first, told, over = seen(nights), list[Day](), threading.Event()

    def look_on() -> None:
        while not over.is_set():
            told.append(seen(nights))
        told.append(seen(nights))

    looker = threading.Thread(target=look_on)
    looker.start()
    nights.accept(MOVED)
    over.set()
    looker.join()
    second = (nights.clock(), frozenset({"Ottawa"}))
    assert set(told) <= {first, second} and told[-1] == second
