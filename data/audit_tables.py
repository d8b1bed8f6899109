"""The tables of roster audits: what was asked of every row, what came of it, what people decided.

Everything but the head of an audit is written once and never changed: triggers see to it
(migrations/versions). The tables of what registers say are in tables.py.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

import data.tables  # noqa: F401 - its naming convention comes first
from data.workspace import kept_by


class Audit(SQLModel, table=True):
    """One roster that is or was audited."""

    __tablename__ = "audit"
    # The number of a deleted one is no other's.
    __table_args__ = (
        {"sqlite_autoincrement": True, **kept_by("created_at", "record_days", state="deleting")},
    )
    id: int | None = Field(default=None, primary_key=True)
    workspace_id: int | None = Field(
        default=None, foreign_key="workspace.id", index=True, description="none: the operator's"
    )
    who: str = Field(max_length=200, description="who asked for it")
    created_at: datetime
    finished_at: datetime | None = None
    state: str = Field(max_length=10, description="running, stopped or done")
    source: str = Field(max_length=200, description="name of the file")
    source_digest: str = Field(max_length=64, description="SHA-256 of the file")
    sheet: str = Field(default="", max_length=200)
    headings: str = Field(description="JSON list")
    columns: str = Field(description="JSON: what is meant → place of the column")
    notes: str = Field(default="", description="what was assumed to read it, a line each")
    profession: str = Field(max_length=60)
    day: date | None = Field(default=None, description="the earlier day it is asked of")
    rows: int
    rules_version: str = Field(max_length=10)


class AuditRow(SQLModel, table=True):
    """One row of a roster: its cells as they were, and what was asked of it."""

    __tablename__ = "audit_row"
    __table_args__ = {"sqlite_with_rowid": False}
    audit_id: int = Field(primary_key=True, foreign_key="audit.id")
    row: int = Field(primary_key=True, description="place among the rows, from 1")
    line: int = Field(description="its number in the file")
    cells: str = Field(description="JSON list")
    asked: str = Field(description="JSON: whom the row names, as read")
    marks: str = Field(default="", description="codes of what is doubtful about it, by comma")


class AuditResult(SQLModel, table=True):
    """The verdict on one row. It is never changed: people decide beside it."""

    __tablename__ = "audit_result"
    __table_args__ = {"sqlite_with_rowid": False}
    audit_id: int = Field(primary_key=True, foreign_key="audit.id")
    row: int = Field(primary_key=True)
    judged_at: datetime
    verdict: str = Field(max_length=30)
    assurance: str = Field(default="", max_length=30)
    reasons: str = Field(default="", description="codes, by comma")
    refused: str = Field(default="", max_length=400, description="why it could not be asked")
    suggestion: str = Field(default="", max_length=1000)
    register_id: str = Field(default="", max_length=60)
    key: str = Field(default="", max_length=80, description="the register's own id")
    number: str = Field(default="", max_length=80, description="as printed; masked if not asked")
    listed_as: str = Field(default="", max_length=400)
    status: str = Field(default="", max_length=32)
    register_word: str = Field(default="", max_length=400)
    alerts: str = Field(default="", description="restrictions and notices, a line each")
    last_checked: datetime | None = None
    valid_until: datetime | None = None
    evidence_id: str = Field(default="", max_length=64)


class AuditFinding(SQLModel, table=True):
    """Something that shows only beside other rows, or beside other registers."""

    __tablename__ = "audit_finding"
    audit_id: int = Field(primary_key=True, foreign_key="audit.id")
    row: int = Field(primary_key=True)
    place: int = Field(primary_key=True, description="its order among the findings of the row")
    code: str = Field(max_length=40)
    text: str = Field(max_length=1000)


class AuditDecision(SQLModel, table=True):
    """What somebody decided about a row, and why. The latest one stands; none is ever changed."""

    __tablename__ = "audit_decision"
    __table_args__ = (sa.Index("ix_audit_decision_audit_id", "audit_id", "row"),)
    id: int | None = Field(default=None, primary_key=True)
    audit_id: int = Field(foreign_key="audit.id")
    row: int
    decision: str = Field(max_length=20, description="one of audits.DECISIONS")
    who: str = Field(max_length=200)
    why: str = Field(max_length=2000)
    at: datetime
