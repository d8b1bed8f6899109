"""Writes what a run reads to staging, never to live rows: batched, with rows in = rows out."""

import os
import zlib
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from data import bulk, evidence, folded
from data.gates import FUTURE
from data.keys import Digests
from data.marks import Mark, save_marks
from data.names import number_key
from data.records import Record, hash_facts, record_from
from data.run import update_run
from data.store import Store
from data.tables import Registration, Rotation, Staged, Ticked, Version

staged: sa.Table = Staged.__table__  # type: ignore[attr-defined]
ticked: sa.Table = Ticked.__table__  # type: ignore[attr-defined]
registration: sa.Table = Registration.__table__  # type: ignore[attr-defined]
rotation: sa.Table = Rotation.__table__  # type: ignore[attr-defined]
version: sa.Table = Version.__table__  # type: ignore[attr-defined]

BUCKETS = 7
_BATCH = 4000
_COLUMNS = (
    "run_id key registration_id ref content_hash listing_digest number_key status expires doubts "
    "facts folded evidence_id bucket detail_at"
)
_KNOWN = (
    "SELECT key, id, listing_digest, content_hash, bucket, absent FROM registration "
    "WHERE register_id = ?"
)


class Known(NamedTuple):
    """What the live store knows of somebody before a sweep."""

    key: str
    id: int
    digest: str
    content: str
    bucket: int
    absent: int


