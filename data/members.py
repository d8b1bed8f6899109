"""Workspaces and their people: made, listed, given a role, taken out."""

import re
import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import Role
from data.workspace import DAYS_OF_LOG, DAYS_OF_RECORDS, Member, OneTimeLink, SignIn, Workspace

workspace_table: sa.Table = Workspace.__table__  # type: ignore[attr-defined]
member_table: sa.Table = Member.__table__  # type: ignore[attr-defined]
sign_in_table: sa.Table = SignIn.__table__  # type: ignore[attr-defined]
link_table: sa.Table = OneTimeLink.__table__  # type: ignore[attr-defined]

MOST = 500  # people of a workspace
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@[^\s@<>\"(),:;\\]{1,189}\.[^\s@.<>\"(),:;\\]{1,}")


class MemberRefused(ValueError):
    """A workspace or a person of it cannot be made or changed like this; says why."""


def create(db: Connection, name: str, title: str, now: datetime) -> int:
    """A workspace that people sign in to by `name`; its id. Raises MemberRefused."""
    if not _NAME.fullmatch(name):
        raise MemberRefused(
            f"{name!r} is no name of a workspace: use up to 40 small letters, digits and hyphens, "
            "for example cedarlatch-ottawa."
        )
    if named(db, name):
        raise MemberRefused(f"There is a workspace {name!r} already. Nothing was changed.")
    row = {"name": name, "title": (title or name)[:200], "created_at": now}
    row |= {"record_days": DAYS_OF_RECORDS, "log_days": DAYS_OF_LOG}
    done = db.execute(workspace_table.insert().values(row).returning(workspace_table.c.id))
    return int(done.scalar_one())


def named(db: Connection, name: str) -> dict[str, Any] | None:
    """The workspace of this name."""
    query = sa.select(workspace_table).where(workspace_table.c.name == name)
    row = db.execute(query).mappings().first()
    return dict(row) if row else None


def workspace(db: Connection, workspace_id: int) -> dict[str, Any] | None:
    """The workspace of this id."""
    query = sa.select(workspace_table).where(workspace_table.c.id == workspace_id)
    row = db.execute(query).mappings().first()
    return dict(row) if row else None


def workspaces(db: Connection) -> list[dict[str, Any]]:
    """Every workspace, for the operator."""
    return [dict(row) for row in db.execute(sa.select(workspace_table)).mappings()]


def keep(db: Connection, workspace_id: int, **days: int) -> None:
    """Set how many days records (`record_days`) or the log (`log_days`) are kept; 0: for ever."""
    if any(not 0 <= many <= 36_500 for many in days.values()):
        raise MemberRefused("Days are a whole number between 0 (kept for ever) and 36500.")
    row = workspace_table.c.id == workspace_id
    db.execute(workspace_table.update().where(row).values(days))


def add(db: Connection, workspace_id: int, email: str, role: Role, now: datetime) -> str:
    """A person of the workspace, without a password yet; their id. Raises MemberRefused."""
    email = email.strip().lower()
    if not is_email(email):
        raise MemberRefused("That is no e-mail address. Nobody was added.")
    people = members(db, workspace_id)
    if any(one["email"] == email for one in people):
        raise MemberRefused("Somebody with this address is in the workspace already.")
    if len(people) >= MOST:
        raise MemberRefused(f"The workspace has {MOST} people. Take somebody out first.")
    ref = f"mem_{secrets.token_hex(8)}"
    row = {"workspace_id": workspace_id, "ref": ref, "email": email, "role": role}
    db.execute(member_table.insert().values(**row, password="", created_at=now))
    return ref


def is_email(text: str) -> bool:
    """Whether this may be an e-mail address, and nothing else beside it."""
    return len(text) <= 254 and text.isprintable() and _EMAIL.fullmatch(text) is not None


def members(db: Connection, workspace_id: int) -> list[dict[str, Any]]:
    """The people of a workspace; of a password only whether there is one."""
    query = sa.select(member_table).where(member_table.c.workspace_id == workspace_id)
    return [_told(row) for row in db.execute(query.order_by(member_table.c.email)).mappings()]


def member(db: Connection, workspace_id: int, ref: str) -> dict[str, Any] | None:
    """A person of this workspace; None also for somebody of another."""
    row = db.execute(sa.select(member_table).where(_named(workspace_id, ref))).mappings().first()
    return _told(row) if row else None


def _told(row: sa.RowMapping) -> dict[str, Any]:
    names = ("ref", "email", "role", "created_at")
    return {name: row[name] for name in names} | {"invited": not row["password"]}


def _named(workspace_id: int, ref: str) -> sa.ColumnElement[bool]:
    return sa.and_(member_table.c.workspace_id == workspace_id, member_table.c.ref == ref)


def set_role(db: Connection, workspace_id: int, ref: str, role: Role) -> bool:
    """Give somebody another role; False where the workspace has no such person."""
    if role is not Role.OWNER:
        _must_leave_an_owner(db, workspace_id, ref)
    changed = member_table.update().where(_named(workspace_id, ref)).values(role=role)
    return db.execute(changed).rowcount == 1


def remove(db: Connection, workspace_id: int, ref: str) -> bool:
    """Take somebody out, signed out everywhere; False where the workspace has no such person."""
    _must_leave_an_owner(db, workspace_id, ref)
    whom = sa.select(member_table.c.id).where(_named(workspace_id, ref))
    for table in (sign_in_table, link_table):
        db.execute(table.delete().where(table.c.member_id.in_(whom)))
    return db.execute(member_table.delete().where(_named(workspace_id, ref))).rowcount == 1


def _must_leave_an_owner(db: Connection, workspace_id: int, ref: str) -> None:
    owners = [one["ref"] for one in members(db, workspace_id) if one["role"] is Role.OWNER]
    if owners == [ref]:
        raise MemberRefused(
            "This is the only owner. Make somebody else an owner first. Nothing was changed."
        )
