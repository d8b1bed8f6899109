"""A held run changes nothing until a person decides, and cannot be approved past what it missed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config.vocabulary import RunState
from data.ingest import DecisionError, approve, reject
from data.run import lease
from tests.data.nights import Nights, people

CROWD = people(20)
FEWER = [one.key for one in CROWD[:17]]
LIVE = ["registration", "folded_names", "name_pair", "version", "change", "register", "rotation"]


def held(nights: Nights, **night: object) -> int:
    """The id of a run held because three of twenty people are gone."""
    run = nights.run([], FEWER, **night)
    assert run["state"] is RunState.HELD
    return int(run["id"])


def test_a_held_run_leaves_everything_live_untouched(nights: Nights) -> None:
    nights.accept(CROWD)
    before = [nights.rows(table) for table in LIVE]
    run = held(nights, buckets=[1, 2])
    assert [nights.rows(table) for table in LIVE] == before
    assert nights.issues(run)["shrunk"] == "hold"


def test_an_approved_run_goes_live_with_its_own_date(nights: Nights) -> None:
    nights.accept(CROWD)
    run = held(nights)
    read_at = nights.clock()
    decided = nights.clock.forward(hours=5)
    approve(nights.store, nights.register, run, "Ada", "confirmed by telephone", decided)
    [state] = nights.rows("register")
    assert (state["run_id"], state["as_of"], state["accepted_at"]) == (run, read_at, decided)
    assert (nights.row(run)["state"], nights.row(run)["missing"]) == (RunState.ACCEPTED, 3)
    assert (nights.row(run)["decided_by"], nights.row(run)["decided_at"]) == ("Ada", decided)


def test_a_rejected_run_never_goes_live(nights: Nights) -> None:
    nights.accept(CROWD)
    run = held(nights)
    reject(nights.store, run, "Ada", "an outage", nights.clock())
    assert nights.row(run)["state"] is RunState.REJECTED
    assert not nights.rows("staged")
    with pytest.raises(DecisionError, match="is rejected"):
        approve(nights.store, nights.register, run, "Ada", "after all", nights.clock())


def test_an_incomplete_run_cannot_be_approved(nights: Nights) -> None:
    nights.accept(CROWD)
    run = held(nights, complete=False)
    with pytest.raises(DecisionError, match="did not read the whole register"):
        approve(nights.store, nights.register, run, "Ada", "please", nights.clock())
    assert nights.live("k19")["absent"] == 0


def test_time_is_not_turned_back(nights: Nights) -> None:
    nights.accept(CROWD)
    run = held(nights)
    nights.accept(CROWD)
    with pytest.raises(DecisionError, match="turn time back"):
        approve(nights.store, nights.register, run, "Ada", "late", nights.clock())


def test_rejecting_a_newer_run_leaves_the_older_one_whole(nights: Nights) -> None:
    nights.accept(CROWD)
    older, newer = held(nights), held(nights)
    reject(nights.store, newer, "Ada", "the older one is right", nights.clock())
    approve(nights.store, nights.register, older, "Ada", "right", nights.clock())
    assert nights.row(older)["missing"] == 3


def test_once_the_older_is_approved_the_newer_cannot_be(nights: Nights) -> None:
    """Whom the newer one found unchanged is not what the older one has published since."""
    nights.accept(CROWD)
    moved = [replace(CROWD[0], word="Resigned")]
    older = nights.run(moved, FEWER[1:])
    newer = held(nights)
    assert older["state"] is RunState.HELD
    approve(nights.store, nights.register, older["id"], "Ada", "right", nights.clock())
    with pytest.raises(DecisionError, match="found unchanged"):
        approve(nights.store, nights.register, newer, "Ada", "right too", nights.clock())
    run = nights.accept(CROWD[:17])
    assert (run["changed"], nights.told(run["id"])[0]) == (1, ("k0", "status"))


def test_a_second_decision_is_refused(nights: Nights) -> None:
    run = nights.accept(CROWD)["id"]
    with pytest.raises(DecisionError, match="is accepted"):
        reject(nights.store, run, "Ada", "no", nights.clock())
    with pytest.raises(DecisionError, match="There is no run 99"):
        reject(nights.store, 99, "Ada", "no", nights.clock())


def test_a_held_first_run_leaves_the_register_unread(nights: Nights) -> None:
    assert nights.run(CROWD, complete=False)["state"] is RunState.HELD
    assert not nights.rows("register") and not nights.rows("registration")


def test_an_older_copy_is_held(nights: Nights) -> None:
    nights.accept(CROWD)
    run = nights.run(CROWD, as_of=nights.clock() - timedelta(seconds=1))
    assert nights.issues(run["id"])["older"] == "hold"


def test_another_source_is_held(nights: Nights) -> None:
    nights.accept(CROWD)
    run = nights.run(CROWD, source="register.example")
    assert nights.issues(run["id"])["other_source"] == "hold"


def test_the_night_after_a_hold_catches_up(nights: Nights) -> None:
    nights.accept(CROWD)
    held(nights)
    run = nights.accept(CROWD)
    assert (run["changed"], run["missing"]) == (0, 0)
    assert nights.rows("register")[0]["as_of"] == nights.clock()


def test_rotation_is_stamped_by_an_accepted_run_only(nights: Nights) -> None:
    nights.accept(CROWD)
    assert not nights.rows("rotation")
    nights.run(CROWD, buckets=[2, 5])
    nights.run(CROWD, buckets=[2])
    stamps = {row["bucket"]: row["checked_at"] for row in nights.rows("rotation")}
    assert stamps == {
        2: datetime(2026, 6, 23, 12, tzinfo=UTC),
        5: datetime(2026, 6, 22, 12, tzinfo=UTC),
    }


def test_nothing_is_approved_while_another_run_reads(nights: Nights) -> None:
    nights.accept(CROWD)
    run = held(nights)
    now = nights.clock.forward(hours=1)
    with (
        lease(nights.store, nights.register.id, "loopback", now),
        pytest.raises(DecisionError, match="under way"),
    ):
        approve(nights.store, nights.register, run, "Ada", "why", now)
    assert nights.row(run)["state"] is RunState.HELD


def test_a_run_dated_in_the_future_is_not_approved(nights: Nights) -> None:
    nights.accept(CROWD)
    ahead = nights.clock() + timedelta(days=10)
    run = int(nights.run([], [one.key for one in CROWD], as_of=ahead)["id"])
    with pytest.raises(DecisionError, match="future"):
        approve(nights.store, nights.register, run, "Ada", "why", nights.clock())


def test_a_decision_is_taken_once(nights: Nights) -> None:
    nights.accept(CROWD)
    run = held(nights)
    approve(nights.store, nights.register, run, "A" * 900, "w" * 9000, nights.clock())
    with pytest.raises(DecisionError, match="accepted"):
        reject(nights.store, run, "Ben", "no", nights.clock())
    assert nights.row(run)["decided_by"] == "A" * 200
