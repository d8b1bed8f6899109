"""Raises the alerts of a run in the transaction that publishes it, and keeps what came of them.

A run's own `change` rows are joined with whoever is watched, so a night costs what changed, not how
many are watched. Doubts and numbers borne twice are no changes at the register, yet confirm nobody:
what was so of each person is remembered and compared. Every alert has a key under which it is
raised once, and those raised together are told in one message, which holds no person.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import IntEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from config.vocabulary import ADVERSE, AUTHORISED, ChangeKind, Status
from data.names import clean
from data.outbox import News, post
from data.promote import change
from data.staging import registration
from data.watch_tables import WatchTodo
from data.watches import (
    NoWatch,
    action_table,
    alert_table,
    in_doubt,
    note_withheld,
    person_table,
    take_turn,
    watch_table,
)

todo_table: sa.Table = WatchTodo.__table__  # type: ignore[attr-defined]

OPEN, ACKNOWLEDGED, REOPENED = "open", "acknowledged", "reopened"
STANDING = (OPEN, REOPENED)  # what still waits for somebody
AUDIENCE = "watch:"  # and the reference of the list
TOGETHER = 200  # alerts of one message
_PORTION = 2000


class Severity(IntEnum):
    """How much an alert weighs."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


@dataclass(frozen=True, slots=True)
class Alert:
    """What is to be raised; `dedupe` is what it is raised once under."""

    watch_id: int
    workspace_id: int | None
    dedupe: str
    kind: str
    severity: Severity
    person_id: int | None = None
    person: str = ""
    registration_id: int | None = None
    register_id: str = ""
    run_id: int | None = None
    before: str = ""
    after: str = ""
    due: date | None = None


def raise_alerts(db: Connection, register_id: str, run_id: int, now: datetime) -> int:
    """Everything that a run which goes live now means for whoever is watched; how many alerts."""
    take_turn(db)
    if not db.scalar(sa.select(watch_table.c.id).limit(1)):
        return 0
    told = [*_changed(db, run_id), *_doubted(db, register_id, run_id)]
    note_withheld(db, person_table.c.register_id == register_id)
    db.execute(todo_table.insert().values(run_id=run_id, register_id=register_id, at=now))
    raised = keep(db, told, now)
    _unsay(db, told)
    return raised


def _unsay(db: Connection, told: Iterable[Alert]) -> None:
    """What the register took down leaves us (R1): only workspaces keep their dated copies."""
    columns, theirs = alert_table.c, alert_table.c.workspace_id.is_(None)
    for gone, kinds in _GONE.items():
        ids = [one.registration_id for one in told if one.kind == gone and not one.workspace_id]
        of_it = sa.and_(columns.kind.in_(kinds), theirs) if kinds else theirs
        for start in range(0, len(ids), 500):
            some = columns.registration_id.in_(ids[start : start + 500])
            db.execute(alert_table.update().where(of_it, some).values(before="", after=""))


_GONE = {
    "condition_removed": ("condition", "condition_removed"),
    "notice_removed": ("notice", "notice_removed"),
    "delisted": (),  # all that was ever told of them
}


def _watched() -> list[sa.ColumnElement[Any]]:
    columns = person_table.c
    of_them = (columns.id.label("person_id"), columns.name, columns.registration_id)
    return [
        *of_them,
        columns.register_id,
        watch_table.c.id.label("watch"),
        watch_table.c.workspace_id,
    ]


def _changed(db: Connection, run_id: int) -> Iterator[Alert]:
    """The changes of a run at registrations that somebody watches."""
    query = (
        sa.select(*_watched(), change.c.kind, change.c.before, change.c.after)
        .select_from(change)
        .join(person_table, person_table.c.registration_id == change.c.registration_id)
        .join(watch_table, watch_table.c.id == person_table.c.watch_id)
        .where(change.c.run_id == run_id)
        .order_by(change.c.id, person_table.c.id)
    )
    for row in db.execute(query).mappings():
        for kind, severity, before, after in told_of(row["kind"], row["before"], row["after"]):
            made = of_person(row, kind, severity, f"run {run_id}")
            yield replace(made, run_id=run_id, before=before, after=after)


def of_person(row: Any, kind: str, severity: Severity, once: str) -> Alert:
    """An alert about a person as `_watched` reads them, raised once for whatever `once` names."""
    return Alert(
        row["watch"],
        row["workspace_id"],
        f"{row['person_id']}:{kind}:{once}",
        kind,
        severity,
        row["person_id"],
        row["name"],
        row["registration_id"],
        row["register_id"],
    )


