"""Checks one registration again at the register itself; says so, or why the old answer stands.

A fresh look at one entry may stand in for an old reading where the number tells who is meant. It
cannot where names decide: whether somebody has namesakes only the whole register tells. Registers
that can only be asked have no old reading: there the fresh look is all there is, or nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from config.register import Register
from config.vocabulary import Health
from crawler.ask import CrawlError
from crawler.recheck import Rechecked, recheck
from crawler.refresh import source_of
from data import evidence
from data.evidence import Archive
from data.lookup import Reading, Registered, readings
from data.names import number_key
from service.answer import Reason
from service.desk import Desk
from service.health import Condition
from service.matching import compare_name
from service.verdict import Candidate, NumberFact
from service.verify import Wanted

_OLD = ("register_stale", "register_held")
# Doubts of one entry that reading that entry again can settle; all others only a whole reading can.
_SETTLED = frozenset(
    "bad_date contradiction detail_unread flag_unreadable missing_field unknown_alert unknown_class"
    " unknown_word".split()
)
Ask = Callable[[Register, str], Rechecked]


def look_again(
    desk: Desk,
    one: Candidate | Wanted,
    name: str,
    place: str,
    now: datetime,
    ask: Ask | None = None,
) -> tuple[Candidate | None, Reason]:
    """The candidate as the register lists it now; `ask` fetches (httpx unless given).

    None when a register that can only be asked did not tell of this number.
    """
    read = ask or (lambda where, who: recheck(where, who, desk.settings, lambda: now))
    if isinstance(one, Wanted):
        return _look_up(desk, one, name, place, now, read)
    register, key = one.condition.register, one.registered.record.key
    try:
        reading = _reading(desk, register)
        found = read(register.at(reading.url), key)
        if number_key(found.record.number) != number_key(one.registered.record.number):
            raise CrawlError("It now prints another number for this entry.")
    except CrawlError as error:
        said = f"The register was not asked again: {error.text} The stored answer stands."
        return one, Reason(code="not_rechecked", text=said)
    made = found.as_of or now
    person = replace(  # absent stays: only a whole reading tells whether the lists name somebody
        one.registered,
        record=found.record,
        doubts=_doubts(one, found),
        last_checked=made,
        detail_checked=made,
        evidence_id=_keep(desk, register, found),
    )
    again = replace(
        one,
        registered=person,
        condition=_condition(desk, one, made, now),
        name=compare_name(name, found.record),
        place=desk.place_agrees(place, found.record) if place else None,
    )
    return again, Reason(code="rechecked", text="The register was asked again just now.")


def _look_up(
    desk: Desk, wanted: Wanted, name: str, place: str, now: datetime, read: Ask
) -> tuple[Candidate | None, Reason]:
    """Who bears a number at a register that can only be asked, from its answer of this moment."""
    register = wanted.condition.register
    try:
        _may_ask(desk, register)
        found = read(register, wanted.number)
        if number_key(found.record.number) != number_key(wanted.number):
            raise CrawlError("It told of another number.")
    except CrawlError as error:
        return None, Reason(code="not_rechecked", text=f"The register told nothing: {error.text}")
    record, kept, made = found.record, _keep(desk, register, found), found.as_of or now
    candidate = Candidate(
        registered=Registered(0, "", record, record.doubts, 0, made, made, now, now, kept),
        condition=_fresh(desk, wanted.condition, made, now),
        number=NumberFact.EQUAL,
        name=compare_name(name, record),
        place=desk.place_agrees(place, record) if place else None,
    )
    return candidate, Reason(code="rechecked", text="The register was asked just now.")


def _may_ask(desk: Desk, register: Register) -> None:
    """Raise CrawlError unless this register is on, its terms allow it, and we can be reached."""
    if not register.enabled or register.terms.automated not in ("allowed", "unstated"):
        raise CrawlError(f"{register.id} is switched off: {register.terms.note}")
    if source_of(register) != "loopback" and not desk.settings.contact:
        raise CrawlError("GOODSTANDING_CONTACT is not set.")


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
    standing = set(one.registered.doubts) - _SETTLED
    return (*found.record.doubts, *sorted(standing))


def _condition(desk: Desk, one: Candidate, made: datetime, now: datetime) -> Condition:
    condition = one.condition
    if one.number is not NumberFact.EQUAL or condition.code not in (*_OLD, ""):
        return condition
    return _fresh(desk, condition, made, now)


def _fresh(desk: Desk, condition: Condition, made: datetime, now: datetime) -> Condition:
    """The condition of a register that told us something made at `made`, if that is fresh."""
    settings = desk.settings
    budget = condition.register.age_budget(now, settings.fresh_hours, settings.deadline_fresh_hours)
    if not now - budget <= made <= now:
        return replace(condition, health=Health.STALE, code="register_stale", as_of=made)
    return replace(condition, health=Health.FRESH, code="", as_of=made, fresh_until=made + budget)


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
