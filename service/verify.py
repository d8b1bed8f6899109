"""Name or number → verdict. Every door (command line, API, pages) asks here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from config.jurisdiction import Jurisdiction
from config.register import Register
from config.vocabulary import NumberPublished, Status, Verdict
from data import lookup as read
from data.names import MAX_QUERY, clean, disguised, looks_like_number, number_key, tokens
from service.answer import PROFESSION, Answer, Query, Reason
from service.candidates import Finder, Found, Question
from service.desk import Conditions, Desk
from service.health import Condition
from service.language import N_, say
from service.search import CursorError
from service.suggest import suggestions
from service.telling import tell, tell_unregulated
from service.verdict import BEARS, Candidate, Judgement, NumberFact, judge


@dataclass(frozen=True, slots=True)
class Wanted:
    """A number at a register that can only be asked, never read as a whole."""

    condition: Condition
    number: str


LookAgain = Callable[
    [Desk, Candidate | Wanted, str, str, datetime], tuple[Candidate | None, Reason]
]


_WHOM = N_("Not checked again. A register is asked about one person, and this does not tell whom.")


class QuestionError(ValueError):
    """A question cannot be asked like this; says what to change."""


def lookup(desk: Desk, asked: Query | str, now: datetime, cursor: str = "") -> Answer:
    """What is listed under a number or a name. Never confirms: `verify` does that.

    A query may name a register, jurisdiction, city, profession and status to look among; `cursor`
    goes on from the page before.
    """
    query = Query(text=asked) if isinstance(asked, str) else asked
    said = _bounded(query.text or "", N_("The name or number"))
    if not tokens(said):
        raise QuestionError(say("Nothing was asked. Give a registration number or a name."))
    city = _bounded(query.city or "", N_("The city")) or None
    if (said, city) != (query.text, query.city):
        query = query.model_copy(update={"text": said, "city": city})
    where = _jurisdiction(desk, query.jurisdiction)
    if looks_like_number(said):
        found = _answer(desk, Question(query, number=said, where=where), now)
        return found if found.matches else _keyed(desk, query, said, now) or found
    asked_for = Question(query, name=said, where=where, cursor=cursor)
    return _keyed(desk, query, said, now) or _answer(desk, asked_for, now)


def _keyed(desk: Desk, query: Query, said: str, now: datetime) -> Answer | None:
    """The entry of the register asked about that bears this key, if any."""
    if not query.register_id or len(said) > 80:
        return None
    return _by_key(desk, query.register_id, said, now, None)


def status_named(said: str) -> Status:
    """A status by its code; raises QuestionError with all of them."""
    if said not in set(Status):
        known = ", ".join(status.value for status in Status)
        raise QuestionError(f"{clean(said, 40)!r} is no standing. Known: {known}.")
    return Status(said)


def _jurisdiction(desk: Desk, said: str | None) -> Jurisdiction | None:
    if not said:
        return None
    place = desk.coverage.named(_bounded(said, N_("The province or state")))
    if place is None:
        raise QuestionError(
            say(
                "“%(said)s” is no province, state or country we know. Use its name or code, for "
                "example Ontario or CA-ON.",
                said=clean(said, 60),
            )
        )
    return place


def verify(desk: Desk, query: Query, now: datetime, look_again: LookAgain | None = None) -> Answer:
    """May the person of this name (and number, and place) practise? One verdict, with reasons.

    `look_again` asks the register once more about the one person found (service/live.py).
    """
    return _answer(desk, question(desk, query), now, look_again)


def question(desk: Desk, query: Query) -> Question:
    """A query about a person, cleaned; raises QuestionError."""
    if disguised(query.name or "") or disguised(query.number or ""):
        raise QuestionError(
            say(
                "The name or number holds letters that look like others, so we cannot tell what it "
                "says. Type it yourself, in one alphabet, instead of copying it."
            )
        )
    number = _bounded(query.number or "", N_("The number"))
    name = _bounded(query.name or "", N_("The name"))
    place = _bounded(query.place or "", N_("The place"))
    if not tokens(name):
        raise QuestionError(say("No name was given. A person is verified by number and name."))
    if query.number and not number_key(number):
        raise QuestionError(say("The number holds no letter or digit."))
    _same_profession(desk, query)
    asked = Query(
        number=number or None,
        name=name,
        register_id=query.register_id,
        place=place or None,
        profession=query.profession,
        jurisdiction=query.jurisdiction or None,
    )
    return Question(asked, number, name, _where(desk, query.jurisdiction, place))


def _where(desk: Desk, chosen: str | None, place: str) -> Jurisdiction | None:
    """The jurisdiction that was chosen or that the place names; both must name the same one."""
    named, wanted = desk.coverage.named(place), _jurisdiction(desk, chosen)
    if named and wanted and named is not wanted:
        raise QuestionError(
            say(
                "You chose %(chosen)s, but the place names %(named)s. Change one of them.",
                chosen=say(wanted.name),
                named=say(named.name),
            )
        )
    return wanted or named


def _same_profession(desk: Desk, query: Query) -> None:
    """A register of another profession answers only whoever names that profession."""
    wanted = query.profession or PROFESSION
    if query.register_id and desk.catalogue.get(query.register_id).profession != wanted:
        there = desk.catalogue.get(query.register_id).profession
        raise QuestionError(
            say(
                "%(register)s is a register of the profession “%(there)s”, not “%(wanted)s”. Name "
                "that profession to verify one of its members.",
                register=query.register_id,
                there=there,
                wanted=wanted,
            )
        )


def _bounded(text: str, what: str) -> str:
    if len(text) > MAX_QUERY:
        raise QuestionError(
            say("%(what)s is longer than %(most)s characters.", what=say(what), most=MAX_QUERY)
        )
    return clean(text, MAX_QUERY)


def _answer(
    desk: Desk, asked: Question, now: datetime, look_again: LookAgain | None = None
) -> Answer:
    if place := unregulated(asked):
        return tell_unregulated(asked.query, place, now)
    with desk.store.look() as look:
        conditions = desk.conditions(look, now)
        try:
            verdict, found, hints = settle(Finder(desk, look, conditions, asked), now)
        except CursorError as error:
            raise QuestionError(say(str(error))) from None
    whom = _to_ask(asked, conditions, verdict)
    if look_again is None or whom is None:
        answer = tell(desk, asked, verdict, found, now)
        if hints:
            answer = answer.model_copy(update={"suggestions": hints})
        if look_again:
            return _noted(answer, Reason(code="not_rechecked", text=say(_WHOM)))
        return answer
    again, note = look_again(desk, whom, asked.name, asked.place, now)
    if again:
        found = Found([again], found.searched)
        verdict = judge([again], [again.condition], now)
    return _noted(tell(desk, asked, verdict, found, now), note)


def unregulated(asked: Question) -> Jurisdiction | None:
    """The place asked about, where no law there says who may practise and no register was named."""
    free = asked.where is not None and not asked.query.register_id and not asked.where.regulated
    return asked.where if free else None


def settle(finder: Finder, now: datetime) -> tuple[Judgement, Found, list[str]]:
    """Verdict, people and hints on one question; the roster audit settles its rows here too."""
    found = finder.find()
    hints = suggestions(finder.bearers, finder.question, found)
    return judged(found, finder.conditions, finder.question, now), found, hints


def _to_ask(
    asked: Question, conditions: Conditions, verdict: Judgement
) -> Candidate | Wanted | None:
    """Whom to ask the register about: the one person found, or a number only it can tell of."""
    named = asked.query.register_id
    if named and conditions[named].register.lookup_only:
        return Wanted(conditions[named], asked.number) if asked.number else None
    return verdict.about[0] if len(verdict.about) == 1 else None


def judged(found: Found, conditions: Conditions, asked: Question, now: datetime) -> Judgement:
    """The verdict on what was found, at the moment that `conditions` speak of."""
    searched = [conditions[one] for one in found.searched] if not found.candidates else []
    if not found.candidates and not found.searched and asked.where is not None:
        return Judgement(Verdict.CANNOT_CONFIRM, ("register_not_read",))
    blind = any(not condition.numbers for condition in searched)
    if asked.number and not asked.name and blind:
        return Judgement(Verdict.CANNOT_CONFIRM, ("number_not_published",))
    exact = [one for one in found.candidates if one.number in BEARS]
    return judge(exact or found.candidates, searched, now)


def _by_key(
    desk: Desk, register: str, key: str, now: datetime, look_again: LookAgain | None
) -> Answer | None:
    """The answer about one registration by the register's own id or our link name."""
    desk.catalogue.get(register)
    with desk.store.look() as look:
        found = read.by_key(look, register, key)
        if found is None:
            return None
        condition = desk.conditions(look, now)[register]
    candidate = Candidate(found, condition, NumberFact.ENTRY)
    again, note = look_again(desk, candidate, "", "", now) if look_again else (None, None)
    candidate = again or candidate
    verdict = judge([candidate], [candidate.condition], now)
    number = key if key == found.record.number else ""
    asked = Question(Query(text=key, register_id=register), number)
    answer = tell(desk, asked, verdict, Found([candidate], [register]), now)
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
    asked = Question(Query(text=key, register_id=register), key)
    with desk.store.look() as look:
        conditions = desk.conditions(look, now)
        if len(Finder(desk, look, conditions, asked).find().candidates) != 1:
            return None
    return _answer(desk, asked, now, look_again)


def numbers_published(register: Register, condition: Condition) -> NumberPublished:
    """Whether the register prints numbers: as declared, or as seen where that was not known."""
    if register.number_published is not NumberPublished.UNKNOWN:
        return register.number_published
    if condition.as_of is None:
        return NumberPublished.UNKNOWN
    return NumberPublished.YES if condition.numbers else NumberPublished.NO
