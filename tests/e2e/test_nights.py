"""Night after night: what is written, what is told, what disappears, what an operator decides."""

import json
from typing import Any

import pytest

from crawler.invented import Person, changed
from crawler.standin import Standin
from tests.e2e.cli import FIRST, LIMITED, PEOPLE, REGISTER, WITNESS, Home, lasting

KEY = FIRST["profileId"]
CAUTION = {"name": "Oral Caution", "summary": "Invented caution."}
FEWER = PEOPLE[:48]


def night(home: Home, people: list[Person], *more: str) -> Any:
    """One accepted night of a register that holds these people."""
    with Standin(people) as site:
        return home.accept(site.url, *more)


def held(home: Home) -> str:
    """The id of a complete but unbelievable run."""
    with Standin(FEWER) as site:
        done = home.refresh(site.url)
    assert done.code == 3 and "shrunk" in done.holds
    return str(done.json["id"])


def told(home: Home, since: int = 1) -> list[tuple[str, str]]:
    found = home.run("changes", "--since", str(since), "--json").json["changes"]
    return [(one["key"], one["kind"]) for one in found]


def test_an_identical_night_writes_no_row_and_moves_the_date(home: Home, before: str) -> None:
    run = night(home, PEOPLE)
    assert (run["written"], run["read"], told(home)) == (0, 120, [])
    after = home.export()
    assert lasting(after) == lasting(before)
    first, second = (json.loads(text.splitlines()[0]) for text in (before, after))
    assert first["last_checked"] < second["last_checked"] == run["as_of"]


def test_a_quiet_night_asks_for_a_seventh_of_the_pages(home: Home) -> None:
    run = night(home, PEOPLE)
    assert 10 <= run["details"] <= 40 and run["requests"] < 60


def test_a_week_reads_every_page_again(home: Home, before: str) -> None:
    for _ in range(7):
        night(home, PEOPLE)
    old, new = ([one["detail_checked"] for one in rows(text)] for text in (before, home.export()))
    assert max(old) < min(new)


def rows(export: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in export.splitlines()]


@pytest.mark.parametrize("share", [0.01, 0.02])
def test_a_few_changes_write_a_few_rows(share: float, home: Home, before: str) -> None:
    run = night(home, changed(PEOPLE, share, seed=3))
    many = round(share * len(PEOPLE))
    assert run["changed"] == many and 0 < run["written"] <= 12 * many
    after = {one["key"]: one for one in lasting(home.export())}
    moved = [one["key"] for one in lasting(before) if one != after[one["key"]]]
    assert len(moved) == many and set(moved) == {key for key, _ in told(home)}


def test_somebody_gone_is_missing_then_delisted_then_returned(home: Home) -> None:
    night(home, PEOPLE[1:])
    assert home.verdict() == "cannot_confirm"
    assert home.person(KEY)["status"] == "missing_once"
    night(home, PEOPLE[1:])
    assert home.verdict() == "not_found"
    night(home, PEOPLE[1:])
    night(home, PEOPLE)
    assert home.verdict() == "confirmed"
    assert told(home) == [(KEY, "missing"), (KEY, "delisted"), (KEY, "returned")]


def test_somebody_delisted_is_shown_no_more(home: Home) -> None:
    for _ in range(2):
        night(home, PEOPLE[1:])
    for query in (FIRST["registrationNumber"], "Ingrith Abelquist", KEY):
        done = home.run("lookup", query, "--register", REGISTER, "--json")
        assert (done.code, done.json["verdict"], done.json["matches"]) == (1, "not_found", [])
    assert home.run("history", KEY).code == 1


def test_a_held_night_does_not_count_as_absence(home: Home) -> None:
    night(home, PEOPLE[1:])
    held(home)
    assert home.person(KEY)["status"] == "missing_once"


def test_a_notice_appears_and_disappears(home: Home) -> None:
    night(home, [{**FIRST, "publicNotices": [CAUTION]}, *PEOPLE[1:]])
    assert home.verdict() == "confirmed_with_conditions"
    assert "Invented caution" in home.export()
    night(home, PEOPLE)
    assert home.verdict() == "confirmed"
    assert "Invented caution" not in home.export()
    assert "Invented caution" not in home.run("lookup", "Ingrith Abelquist").out


def test_limits_inside_a_workplace_are_conditions(home: Home) -> None:
    assert home.verdict(LIMITED) == "confirmed_with_conditions"


def test_a_held_run_goes_live_on_a_persons_word(home: Home) -> None:
    run = held(home)
    done = home.run("runs", "approve", run, "--why", "Announced by the register.", "--json")
    assert (done.code, done.json["state"], done.json["missing"]) == (0, "accepted", 72)
    assert done.json["decided_why"] == "Announced by the register."
    assert home.verdict() == "confirmed"
    assert home.verdict(PEOPLE[50]) == "cannot_confirm"


def test_a_rejected_run_leaves_what_was_live(home: Home, before: str) -> None:
    run = held(home)
    done = home.run("runs", "reject", run, "--why", "An outage.", "--json")
    assert (done.code, done.json["state"]) == (0, "rejected")
    assert home.export() == before and home.verdict() == "confirmed"
    for decision in ("approve", "reject"):
        again = home.run("runs", decision, run, "--why", "Again.")
        assert again.code == 3 and "only a held run" in again.err


def test_an_incomplete_run_cannot_be_approved(home: Home, before: str) -> None:
    with Standin(PEOPLE, lambda _, honest: honest if len(site.requests) < 9 else None) as site:
        run = str(home.refresh(site.url).json["id"])
    done = home.run("runs", "approve", run, "--why", "Why not.")
    assert done.code == 3 and "did not read the whole register" in done.err
    assert home.export() == before


def test_time_is_not_turned_back(home: Home) -> None:
    run = held(home)
    night(home, PEOPLE)
    done = home.run("runs", "approve", run, "--why", "Late.")
    assert done.code == 3 and "turn time back" in done.err
    assert home.verdict() == "confirmed"


def test_runs_are_shown(home: Home) -> None:
    run = held(home)
    shown = home.run("runs", "show", run, "--json")
    assert shown.code == 0 and shown.json["state"] == "held"
    assert "not believed" in home.run("runs", "show", run).out
    listed = home.run("runs", "--json").json["runs"]
    assert [(one["id"], one["state"]) for one in listed] == [(2, "held"), (1, "accepted")]


def test_the_first_night_tells_everybody(home: Home) -> None:
    assert set(told(home, 0)) == {(one["profileId"], "added") for one in PEOPLE}
    assert told(home, 1) == []


def test_history_and_evidence(home: Home) -> None:
    night(home, [{**FIRST, "lastName": "Newly"}, *PEOPLE[1:]])
    new, old = home.run("history", KEY, "--json").json["history"]
    assert [one["facts"]["name"]["family"] for one in (new, old)] == ["Newly", "Abelquist"]
    assert old["seen_until"] == new["seen_from"] and new["seen_until"] is None
    printed = home.run("evidence", old["evidence_id"])
    assert printed.code == 0 and json.loads(printed.out) == FIRST
    assert f"id={KEY}" in printed.err and "HTTP 200" in printed.err


def test_export_holds_everybody_with_full_numbers(home: Home, before: str) -> None:
    assert {one["number"] for one in rows(before)} == {p["registrationNumber"] for p in PEOPLE}
    assert home.run("export", "--register", "us_la_bmt").out == ""
    assert home.person(WITNESS["profileId"])["number"] == WITNESS["registrationNumber"]
