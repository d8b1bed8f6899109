"""What an audit says: its rows as every report shows them, its counts, and its text.

Tables and pages say it in the language that is spoken; the command line and programs speak English.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

from config.vocabulary import Status, Verdict
from data import audits
from data.audits import Head, Row
from data.store import Store
from service import words
from service.audit.judge import Settled
from service.audit.telling import DECIDED, found_name, reason
from service.audit.words import MARK
from service.desk import Desk
from service.language import ENGLISH, say, spoken
from service.retold import retold

GOOD = (Verdict.CONFIRMED, Verdict.CONFIRMED_WITH_CONDITIONS)

# Letters and ground of a verdict; the words beside it say the same.
COLOURS = {
    Verdict.CONFIRMED: ("#1b5e20", "#e3f2e6"),
    Verdict.CONFIRMED_WITH_CONDITIONS: ("#7a4b00", "#fff2d6"),
    Verdict.NOT_AUTHORISED: ("#8b0000", "#fde3e3"),
    Verdict.MISMATCH: ("#8b0000", "#fde3e3"),
    Verdict.NOT_FOUND: ("#5d2e00", "#fdeedd"),
    Verdict.AMBIGUOUS: ("#37474f", "#eceff1"),
    Verdict.CANNOT_CONFIRM: ("#37474f", "#eceff1"),
    Verdict.NOT_REGULATED: ("#37474f", "#eceff1"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """An audit with its counts; its rows are read from the store as they are needed."""

    store: Store
    head: Head
    registers: dict[str, str]
    counts: dict[str, int]
    findings: dict[str, int]
    doubtful: int

    @classmethod
    def of(cls, desk: Desk, head: Head) -> "Report":
        """What is kept of an audit."""
        with desk.store.read() as db:
            counts = audits.counts(db, head.id)
            found, doubtful = audits.found(db, head.id), audits.marked(db, head.id)
        names = {register.id: register.name for register in desk.catalogue}
        return cls(desk.store, head, names, counts, found, doubtful)

    @property
    def rows(self) -> Iterator[Row]:
        """Every row, in order."""
        with self.store.read() as db:
            yield from audits.rows_of(db, self.head.id)

    @property
    def clean(self) -> bool:
        """Whether every row was confirmed."""
        return sum(self.counts.get(one, 0) for one in GOOD) == self.head.rows


def row_out(head: Head, registers: dict[str, str], row: Row) -> dict[str, Any]:
    """One row as JSON has it: everything, under names that stay."""
    result, said = row.result, row.kept.asked
    out: dict[str, Any] = {
        "row": row.kept.row,
        "line": row.kept.line,
        "cells": dict(_headed(head.headings, row.kept.cells)),
        "asked": {name: value or None for name, value in said.items()},
        "marks": [{"code": mark, "text": MARK[mark]} for mark in row.kept.marks],
        "findings": [{"code": one.code, "text": one.text} for one in row.findings],
        "decisions": [
            {"decision": one.decision, "who": one.who, "why": one.why, "at": one.at}
            for one in row.decisions
        ],
    }
    if result is None:
        return out | {"verdict": None}
    return out | {
        "verdict": result.verdict,
        "assurance": result.assurance or None,
        "reasons": [
            {"code": code, "text": reason(code, result.refused)} for code in result.reasons
        ],
        "status": result.status or None,
        "register_word": result.register_word or None,
        "alerts": result.alerts.splitlines(),
        "register": result.register_id or None,
        "register_name": registers.get(result.register_id),
        "key": result.key or None,
        "number": result.number or None,
        "listed_as": result.listed_as or None,
        "last_checked": result.last_checked,
        "valid_until": result.valid_until,
        "judged_at": result.judged_at,
        "evidence_id": result.evidence_id or None,
        "suggestion": result.suggestion or None,
    }


def _headed(headings: Sequence[str], cells: Sequence[str]) -> list[tuple[str, str]]:
    """Cells under their headings; a heading that is empty or said twice gets its place."""
    seen = Counter[str]()
    named = []
    for place, cell in enumerate(cells):
        heading = headings[place] if place < len(headings) else ""
        seen[heading] += 1
        unique = heading if heading and seen[heading] == 1 else f"{heading}#{place + 1}"
        named.append((unique, cell))
    return named


def verdict_text(verdict: str, assurance: str) -> str:
    """A verdict in a few words."""
    text = say(words.VERDICT[Verdict(verdict)])
    by_place = assurance == "name_and_place"
    return say("%(verdict)s (by name and place)", verdict=text) if by_place else text


def status_text(status: str) -> str:
    """A standing in words."""
    return say(words.STATUS[Status(status)]) if status else ""


def head_out(head: Head, counts: dict[str, int]) -> dict[str, Any]:
    """An audit without its rows."""
    return {
        "id": head.id,
        "state": head.state,
        "who": head.who,
        "created_at": head.created_at,
        "finished_at": head.finished_at,
        "source": head.source,
        "source_digest": head.source_digest,
        "sheet": head.sheet or None,
        "columns": {part: _heading(head, place) for part, place in head.columns.items()},
        "notes": list(head.notes),
        "profession": head.profession,
        "on": head.day,
        "rows": head.rows,
        "rules_version": head.rules_version,
        "verdicts": {verdict.value: counts.get(verdict, 0) for verdict in Verdict},
    }


def _heading(head: Head, place: int) -> str:
    return head.headings[place] or f"#{place + 1}"


def about_out(report: Report) -> dict[str, Any]:
    """A whole audit but its rows."""
    return {"audit": head_out(report.head, report.counts), "findings": report.findings}


def report_out(report: Report) -> dict[str, Any]:
    """A whole audit."""
    return about_out(report) | {
        "rows": [row_out(report.head, report.registers, row) for row in report.rows]
    }


def summary_text(report: Report) -> str:
    """How many rows came to which verdict, and what was found over all of them."""
    head = report.head
    asked = f", as of the end of {words.day(head.day)} (UTC)" if head.day else ""
    lines = [f"Audit {head.id}: {head.source}, {head.rows:,} rows{asked}"]
    lines += [
        f"{count:>8,}  {verdict.value:<26} {words.VERDICT[verdict]}"
        for verdict in Verdict
        if (count := report.counts.get(verdict, 0))
    ]
    lines += [f"{count:>8,}  {code}" for code, count in report.findings.items()]
    if report.doubtful:
        lines.append(f"{report.doubtful:>8,}  rows with doubtful cells; the report names them")
    again = f"goodstanding audit show {head.id} -o report.xlsx"
    return "\n".join([*lines, f"Kept: {again}"])


def decision_text(row: Row) -> str:
    """The decision that stands, with whose it is."""
    if not row.decisions:
        return ""
    last = row.decisions[-1]
    return say(
        "%(decision)s by %(who)s on %(when)s: %(why)s",
        decision=last.decision if spoken() == ENGLISH else say(DECIDED[last.decision]),
        who=last.who,
        when=moment_text(last.at),
        why=last.why,
    )


def moment_text(at: datetime | None) -> str:
    """A moment for a table; "" for none."""
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else ""


def summary(report: Report) -> list[tuple[str, str | int, Verdict | None]]:
    """What the first page of a report says: name, value, and the verdict it counts, if any."""
    head = report.head
    lines: list[tuple[str, str | int, Verdict | None]] = [
        (say("Audit"), str(head.id), None),
        (say("Roster"), head.source, None),
        (say("SHA-256 of the roster"), head.source_digest, None),
        (say("Asked by"), head.who, None),
        (say("Begun"), moment_text(head.created_at), None),
        (say("Finished"), moment_text(head.finished_at), None),
        (say("As of"), _as_of(head), None),
        (say("Rules"), head.rules_version, None),
        (say("Rows"), head.rows, None),
        ("", "", None),
    ]
    lines += [(say(words.VERDICT[one]), report.counts.get(one, 0), one) for one in Verdict]
    lines += [("", "", None)]
    lines += [(found_text(code), count, None) for code, count in report.findings.items()]
    lines += [(say("Note"), retold(note), None) for note in head.notes]
    return lines


def _as_of(head: Head) -> str:
    if not head.day:
        return say("when it was judged")
    return say("the end of %(day)s (UTC)", day=words.day(head.day))


def found_text(code: str) -> str:
    """A kind of finding as reports name it."""
    return code.replace("_", " ") if spoken() == ENGLISH else found_name(code)


def heads_text(found: Sequence[tuple[Head, dict[str, int]]]) -> str:
    """The latest audits, a line each."""
    if not found:
        return "No roster has been audited yet: goodstanding audit ROSTER.csv -o REPORT.xlsx"
    return "\n".join(
        f"{head.id:>5}  {head.created_at:%Y-%m-%d %H:%M}Z  {head.state:<8} {head.rows:>7,} rows  "
        f"confirmed {sum(counts.get(one, 0) for one in GOOD):>7,}  {head.source}  ({head.who})"
        for head, counts in found
    )


def progress_line(out: TextIO) -> Callable[[int, int, Sequence[Settled]], None]:
    """A line that counts while an audit runs."""

    def show(done: int, of: int, _rows: Sequence[Settled]) -> None:
        end = "\n" if done == of else ""
        print(f"\r{done:,} of {of:,} rows judged", end=end, file=out, flush=True)  # noqa: T201

    return show
