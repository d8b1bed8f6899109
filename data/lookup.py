"""Reads for the service: registrations by number, name or key, and how old each register is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import RunState, Status
from data.folded import NOTHING, Wanted, code, starting
from data.reader import Reader, Rows, marks, moment, moment_there, padded
from data.records import Record, record_from
from data.run import issue_table, run_table
from data.staging import registration, version
from data.tables import Change

MOST_RELATIVES = 1000
_AT_ONCE = 1024  # numbers asked for in one query
change: sa.Table = Change.__table__  # type: ignore[attr-defined]


class Registered(NamedTuple):
    """One registration as it is live: the register's facts, and what we know of their age."""

    id: int
    ref: str
    told: Record | str  # as facts until somebody asks for the record
    doubts: tuple[str, ...]
    absent: int
    last_checked: datetime | None
    detail_checked: datetime | None
    first_seen: datetime
    last_changed: datetime
    evidence_id: str | None
    said_by: str = ""  # the id of its register, known without reading what it says

    @property
    def register_id(self) -> str:
        """The register that lists it."""
        return self.said_by or self.record.register

    @property
    def record(self) -> Record:
        """What the register says."""
        return _record(self.told) if isinstance(self.told, str) else self.told

    @property
    def status(self) -> Status:
        """The register's status, unless the register no longer lists the person or we doubt it."""
        if self.absent:
            return Status.MISSING_ONCE if self.absent == 1 else Status.DELISTED
        return Status.UNRECOGNISED if self.doubts else self.record.status


_record = lru_cache(2048)(record_from)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is live of one register, and how its latest judged run ended."""

    as_of: datetime | None
    accepted_at: datetime
    people: int
    source: str
    url: str
    numbers: bool
    run_id: int
    last_state: RunState
    last_run_id: int
    rotation: Mapping[int, datetime] = field(default_factory=dict)  # seventh → details read


_ONE = (
    "SELECT r.id, r.ref, r.register_id, r.key, r.doubts, r.shared, r.absent, r.last_listed, "
    "r.bucket, r.detail_at, r.first_seen, r.last_changed, v.facts, v.evidence_id "
    "FROM registration r JOIN version v ON v.registration_id = r.id AND v.seen_until IS NULL "
)
_BY_NUMBER = f"{_ONE} WHERE r.number_key = ? AND r.absent < 2 LIMIT {MOST_RELATIVES}"
_THERE = f"{_ONE} WHERE r.number_key = ? AND r.register_id = ? AND r.absent < 2"
_BY_NUMBERS = (
    _ONE.replace("SELECT", "SELECT r.number_key,", 1) + "WHERE r.number_key IN ({}) AND {} "
    "ORDER BY r.number_key, r.register_id, r.id"
)
_BY_KEY = f"{_ONE} WHERE r.register_id = ? AND r.key = ? AND r.absent < 2"
_BY_REF = f"{_ONE} WHERE r.ref = ? AND r.register_id = ? AND r.absent < 2"
_BY_ID = _ONE + " WHERE r.id IN ({})"
_BEARERS = """
SELECT p.registration_id FROM name_pair p
JOIN registration r ON r.id = p.registration_id AND r.register_id = ?
WHERE p.family IN ({}) AND (p.given IN ({}){})
UNION
SELECT p.registration_id FROM name_pair p
JOIN registration r ON r.id = p.registration_id AND r.register_id = ?
WHERE p.family = 0 AND p.given = 0
LIMIT 1000
"""
_PAGE = f"{_ONE} WHERE r.register_id = ? AND r.key > ? ORDER BY r.key LIMIT 1000"
_READINGS = """
SELECT s.id, s.as_of, s.accepted_at, s.people, s.source, s.url, s.numbers, s.run_id, r.state, r.id
FROM register s JOIN run r ON r.id = (
  SELECT max(id) FROM run
  WHERE register_id = s.id AND state IN ('accepted', 'held', 'rejected'))
