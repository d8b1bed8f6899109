"""Publishes a staged run: one transaction, set-based, and what did not change is not written."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import ChangeKind
from data import bulk
from data.diff import changes
from data.nameindex import NameIndex, folded_table
from data.records import record_from
from data.run import run_table
from data.staging import registration, rotation, staged, ticked, version
from data.tables import Change, RegisterState

state: sa.Table = RegisterState.__table__  # type: ignore[attr-defined]
change: sa.Table = Change.__table__  # type: ignore[attr-defined]

_PORTION = 50_000  # newcomers indexed together
_COPIED = "number_key status expires doubts content_hash listing_digest bucket detail_at".split()
_CHANGE = "run_id register_id registration_id kind before after at"


class Promotion:
    """One run on its way from staging to live, inside the caller's transaction.

    Each step is one statement over the people it concerns; a night without changes asks for them
    once. What is staged knows the number of whoever was known when the run began, and only runs of
    this register, which wait for each other, change that.
    """

    def __init__(self, db: Connection, register_id: str, run_id: int, at: datetime) -> None:
        """Publish `run_id`; `at` is the moment the facts are seen to hold from."""
        self.db, self.register_id, self.run_id, self.at = db, register_id, run_id, at
        self.written = 0
        self.index = NameIndex(db)  # waits for our turn
        self.last = db.scalar(sa.select(sa.func.max(registration.c.id))) or 0
        self.new = self.changed = self.missing = 0
        self.mine = staged.c.run_id == run_id
        self.known = sa.and_(self.mine, staged.c.registration_id == registration.c.id)
        self.here = registration.c.register_id == register_id

    def run(self, last_listed: datetime | None) -> None:
        """All steps; `last_listed` is when the people who are missing now were last listed."""
        self._rewrite_changed()
        self._insert_new()
        moved = self._mark_absence(last_listed)
        if self.new or self.changed or moved:
            self._mark_shared()

    def _do(self, statement: Any) -> int:
        statement = statement.execution_options(preserve_rowcount=True)  # psycopg loses an INSERT's
        count = max(self.db.execute(statement).rowcount, 0)
        self.written += count
        return count

    def _insert_new(self) -> None:
        """People never seen before: registration, first version, names and an `added` change."""
        columns = ["register_id", "key", "ref", *_COPIED, "shared", "absent", "first_seen"]
        fresh = sa.select(
            sa.literal(self.register_id),
            staged.c.key,
            staged.c.ref,
            *(staged.c[column] for column in _COPIED),
            sa.false(),
            sa.literal(0),
            _moment(self.at),
            _moment(self.at),
        ).where(self.mine, staged.c.registration_id.is_(None))
        insert = registration.insert().from_select([*columns, "last_changed"], fresh)
        self.new = self._do(insert)
        if self.new:
            added = sa.and_(self.here, registration.c.id > self.last)
            both = sa.and_(added, self.mine, registration.c.key == staged.c.key)
            self._insert_versions(both)
            self._insert_added(added)
            self._index_new(both)

    def _rewrite_changed(self) -> None:
        """People whose facts differ: close the old version, open the new one, say what changed."""
        moved = sa.and_(self.known, staged.c.content_hash != registration.c.content_hash)
        self.changed = self._say_changes(moved)
        if self.changed:
            which = sa.select(staged.c.registration_id).where(moved)
            still = version.c.seen_until.is_(None)
            closed = version.update().where(still, version.c.registration_id.in_(which))
            self._do(closed.values(seen_until=self.at))
            self._insert_versions(moved)
            self._index_changed(moved)
            copied = {column: staged.c[column] for column in _COPIED}
            self._do(registration.update().where(moved).values(copied | {"last_changed": self.at}))
        self._copy_digests()

    def _copy_digests(self) -> None:
        """People whose listing differs but whose facts do not: only the digest moves on."""
        differs = staged.c.listing_digest != registration.c.listing_digest
        self._do(
            registration.update()
            .where(self.known, differs)
            .values(listing_digest=staged.c.listing_digest, detail_at=staged.c.detail_at)
        )

    def _say_changes(self, moved: Any) -> int:
        """Write down what changed; of how many people the facts did."""
        query = sa.select(registration.c.id, version.c.facts, staged.c.facts).where(
            moved, version.c.registration_id == registration.c.id, version.c.seen_until.is_(None)
        )
        rows = self.db.execute(query).all()
        self._tell([told for row in rows for told in self._told(*row)])
        return len(rows)

    def _told(self, id_: int, before: str, after: str) -> Iterator[tuple[int, ChangeKind, Any]]:
        for found in changes(record_from(before), record_from(after)):
            yield id_, found.kind, (found.before, found.after)

    def _tell(self, told: Sequence[tuple[int, ChangeKind, Any]]) -> None:
        at = bulk.moment(self.db, self.at)
        rows = [
            (self.run_id, self.register_id, id_, kind.value, *said, at) for id_, kind, said in told
        ]
        self.written += bulk.insert(self.db, change, _CHANGE, rows)

    def _insert_versions(self, which: Any) -> None:
        columns = ["registration_id", "run_id", "seen_from", "content_hash", "facts", "evidence_id"]
        facts = sa.select(
            registration.c.id,
            sa.literal(self.run_id),
            _moment(self.at),
            staged.c.content_hash,
            staged.c.facts,
            staged.c.evidence_id,
        )
        self._do(version.insert().from_select(columns, facts.where(which)))

    def _insert_added(self, added: Any) -> None:
        rows = sa.select(
            sa.literal(self.run_id),
            registration.c.register_id,
            registration.c.id,
            sa.literal(ChangeKind.ADDED.value),
            sa.literal(""),
            sa.literal(""),
            _moment(self.at),
        )
        self._do(change.insert().from_select(_CHANGE.split(), rows.where(added)))

    def _index_new(self, which: Any) -> None:
        """Let newcomers be found, a portion after the other."""
        said = sa.select(registration.c.id, staged.c.folded).where(which)
        self._do(folded_table.insert().from_select(["registration_id", "folded"], said))
        last = self.last
        while some := self._folded_after(last):
            last = some[-1][0]
            self.index.add(some)

    def _folded_after(self, last: int) -> Sequence[tuple[int, str]]:
        columns = folded_table.c
        query = sa.select(columns.registration_id, columns.folded)
        after = query.where(columns.registration_id > last).order_by(columns.registration_id)
        return [(id_, stored) for id_, stored in self.db.execute(after.limit(_PORTION)).all()]

    def _index_changed(self, moved: Any) -> None:
        """People whose names or places differ are found by the new ones only."""
        query = sa.select(registration.c.id, folded_table.c.folded, staged.c.folded).where(
            moved,
            folded_table.c.registration_id == registration.c.id,
            folded_table.c.folded != staged.c.folded,
        )
        others = [(id_, old, new) for id_, old, new in self.db.execute(query)]
        for id_, _, new in others:
            one = folded_table.c.registration_id == id_
            self._do(folded_table.update().where(one).values(folded=new))
        self.index.change(others)

    def _mark_absence(self, last_listed: datetime | None) -> int:
        """Who is back, and who is gone: missing after one complete sweep, delisted after two.

        How many people that were.
        """
        back, once, twice = self._odd_ones()
        self._tell([(id_, ChangeKind.RETURNED, ("", "")) for id_ in back])
        self._tell([(id_, ChangeKind.DELISTED, ("", "")) for id_ in twice])
        self._tell([(id_, ChangeKind.MISSING, ("", "")) for id_ in once])
        self._update(back, absent=0, last_listed=None)
        self._update(twice, absent=2)
        self._update(once, absent=1, last_listed=last_listed)
        self.missing = len(once)
        return len(back) + len(once) + len(twice)

    def _odd_ones(self) -> tuple[list[int], list[int], list[int]]:
        """Numbers of people listed again, gone once, gone twice; gone longer is no news."""
        ticks = sa.and_(
            ticked.c.run_id == self.run_id, ticked.c.registration_id == registration.c.id
        )
        as_before = sa.select(ticked.c.run_id).where(ticks).correlate(registration).exists()
        same = sa.and_(self.mine, staged.c.key == registration.c.key)
        anew = sa.select(staged.c.run_id).where(same).correlate(registration).exists()
        listed = sa.or_(as_before, anew)
        odd = sa.or_(registration.c.absent > 0, ~listed)
        query = sa.select(registration.c.id, registration.c.absent, listed)
        back, once, twice = [], [], []
        for id_, absent, here in self.db.execute(
            query.where(self.here, registration.c.id <= self.last, odd)
        ):
            if here:
                back.append(id_)
            elif absent == 0:
                once.append(id_)
            elif absent == 1:
                twice.append(id_)
        return back, once, twice

    def _update(self, ids: Sequence[int], **values: Any) -> None:
        for some in _chunks(ids):
            self._do(registration.update().where(registration.c.id.in_(some)).values(values))

    def _mark_shared(self) -> None:
        """A number printed for two people confirms neither."""
        columns = registration.c
        twice = (
            sa.select(columns.number_key)
            .where(self.here, columns.absent < 2, columns.number_key != "")
            .group_by(columns.number_key)
            .having(sa.func.count() > 1)
        )
        numbers = set(self.db.scalars(twice))
        marked = sa.select(columns.id, columns.number_key).where(self.here, columns.shared)
        was = self.db.execute(marked).all()
        self._update([id_ for id_, number in was if number not in numbers], shared=False)
        for some in _chunks(sorted(numbers)):
            todo = sa.and_(self.here, columns.number_key.in_(some), ~columns.shared)
            self._do(registration.update().where(todo).values(shared=True))


def _moment(at: datetime) -> Any:
    return sa.literal(at, registration.c.first_seen.type)


def _chunks(all_: Sequence[Any], size: int = 400) -> Iterator[Sequence[Any]]:
    return (all_[start : start + size] for start in range(0, len(all_), size))


def save_state(db: Connection, values: dict[str, Any]) -> None:
    """Move the pointer: from here on people are answered from this run."""
    mine = state.c.id == values["id"]
    if not db.execute(state.update().where(mine).values(values)).rowcount:
        db.execute(state.insert().values(values))


def stamp_rotation(db: Connection, register_id: str, buckets: list[int], at: datetime) -> None:
    """Every detail page of these sevenths has been read."""
    for bucket in buckets:
        mine = sa.and_(rotation.c.register_id == register_id, rotation.c.bucket == bucket)
        if not db.execute(rotation.update().where(mine).values(checked_at=at)).rowcount:
            row = {"register_id": register_id, "bucket": bucket, "checked_at": at}
            db.execute(rotation.insert().values(row))


def clear_staging(db: Connection, which: sa.ColumnElement[bool]) -> None:
    """Drop what these runs have staged."""
    old = sa.select(run_table.c.id).where(which)
    for table in (staged, ticked):
        db.execute(table.delete().where(table.c.run_id.in_(old)))
