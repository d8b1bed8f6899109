"""Ends a run: counts what it staged, puts it through the gates, publishes it or holds it."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.register import Register
from config.vocabulary import NumberPublished, RunState, Status
from data import folded
from data.alerts import tell_end
from data.bulk import make_room, uncollected
from data.chain import append_run, runs_since
from data.gates import FUTURE, Night, holds, judge
from data.nameindex import folded_table
from data.promote import Promotion, clear_staging, save_state, stamp_rotation, state
from data.run import Issue, add_issues, run_table, update_run
from data.staging import registration, staged, ticked
from data.store import Store
from data.watch_alerts import raise_alerts

_EXAMPLES = 10


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
    with uncollected(), store.begin() as db:
        make_room(db)
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
            tell_end(db, run_id, now)
            append_run(db, run_id, store.evidence, now)
            return RunState.HELD
        update_run(db, run_id, **facts)
        stamp_rotation(db, register.id, outcome.buckets, night.as_of or now)
        _publish(db, register, run_id, now)
        append_run(db, run_id, store.evidence, now)
        return RunState.ACCEPTED


def fail(store: Store, run_id: int, issue: Issue, now: datetime) -> None:
    """End a run that broke on our side; nothing of it goes live, and its night may try again."""
    with store.begin() as db:
        add_issues(db, run_id, [issue])
        update_run(db, run_id, state=RunState.FAILED, finished_at=now)
        tell_end(db, run_id, now)
        append_run(db, run_id, None, now)  # nothing rests on what it read


def _count(db: Connection, register: Register, run_id: int, night: Night) -> None:
    """Fill in what only the store can count: people, doubts, flips, what is live."""
    live = db.execute(sa.select(state).where(state.c.id == register.id)).mappings().first()
    if live is not None:
        night.last_people, night.last_source = live["people"], live["source"]
        night.last_as_of = live["as_of"]
    night.people = _listed(db, run_id)
    had = registration.c.status.in_([Status.AUTHORISED_CONDITIONS, Status.AUTHORISED_NOTICE])
    listed = sa.and_(registration.c.register_id == register.id, registration.c.absent == 0)
    count = sa.select(sa.func.count())
    night.alerted = db.scalar(count.select_from(registration).where(listed, had)) or 0
    both = staged.join(registration, registration.c.id == staged.c.registration_id)
    moved = sa.and_(staged.c.run_id == run_id, staged.c.status != registration.c.status)
    lost = sa.and_(moved, had, staged.c.status == Status.AUTHORISED)
    night.flips = db.scalar(count.select_from(both).where(moved)) or 0
    if night.flips:
        night.cleared = db.scalar(count.select_from(both).where(lost)) or 0
        for code, which in (("status_shift", moved), ("alerts_lost", lost)):
            keys = sa.select(staged.c.key).select_from(both).where(which).order_by(staged.c.key)
            night.examples[code] = tuple(db.scalars(keys.limit(_EXAMPLES)))
    renamed = _renamed(db, run_id)
    night.renamed, night.examples["names_shift"] = len(renamed), tuple(renamed[:_EXAMPLES])
    night.withheld = _withheld(db, run_id)
    night.quiet = _quiet(db, register.id, run_id)


def _renamed(db: Connection, run_id: int) -> list[str]:
    """The keys of people who bear another name tonight; a further given name is none."""
    both = staged.join(
        folded_table, folded_table.c.registration_id == staged.c.registration_id
    ).join(registration, registration.c.id == staged.c.registration_id)
    columns = staged.c.key, staged.c.folded, folded_table.c.folded
    differ = sa.and_(staged.c.run_id == run_id, staged.c.folded != folded_table.c.folded)
    rows = db.execute(sa.select(*columns).select_from(both).where(differ).order_by(staged.c.key))
    return [key for key, tonight, live in rows if _called(tonight) != _called(live)]


def _called(stored: str) -> object:
    """Family and first given name of what data/folded.py stored; None where nobody is named."""
    name = next(iter(folded.read(stored).names), None)
    return name and (name.family, name.given[:1])


def _listed(db: Connection, run_id: int) -> int:
    """How many people a run has listed: staged, or ticked off."""
    count = sa.select(sa.func.count())
    return sum(db.scalar(count.where(one.c.run_id == run_id)) or 0 for one in (staged, ticked))


def _quiet(db: Connection, register_id: str, run_id: int) -> int:
    """How many readings in a row changed nothing at all, tonight's included."""
    changed = sa.or_(
        registration.c.id.is_(None), registration.c.content_hash != staged.c.content_hash
    )
    both = staged.outerjoin(registration, registration.c.id == staged.c.registration_id)
    tonight = sa.select(staged.c.key).select_from(both).where(staged.c.run_id == run_id, changed)
    if db.execute(tonight.limit(1)).first():
        return 0
    accepted = sa.and_(
        run_table.c.register_id == register_id, run_table.c.state == RunState.ACCEPTED
    )
    columns = run_table.c
    moved = sa.or_(columns.new > 0, columns.changed > 0, columns.missing > 0)
    last = sa.select(sa.func.max(columns.id)).where(accepted, moved).scalar_subquery()
    since = sa.select(sa.func.count()).select_from(run_table)
    return 1 + (db.scalar(since.where(accepted, columns.id > sa.func.coalesce(last, 0))) or 0)