def told_of(kind: str, before: str, after: str) -> Iterator[tuple[str, Severity, str, str]]:
    """What a change at a register means: kind, severity, and how it read before and after."""
    match kind:
        case ChangeKind.STATUS:
            yield _standing(before, after)
        case ChangeKind.RESTRICTION:
            yield from _texts("condition", before, after)
        case ChangeKind.NOTICE:
            yield from _texts("notice", before, after)
        case ChangeKind.NAME:
            yield "name", Severity.MEDIUM, before, after
        case ChangeKind.MISSING:
            yield "missing_once", Severity.MEDIUM, "", ""
        case ChangeKind.DELISTED:
            yield "delisted", Severity.CRITICAL, "", ""
        case ChangeKind.RETURNED:
            yield "returned", Severity.LOW, "", ""
        case ChangeKind.OTHER if number_in(before) != number_in(after):
            yield "number", Severity.MEDIUM, "", ""


def _standing(before: str, after: str) -> tuple[str, Severity, str, str]:
    """A status as the change tells it: our word, then the register's own in brackets."""
    old, new = (Status(text.partition(" ")[0]) for text in (before, after))
    if new is old:  # the register's own words differ, its class or how it says the same
        return "status", Severity.MEDIUM, before, after
    if new in ADVERSE:
        return "status", Severity.CRITICAL, before, after
    if new is not Status.AUTHORISED:  # a condition, also where no text of it is printed
        return "status", Severity.HIGH, before, after
    if old in AUTHORISED:
        return "status", Severity.MEDIUM, before, after
    return "restored", Severity.LOW, before, after


def _texts(kind: str, before: str, after: str) -> Iterator[tuple[str, Severity, str, str]]:
    """What stands now and did not before, and what was taken down: recipients are told (R1)."""
    old, new = (tuple(filter(None, text.split("\n"))) for text in (before, after))
    came = "\n".join(one for one in new if one not in old)
    went = "\n".join(one for one in old if one not in new)
    if came:
        yield kind, Severity.HIGH, "", came
    if went or not came:
        yield f"{kind}_removed", Severity.LOW, went, ""


def number_in(rest: str) -> str:
    """The number in what a change tells of the other facts (data/diff.py); "" where none is."""
    first = rest.partition("; ")[0]
    return first.removeprefix("number ") if first.startswith("number ") else ""


def _doubted(db: Connection, register_id: str, run_id: int) -> Iterator[Alert]:
    """Whoever can be confirmed no longer for a doubt of ours, or can be again."""
    columns = person_table.c
    query = (
        sa.select(*_watched(), columns.withheld)
        .select_from(person_table)
        .join(registration, registration.c.id == columns.registration_id)
        .join(watch_table, watch_table.c.id == columns.watch_id)
        .where(columns.register_id == register_id, registration.c.absent == 0)
        .where(columns.withheld.is_distinct_from(in_doubt()))
        .order_by(columns.id)
    )
    for row in db.execute(query).mappings():
        if row["withheld"]:
            made = of_person(row, "no_doubt", Severity.LOW, f"run {run_id}")
        else:
            made = of_person(row, "doubt", Severity.HIGH, f"run {run_id}")
        yield replace(made, run_id=run_id)


def keep(db: Connection, told: Iterable[Alert], now: datetime) -> int:
    """Write alerts that were not raised before, and messages to each list; how many are new."""
    batch = secrets.token_hex(12)
    rows = [_row(one, batch, now) for one in told]
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    add = insert(alert_table).on_conflict_do_nothing(index_elements=["dedupe"])
    for start in range(0, len(rows), _PORTION):
        db.execute(add, rows[start : start + _PORTION])
    if not rows:
        return 0
    columns = alert_table.c
    query = (
        sa.select(columns.watch_id, watch_table.c.ref, sa.func.count())
        .join(watch_table, watch_table.c.id == columns.watch_id)
        .where(columns.batch == batch)
        .group_by(columns.watch_id, watch_table.c.ref)
    )
    raised = 0
    for watch_id, ref, many in db.execute(query).all():
        for skip in range(0, int(many), TOGETHER):
            facts = {"watch": ref, "batch": batch, "count": int(many), "skip": skip}
            topic = f"watch:{watch_id}:{batch}:{skip}"
            post(db, News(topic, "watch.alerts", facts, AUDIENCE + ref), now)
        raised += int(many)
    return raised


