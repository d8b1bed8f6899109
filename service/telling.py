"""Puts a judgement into words and shapes it as the one answer that every door gives."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from config.jurisdiction import Jurisdiction
from config.vocabulary import Assurance, Verdict
from data.forms import number_keys
from data.names import number_key
from service import words
from service.answer import Answer, Query, Reason, RegistrationOut, registration_out
from service.candidates import Found, Question
from service.desk import Desk
from service.verdict import RULES_VERSION, Candidate, Judgement, facts_of

_MOST = 20  # people shown


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
    if not links and (place := desk.coverage.named(query.place or "")):
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
    return [_reason(code) for code in codes]


@cache
def _reason(code: str) -> Reason:
    return Reason(code=code, text=words.REASON[code])


def _summary(judged: Judgement, now: datetime) -> str:
    """One sentence: what the register listed, when it was read, and how long ago."""
    headline = words.headline(judged.verdict, judged.assurance)
    if len(judged.about) != 1:
        return f"{headline}. {words.REASON[judged.reasons[-1]]}"
    one = judged.about[0]
    register, record = one.condition.register, one.registered.record
    if judged.verdict is Verdict.MISMATCH:
        return f"The {register.name} prints this number for somebody of another name."
    checked = one.registered.last_checked
    when = "at an unknown date"
    if checked:
        when = f"on {words.local(checked, register.zone)} ({words.age(checked, now)})"
    status = record.status if one.registered.absent else one.registered.status
    listed = f"The {register.name} listed {record.name.full} as {words.STATUS[status]}"
    sentence = f"{listed} when it was read {when}."
    if judged.verdict in (Verdict.CANNOT_CONFIRM, Verdict.AMBIGUOUS):
        why = "" if judged.assurance is Assurance.NUMBER_ONLY else words.REASON[judged.reasons[0]]
        return " ".join(part for part in (f"{headline}.", why, sentence) if part)
    return sentence


def tell_unregulated(query: Query, place: Jurisdiction, now: datetime) -> Answer:
    said = [place.note, place.doubt, f"Source: {place.source}, {place.as_of}."]
    return Answer(
        verdict=Verdict.NOT_REGULATED,
        assurance=None,
        summary=f"{place.name}: no law there says who may practise massage therapy.",
        reasons=[
            Reason(code="not_regulated", text=place.ask),
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
