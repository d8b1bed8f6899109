"""A roster becomes a list and a newer one changes it, as it was shown or not at all."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from data import members, tenancy, watches
from data.watches import NoWatch, Person, WatchRefused, Which
from service.desk import Desk
from service.watch import lists
from service.watch.settling import settled
from tests.data.nights import Nights, people, person
from tests.service.watch.lists import found, of, roster, watch

CROWD = people(60)


def names(some: Iterable[Person]) -> list[str]:
    return sorted(one.name for one in some)


def test_everybody_is_found_who_is_to_be_found(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    rows = [
        (CROWD[0].name.full.upper(), "a-1000", ""),
        (CROWD[1].name.full, "A1002", ""),  # the number of another
        ("Nobody Atall", "Z9", "Ottawa"),
        (CROWD[3].name.full, "", ""),  # a name alone is nobody
        ("", "A1005", ""),
    ]
    head = watch(desk, roster(rows), nights.clock())
    assert found(desk, head) == {
        **{CROWD[0].name.full.upper(): "k0", CROWD[1].name.full: "", "Nobody Atall": ""},
        **{CROWD[3].name.full: "", "": ""},
    }
    with desk.store.read() as db:
        assert watches.counts(db, head.id) == {"authorised": 1, "not_found": 4}


def test_rows_that_name_one_person_twice_are_one(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    head = watch(desk, of([CROWD[0], CROWD[0], CROWD[1]]), nights.clock())
    assert len(found(desk, head)) == 2


def test_people_are_read_in_parts_and_by_how_they_stand(nights: Nights, desk: Desk) -> None:
    lost = person(2000, number="Z9")
    nights.accept(CROWD)
    head = watch(desk, of([*CROWD[:3], lost]), nights.clock())
    nights.accept([CROWD[0].doubted("conflicting_rows"), *CROWD[2:]])

    def read(which: Which = Which()) -> list[str]:  # noqa: B008 - frozen
        with desk.store.read() as db:
            return [one.person.name for one in watches.standings(db, head.id, which)]

    everybody = [one.name.full for one in (*CROWD[:3], lost)]
    assert read() == everybody and read(Which(most=2)) == everybody[:2]
    stands = ("withheld", "missing_once", "authorised", "not_found")
    for one, how in zip(everybody, stands, strict=True):
        assert read(Which(how=how)) == [one]
    with desk.store.read() as db:
        second = watches.standings(db, head.id)[1].person.id
    assert read(Which(after=second)) == everybody[2:]
    assert read(Which(after=second, how="withheld")) == []


def test_a_newer_roster_is_shown_and_then_applied(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    head = watch(desk, of(CROWD[:3]), nights.clock())
    newer = of(CROWD[1:5])
    shown = lists.diff(desk, head, newer)
    assert names(shown.added) == [one.name.full for one in CROWD[3:5]]
    assert names(shown.removed) == [CROWD[0].name.full] and len(shown.kept) == 2
    assert len(found(desk, head)) == 3  # nothing has changed yet
    lists.apply(desk, head, newer, shown.token, nights.clock())
    assert set(found(desk, head).values()) == {"k1", "k2", "k3", "k4"}


def test_what_was_not_shown_is_not_applied(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    head = watch(desk, of(CROWD[:3]), nights.clock())
    shown = lists.diff(desk, head, of(CROWD[1:5]))
    with pytest.raises(WatchRefused, match="changed since"):  # another file
        lists.apply(desk, head, of(CROWD[1:6]), shown.token, nights.clock())
    lists.apply(desk, head, of(CROWD[1:5]), shown.token, nights.clock())
    with pytest.raises(WatchRefused, match="Somebody else|changed since"):  # another list
        lists.apply(desk, head, of(CROWD[1:5]), shown.token, nights.clock())
    assert len(found(desk, head)) == 4


def test_a_run_that_goes_live_meanwhile_is_not_missed(
    nights: Nights, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People are settled on what was seen; a run in between is seen before they are kept."""
    nights.accept(CROWD)
    looked: list[int] = []

    def slow(*asked: Any) -> list[Any]:
        told = list(settled(*asked))
        looked.append(len(told))
        with ThreadPoolExecutor(1) as elsewhere:
            for _ in range(2 if len(looked) == 1 else 0):
                moved = [replace(CROWD[0], key="other"), *CROWD[1:]]
                elsewhere.submit(nights.accept, moved).result()
        return told

    monkeypatch.setattr(lists, "settled", slow)
    head = watch(desk, of(CROWD[:1]), nights.clock())
    assert found(desk, head) == {CROWD[0].name.full: "other"}
    assert looked == [1, 1], "looked, refused, and looked again"


def test_a_name_is_taken_once_in_each_workspace(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    with desk.store.begin() as db:
        ids = [members.create(db, name, name, nights.clock()) for name in ("one", "two")]
    for id_ in (None, *ids):
        watch(desk, of(CROWD[:1]), nights.clock(), "Desk", workspace_id=id_)
    with pytest.raises(WatchRefused, match="called"):
        watch(desk, of(CROWD[:1]), nights.clock(), "desk", workspace_id=ids[0])
    with desk.store.read() as db:
        mine = watches.find(db, ids[0], "DESK")
        with pytest.raises(NoWatch):
            watches.find(db, ids[1], mine.ref)
    with desk.store.begin() as db:
        assert tenancy.erase(db, ids[0])["watch_person"] == 1
        assert [len(watches.heads(db, id_)) for id_ in (None, *ids)] == [1, 0, 1]


def test_alerts_go_when_the_records_of_the_workspace_do(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    with desk.store.begin() as db:
        id_ = members.create(db, "one", "one", nights.clock())
    watch(desk, of(CROWD[:1]), nights.clock(), workspace_id=id_)
    nights.accept([CROWD[0].doubted("conflicting_rows"), *CROWD[1:]])
    with desk.store.begin() as db:
        members.keep(db, id_, record_days=30)
        assert tenancy.prune(db, nights.clock() + timedelta(days=29)) == {}
        assert tenancy.prune(db, nights.clock() + timedelta(days=31)) == {"watch_alert": 1}
