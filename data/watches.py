"""Keeps watch lists and the people on them: made, changed, settled on registrations, taken out.

A list changes only while no run is published, and only on what was seen of the registers: a run
that went live in between would have changed people who were not on the list yet (`at_rest`).
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import AUTHORISED
from data.audits import Kept
from data.names import fold, name_key, number_key
from data.promote import state
from data.staging import registration
from data.watch_tables import (
    Watch,
    WatchAction,
    WatchAlert,
    WatchFeed,
    WatchPerson,
    WatchReceiver,
)

watch_table: sa.Table = Watch.__table__  # type: ignore[attr-defined]
person_table: sa.Table = WatchPerson.__table__  # type: ignore[attr-defined]
alert_table: sa.Table = WatchAlert.__table__  # type: ignore[attr-defined]
action_table: sa.Table = WatchAction.__table__  # type: ignore[attr-defined]
receiver_table: sa.Table = WatchReceiver.__table__  # type: ignore[attr-defined]
feed_table: sa.Table = WatchFeed.__table__  # type: ignore[attr-defined]

MOST = 100  # lists of a workspace
MOST_PEOPLE = 50_000
_LOCK = 7_201_934  # one change of lists, or one run's alerts, at a time (PostgreSQL)
_PORTION = 2000


class NoWatch(ValueError):
    """There is no such list, person, alert or receiver; says so."""


class WatchRefused(ValueError):
    """A list cannot be made or changed like this; says why. Nothing was changed."""

    def __init__(self, code: str, said: str) -> None:
        """The code by which pages say it, and the whole sentence in English."""
        super().__init__(said)
        self.code = code


@dataclass(frozen=True, slots=True)
class Head:
    """A watch list without its people."""

    id: int
    workspace_id: int | None
    ref: str
    name: str
    profession: str
    source: str
    revision: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    told_on: date | None


@dataclass(frozen=True, slots=True)
class Settled:
    """Whom a row was found to be, and on what that rests; `registration_id` None: nobody yet."""

    judged_at: datetime
    verdict: str
    reasons: tuple[str, ...] = ()
    registration_id: int | None = None
    register_id: str = ""
    register_key: str = ""
    assurance: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a list. `asked` is whom the row names; `id` is 0 until they are kept."""

    person_key: str
    name: str
    asked: Mapping[str, str]
    marks: tuple[str, ...]
    settled: Settled
    id: int = 0
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A person with what the register says today; the last six are empty where nobody was found."""

    person: Person
    status: str = ""
    expires: date | None = None
    absent: int = 0


def person_key(asked: Mapping[str, str]) -> str:
    """What makes a row the same person as in another file: number, name, and where they are
    looked for; where no number is given the place too."""
    number = number_key(asked["number"])
    where = "" if number else fold(asked["place"])
    parts = (number, name_key(asked["name"]), where, fold(asked["register"]), asked["profession"])
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def take_turn(db: Connection) -> None:
    """Wait until no run is being published and no list changed, and keep others waiting."""
    if db.dialect.name == "sqlite":  # has one writer at a time: be it
        db.execute(watch_table.update().where(sa.false()).values(revision=0))
    else:
        db.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def at_rest(db: Connection, seen: Mapping[str, int]) -> bool:
    """Whether what is live of every register is still the run that was `seen`; takes the turn."""
    take_turn(db)
    return dict(db.execute(sa.select(state.c.id, state.c.run_id)).all()) == dict(seen)


def create(db: Connection, made: Head) -> Head:
    """Keep a new list, as `made` says; raises WatchRefused where the name is taken."""
    if not made.name:
        raise WatchRefused("no_name", "Give the list a name, for example “Front desk”.")
    others = heads(db, made.workspace_id)
    if any(fold(one.name) == fold(made.name) for one in others):
        raise WatchRefused(
            "name_taken",
            f"There is a list called “{made.name}” already. To change its people: "
            "goodstanding watch update NAME FILE",
        )
    if len(others) >= MOST:
        raise WatchRefused("most_lists", f"There are {MOST} lists. Remove one first.")
    values = {name: value for name, value in asdict(made).items() if name not in ("id", "ref")}
    values["ref"] = f"wat_{secrets.token_hex(8)}"
    done = db.execute(watch_table.insert().values(values).returning(watch_table))
    return Head(**done.mappings().one())


def heads(db: Connection, workspace_id: int | None) -> list[Head]:
    """The lists of a workspace (None: the operator's), by name."""
    query = sa.select(watch_table).where(
        watch_table.c.workspace_id.is_not_distinct_from(workspace_id)
    )
    return [Head(**row) for row in db.execute(query.order_by(watch_table.c.name)).mappings()]


def every(db: Connection) -> list[Head]:
    """All lists of everybody, for the round that looks after them."""
    query = sa.select(watch_table).order_by(watch_table.c.id)
    return [Head(**row) for row in db.execute(query).mappings()]


def find(db: Connection, workspace_id: int | None, said: str) -> Head:
    """The list of a workspace by its name or reference; raises NoWatch for any other."""
    for one in heads(db, workspace_id):
        if said == one.ref or fold(said) == fold(one.name):
            return one
    raise NoWatch(f"There is no watch list {said[:80]!r}. `goodstanding watch list` shows them.")


def by_id(db: Connection, watch_id: int) -> Head | None:
    """A list by our number."""
    query = sa.select(watch_table).where(watch_table.c.id == watch_id)
    row = db.execute(query).mappings().first()
    return Head(**row) if row else None


def people(
    db: Connection, watch_id: int, where: sa.ColumnElement[bool] | None = None
) -> Iterator[Person]:
    """Everybody on a list in the order they were added, or those of them that `where` names."""
    query = sa.select(person_table).where(person_table.c.watch_id == watch_id)
    query = query if where is None else query.where(where)
    rows = db.execute(query.order_by(person_table.c.id), execution_options={"yield_per": _PORTION})
    return (_person(row) for row in rows.mappings())


def _person(row: sa.RowMapping) -> Person:
    settled = Settled(
        row["judged_at"],
        row["verdict"],
        _listed(row["reasons"]),
        row["registration_id"],
        row["register_id"],
        row["register_key"],
        row["assurance"],
    )
    return Person(
        row["person_key"],
        row["name"],
        json.loads(row["asked"]),
        _listed(row["marks"]),
        settled,
        row["id"],
        row["withheld"],
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


def kept(row: int, person: Person) -> Kept:
    """A person as the row of a roster that is to be judged."""
    return Kept(row, row, (), dict(person.asked), person.marks)


@dataclass(frozen=True, slots=True)
class Which:
    """Which people of a list: those after the one numbered `after`, of whom `how` holds (as in
    `counts`; "": of all), and how many at most."""

    after: int = 0
    most: int | None = None
    how: str = ""


_TODAY = (registration.c.status, registration.c.expires, registration.c.absent)
_STANDING = sa.select(person_table, *(column.label(f"r_{column.name}") for column in _TODAY))


def standings(db: Connection, watch_id: int, which: Which = Which()) -> list[Standing]:  # noqa: B008 - frozen
    """People of a list with what their register says today, in the order they were added."""
    query = (
        _STANDING.outerjoin(registration, registration.c.id == person_table.c.registration_id)
        .where(person_table.c.watch_id == watch_id, person_table.c.id > which.after)
        .order_by(person_table.c.id)
        .limit(which.most)
    )
    rows = db.execute(query.where(_how() == which.how) if which.how else query).mappings()
    return [_standing(row) for row in rows]


def _standing(row: sa.RowMapping) -> Standing:
    if row["r_status"] is None:
        return Standing(_person(row))
    return Standing(_person(row), row["r_status"].value, row["r_expires"], row["r_absent"])


def add(db: Connection, watch_id: int, some: Sequence[Person], now: datetime) -> None:
    """Put people on a list; whether each is withheld is read from their registration."""
    for start in range(0, len(some), _PORTION):
        rows = [
            {
                "watch_id": watch_id,
                "person_key": one.person_key,
                "name": one.name[:400],
                "asked": json.dumps(dict(one.asked), ensure_ascii=False),
                "marks": ",".join(one.marks),
                "added_at": now,
                "withheld": False,
                **_settled_values(one.settled),
            }
            for one in some[start : start + _PORTION]
        ]
        db.execute(person_table.insert(), rows)
    note_withheld(db, person_table.c.watch_id == watch_id)


def _settled_values(one: Settled) -> dict[str, Any]:
    return {**asdict(one), "reasons": ",".join(one.reasons)}


def in_doubt() -> sa.ColumnElement[bool]:
    """Whether a registration confirms nobody today, for our doubts or a number borne twice."""
    doubted: sa.ColumnElement[bool] = registration.c.doubts != ""
    return sa.or_(doubted, registration.c.shared)


def note_withheld(db: Connection, whose: sa.ColumnElement[bool]) -> None:
    """Remember of these people whether their registration is in doubt now.

    While it is not listed, what was so before stays remembered: it matters again once it returns.
    """
    columns = person_table.c
    theirs = sa.and_(registration.c.id == columns.registration_id, registration.c.absent == 0)
    for now in (True, False):
        so = sa.select(registration.c.id).where(theirs, in_doubt().is_(now))
        todo = person_table.update().where(whose, columns.withheld.is_(not now))
        db.execute(todo.where(so.correlate(person_table).exists()).values(withheld=now))


def remove_people(db: Connection, watch_id: int, keys: Iterable[str]) -> None:
    """Take people off a list; what they were alerted of keeps the name and no more."""
    wanted = list(keys)
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        mine = sa.and_(person_table.c.watch_id == watch_id, person_table.c.person_key.in_(some))
        ids = sa.select(person_table.c.id).where(mine)
        theirs = alert_table.c.person_id.in_(ids)
        db.execute(alert_table.update().where(theirs).values(person_id=None))
        db.execute(person_table.delete().where(mine))


def retype(db: Connection, watch_id: int, some: Iterable[Person]) -> None:
    """The same people, with the clinic, role and spelling of a newer file."""
    rows = [
        {
            "b_key": one.person_key,
            "name": one.name[:400],
            "asked": json.dumps(dict(one.asked), ensure_ascii=False),
            "marks": ",".join(one.marks),
        }
        for one in some
    ]
    mine = sa.and_(
        person_table.c.watch_id == watch_id, person_table.c.person_key == sa.bindparam("b_key")
    )
    if rows:
        db.execute(person_table.update().where(mine), rows)


def settle(db: Connection, found: Mapping[int, Settled]) -> None:
    """Keep whom these people (by number) were found to be."""
    for id_, one in found.items():
        mine = person_table.c.id == id_
        db.execute(person_table.update().where(mine).values(_settled_values(one)))
    ids = list(found)
    for start in range(0, len(ids), 500):
        note_withheld(db, person_table.c.id.in_(ids[start : start + 500]))


def note_revision(db: Connection, head: Head, source: str, now: datetime) -> bool:
    """The list has changed; False where it did already since `head` was read."""
    same = sa.and_(watch_table.c.id == head.id, watch_table.c.revision == head.revision)
    values = {"revision": head.revision + 1, "source": source[:200], "updated_at": now}
    return db.execute(watch_table.update().where(same).values(values)).rowcount == 1


def delete(db: Connection, watch_id: int) -> None:
    """Take out a list with everything in it."""
    mine = sa.select(alert_table.c.id).where(alert_table.c.watch_id == watch_id)
    db.execute(action_table.delete().where(action_table.c.alert_id.in_(mine)))
    for table in (alert_table, receiver_table, feed_table, person_table):
        db.execute(table.delete().where(table.c.watch_id == watch_id))
    db.execute(watch_table.delete().where(watch_table.c.id == watch_id))


def _how() -> sa.ColumnElement[str]:
    """How somebody on a list stands today: a status, `withheld` or `not_found`."""
    return sa.case(
        (registration.c.id.is_(None), "not_found"),
        (registration.c.absent == 1, "missing_once"),
        (registration.c.absent > 1, "delisted"),
        (person_table.c.withheld, "withheld"),
        else_=sa.cast(registration.c.status, sa.String(32)),
    )


def counts(db: Connection, watch_id: int) -> dict[str, int]:
    """How many people of a list stand how today: by status, `withheld`, `not_found`."""
    counted = sa.select(_how().label("how"), sa.func.count()).select_from(person_table)
    query = (
        counted.outerjoin(registration, registration.c.id == person_table.c.registration_id)
        .where(person_table.c.watch_id == watch_id)
        .group_by(sa.text("how"))
    )
    return {str(how): int(many) for how, many in db.execute(query).all()}


def registers(db: Connection, watch_id: int) -> dict[str, int]:
    """The registers that people of a list were found in, with how many."""
    columns = person_table.c
    query = sa.select(columns.register_id, sa.func.count()).group_by(columns.register_id)
    mine = sa.and_(columns.watch_id == watch_id, columns.registration_id.is_not(None))
    return {id_: int(many) for id_, many in db.execute(query.where(mine)).all()}


def authorised(
    db: Connection, watch_id: int, register_id: str, until: date | None = None
) -> list[Standing]:
    """Whoever a register lists as authorised, the soonest printed expiry first: those that expire
    by `until`, or all of them, those without a printed expiry last."""
    query = (
        _STANDING.join(registration, registration.c.id == person_table.c.registration_id)
        .where(
            person_table.c.watch_id == watch_id,
            person_table.c.register_id == register_id,
            registration.c.absent == 0,
            registration.c.status.in_(AUTHORISED),
        )
        .order_by(registration.c.expires.is_(None), registration.c.expires, person_table.c.id)
    )
    if until is not None:
        query = query.where(registration.c.expires <= until)
    return [_standing(row) for row in db.execute(query).mappings()]
