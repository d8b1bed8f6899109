"""Reads for the service: registrations by number, name or key, and how old each register is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import RunState, Status
from data.promote import name, state
from data.records import Record, record_from
from data.run import issue_table, run_table
from data.staging import registration, rotation, version
from data.tables import Change

MOST = 20
MOST_RELATIVES = 1000
change: sa.Table = Change.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Registered:
    """One registration as it is live: the register's facts, and what we know of their age."""

    id: int
    ref: str
    record: Record
    doubts: tuple[str, ...]
    absent: int
    last_checked: datetime | None
    detail_checked: datetime | None
    first_seen: datetime
    last_changed: datetime
    evidence_id: str | None

    @property
    def status(self) -> Status:
        """The register's status, unless the register no longer lists the person or we doubt it."""
        if self.absent:
            return Status.MISSING_ONCE if self.absent == 1 else Status.DELISTED
        return Status.UNRECOGNISED if self.doubts else self.record.status


@dataclass(frozen=True, slots=True)
class Reading:
    """What is live of one register, and how its latest judged run ended."""

    as_of: datetime | None
    accepted_at: datetime
    people: int
    source: str
    url: str
    numbers: bool
    run_id: int
    last_state: RunState
    last_run_id: int


_checked = sa.case((registration.c.absent > 0, registration.c.last_listed), else_=state.c.as_of)
_SELECT = (
    sa.select(
        registration,
        version.c.facts,
        version.c.evidence_id,
        _checked.label("last_checked"),
        rotation.c.checked_at,
    )
    .select_from(registration)
    .join(version, version.c.registration_id == registration.c.id)
    .join(state, state.c.id == registration.c.register_id)
    .outerjoin(
        rotation,
        sa.and_(
            rotation.c.register_id == registration.c.register_id,
            rotation.c.bucket == registration.c.bucket,
        ),
    )
    .where(version.c.seen_until.is_(None))
)
_LISTED = registration.c.absent < 2


def _registered(row: sa.RowMapping) -> Registered:
    doubts = [code for code in row["doubts"].split(",") if code]
    details = [at for at in (row["detail_at"], row["checked_at"]) if at and row["detail_at"]]
    return Registered(
        id=row["id"],
        ref=row["ref"],
        record=record_from(row["facts"]),
        doubts=(*doubts, "shared_number") if row["shared"] else tuple(doubts),
        absent=row["absent"],
        last_checked=row["last_checked"],
        detail_checked=max(details, default=None),
        first_seen=row["first_seen"],
        last_changed=row["last_changed"],
        evidence_id=row["evidence_id"],
    )


def _within(registers: Iterable[str]) -> sa.ColumnElement[bool]:
    return registration.c.register_id.in_(list(registers))


def by_number(db: Connection, number_key: str, registers: Iterable[str]) -> list[Registered]:
    """Everybody who bears a number, in these registers."""
    query = _SELECT.where(
        registration.c.number_key == number_key, registration.c.number_key != ""
    ).where(_within(registers), _LISTED)
    return [_registered(row) for row in db.execute(query.limit(MOST_RELATIVES)).mappings()]


def by_name(
    db: Connection, keys: Iterable[str], families: Iterable[str], registers: Iterable[str]
) -> list[Registered]:
    """Everybody called so, by whole name or by family name alone, MOST at the most.

    This is the seam for the fuzzy index: it will offer more people under the same answer.
    """
    called = sa.or_(name.c.name_key.in_(list(keys)), name.c.family_key.in_(list(families)))
    people = sa.select(name.c.registration_id).where(called)
    query = _SELECT.where(registration.c.id.in_(people), _within(registers), _LISTED)
    ordered = query.order_by(registration.c.register_id, registration.c.key)
    return [_registered(row) for row in db.execute(ordered.limit(MOST)).mappings()]


def relatives(db: Connection, register_id: str, families: Iterable[str]) -> list[Registered]:
    """Everybody of a register who bears or bore one of these family names, the gone ones included.

    At most MOST_RELATIVES; whoever gets that many must not conclude that there are no more.
    """
    people = sa.select(name.c.registration_id).where(name.c.family_key.in_(list(families)))
    mine = _SELECT.where(registration.c.register_id == register_id, registration.c.id.in_(people))
    return [_registered(row) for row in db.execute(mine.limit(MOST_RELATIVES)).mappings()]


