"""Answers kept for a day, so that a request that is sent twice is done once."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from data.workspace import Replay

replay_table: sa.Table = Replay.__table__  # type: ignore[attr-defined]

KEPT = timedelta(hours=24)
DEAD = timedelta(minutes=10)  # whoever began and has not ended since is gone


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that may come again: digests of its key and of what it asks, in one workspace."""

    workspace_id: int
    digest: str
    request: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What the first such request came to: another request, under way, or an answer."""

    same: bool
    status: int | None
    headers: dict[str, str]
    body: bytes


def claim(db: Connection, one: Repeatable, now: datetime) -> Kept | None:
    """None: it is the first, and ours to do. Else what came of the first."""
    db.execute(replay_table.delete().where(_mine(one), _over(now)))
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    row = {"workspace_id": one.workspace_id, "digest": one.digest, "request": one.request}
    fresh = insert(replay_table).values(**row, at=now, headers="", body=b"")
    done = db.execute(fresh.on_conflict_do_nothing().returning(replay_table.c.id))
    if done.first() is not None:
        return None
    kept = db.execute(sa.select(replay_table).where(_mine(one))).mappings().one()
    headers = json.loads(kept["headers"] or "{}")
    return Kept(kept["request"] == one.request, kept["status"], headers, kept["body"])


def _mine(one: Repeatable) -> sa.ColumnElement[bool]:
    columns = replay_table.c
    return sa.and_(columns.workspace_id == one.workspace_id, columns.digest == one.digest)


def _over(now: datetime) -> sa.ColumnElement[bool]:
    columns = replay_table.c
    dead = sa.and_(columns.status.is_(None), columns.at <= now - DEAD)
    return sa.or_(columns.at <= now - KEPT, dead)


def settle(
    db: Connection, one: Repeatable, status: int, answer: tuple[dict[str, str], bytes]
) -> None:
    """Keep the answer (headers and body) to a request that was ours to do."""
    headers, body = answer
    values = {"status": status, "headers": json.dumps(headers), "body": body}
    db.execute(replay_table.update().where(_mine(one)).values(values))


def drop(db: Connection, one: Repeatable) -> None:
    """It came to nothing that should be repeated: the next one may try."""
    db.execute(replay_table.delete().where(_mine(one)))


def forget(db: Connection, now: datetime) -> int:
    """Drop what is over; how many."""
    return db.execute(replay_table.delete().where(_over(now))).rowcount
