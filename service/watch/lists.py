"""A roster becomes a watch list, and a newer one changes it: shown first, applied as shown."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from data import watches
from data.audits import Kept
from data.lookup import readings
from data.names import clean
from data.watches import MOST_PEOPLE, Head, Person, WatchRefused
from service.answer import PROFESSION
from service.audit.run import rows
from service.desk import Desk
from service.roster.shape import Roster
from service.watch.settling import settled

_TURNS = 5  # how often a register may go live while we look, before we give up


@dataclass(frozen=True, slots=True)
class Request:
    """What a list is to be called, whose it is, who asks, the usual profession, and the file that
    names its people."""

    name: str
    who: str
    profession: str
    workspace_id: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Diff:
    """What a newer roster would change. `token` stands for exactly this change of this list."""

    added: tuple[Person, ...]
    kept: tuple[Person, ...]
    removed: tuple[Person, ...]
    twice: int  # rows that name somebody an earlier row names
    token: str


def wanted(desk: Desk, roster: Roster, profession: str) -> tuple[list[Kept], int]:
    """Everybody a roster names, each once, and how many of its rows said it again."""
    found = each_once(rows(desk, roster, profession))
    return found, len(roster.lines) - len(found)


def each_once(some: Iterable[Kept]) -> list[Kept]:
    """Everybody whom rows name, as the last of them does."""
    return list({watches.person_key(one.asked): one for one in some}.values())


def add(desk: Desk, roster: Roster, request: Request, now: datetime) -> Head:
    """Keep a roster as a list, everybody settled; raises WatchRefused."""
    people, _ = wanted(desk, roster, usual(request.profession))
    return make(desk, people, replace(request, source=roster.source.name), now)


def usual(said: str) -> str:
    """The profession of whoever's row names none, as it is kept."""
    return clean(said, 60) or PROFESSION


def make(desk: Desk, people: Sequence[Kept], request: Request, now: datetime) -> Head:
    """Keep these people as a list, everybody settled; raises WatchRefused."""
    head = Head(
        id=0,
        workspace_id=request.workspace_id,
        ref="",
        name=clean(request.name, 80),
        profession=usual(request.profession),
        source=request.source,
        revision=1,
        created_at=now,
        created_by=request.who[:200],
        updated_at=now,
        told_on=None,
    )
    for found, seen in _looked(desk, people, now):
        with desk.store.begin() as db:
            if watches.at_rest(db, seen):
                made = watches.create(db, head)
                watches.add(db, made.id, found, now)
                return made
    raise WatchRefused("busy", BUSY)


BUSY = "Registers are being published one after the other. Nothing was changed. Try again soon."


def _looked(
    desk: Desk, people: Sequence[Kept], now: datetime
) -> Iterator[tuple[list[Person], Mapping[str, int]]]:
    """Everybody settled within one view of the store, and the runs seen; anew when asked again."""
    for _ in range(_TURNS):
        with desk.store.look() as look:
            seen = {id_: one.run_id for id_, one in readings(look).items()}
            found = [
                Person(
                    watches.person_key(one.asked), one.asked["name"], one.asked, one.marks, known
                )
                for one, known in settled(desk, look, people, now)
            ]
        yield found, seen


def diff(desk: Desk, head: Head, roster: Roster) -> Diff:
    """What this roster would change."""
    named, twice = wanted(desk, roster, head.profession)
    theirs = {watches.person_key(one.asked): one for one in named}
    with desk.store.read() as db:
        known = {one.person_key: one for one in watches.people(db, head.id)}
    kept = [_typed(one, theirs[key]) for key, one in known.items() if key in theirs]
    added = [_new(key, one) for key, one in theirs.items() if key not in known]
    removed = [one for key, one in known.items() if key not in theirs]
    if len(added) + len(kept) > MOST_PEOPLE:
        raise WatchRefused(
            "most_people", f"A list holds {MOST_PEOPLE:,} people at most. Make several."
        )
    return Diff(tuple(added), tuple(kept), tuple(removed), twice, _token(head, added, removed))


def _typed(one: Person, row: Kept) -> Person:
    return replace(one, name=row.asked["name"], asked=row.asked, marks=row.marks)


_NOBODY = watches.Settled(datetime.min.replace(tzinfo=UTC), "")


def _new(key: str, row: Kept) -> Person:
    return Person(key, row.asked["name"], row.asked, row.marks, _NOBODY)


def _token(head: Head, added: Sequence[Person], removed: Sequence[Person]) -> str:
    told = hashlib.sha256(f"{head.ref} {head.revision}".encode())
    for sign, some in (("+", added), ("-", removed)):
        told.update("".join(sorted(sign + one.person_key for one in some)).encode())
    return told.hexdigest()[:16]


def apply(desk: Desk, head: Head, roster: Roster, token: str, now: datetime) -> Diff:
    """Change the list as a diff showed it; raises WatchRefused where it is another by now."""
    change = diff(desk, head, roster)
    if token != change.token:
        raise WatchRefused(
            "changed",
            "The list or the file has changed since this was shown. Nothing was changed. "
            "Look at the difference again and apply that one.",
        )
    new = [Kept(row, row, (), dict(one.asked), one.marks) for row, one in enumerate(change.added)]
    for found, seen in _looked(desk, new, now):
        with desk.store.begin() as db:
            if not watches.at_rest(db, seen):
                continue
            if not watches.note_revision(db, head, roster.source.name, now):
                raise WatchRefused(
                    "raced", "Somebody else has just changed the list. Look at it again."
                )
            watches.remove_people(db, head.id, (one.person_key for one in change.removed))
            watches.retype(db, head.id, change.kept)
            watches.add(db, head.id, found, now)
            return change
    raise WatchRefused("busy", BUSY)
