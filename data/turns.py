"""Whose turn it is: each workspace's audits are judged one at a time, by one process at a time.

An audit in the state `running` wants to be judged. A process takes the turn of a workspace and says
every few seconds that it is at it; a turn whose process has fallen silent is anybody's.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from data.audits import RUNNING, audit
from data.review_tables import AuditTurn

turn_table: sa.Table = AuditTurn.__table__  # type: ignore[attr-defined]
SILENT = timedelta(minutes=3)  # a portion of rows takes seconds


def waiting(db: Connection, now: datetime) -> list[tuple[int, int]]:
    """(workspace, audit) of what wants to be judged and nobody is at, the longest waiting first."""
    mine = turn_table.c.workspace_id == audit.c.workspace_id
    busy = sa.select(turn_table.c.audit_id).where(mine, turn_table.c.beat_at >= now - SILENT)
    query = sa.select(audit.c.workspace_id, audit.c.id).where(
        audit.c.state == RUNNING, audit.c.workspace_id.is_not(None), ~busy.exists()
    )
    return [(row[0], row[1]) for row in db.execute(query.order_by(audit.c.id))]


def take(db: Connection, one: tuple[int, int], owner: str, now: datetime) -> bool:
    """Whether the turn of a workspace is ours now; another process may have been quicker."""
    workspace_id, audit_id = one
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    turn = {"audit_id": audit_id, "owner": owner, "beat_at": now}
    made = insert(turn_table).values(workspace_id=workspace_id, **turn)
    made = made.on_conflict_do_update(
        index_elements=["workspace_id"], set_=turn, where=turn_table.c.beat_at < now - SILENT
    )
    return db.execute(made).rowcount == 1


def beat(db: Connection, audit_id: int, owner: str, now: datetime) -> bool:
    """Say that we are at it; False where the turn is not ours any more."""
    ours = sa.and_(turn_table.c.audit_id == audit_id, turn_table.c.owner == owner)
    return db.execute(turn_table.update().where(ours).values(beat_at=now)).rowcount == 1


def leave(db: Connection, audit_id: int, owner: str) -> None:
    """Give the turn back."""
    ours = sa.and_(turn_table.c.audit_id == audit_id, turn_table.c.owner == owner)
    db.execute(turn_table.delete().where(ours))
