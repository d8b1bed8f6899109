"""Whom a question may be about: by number, by entry, or by name through the index."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from config.jurisdiction import Jurisdiction
from data import lookup as read
from data.folded import folded
from data.forms import Bearers, by_other_form, number_keys
from data.lookup import Registered
from data.names import fold, number_key
from data.reader import Reader
from data.search import Scope
from service.answer import PROFESSION, Query
from service.desk import Conditions, Desk
from service.matching import Agreement, NameMatch, compare_name, could_mean, possible_names
from service.ranking import Rank, rank
from service.search import Page, page, query_words
from service.verdict import Candidate, NumberFact

CLOSE = 0.9  # a name of at least this rank is similar enough to say so beside a right number


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, cleaned and in its parts; `where` is the place's jurisdiction if it says."""

    query: Query
    number: str = ""
    name: str = ""
    where: Jurisdiction | None = None
    cursor: str = ""

    @property
    def place(self) -> str:
        """The clinic, city or province that was asked about."""
        return self.query.place or ""


@dataclass(frozen=True, slots=True)
class Found:
    """The candidates of one page, the registers that were searched, and where to go on."""

    candidates: list[Candidate]
    searched: list[str]
    next_cursor: str = ""


class Finder:
    """Looks for the people of one question, within one view of the store."""

    def __init__(
        self, desk: Desk, look: Reader, conditions: Conditions, question: Question
    ) -> None:
        """Nothing is searched yet."""
        self.desk, self.look, self.conditions, self.question = desk, look, conditions, question
        there = question.query.register_id
        self.bearers: Bearers = partial(read.by_number, look, register_id=there)

    def find(self) -> Found:
        """By number where numbers are printed; by name where they are not, or none was given.

        Where somebody bears the number, the verdict rests on them alone: no name is searched for.
        """
        found = self._numbered() if self.question.number else []
        return Found(found, []) if found else self._with_named(found)

    def find_all(self) -> Found:
        """The same, by name also where somebody bears the number today."""
        return self._with_named(self._numbered() if self.question.number else [])

    def _with_named(self, found: list[Candidate]) -> Found:
        listed = self._named(self._by_name()) if self.question.name else Page([], "")
        known = {one.registered.id for one in found}
        found += [one for one in self._ranked(listed) if one.registered.id not in known]
        return Found(found, [] if found else self.registers(), listed.next_cursor)

    def registers(self) -> list[str]:
        """The registers to search: the one named, else those of the place, else all that were read.

        Only of the profession asked about: a physiotherapist's number confirms no massage
        therapist. A place's registers include those that can only be asked, in which nobody was
        searched for.
        """
        query, where = self.question.query, self.question.where
        if query.register_id:
            return [self.desk.catalogue.get(query.register_id).id]
        profession = query.profession or PROFESSION
        if where is None:
            return self.conditions.searched(profession)
        return self.conditions.placed(where.code, profession)

    def _by_name(self) -> list[str]:
        """The registers in which the name decides who is meant: all, unless a number was given."""
        searched = self.registers()
        if not self.question.number:
            return searched
        return [one for one in searched if not self.conditions[one].numbers]

    def _numbered(self) -> list[Candidate]:
        number, register_id = self.question.number, self.question.query.register_id
        found = list(self.bearers(number_key(number)))
        met = {one.register_id for one in found}
        others = [
            one
            for one in self.desk.catalogue.with_forms
            if one.id not in met and register_id in (None, one.id)
        ]
        found += by_other_form(self.bearers, number, others)
        people = [self.candidate(one) for one in found if self._within(one.register_id)]
        strays = [one for one in people if _stray(one)]
        if strays and len(self.registers()) > 1:
            return [one for one in people if one not in strays]
        return people

    def _within(self, register_id: str) -> bool:
        """Whether this is one of `registers`, told without going through them all."""
        register, query = self.desk.catalogue.registers.get(register_id), self.question.query
        if register is None or query.register_id:
            return register is not None and register_id == query.register_id
        where = self.question.where
        return (
            register.profession == (query.profession or PROFESSION)
            and (where is None or register.jurisdiction == where.code)
            and not register.lookup_only
        )

    def _named(self, registers: Sequence[str]) -> Page:
        if not registers:
            return Page([], "")
        query = self.question.query
        places = [fold(query.city)] if query.city else []
        statuses = [query.status.value] if query.status else None
        scope = Scope(registers, statuses, [one for one in places if one])
        return page(self.look, self.question.name, scope, self.question.cursor)

    def _ranked(self, listed: Page) -> Iterable[Candidate]:
        people = read.by_ids(self.look, [id_ for id_, _ in listed.people])
        return (self.candidate(people[id_], ranked) for id_, ranked in listed.people)

    def candidate(self, found: Registered, ranked: Rank | None = None) -> Candidate:
        """Somebody found, with every fact the rules look at."""
        asked, record = self.question, found.record
        condition = self.conditions[record.register]
        name = self._name(found, ranked) if asked.name else None
        full = name is not None and name.agreement is Agreement.FULL
        return Candidate(
            registered=found,
            condition=condition,
            number=self._number(found),
            name=name,
            place=self.desk.place_agrees(asked.place, record) if asked.place else None,
            namesakes=self._namesakes(record.register) if full and not condition.numbers else 0,
        )

    def _number(self, found: Registered) -> NumberFact:
        number, record = self.question.number, found.record
        if not number:
            return NumberFact.NOT_GIVEN
        register = self.desk.catalogue.get(record.register)
        if number_key(record.number) == number_key(number):
            return NumberFact.EQUAL
        if number_key(record.number) in number_keys(register, number):
            return NumberFact.FORM
        return NumberFact.NOT_PUBLISHED

    def _name(self, found: Registered, ranked: Rank | None) -> NameMatch:
        match = compare_name(self.question.name, found.record)
        if match.agreement is not Agreement.NONE:
            return match
        near = ranked or rank(query_words(self.question.name), folded(found.record))
        unfinished = "family_name_beginning" in near.codes  # of a name beside a number: another
        if ranked is None and (near.weight < CLOSE or unfinished):
            return match
        return NameMatch(Agreement.SIMILAR, near.codes)

    def _namesakes(self, register_id: str) -> int:
        """How many people of a register, past and present, the name could mean, by our rule."""
        wanted = possible_names(self.question.name)
        people = read.bearers(self.look, register_id, wanted) if wanted else []
        if wanted is None or len(people) >= read.MOST_RELATIVES:
            return read.MOST_RELATIVES  # too many to count: never one
        return sum(could_mean(self.question.name, one.record) for one in people)


def _stray(one: Candidate) -> bool:
    """Whether another form of a number led to somebody of another name.

    Where several registers are searched that is nobody's mismatch: `9901` is no number of
    Connecticut's unless somebody says so.
    """
    stranger = one.name is not None and one.name.agreement is Agreement.NONE
    return one.number is NumberFact.FORM and stranger
