"""How people come in: a link to set a password, a sign-in a browser, and failures of late."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from config.vocabulary import Role
from data.apikeys import digest
from data.members import link_table, member_table, sign_in_table, workspace_table
from data.workspace import Attempts

attempts_table: sa.Table = Attempts.__table__  # type: ignore[attr-defined]

LINK_LASTS = timedelta(days=3)
WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    workspace_id: int
    member_id: int
    ref: str
    email: str
    role: Role
    workspace: str
    title: str
    seen_at: datetime


def link(db: Connection, workspace_id: int, ref: str, now: datetime) -> str | None:
    """The secret of a link with which this person sets a password, once; None: no such person.

    Links given to them before are void.
    """
    columns = member_table.c
    whom = sa.and_(columns.workspace_id == workspace_id, columns.ref == ref)
    found = db.scalar(sa.select(columns.id).where(whom))
    if found is None:
        return None
    secret = secrets.token_urlsafe(32)
    db.execute(link_table.delete().where(link_table.c.member_id == found))
    row = {"digest": digest(secret), "workspace_id": workspace_id, "member_id": found}
    db.execute(link_table.insert().values(**row, expires_at=now + LINK_LASTS))
    return secret


def linked(db: Connection, secret: str, now: datetime) -> dict[str, Any] | None:
    """Whom a link is for; None once it was used or is too old."""
    where = sa.and_(link_table.c.digest == digest(secret), link_table.c.expires_at > now)
    query = (
        sa.select(member_table, workspace_table.c.name.label("workspace"))
        .join(link_table, link_table.c.member_id == member_table.c.id)
        .join(workspace_table, workspace_table.c.id == member_table.c.workspace_id)
        .where(where)
    )
    row = db.execute(query).mappings().first()
    return dict(row) if row else None


def spend_link(db: Connection, secret: str, password: str, now: datetime) -> bool:
    """Set this password (its digest) by a link, which is void after; False: it is no good now."""
    whom = linked(db, secret, now)
    spent = db.execute(link_table.delete().where(link_table.c.digest == digest(secret)))
    if whom is None or spent.rowcount != 1:
        return False
    set_password(db, whom["id"], password)
    return True


def set_password(db: Connection, member_id: int, password: str) -> None:
    """Another password (its digest); whoever signed in with the one before is signed out."""
    here = member_table.c.id == member_id
    db.execute(member_table.update().where(here).values(password=password))
    sign_out_everywhere(db, member_id)


def who_signs_in(db: Connection, workspace: str, email: str) -> dict[str, Any] | None:
    """The person of this address in the workspace of this name, with the digest of the password."""
    query = (
        sa.select(member_table)
        .join(workspace_table, workspace_table.c.id == member_table.c.workspace_id)
        .where(workspace_table.c.name == workspace.strip().lower())
        .where(member_table.c.email == email.strip().lower())
    )
    row = db.execute(query).mappings().first()
    return dict(row) if row else None


def sign_in(db: Connection, person: dict[str, Any], lasts: timedelta, now: datetime) -> str:
    """The secret for the cookie of somebody whose password was right."""
    secret = secrets.token_urlsafe(32)
    row = {"workspace_id": person["workspace_id"], "member_id": person["id"]}
    row |= {"digest": digest(secret), "started_at": now, "seen_at": now, "expires_at": now + lasts}
    db.execute(sign_in_table.insert().values(row))
    return secret


def signed_in(db: Connection, secret: str, idle: timedelta, now: datetime) -> Person | None:
    """Who this cookie is; None once it expired, was idle too long, or was signed out."""
    fresh = sa.and_(sign_in_table.c.expires_at > now, sign_in_table.c.seen_at > now - idle)
    query = (
        sa.select(
            *member_table.c["workspace_id", "id", "ref", "email", "role"],
            *workspace_table.c["name", "title"],
            sign_in_table.c.seen_at,
        )
        .join(sign_in_table, sign_in_table.c.member_id == member_table.c.id)
        .join(workspace_table, workspace_table.c.id == member_table.c.workspace_id)
        .where(sign_in_table.c.digest == digest(secret), fresh)
    )
    row = db.execute(query).first()
    return Person(*tuple(row)) if row else None


def seen(db: Connection, digests: list[str], now: datetime) -> None:
    """Note that these sign-ins are in use."""
    some = sign_in_table.c.digest.in_(digests)
    db.execute(sign_in_table.update().where(some).values(seen_at=now))


def sign_out(db: Connection, secret: str) -> None:
    """End one sign-in."""
    db.execute(sign_in_table.delete().where(sign_in_table.c.digest == digest(secret)))


def sign_out_everywhere(db: Connection, member_id: int) -> None:
    """End every sign-in of a person."""
    db.execute(sign_in_table.delete().where(sign_in_table.c.member_id == member_id))


def sign_ins(db: Connection, workspace_id: int, member_id: int, now: datetime) -> list[Any]:
    """When a person signed in with the browsers that still are, the newest first."""
    mine = sa.and_(
        sign_in_table.c.workspace_id == workspace_id,
        sign_in_table.c.member_id == member_id,
        sign_in_table.c.expires_at > now,
    )
    columns = sign_in_table.c["started_at", "seen_at", "expires_at"]
    query = sa.select(*columns).where(mine).order_by(sign_in_table.c.id.desc())
    return list(db.execute(query).mappings())


def failed(db: Connection, subject: str, now: datetime) -> int:
    """How often signing in failed here within the last WINDOW."""
    columns = attempts_table.c
    query = sa.select(columns.failed).where(columns.subject == digest(subject), _late(now))
    return db.scalar(query) or 0


def _late(now: datetime) -> sa.ColumnElement[bool]:
    """Within the window; a moment that lies ahead is a clock that was set back."""
    return sa.and_(attempts_table.c.since > now - WINDOW, attempts_table.c.since <= now + WINDOW)


def fail(db: Connection, subject: str, now: datetime) -> None:
    """Count one more failure; the first opens a window."""
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    columns = attempts_table.c
    fresh = insert(attempts_table).values(subject=digest(subject), since=now, failed=1)
    again = {
        "since": sa.case((_late(now), columns.since), else_=now),
        "failed": sa.case((_late(now), columns.failed + 1), else_=1),
    }
    db.execute(fresh.on_conflict_do_update(index_elements=["subject"], set_=again))


def forgive(db: Connection, subject: str) -> None:
    """Somebody came in: their failures do not count any more."""
    db.execute(attempts_table.delete().where(attempts_table.c.subject == digest(subject)))


def forget(db: Connection, now: datetime) -> int:
    """Drop what is over: sign-ins, links and failures; how many."""
    over = (
        sign_in_table.delete().where(sign_in_table.c.expires_at <= now),
        link_table.delete().where(link_table.c.expires_at <= now),
        attempts_table.delete().where(~_late(now)),
    )
    return sum(db.execute(one).rowcount for one in over)
