"""Keeps a roster from the moment it comes until somebody has confirmed its columns, or a day."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from data.review_tables import AuditUpload

upload_table: sa.Table = AuditUpload.__table__  # type: ignore[attr-defined]
LASTS = timedelta(days=1)
MOST = 5  # uploads that wait in a workspace; the oldest goes first


@dataclass(frozen=True, slots=True)
class Upload:
    """A roster as it came, and what its file is called."""

    who: str
    name: str
    data: bytes


def keep(db: Connection, workspace_id: int, upload: Upload, now: datetime) -> str:
    """Keep it for a day; what it is asked for by."""
    columns = upload_table.c
    mine = sa.select(columns.ref).where(columns.workspace_id == workspace_id)
    order = mine.order_by(columns.created_at.desc(), columns.ref).offset(MOST - 1)
    old = list(db.scalars(order))
    db.execute(upload_table.delete().where(columns.ref.in_(old)))
    ref = f"upl_{secrets.token_hex(12)}"
    values = {"ref": ref, "workspace_id": workspace_id, "created_at": now}
    values |= {"who": upload.who[:200], "name": upload.name[:200], "data": upload.data}
    db.execute(upload_table.insert().values(values))
    return ref


def find(db: Connection, workspace_id: int, ref: str) -> Upload | None:
    """The roster; None where this workspace has none of that name, or no longer."""
    mine = sa.and_(upload_table.c.workspace_id == workspace_id, upload_table.c.ref == ref)
    row = db.execute(sa.select(upload_table).where(mine)).first()
    return Upload(row.who, row.name, row.data) if row else None


def drop(db: Connection, workspace_id: int, ref: str) -> bool:
    """Forget it; False where it was not there any more."""
    mine = sa.and_(upload_table.c.workspace_id == workspace_id, upload_table.c.ref == ref)
    return db.execute(upload_table.delete().where(mine)).rowcount == 1


def forget(db: Connection, now: datetime) -> int:
    """Forget what nobody confirmed within a day; how many."""
    old = upload_table.delete().where(upload_table.c.created_at < now - LASTS)
    return db.execute(old).rowcount
