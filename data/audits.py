"""Keeps roster audits: rows as they came, verdicts as they were given, decisions beside them.

Rows, results, findings and decisions are only ever added (triggers refuse changes), each under
(audit, row): a run that was cut off goes on with the rows that have no result.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from data.audit_tables import Audit, AuditDecision, AuditFinding, AuditResult, AuditRow
from data.review_tables import AuditSignOff, AuditTurn

audit: sa.Table = Audit.__table__  # type: ignore[attr-defined]
audit_row: sa.Table = AuditRow.__table__  # type: ignore[attr-defined]
audit_result: sa.Table = AuditResult.__table__  # type: ignore[attr-defined]
audit_finding: sa.Table = AuditFinding.__table__  # type: ignore[attr-defined]
audit_decision: sa.Table = AuditDecision.__table__  # type: ignore[attr-defined]

_BESIDE: list[sa.Table] = [
    AuditSignOff.__table__,  # type: ignore[attr-defined]
    AuditTurn.__table__,  # type: ignore[attr-defined]
]
_WITHOUT_CELLS = [column for column in audit_row.c if column.name != "cells"]
RUNNING, STOPPED, DONE = "running", "stopped", "done"
OPEN = "open"  # a decision that takes the one before back
DECISIONS = ("accepted", "follow_up", "ignored", "rejected", OPEN)
_PORTION = 5000
_FEW = {"yield_per": _PORTION}


class NoAudit(ValueError):
    """There is no such audit, or no such row in it; says so."""


@dataclass(frozen=True, slots=True)
class Head:
    """What an audit is about; `id` is 0 until it is kept."""

    who: str
    created_at: datetime
    source: str
    source_digest: str
    sheet: str
    headings: tuple[str, ...]
    columns: dict[str, int]
    notes: tuple[str, ...]
    profession: str
    day: date | None
    rows: int
    rules_version: str
    workspace_id: int | None = None
    id: int = 0
    state: str = RUNNING
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """One row as it came: its number in the file, its cells, whom it names, what is doubtful."""

    row: int
    line: int
    cells: tuple[str, ...]
    asked: dict[str, str]
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one row and what it rests on; empty where there is nothing to say."""

    row: int
    judged_at: datetime
    verdict: str
    assurance: str = ""
    reasons: tuple[str, ...] = ()
    refused: str = ""
    suggestion: str = ""
    register_id: str = ""
    key: str = ""
    number: str = ""
    listed_as: str = ""
    status: str = ""
    register_word: str = ""
    alerts: str = ""
    last_checked: datetime | None = None
    valid_until: datetime | None = None
    evidence_id: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What shows of a row only beside others."""

    row: int
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided about a row."""

    row: int
    decision: str
    who: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """Everything about one row of an audit; `result` is None until it has been judged."""

    kept: Kept
    result: Result | None
    findings: tuple[Finding, ...] = ()
    decisions: tuple[Decision, ...] = ()


_COLUMNS = [one.name for one in fields(Result)]  # asdict copies deep, and is slow


def create(db: Connection, head: Head, rows: Iterable[Kept]) -> int:
    """Keep a new audit and all of its rows; its number."""
    values = {**asdict(head), "headings": _json(head.headings), "columns": _json(head.columns)}
    values["notes"] = "\n".join(head.notes)
    del values["id"]
    made = db.execute(audit.insert().values(values).returning(audit.c.id))
    id_ = int(made.scalar_one())
    for some in _portions(rows):
        db.execute(audit_row.insert(), [_kept_values(id_, one) for one in some])
    return id_


