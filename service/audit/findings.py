"""What shows only over the whole roster, or beside other registers: who is twice, whose numbers are
swapped, who is listed elsewhere, who has left. Findings explain verdicts and never change them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from config.vocabulary import Status, Verdict
from data import lookup as read
from data.audits import Finding, Kept, Result, Row
from data.lookup import Registered
from data.names import fold, name_key, number_key, tokens
from service import words as common
from service.audit.judge import Judge
from service.audit.words import FINDING, LAST_SEEN, rows_text
from service.language import kept
from service.matching import Agreement, compare_name, compare_place
from service.roster.people import BLOCKING

_FOUND = (Verdict.CONFIRMED, Verdict.CONFIRMED_WITH_CONDITIONS, Verdict.NOT_AUTHORISED)
_LEFT = (Status.RESIGNED, Status.DECEASED)
_FEW = 200  # rows compared for one family name
_PORTION = 1000


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with its verdict and the keys it is compared with others by."""

    kept: Kept
    result: Result
    number: str
    name: str
    where: str  # the place whose register it is about; "" where nobody knows

    @property
    def row(self) -> int:
        """Its place in the roster."""
        return self.kept.row


def findings(judge: Judge, rows: Iterable[Row]) -> Iterator[Finding]:
    """Everything that is found of a roster whose rows have all been judged."""
    judged = [_judged(judge, one.kept, one.result) for one in rows if one.result]
    yield from _duplicates(judged)
    yield from _shared(judged)
    yield from _left(judge, judged)
    yield from _clinics(judge, judged)
    open_ = [one for one in judged if one.number and one.result.verdict not in _FOUND]
    strangers = list[tuple[Judged, list[Registered]]]()
    for start in range(0, len(open_), _PORTION):
        some = open_[start : start + _PORTION]
        bearers = read.by_numbers(judge.look, (one.number for one in some))
        gone = read.formerly_by_numbers(judge.look, (one.number for one in some))
        for one in some:
            yield from _elsewhere(judge, one, bearers[one.number])
            yield from _gone(judge, one, gone[one.number])
        strangers += [(one, _strangers(one, bearers[one.number])) for one in some]
    yield from _swapped(strangers, judged)


def _judged(judge: Judge, kept: Kept, result: Result) -> Judged:
    said, lost = kept.asked, not BLOCKING.isdisjoint(kept.marks)
    number = "" if lost else number_key(said["number"])
    register = judge.desk.catalogue.registers.get(result.register_id)
    place = judge.desk.coverage.named(said["place"]) if said["place"] else None
    where = register.jurisdiction if register else place.code if place else ""
    return Judged(kept, result, number, name_key(said["name"]), where)


def _found(code: str, one: Judged, **said: str) -> Finding:
    return Finding(one.row, code, FINDING[code].format(**said)[:1000])


def _duplicates(judged: Sequence[Judged]) -> Iterator[Finding]:
    """The same registration, or number and name, or (without a number) name and place, twice."""
    same = defaultdict[tuple[str, ...], list[Judged]](list)
    for one in judged:
        if one.name:
            place = "" if one.number else fold(one.kept.asked["place"])
            key = one.result.key if one.result.verdict in _FOUND else ""
            register = one.result.register_id
            same[("key", register, key) if key else ("row", one.number, one.name, place)] += [one]
    for group in same.values():
        if len(group) > 1:
            few = [one.row for one in group[:6]]
            for one in group:
                rest = [row for row in few if row != one.row]
                yield _found("duplicate", one, rows=rows_text(rest, len(group) - 1))


def _shared(judged: Sequence[Judged]) -> Iterator[Finding]:
    """One number of one place beside different names; each place numbers for itself."""
    by_number = defaultdict[tuple[str, str], dict[str, list[int]]](dict)
    for one in judged:
        if one.number and one.name:
            by_number[one.where, one.number].setdefault(one.name, []).append(one.row)
    for one in judged:
        names = by_number.get((one.where, one.number), {})
        if one.name and len(names) > 1:
            others = (rows for name, rows in islice(names.items(), 7) if name != one.name)
            few = [row for rows in others for row in rows[:5]]
            count = sum(map(len, names.values())) if len(names) < 7 else len(names)
            mine = len(names[one.name]) if len(names) < 7 else 1
            yield _found("number_shared", one, rows=rows_text(few, count - mine))


def _left(judge: Judge, judged: Sequence[Judged]) -> Iterator[Finding]:
    """Whoever the register says has left practice."""
    for one in judged:
        if one.result.verdict == Verdict.NOT_AUTHORISED and one.result.status in _LEFT:
            register = judge.desk.catalogue.get(one.result.register_id)
            status = common.STATUS[Status(one.result.status)]
            yield _found("resigned", one, register=register.name, status=status)


