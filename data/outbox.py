"""The outbox: what is to be told outside, written with what it tells of, and sent until it is.

A message is written in the transaction of its cause, so kill -9 loses neither. Whoever delivers
makes one delivery a receiver, claims those that are due, and settles each try.
"""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from data.tables import Delivery, Message

message: sa.Table = Message.__table__  # type: ignore[attr-defined]
delivery: sa.Table = Delivery.__table__  # type: ignore[attr-defined]

OPERATOR = "operator"
# Twelve tries over more than four days (W2 asks for ten over three), quick ones first.
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 60, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, 86_400)
)
TRIES = len(PAUSES) + 1
_CLAIM = timedelta(seconds=90)  # a claim whose process died is free again after this
_OLD = timedelta(days=3)  # nobody wants to hear now what was written before there was a receiver
_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery that is due, claimed for us."""

    id: int
    channel: str
    target: str
    ref: str
    kind: str
    facts: dict[str, Any]
    created_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told: `topic` names it, so that it is told once however often it is written."""

    topic: str
    kind: str
    facts: dict[str, Any]
    audience: str = OPERATOR


def post(db: Connection, news: News, now: datetime) -> bool:
    """Write a message within the caller's transaction; False when this was told before."""
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    row = {
        "ref": f"msg_{secrets.token_hex(16)}",
        "topic": news.topic[:160],
        "kind": news.kind,
        "audience": news.audience,
        "facts": json.dumps(news.facts, sort_keys=True),
        "created_at": now,
        "addressed": False,
    }
    done = db.execute(
        insert(message)
        .values(row)
        .on_conflict_do_nothing(index_elements=["topic"])
        .returning(message.c.id)
    )
    return done.first() is not None


def told(db: Connection, topic: str) -> bool:
    """Whether this was written before."""
    return db.scalar(sa.select(message.c.id).where(message.c.topic == topic)) is not None


def address(db: Connection, audience: str, doors: Iterable[tuple[str, str]], now: datetime) -> None:
    """Make a delivery of every new message of `audience` for each door (channel, target)."""
    new = sa.and_(message.c.audience == audience, message.c.addressed.is_(False))
    young = sa.and_(new, message.c.created_at > now - _OLD)
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    rows = [
        {"message_id": id_, "channel": channel, "target": target, "next_at": now}
        | {"state": "waiting", "tries": 0, "trouble": ""}
        for id_ in db.scalars(sa.select(message.c.id).where(young)).all()
        for channel, target in doors
    ]
    if rows:  # another process may do the same at this moment
        db.execute(insert(delivery).on_conflict_do_nothing(), rows)
    db.execute(message.update().where(new, message.c.created_at <= now).values(addressed=True))


def is_due(db: Connection, now: datetime) -> bool:
    """Whether there is anything to address or to send; asked often, so it writes nothing."""
    new = sa.select(message.c.id).where(message.c.addressed.is_(False))
    due = sa.select(delivery.c.id).where(delivery.c.state == "waiting", delivery.c.next_at <= now)
    return db.scalar(new.limit(1)) is not None or db.scalar(due.limit(1)) is not None


def claim(db: Connection, now: datetime, most: int = 100) -> list[Parcel]:
    """Deliveries that are due, ours alone for a while even if another process asks too."""
    due = sa.and_(delivery.c.state == "waiting", delivery.c.next_at <= now)
    ids = db.scalars(
        sa.select(delivery.c.id).where(due).order_by(delivery.c.next_at).limit(most)
    ).all()
    mine = [
        id_
        for id_ in ids
        if db.execute(
            delivery.update()
            .where(delivery.c.id == id_, due)
            .values(next_at=now + _CLAIM, tries=delivery.c.tries + 1)
        ).rowcount
    ]
    query = (
        sa.select(delivery, message.c.ref, message.c.kind, message.c.facts, message.c.created_at)
        .join(message, message.c.id == delivery.c.message_id)
        .where(delivery.c.id.in_(mine))
        .order_by(delivery.c.id)
    )
    return [_parcel(row) for row in db.execute(query).mappings()]


def _parcel(row: sa.RowMapping) -> Parcel:
    return Parcel(
        row["id"],
        row["channel"],
        row["target"],
        row["ref"],
        row["kind"],
        json.loads(row["facts"]),
        row["created_at"],
        row["tries"],
    )


def settle(db: Connection, parcel: Parcel, trouble: str, now: datetime, late: float = 0) -> None:
    """How a try ended: `trouble` is empty when it arrived, else the reason; `late` stretches the
    pause by up to that share, so that many do not come back at once. The last try is final."""
    if not trouble:
        values = {"state": "sent", "settled_at": now, "trouble": ""}
    elif parcel.tries >= TRIES:
        values = {"state": "dead", "settled_at": now, "trouble": trouble[:200]}
    else:
        pause = PAUSES[parcel.tries - 1] * (1 + late)
        values = {"next_at": now + pause, "trouble": trouble[:200]}
    db.execute(delivery.update().where(delivery.c.id == parcel.id).values(values))


def bury(db: Connection, parcel: Parcel, trouble: str, now: datetime) -> None:
    """Give a delivery up before its last try: trying again would not help, or come too late."""
    values = {"state": "dead", "settled_at": now, "trouble": trouble[:200]}
    db.execute(delivery.update().where(delivery.c.id == parcel.id).values(values))


def replay(db: Connection, ids: list[int], now: datetime) -> int:
    """Send dead deliveries again from the first try (all of them if none is named); how many."""
    dead = delivery.c.state == "dead"
    some = sa.and_(dead, delivery.c.id.in_(ids)) if ids else dead
    fresh = {"state": "waiting", "tries": 0, "next_at": now, "settled_at": None}
    return db.execute(delivery.update().where(some).values(fresh)).rowcount


def deliveries(db: Connection, most: int = 50) -> list[dict[str, Any]]:
    """The latest deliveries, newest first, with what they tell."""
    query = (
        sa.select(delivery, message.c.ref, message.c.kind, message.c.topic, message.c.created_at)
        .join(message, message.c.id == delivery.c.message_id)
        .order_by(delivery.c.id.desc())
        .limit(most)
    )
    return [dict(row) for row in db.execute(query).mappings()]


def backlog(db: Connection) -> dict[str, int]:
    """How many deliveries wait and how many were given up."""
    query = sa.select(delivery.c.state, sa.func.count()).group_by(delivery.c.state)
    counted = {str(state): int(count) for state, count in db.execute(query).all()}
    return {"waiting": counted.get("waiting", 0), "dead": counted.get("dead", 0)}


def tidy(db: Connection, now: datetime) -> None:
    """Forget what was settled long ago."""
    old = sa.select(message.c.id).where(message.c.created_at < now - _KEPT)
    waiting = sa.select(delivery.c.message_id).where(delivery.c.state == "waiting")
    gone = sa.and_(message.c.id.in_(old), message.c.id.not_in(waiting))
    ids = db.scalars(sa.select(message.c.id).where(gone).limit(500)).all()
    db.execute(delivery.delete().where(delivery.c.message_id.in_(ids)))
    db.execute(message.delete().where(message.c.id.in_(ids)))
