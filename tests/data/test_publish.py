"""What an accepted run writes, and what it leaves alone, on both databases."""

from dataclasses import replace
from datetime import date

import pytest

from config.vocabulary import NameKind, RunState, Status
from data.folded import read
from data.records import Name, Notice, Place, Record
from tests.data.nights import Nights, people, person

CAUTION = Notice("Oral caution.", date(2026, 1, 2))
CROWD = people(120)
KEYS = [one.key for one in CROWD]


def test_a_first_load_is_live_with_versions_names_and_changes(nights: Nights) -> None:
    run = nights.accept(people(3))
    assert (run["read"], run["new"], run["changed"], run["missing"]) == (3, 3, 0, 0)
    assert [row["key"] for row in nights.rows("registration")] == ["k0", "k1", "k2"]
    assert [row["seen_until"] for row in nights.rows("version")] == [None] * 3
    assert nights.told(run["id"]) == [("k0", "added"), ("k1", "added"), ("k2", "added")]
    assert not nights.rows("staged")


def test_the_state_of_a_register_points_at_the_run(nights: Nights) -> None:
    run = nights.accept(people(3))
    [state] = nights.rows("register")
    assert (state["run_id"], state["people"], state["source"]) == (run["id"], 3, "loopback")
    assert state["as_of"] == state["accepted_at"] == nights.clock()


@pytest.mark.parametrize("reread", [True, False], ids=["read again", "listed as before"])
def test_an_unchanged_night_writes_no_live_row(nights: Nights, reread: bool) -> None:
    nights.accept(CROWD)
    index = ["folded_names", "word", "word_near", "name_pair", "place_key"]
    tables = ["registration", "version", "change", *index]
    before = [nights.rows(table) for table in tables]
    run = nights.accept(CROWD if reread else [], KEYS)
    assert (run["written"], run["new"], run["changed"], run["missing"]) == (0, 0, 0, 0)
    assert [nights.rows(table) for table in tables] == before
    assert nights.rows("register")[0]["as_of"] == nights.clock()


def test_a_night_with_one_change_writes_only_that(nights: Nights) -> None:
    nights.accept(CROWD)
    before = nights.rows("registration")
    moved = replace(CROWD[7], places=(Place("Invented Clinic", "Ottawa"),))
    run = nights.accept([moved], KEYS)
    after = nights.rows("registration")
    assert [new["key"] for old, new in zip(before, after, strict=True) if old != new] == ["k7"]
    assert run["changed"] == 1 and run["written"] < 10


def test_a_change_closes_one_version_and_opens_the_next(nights: Nights) -> None:
    nights.accept([person(1)])
    first = nights.clock()
    nights.accept([person(1, notices=(CAUTION,), status=Status.AUTHORISED_NOTICE)])
    old, new = nights.rows("version")
    assert (old["seen_from"], old["seen_until"]) == (first, nights.clock())
    assert (new["seen_from"], new["seen_until"]) == (nights.clock(), None)
    assert nights.live("k1")["content_hash"] == new["content_hash"] != old["content_hash"]
    assert nights.live("k1")["last_changed"] == nights.clock()


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        (person(1, status=Status.SUSPENDED, word="Suspended"), ["status"]),
        (person(1, notices=(CAUTION,)), ["notice"]),
        (person(1, restrictions=(CAUTION,)), ["restriction"]),
        (person(1, name=Name("Vesper", "Thwell")), ["name"]),
        (person(1, number="A2"), ["other"]),
        (person(1, doubts=("bad_date",)), []),
    ],
    ids=["status", "notice", "restriction", "name", "number", "doubt"],
)
def test_changes_are_told_by_kind(nights: Nights, changed: Record, kinds: list[str]) -> None:
    crowd = CROWD[2:]
    nights.accept([person(1), *crowd])
    run = nights.accept([changed], [one.key for one in crowd])
    assert nights.told(run["id"]) == [("k1", kind) for kind in kinds]
    assert run["changed"] == 1


def test_a_notice_taken_down_is_live_no_more(nights: Nights) -> None:
    nights.accept([person(1, notices=(CAUTION,), status=Status.AUTHORISED_NOTICE)])
    run = nights.accept([person(1)])
    assert nights.told(run["id"]) == [("k1", "notice"), ("k1", "status")]
    assert nights.live("k1")["status"] is Status.AUTHORISED


def test_names_are_rewritten_with_the_person(nights: Nights) -> None:
    nights.accept([person(1)])
    former = Name("Vesper", "Quillmoor1", kind=NameKind.FORMER)
    nights.accept([person(1, name=Name("Vesper", "Dahl"), other_names=(former,))])
    [names] = [read(row["folded"]).names for row in nights.rows("folded_names")]
    assert [(one.kind, one.family) for one in names] == [
        ("legal", ("dahl",)),
        ("former", ("quillmoor1",)),
    ]


