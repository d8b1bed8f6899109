"""Name or number → verdict. Every door (command line, API, pages) asks here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from config.jurisdiction import Jurisdiction
from config.register import Register
from config.vocabulary import Assurance, Health, NumberPublished, Verdict
from data import lookup as read
from data.forms import by_other_form, number_keys
from data.lookup import Registered
from data.names import MAX_QUERY, clean, looks_like_number, number_key, tokens
from service import words
from service.answer import Answer, Query, Reason, RegistrationOut, registration_out
from service.desk import Desk
from service.health import Condition
from service.matching import (
    Agreement,
    compare_name,
    family_keys,
    possible_families,
    search_keys,
)
from service.verdict import RULES_VERSION, Candidate, Judgement, NumberFact, judge


@dataclass(frozen=True, slots=True)
class Wanted:
    """A number at a register that can only be asked, never read as a whole."""

    condition: Condition
    number: str


LookAgain = Callable[
    [Desk, Candidate | Wanted, str, str, datetime], tuple[Candidate | None, Reason]
]


PROFESSION = "massage therapist"


class QuestionError(ValueError):
    """A question cannot be asked like this; says what to change."""


def lookup(desk: Desk, text: str, register: str | None, now: datetime) -> Answer:
    """What is listed under a number or a name. Never confirms: `verify` does that."""
    said = _bounded(text, "the name or number to look up")
    if not tokens(said):
        raise QuestionError("Nothing was asked. Give a registration number or a name.")
    keyed = register and len(said) <= 80 and _by_key(desk, register, said, now, None)
    if keyed:
        return keyed
    numeric = looks_like_number(said)
    query = Query(text=said, register_id=register)
    return _answer(desk, query, said if numeric else "", "" if numeric else said, now)


def verify(desk: Desk, query: Query, now: datetime, look_again: LookAgain | None = None) -> Answer:
    """May the person of this name (and number, and place) practise? One verdict, with reasons.

    `look_again` asks the register once more about the one person found (service/live.py).
    """
    number = _bounded(query.number or "", "the number")
    name = _bounded(query.name or "", "the name")
    place = _bounded(query.place or "", "the place")
    if not tokens(name):
        raise QuestionError("No name was given. A person is verified by number and name.")
    if query.number and not number_key(number):
        raise QuestionError("The number holds no letter or digit.")
    _same_profession(desk, query)
    asked = Query(
        number=number or None,
        name=name,
        register_id=query.register_id,
        place=place or None,
        profession=query.profession,
    )
    return _answer(desk, asked, number, name, now, look_again)


def _same_profession(desk: Desk, query: Query) -> None:
    """A register of another profession answers only whoever names that profession."""
    wanted = query.profession or PROFESSION
    if query.register_id and desk.catalogue.get(query.register_id).profession != wanted:
        there = desk.catalogue.get(query.register_id).profession
        raise QuestionError(
            f"{query.register_id} is a register of the profession “{there}”, not “{wanted}”. "
            "Name that profession to verify one of its members."
        )


def _bounded(text: str, what: str) -> str:
    if len(text) > MAX_QUERY:
        raise QuestionError(f"{what.capitalize()} is longer than {MAX_QUERY} characters.")
    return clean(text, MAX_QUERY)


def _answer(
    desk: Desk,
    query: Query,
    number: str,
    name: str,
    now: datetime,
    look_again: LookAgain | None = None,
) -> Answer:
    place = desk.coverage.named(query.place or "") if query.place else None
    if place and not query.register_id and not place.regulated:
        return _not_regulated(query, place, now)
    with desk.store.read() as db:
        scope = _scope(desk, db, query, place, now)
        found = _find(db, scope, number, name) if scope else []
        candidates = [
            _candidate(db, desk, one, scope, number, name, query.place or "") for one in found
        ]
    judged = _judged(candidates, scope, number, name, place, now)
    whom = _to_ask(query, scope, judged, number)
    if look_again is None or whom is None:
        return _fill(desk, query, judged, candidates, number, now)
    again, note = look_again(desk, whom, name, query.place or "", now)
    if again:
        candidates = [again]
        judged = judge(candidates, [again.condition], now)
    return _noted(_fill(desk, query, judged, candidates, number, now), note)


def _to_ask(
    query: Query, scope: dict[str, Condition], judged: Judgement, number: str
) -> Candidate | Wanted | None:
    """Whom to ask the register about: the one person found, or a number only it can tell of."""
    named = scope.get(query.register_id or "")
    if named and named.register.lookup_only:
        return Wanted(named, number) if number else None
    return judged.about[0] if len(judged.about) == 1 else None


def _scope(
    desk: Desk, db: Connection, query: Query, place: Jurisdiction | None, now: datetime
) -> dict[str, Condition]:
    """The registers to search: the one named, else those of the place, else all that were read.

    Only of the profession asked about: a physiotherapist's number confirms no massage therapist.
    A place's registers include those that can only be asked, in which nobody was searched for.
    """
    conditions = desk.conditions(db, now)
    if query.register_id:
        named = desk.catalogue.get(query.register_id)
        return {named.id: conditions[named.id]}
    profession = query.profession or PROFESSION
    mine = {
        id_: condition
        for id_, condition in conditions.items()
        if condition.register.profession == profession
    }
    if place is None:
        return {id_: one for id_, one in mine.items() if _was_read(one)}
    return {
        id_: one
        for id_, one in mine.items()
        if one.register.jurisdiction == place.code and (_was_read(one) or one.register.lookup_only)
    }


def _was_read(condition: Condition) -> bool:
    return condition.health not in (Health.NEVER, Health.OFF)


def _find(
    db: Connection, scope: dict[str, Condition], number: str, name: str
) -> Sequence[Registered]:
    """By number where numbers are printed; by name where they are not, or where none was given."""
    found: list[Registered] = []
    if number:
        found += read.by_number(db, number_key(number), scope)
        met = {one.record.register for one in found}
        others = [one.register for id_, one in scope.items() if id_ not in met]
        found += by_other_form(db, number, others)
    unnumbered = [id_ for id_ in scope if not (number and scope[id_].numbers)]
    if name and unnumbered:
        families = family_keys(name) if len(tokens(name)) <= 2 else []
        keys = search_keys(name)
        by_name = read.by_name(db, keys, families, unnumbered)
        found += [one for one in by_name if one.id not in {other.id for other in found}]
    return found


def _candidate(
    db: Connection,
    desk: Desk,
    found: Registered,
    scope: dict[str, Condition],
    number: str,
    name: str,
    place: str,
) -> Candidate:
    record = found.record
    condition = scope[record.register]
    if not number:
        fact = NumberFact.NOT_GIVEN
    elif number_key(record.number) in number_keys(condition.register, number):
        fact = NumberFact.EQUAL
    else:
        fact = NumberFact.NOT_PUBLISHED
    match = compare_name(name, record) if name else None
    full = match is not None and match.agreement is Agreement.FULL
    return Candidate(
        registered=found,
        condition=condition,
        number=fact,
        name=match,
        place=desk.place_agrees(place, record) if place else None,
        namesakes=_namesakes(db, record.register, name) if full and not condition.numbers else 0,
    )


def _namesakes(db: Connection, register_id: str, name: str) -> int:
    """How many people of a register, past and present, the name could mean, by the same rule."""
    people = read.relatives(db, register_id, possible_families(name))
    if len(people) == read.MOST_RELATIVES:
        return len(people)
    return sum(compare_name(name, one.record).agreement is Agreement.FULL for one in people)


def _judged(
    candidates: list[Candidate],
    scope: dict[str, Condition],
    number: str,
    name: str,
    place: Jurisdiction | None,
    now: datetime,
) -> Judgement:
    if not scope and place is not None:
        return Judgement(Verdict.CANNOT_CONFIRM, ("register_not_read",))
    blind = [condition for condition in scope.values() if not condition.numbers]
    if not candidates and number and not name and blind:
        return Judgement(Verdict.CANNOT_CONFIRM, ("number_not_published",))
    named = [one for one in candidates if not name or one.name is None or one.name.agreement > 0]
    exact = [one for one in candidates if one.number is NumberFact.EQUAL]
    return judge(exact or named, scope.values(), now)


def _not_regulated(query: Query, place: Jurisdiction, now: datetime) -> Answer:
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


def _by_key(
    desk: Desk, register: str, key: str, now: datetime, look_again: LookAgain | None
) -> Answer | None:
    """The answer about one registration by the register's own id or our link name."""
    desk.catalogue.get(register)
    with desk.store.read() as db:
        found = read.by_key(db, register, key)
        if found is None:
            return None
        condition = desk.conditions(db, now)[register]
    candidate = Candidate(found, condition, NumberFact.ENTRY)
    again, note = look_again(desk, candidate, "", "", now) if look_again else (None, None)
    candidate = again or candidate
    judged = judge([candidate], [candidate.condition], now)
    asked = number_key(key) if key == found.record.number else ""
    query = Query(text=key, register_id=register)
    answer = _fill(desk, query, judged, [candidate], asked, now)
    return _noted(answer, note) if note else answer


