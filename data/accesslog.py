"""The access log of a workspace: appended to, read page by page, never altered."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from data.members import workspace_table
from data.workspace import AccessLog

log_table: sa.Table = AccessLog.__table__  # type: ignore[attr-defined]

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Access:
    """One line: `who` did `action` on `subject` (an id of ours), and was shown `count` of it."""

    workspace_id: int
    at: datetime
    who: str
    action: str
    subject: str = ""
    count: int = 0


def append(db: Connection, lines: Iterable[Access]) -> None:
    """Add lines; those of a workspace that was erased meanwhile are dropped."""
    rows = [asdict(line) for line in lines]
    known = set(db.scalars(sa.select(workspace_table.c.id)))
    if rows := [row for row in rows if row["workspace_id"] in known]:
        db.execute(log_table.insert(), rows)


def page(db: Connection, workspace_id: int, before: int | None, most: int) -> list[dict[str, Any]]:
    """Lines of a workspace, the newest first, older than line `before`."""
    query = sa.select(log_table).where(log_table.c.workspace_id == workspace_id)
    if before is not None:
        query = query.where(log_table.c.id < before)
    rows = db.execute(query.order_by(log_table.c.id.desc()).limit(most)).mappings()
    return [{name: row[name] for name in row if name != "workspace_id"} for row in rows]
