"""The verdict on each row of a roster: what `verify` says, asked for many rows at once.

The rules are not here. A row becomes the same question as `verify` asks (service/verify.py), is
settled by the same functions, and only the look-ups by number are made for hundreds together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from config.register import Catalogue, Register, RegisterError
from config.vocabulary import Verdict
from data import lookup as read
from data.audits import Kept, Result
from data.folded import read as folded_from
from data.forms import Bearers, number_keys
from data.lookup import Registered
from data.names import fold, number_key
from data.past import readings_at
from data.reader import Reader
from data.search import Scope, Search
from service.answer import Query, mask, shown_key
from service.asof import end_of, settle_on
from service.audit import words
from service.candidates import Finder, Question
from service.desk import Conditions, Desk
from service.ranking import rank
from service.roster.people import BLOCKING
from service.search import query_words
from service.suggest import misreadable, near_keys
from service.verdict import BEARS, Candidate, Judgement
from service.verify import QuestionError, question, settle, unregulated

Scoped = tuple[str, ...] | None  # registers; None: all that were read
_MISSED = (Verdict.NOT_FOUND, Verdict.MISMATCH)


class Numbers:
    """Who bears which number, within one view of the store, asked for many at a time."""

    def __init__(self, look: Reader) -> None:
        """Nothing was asked yet."""
        self._look = look
        self._known: dict[Scoped, dict[str, list[Registered]]] = {}

    def ask(self, keys: Iterable[tuple[Scoped, str]]) -> None:
        """Look these up together, each in its registers, and forget those before."""
        wanted: dict[Scoped, list[str]] = {}
        for scope, key in keys:
            wanted.setdefault(scope, []).append(key)
        self._known = {
            scope: read.by_numbers(self._look, some, scope) for scope, some in wanted.items()
        }

    def within(self, scope: Scoped) -> Bearers:
        """As `read.by_number` in these registers, at once for what was asked before."""
        known = self._known.get(scope, {})

        def bearers(key: str) -> list[Registered]:
            found = known.get(key)
            if found is None and key:
                found = read.by_numbers(self._look, [key], scope)[key]
            return found or []

        return bearers


@dataclass(frozen=True, slots=True)
class Settled:
    """A row with its verdict, and the judgement it came of where a question was asked."""

    kept: Kept
    result: Result
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A row on its way: its question and the registers it is about (None: all), or a refusal."""

    kept: Kept
    refused: str
    finder: Finder | None = None
    scope: Scoped = None

    def keys(self, desk: Desk) -> Iterator[tuple[Scoped, str]]:
        """Where its number may stand, in whatever form."""
        if self.finder and (number := self.finder.question.number):
            yield self.scope, number_key(number)
            for register in desk.catalogue.with_forms:
                if self.scope is None or register.id in self.scope:
                    for key in number_keys(register, number)[1:]:
                        yield self.scope, key

    def near(self) -> Iterator[tuple[Scoped, str]]:
        """The numbers that its own may have been misread for."""
        plain = misreadable(self.finder.question.number) if self.finder else ""
        if plain:
            yield from ((self.scope, key) for keys in near_keys(plain).values() for key in keys)