def test_a_number_printed_for_two_is_withheld_from_both(nights: Nights) -> None:
    nights.accept([*CROWD, person(900, number="a-1 000")])
    assert [row["key"] for row in nights.rows("registration") if row["shared"]] == ["k0", "k900"]


def test_a_shared_number_is_released_when_it_is_corrected(nights: Nights) -> None:
    twin = person(900, number="A1000")
    nights.accept([*CROWD, twin])
    nights.accept([replace(twin, number="A1999")], KEYS)
    assert not [row for row in nights.rows("registration") if row["shared"]]


def test_people_without_a_number_share_none(nights: Nights) -> None:
    nights.accept([person(1, number=""), person(2, number="")])
    assert not any(row["shared"] for row in nights.rows("registration"))
    assert nights.rows("register")[0]["numbers"] is False


def test_rows_that_contradict_each_other_withhold_the_person(nights: Nights) -> None:
    run = nights.accept([*CROWD, replace(CROWD[5], status=Status.SUSPENDED)])
    assert nights.live("k5")["doubts"] == "conflicting_rows"
    assert nights.issues(run["id"])["withheld"] == "withhold"


def test_rows_that_repeat_each_other_do_not(nights: Nights) -> None:
    nights.accept([*CROWD, CROWD[5], CROWD[5]])
    assert nights.live("k5")["doubts"] == ""


def test_too_many_doubts_hold_the_run(nights: Nights) -> None:
    doubted = [one.doubted("unknown_word") for one in CROWD[:3]]
    run = nights.run([*doubted, *CROWD[3:]])
    assert run["state"] is RunState.HELD
    assert nights.issues(run["id"])["withheld"] == "hold"


def test_standing_doubts_count_on_nights_that_read_nothing_new(nights: Nights) -> None:
    nights.accept([*(one.doubted("unknown_word") for one in CROWD[:2]), *CROWD[2:]])
    run = nights.run([CROWD[5].doubted("unknown_word")], KEYS)
    assert nights.issues(run["id"])["withheld"] == "hold"


def test_a_newcomer_with_the_number_of_somebody_ticked_off_withholds_both(nights: Nights) -> None:
    crowd = people(30)
    nights.accept(crowd)
    run = nights.run([*crowd, person(40, number="A1001")])
    assert nights.issues(run["id"])["withheld"] == "hold"
    [issue] = [row for row in nights.rows("run_issue") if row["code"] == "withheld"]
    assert issue["examples"].split() == ["k1", "k40"]


def test_two_registers_do_not_touch_each_other(nights: Nights) -> None:
    nights.accept(people(3))
    here = nights.rows("registration")
    nights.register = nights.register.model_copy(update={"id": "ca_xx_other"})
    nights.accept(people(2))
    assert nights.rows("registration")[:3] == here
    assert not any(row["shared"] for row in nights.rows("registration"))


def test_readings_without_any_change_are_counted(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.gates.QUIET_MIN", 1)
    for _ in range(5):
        assert "no_change" not in nights.issues(nights.accept(people(3))["id"])
    assert nights.issues(nights.accept(people(3))["id"])["no_change"] == "warn"
    changed = [person(0, word="Inactive", status=Status.INACTIVE), *people(3)[1:]]
    assert "no_change" not in nights.issues(nights.accept(changed)["id"])


def test_a_shift_names_a_few_people(nights: Nights) -> None:
    nights.accept(people(60))
    other = {"word": "Inactive", "status": Status.INACTIVE}
    held = nights.run([person(which, **other) for which in range(60)])
    [row] = [
        row
        for row in nights.rows("run_issue")
        if (row["run_id"], row["code"]) == (held["id"], "status_shift")
    ]
    assert len(row["examples"].splitlines()) == 10 and row["count"] == 60


def test_exchanged_columns_are_not_believed(nights: Nights) -> None:
    """Everybody would bear another name: held; a few who marry are let through."""
    nights.accept(people(60))
    married = [replace(one, name=Name("Wed", f"Newlyhurst{one.key}")) for one in people(20)]
    assert nights.run([*married, *people(60)[20:]])["state"] is RunState.ACCEPTED
    clinics = [replace(one, name=Name(f"Clinic {one.key}", "Massage")) for one in people(60)]
    held = nights.run(clinics)
    assert held["state"] is RunState.HELD
    [told] = [row for row in nights.rows("run_issue") if row["code"] == "names_shift"]
    assert told["count"] == 60 and nights.rows("registration")[0]["key"] == "k0"