"""
_ROTATION = "SELECT register_id, bucket, checked_at FROM rotation"


def by_number(look: Reader, number_key: str, register_id: str | None = None) -> list[Registered]:
    """Everybody who bears a number, in one register or in all; nobody bears the empty one."""
    if not number_key:
        return []
    if register_id:
        return registered(look, look.rows(_THERE, number_key, register_id))
    return registered(look, look.rows(_BY_NUMBER, number_key))


def by_numbers(
    look: Reader, keys: Iterable[str], registers: Sequence[str] | None = None
) -> dict[str, list[Registered]]:
    """Everybody who bears one of these numbers (in one of these registers), as `by_number` has
    them, for many at once."""
    return _by_numbers(look, keys, registers, "r.absent < 2")


def formerly_by_numbers(look: Reader, keys: Iterable[str]) -> dict[str, list[Registered]]:
    """Whoever bore one of these numbers until two readings no longer listed them."""
    return _by_numbers(look, keys, None, "r.absent >= 2")


def _by_numbers(
    look: Reader, keys: Iterable[str], registers: Sequence[str] | None, listed: str
) -> dict[str, list[Registered]]:
    wanted, known = [key for key in dict.fromkeys(keys) if key], readings(look)
    found: dict[str, list[Registered]] = {key: [] for key in wanted}
    there = padded(list(registers)) if registers else []
    clause = f"{listed} AND r.register_id IN ({marks(len(there))})" if there else listed
    if registers is not None and not there:
        return found
    for start in range(0, len(wanted), _AT_ONCE):
        some = padded(wanted[start : start + _AT_ONCE])
        query = _BY_NUMBERS.format(marks(len(some)), clause)
        for row in look.rows(query, *some, *there):
            bearers = found[row[0]]
            if row[3] in known and len(bearers) < MOST_RELATIVES:
                bearers.append(_registered(row[1:], known))
    return found


def by_key(look: Reader, register_id: str, key: str) -> Registered | None:
    """One registration by the register's own id or by our link name."""
    rows = look.rows(_BY_KEY, register_id, key) or look.rows(_BY_REF, key, register_id)
    return next(iter(registered(look, rows)), None)


def by_ids(look: Reader, ids: Sequence[int]) -> dict[int, Registered]:
    """These registrations, the delisted ones included, by our own id."""
    if not ids:
        return {}
    some = padded(ids)
    rows = look.rows(_BY_ID.format(marks(len(some))), *some)
    return {one.id: one for one in registered(look, rows)}


def bearers(look: Reader, register_id: str, wanted: Wanted) -> list[Registered]:
    """Everybody of a register whose names may hold these words, the gone ones included.

    Also whoever bears more names than the index keeps, and some whose names do not fit: compare.
    At most MOST_RELATIVES; whoever gets that many must not conclude that there are no more.
    """
    family = padded([*map(code, wanted.families)])
    given = padded([NOTHING, *map(code, wanted.givens)])
    reach = [end for letter in wanted.initials for end in starting(letter)]
    ranges = " OR p.given BETWEEN ? AND ?" * len(wanted.initials)
    query = _BEARERS.format(marks(len(family)), marks(len(given)), ranges)
    rows = look.rows(query, register_id, *family, *given, *reach, register_id)
    return list(by_ids(look, [id_ for (id_,) in rows]).values())


def registered(look: Reader, rows: Rows) -> list[Registered]:
    """Rows of `_ONE` as registrations, with the dates that their register gives them."""
    if not rows:
        return []
    known = readings(look)
    return [_registered(row, known) for row in rows if row[2] in known]


def _registered(row: tuple[Any, ...], known: Mapping[str, Reading]) -> Registered:
    (id_, ref, register_id, _, doubts, shared, absent, last_listed, bucket) = row[:9]
    (detail_at, first_seen, last_changed, facts, evidence_id) = row[9:]
    reading = known[register_id]
    codes = tuple(code for code in doubts.split(",") if code) if doubts else ()
    read_at = moment(detail_at)
    rotated = reading.rotation.get(bucket) if read_at else None
    return Registered(
        id_,
        ref,
        facts,
        (*codes, "shared_number") if shared else codes,
        absent,
        moment(last_listed) if absent else reading.as_of,
        max(read_at, rotated) if read_at and rotated else read_at,
        moment_there(first_seen),
        moment_there(last_changed),
        evidence_id,
        register_id,
    )