class Judge:
    """Settles rows within one view of the store, as of now or of an earlier day."""

    def __init__(self, desk: Desk, look: Reader, now: datetime, day: date | None = None) -> None:
        """Raises QuestionError for a day to come."""
        self.desk, self.look, self.now, self.day = desk, look, now, day
        self.then = end_of(day, now) if day else now
        readings = readings_at(look, self.then) if day else read.readings(look)
        self.conditions = Conditions(desk, readings, self.then)
        self.numbers = Numbers(look)

    def quick(self, rows: Sequence[Kept]) -> list[Settled]:
        """The verdicts on those rows whose number leads to somebody, or that cannot be asked."""
        asked = [self._asked(kept) for kept in rows]
        self.numbers.ask(pair for one in asked for pair in one.keys(self.desk))
        return [self._settle(one) for one in asked if not one.finder or self._anybody(one)]

    def searched(self, rows: Sequence[Kept]) -> list[Settled]:
        """The verdicts on rows whose number leads to nobody, or that have none."""
        asked = [self._asked(kept) for kept in rows]
        keys = (pair for one in asked for pair in one.keys(self.desk))
        near = (pair for one in asked for pair in one.near())
        self.numbers.ask([*keys, *near])
        return [self._settle(one) for one in asked]

    def _anybody(self, one: "_Asked") -> bool:
        bearers = self.numbers.within(one.scope)
        return any(bearers(key) for _, key in one.keys(self.desk))

    def _asked(self, kept: Kept) -> "_Asked":
        """The row with its question, or why it cannot be asked."""
        question = self._question(kept)
        if isinstance(question, str):
            return _Asked(kept, question)
        finder = Finder(self.desk, self.look, self.conditions, question)
        everywhere = question.where is None and not question.query.register_id
        return _Asked(kept, "", finder, None if everywhere else tuple(finder.registers()))

    def _question(self, kept: Kept) -> Question | str:
        """The row as `verify` would be asked, or why it cannot be."""
        if mark := _blocked(kept):
            return mark
        try:
            return question(self.desk, query_of(self.desk, kept))
        except (QuestionError, RegisterError) as error:
            return str(error)

    def _settle(self, one: "_Asked") -> Settled:
        kept, finder = one.kept, one.finder
        if finder is None:
            return Settled(kept, self._refused(kept, one.refused))
        asked = finder.question
        if not self.day and unregulated(asked):
            reasons = ("not_regulated",)
            return Settled(kept, Result(kept.row, self.now, Verdict.NOT_REGULATED, "", reasons))
        finder.bearers = self.numbers.within(one.scope)
        hints: list[str] = []
        if self.day:
            judgement, _ = settle_on(finder, self.day, self.then)
            judgement = replace(judgement, valid_until=None)
        else:
            judgement, _, hints = settle(finder, self.then)
            if not hints and judgement.verdict in _MISSED:
                hints = self._listed_elsewhere(finder)
        result = self._result(kept, judgement)
        return Settled(kept, replace(result, suggestion=" ".join(hints)), judgement)

    def _refused(self, kept: Kept, why: str) -> Result:
        """Nothing was asked, so nothing is confirmed: the row says why."""
        code = why if why in BLOCKING else "question_refused"
        words = "" if why in BLOCKING else why[:400]
        verdict = Verdict.CANNOT_CONFIRM
        return Result(kept.row, self.now, verdict, reasons=(code,), refused=words)

    def _listed_elsewhere(self, finder: Finder) -> list[str]:
        """Whether the name is listed under another number, told without the number."""
        scope, wanted = Scope(finder.registers()), query_words(finder.question.name)
        exact = Search(self.look, wanted, scope).exact() if scope.registers else {}
        same = [id_ for id_, names in exact.items() if rank(wanted, folded_from(names)).same]
        if not same:
            return []
        first = read.by_ids(self.look, same[:1])[same[0]].record
        city = next((place.city for place in first.places if place.city), "")
        return [words.listed(len(same), self.desk.catalogue.get(first.register).name, city)]

    def _result(self, kept: Kept, judgement: Judgement) -> Result:
        """The verdict with what the one person it is about is listed as."""
        result = Result(
            kept.row,
            self.now,
            judgement.verdict,
            judgement.assurance or "",
            judgement.reasons,
            valid_until=judgement.valid_until,
        )
        if len(judgement.about) != 1:
            return result
        [one] = judgement.about
        return replace(result, **self._listed(one, judgement))

    def _listed(self, one: Candidate, judgement: Judgement) -> dict[str, Any]:
        found, record = one.registered, one.registered.record
        shown = one.number in BEARS or self.desk.settings.public_numbers == "shown"
        said = {
            "register_id": record.register,
            "key": shown_key(found, shown),
            "number": record.number if shown else mask(record.number),
            "listed_as": record.name.full[:400],
            "last_checked": found.last_checked,
            "evidence_id": found.evidence_id or "",
        }
        if judgement.assurance:  # else it is somebody else's standing
            word = " / ".join(part for part in (record.category, record.word) if part)
            notices = [*record.restrictions, *record.notices]
            said |= {
                "status": found.status.value,
                "register_word": word[:400],
                "alerts": "\n".join(" ".join(notice.text.split()) for notice in notices),
            }
        return said


def _blocked(kept: Kept) -> str:
    """The first doubt that keeps a row from being asked."""
    return next((mark for mark in kept.marks if mark in BLOCKING), "")


def query_of(desk: Desk, kept: Kept) -> Query:
    """What `verify` would be asked about a row."""
    said = kept.asked
    register = register_named(desk, said["register"], said["profession"])
    return Query(
        number=said["number"] or None,
        name=said["name"],
        place=said["place"] or None,
        register_id=register.id if register else None,
        profession=said["profession"],
    )


def register_named(desk: Desk, text: str, profession: str) -> Register | None:
    """The one register of a profession that a cell names: its id, its name, or its initials."""
    found = _registers_by_name(desk.catalogue, profession).get(fold(text), [])
    return found[0] if len(found) == 1 else None


@lru_cache(64)
def _registers_by_name(catalogue: Catalogue, profession: str) -> dict[str, list[Register]]:
    named: dict[str, list[Register]] = {}
    for one in catalogue:
        if one.profession == profession:
            names = {fold(one.id), fold(one.name), fold(one.regulator), one.id.split("_")[-1]}
            for name in names - {""}:
                named.setdefault(name, []).append(one)
    return named
