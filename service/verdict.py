"""The rules: from facts to one of eight verdicts. A pure function of its arguments.

Every way through these functions ends in a verdict, and only one of them ends in `confirmed`.
docs/verdicts.md publishes the same rules as a table. Raise RULES_VERSION with every change.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from config.vocabulary import ADVERSE, AUTHORISED, Assurance, Status, Verdict
from data.gates import FUTURE
from data.lookup import Registered
from service.health import Condition
from service.matching import Agreement, NameMatch

RULES_VERSION = "3"
DETAIL_AGE = timedelta(days=14)  # every detail page is read weekly; twice that is a fault


class NumberFact(StrEnum):
    """What can be said of the number that was asked about."""

    EQUAL = "number_equal"
    FORM = "number_form"  # as people still write it (number_forms of the register's file)
    ENTRY = "entry_asked"  # asked for by the register's own id of the entry
    NOT_GIVEN = "number_not_given"
    NOT_PUBLISHED = "number_not_published"


BEARS = (NumberFact.EQUAL, NumberFact.FORM, NumberFact.ENTRY)  # says which entry is meant


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody a question may be about, with every fact the rules look at."""

    registered: Registered
    condition: Condition
    number: NumberFact
    name: NameMatch | None = None  # None: no name was asked
    place: bool | None = None  # None: no clinic or city was asked
    namesakes: int = 0  # people the name could mean, this one included; 0: not counted


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, what it rests on, why, about whom, and until when it may be used."""

    verdict: Verdict
    reasons: tuple[str, ...]
    assurance: Assurance | None = None
    about: tuple[Candidate, ...] = ()
    valid_until: datetime | None = None


def judge(candidates: list[Candidate], searched: Iterable[Condition], now: datetime) -> Judgement:
    """The verdict on a question that found `candidates` in the registers `searched`."""
    if not candidates:
        return _nobody(list(searched))
    numbered = [one for one in candidates if one.number in BEARS]
    if numbered:
        return _by_number(numbered, now)
    return _by_name(candidates, now)


def _nobody(searched: list[Condition]) -> Judgement:
    """Nobody fits: only complete and fresh registers that could have told may say so."""
    if not searched:
        return Judgement(Verdict.CANNOT_CONFIRM, ("no_register_read",))
    unfit = [condition.code for condition in searched if not condition.fresh]
    if unfit:
        return Judgement(Verdict.CANNOT_CONFIRM, tuple(dict.fromkeys(unfit)))
    until = min((c.fresh_until for c in searched if c.fresh_until), default=None)
    return Judgement(Verdict.NOT_FOUND, ("searched_complete",), valid_until=until)


def _by_number(candidates: list[Candidate], now: datetime) -> Judgement:
    if candidates[0].name is None:
        return _number_only(candidates, now)
    agreeing = [one for one in candidates if _agreement(one) >= Agreement.FAMILY]
    if len(agreeing) == 1:
        return _about(agreeing[0], Assurance.NUMBER_AND_NAME, now)
    if agreeing:
        return _ambiguous(agreeing, ("several_candidates",))
    weak = [one for one in candidates if _agreement(one) in (Agreement.WEAK, Agreement.SIMILAR)]
    several = ("several_candidates",) if len(weak) > 1 else ()
    return _ambiguous(weak, several) if weak else _mismatch(candidates)


def _agreement(candidate: Candidate) -> Agreement:
    return candidate.name.agreement if candidate.name else Agreement.NONE


def _mismatch(candidates: list[Candidate]) -> Judgement:
    """The number is somebody else's; said only of facts we could also confirm from."""
    unfit = [code for one in candidates for code in _unfit(one)]
    if unfit:
        return _cannot(candidates, unfit)
    until = min((one.condition.fresh_until for one in candidates), default=None, key=_late)
    return Judgement(
        Verdict.MISMATCH,
        (candidates[0].number.value, "name_differs"),
        None,
        tuple(candidates),
        until,
    )


def _late(moment: datetime | None) -> float:
    return moment.timestamp() if moment else float("inf")


def _number_only(candidates: list[Candidate], now: datetime) -> Judgement:
    """A number alone tells of a registration, never of a person: it can deny, not confirm."""
    if len(candidates) > 1:
        found = _ambiguous(candidates, ("several_candidates",))
    else:
        found = _about(candidates[0], Assurance.NUMBER_ONLY, now)
        if found.verdict in (Verdict.CONFIRMED, Verdict.CONFIRMED_WITH_CONDITIONS):
            reasons = (*found.reasons, "name_not_given")
            found = replace(found, verdict=Verdict.AMBIGUOUS, reasons=reasons)
    return replace(found, assurance=Assurance.NUMBER_ONLY)


def _by_name(candidates: list[Candidate], now: datetime) -> Judgement:
    """A name alone never confirms; with its place it may, where no numbers are published."""
    placed = [one for one in candidates if _name_and_place(one)]
    if len(placed) == 1:
        return _about(placed[0], Assurance.NAME_AND_PLACE, now)
    unfit = [code for one in candidates for code in _unfit(one) if not one.condition.fresh]
    if unfit and not any(one.condition.fresh for one in candidates):
        return _cannot(candidates, unfit)
    shared = ("namesakes",) if any(one.namesakes > 1 for one in candidates) else ()
    return _ambiguous(candidates, (*shared, *_why_name_is_not_enough(candidates)))


