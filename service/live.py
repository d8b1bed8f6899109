"""Checks one registration again at the register itself; says so, or why the old answer stands.

A fresh look at one entry may stand in for an old reading where the number or the entry tells who is
meant. It cannot where names decide: whether somebody has namesakes only the whole register tells.
Registers that can only be asked have no old reading: there the fresh look is all there is, or
nothing. An answer kept from minutes ago (service/asking.py) obeys the same rules, at its own age.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from config.register import Register
from config.vocabulary import Health
from crawler.ask import CrawlError
from crawler.refresh import source_of
from data import lookup
from data.live import Told
from data.lookup import Registered
from data.names import number_key
from service import words
from service.answer import Answer, Reason
from service.asking import Ask, Asking, Means, NotAsked, can_be_asked
from service.desk import Desk
from service.health import Condition
from service.language import many, say
from service.matching import NameMatch, compare_name
from service.verdict import BEARS, Candidate, NumberFact
from service.verify import Wanted

_OLD = ("register_stale", "register_held")
# Doubts of one entry that reading that entry again can settle; all others only a whole reading can.
_SETTLED = frozenset(
    "bad_date contradiction detail_unread flag_unreadable missing_field unknown_alert unknown_class"
    " unknown_word".split()
)
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z .,/#-]{0,39}")
_MINUTE, _ROUND_UP = timedelta(minutes=1), timedelta(seconds=59)


class OtherNumber(CrawlError):
    """The register told of somebody else than was asked about."""

    code = "other_number"


def look_again(
    desk: Desk,
    one: Candidate | Wanted,
    name: str,
    place: str,
    now: datetime,
    ask: Ask | None = None,
    means: Means | None = None,
) -> tuple[Candidate | None, Reason]:
    """The candidate as the register lists it now; `ask` fetches (httpx unless given).

    None when a register that can only be asked did not tell of this number.
    """
    means = means or Means(ask)
    if isinstance(one, Wanted):
        return _look_up(desk, one, name, place, now, means)
    register, record = one.condition.register, one.registered.record
    try:
        where, run = _where(desk, register)
        told = Asking(desk, where, record.key, now, means, run).told()
        if number_key(told.record.number) != number_key(record.number):
            raise OtherNumber(say("It now prints another number for this entry."))
    except CrawlError as error:
        return one, _not_rechecked(error, _stands(one))
    made = min(told.made, now)
    # absent stays: only a whole reading tells whether the lists name somebody
    person = one.registered._replace(
        told=told.record,
        doubts=_doubts(one, told),
        last_checked=made,
        detail_checked=made,
        evidence_id=told.evidence_id,
    )
    again = replace(
        one,
        registered=person,
        condition=_condition(desk, one, made, now),
        name=_name(name, told),
        place=desk.place_agrees(place, told.record) if place else None,
    )
    return again, _rechecked(desk, register, told, now)


def _look_up(
    desk: Desk, wanted: Wanted, name: str, place: str, now: datetime, means: Means
) -> tuple[Candidate | None, Reason]:
    """Who bears a number at a register that can only be asked, from its answer of this moment."""
    register = wanted.condition.register
    try:
        _may_ask(desk, register)
        if not _NUMBER.fullmatch(wanted.number):
            said = say("A registration number looks different, so nobody was asked for it.")
            raise NotAsked(said)
        told = Asking(desk, register, wanted.number, now, means).told()
        if number_key(told.record.number) != number_key(wanted.number):
            raise OtherNumber(say("It told of another number."))
    except CrawlError as error:
        nothing = say("We keep nothing of this register, so there is no older answer.")
        return None, _not_rechecked(error, nothing)
    record, made = told.record, min(told.made, now)
    person = Registered(0, "", record, record.doubts, 0, made, made, now, now, told.evidence_id)
    candidate = Candidate(
        registered=person,
        condition=_fresh(desk, wanted.condition, made, now),
        number=NumberFact.EQUAL,
        name=_name(name, told),
        place=desk.place_agrees(place, record) if place else None,
    )
    return candidate, _rechecked(desk, register, told, now)


def offered(desk: Desk, answer: Answer) -> bool:
    """Whether it makes sense to offer a live check of this answer: the register could be asked."""
    named = desk.catalogue.registers.get(answer.query.register_id or "")
    try:
        if named and named.lookup_only:
            _may_ask(desk, named)
            return bool(answer.query.number)
        if len(answer.matches) != 1:
            return False
        match = answer.matches[0]
        with desk.store.look() as look:
            found = lookup.by_key(look, match.register_id, match.key)
        if found:
            where, _ = _where(desk, desk.catalogue.get(match.register_id))
            can_be_asked(where, found.record.key)
        return found is not None
    except CrawlError:
        return False


def _may_ask(desk: Desk, register: Register) -> None:
    """Raise NotAsked unless this register is on, its terms allow it, and we can be reached."""
    if not register.enabled:
        raise NotAsked(
            say(
                "%(register)s is switched off: %(note)s",
                register=register.id,
                note=register.terms.note,
            )
        )
    if register.terms.automated not in ("allowed", "unstated"):
        raise NotAsked(
            say("Its terms do not let programs ask it: %(note)s", note=register.terms.note)
        )
    if source_of(register) != "loopback" and not desk.settings.contact:
        raise NotAsked(
            say(
                "Whoever runs this service has set no contact address (GOODSTANDING_CONTACT), and "
                "a register must be able to reach whoever asks it."
            )
        )


def _where(desk: Desk, register: Register) -> tuple[Register, int]:
    """The register at the address its stored data came from, and in which run; raises NotAsked."""
    with desk.store.look() as look:
        reading = lookup.readings(look).get(register.id)
    if reading is None:
        raise NotAsked(say("It has never been read."))
    where = register.at(reading.url)
    if where.url and source_of(where) != "loopback":
        _may_ask(desk, where)
    return where, reading.run_id


def _name(name: str, told: Told) -> NameMatch | None:
    """How the name asked about fits what the register tells; None when none was asked."""
    return compare_name(name, told.record) if name else None


def _doubts(one: Candidate, told: Told) -> tuple[str, ...]:
    """What the entry itself makes doubtful, and what only the whole register can clear."""
    standing = set(one.registered.doubts) - _SETTLED
    return (*told.record.doubts, *sorted(standing))


def _condition(desk: Desk, one: Candidate, made: datetime, now: datetime) -> Condition:
    condition = one.condition
    if one.number not in BEARS or condition.code not in (*_OLD, ""):
        return condition
    return _fresh(desk, condition, made, now)


def _fresh(desk: Desk, condition: Condition, made: datetime, now: datetime) -> Condition:
    """The condition of a register that told us something made at `made`, if that is fresh."""
    settings = desk.settings
    budget = condition.register.age_budget(now, settings.fresh_hours, settings.deadline_fresh_hours)
    if not now - budget <= made <= now:
        return replace(condition, health=Health.STALE, code="register_stale", as_of=made)
    return replace(condition, health=Health.FRESH, code="", as_of=made, fresh_until=made + budget)


def _rechecked(desk: Desk, register: Register, told: Told, now: datetime) -> Reason:
    """When the register was asked, and how old what it sent is, if that is older."""
    if told.at >= now:
        said = say("Checked just now, at the register itself.")
    else:
        keep = timedelta(minutes=desk.settings.live_minutes)
        past, left = _minutes(now - told.at), _minutes(told.at + keep - now + _ROUND_UP)
        said = say(
            "Checked %(past)s ago, at the register itself. It can be asked about this person again "
            "in %(left)s.",
            past=past,
            left=left,
        )
    if told.at - told.made > _MINUTE:
        made = say("What it sent was made on %(when)s.", when=words.local(told.made, register.zone))
        said = f"{said} {made}"
    return Reason(code="rechecked", text=said)


def _not_rechecked(error: CrawlError, kept: str) -> Reason:
    """Why there is no fresh answer, and what is left."""
    start = say("We asked the register, but got no answer we can use.")
    if isinstance(error, NotAsked):
        start = say("Not checked again.")
    why = words.trouble(error.code, error.text)
    return Reason(code="not_rechecked", text=f"{start} {why} {kept}")


def _stands(one: Candidate) -> str:
    read = one.registered.last_checked
    if not read:
        return say("The stored answer stands.")
    when = words.local(read, one.condition.register.zone)
    return say("The stored answer stands, as read on %(when)s.", when=when)


def _minutes(span: timedelta) -> str:
    count = span // _MINUTE
    if not count:
        return say("less than a minute")
    return many("%(count)s minute", "%(count)s minutes", count)
