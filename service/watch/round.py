"""Looks after every list: after each run, and once a day, also when nothing has happened.

What a run changes was told when it went live (data/watch_alerts.py). Here follows what needs the
rules: whoever was not found is looked for again, and what lies ahead is told. All of it can be done
twice: an alert is raised once, and a daily message is written once a day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import Verdict
from data import watch_alerts, watches
from data.lookup import Registered, by_ids
from data.outbox import News, post
from data.reader import Reader
from data.watches import Head, person_table, watch_table
from service import log
from service.desk import Conditions, Desk
from service.matching import Agreement, NameMatch
from service.verdict import Candidate, NumberFact, judge
from service.watch import ahead
from service.watch.settling import look_again

_CONFIRMED = (Verdict.CONFIRMED, Verdict.CONFIRMED_WITH_CONDITIONS)
_PORTION = 512
DAILY_HOUR = 13  # UTC: after the nights of America, before its clinics are busy


def look(desk: Desk, clock: Callable[[], datetime]) -> int:
    """One look: what runs have left to do, and the daily messages that are due; how many runs."""
    with desk.store.read() as db:
        todo = watch_alerts.todos(db)
        lists = watches.every(db) if todo or _due(clock()) else []
    if todo:
        _after(desk, lists, [run_id for run_id, _ in todo], clock)
    for head in lists:
        if _owed(head, clock()):
            _tell_day(desk, head, clock())
    return len(todo)


def _after(desk: Desk, lists: list[Head], runs: list[int], clock: Callable[[], datetime]) -> None:
    """Look for the unfound again, and ahead; a run that comes meanwhile leaves work of its own."""
    at_rest = True
    for head in lists:
        at_rest = look_again(desk, head, max(runs), clock()) and at_rest
        with desk.store.begin() as db:
            watch_alerts.keep(db, ahead.alerts(desk, db, head, clock()), clock())
    if at_rest:
        with desk.store.begin() as db:
            watch_alerts.todo_done(db, runs)
    log.event("watched", run=max(runs), count=len(lists))


def _due(now: datetime) -> bool:
    return now.astimezone(UTC).hour >= DAILY_HOUR


def _owed(head: Head, now: datetime) -> bool:
    return _due(now) and (head.told_on is None or head.told_on < now.astimezone(UTC).date())


def _tell_day(desk: Desk, head: Head, now: datetime) -> None:
    """The day's message of a list: all clear, or why that cannot be said."""
    today = now.astimezone(UTC).date()
    with desk.store.look() as seen, desk.store.begin() as db:
        watch_alerts.keep(db, ahead.alerts(desk, db, head, now), now)
        kind, facts = day_of(Sight(seen, desk.conditions(seen, now)), db, head, today)
        audience = watch_alerts.AUDIENCE + head.ref
        post(db, News(f"watch:{head.id}:day:{today}", kind, facts, audience), now)
        mine = watch_table.c.id == head.id
        db.execute(watch_table.update().where(mine).values(told_on=today))


@dataclass(frozen=True, slots=True)
class Sight:
    """What is looked at: the store as it is, and the state of every register in it."""

    look: Reader
    conditions: Conditions


def day_of(sight: Sight, db: Connection, head: Head, today: date) -> tuple[str, dict[str, Any]]:
    """What can be said of a list today: `watch.all_clear` only if every register concerned is
    fresh, the rules confirm everybody, and no alert waits. No person is in it."""
    conditions = sight.conditions
    told = [_register(conditions, id_) for id_ in sorted(_concerned(conditions, db, head))]
    people, waits = watches.counts(db, head.id), sum(watch_alerts.waiting(db, head.id).values())
    unconfirmed = sum(people.values()) - _confirmed(sight, db, head)
    facts: dict[str, Any] = {"watch": head.ref, "day": today.isoformat(), "registers": told}
    facts |= {"people": people, "waiting": waits, "unconfirmed": unconfirmed}
    if not told or any(one["health"] != "fresh" for one in told):
        return "watch.cannot_say", facts
    if unconfirmed or waits or not people:
        return "watch.attention", facts
    return "watch.all_clear", facts


def _confirmed(sight: Sight, db: Connection, head: Head) -> int:
    """How many people of a list the rules confirm now, being who they were found to be."""
    ids = [one.settled.registration_id for one in watches.people(db, head.id)]
    known = [id_ for id_ in ids if id_ is not None]
    count = 0
    for start in range(0, len(known), _PORTION):
        some = known[start : start + _PORTION]
        found = by_ids(sight.look, some)
        count += sum(id_ in found and _confirms(sight.conditions, found[id_]) for id_ in some)
    return count


def _confirms(conditions: Conditions, person: Registered) -> bool:
    """Whether `verify` confirms somebody whose number (or place) and name agree."""
    condition = conditions[person.register_id]
    number = NumberFact.EQUAL if condition.numbers else NumberFact.NOT_PUBLISHED
    agrees = NameMatch(Agreement.FULL, ("family_name_equal", "given_name_equal"))
    one = Candidate(person, condition, number, agrees, place=True, namesakes=1)
    return judge([one], [condition], conditions.now).verdict in _CONFIRMED


def _register(conditions: Conditions, id_: str) -> dict[str, Any]:
    if id_ not in conditions.desk.catalogue.registers:
        return {"id": id_, "name": id_, "health": "off", "why": "register_off", "read": None}
    one = conditions[id_]
    read = one.as_of.isoformat().replace("+00:00", "Z") if one.as_of else None
    known = {"id": id_, "name": one.register.name, "health": one.health.value}
    return known | {"why": one.code or None, "read": read}


def _concerned(conditions: Conditions, db: Connection, head: Head) -> set[str]:
    """The registers in which people were found, and where nobody was, those that were searched."""
    found = set(watches.registers(db, head.id))
    lost = sa.and_(person_table.c.registration_id.is_(None), person_table.c.marks == "")
    for one in watches.people(db, head.id, lost):
        place = conditions.desk.coverage.named(one.asked["place"]) if one.asked["place"] else None
        searched = conditions.searched(one.asked["profession"])
        found.update(
            id_
            for id_ in searched
            if place is None or conditions[id_].register.jurisdiction == place.code
        )
    return found
