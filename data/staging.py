"""Writes what a run reads to staging, never to live rows: batched, with rows in = rows out."""

import secrets
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from data import evidence, folded
from data.keys import Digests
from data.marks import Mark, save_marks
from data.names import number_key
from data.records import Record, hash_facts, record_from
from data.run import update_run
from data.store import Store
from data.tables import Registration, Rotation, Staged, Version

staged: sa.Table = Staged.__table__  # type: ignore[attr-defined]
registration: sa.Table = Registration.__table__  # type: ignore[attr-defined]
rotation: sa.Table = Rotation.__table__  # type: ignore[attr-defined]
version: sa.Table = Version.__table__  # type: ignore[attr-defined]

BUCKETS = 7
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Known:
    """What the live store knows of somebody before a sweep."""

    digest: str
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
        self._rows: list[dict[str, Any]] = []
        self._evidence: list[dict[str, Any]] = []
        self._marks: list[Mark] = []

    def known(self) -> dict[str, Known]:
        """Everybody live in this register, by key."""
        columns = registration.c
        query = sa.select(columns.key, columns.listing_digest, columns.bucket, columns.absent)
        with self.store.read() as db:
            rows = db.execute(query.where(columns.register_id == self.register_id))
            return {key: Known(digest, bucket, absent) for key, digest, bucket, absent in rows}

    def due_buckets(self, now: datetime) -> set[int]:
        """The seventh of the detail pages that was read longest ago; two when one is overdue."""
        with self.store.read() as db:
            mine = rotation.c.register_id == self.register_id
            stamps = dict(
                db.execute(sa.select(rotation.c.bucket, rotation.c.checked_at).where(mine)).all()
            )
        never = datetime.min.replace(tzinfo=now.tzinfo)
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
        self._evidence.append(dict(exhibit))
        self._marks += [mark] if mark else []

    def unchanged(self, key: str) -> None:
        """The sweep listed this person exactly as before."""
        if key not in self.hashes:
            self.hashes[key] = ""
            self._add(_row(self.run_id, key))

    def save(
        self,
        record: Record,
        digest: str,
        exhibit: Mapping[str, Any],
        detail_at: datetime | None = None,
    ) -> None:
        """The sweep listed this person, and these are the facts and what they rest on.

        A key given twice with the same facts counts as repeated; with other facts both are doubted,
        because we cannot know which of them is meant.
        """
        row = _full_row(self.run_id, record, digest, str(exhibit["id"]), detail_at)
        if record.key in self.hashes and self._again(record, row["content_hash"]):
            return
        self.hashes[record.key] = row["content_hash"]
        self.unfilled.update(blanks(record))
        self._evidence.append(dict(exhibit))
        self._add(row)

    def _again(self, record: Record, content_hash: str) -> bool:
        """A key that was given before; False when only its 64 bits were, those of another key."""
        if self.hashes.same(record.key, content_hash) or record.key in self.conflicts:
            return True
        self.flush()
        first = sa.and_(staged.c.run_id == self.run_id, staged.c.key == record.key)
        with self.store.begin() as db:
            before = db.execute(sa.select(staged.c.facts).where(first)).first()
            if before is None:
                return False
            self.conflicts[record.key] = None
            doubted = record_from(before.facts or record.facts).doubted("conflicting_rows")
            values = {"facts": doubted.facts, "content_hash": doubted.content_hash}
            db.execute(
                staged.update().where(first).values(**values, doubts=",".join(doubted.doubts))
            )
        return True

    def _add(self, row: dict[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting, with the heartbeat that says we live."""
        with self.store.begin() as db:
            update_run(db, self.run_id, heartbeat=self.clock())
            if self._evidence:
                evidence.index(db, self._evidence)
            save_marks(db, self.register_id, self._marks)
            if self._rows:
                db.execute(staged.insert(), self._rows)
        self._rows, self._evidence, self._marks = [], [], []


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


def _row(run_id: int, key: str) -> dict[str, Any]:
    return Staged(run_id=run_id, key=key).model_dump()


def _full_row(
    run_id: int, record: Record, digest: str, evidence_id: str, detail_at: datetime | None
) -> dict[str, Any]:
    facts = record.facts
    return {
        "run_id": run_id,
        "key": record.key,
        "ref": secrets.token_urlsafe(12),
        "content_hash": hash_facts(facts),
        "listing_digest": digest,
        "number_key": number_key(record.number),
        "status": record.status,
        "expires": record.expires,
        "doubts": ",".join(record.doubts),
        "facts": facts,
        "folded": folded.write(folded.folded(record)),
        "evidence_id": evidence_id,
        "bucket": bucket_of(record.key),
        "detail_at": detail_at,
    }