def _clinics(judge: Judge, judged: Sequence[Judged]) -> Iterator[Finding]:
    """Whoever the register lists at other clinics than the roster does."""
    some = defaultdict[str, list[Judged]](list)
    for one in judged:
        if one.kept.asked["clinic"] and one.number and one.result.verdict in _FOUND:
            some[one.result.register_id].append(one)
    for register_id, rows in some.items():
        for start in range(0, len(rows), _PORTION):
            portion = rows[start : start + _PORTION]
            numbers = (one.number for one in portion)
            bearers = read.by_numbers(judge.look, numbers, [register_id])
            for one in portion:
                mine = (f for f in bearers[one.number] if f.record.key == one.result.key)
                if any(f.record.places and not _works_at(judge, one, f) for f in mine):
                    yield _found("clinic_differs", one)


def _works_at(judge: Judge, one: Judged, found: Registered) -> bool:
    clinic = one.kept.asked["clinic"].replace(",", " ")
    jurisdiction = judge.desk.catalogue.get(found.register_id).jurisdiction
    agrees = compare_place(clinic, found.record.places, judge.desk.coverage, jurisdiction)
    return agrees is not False


def _elsewhere(judge: Judge, one: Judged, bearers: Iterable[Registered]) -> Iterator[Finding]:
    """Whether number and name are listed where the row did not look."""
    said, catalogue = one.kept.asked, judge.desk.catalogue
    where = judge.desk.coverage.named(said["place"]) if said["place"] else None
    for found in bearers:
        register = catalogue.registers.get(found.register_id)
        if register is None or not _same_person(one, found):
            continue
        if register.profession != said["profession"]:
            words = {"profession": register.profession, "asked": said["profession"]}
            yield _found("wrong_profession", one, register=register.name, **words)
        elif where and register.jurisdiction != where.code:
            place = judge.desk.coverage.places.get(register.jurisdiction)
            words = {"place": place.name if place else register.jurisdiction, "asked": where.name}
            yield _found("wrong_province", one, register=register.name, **words)
        elif said["register"] and one.result.verdict == Verdict.NOT_FOUND:
            yield _found("wrong_register", one, register=register.name)


def _strangers(one: Judged, bearers: Iterable[Registered]) -> list[Registered]:
    """Who bears the number of a row and is not whom it names."""
    return [found for found in bearers if not _same_person(one, found)]


def _same_person(one: Judged, found: Registered) -> bool:
    return compare_name(one.kept.asked["name"], found.record).agreement >= Agreement.FAMILY


def _gone(judge: Judge, one: Judged, bearers: Iterable[Registered]) -> Iterator[Finding]:
    """Whoever bore number and name until the register took them down; nothing else is told."""
    for found in bearers:
        register = judge.desk.catalogue.registers.get(found.register_id)
        mine = register is not None and register.profession == one.kept.asked["profession"]
        if register and mine and _same_person(one, found):
            at = found.last_checked
            since = f" {kept(LAST_SEEN, day=common.day(at))}" if at else ""
            yield _found("left_register", one, register=register.name, since=since)
            return


def _swapped(
    strangers: Sequence[tuple[Judged, list[Registered]]], judged: Sequence[Judged]
) -> Iterator[Finding]:
    """Whose number stands in which other row of the roster; told as a swap where it is mutual."""
    owners = _Names(judged)
    owner = {one.row: owners.of(bearers, one.row) for one, bearers in strangers}
    for one, _ in strangers:
        other = owner[one.row]
        if other is not None:
            mutual = owner.get(other) == one.row
            code = "number_swapped" if mutual else "number_of_other_row"
            yield _found(code, one, rows=str(other))


class _Names:
    """The rows of a roster by the words of their names."""

    def __init__(self, judged: Sequence[Judged]) -> None:
        self.rows = {one.row: one for one in judged}
        self._by_word = defaultdict[str, list[int]](list)
        for one in judged:
            for word in one.name.split():
                self._by_word[word].append(one.row)

    def of(self, bearers: Iterable[Registered], besides: int) -> int | None:
        """The one other row whose full name is that of a bearer; None where several may be."""
        found = {
            row
            for bearer in bearers
            for name in bearer.record.names
            for row in self._with(tokens(name.family))
            if row != besides and self._agrees(row, bearer)
        }
        return found.pop() if len(found) == 1 else None

    def _with(self, family: Sequence[str]) -> list[int]:
        """A few rows with the rarest word of a family name."""
        return min((self._by_word.get(word, []) for word in family), key=len, default=[])[:_FEW]

    def _agrees(self, row: int, bearer: Registered) -> bool:
        name = self.rows[row].kept.asked["name"]
        return compare_name(name, bearer.record).agreement is Agreement.FULL
