"""The tables of reviewing an audit: rosters on their way in, turns, sign-offs."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

import data.audit_tables  # noqa: F401 - what these refer to comes first


class AuditUpload(SQLModel, table=True):
    """A roster whose columns nobody has confirmed yet. It goes after a day, or once audited."""

    __tablename__ = "audit_upload"
    ref: str = Field(primary_key=True, max_length=40)
    workspace_id: int = Field(foreign_key="workspace.id", index=True)
    who: str = Field(max_length=200)
    created_at: datetime
    name: str = Field(max_length=200, description="name of the file")
    data: bytes = Field(description="the file as it came")


class AuditTurn(SQLModel, table=True):
    """A process judges an audit for this workspace: one at a time, and not for ever."""

    __tablename__ = "audit_turn"
    workspace_id: int = Field(primary_key=True, foreign_key="workspace.id")
    audit_id: int = Field(foreign_key="audit.id")
    owner: str = Field(max_length=40)
    beat_at: datetime = Field(description="when the process last said that it is at it")


class AuditSignOff(SQLModel, table=True):
    """Somebody signed an audit off, or opened it again. The latest one stands."""

    __tablename__ = "audit_sign_off"
    __table_args__ = (sa.Index("ix_audit_sign_off_audit_id", "audit_id"),)
    id: int | None = Field(default=None, primary_key=True)
    audit_id: int = Field(foreign_key="audit.id")
    action: str = Field(max_length=10, description="signed or reopened")
    who: str = Field(max_length=200)
    why: str = Field(max_length=2000)
    left_open: int = Field(description="rows to look at that nobody had decided on")
    at: datetime
