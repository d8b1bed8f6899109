"""Reads an audit the way it is reviewed: a page at a time, the most urgent rows first; sign-offs.

Every function takes the number of an audit that the caller has found to be theirs to see.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import Verdict
from data.audits import (
    OPEN,
    Decision,
    Finding,
    Kept,
    Result,
    Row,
    audit_decision,
    audit_finding,
    audit_result,
    audit_row,
)
from data.review_tables import AuditSignOff

sign_off_table: sa.Table = AuditSignOff.__table__  # type: ignore[attr-defined]

SIGNED, REOPENED = "signed", "reopened"
URGENCY = (
    Verdict.NOT_AUTHORISED,
    Verdict.MISMATCH,
    Verdict.NOT_FOUND,
    Verdict.CONFIRMED_WITH_CONDITIONS,
    Verdict.AMBIGUOUS,
    Verdict.CANNOT_CONFIRM,
    Verdict.NOT_REGULATED,
    Verdict.CONFIRMED,
)
_LAST = 2 * len(URGENCY)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows of an audit: of one verdict, or of any; only those left to decide on, or all."""

    verdict: str = ""
    open_only: bool = False


@dataclass(frozen=True, slots=True)
class SignOff:
    """Somebody signed an audit off, or opened it again."""

    action: str
    who: str
    why: str
    left_open: int
    at: datetime


def _look() -> sa.ColumnElement[bool]:
    """Whether somebody should look at a row: not plainly confirmed, or with a doubt or finding."""
    return sa.or_(
        audit_result.c.verdict != Verdict.CONFIRMED.value,
        audit_row.c.marks != "",
        _findings().exists(),
    )


def _findings() -> sa.Select[Any]:
    mine = audit_finding.c.audit_id == audit_row.c.audit_id
    return sa.select(audit_finding.c.row).where(mine, audit_finding.c.row == audit_row.c.row)


def _decided() -> sa.ColumnElement[bool]:
    """Whether a decision stands beside the verdict: one that says `open` is none."""
    columns = audit_decision.c
    mine = sa.and_(columns.audit_id == audit_row.c.audit_id, columns.row == audit_row.c.row)
    latest = sa.select(columns.decision).where(mine).order_by(columns.id.desc()).limit(1)
    return sa.func.coalesce(latest.scalar_subquery(), OPEN) != OPEN


def _joined(outer: bool = False) -> sa.Join:
    """Rows with their verdicts; `outer`: those without one too."""
    same = audit_result.c.audit_id == audit_row.c.audit_id
    return audit_row.join(
        audit_result, sa.and_(same, audit_result.c.row == audit_row.c.row), isouter=outer
    )


