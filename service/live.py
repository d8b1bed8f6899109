"""Checks one registration again at the register itself; says so, or why the old answer stands.

A fresh look at one entry may stand in for an old reading where the number tells who is meant. It
cannot where names decide: whether somebody has namesakes only the whole register tells.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from config.register import Register
from config.vocabulary import Health
from crawler.ask import CrawlError
from crawler.recheck import Rechecked, recheck
from data import evidence
from data.evidence import Archive
from data.lookup import Reading, readings
from service.answer import Reason
from service.desk import Desk
from service.health import Condition
from service.matching import compare_name, compare_place
from service.verdict import Candidate, NumberFact

_OLD = ("register_stale", "register_held")
Ask = Callable[[Register, str], Rechecked]


def look_again(
    desk: Desk, one: Candidate, name: str, place: str, now: datetime, ask: Ask | None = None
) -> tuple[Candidate, Reason]:
    """The candidate as the register lists it now; `ask` fetches (httpx unless given)."""
    register, key = one.condition.register, one.registered.record.key
    try:
        reading = _reading(desk, register)
        read = ask or (lambda where, who: recheck(where, who, desk.settings, lambda: now))
        found = read(register.at(reading.url), key)
    except CrawlError as error:
        said = f"The register was not asked again: {error.text} The stored answer stands."
        return one, Reason(code="not_rechecked", text=said)
    person = replace(
        one.registered,
        record=found.record,
        doubts=_doubts(one, found),
        absent=0,
        last_checked=now,
        detail_checked=now,
        evidence_id=_keep(desk, register, found),
    )
    again = replace(
        one,
        registered=person,
        condition=_condition(desk, one, now),
        name=compare_name(name, found.record),
        place=compare_place(place, found.record.places, desk.coverage) if place else None,
    )
    return again, Reason(code="rechecked", text="The register was asked again just now.")


def _reading(desk: Desk, register: Register) -> Reading:
    """Where the stored data came from; raises CrawlError when that may not be asked now."""
    with desk.store.read() as db:
        reading = readings(db).get(register.id)
    if reading is None:
        raise CrawlError("It has never been read.")
    if reading.source not in ("loopback", "inbox") and not desk.settings.contact:
        raise CrawlError("GOODSTANDING_CONTACT is not set.")
    return reading


def _doubts(one: Candidate, found: Rechecked) -> tuple[str, ...]:
    """What the entry itself makes doubtful, and what only the whole register can clear."""
    standing = {"shared_number", "conflicting_rows"} & set(one.registered.doubts)
    return (*found.record.doubts, *sorted(standing))


def _condition(desk: Desk, one: Candidate, now: datetime) -> Condition:
    condition = one.condition
    if one.number is NumberFact.NOT_PUBLISHED or condition.code not in (*_OLD, ""):
        return condition
    settings = desk.settings
    budget = condition.register.age_budget(now, settings.fresh_hours, settings.deadline_fresh_hours)
    return replace(condition, health=Health.FRESH, code="", as_of=now, fresh_until=now + budget)


def _keep(desk: Desk, register: Register, found: Rechecked) -> str:
    """Keep the raw answer as evidence; its id."""
    archive = Archive(desk.store.evidence, register.id, None)
    try:
        answer = found.answer
        row = archive.keep(answer.url, answer.status, dict(answer.headers), answer.body, answer.at)
    finally:
        archive.close()
    with desk.store.begin() as db:
        evidence.index(db, [row])
    return str(row["id"])
