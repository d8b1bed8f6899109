"""Where the alerts of a watch list go: receivers, feeds, and what waits for each of them."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from data import outbox
from data.apikeys import digest
from data.outbox import delivery, message
from data.watch_alerts import AUDIENCE
from data.watches import Head, NoWatch, WatchRefused, feed_table, receiver_table, watch_table

MOST = 10  # receivers, and feeds, of a list
HOOK, MAIL = "watch-hook", "watch-mail"  # the channels of their deliveries
_CHANNEL = {"webhook": HOOK, "email": MAIL}


def add(db: Connection, head: Head, said: tuple[str, str], who: str, now: datetime) -> str:
    """A receiver of this (channel, address); its id. Raises WatchRefused."""
    channel, address = said
    found = listed(db, head.id)
    if any((one["channel"], one["address"]) == said for one in found):
        raise WatchRefused("told_there", "This list is told there already.")
    if len(found) >= MOST:
        raise WatchRefused(
            "most_receivers", f"A list has {MOST} receivers at most. Take one out first."
        )
    ref = f"rcv_{secrets.token_hex(8)}"
    row = {"watch_id": head.id, "ref": ref, "channel": channel, "address": address}
    db.execute(
        receiver_table.insert().values(**row, generation=1, created_at=now, created_by=who[:200])
    )
    return ref


def listed(db: Connection, watch_id: int) -> list[dict[str, Any]]:
    """The receivers of a list."""
    query = sa.select(receiver_table).where(receiver_table.c.watch_id == watch_id)
    return [dict(row) for row in db.execute(query.order_by(receiver_table.c.id)).mappings()]


def one_of(db: Connection, watch_id: int, ref: str) -> dict[str, Any]:
    """A receiver of this list; raises NoWatch for any other."""
    for one in listed(db, watch_id):
        if one["ref"] == ref:
            return one
    raise NoWatch(f"The list has no receiver {ref[:60]!r}.")


def by_ref(db: Connection, ref: str) -> dict[str, Any] | None:
    """A receiver with its list; None when it was taken out."""
    query = sa.select(receiver_table).where(receiver_table.c.ref == ref)
    row = db.execute(query).mappings().first()
    return dict(row) if row else None


def rotate(db: Connection, watch_id: int, ref: str) -> int:
    """The secret of a webhook is void from now on; which generation is good. Raises NoWatch."""
    generation = int(one_of(db, watch_id, ref)["generation"]) + 1
    mine = receiver_table.c.ref == ref
    db.execute(receiver_table.update().where(mine).values(generation=generation))
    return generation


def remove(db: Connection, watch_id: int, ref: str) -> None:
    """Tell nothing there any more, what waits included; raises NoWatch."""
    one_of(db, watch_id, ref)
    db.execute(delivery.delete().where(delivery.c.target == ref, delivery.c.state == "waiting"))
    db.execute(receiver_table.delete().where(receiver_table.c.ref == ref))


def address(db: Connection, now: datetime) -> None:
    """Make deliveries of every new message about a list for each of its receivers."""
    new = sa.and_(message.c.addressed.is_(False), message.c.audience.startswith(AUDIENCE))
    for audience in db.scalars(sa.select(message.c.audience).where(new).distinct()).all():
        outbox.address(db, audience, _doors(db, audience.removeprefix(AUDIENCE)), now)


def _doors(db: Connection, watch_ref: str) -> list[tuple[str, str]]:
    query = (
        sa.select(receiver_table.c.channel, receiver_table.c.ref)
        .join(watch_table, watch_table.c.id == receiver_table.c.watch_id)
        .where(watch_table.c.ref == watch_ref)
    )
    return [(_CHANNEL[channel], ref) for channel, ref in db.execute(query).all()]


def deliveries(db: Connection, watch_id: int, most: int = 50) -> list[dict[str, Any]]:
    """What went or waits to go to the receivers of a list, the newest first."""
    columns = delivery.c
    told = (columns.state, columns.tries, columns.next_at, columns.settled_at, columns.trouble)
    query = (
        sa.select(columns.id, columns.target.label("receiver"), *told)
        .add_columns(message.c.kind, message.c.created_at)
        .join(message, message.c.id == columns.message_id)
        .where(columns.target.in_(_refs(watch_id)))
        .order_by(columns.id.desc())
        .limit(most)
    )
    return [dict(row) for row in db.execute(query).mappings()]


def _refs(watch_id: int) -> Any:
    return sa.select(receiver_table.c.ref).where(receiver_table.c.watch_id == watch_id)


def replay(db: Connection, watch_id: int, refs: Iterable[str], now: datetime) -> int:
    """Send again what was given up for these receivers of a list (all if none); how many."""
    wanted = list(refs)
    mine = sa.and_(delivery.c.target.in_(_refs(watch_id)), delivery.c.state == "dead")
    mine = sa.and_(mine, delivery.c.target.in_(wanted)) if wanted else mine
    ids = list(db.scalars(sa.select(delivery.c.id).where(mine)))
    return outbox.replay(db, ids, now) if ids else 0


def add_feed(db: Connection, head: Head, who: str, now: datetime) -> tuple[str, str]:
    """(id, secret of its address, shown now or never). Raises WatchRefused."""
    if len(feeds(db, head.id)) >= MOST:
        raise WatchRefused("most_feeds", f"A list has {MOST} feeds at most. Revoke one first.")
    ref, secret = f"fed_{secrets.token_hex(8)}", secrets.token_urlsafe(32)
    row = {"watch_id": head.id, "ref": ref, "digest": digest(secret)}
    db.execute(feed_table.insert().values(**row, created_at=now, created_by=who[:200]))
    return ref, secret


def feeds(db: Connection, watch_id: int) -> list[dict[str, Any]]:
    """The feeds of a list, without their addresses."""
    columns = feed_table.c
    query = sa.select(columns.ref, columns.created_at, columns.created_by)
    query = query.where(columns.watch_id == watch_id).order_by(columns.id)
    return [dict(row) for row in db.execute(query).mappings()]


def feed_of(db: Connection, secret: str) -> int | None:
    """The list that the secret of an address opens; None when there is none, or none any more."""
    query = sa.select(feed_table.c.watch_id).where(feed_table.c.digest == digest(secret))
    return db.scalar(query)


def revoke_feed(db: Connection, watch_id: int, ref: str) -> None:
    """End a feed at once; raises NoWatch."""
    if ref not in {one["ref"] for one in feeds(db, watch_id)}:
        raise NoWatch(f"The list has no feed {ref[:60]!r}.")
    db.execute(feed_table.delete().where(feed_table.c.ref == ref))
