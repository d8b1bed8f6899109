"""May this run go live? Every reason why not, as findings: arithmetic on what was counted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from config.register import Register
from config.vocabulary import Level
from data.records import Part
from data.run import Issue

# Limits of promise T4 and T6; a register file can only widen `repeats`, never these.
OFF = 0.001
DROP = 0.10
FLIPS, FLIPS_MIN = 0.05, 20
CLEARED, CLEARED_MIN = 0.20, 5
WITHHELD = 0.02
SMALL = 2
FUTURE = timedelta(minutes=5)
# A register in which nothing changes for so long is more likely a copy from a cache.
QUIET_NIGHTS, QUIET_MIN = 5, 10_000

# Oddities that are not merely worth knowing.
_HOLDING = frozenset({"cut_file", "refused", "unreadable", "unreachable"})
_ROW_LOST = frozenset({"broken_row", "missing_field", "unreadable_row"})
_QUIET = frozenset({"garbled_text", "resumed", "rows_read"})


@dataclass(slots=True)
class Night:
    """What one run read, beside what is live: everything the gates look at."""

    parts: list[Part] = field(default_factory=list)
    whole: int | None = None  # what the register says it holds
    complete: bool = False  # the sweep came to its end
    bounded: bool = True  # whether the file's records_min and _max speak of this source
    oddities: list[Issue] = field(default_factory=list)
    people: int = 0  # different people listed
    repeated: int = 0
    withheld: list[str] = field(default_factory=list)  # keys with doubts or shared numbers
    unfilled: dict[str, int] = field(default_factory=dict)  # fact → people without it
    flips: int = 0  # people whose status differs from the live one
    renamed: int = 0  # people whose name differs from the live one
    alerted: int = 0  # live people with a condition or notice
    cleared: int = 0  # of those, the ones without any tonight
    alerted_still: int | None = None  # people whose facts were read tonight, with one; None: all
    quiet: int = 0  # accepted readings in a row, tonight's included, in which nothing changed
    examples: dict[str, tuple[str, ...]] = field(default_factory=dict)  # code → keys
    last_people: int | None = None
    source: str = ""
    last_source: str = ""
    as_of: datetime | None = None
    last_as_of: datetime | None = None


def judge(register: Register, night: Night, now: datetime) -> list[Issue]:
    """Every finding on a run; it may go live only if none of them is a hold."""
    gates = (
        _reading,
        _completeness,
        _size,
        _repeats,
        _movement,
        _names,
        _alerts,
        _doubts,
        _source,
        _age,
        _quiet,
    )
    return [finding for gate in gates for finding in gate(register, night, now)]


def holds(findings: Iterable[Issue]) -> bool:
    """Whether any finding keeps the run from going live."""
    return any(finding.level is Level.HOLD for finding in findings)


def _hold(code: str, text: str, count: int = 1, examples: Iterable[str] = ()) -> Issue:
    return Issue(code, Level.HOLD, text, count, tuple(examples))


def _reading(_register: Register, night: Night, _now: datetime) -> Iterator[Issue]:
    """What was odd while reading, weighed."""
    for odd in night.oddities:
        if odd.code in _HOLDING or (odd.code in _ROW_LOST and _share(odd.count, night) > OFF):
            yield _hold(odd.code, odd.text, odd.count, odd.examples)
        else:
            level = Level.INFO if odd.code in _QUIET else Level.WARN
            yield Issue(odd.code, level, odd.text, odd.count, odd.examples)
    if not night.complete and not any(odd.code in _HOLDING for odd in night.oddities):
        yield _hold("incomplete", "The sweep did not come to its end.")


def _share(count: int, night: Night) -> float:
    return count / max(night.people, 1)


def _completeness(_register: Register, night: Night, _now: datetime) -> Iterator[Issue]:
    """As many different people as the register says, list by list and together."""
    if not night.complete:
        return
    for part in night.parts:
        if part.total is not None and _far(len(part.keys), part.total):
            yield _hold(
                "incomplete",
                f"{_called(part)} says it holds {part.total} people; {len(part.keys)} came.",
            )
        if part.repeated_pages:
            words = f"{_called(part)} sent a page of people it had sent already."
            yield _hold("repeated_page", words, part.repeated_pages)
    if night.whole is not None and _far(night.people, night.whole):
        yield _hold(
            "incomplete",
            f"The register says it holds {night.whole} people; its lists name {night.people} "
            "different ones.",
        )
    elsewhere = sum(len(part.keys) for part in night.parts if part.name) - night.people
    if any(part.name for part in night.parts) and elsewhere > max(OFF * night.people, 0):
        words = "People stand in two lists that should exclude each other."
        yield _hold("listed_twice", words, elsewhere)


def _far(count: int, stated: int) -> bool:
    return abs(count - stated) > OFF * stated


def _called(part: Part) -> str:
    return f"The list “{part.name}”" if part.name else "The register"


def _size(register: Register, night: Night, _now: datetime) -> Iterator[Issue]:
    """Not empty, within the file's bounds, and near the last accepted size."""
    if not night.complete:
        return
    if not night.people:
        yield _hold(
            "empty", "Nobody was listed. An empty register is an outage until shown otherwise."
        )
        return
    low, high = register.expect.records_min, register.expect.records_max
    if night.bounded and not low <= night.people <= high:
        words = f"{night.people} people were listed; {register.id}.yml expects {low} to {high}."
        yield _hold("out_of_bounds", words)
    if not night.bounded:
        words = "Read from a stand-in on this machine: the size bounds of the file do not apply."
        yield Issue("stand_in", Level.INFO, words)
    if night.last_people is None:
        return
    moved = night.people - night.last_people
    if abs(moved) > max(DROP * night.last_people, SMALL):
        words = (
            f"{night.people} people were listed, {night.last_people} in the last accepted run: "
            f"a change of more than {DROP:.0%} in one night is not believed."
        )
        yield _hold("shrunk" if moved < 0 else "grown", words, abs(moved))


