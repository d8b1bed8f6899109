"""The tables of watch lists: who is watched, what became known of them, and who is told.

What belongs to a workspace bears its number, so it is erased with it (data/tenancy.py); a list
without one is the operator's own. A watched person is a row of the clinic's; of the register's own
words only alerts keep a dated copy, for as long as the workspace keeps its records.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

import data.tables  # noqa: F401 - its naming convention comes first
from data.workspace import kept_by

_UNIQUE_NUMBERS = {"sqlite_autoincrement": True}  # the number of one removed is nobody's after


class Watch(SQLModel, table=True):
    """One watch list."""

    __tablename__ = "watch"
    __table_args__ = (_UNIQUE_NUMBERS,)
    id: int | None = Field(default=None, primary_key=True)
    workspace_id: int | None = Field(
        default=None, foreign_key="workspace.id", index=True, description="none: the operator's"
    )
    ref: str = Field(unique=True, max_length=40)
    name: str = Field(max_length=80)
    profession: str = Field(max_length=60, description="of whoever's row names none")
    source: str = Field(max_length=200, description="name of the file applied last")
    revision: int = Field(default=1, description="goes up whenever the people change")
    created_at: datetime
    created_by: str = Field(max_length=200)
    updated_at: datetime
    told_on: date | None = Field(default=None, description="day of the last daily message (UTC)")


class WatchPerson(SQLModel, table=True):
    """Somebody on a list: as the roster names them, and the registration that was found to be
    theirs."""

    __tablename__ = "watch_person"
    __table_args__ = (
        sa.UniqueConstraint("watch_id", "person_key"),
        _UNIQUE_NUMBERS,
    )
    id: int | None = Field(default=None, primary_key=True)
    watch_id: int = Field(foreign_key="watch.id")
    person_key: str = Field(max_length=64, description="digest of number, name and place as asked")
    name: str = Field(max_length=400, description="as typed")
    asked: str = Field(description="JSON: whom the row names, as read")
    marks: str = Field(default="", description="codes of what is doubtful about the row, by comma")
    added_at: datetime
    judged_at: datetime
    verdict: str = Field(max_length=30, description="when last asked who this is")
    reasons: str = Field(default="", description="codes, by comma")
    registration_id: int | None = Field(
        default=None, index=True, description="our number of the registration; none was found yet"
    )
    register_id: str = Field(default="", max_length=60, index=True)
    register_key: str = Field(default="", max_length=80, description="the register's own id")
    assurance: str = Field(default="", max_length=30, description="what that rests on")
    withheld: bool = Field(default=False, description="in doubt, or of a number borne twice")


class WatchAlert(SQLModel, table=True):
    """Something about a watched person that the clinic should know, raised once."""

    __tablename__ = "watch_alert"
    __table_args__ = (
        sa.Index("ix_watch_alert_watch_id", "watch_id", "id"),
        {**_UNIQUE_NUMBERS, **kept_by("raised_at", "record_days")},
    )
    id: int | None = Field(default=None, primary_key=True)
    workspace_id: int | None = Field(default=None, foreign_key="workspace.id", index=True)
    watch_id: int = Field(foreign_key="watch.id")
    dedupe: str = Field(unique=True, max_length=120, description="the same thing is raised once")
    batch: str = Field(index=True, max_length=60, description="those told together")
    person_id: int | None = Field(default=None, index=True, description="none: of the whole list")
    person: str = Field(default="", max_length=400, description="the name as typed")
    registration_id: int | None = Field(default=None, index=True)
    register_id: str = Field(default="", max_length=60)
    run_id: int | None = Field(default=None, description="the run that showed it")
    kind: str = Field(max_length=20)
    severity: int = Field(description="4 critical, 3 high, 2 medium, 1 low")
    before: str = Field(default="", description="what the register said before")
    after: str = Field(default="", description="what it says now")
    due: date | None = Field(default=None, description="the day that is ahead")
    raised_at: datetime
    state: str = Field(default="open", max_length=16)


class WatchAction(SQLModel, table=True):
    """What somebody did about an alert, and why. Only ever added to."""

    __tablename__ = "watch_action"
    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(foreign_key="watch_alert.id", index=True)
    state: str = Field(max_length=16)
    who: str = Field(max_length=200)
    why: str = Field(max_length=2000)
    at: datetime


class WatchReceiver(SQLModel, table=True):
    """Where the alerts of a list go. A webhook's secret is derived, never stored."""

    __tablename__ = "watch_receiver"
    id: int | None = Field(default=None, primary_key=True)
    watch_id: int = Field(foreign_key="watch.id", index=True)
    ref: str = Field(unique=True, max_length=40)
    channel: str = Field(max_length=10, description="webhook or email")
    address: str = Field(max_length=2000)
    generation: int = Field(default=1, description="which of its secrets is good")
    created_at: datetime
    created_by: str = Field(max_length=200)


class WatchFeed(SQLModel, table=True):
    """An address nobody can guess, at which a list is read by feed readers and calendars."""

    __tablename__ = "watch_feed"
    id: int | None = Field(default=None, primary_key=True)
    watch_id: int = Field(foreign_key="watch.id", index=True)
    ref: str = Field(unique=True, max_length=40)
    digest: str = Field(unique=True, max_length=64, description="of the secret in the address")
    created_at: datetime
    created_by: str = Field(max_length=200)


class WatchTodo(SQLModel, table=True):
    """An accepted run after which whoever was not found has yet to be looked for again."""

    __tablename__ = "watch_todo"
    run_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    register_id: str = Field(max_length=60)
    at: datetime