def _row(one: Alert, batch: str, now: datetime) -> dict[str, Any]:
    return {
        "workspace_id": one.workspace_id,
        "watch_id": one.watch_id,
        "dedupe": one.dedupe[:120],
        "batch": batch,
        "person_id": one.person_id,
        "person": one.person,
        "registration_id": one.registration_id,
        "register_id": one.register_id,
        "run_id": one.run_id,
        "kind": one.kind,
        "severity": int(one.severity),
        "before": one.before,
        "after": one.after,
        "due": one.due,
        "raised_at": now,
        "state": OPEN,
    }


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts of a list: those that wait only, or of one batch, and where to begin."""

    waiting: bool = False
    batch: str = ""
    before: int | None = None
    skip: int = 0


def alerts(
    db: Connection, watch_id: int, wanted: Wanted, most: int, *, ranked: bool = False
) -> list[dict[str, Any]]:
    """Alerts of a list, the newest first; `ranked`: the weightiest first."""
    columns = alert_table.c
    query = sa.select(alert_table).where(columns.watch_id == watch_id)
    if wanted.waiting:
        query = query.where(columns.state.in_(STANDING))
    if wanted.batch:
        query = query.where(columns.batch == wanted.batch)
    if wanted.before is not None:
        query = query.where(columns.id < wanted.before)
    order = [columns.severity.desc()] if ranked else []
    query = query.order_by(*order, columns.id.desc()).limit(most).offset(wanted.skip)
    rows = db.execute(query).mappings()
    return [dict(row) for row in rows]


def waiting(db: Connection, watch_id: int) -> dict[int, int]:
    """How many alerts of a list wait for somebody, by severity."""
    columns = alert_table.c
    query = sa.select(columns.severity, sa.func.count()).group_by(columns.severity)
    mine = sa.and_(columns.watch_id == watch_id, columns.state.in_(STANDING))
    return {int(severity): int(many) for severity, many in db.execute(query.where(mine)).all()}


def alert_in(db: Connection, watch_ids: Sequence[int], alert_id: int) -> dict[str, Any]:
    """An alert of one of these lists, with what was done about it; raises NoWatch."""
    query = sa.select(alert_table).where(alert_table.c.id == alert_id)
    row = db.execute(query.where(alert_table.c.watch_id.in_(watch_ids))).mappings().first()
    if row is None:
        raise NoWatch(f"There is no alert {alert_id}. `goodstanding watch alerts` shows them.")
    return {**row, "actions": actions(db, [alert_id]).get(alert_id, [])}


def actions(db: Connection, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What was done about alerts, the oldest first."""
    found: dict[int, list[dict[str, Any]]] = {}
    query = sa.select(action_table).where(action_table.c.alert_id.in_(ids))
    for row in db.execute(query.order_by(action_table.c.id)).mappings():
        found.setdefault(row["alert_id"], []).append(dict(row))
    return found


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody does about an alert: acknowledges or reopens it, and why."""

    state: str
    who: str
    why: str
    at: datetime


def act(db: Connection, alert_id: int, done: Action) -> None:
    """Acknowledge or reopen an alert; who, when and why are kept beside it for good."""
    row = {"alert_id": alert_id, "state": done.state, "who": clean(done.who, 200)}
    db.execute(action_table.insert().values(**row, why=clean(done.why, 2000), at=done.at))
    mine = alert_table.c.id == alert_id
    db.execute(alert_table.update().where(mine).values(state=done.state))


def todos(db: Connection) -> list[tuple[int, str]]:
    """Runs (and their registers) after which the unfound were not looked for yet, oldest first."""
    query = sa.select(todo_table.c.run_id, todo_table.c.register_id).order_by(todo_table.c.run_id)
    return [(int(run_id), str(register_id)) for run_id, register_id in db.execute(query).all()]


def todo_done(db: Connection, run_ids: Iterable[int]) -> None:
    """They were looked for."""
    db.execute(todo_table.delete().where(todo_table.c.run_id.in_(list(run_ids))))


def forget(db: Connection, registration_id: int) -> None:
    """Somebody is erased: what the register said of them goes, what a clinic typed stays theirs."""
    mine = sa.select(alert_table.c.id).where(alert_table.c.registration_id == registration_id)
    db.execute(action_table.delete().where(action_table.c.alert_id.in_(mine)))
    db.execute(alert_table.delete().where(alert_table.c.registration_id == registration_id))
    nobody = {"registration_id": None, "register_id": "", "register_key": "", "assurance": ""}
    theirs = person_table.c.registration_id == registration_id
    db.execute(person_table.update().where(theirs).values(**nobody, withheld=False))