def _kept_values(audit_id: int, one: Kept) -> dict[str, Any]:
    return {
        "audit_id": audit_id,
        "row": one.row,
        "line": one.line,
        "cells": _json(one.cells),
        "asked": _json(one.asked),
        "marks": ",".join(one.marks),
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _portions(things: Iterable[Any]) -> Iterator[list[Any]]:
    some: list[Any] = []
    for one in things:
        some.append(one)
        if len(some) == _PORTION:
            yield some
            some = []
    if some:
        yield some


def head_of(db: Connection, audit_id: int) -> Head:
    """One audit, whosever it is; raises NoAudit."""
    return _one(db, sa.select(audit).where(audit.c.id == audit_id), audit_id)


def head_in(db: Connection, audit_id: int, workspace_id: int | None) -> Head:
    """One audit of a workspace; raises NoAudit for any other as if there were none."""
    query = sa.select(audit).where(audit.c.id == audit_id, _of(workspace_id))
    return _one(db, query, audit_id)


def _one(db: Connection, query: sa.Select[Any], audit_id: int) -> Head:
    found = db.execute(query).mappings().first()
    if found is None:
        raise NoAudit(f"There is no audit {audit_id}. `goodstanding audit list` shows them.")
    return _head(found)


def _of(workspace_id: int | None) -> sa.ColumnElement[bool]:
    return audit.c.workspace_id.is_not_distinct_from(workspace_id)


def _head(row: sa.RowMapping) -> Head:
    said = dict(row)
    said["headings"] = tuple(json.loads(said["headings"]))
    said["columns"] = json.loads(said["columns"])
    said["notes"] = tuple(said["notes"].splitlines())
    return Head(**said)


def heads(
    db: Connection, workspace_id: int | None = None, most: int = 100, before: int | None = None
) -> list[Head]:
    """The latest audits of a workspace (older than the one numbered `before`), newest first."""
    query = sa.select(audit).where(_of(workspace_id)).order_by(audit.c.id.desc()).limit(most)
    query = query if before is None else query.where(audit.c.id < before)
    return [_head(row) for row in db.execute(query).mappings()]


def counts(db: Connection, audit_id: int) -> dict[str, int]:
    """How many rows of an audit have each verdict."""
    query = sa.select(audit_result.c.verdict, sa.func.count())
    query = query.where(audit_result.c.audit_id == audit_id).group_by(audit_result.c.verdict)
    return {row.verdict: int(row[1]) for row in db.execute(query)}


def unjudged(db: Connection, audit_id: int, after: int, most: int) -> list[Kept]:
    """The first rows after `after` that have no result yet, without their cells."""
    done = sa.and_(
        audit_result.c.audit_id == audit_row.c.audit_id, audit_result.c.row == audit_row.c.row
    )
    query = sa.select(*_WITHOUT_CELLS).select_from(audit_row.outerjoin(audit_result, done))
    query = query.where(audit_row.c.audit_id == audit_id, audit_row.c.row > after)
    query = query.where(audit_result.c.row.is_(None)).order_by(audit_row.c.row).limit(most)
    return [_kept(row) for row in db.execute(query).mappings()]


def _kept(row: sa.RowMapping) -> Kept:
    marks = tuple(mark for mark in row["marks"].split(",") if mark)
    cells = tuple(json.loads(row["cells"])) if "cells" in row else ()
    return Kept(row["row"], row["line"], cells, json.loads(row["asked"]), marks)


def judged(db: Connection, audit_id: int) -> int:
    """How many rows of an audit have a verdict."""
    mine = audit_result.c.audit_id == audit_id
    return db.scalar(sa.select(sa.func.count()).select_from(audit_result).where(mine)) or 0


def add_results(db: Connection, audit_id: int, results: Sequence[Result]) -> None:
    """Keep verdicts; a row that has one already keeps that one."""
    if not results:
        return
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    rows = [
        {name: getattr(one, name) for name in _COLUMNS}
        | {"audit_id": audit_id, "reasons": ",".join(one.reasons)}
        for one in results
    ]
    db.execute(insert(audit_result).on_conflict_do_nothing(), rows)


def finish(db: Connection, audit_id: int, findings: Iterable[Finding], now: datetime) -> None:
    """Keep what was found over the whole roster, and that the audit is done."""
    db.execute(audit_finding.delete().where(audit_finding.c.audit_id == audit_id))
    numbers: dict[int, int] = {}
    for some in _portions(findings):
        rows = []
        for one in some:
            numbers[one.row] = numbers.get(one.row, 0) + 1
            place = numbers[one.row]
            values = {"audit_id": audit_id, "row": one.row, "place": place}
            rows.append(values | {"code": one.code, "text": one.text})
        db.execute(audit_finding.insert(), rows)
    set_state(db, audit_id, DONE, now)


def set_state(db: Connection, audit_id: int, state: str, now: datetime | None) -> None:
    """Running, stopped or done."""
    change = audit.update().where(audit.c.id == audit_id)
    db.execute(change.values(state=state, finished_at=now))


def decide(db: Connection, audit_id: int, one: Decision) -> None:
    """Keep a decision beside the verdict; raises NoAudit where there is no such row."""
    mine = sa.and_(audit_row.c.audit_id == audit_id, audit_row.c.row == one.row)
    if not db.scalar(sa.select(sa.func.count()).select_from(audit_row).where(mine)):
        raise NoAudit(f"Audit {audit_id} has no row {one.row}.")
    db.execute(audit_decision.insert().values(**asdict(one), audit_id=audit_id))


def rows_with_results(db: Connection, audit_id: int) -> Iterator[Row]:
    """Every row of an audit that has a verdict, in order, without cells, findings, decisions."""
    yield from (row for row in _joined(db, audit_id, _WITHOUT_CELLS) if row.result)


def rows_of(db: Connection, audit_id: int) -> Iterator[Row]:
    """Every row of an audit in order, with what came of it."""
    findings = _by_row(db, audit_finding, audit_id, _finding)
    decisions = _by_row(db, audit_decision, audit_id, _decision)
    for row in _joined(db, audit_id, list(audit_row.c)):
        number = row.kept.row
        if number in findings or number in decisions:
            found, decided = findings.get(number, ()), decisions.get(number, ())
            row = Row(row.kept, row.result, tuple(found), tuple(decided))
        yield row


def _joined(db: Connection, audit_id: int, columns: Sequence[Any]) -> Iterator[Row]:
    """Rows with their results, both read a few at a time."""
    results = results_of(db, audit_id)
    query = sa.select(*columns).where(audit_row.c.audit_id == audit_id).order_by(audit_row.c.row)
    result = next(results, None)
    for row in db.execute(query, execution_options=_FEW).mappings():
        mine = result if result and result.row == row["row"] else None
        yield Row(_kept(row), mine)
        if mine:
            result = next(results, None)


def marked(db: Connection, audit_id: int) -> int:
    """How many rows of an audit have doubtful cells."""
    mine = sa.and_(audit_row.c.audit_id == audit_id, audit_row.c.marks != "")
    return db.scalar(sa.select(sa.func.count()).select_from(audit_row).where(mine)) or 0


def found(db: Connection, audit_id: int) -> dict[str, int]:
    """How many rows of an audit have each finding."""
    rows = sa.func.count(sa.distinct(audit_finding.c.row))
    query = sa.select(audit_finding.c.code, rows).where(audit_finding.c.audit_id == audit_id)
    query = query.group_by(audit_finding.c.code).order_by(audit_finding.c.code)
    return {row.code: int(row[1]) for row in db.execute(query)}


def results_of(db: Connection, audit_id: int) -> Iterator[Result]:
    """Every verdict of an audit, in order."""
    query = sa.select(audit_result).where(audit_result.c.audit_id == audit_id)
    rows = db.execute(query.order_by(audit_result.c.row), execution_options=_FEW)
    for row in rows.mappings():
        said = {name: value for name, value in row.items() if name != "audit_id"}
        said["reasons"] = tuple(code for code in said["reasons"].split(",") if code)
        yield Result(**said)


def _by_row(db: Connection, table: sa.Table, audit_id: int, made: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    order = table.c.place if "place" in table.c else table.c.id
    query = sa.select(table).where(table.c.audit_id == audit_id).order_by(table.c.row, order)
    for row in db.execute(query).mappings():
        found.setdefault(row["row"], []).append(made(row))
    return found


def _finding(row: sa.RowMapping) -> Finding:
    return Finding(row["row"], row["code"], row["text"])


def _decision(row: sa.RowMapping) -> Decision:
    return Decision(row["row"], row["decision"], row["who"], row["why"], row["at"])


def delete(db: Connection, audit_id: int) -> None:
    """Take out an audit with everything in it; the triggers let nothing less go."""
    set_state(db, audit_id, "deleting", None)
    for table in (*_BESIDE, audit_decision, audit_finding, audit_result, audit_row):
        db.execute(table.delete().where(table.c.audit_id == audit_id))
    db.execute(audit.delete().where(audit.c.id == audit_id))
