"""Ends a run: counts what it staged, puts it through the gates, publishes it or holds it."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.register import Register
from config.vocabulary import Level, NumberPublished, RunState, Status
from data.gates import Night, holds, judge
from data.promote import Promotion, clear_staging, save_state, stamp_rotation, state
from data.run import Issue, add_issues, run_table, update_run
from data.staging import registration, staged
from data.store import Store


class DecisionError(Exception):
    """A run cannot be approved or rejected; says why and what stands."""


@dataclass(slots=True)
class Outcome:
    """What the crawler reports when it has stopped, one way or the other."""

    night: Night
    url: str = ""
    requests: int = 0
    details: int = 0
    buckets: list[int] = field(default_factory=list)  # sevenths whose details were all read


def finish(
    store: Store, register: Register, run_id: int, outcome: Outcome, now: datetime
) -> RunState:
    """Judge the run and publish it, or hold it with the reasons; one transaction either way."""
    night = outcome.night
    with store.begin() as db:
        update_run(db, run_id, heartbeat=now)
        _count(db, register, run_id, night)
        findings = judge(register, night, now)
        add_issues(db, run_id, findings)
        facts = {
            "finished_at": now,
            "as_of": night.as_of,
            "url": outcome.url,
            "complete": night.complete,
            "stated": night.whole,
            "requests": outcome.requests,
            "details": outcome.details,
            "read": night.people,
        }
        if holds(findings):
            update_run(db, run_id, state=RunState.HELD, **facts)
            return RunState.HELD
        update_run(db, run_id, **facts)
        stamp_rotation(db, register.id, outcome.buckets, now)
        _publish(db, register, run_id, now)
        return RunState.ACCEPTED


def fail(store: Store, run_id: int, text: str, now: datetime) -> None:
    """End a run that broke on our side; nothing of it goes live, and its night may try again."""
    with store.begin() as db:
        add_issues(db, run_id, [Issue("failed", Level.HOLD, text)])
        update_run(db, run_id, state=RunState.FAILED, finished_at=now, slot=None)


def _count(db: Connection, register: Register, run_id: int, night: Night) -> None:
    """Fill in what only the store can count: people, doubts, flips, what is live."""
    live = db.execute(sa.select(state).where(state.c.id == register.id)).mappings().first()
    if live is not None:
        night.last_people, night.last_source = live["people"], live["source"]
        night.last_as_of = live["as_of"]
    mine = staged.c.run_id == run_id
    night.people = db.scalar(sa.select(sa.func.count()).where(mine)) or 0
    same = sa.and_(
        registration.c.register_id == register.id, registration.c.key == staged.c.key, mine
    )
    moved = sa.and_(staged.c.facts.is_not(None), staged.c.status != registration.c.status)
    flips = sa.select(sa.func.count()).select_from(registration.join(staged, same)).where(moved)
    night.flips = db.scalar(flips) or 0
    had = registration.c.status.in_([Status.AUTHORISED_CONDITIONS, Status.AUTHORISED_NOTICE])
    listed = sa.and_(registration.c.register_id == register.id, registration.c.absent == 0)
    night.alerted = db.scalar(sa.select(sa.func.count()).where(listed, had)) or 0
    cleared = flips.where(had, staged.c.status == Status.AUTHORISED)
    night.cleared = db.scalar(cleared) or 0
    night.withheld = _withheld(db, same, mine)


def _withheld(
    db: Connection, same: sa.ColumnElement[bool], mine: sa.ColumnElement[bool]
) -> list[str]:
    """Keys that publication would withhold: doubts tonight or standing, and shared numbers."""
    tonight = sa.select(staged.c.key).where(mine, staged.c.doubts != "")
    standing = (
        sa.select(staged.c.key)
        .select_from(registration.join(staged, same))
        .where(staged.c.facts.is_(None), registration.c.doubts != "")
    )
    joined = staged.outerjoin(registration, same)
    number = sa.case(
        (staged.c.facts.is_not(None), staged.c.number_key), else_=registration.c.number_key
    )
    numbers = sa.select(staged.c.key, number.label("number")).select_from(joined).where(mine)
    all_of_them = numbers.subquery()
    twice = (
        sa.select(all_of_them.c.number)
        .where(all_of_them.c.number != "")
        .group_by(all_of_them.c.number)
        .having(sa.func.count() > 1)
    )
    shared = sa.select(all_of_them.c.key).where(all_of_them.c.number.in_(twice))
    return sorted({*db.scalars(tonight), *db.scalars(standing), *db.scalars(shared)})


def _publish(db: Connection, register: Register, run_id: int, now: datetime) -> None:
    run = db.execute(sa.select(run_table).where(run_table.c.id == run_id)).mappings().one()
    last = db.scalar(sa.select(state.c.as_of).where(state.c.id == register.id))
    promotion = Promotion(db, register.id, run_id, now)
    promotion.run(last_listed=last)
    numbered = sa.select(registration.c.id).where(
        registration.c.register_id == register.id, registration.c.number_key != ""
    )
    printed = register.number_published is NumberPublished.YES or bool(db.scalar(numbered.limit(1)))
    save_state(
        db,
        {
            "id": register.id,
            "run_id": run_id,
            "as_of": run["as_of"],
            "accepted_at": now,
            "people": run["read"],
            "source": run["source"],
            "url": run["url"],
            "numbers": printed and register.number_published is not NumberPublished.NO,
        },
    )
    counts = {
        "new": promotion.new,
        "changed": promotion.changed,
        "missing": promotion.missing,
        "written": promotion.written,
        "state": RunState.ACCEPTED,
    }
    db.execute(run_table.update().where(run_table.c.id == run_id).values(counts))
    older = sa.and_(run_table.c.register_id == register.id, run_table.c.id <= run_id)
    clear_staging(db, older)


def approve(
    store: Store, register: Register, run_id: int, who: str, why: str, now: datetime
) -> None:
    """Publish a held run on a person's word; raises DecisionError when that cannot be done."""
    with store.begin() as db:
        run = _held(db, run_id)
        if not run["complete"]:
            raise DecisionError(
                f"Run {run_id} did not read the whole register, so it cannot go live: the people "
                "it missed would look as if they had left. Reject it, and refresh again."
            )
        live = db.execute(sa.select(state).where(state.c.id == register.id)).mappings().first()
        if live and live["run_id"] > run_id:
            raise DecisionError(
                f"Run {live['run_id']} went live after run {run_id}; publishing the older would "
                "turn time back. Reject it."
            )
        if live and run["source"] == "loopback" != live["source"]:
            raise DecisionError(
                f"Run {run_id} read a stand-in on this machine; its people may be invented, and "
                f"what is live came from {live['source']}. Reject it."
            )
        _decide(db, run_id, who, why, now)
        _publish(db, register, run_id, now)


def reject(store: Store, run_id: int, who: str, why: str, now: datetime) -> None:
    """Put a held run aside for good; what is live stays, and keeps its old date."""
    with store.begin() as db:
        _held(db, run_id)
        _decide(db, run_id, who, why, now)
        values = {"state": RunState.REJECTED}
        db.execute(run_table.update().where(run_table.c.id == run_id).values(values))
        clear_staging(db, run_table.c.id == run_id)  # an older held run may still be approved


def _held(db: Connection, run_id: int) -> sa.RowMapping:
    run = db.execute(sa.select(run_table).where(run_table.c.id == run_id)).mappings().first()
    if run is None:
        raise DecisionError(f"There is no run {run_id}. `goodstanding runs` lists them.")
    if run["state"] != RunState.HELD:
        raise DecisionError(
            f"Run {run_id} is {run['state'].value}; only a held run waits for a decision. "
            "Nothing was changed."
        )
    return run


def _decide(db: Connection, run_id: int, who: str, why: str, now: datetime) -> None:
    values = {"decided_by": who, "decided_why": why, "decided_at": now}
    db.execute(run_table.update().where(run_table.c.id == run_id).values(values))