def everybody(look: Reader, register_id: str | None) -> Iterator[Registered]:
    """Every registration held, the delisted ones included, a register after the other."""
    for id_ in sorted(readings(look)) if register_id is None else [register_id]:
        last = ""
        while rows := look.rows(_PAGE, id_, last):
            last = rows[-1][3]
            yield from registered(look, rows)


def readings(look: Reader) -> dict[str, Reading]:
    """What is live of every register, by id; registers never accepted are not in it.

    A run that broke on our side says nothing of the register, so only judged runs count.
    """
    return look.remembered("readings", _readings)


def _readings(look: Reader) -> dict[str, Reading]:
    rotation: dict[str, dict[int, datetime]] = {}
    for register_id, bucket, at in look.rows(_ROTATION):
        rotation.setdefault(register_id, {})[bucket] = moment_there(at)
    return {row[0]: _reading(row, rotation.get(row[0], {})) for row in look.rows(_READINGS)}


def _reading(row: tuple[Any, ...], rotation: Mapping[int, datetime]) -> Reading:
    as_of, accepted, people, source, url, numbers, run_id, state, last_run = row[1:]
    return Reading(
        moment(as_of),
        moment_there(accepted),
        people,
        source,
        url,
        bool(numbers),
        run_id,
        RunState(state),
        last_run,
        rotation,
    )


def runs(
    db: Connection, register_id: str | None = None, most: int = 50, before: int | None = None
) -> list[dict[str, Any]]:
    """The latest runs, newest first, older than run `before`, each with its issues."""
    found = run_rows(db, register_id, most, before)
    for run in found:
        run["issues"] = issues(db, run["id"])
    return found


def run_rows(
    db: Connection, register_id: str | None, most: int, before: int | None = None
) -> list[dict[str, Any]]:
    """The latest runs, newest first, older than run `before`, without their issues."""
    query = sa.select(run_table).order_by(run_table.c.id.desc()).limit(most)
    if before is not None:
        query = query.where(run_table.c.id < before)
    if register_id:
        query = query.where(run_table.c.register_id == register_id)
    return [dict(row) for row in db.execute(query).mappings()]


def run_counts(db: Connection) -> list[tuple[str, RunState, int]]:
    """How many runs of every register ended in each state."""
    columns = (run_table.c.register_id, run_table.c.state)
    query = sa.select(*columns, sa.func.count()).group_by(*columns)
    return [(register_id, state, count) for register_id, state, count in db.execute(query).all()]


def run(db: Connection, run_id: int) -> dict[str, Any] | None:
    """One run with its issues."""
    query = sa.select(run_table).where(run_table.c.id == run_id)
    row = db.execute(query).mappings().first()
    return {**row, "issues": issues(db, run_id)} if row else None


def issues(db: Connection, run_id: int) -> list[dict[str, Any]]:
    """What was found on a run, the weightiest first."""
    query = sa.select(issue_table).where(issue_table.c.run_id == run_id)
    rows = [dict(row) for row in db.execute(query.order_by(issue_table.c.id)).mappings()]
    order = ("hold", "withhold", "warn", "info")
    return sorted(rows, key=lambda row: order.index(row["level"]))


def changes(
    db: Connection, since: int = 0, registration_id: int | None = None
) -> Iterator[dict[str, Any]]:
    """What changed in accepted runs after run `since`, oldest first."""
    query = (
        sa.select(change, registration.c.key, version.c.facts)
        .join(registration, registration.c.id == change.c.registration_id)
        .join(version, version.c.registration_id == registration.c.id)
        .where(version.c.seen_until.is_(None))
        .where(change.c.run_id > since)
        .order_by(change.c.id)
    )
    if registration_id is not None:
        query = query.where(change.c.registration_id == registration_id)
    rows = db.execution_options(yield_per=1000).execute(query).mappings()
    return (dict(row) for row in rows)


def versions(db: Connection, registration_id: int) -> list[dict[str, Any]]:
    """Everything a register has said of somebody, with when we saw it, newest first."""
    query = sa.select(version).where(version.c.registration_id == registration_id)
    return [dict(row) for row in db.execute(query.order_by(version.c.id.desc())).mappings()]