def _withheld(db: Connection, run_id: int) -> list[str]:
    """Keys that publication would withhold: doubts tonight or standing, and shared numbers."""
    mine, as_before = staged.c.run_id == run_id, ticked.c.run_id == run_id
    live = ticked.join(registration, registration.c.id == ticked.c.registration_id)
    standing = sa.select(registration.c.key).select_from(live).where(as_before)
    keys = {
        *db.scalars(sa.select(staged.c.key).where(mine, staged.c.doubts != "")),
        *db.scalars(standing.where(registration.c.doubts != "")),
    }
    tonight = sa.union_all(
        sa.select(staged.c.key, staged.c.number_key.label("number")).where(mine),
        sa.select(registration.c.key, registration.c.number_key).select_from(live).where(as_before),
    ).subquery()
    number = tonight.c.number
    twice = sa.select(number).where(number != "").group_by(number).having(sa.func.count() > 1)
    if db.execute(twice.limit(1)).first():
        keys.update(db.scalars(sa.select(tonight.c.key).where(number.in_(twice))))
    return sorted(keys)


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
    tell_end(db, run_id, now)
    raise_alerts(db, register.id, run_id, now)
    older = sa.and_(run_table.c.register_id == register.id, run_table.c.id <= run_id)
    clear_staging(db, older)


def approve(
    store: Store, register: Register, run_id: int, who: str, why: str, now: datetime
) -> None:
    """Publish a held run on a person's word; raises DecisionError when that cannot be done."""
    with uncollected(), store.begin() as db:
        make_room(db)
        run = _decide(db, run_id, RunState.ACCEPTED, (who, why, now))
        live = db.execute(sa.select(state).where(state.c.id == register.id)).mappings().first()
        if refusal := _refusal(db, run, live, now):
            raise DecisionError(f"Run {run_id} cannot go live: {refusal} Nothing was changed.")
        _publish(db, register, run_id, now)
        append_run(db, run_id, None, now)  # its file was chained when it was held


def _refusal(db: Connection, run: sa.RowMapping, live: sa.RowMapping | None, now: datetime) -> str:
    """Why not even a person's word can publish this run; empty when it can."""
    busy = sa.select(run_table.c.id).where(
        run_table.c.register_id == run["register_id"], run_table.c.state == RunState.RUNNING
    )
    if run["as_of"] and run["as_of"] > now + FUTURE:
        return "its date lies in the future. Reject it, and mend the clock or the file's name."
    if live and live["run_id"] > run["id"]:
        return f"run {live['run_id']} went live after it. Publishing it would turn time back."
    since = sa.and_(
        run_table.c.id.in_(runs_since(db, run["id"])),
        run_table.c.register_id == run["register_id"],
        run_table.c.state == RunState.ACCEPTED,
    )
    if between := db.scalar(sa.select(run_table.c.id).where(since).limit(1)):
        return (
            f"run {between} was approved after it was read, so whom it found unchanged may not be "
            "so any more. Reject it, and refresh again."
        )
    if not run["complete"] or _listed(db, run["id"]) != run["read"]:
        return (
            "it did not read the whole register, so the people it missed would look as if they "
            "had left. Reject it, and refresh again."
        )
    if live and run["source"] == "loopback" != live["source"]:
        return "it read a stand-in on this machine; its people may be invented. Reject it."
    if db.scalar(busy):
        return "another run of this register is under way. Wait until it has finished."
    return ""


def reject(store: Store, run_id: int, who: str, why: str, now: datetime) -> None:
    """Put a held run aside for good; what is live stays, and keeps its old date."""
    with store.begin() as db:
        _decide(db, run_id, RunState.REJECTED, (who, why, now))
        append_run(db, run_id, None, now)
        clear_staging(db, run_table.c.id == run_id)  # an older held run may still be approved


def _decide(
    db: Connection, run_id: int, verdict: RunState, said: tuple[str, str, datetime]
) -> sa.RowMapping:
    """Move a held run on, first of all, so that of two decisions only one can be carried out."""
    who, why, now = said
    values = {"decided_by": who[:200], "decided_why": why[:2000], "decided_at": now}
    held = sa.and_(run_table.c.id == run_id, run_table.c.state == RunState.HELD)
    moved = db.execute(run_table.update().where(held).values(values | {"state": verdict}))
    run = db.execute(sa.select(run_table).where(run_table.c.id == run_id)).mappings().first()
    if run is None:
        raise DecisionError(f"There is no run {run_id}. `goodstanding runs` lists them.")
    if moved.rowcount != 1:
        raise DecisionError(
            f"Run {run_id} is {run['state'].value}; only a held run waits for a decision. "
            "Nothing was changed."
        )
    return run
