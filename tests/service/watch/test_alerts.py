"""Whatever a run changes for somebody watched is alerted with it, once, and nothing else is."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.register import Register
from config.vocabulary import Status
from data import members, watch_alerts, watches
from data.erasure import erase
from data.ingest import approve
from data.records import Name, Notice, Place, Record
from data.watch_alerts import ACKNOWLEDGED, REOPENED, Action, Severity, Wanted
from data.watches import NoWatch
from service.desk import Desk
from service.watch import round as watching
from service.watch import settling, words
from tests.data.nights import Nights, people, person
from tests.service.watch.lists import alerts, found, of, raised, roster, watch

CROWD = people(120)
SUSPENDED: dict[str, Any] = {"status": Status.SUSPENDED, "word": "Suspended", "may_practise": False}
CAUTION = Notice("Oral caution.", date(2026, 1, 2))
CHAPERONE = Notice("Chaperone with every patient.")
NOTICED = Status.AUTHORISED_NOTICE


def but(one: Record, *others: Record) -> list[Record]:
    """Everybody, these as given."""
    changed = {record.key: record for record in (one, *others)}
    return [changed.get(record.key, record) for record in CROWD]


# How the register told of somebody, how it does now, and what that means.
CHANGES: list[tuple[dict[str, Any], dict[str, Any], list[tuple[str, Severity]]]] = [
    ({}, SUSPENDED, [("status", Severity.CRITICAL)]),
    (SUSPENDED, {}, [("restored", Severity.LOW)]),
    ({}, {"status": Status.UNRECOGNISED, "word": "Odd"}, [("status", Severity.HIGH)]),
    ({}, {"status": Status.AUTHORISED_CONDITIONS}, [("status", Severity.HIGH)]),
    (SUSPENDED, {"status": NOTICED}, [("status", Severity.HIGH)]),
    ({}, {"category": "Provisional"}, [("status", Severity.MEDIUM)]),
    ({}, {"restrictions": (CHAPERONE,)}, [("condition", Severity.HIGH)]),
    ({"restrictions": (CHAPERONE,)}, {}, [("condition_removed", Severity.LOW)]),
    ({}, {"notices": (CAUTION,)}, [("notice", Severity.HIGH)]),
    ({"notices": (CAUTION,)}, {}, [("notice_removed", Severity.LOW)]),
    (
        {"notices": (CAUTION,)},
        {"notices": (CHAPERONE,)},
        [("notice", Severity.HIGH), ("notice_removed", Severity.LOW)],
    ),
    ({}, {"name": Name("Vesper", "Larchmere")}, [("name", Severity.MEDIUM)]),
    ({}, {"number": "A9"}, [("number", Severity.MEDIUM)]),
    ({}, {"languages": ("Kurdish",)}, []),
]


def test_every_kind_of_change_is_alerted_for_what_it_is(nights: Nights, desk: Desk) -> None:
    """A person for every change, all of them in one night."""
    then = [replace(one, **case[0]) for one, case in zip(CROWD, CHANGES, strict=False)]
    now = [replace(one, **case[1]) for one, case in zip(CROWD, CHANGES, strict=False)]
    nights.accept([*then, *CROWD[len(CHANGES) :]])
    head = watch(desk, of(then), nights.clock())
    run = nights.accept([*now, *CROWD[len(CHANGES) :]])
    rows = alerts(desk, head)
    assert {row["run_id"] for row in rows} == {run["id"]}
    for one, (_, _, told) in zip(then, CHANGES, strict=False):
        mine = [(row["kind"], row["severity"]) for row in rows if row["person"] == one.name.full]
        assert sorted(mine) == sorted(told)


def test_a_doubt_of_ours_is_alerted_and_so_is_its_end(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    head = watch(desk, of(CROWD[5:9]), nights.clock())
    doubted = replace(CROWD[7], doubts=("conflicting_rows",))
    for records in (but(doubted), but(doubted), CROWD):
        nights.accept(records)
    assert [kind for _, kind in raised(desk, head)] == ["doubt", "no_doubt"]


def test_a_quiet_night_alerts_nothing(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    head = watch(desk, of(CROWD), nights.clock())
    nights.accept(CROWD)
    watching.look(desk, nights.clock)
    assert raised(desk, head) == []


def test_gone_is_told_after_two_readings_and_once_it_is_back(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    head = watch(desk, of(CROWD[:3]), nights.clock())
    kinds = []
    for records in (CROWD[1:], CROWD[1:], CROWD[1:], CROWD):
        run = nights.accept(records)
        watching.look(desk, nights.clock)
        kinds.append([kind for _, kind in raised(desk, head, run["id"])])
    assert kinds == [["missing_once"], ["delisted"], [], ["returned"]]


def test_a_held_run_alerts_nobody_until_it_is_approved(
    nights: Nights, desk: Desk, ontario: Register
) -> None:
    nights.accept(CROWD)
    head = watch(desk, of(CROWD[:3]), nights.clock())
    run = nights.run([replace(one, **SUSPENDED) for one in CROWD])
    assert raised(desk, head) == []
    approve(desk.store, ontario, run["id"], "me", "announced", nights.clock.forward(hours=1))
    assert raised(desk, head) == sorted((one.name.full, "status") for one in CROWD[:3])


def test_a_number_printed_twice_puts_both_in_doubt(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    head = watch(desk, of(CROWD[:3]), nights.clock())
    nights.accept(but(replace(CROWD[50], number=CROWD[1].number)))
    assert raised(desk, head) == [(CROWD[1].name.full, "doubt")]
    nights.accept(CROWD)
    assert raised(desk, head)[-1][1] == "no_doubt"


def test_two_lists_are_told_of_one_person_each_its_own(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    heads = [watch(desk, of(CROWD[:2]), nights.clock(), name) for name in ("one", "two")]
    nights.accept(but(replace(CROWD[1], **SUSPENDED)))
    for head in heads:
        assert raised(desk, head) == [(CROWD[1].name.full, "status")]


# Who was not found


def test_somebody_found_now_who_was_not_before(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD[:-1])
    head = watch(desk, of(CROWD[-2:]), nights.clock())
    assert found(desk, head)[CROWD[-1].name.full] == ""
    run = nights.accept(CROWD)
    for _ in range(2):
        watching.look(desk, nights.clock)
    assert raised(desk, head, run["id"]) == [(CROWD[-1].name.full, "found")]
    assert found(desk, head)[CROWD[-1].name.full] == CROWD[-1].key
    nights.accept(but(replace(CROWD[-1], **SUSPENDED)))  # from now on watched like anybody
    assert (CROWD[-1].name.full, "status") in raised(desk, head)


def test_a_number_that_is_anothers_now_is_told(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    head = watch(desk, roster([("Oswin Corvantes", "Z77", "")]), nights.clock())
    nights.accept(but(replace(CROWD[4], number="Z77")))
    watching.look(desk, nights.clock)
    [row] = alerts(desk, head)
    assert (row["kind"], row["before"], row["after"]) == ("unclear", "not_found", "mismatch")


def test_without_numbers_a_namesake_makes_it_unclear(nights: Nights, desk: Desk) -> None:
    there = (Place("Cedarlatch Massage Clinic", "Ottawa", "Ontario"),)
    plain = [replace(one, number="", places=there) for one in CROWD]
    nights.accept(plain)
    head = watch(desk, roster([(CROWD[3].name.full, "", "Ottawa")]), nights.clock())
    assert found(desk, head) == {CROWD[3].name.full: CROWD[3].key}
    nights.accept([*plain, replace(plain[3], key="k900")])
    watching.look(desk, nights.clock)
    [row] = alerts(desk, head)
    assert (row["kind"], row["after"]) == ("unclear", "ambiguous")


def test_an_entry_under_a_new_key_is_found_again(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    head = watch(desk, of(CROWD[:1]), nights.clock())
    moved = [replace(CROWD[0], key="new"), *CROWD[1:]]
    for _ in range(2):
        nights.accept(moved)
        watching.look(desk, nights.clock)
    assert [kind for _, kind in raised(desk, head)] == ["delisted", "found", "missing_once"]
    assert found(desk, head) == {CROWD[0].name.full: "new"}


# What is done about them


def test_an_alert_is_acknowledged_and_reopened_and_all_of_it_is_kept(
    nights: Nights, desk: Desk
) -> None:
    nights.accept(CROWD)
    head = watch(desk, of(CROWD[:3]), nights.clock())
    nights.accept(but(replace(CROWD[1], **SUSPENDED)))
    [row] = alerts(desk, head)
    for state, who in ((ACKNOWLEDGED, "ada"), (REOPENED, "bo")):
        with desk.store.begin() as db:
            watch_alerts.act(db, row["id"], Action(state, who, "because", nights.clock()))
    with desk.store.read() as db:
        kept = watch_alerts.alert_in(db, [head.id], row["id"])
        assert watch_alerts.waiting(db, head.id) == {Severity.CRITICAL: 1}
        assert len(watch_alerts.alerts(db, head.id, Wanted(waiting=True), 9)) == 1
        with pytest.raises(NoWatch, match="no alert"):
            watch_alerts.alert_in(db, [], row["id"])
    told = [(one["state"], one["who"], one["why"]) for one in kept["actions"]]
    assert told == [(ACKNOWLEDGED, "ada", "because"), (REOPENED, "bo", "because")]


def test_somebody_erased_leaves_no_words_of_the_register(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    head = watch(desk, of(CROWD[:3]), nights.clock())
    nights.accept(but(replace(CROWD[1], notices=(CAUTION,), status=NOTICED)))
    assert {kind for _, kind in raised(desk, head)} == {"notice", "status"}
    erase(desk.store, "ca_on_cmto", CROWD[1].key, ("me", "asked", nights.clock()))
    assert raised(desk, head) == [] and found(desk, head)[CROWD[1].name.full] == ""


def test_a_list_is_removed_with_everything(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    head = watch(desk, of(CROWD[:3]), nights.clock())
    nights.accept(but(replace(CROWD[1], **SUSPENDED)))
    [row] = alerts(desk, head)
    with desk.store.begin() as db:
        watch_alerts.act(db, row["id"], Action(ACKNOWLEDGED, "t", "seen", nights.clock()))
        watches.delete(db, head.id)
    tables = ("watch", "watch_person", "watch_alert", "watch_action")
    assert not any(nights.rows(table) for table in tables)


def test_the_message_of_a_run_holds_nobody(nights: Nights, desk: Desk) -> None:
    nights.accept(CROWD)
    watch(desk, of(CROWD[:9]), nights.clock())
    nights.accept(but(person(1, **SUSPENDED), person(2, **SUSPENDED)))
    [message] = [row for row in nights.rows("message") if row["kind"] == "watch.alerts"]
    assert '"count": 2' in message["facts"]
    assert "Quill" not in message["facts"] and "A100" not in message["facts"]


@pytest.mark.parametrize("whose", ["operator", "clinic"])
def test_what_was_taken_down_stays_only_in_a_workspaces_dated_copy(
    nights: Nights, desk: Desk, whose: str
) -> None:
    """R1: recipients are told, and only a workspace keeps what it was told before."""
    nights.accept(CROWD)
    with desk.store.begin() as db:
        id_ = members.create(db, "clinic", "", nights.clock()) if whose == "clinic" else None
    head = watch(desk, of(CROWD[:3]), nights.clock(), workspace_id=id_)
    nights.accept(but(replace(CROWD[1], notices=(CAUTION,))))
    nights.accept(CROWD)
    kept = [row["before"] + row["after"] for row in alerts(desk, head)]
    assert [kind for _, kind in raised(desk, head)] == ["notice", "notice_removed"]
    assert kept == ([CAUTION.text] * 2 if id_ else ["", ""])


def test_every_alert_has_its_words() -> None:
    row = {"due": None, "before": "", "after": ""}
    for kind in words.ALERT:
        told = {**row, "kind": kind, "after": "suspended (General)" if kind == "status" else ""}
        assert words.alert_text(told).startswith(words.ALERT[kind])
        assert words.alert_brief(told).startswith(words.ALERT[kind])
    source = (Path(watch_alerts.__file__).read_text(), Path(settling.__file__).read_text())
    said = {kind for text in source for kind in re.findall(r'yield "(\w+)"', text)}
    assert said and said <= set(words.ALERT)