def _noted(answer: Answer, note: Reason) -> Answer:
    """The answer with what came of asking the register again said first."""
    return answer.model_copy(update={"reasons": [note, *answer.reasons]})


def registration(
    desk: Desk, register: str, key: str, now: datetime, look_again: LookAgain | None = None
) -> Answer | None:
    """The answer about one registration by the register's id, our link name, or its number.

    It is about the registration: with `look_again` too it confirms nobody.
    """
    key = _bounded(key, "the key")
    found = _by_key(desk, register, key, now, look_again)
    if found is not None:
        return found
    with desk.store.read() as db:
        numbered = read.by_number(db, number_key(key), [register]) if number_key(key) else []
    if len(numbered) != 1:
        return None
    return _answer(desk, Query(text=key, register_id=register), key, "", now, look_again)


def _fill(
    desk: Desk,
    query: Query,
    judged: Judgement,
    candidates: Iterable[Candidate],
    number: str,
    now: datetime,
) -> Answer:
    """The judgement as an answer: in words, with the registrations it is about."""
    people = judged.about or tuple(candidates)
    shown = [_shown(desk, one, judged, number) for one in people[: read.MOST]]
    return Answer(
        verdict=judged.verdict,
        assurance=judged.assurance,
        summary=_summary(judged, now),
        reasons=[Reason(code=code, text=words.REASON[code]) for code in judged.reasons],
        matches=shown,
        suggestions=[],
        check_at=_check_at(desk, query, shown),
        evaluated_at=now,
        valid_until=judged.valid_until,
        rules_version=RULES_VERSION,
        query=query,
    )


