"""What the clock must remember: which slots were tried and how they ended, and its own pulse."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from config.vocabulary import Level, RunState
from data.run import issue_table, run_table
from data.tables import Heartbeat

heartbeat: sa.Table = Heartbeat.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run at a slot: how it stands, when it ended, and the codes that kept it from live."""

    run_id: int
    state: RunState
    ended: datetime | None
    holds: frozenset[str]


def attempts(db: Connection, register_id: str, slot: str) -> list[Attempt]:
    """Every run at this slot, the first one first."""
    mine = sa.and_(run_table.c.register_id == register_id, run_table.c.slot == slot)
    rows = db.execute(sa.select(run_table).where(mine).order_by(run_table.c.attempt)).mappings()
    codes: dict[int, set[str]] = {}
    query = (
        sa.select(issue_table.c.run_id, issue_table.c.code)
        .join(run_table, run_table.c.id == issue_table.c.run_id)
        .where(mine, issue_table.c.level == Level.HOLD.value)
    )
    for run_id, code in db.execute(query).all():
        codes.setdefault(run_id, set()).add(code)
    return [
        Attempt(row["id"], row["state"], row["finished_at"], frozenset(codes.get(row["id"], ())))
        for row in rows
    ]


def running(db: Connection) -> dict[str, str]:
    """Registers that are being read now, each with the host it is read from."""
    query = sa.select(run_table.c.register_id, run_table.c.source)
    rows = db.execute(query.where(run_table.c.state == RunState.RUNNING)).all()
    return {str(register_id): str(source) for register_id, source in rows}


def last_accepted(db: Connection) -> dict[str, datetime]:
    """When the latest run that was accepted began, of every register that was ever read well."""
    began = sa.func.max(run_table.c.started_at)
    query = sa.select(run_table.c.register_id, began).where(run_table.c.state == RunState.ACCEPTED)
    rows = db.execute(query.group_by(run_table.c.register_id)).all()
    return {str(register_id): at for register_id, at in rows}


def beat(db: Connection, owner: str, now: datetime, patience: timedelta) -> None:
    """Say that a schedule is alive, and until when its silence means nothing."""
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    row = {"owner": owner[:300], "at": now, "expected_by": now + patience}
    statement = insert(heartbeat).values(id=1, **row)
    db.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row))


def pulse(db: Connection) -> sa.RowMapping | None:
    """The last sign of life of any schedule."""
    return db.execute(sa.select(heartbeat)).mappings().first()


def note_ping(db: Connection, well: bool, now: datetime, last: datetime | None) -> bool:
    """Remember what the dead man's switch is told; False when another schedule was faster."""
    before = heartbeat.c.pinged_at == last if last else heartbeat.c.pinged_at.is_(None)
    values = {"pinged_at": now, "pinged_well": well}
    return db.execute(heartbeat.update().where(before).values(values)).rowcount == 1
