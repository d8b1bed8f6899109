"""Puts a judgement into words and shapes it as the one answer that every door gives."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache

from config.jurisdiction import Jurisdiction
from config.vocabulary import Assurance, Verdict
from data.forms import number_keys
from data.names import number_key
from service import words
from service.answer import Answer, Query, Reason, RegistrationOut, registration_out
from service.candidates import Found, Question
from service.desk import Desk
from service.language import N_, say, spoken
from service.verdict import RULES_VERSION, Candidate, Judgement, facts_of

_MOST = 20  # people shown
_SOURCE = N_("Source: %(source)s, %(day)s.")
_NO_LAW = N_("%(place)s: no law there says who may practise massage therapy.")


def tell(desk: Desk, asked: Question, judged: Judgement, found: Found, now: datetime) -> Answer:
    """The judgement as an answer: in words, with the registrations it is about."""
    people = judged.about or tuple(found.candidates)
    shown = [_shown(desk, one, judged, asked.number) for one in people[:_MOST]]
    return Answer(
        verdict=judged.verdict,
        assurance=judged.assurance,
        summary=_summary(judged, now),
        reasons=_reasons(judged.reasons),
        matches=shown,
        suggestions=[],
        check_at=_check_at(desk, asked.query, shown),
        evaluated_at=now,
        valid_until=judged.valid_until,
        rules_version=RULES_VERSION,
        query=asked.query,
        next_cursor=found.next_cursor or None,
    )


def _check_at(desk: Desk, query: Query, shown: Iterable[RegistrationOut]) -> list[str]:
    """Where anybody can make sure: the registers of the people shown, else those asked about."""
    links = [match.official_url for match in shown]
    if not links and query.register_id:
        links = [desk.catalogue.get(query.register_id).official_url]
    if not links and (place := desk.where(query.jurisdiction, query.place)):
        here = [one for one in desk.catalogue if one.jurisdiction == place.code]
        links = [one.official_url for one in here if one.lookup_only] or [place.check_at]
    return [link for link in dict.fromkeys(links) if link]


def _shown(desk: Desk, one: Candidate, judged: Judgement, number: str) -> RegistrationOut:
    keys = number_keys(one.condition.register, number) if number else []
    asked = number_key(one.registered.record.number) in keys
    show = asked or desk.settings.public_numbers == "shown"
    until = judged.valid_until if one in judged.about else None
    return registration_out(
        one.registered,
        one.condition.register,
        show_number=show,
        valid_until=until,
        reasons=_reasons(facts_of(one)),
    )


def _reasons(codes: Iterable[str]) -> list[Reason]:
    return [_reason(code, spoken()) for code in codes]


@cache
def _reason(code: str, _language: str) -> Reason:
    return Reason(code=code, text=words.reason(code))


def _summary(judged: Judgement, now: datetime) -> str:
    """One sentence: what the register listed, when it was read, and how long ago."""
    headline = words.headline(judged.verdict, judged.assurance)
    if len(judged.about) != 1:
        return f"{headline}. {words.reason(judged.reasons[-1])}"
    one = judged.about[0]
    register = say(one.condition.register.name)
    if judged.verdict is Verdict.MISMATCH:
        return say(
            "The %(register)s prints this number for somebody of another name.", register=register
        )
    sentence = _listed(one, register, now)
    if judged.verdict in (Verdict.CANNOT_CONFIRM, Verdict.AMBIGUOUS):
        why = "" if judged.assurance is Assurance.NUMBER_ONLY else words.reason(judged.reasons[0])
        return " ".join(part for part in (f"{headline}.", why, sentence) if part)
    return sentence


def _listed(one: Candidate, register: str, now: datetime) -> str:
    """What the register listed somebody as, when that was read, and how long ago."""
    person, checked = one.registered, one.registered.last_checked
    when = say("at an unknown date")
    if checked:
        when = words.read(checked, one.condition.register.zone, now)
    return say(
        "The %(register)s listed %(name)s as %(status)s when we read it %(when)s.",
        register=register,
        name=person.record.name.full,
        status=words.status(person.record.status if person.absent else person.status),
        when=when,
    )


def tell_unregulated(query: Query, place: Jurisdiction, now: datetime) -> Answer:
    """No register of the state can tell: what is known of the place, and what to ask instead."""
    source = say(_SOURCE, source=place.source, day=words.day(date.fromisoformat(place.as_of)))
    said = [say(place.note), say(place.doubt), source]
    return Answer(
        verdict=Verdict.NOT_REGULATED,
        assurance=None,
        summary=say(_NO_LAW, place=say(place.name)),
        reasons=[
            Reason(code="not_regulated", text=say(place.ask)),
            Reason(code="source", text=" ".join(text for text in said if text)),
        ],
        matches=[],
        suggestions=[],
        check_at=[place.check_at] if place.check_at else [],
        evaluated_at=now,
        valid_until=None,
        rules_version=RULES_VERSION,
        query=query,
    )
