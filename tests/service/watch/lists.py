"""Rosters, lists and nights for the tests of watch lists."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from data import watch_alerts, watches
from data.records import Record
from data.watches import Head
from service.desk import Desk
from service.roster.read import Telling, read_roster
from service.roster.shape import Roster
from service.watch.lists import Request, add
from tests.conftest import Clock

HEADINGS = ("Name", "Number", "City")


def roster(rows: Iterable[tuple[str, ...]]) -> Roster:
    """A roster of (name, number, city)."""
    out = io.StringIO()
    csv.writer(out).writerows([HEADINGS, *rows])
    return read_roster(out.getvalue().encode(), Telling("staff.csv"))


def of(records: Iterable[Record]) -> Roster:
    """A roster that names these people rightly, by number."""
    return roster([(one.name.full, one.number, "") for one in records])


def watch(desk: Desk, some: Roster, now: datetime, name: str = "Front desk", **more: Any) -> Head:
    """A list of these people."""
    return add(desk, some, Request(name, "t", "massage therapist", **more), now)


def raised(desk: Desk, head: Head, run: int | None = None) -> list[tuple[str, str]]:
    """(name, kind) of a list's alerts, of one run or all."""
    with desk.store.read() as db:
        found = watch_alerts.alerts(db, head.id, watch_alerts.Wanted(), 10_000)
    return sorted((one["person"], one["kind"]) for one in found if run in (None, one["run_id"]))


def alerts(desk: Desk, head: Head) -> list[dict[str, Any]]:
    """A list's alerts, the weightiest first."""
    with desk.store.read() as db:
        return watch_alerts.alerts(db, head.id, watch_alerts.Wanted(), 10_000, ranked=True)


def found(desk: Desk, head: Head) -> dict[str, str]:
    """Whom the people of a list were found to be, by name as typed."""
    with desk.store.read() as db:
        return {one.name: one.settled.register_key for one in watches.people(db, head.id)}


def later(clock: Clock, **by: float) -> datetime:
    """The clock, moved on."""
    return clock.forward(**by)