def _check_at(desk: Desk, query: Query, shown: Iterable[RegistrationOut]) -> list[str]:
    """Where anybody can make sure: the registers of the people shown, else those asked about."""
    links = [match.official_url for match in shown]
    if not links and query.register_id:
        links = [desk.catalogue.get(query.register_id).official_url]
    place = desk.coverage.named(query.place or "")
    if not links and place:
        here = [one for one in desk.catalogue if one.jurisdiction == place.code]
        links = [one.official_url for one in here if one.lookup_only] or [place.check_at]
    return [link for link in dict.fromkeys(links) if link]


def _shown(desk: Desk, one: Candidate, judged: Judgement, number: str) -> RegistrationOut:
    keys = number_keys(one.condition.register, number) if number else []
    asked = number_key(one.registered.record.number) in keys
    show = asked or desk.settings.public_numbers == "shown"
    until = judged.valid_until if one in judged.about else None
    return registration_out(
        one.registered, one.condition.register, show_number=show, valid_until=until
    )


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


def numbers_published(register: Register, condition: Condition) -> NumberPublished:
    """Whether the register prints numbers: as declared, or as seen where that was not known."""
    if register.number_published is not NumberPublished.UNKNOWN:
        return register.number_published
    if condition.as_of is None:
        return NumberPublished.UNKNOWN
    return NumberPublished.YES if condition.numbers else NumberPublished.NO
