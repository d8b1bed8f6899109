"""Which registration somebody on a list is, by the rules of `verify`, and what changes in that.

Somebody found by number and name, or by name and place where no numbers are printed, is settled:
from then on the nights' own changes tell of them. Whoever is not, or rests on having no namesake,
is looked for again after every run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from config.vocabulary import Assurance, Verdict
from data import watches
from data.audits import Kept
from data.lookup import readings
from data.reader import Reader
from data.staging import registration
from data.watch_alerts import Alert, Severity, keep
from data.watches import Head, Person, Settled, person_table
from service.audit.judge import Judge
from service.audit.judge import Settled as Judged
from service.desk import Desk

_SURE = (Assurance.NUMBER_AND_NAME, Assurance.NAME_AND_PLACE)
# What may be said of somebody who is not settled; anything else tells of registers, not of them.
_UNSETTLED = (Verdict.NOT_FOUND, Verdict.MISMATCH, Verdict.AMBIGUOUS)
_PORTION = 500


def settled(
    desk: Desk, look: Reader, rows: Sequence[Kept], now: datetime
) -> Iterator[tuple[Kept, Settled]]:
    """Each row with whom it was found to be."""
    judge = Judge(desk, look, now)
    for start in range(0, len(rows), _PORTION):
        portion = rows[start : start + _PORTION]
        done = judge.quick(portion)
        known = {one.kept.row for one in done}
        for one in [*done, *judge.searched([kept for kept in portion if kept.row not in known])]:
            yield one.kept, _whom(one, now)


def _whom(one: Judged, now: datetime) -> Settled:
    said = Settled(now, one.result.verdict, one.result.reasons)
    if one.judgement is None or one.judgement.assurance not in _SURE:
        return said
    [found] = one.judgement.about
    return replace(
        said,
        registration_id=found.registered.id,
        register_id=found.registered.record.register,
        register_key=found.registered.record.key,
        assurance=one.judgement.assurance.value,
    )


def unsure() -> sa.ColumnElement[bool]:
    """Whoever may be found to be somebody else, or somebody at all, after a run."""
    columns = person_table.c
    gone = sa.select(registration.c.id).where(registration.c.absent >= 2)
    return sa.or_(
        columns.registration_id.is_(None),
        columns.assurance == Assurance.NAME_AND_PLACE.value,
        columns.registration_id.in_(gone.where(registration.c.id == columns.registration_id)),
    )


def look_again(desk: Desk, head: Head, run_id: int, now: datetime) -> bool:
    """Look again for whoever of a list is not sure, and raise what that shows; False when a run
    went live meanwhile, so that nothing was written and it must be done again."""
    with desk.store.read() as db:
        people = list(watches.people(db, head.id, unsure()))
    if not people:
        return True
    with desk.store.look() as look:
        seen = {id_: one.run_id for id_, one in readings(look).items()}
        rows = [watches.kept(place, one) for place, one in enumerate(people)]
        found = [(people[row.row], one) for row, one in settled(desk, look, rows, now)]
    moved = [(one, new) for one, new in found if _news(one.settled, new)]
    with desk.store.begin() as db:
        if not watches.at_rest(db, seen):
            return False
        if still := _still(db, head, moved):
            watches.settle(db, {one.id: new for one, new in still})
            keep(db, _told(head, still, run_id), now)
    return True


def _still(
    db: sa.Connection, head: Head, moved: Iterable[tuple[Person, Settled]]
) -> list[tuple[Person, Settled]]:
    """Those who are on the list still, as they were when they were looked for."""
    now = {one.id: one.settled for one in watches.people(db, head.id, unsure())}
    return [(one, new) for one, new in moved if now.get(one.id) == one.settled]


def _news(old: Settled, new: Settled) -> bool:
    """Whether this is another finding about the person than the one before."""
    if new.registration_id is not None:
        return new.registration_id != old.registration_id
    if old.registration_id is not None:  # the rest, such as a delisting, the run itself has told
        return old.assurance == Assurance.NAME_AND_PLACE and new.verdict == Verdict.AMBIGUOUS
    return new.verdict in _UNSETTLED and new.verdict != old.verdict


def _told(head: Head, moved: Iterable[tuple[Person, Settled]], run_id: int) -> Iterator[Alert]:
    for one, new in moved:
        old, nobody = one.settled, new.registration_id is None
        if nobody and old.registration_id is None and old.verdict not in _UNSETTLED:
            continue  # the first time that anything can be said of them
        kind = "unclear" if nobody else "found"
        yield Alert(
            head.id,
            head.workspace_id,
            f"{one.id}:{kind}:run {run_id}",
            kind,
            _weight(new),
            one.id,
            one.name,
            new.registration_id,
            new.register_id,
            run_id,
            old.verdict,
            new.verdict,
        )


def _weight(new: Settled) -> Severity:
    if new.registration_id is None:
        return Severity.MEDIUM
    return Severity.LOW if new.verdict == Verdict.CONFIRMED else Severity.HIGH