class Staging:
    """The staging rows of one run."""

    def __init__(
        self, store: Store, register_id: str, run_id: int, clock: Callable[[], datetime]
    ) -> None:
        """Write for this run; nothing is read or written yet. `clock` tells the time in UTC."""
        self.store, self.register_id, self.run_id, self.clock = store, register_id, run_id, clock
        self.hashes = Digests()  # of everybody listed; nothing is said of the unchanged
        self.conflicts: dict[str, None] = {}
        self.unfilled: Counter[str] = Counter()
        self._known: dict[str, Known] | None = None
        self._refs = _fresh_refs()
        self._rows: list[bulk.Row] = []
        self._ticked: list[tuple[int, int]] = []
        self._evidence: dict[str, dict[str, Any]] = {}
        self._marks: list[Mark] = []

    def known(self) -> dict[str, Known]:
        """Everybody live in this register, by key, as of the first time this was asked."""
        if self._known is None:
            with self.store.look() as look:
                rows = look.rows(_KNOWN, self.register_id)
            self._known = {row[0]: Known._make(row) for row in rows}
        return self._known

    def due_buckets(self, now: datetime) -> set[int]:
        """The seventh of the detail pages that was read longest ago; two when one is overdue.

        One that was read in the future, by a clock that was wrong, counts as never read.
        """
        with self.store.read() as db:
            mine = rotation.c.register_id == self.register_id
            stamps = dict(
                db.execute(sa.select(rotation.c.bucket, rotation.c.checked_at).where(mine)).all()
            )
        never = datetime.min.replace(tzinfo=now.tzinfo)
        stamps = {bucket: at for bucket, at in stamps.items() if at <= now + FUTURE}
        oldest = sorted(range(BUCKETS), key=lambda bucket: (stamps.get(bucket, never), bucket))
        overdue = stamps.get(oldest[0], never) < now - timedelta(days=BUCKETS)
        return set(oldest[: 2 if overdue else 1])

    def live(self, key: str) -> Record | None:
        """What is published of somebody now."""
        query = (
            sa.select(version.c.facts)
            .join(registration, registration.c.id == version.c.registration_id)
            .where(registration.c.register_id == self.register_id, registration.c.key == key)
            .where(version.c.seen_until.is_(None))
        )
        with self.store.read() as db:
            facts = db.scalar(query)
        return record_from(facts) if facts else None

    def keep(self, exhibit: Mapping[str, Any], mark: Mark | None) -> None:
        """An answer is in the evidence file: index it, whether or not anybody will rest on it."""
        self._rests_on(exhibit)
        self._marks += [mark] if mark else []

    def _rests_on(self, exhibit: Mapping[str, Any]) -> str:
        id_ = str(exhibit["id"])
        if id_ not in self._evidence:
            self._evidence[id_] = dict(exhibit)
        return id_

    def unchanged(self, key: str) -> None:
        """The sweep listed somebody known exactly as before; KeyError where nobody is."""
        if self.hashes.say(key, ""):
            self._ticked.append((self.run_id, self.known()[key].id))
            self._flush_when_full()

    def save(
        self,
        record: Record,
        digest: str | None,
        exhibit: Mapping[str, Any],
        detail_at: datetime | None = None,
    ) -> None:
        """The sweep listed this person, and these are the facts and what they rest on.

        `digest` is of the listing; None where that is all there is, so that the facts speak for it.
        Whoever is live exactly so is ticked off. A key given twice with the same facts counts as
        repeated; with other facts both are doubted, because we cannot know which of them is meant.
        """
        facts = record.facts
        content = hash_facts(facts)
        if not self.hashes.say(record.key, content) and self._again(record, content):
            return
        if not (record.number and record.name.family and record.word and record.expires):
            self.unfilled.update(blanks(record))
        rests_on = self._rests_on(exhibit)
        digest = content if digest is None else digest
        was = self.known().get(record.key)
        if was and (was.content, was.digest, was.absent) == (content, digest, 0):
            self._ticked.append((self.run_id, was.id))
        else:
            said = (facts, content, digest, rests_on)
            self._rows.append(self._row(record, said, was, detail_at))
        self._flush_when_full()

    def _row(
        self,
        record: Record,
        said: tuple[str, str, str, str | None],
        was: Known | None,
        detail_at: datetime | None,
    ) -> bulk.Row:
        facts, content, digest, evidence_id = said
        return (
            self.run_id,
            record.key,
            was.id if was else None,
            next(self._refs),
            content,
            digest,
            number_key(record.number),
            record.status.value,
            record.expires and record.expires.isoformat(),
            ",".join(record.doubts),
            facts,
            folded.stored(record),
            evidence_id,
            bucket_of(record.key),
            bulk.moment(self.store.engine, detail_at),
        )

    def _again(self, record: Record, content_hash: str) -> bool:
        """A key that was given before; False when only its 64 bits were, those of another key."""
        if self.hashes.same(record.key, content_hash) or record.key in self.conflicts:
            return True
        self.flush()
        with self.store.begin() as db:
            return self._doubt(db, record.key)

    def _doubt(self, db: Connection, key: str) -> bool:
        """Withhold somebody staged or ticked off in this run; False when nobody is."""
        self._untick(db, key)
        first = sa.and_(staged.c.run_id == self.run_id, staged.c.key == key)
        facts = db.scalar(sa.select(staged.c.facts).where(first))
        if facts is None:
            return False
        self.conflicts[key] = None
        doubted = record_from(facts).doubted("conflicting_rows")
        values = {"facts": doubted.facts, "content_hash": doubted.content_hash}
        db.execute(staged.update().where(first).values(**values, doubts=",".join(doubted.doubts)))
        return True

    def _untick(self, db: Connection, key: str) -> None:
        """Stage what is live of somebody who was ticked off before the contradiction came."""
        if not (was := self.known().get(key)):
            return
        mine = sa.and_(ticked.c.run_id == self.run_id, ticked.c.registration_id == was.id)
        if db.execute(ticked.delete().where(mine)).rowcount:
            live = sa.and_(version.c.registration_id == was.id, version.c.seen_until.is_(None))
            query = sa.select(version.c.facts, version.c.evidence_id).where(live)
            facts, evidence_id = db.execute(query).one()
            said = (facts, was.content, was.digest, evidence_id)
            row = self._row(record_from(facts), said, was, None)
            bulk.insert(db, staged, _COLUMNS, [row])

    def _flush_when_full(self) -> None:
        if len(self._rows) >= _BATCH or len(self._ticked) >= 10 * _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting, with the heartbeat that says we live."""
        with self.store.begin() as db:
            update_run(db, self.run_id, heartbeat=self.clock())
            if self._evidence:
                evidence.index(db, list(self._evidence.values()))
            save_marks(db, self.register_id, self._marks)
            bulk.insert(db, staged, _COLUMNS, self._rows)
            bulk.insert(db, ticked, "run_id registration_id", sorted(self._ticked))
        self._rows, self._ticked, self._evidence, self._marks = [], [], {}, []


def blanks(record: Record) -> list[str]:
    """The facts a register file may demand that this record lacks."""
    facts = {
        "number": record.number,
        "family": record.name.family,
        "status": record.word,
        "expires": record.expires,
    }
    return [fact for fact, value in facts.items() if not value]


def bucket_of(key: str) -> int:
    """Which seventh of the register's detail pages this person's belongs to."""
    return zlib.crc32(key.encode()) % BUCKETS


def _fresh_refs() -> Iterator[str]:
    """Random names for links, of sixteen letters each."""
    while True:
        letters = urlsafe_b64encode(os.urandom(12 * 1000)).decode()
        yield from (letters[at : at + 16] for at in range(0, len(letters), 16))
