"""What belongs to a workspace, found from the tables themselves: erased on request, or pruned.

A table is a workspace's by its column `workspace_id`, or by a foreign key to a table that is. So a
new table is covered by being there.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from data.members import workspace_table, workspaces


def owned(metadata: sa.MetaData = SQLModel.metadata) -> Iterator[sa.Table]:
    """The tables of workspaces, each before those it refers to."""
    for table in reversed(metadata.sorted_tables):
        if table.name != workspace_table.name and _rows(table, sa.true()) is not None:
            yield table


def _rows(table: sa.Table, whose: sa.ColumnElement[bool]) -> sa.ColumnElement[bool] | None:
    """Which rows belong to the workspaces that `whose` names; None for a table of nobody."""
    if "workspace_id" in table.c:
        return table.c.workspace_id.in_(sa.select(workspace_table.c.id).where(whose))
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        parent = key.column.table
        if parent is not table and (theirs := _rows(parent, whose)) is not None:
            return key.parent.in_(sa.select(key.column).where(theirs))
    return None


def holdings(
    db: Connection, workspace_id: int, metadata: sa.MetaData = SQLModel.metadata
) -> dict[str, int]:
    """How many rows of each table belong to a workspace."""
    return {
        table.name: db.scalar(sa.select(sa.func.count()).select_from(table).where(mine)) or 0
        for table in owned(metadata)
        if (mine := _rows(table, workspace_table.c.id == workspace_id)) is not None
    }


def erase(
    db: Connection, workspace_id: int, metadata: sa.MetaData = SQLModel.metadata
) -> dict[str, int]:
    """Take a workspace out with everything that is its; how many rows of each table."""
    found = holdings(db, workspace_id, metadata)
    whose = workspace_table.c.id == workspace_id
    for table in owned(metadata):
        _let_go(db, table, _rows(table, whose))
    for table in owned(metadata):
        if (mine := _rows(table, whose)) is not None:
            db.execute(table.delete().where(mine))
    db.execute(workspace_table.delete().where(whose))
    return found


def prune(db: Connection, now: datetime) -> dict[str, int]:
    """Take out what is older than each workspace keeps it; how many rows of each table."""
    gone: dict[str, int] = {}
    for workspace in workspaces(db):
        for table in owned():
            _let_go(db, table, _old(table, workspace, now))
        for table in owned():
            old = _old(table, workspace, now)
            many = db.execute(table.delete().where(old)).rowcount if old is not None else 0
            gone[table.name] = gone.get(table.name, 0) + many
    return {name: many for name, many in gone.items() if many}


def _let_go(db: Connection, table: sa.Table, which: sa.ColumnElement[bool] | None) -> None:
    """Say of rows that they are going, where triggers keep whatever is not."""
    if which is not None and (going := table.info.get("going")):
        db.execute(table.update().where(which).values(going))


def _old(
    table: sa.Table, workspace: dict[str, Any], now: datetime
) -> sa.ColumnElement[bool] | None:
    """Which rows this workspace does not keep any more, by their own moment or their parent's."""
    if kept := table.info.get("kept_by"):
        moment, setting = kept
        if not (days := workspace[setting]):
            return None
        mine = table.c.workspace_id == workspace["id"]
        return sa.and_(mine, table.c[moment] < now - timedelta(days=days))
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        parent = key.column.table
        if parent is not table and (old := _old(parent, workspace, now)) is not None:
            return key.parent.in_(sa.select(key.column).where(old))
    return None