def _name_and_place(candidate: Candidate) -> bool:
    """Full name (legal or common) and place agree with exactly one person, past or present."""
    codes = candidate.name.codes if candidate.name else ()
    return (
        not candidate.condition.numbers
        and _agreement(candidate) is Agreement.FULL
        and "given_name_equal" in codes
        and "former_name" not in codes
        and candidate.place is True
        and candidate.namesakes == 1
    )


def _why_name_is_not_enough(candidates: list[Candidate]) -> tuple[str, ...]:
    if all(_agreement(one) is Agreement.SIMILAR for one in candidates):
        return ("similar_name",)
    if len(candidates) > 1:
        return ("several_candidates",)
    if candidates[0].condition.numbers:
        return ("name_only",)
    return {None: ("place_not_given",), False: ("place_differs",), True: ()}[candidates[0].place]


def _ambiguous(candidates: list[Candidate], reasons: tuple[str, ...]) -> Judgement:
    unfit = [code for one in candidates for code in _unfit(one) if not one.condition.fresh]
    if unfit and not any(one.condition.fresh for one in candidates):
        return _cannot(candidates, unfit)
    facts = facts_of(candidates[0]) if len(candidates) == 1 else ()
    said = tuple(dict.fromkeys((*facts, *reasons)))
    return Judgement(Verdict.AMBIGUOUS, said, None, tuple(candidates))


def _cannot(candidates: Iterable[Candidate], reasons: Iterable[str]) -> Judgement:
    people = tuple(candidates)
    adverse = any(one.registered.record.status in ADVERSE for one in people)
    said = (*dict.fromkeys(reasons), *(("last_known_adverse",) if adverse else ()))
    return Judgement(Verdict.CANNOT_CONFIRM, said, None, people)


def facts_of(candidate: Candidate) -> tuple[str, ...]:
    """The named facts of a match, in the order people think of them."""
    place = {None: (), True: ("place_equal",), False: ("place_differs",)}[candidate.place]
    return (candidate.number.value, *(candidate.name.codes if candidate.name else ()), *place)


def _about(candidate: Candidate, assurance: Assurance, now: datetime) -> Judgement:
    """The question is about this one registration: may the person practise?"""
    facts = facts_of(candidate)
    if unfit := [*_unfit(candidate), *_overdue(candidate, now)]:
        found = _cannot([candidate], (*unfit, *facts))
        return replace(found, assurance=assurance)
    record = candidate.registered.record
    if record.status in ADVERSE:
        verdict, said = Verdict.NOT_AUTHORISED, f"status_{record.status.value}"
    elif record.status is Status.AUTHORISED and not (record.restrictions or record.notices):
        verdict, said = Verdict.CONFIRMED, "status_authorised"
    else:  # _unfit lets nothing else through than the three authorised states
        verdict, said = Verdict.CONFIRMED_WITH_CONDITIONS, f"status_{record.status.value}"
    until = _valid_until(candidate, now)
    return Judgement(verdict, (*facts, said), assurance, (candidate,), until)


def _unfit(candidate: Candidate) -> list[str]:
    """Why nothing may be concluded from this registration now; empty when something may."""
    registered, record = candidate.registered, candidate.registered.record
    codes = [] if candidate.condition.fresh else [candidate.condition.code]
    if registered.absent:
        codes.append("missing_once" if registered.absent == 1 else "delisted")
    codes += registered.doubts
    if not candidate.condition.register.confirms:
        codes.append("register_no_proof")
    elif record.status not in AUTHORISED | ADVERSE:
        codes.append("status_unrecognised")
    if record.may_practise is not None and record.may_practise is (record.status in ADVERSE):
        codes.append("contradiction")
    return list(dict.fromkeys(codes))


def _overdue(candidate: Candidate, now: datetime) -> list[str]:
    """The printed expiry has passed (its last day still counts), or the detail page is too old.

    A condition may stand on the detail page only, so an old one cannot vouch for its absence; nor
    can one of a day to come.
    """
    record, read = candidate.registered.record, candidate.registered.detail_checked
    old = ["detail_stale"] if read and not -FUTURE <= now - read <= DETAIL_AGE else []
    today = candidate.condition.register.local_day(now)
    passed = record.expires is not None and record.expires < today
    return [*old, *(["expiry_passed"] if passed and record.status in AUTHORISED else [])]


def _valid_until(candidate: Candidate, now: datetime) -> datetime | None:
    """The earliest of: data too old, printed expiry over, next renewal deadline over."""
    register = candidate.condition.register
    days = [candidate.registered.record.expires, register.next_deadline(register.local_day(now))]
    ends = [
        datetime.combine(day + timedelta(days=1), time(), register.zone).astimezone(now.tzinfo)
        for day in days
        if day and day >= register.local_day(now)
    ]
    fresh = candidate.condition.fresh_until
    return min([*ends, *([fresh] if fresh else [])], default=None)
