"""What the operator is told of runs, written in the transaction that ends them: codes and counts,
never a person."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import Level, RunState
from data.outbox import News, post, told
from data.tables import Run, RunIssue

run_table: sa.Table = Run.__table__  # type: ignore[attr-defined]
issue_table: sa.Table = RunIssue.__table__  # type: ignore[attr-defined]

_BAD = (RunState.HELD, RunState.FAILED)


def tell_end(db: Connection, run_id: int, now: datetime) -> None:
    """Tell that a run was held or failed (once a night slot), or that a register is well again."""
    run = db.execute(sa.select(run_table).where(run_table.c.id == run_id)).mappings().one()
    night = run["slot"] or f"run-{run_id}"
    facts = {"register": run["register_id"], "run": run_id, "slot": run["slot"]}
    if run["state"] in _BAD:
        facts["holds"] = _holds(db, run_id)
        state = run["state"].value
        post(db, News(f"{state}:{run['register_id']}:{night}", f"register.{state}", facts), now)
    elif run["state"] is RunState.ACCEPTED and _was_ill(db, run):
        facts |= {"read": run["read"], "changed": run["changed"], "missing": run["missing"]}
        topic = f"recovered:{run['register_id']}:{run_id}"
        post(db, News(topic, "register.recovered", facts), now)


def tell_missed(db: Connection, register_id: str, slot: str, now: datetime) -> bool:
    """Tell that a slot is overdue and nothing has read the register for it, once."""
    facts = {"register": register_id, "slot": slot}
    return post(db, News(_missed(register_id, slot), "register.missed", facts), now)


def _missed(register_id: str, slot: str) -> str:
    return f"missed:{register_id}:{slot}"


def _holds(db: Connection, run_id: int) -> list[dict[str, object]]:
    query = sa.select(issue_table.c.code, issue_table.c.count).where(
        issue_table.c.run_id == run_id, issue_table.c.level == Level.HOLD.value
    )
    return [{"code": code, "count": count} for code, count in db.execute(query).all()]


def _was_ill(db: Connection, run: sa.RowMapping) -> bool:
    """Whether something bad was told of this register since it was last read well."""
    if run["decided_by"]:  # it was held itself, until somebody decided
        return True
    if run["slot"] and told(db, _missed(run["register_id"], run["slot"])):
        return True
    before = (
        sa.select(run_table.c.state)
        .where(run_table.c.register_id == run["register_id"], run_table.c.id < run["id"])
        .order_by(run_table.c.id.desc())
        .limit(1)
    )
    return db.scalar(before) in _BAD