def _where(audit_id: int, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found = [audit_row.c.audit_id == audit_id]
    if wanted.verdict:
        found.append(audit_result.c.verdict == wanted.verdict)
    if wanted.open_only:
        found += [_look(), ~_decided()]
    return found


def count(db: Connection, audit_id: int, wanted: Wanted) -> int:
    """How many judged rows there are of that kind."""
    query = sa.select(sa.func.count()).select_from(_joined()).where(*_where(audit_id, wanted))
    return db.scalar(query) or 0


def left_open(db: Connection, audit_id: int) -> int:
    """How many rows somebody should look at, and nobody has decided on."""
    return count(db, audit_id, Wanted(open_only=True))


def urgent(db: Connection, audit_id: int, wanted: Wanted, at: tuple[int, int]) -> list[Row]:
    """Judged rows, the most urgent first: `at` is how many, and how many to leave out before."""
    ranks = {verdict.value: 2 * rank for rank, verdict in enumerate(URGENCY)}
    rank = sa.case(ranks, value=audit_result.c.verdict, else_=_LAST)
    # Among equals, whoever has a finding or doubt beside the verdict comes first.
    beside = sa.case((sa.or_(audit_row.c.marks != "", _findings().exists()), 0), else_=1)
    query = _rows(audit_id, wanted).order_by(rank + beside, audit_row.c.row)
    most, before = at
    return _whole(db, audit_id, query.limit(most).offset(before))


def in_order(db: Connection, audit_id: int, after: int, most: int, verdict: str = "") -> list[Row]:
    """Rows after one, as the roster has them; those without a verdict yet too, unless one is asked
    for."""
    query = _rows(audit_id, Wanted(verdict), outer=not verdict)
    query = query.where(audit_row.c.row > after).order_by(audit_row.c.row).limit(most)
    return _whole(db, audit_id, query)


def one(db: Connection, audit_id: int, row: int) -> Row | None:
    """One row; None where there is none of that number."""
    query = _rows(audit_id, Wanted(), outer=True).where(audit_row.c.row == row)
    return next(iter(_whole(db, audit_id, query)), None)


def _rows(audit_id: int, wanted: Wanted, outer: bool = False) -> sa.Select[Any]:
    results = [one.label(f"result_{one.name}") for one in audit_result.c if one.name != "audit_id"]
    query = sa.select(*audit_row.c, *results).select_from(_joined(outer))
    return query.where(*_where(audit_id, wanted))


def _whole(db: Connection, audit_id: int, query: sa.Select[Any]) -> list[Row]:
    """Rows with their findings and decisions."""
    rows = db.execute(query).mappings().all()
    numbers = [row["row"] for row in rows]
    findings = _beside(db, audit_finding, audit_id, numbers)
    decisions = _beside(db, audit_decision, audit_id, numbers)
    return [
        Row(
            _kept(row),
            _result(row),
            tuple(Finding(at, one["code"], one["text"]) for one in findings.get(at, ())),
            tuple(_decision(one) for one in decisions.get(at, ())),
        )
        for row in rows
        for at in (row["row"],)
    ]


def _kept(row: sa.RowMapping) -> Kept:
    marks = tuple(mark for mark in row["marks"].split(",") if mark)
    return Kept(
        row["row"], row["line"], tuple(json.loads(row["cells"])), json.loads(row["asked"]), marks
    )


def _result(row: sa.RowMapping) -> Result | None:
    if row["result_row"] is None:
        return None
    said = {
        name.removeprefix("result_"): value
        for name, value in row.items()
        if name.startswith("result_")
    }
    said["reasons"] = tuple(code for code in said["reasons"].split(",") if code)
    return Result(**said)


def _decision(row: sa.RowMapping) -> Decision:
    return Decision(row["row"], row["decision"], row["who"], row["why"], row["at"])


def _beside(
    db: Connection, table: sa.Table, audit_id: int, rows: Sequence[int]
) -> dict[int, list[sa.RowMapping]]:
    found: dict[int, list[sa.RowMapping]] = {}
    order = table.c.place if "place" in table.c else table.c.id
    query = sa.select(table).where(table.c.audit_id == audit_id, table.c.row.in_(rows))
    for one in db.execute(query.order_by(table.c.row, order)).mappings():
        found.setdefault(one["row"], []).append(one)
    return found


def findings_of(db: Connection, audit_id: int) -> dict[str, int]:
    """How many rows have each finding."""
    code, rows = audit_finding.c.code, sa.func.count(sa.distinct(audit_finding.c.row))
    mine = audit_finding.c.audit_id == audit_id
    query = sa.select(code, rows).where(mine).group_by(code).order_by(code)
    return {row[0]: int(row[1]) for row in db.execute(query)}


def sign(db: Connection, audit_id: int, one: SignOff) -> None:
    """Keep that somebody signed an audit off, or opened it again."""
    db.execute(sign_off_table.insert().values(**asdict(one), audit_id=audit_id))


def sign_offs(db: Connection, audit_id: int) -> list[SignOff]:
    """Everybody who did, in order; the last one stands."""
    mine = sign_off_table.c.audit_id == audit_id
    query = sa.select(sign_off_table).where(mine).order_by(sign_off_table.c.id)
    return [
        SignOff(row.action, row.who, row.why, row.left_open, row.at) for row in db.execute(query)
    ]


def signed(db: Connection, audit_id: int) -> bool:
    """Whether it is signed off, and was not opened again."""
    done = sign_offs(db, audit_id)
    return bool(done) and done[-1].action == SIGNED