def by_key(db: Connection, register_id: str, key: str) -> Registered | None:
    """One registration by the register's own id or by our link name."""
    mine = sa.or_(registration.c.key == key, registration.c.ref == key)
    query = _SELECT.where(registration.c.register_id == register_id, mine, _LISTED)
    row = db.execute(query).mappings().first()
    return _registered(row) if row else None


def everybody(db: Connection, register_id: str | None) -> Iterator[Registered]:
    """Every registration held, the delisted ones included, a register after the other."""
    query = _SELECT.order_by(registration.c.register_id, registration.c.key)
    if register_id:
        query = query.where(registration.c.register_id == register_id)
    rows = db.execution_options(yield_per=1000).execute(query).mappings()
    return (_registered(row) for row in rows)


def readings(db: Connection) -> dict[str, Reading]:
    """What is live of every register, by id; registers never accepted are not in it.

    A run that broke on our side says nothing of the register, so only judged runs count.
    """
    judged = run_table.c.state.in_([RunState.ACCEPTED, RunState.HELD, RunState.REJECTED])
    latest = (
        sa.select(run_table.c.register_id, sa.func.max(run_table.c.id).label("last"))
        .where(judged)
        .group_by(run_table.c.register_id)
        .subquery()
    )
    query = (
        sa.select(state, run_table.c.state.label("last_state"), latest.c.last)
        .join(latest, latest.c.register_id == state.c.id)
        .join(run_table, run_table.c.id == latest.c.last)
    )
    return {
        row["id"]: Reading(
            row["as_of"],
            row["accepted_at"],
            row["people"],
            row["source"],
            row["url"],
            row["numbers"],
            row["run_id"],
            row["last_state"],
            row["last"],
        )
        for row in db.execute(query).mappings()
    }


def runs(db: Connection, register_id: str | None = None, most: int = 50) -> list[dict[str, Any]]:
    """The latest runs, newest first, each with its issues."""
    query = sa.select(run_table).order_by(run_table.c.id.desc()).limit(most)
    if register_id:
        query = query.where(run_table.c.register_id == register_id)
    found = [dict(row) for row in db.execute(query).mappings()]
    for run in found:
        run["issues"] = issues(db, run["id"])
    return found


def run(db: Connection, run_id: int) -> dict[str, Any] | None:
    """One run with its issues."""
    query = sa.select(run_table).where(run_table.c.id == run_id)
    row = db.execute(query).mappings().first()
    return {**row, "issues": issues(db, run_id)} if row else None


def issues(db: Connection, run_id: int) -> list[dict[str, Any]]:
    """What was found on a run, the weightiest first."""
    query = sa.select(issue_table).where(issue_table.c.run_id == run_id)
    rows = [dict(row) for row in db.execute(query.order_by(issue_table.c.id)).mappings()]
    order = ("hold", "withhold", "warn", "info")
    return sorted(rows, key=lambda row: order.index(row["level"]))


def changes(
    db: Connection, since: int = 0, registration_id: int | None = None
) -> Iterator[dict[str, Any]]:
    """What changed in accepted runs after run `since`, oldest first."""
    query = (
        sa.select(change, registration.c.key, version.c.facts)
        .join(registration, registration.c.id == change.c.registration_id)
        .join(version, version.c.registration_id == registration.c.id)
        .where(version.c.seen_until.is_(None))
        .where(change.c.run_id > since)
        .order_by(change.c.id)
    )
    if registration_id is not None:
        query = query.where(change.c.registration_id == registration_id)
    rows = db.execution_options(yield_per=1000).execute(query).mappings()
    return (dict(row) for row in rows)


def versions(db: Connection, registration_id: int) -> list[dict[str, Any]]:
    """Everything a register has said of somebody, with when we saw it, newest first."""
    query = sa.select(version).where(version.c.registration_id == registration_id)
    return [dict(row) for row in db.execute(query.order_by(version.c.id.desc())).mappings()]