def _repeats(register: Register, night: Night, _now: datetime) -> Iterator[Issue]:
    """Nobody listed twice, beyond what the register is known for."""
    if not night.repeated:
        return
    words = "Rows that repeat somebody listed already; each person is kept once."
    over = _share(night.repeated, night) > register.expect.repeats
    yield Issue("repeated_row", Level.HOLD if over else Level.WARN, words, night.repeated)


def _movement(register: Register, night: Night, now: datetime) -> Iterator[Issue]:
    """Not more people may change status in one night than the calendar explains."""
    wave = register.in_renewal(register.local_day(now))
    limit = max((wave.flips if wave else FLIPS) * (night.last_people or 0), FLIPS_MIN)
    if night.last_people is not None and night.flips > limit:
        words = (
            f"{night.flips} of {night.last_people} people would change status in one night; "
            f"at most {limit:.0f} are believed{' around a renewal deadline' if wave else ''}."
        )
        yield _hold("status_shift", words, night.flips, night.examples.get("status_shift", ()))


def _names(_register: Register, night: Night, _now: datetime) -> Iterator[Issue]:
    """People do not change names together: columns that were exchanged look just like that."""
    limit = max(FLIPS * (night.last_people or 0), FLIPS_MIN)
    if night.last_people is not None and night.renamed > limit:
        words = (
            f"{night.renamed} of {night.last_people} people would bear another name from one night "
            f"to the next; at most {limit:.0f} are believed."
        )
        yield _hold("names_shift", words, night.renamed, night.examples.get("names_shift", ()))


def _alerts(_register: Register, night: Night, _now: datetime) -> Iterator[Issue]:
    """Conditions and notices do not vanish together: a field that is gone looks just like that."""
    before = night.alerted
    if night.alerted_still is not None:  # a seventh a night must not be lost, until all are
        before = min(before, night.cleared + night.alerted_still)
    if night.cleared > max(CLEARED * before, CLEARED_MIN):
        words = (
            f"{night.cleared} of {before} people read with a condition or notice would lose it in "
            "one night."
        )
        yield _hold("alerts_lost", words, night.cleared, night.examples.get("alerts_lost", ()))


def _quiet(_register: Register, night: Night, _now: datetime) -> Iterator[Issue]:
    """A cache cannot be told from a quiet night by one reading, but by many."""
    if night.quiet >= QUIET_NIGHTS and night.quiet * night.people >= QUIET_MIN:
        words = (
            f"Nothing at all has changed in {night.quiet} readings in a row. Compare one page with "
            "the register's own site: is this a copy from a cache?"
        )
        yield Issue("no_change", Level.WARN, words, night.quiet)


def _doubts(register: Register, night: Night, _now: datetime) -> Iterator[Issue]:
    """People withheld are named; too many of them, or facts missing from many, hold the run."""
    if night.withheld:
        share = _share(len(night.withheld), night)
        words = "People withheld: what the register says of them is unknown or contradicts itself."
        level = Level.HOLD if share > WITHHELD else Level.WITHHOLD
        yield Issue("withheld", level, words, len(night.withheld), tuple(night.withheld))
    for fact, expected in register.expect.filled.items():
        without = night.unfilled.get(fact, 0)
        if night.people and 1 - _share(without, night) < expected:
            words = f"{without} of {night.people} people have no {fact.replace('_', ' ')}."
            yield _hold("unfilled", words, without)


def _source(_register: Register, night: Night, _now: datetime) -> Iterator[Issue]:
    """Live data and tonight's must come from the same place."""
    if night.last_source and night.source != night.last_source:
        words = f"The live data came from {night.last_source}; this run read {night.source}."
        yield _hold("other_source", words)


def _age(_register: Register, night: Night, now: datetime) -> Iterator[Issue]:
    """What was read must have a date, not lie in the future, and not be older than what is live."""
    if night.as_of is None:
        words = "The publisher gives no date for this file: nobody will be confirmed from it."
        yield Issue("no_date", Level.WARN, words)
    elif night.as_of > now + FUTURE:
        yield _hold(
            "future_date", f"The publisher's date {night.as_of:%Y-%m-%d} lies in the future."
        )
    elif night.last_as_of and night.as_of < night.last_as_of:
        words = f"What was read is of {night.as_of:%Y-%m-%d %H:%M} UTC, older than the live data."
        if night.last_as_of > now + FUTURE:
            words += (
                f" That is of {night.last_as_of:%Y-%m-%d %H:%M} UTC, which is still to come: this "
                "machine's clock was wrong then, or is now. If it is right now, approve this run."
            )
        yield _hold("older", words)
