"""API keys: made, found by their digest, rotated, revoked. The key itself is never stored.

A key is `gs_live_`, 32 random letters and digits (190 bits) and six that check them, so that a key
in a file is recognised for what it is, and a mistyped one costs no look into the store.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import Scope
from data.workspace import ApiKey

key_table: sa.Table = ApiKey.__table__  # type: ignore[attr-defined]

PREFIX = "gs_live_"
MOST = 100  # live keys of a workspace
_LETTERS = string.digits + string.ascii_letters
_SHAPE = re.compile(PREFIX + r"([0-9A-Za-z]{32})([0-9A-Za-z]{6})", re.ASCII)


class KeyRefused(ValueError):
    """A key cannot be made like this; says what to change."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a key is to be: what it is called, what it may do, how long, and who made it."""

    label: str
    scopes: frozenset[Scope]
    lasts: timedelta
    by: str


@dataclass(frozen=True, slots=True)
class KeyFound:
    """Whose key this is, and what it may do."""

    workspace_id: int
    ref: str
    scopes: frozenset[Scope]
    last_used_at: datetime | None


def make(db: Connection, workspace_id: int, new: NewKey, now: datetime) -> tuple[str, str]:
    """(its id, the key itself, which is shown now or never). Raises KeyRefused."""
    if not new.scopes:
        raise KeyRefused("The key may do nothing. Name at least one scope.")
    if len(live(db, workspace_id, now)) >= MOST:
        raise KeyRefused(f"The workspace has {MOST} keys in use. Revoke one of them first.")
    key, ref = new_secret(), f"key_{secrets.token_hex(8)}"
    row = {
        "workspace_id": workspace_id,
        "ref": ref,
        "label": new.label,
        "digest": digest(key),
        "hint": key[: len(PREFIX) + 4],
        "scopes": ",".join(sorted(new.scopes)),
        "created_at": now,
        "created_by": new.by,
        "expires_at": now + new.lasts,
    }
    db.execute(key_table.insert().values(row))
    return ref, key


def new_secret() -> str:
    """A key that was never given out before."""
    random = "".join(secrets.choice(_LETTERS) for _ in range(32))
    return PREFIX + random + _check(random)


def well_formed(text: str) -> bool:
    """Whether this may be a key of ours at all."""
    found = _SHAPE.fullmatch(text)
    return found is not None and hmac.compare_digest(_check(found[1]), found[2])


def _check(random: str) -> str:
    left, letters = zlib.crc32(random.encode()), ""
    for _ in range(6):
        left, at = divmod(left, len(_LETTERS))
        letters += _LETTERS[at]
    return letters


def digest(secret: str) -> str:
    """What is kept of a secret of high entropy."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find(db: Connection, key: str, now: datetime) -> KeyFound | None:
    """Whose key this is; None for every key that is not good now, whatever the reason."""
    if not well_formed(key):
        return None
    wanted = digest(key)
    query = sa.select(key_table).where(key_table.c.digest == wanted, _live(now))
    row = db.execute(query).mappings().first()
    if row is None or not hmac.compare_digest(row["digest"], wanted):
        return None
    return KeyFound(row["workspace_id"], row["ref"], _scopes(row), row["last_used_at"])


def _live(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(key_table.c.revoked_at.is_(None), key_table.c.expires_at > now)


def _scopes(row: sa.RowMapping) -> frozenset[Scope]:
    return frozenset(Scope(one) for one in row["scopes"].split(","))


def live(db: Connection, workspace_id: int, now: datetime) -> list[dict[str, Any]]:
    """The keys of a workspace that are good now, the newest first."""
    return [
        one for one in listed(db, workspace_id) if not one["revoked_at"] and one["expires_at"] > now
    ]


def listed(db: Connection, workspace_id: int) -> list[dict[str, Any]]:
    """Every key of a workspace, the newest first, without digest."""
    query = sa.select(key_table).where(key_table.c.workspace_id == workspace_id)
    return [_told(row) for row in db.execute(query.order_by(key_table.c.id.desc())).mappings()]


def one(db: Connection, workspace_id: int, ref: str) -> dict[str, Any] | None:
    """A key of this workspace; None also for the key of another."""
    query = sa.select(key_table).where(_named(workspace_id, ref))
    row = db.execute(query).mappings().first()
    return _told(row) if row else None


def _told(row: sa.RowMapping) -> dict[str, Any]:
    hidden = ("id", "workspace_id", "digest")
    return {name: row[name] for name in row if name not in hidden} | {
        "scopes": sorted(_scopes(row))
    }


def _named(workspace_id: int, ref: str) -> sa.ColumnElement[bool]:
    return sa.and_(key_table.c.workspace_id == workspace_id, key_table.c.ref == ref)


def revoke(db: Connection, workspace_id: int, ref: str, now: datetime) -> bool:
    """End a key at once; False where the workspace has no such key. Again changes nothing."""
    first = sa.func.coalesce(key_table.c.revoked_at, now)
    done = db.execute(key_table.update().where(_named(workspace_id, ref)).values(revoked_at=first))
    return done.rowcount == 1


def rotate(
    db: Connection, workspace_id: int, ref: str, overlap: timedelta, now: datetime
) -> tuple[str, str] | None:
    """Another key that may do the same; the old one ends after `overlap`. None: no such key.

    Raises KeyRefused for a key that has ended: what ended does not come back by rotation.
    """
    old = one(db, workspace_id, ref)
    if old is None:
        return None
    if old["revoked_at"] or old["expires_at"] <= now:
        raise KeyRefused("This key has ended. Make a new one.")
    lasts = old["expires_at"] - old["created_at"]
    new = NewKey(old["label"], frozenset(map(Scope, old["scopes"])), lasts, f"rotation of {ref}")
    made = make(db, workspace_id, new, now)
    ends = min(old["expires_at"], now + overlap)
    db.execute(key_table.update().where(_named(workspace_id, ref)).values(expires_at=ends))
    return made


def used(db: Connection, refs: Iterable[str], now: datetime) -> None:
    """Note that these keys are in use."""
    db.execute(key_table.update().where(key_table.c.ref.in_(list(refs))).values(last_used_at=now))
