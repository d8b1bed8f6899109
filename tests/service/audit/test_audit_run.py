"""An audit from end to end: rows in are rows out, whatever happens in between."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from config.jurisdiction import Coverage
from config.register import Catalogue, Register
from config.settings import Settings
from config.vocabulary import Status
from data import audits, members
from data.audits import Decision, NoAudit
from data.store import Store
from service.audit import run as running
from service.audit.run import Request, begin, run
from service.desk import Desk
from service.language import speaking
from tests.conftest import Clock
from tests.data.nights import Nights
from tests.service.audit.conftest import FILLER
from tests.service.audit.rosters import audited, codes, kept, roster, stopping, verdicts
from tests.service.conftest import everybody

PEOPLE = [(one.name.full, one.number, "", "Ontario") for one in everybody()]


@pytest.fixture
def clinic(
    store: Store, ontario: Register, catalogue: Catalogue, clock: Clock, tmp_path: Path
) -> Iterator[Desk]:
    """A desk over both databases in turn, which has read `everybody`."""
    Nights(store, ontario, clock).accept([*everybody(), *FILLER])
    yield Desk(store, catalogue, Coverage(), Settings(home=tmp_path / "home"))


def test_every_row_comes_back_judged(clinic: Desk, clock: Clock) -> None:
    rows = [*PEOPLE, ("", "", ""), ("Nobody Atall", "Z99", "Ottawa"), ("Ana Ng", "1.2E+05")]
    report = audited(clinic, clock, *rows)
    assert len(list(report.rows)) == len(rows) == report.head.rows
    assert [row.kept.cells[0] for row in report.rows] == [row[0] for row in rows]
    assert verdicts(report) == [
        "confirmed",
        "not_authorised",
        "confirmed_with_conditions",
        "cannot_confirm",
        "confirmed",
        "confirmed",
        "cannot_confirm",
        "cannot_confirm",
        "cannot_confirm",
        "cannot_confirm",
        "not_found",
        "cannot_confirm",
    ]
    assert [row.result.reasons for row in report.rows if row.result][-3:] == [
        ("empty_row",),
        ("searched_complete",),
        ("number_scientific",),
    ]
    first = list(report.rows)[0].result
    assert first and (first.number, first.status) == ("A1001", "authorised")
    assert first.last_checked and first.valid_until and first.valid_until > clock.at


def test_what_was_stopped_goes_on_and_doubles_nothing(
    clinic: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "QUICK", 3)
    monkeypatch.setattr(running, "_SLOW", 1)
    rows = [*PEOPLE, ("Nobody Atall", "Z99"), ("Nobody Else", "Z98")]
    made = begin(clinic, roster(*rows), Request("tests"), clock())
    assert run(clinic, made, clock, stopping(6)).state == audits.STOPPED
    clock.forward(hours=1)
    assert run(clinic, made, clock).state == audits.DONE
    head, found = kept(clinic, made)
    times = [row.result.judged_at for row in found if row.result]
    assert len(times) == len(rows) == head.rows
    assert set(times) == {clock.at - timedelta(hours=1), clock.at}
    before = [row.result for row in found]
    run(clinic, made, clock)  # once more changes nothing
    assert [row.result for row in kept(clinic, made)[1]] == before


def test_a_crash_loses_the_last_portion_at_most(
    clinic: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "QUICK", 2)
    made = begin(clinic, roster(*PEOPLE), Request("tests"), clock())
    real, calls = audits.add_results, [0]

    def breaks(db: sa.Connection, audit_id: int, results: list[audits.Result]) -> None:
        real(db, audit_id, results)
        calls[0] += 1
        if calls[0] == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(audits, "add_results", breaks)
        with pytest.raises(KeyboardInterrupt):
            run(clinic, made, clock)
    assert sum(row.result is not None for row in kept(clinic, made)[1]) == 4
    run(clinic, made, clock)
    assert all(row.result for row in kept(clinic, made)[1])


def test_findings_come_once_however_often_it_ends(clinic: Desk, clock: Clock) -> None:
    report = audited(clinic, clock, PEOPLE[0], PEOPLE[0])
    assert codes(report) == [["duplicate"], ["duplicate"]]
    run(clinic, report.head.id, clock)
    assert [len(row.findings) for row in kept(clinic, report.head.id)[1]] == [1, 1]


def test_what_an_audit_found_is_never_changed(clinic: Desk, clock: Clock) -> None:
    report = audited(clinic, clock, PEOPLE[0], PEOPLE[0])
    made = Decision(1, "accepted", "a reviewer", "seen the card", clock())
    with clinic.store.begin() as db:
        audits.decide(db, report.head.id, made)
    for table in ("audit_row", "audit_result", "audit_finding", "audit_decision"):
        with pytest.raises(Exception, match="never changed"), clinic.store.begin() as db:
            db.exec_driver_sql(f"UPDATE {table} SET row = 7")  # noqa: S608 - a table of ours
    for table in ("audit_row", "audit_result", "audit_decision"):
        with pytest.raises(Exception, match="never changed"), clinic.store.begin() as db:
            db.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
    with clinic.store.begin() as db:
        audits.delete(db, report.head.id)
        assert audits.heads(db) == []


def test_decisions_stand_beside_the_verdict(clinic: Desk, clock: Clock) -> None:
    report = audited(clinic, clock, PEOPLE[3])
    for word in ("rejected", "accepted"):
        with clinic.store.begin() as db:
            audits.decide(db, report.head.id, Decision(1, word, "Ana", "why", clock()))
    [row] = kept(clinic, report.head.id)[1]
    assert [one.decision for one in row.decisions] == ["rejected", "accepted"]
    assert row.result == list(report.rows)[0].result
    with pytest.raises(NoAudit, match="has no row 2"), clinic.store.begin() as db:
        audits.decide(db, report.head.id, Decision(2, "accepted", "Ana", "why", clock()))


def test_audits_of_a_workspace_are_its_own(clinic: Desk, clock: Clock) -> None:
    with clinic.store.begin() as db:
        one, two = (members.create(db, name, name, clock()) for name in ("one", "two"))
    mine = audited(clinic, clock, PEOPLE[0], workspace_id=one).head.id
    with clinic.store.begin() as db:
        assert [head.id for head in audits.heads(db, one)] == [mine]
        assert audits.heads(db, two) == audits.heads(db) == []
        assert audits.head_in(db, mine, one).id == mine
        for other in (two, None):
            with pytest.raises(NoAudit):
                audits.head_in(db, mine, other)
        audits.delete(db, mine)
    assert audited(clinic, clock, PEOPLE[0]).head.id != mine


def test_as_of_an_earlier_day(clinic: Desk, clock: Clock, ontario: Register) -> None:
    then = clock.at.date()
    adverse = {"status": Status.SUSPENDED, "word": "Suspended", "may_practise": False}
    people = [replace(one, **adverse) if one.key == "k1" else one for one in everybody()]
    Nights(clinic.store, ontario, clock).accept([*people, *FILLER])
    assert verdicts(audited(clinic, clock, PEOPLE[0], day=then)) == ["confirmed"]
    assert verdicts(audited(clinic, clock, PEOPLE[0])) == ["not_authorised"]


def test_who_left_the_register_is_named(clinic: Desk, clock: Clock, ontario: Register) -> None:
    last = clock.at.date()
    for _ in range(2):
        gone = [one for one in everybody() if one.key != "k1"]
        Nights(clinic.store, ontario, clock).accept([*gone, *FILLER])
    report = audited(clinic, clock, PEOPLE[0], ("Somebody Else", "A1001"))
    assert verdicts(report) == ["not_found", "not_found"]
    assert codes(report)[0][-1] == "left_register" and "left_register" not in codes(report)[1]
    assert f"It last did on June {last.day}, 2026" in list(report.rows)[0].findings[-1].text


def test_what_is_kept_is_english_whoever_has_it_judged(clinic: Desk, clock: Clock) -> None:
    rows = [*PEOPLE, ("\u0410na Ng", "A1"), ("Ingrith Abelquist", "A10O1"), PEOPLE[0]]
    texts = []
    for language in ("en", "fr"):
        with speaking(language):
            found = [(row.result, row.findings) for row in audited(clinic, clock, *rows).rows]
        texts.append(
            [
                (r.refused, r.suggestion, [one.text for one in findings])
                for r, findings in found
                if r
            ]
        )
    assert texts[0] == texts[1]
    assert any(one[0] for one in texts[0]) and any(one[2] for one in texts[0])
