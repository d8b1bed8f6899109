"""Absent is not gone: missing once, delisted after two complete sweeps, back when listed again."""

from config.vocabulary import RunState
from tests.data.nights import Nights, people, person

CROWD = people(20)
KEYS = [one.key for one in CROWD]
REST = KEYS[1:]


def test_absent_from_one_sweep_is_missing_since_it_was_last_listed(nights: Nights) -> None:
    nights.accept(CROWD)
    seen = nights.clock()
    run = nights.accept([], REST)
    assert run["missing"] == 1
    assert nights.told(run["id"]) == [("k0", "missing")]
    assert (nights.live("k0")["absent"], nights.live("k0")["last_listed"]) == (1, seen)


def test_absent_from_two_is_delisted_and_its_last_listing_stays(nights: Nights) -> None:
    nights.accept(CROWD)
    seen = nights.clock()
    nights.accept([], REST)
    run = nights.accept([], REST)
    assert nights.told(run["id"]) == [("k0", "delisted")]
    assert (nights.live("k0")["absent"], nights.live("k0")["last_listed"]) == (2, seen)


def test_later_absences_are_no_news(nights: Nights) -> None:
    nights.accept(CROWD)
    for _ in range(2):
        nights.accept([], REST)
    run = nights.accept([], REST)
    assert (run["missing"], run["written"], nights.told(run["id"])) == (0, 0, [])


def test_whoever_is_listed_again_has_returned(nights: Nights) -> None:
    nights.accept(CROWD)
    for _ in range(2):
        nights.accept([], REST)
    run = nights.accept(CROWD[:1], REST)
    assert nights.told(run["id"]) == [("k0", "returned")]
    assert (nights.live("k0")["absent"], nights.live("k0")["last_listed"]) == (0, None)


def test_after_a_return_the_count_begins_anew(nights: Nights) -> None:
    nights.accept(CROWD)
    nights.accept([], REST)
    nights.accept([], KEYS)
    run = nights.accept([], REST)
    assert nights.told(run["id"]) == [("k0", "missing")]


def test_a_held_run_makes_nobody_missing(nights: Nights) -> None:
    nights.accept(CROWD)
    assert nights.run([], KEYS[3:])["state"] is RunState.HELD
    assert nights.live("k0")["absent"] == 0


def test_a_delisted_number_may_be_given_to_somebody_else(nights: Nights) -> None:
    nights.accept(CROWD)
    for _ in range(2):
        nights.accept([], REST)
    nights.accept([person(20, number="A1000")], REST)
    assert not any(row["shared"] for row in nights.rows("registration"))
