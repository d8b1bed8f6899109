"""What lies ahead of whoever is watched: expiries and renewal deadlines, told 30, 14, 7 and 1 days
before, and the renewal board. A register that prints no expiry cannot tell who has renewed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.engine import Connection

from config.register import Register
from data import watches
from data.watch_alerts import Alert, Severity
from data.watches import Head, Standing
from service.desk import Desk

STEPS = (30, 14, 7, 1)


@dataclass(frozen=True, slots=True)
class Due:
    """Somebody whose authorisation ends on a day, or who must renew by then."""

    standing: Standing
    register: Register
    due: date
    left: int  # days; below 0: passed
    renewed: bool | None  # None: the register does not tell


def step(left: int) -> int | None:
    """The latest step that has been reached with so many days left: 9 days → 14."""
    return min((one for one in STEPS if left <= one), default=None) if left >= 0 else 0


def alerts(desk: Desk, db: Connection, head: Head, now: datetime) -> Iterator[Alert]:
    """Everything that lies ahead of a list now; each is raised once, whenever this is asked."""
    for id_, many in watches.registers(db, head.id).items():
        register = desk.catalogue.registers.get(id_)
        if register:
            today = register.local_day(now)
            until = today + timedelta(days=max(STEPS))
            for one in watches.authorised(db, head.id, id_, until):
                yield _expiry(head, one, today)
            yield from _deadline(head, register, many, now)


def _expiry(head: Head, one: Standing, today: date) -> Alert:
    """Whose printed expiry is near, or has passed while the register lists them as authorised."""
    assert one.expires is not None  # noqa: S101 - the query asks for those with one
    reached = step((one.expires - today).days)
    kind = "expiry_ahead" if reached else "expired"
    severity = {0: Severity.HIGH, 1: Severity.HIGH, 7: Severity.MEDIUM}
    return Alert(
        head.id,
        head.workspace_id,
        f"{one.person.id}:expiry:{one.expires}:{reached}",
        kind,
        severity.get(reached or 0, Severity.LOW),
        one.person.id,
        one.person.name,
        one.person.settled.registration_id,
        one.person.settled.register_id,
        due=one.expires,
    )


def _deadline(head: Head, register: Register, many: int, now: datetime) -> Iterator[Alert]:
    """A deadline of a whole register, told once a list: who has renewed stands on the board."""
    today = register.local_day(now)
    due = register.next_deadline(today)
    reached = step((due - today).days) if due else None
    if due is None or reached is None:
        return
    severity = Severity.MEDIUM if reached <= 7 else Severity.LOW
    made = Alert(
        head.id,
        head.workspace_id,
        f"list {head.id}:deadline:{register.id}:{due}:{reached}",
        "deadline_ahead",
        severity,
        register_id=register.id,
    )
    yield replace(made, due=due, after=str(many))


def board(desk: Desk, db: Connection, head: Head, now: datetime) -> list[Due]:
    """Everybody authorised with the day by which they must renew, the soonest first."""
    found: list[Due] = []
    for id_ in watches.registers(db, head.id):
        register = desk.catalogue.registers.get(id_)
        if register:
            today = register.local_day(now)
            deadline = register.next_deadline(today)
            for one in watches.authorised(db, head.id, id_):
                found += _due(one, register, deadline, today)
    return sorted(found, key=lambda one: (one.due, one.standing.person.id))


def _due(one: Standing, register: Register, deadline: date | None, today: date) -> list[Due]:
    """When they must renew: the deadline they have not renewed past, else the printed expiry."""
    due = one.expires
    renewed: bool | None = False
    if deadline is not None and (due is None or due > deadline):
        due, renewed = deadline, None if due is None else True
    return [Due(one, register, due, (due - today).days, renewed)] if due else []


def not_renewed(found: list[Due], days: int) -> list[Due]:
    """Whoever has not renewed, as far as the register tells, with at most `days` left."""
    return [one for one in found if not one.renewed and one.left <= days]
