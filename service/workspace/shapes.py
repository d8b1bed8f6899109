"""What the API takes and gives of workspaces, keys, people and the access log."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from config.vocabulary import Role, Scope
from service.answer import Out

Label = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"\S"),
]


def _number(said: object) -> object:
    """A number in JSON, which may be written 30.0; neither text nor true."""
    if isinstance(said, bool | str):
        raise ValueError("Input should be a valid integer")
    return said


def _day(said: object) -> object:
    """A day as 2026-03-03, and in no other way: pydantic takes 0 for 1970."""
    if not isinstance(said, date) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(said)):
        raise ValueError("Input should be a day like 2026-03-03")
    return said


Whole = Annotated[int, BeforeValidator(_number)]
Day = Annotated[date, BeforeValidator(_day)]
Days = Annotated[Whole, Field(ge=0, le=36_500)]


class In(BaseModel):
    """Part of a request: nothing in it may be unknown to us."""

    model_config = ConfigDict(extra="forbid")


class WorkspaceOut(Out):
    """A workspace, as its people and programs see it."""

    name: str = Field(examples=["cedarlatch"])
    title: str = Field(examples=["Cedarlatch Massage Clinic"])
    created_at: datetime
    record_days: int = Field(description="how long audits are kept; 0: until they are deleted")
    log_days: int = Field(description="how long the access log is kept; 0: for ever")
    you: str = Field(description="who asks", examples=["key:key_0123456789abcdef"])
    scopes: list[Scope] = Field(description="what whoever asks may do")


class Retention(In):
    """How long a workspace keeps what is its."""

    record_days: Days | None = Field(None, examples=[1095])
    log_days: Days | None = Field(None, examples=[730])


class NewKeyIn(In):
    """The key that is wanted."""

    label: Label = Field(examples=["front desk"])
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope), examples=[["lookup"]])
    days: Whole = Field(365, ge=1, le=730, description="how long it is good")


class Overlap(In):
    """How long the old key stays good beside the new one."""

    hours: Whole = Field(24, ge=0, le=168, examples=[24])


class KeyOut(Out):
    """A key, never the secret itself."""

    id: str = Field(examples=["key_0123456789abcdef"])
    label: str
    hint: str = Field(description="how it begins", examples=["gs_live_a1B2"])
    scopes: list[Scope]
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class KeyMade(KeyOut):
    """A new key. `key` is shown in this answer only."""

    key: str = Field(description="the secret: keep it, it is not shown again")


class KeysOut(Out):
    """Every key of the workspace, the newest first."""

    keys: list[KeyOut]


class InviteIn(In):
    """Who is to come into the workspace."""

    email: str = Field(min_length=3, max_length=254, examples=["reception@example.org"])
    role: Role = Field(Role.READER, examples=["reviewer"])


class RoleIn(In):
    """What somebody is to be."""

    role: Role


class MemberOut(Out):
    """A person of the workspace."""

    id: str = Field(examples=["mem_0123456789abcdef"])
    email: str
    role: Role
    invited: bool = Field(description="has not set a password yet")
    created_at: datetime


class Invited(MemberOut):
    """Somebody who was invited; give them `link`, which is shown in this answer only."""

    link: str = Field(description="with it they set a password, once, within three days")


class MembersOut(Out):
    """The people of the workspace."""

    people: list[MemberOut]


class AccessOut(Out):
    """One line of the access log."""

    id: int
    at: datetime
    who: str
    action: str = Field(examples=["GET /api/v1/lookup"])
    subject: str = Field(description="our id of what it was about; never a name or number")
    count: int = Field(description="people or rows shown")


class AccessPage(Out):
    """Lines of the access log, the newest first."""

    lines: list[AccessOut]
    next_cursor: str | None = None
