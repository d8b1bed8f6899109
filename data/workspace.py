"""The tables of workspaces: whose data it is, who may see it, and who did.

A table with a column `workspace_id` belongs to a workspace: it is erased with it (data/tenancy.py),
and pruned where its `info` names the moment a row is from and the setting that says how long it
is kept, as AccessLog does.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from config.vocabulary import Role
from data import tables  # noqa: F401 - its naming of constraints comes first

DAYS_OF_RECORDS, DAYS_OF_LOG = 3 * 365, 2 * 365


def kept_by(moment: str, setting: str, **going: str) -> dict[str, Any]:
    """For `__table_args__`: rows go once `moment` is older than the workspace's `setting` days.

    `going` are the values of a row that lets itself be deleted, where triggers ask for them.
    """
    return {"info": {"kept_by": (moment, setting), "going": going}}


class Workspace(SQLModel, table=True):
    """A clinic: its rosters, watches, keys and people are nobody else's."""

    __tablename__ = "workspace"
    __table_args__ = {"sqlite_autoincrement": True}  # the number of an erased one is nobody's after
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=40, description="what its people sign in to")
    title: str = Field(max_length=200)
    created_at: datetime
    record_days: int = Field(default=DAYS_OF_RECORDS, description="how long audits are kept")
    log_days: int = Field(default=DAYS_OF_LOG, description="how long the access log is kept")


class Member(SQLModel, table=True):
    """A person of one workspace. Without a password yet until they followed their link."""

    __tablename__ = "member"
    __table_args__ = (sa.UniqueConstraint("workspace_id", "email"),)
    id: int | None = Field(default=None, primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id")
    ref: str = Field(unique=True, max_length=40)
    email: str = Field(max_length=254, description="lower case")
    role: Role = Field(
        sa_type=sa.Enum(
            Role,
            native_enum=False,
            length=16,
            values_callable=lambda roles: [r.value for r in roles],
        )
    )
    password: str = Field(default="", max_length=200, description="argon2id, with its salt")
    created_at: datetime


class SignIn(SQLModel, table=True):
    """Somebody is signed in with one browser. Only the digest of its cookie is here."""

    __tablename__ = "sign_in"
    id: int | None = Field(default=None, primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id", index=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    digest: str = Field(unique=True, max_length=64)
    started_at: datetime
    seen_at: datetime
    expires_at: datetime


class OneTimeLink(SQLModel, table=True):
    """A link with which somebody sets a password, once. Only its digest is here."""

    __tablename__ = "one_time_link"
    digest: str = Field(primary_key=True, max_length=64)
    workspace_id: int = Field(foreign_key="workspace.id", index=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    expires_at: datetime


class ApiKey(SQLModel, table=True):
    """A key of a program. Only its digest is here, and its first letters to recognise it by."""

    __tablename__ = "api_key"
    id: int | None = Field(default=None, primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id", index=True)
    ref: str = Field(unique=True, max_length=40)
    label: str = Field(max_length=100)
    digest: str = Field(unique=True, max_length=64)
    hint: str = Field(max_length=20)
    scopes: str = Field(max_length=200, description="by comma")
    created_at: datetime
    created_by: str = Field(max_length=60)
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class AccessLog(SQLModel, table=True):
    """Who saw or did what, and how many were shown: never whom they asked about."""

    __tablename__ = "access_log"
    __table_args__ = (
        sa.Index("ix_access_log_workspace_id", "workspace_id", "id"),
        kept_by("at", "log_days"),
    )
    id: int | None = Field(default=None, primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id")
    at: datetime
    who: str = Field(max_length=60, description="person:…, key:… or operator")
    action: str = Field(max_length=100)
    subject: str = Field(default="", max_length=100, description="our own id of what it was about")
    count: int = Field(default=0, description="people or rows shown")


class Replay(SQLModel, table=True):
    """The answer to a request that bore an idempotency key; without a status: under way."""

    __tablename__ = "replay"
    id: int | None = Field(default=None, primary_key=True)
    __table_args__ = (sa.UniqueConstraint("workspace_id", "digest"),)
    workspace_id: int = Field(foreign_key="workspace.id")
    digest: str = Field(max_length=64, description="of the key and whoever sent it")
    request: str = Field(max_length=64, description="digest of method, address and body")
    at: datetime
    status: int | None = None
    headers: str = Field(default="", description="JSON")
    body: bytes = b""


class Attempts(SQLModel, table=True):
    """Failed sign-ins of late, at one account or from one address. Belongs to no workspace."""

    __tablename__ = "attempts"
    subject: str = Field(primary_key=True, max_length=64, description="a digest")
    since: datetime
    failed: int
