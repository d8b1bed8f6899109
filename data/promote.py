"""Publishes a staged run: one transaction, set-based, and what did not change is not written."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import ChangeKind
from data.diff import changes
from data.folded import read
from data.nameindex import NameIndex, folded_table
from data.records import record_from
from data.run import run_table
from data.staging import registration, rotation, staged, version
from data.tables import Change, RegisterState

state: sa.Table = RegisterState.__table__  # type: ignore[attr-defined]
change: sa.Table = Change.__table__  # type: ignore[attr-defined]

_PORTION = 20_000  # newcomers indexed together
_COPIED = "number_key status expires doubts content_hash listing_digest bucket detail_at".split()


class Promotion:
    """One run on its way from staging to live, inside the caller's transaction."""

    def __init__(self, db: Connection, register_id: str, run_id: int, at: datetime) -> None:
        """Publish `run_id`; `at` is the moment the facts are seen to hold from."""
        self.db, self.register_id, self.run_id, self.at = db, register_id, run_id, at
        self.written = 0
        self.index = NameIndex(db)
        self.new = self.changed = self.missing = 0
        self.mine = staged.c.run_id == run_id
        self.same = sa.and_(
            registration.c.register_id == register_id, registration.c.key == staged.c.key
        )

    def run(self, last_listed: datetime | None) -> None:
        """All steps; `last_listed` is when the people who are missing now were last listed."""
        self._rewrite_changed()
        self._insert_new()
        self._mark_returned()
        self._mark_missing(last_listed)
        self._mark_shared()

    def _do(self, statement: Any, rows: Any = None) -> int:
        statement = statement.execution_options(preserve_rowcount=True)  # psycopg loses an INSERT's
        done = self.db.execute(statement, rows) if rows is not None else self.db.execute(statement)
        self.written += max(done.rowcount, 0)
        return max(done.rowcount, 0)

    def _insert_new(self) -> None:
        """People never seen before: registration, first version, names and an `added` change."""
        columns = ["register_id", "key", "ref", *_COPIED, "shared", "absent", "first_seen"]
        here = sa.select(registration.c.id).where(self.same).exists()
        fresh = sa.select(
            sa.literal(self.register_id),
            staged.c.key,
            staged.c.ref,
            *(staged.c[column] for column in _COPIED),
            sa.false(),
            sa.literal(0),
            _moment(self.at),
            _moment(self.at),
        ).where(self.mine, staged.c.facts.is_not(None), ~here)
        insert = registration.insert().from_select([*columns, "last_changed"], fresh)
        self.new = self._do(insert)
        if self.new:  # the newcomers are those without a version, so versions come last
            opened = sa.select(version.c.id).where(version.c.registration_id == registration.c.id)
            added = ~opened.exists()
            self._index_new(added)
            self._insert_changes(ChangeKind.ADDED, added)
            self._insert_versions(added)

    def _rewrite_changed(self) -> None:
        """People whose facts differ: close the old version, open the new one, say what changed."""
        moved = sa.and_(
            self.mine,
            staged.c.facts.is_not(None),
            staged.c.content_hash != registration.c.content_hash,
        )
        rows = self._say_changes(moved)
        if not rows:
            self._copy_digests()
            return
        self.changed = len(rows)
        ids = [row["registration_id"] for row in rows]
        for some in _chunks(ids):
            mine = registration.c.id.in_(some)
            self._do(
                version.update()
                .where(version.c.registration_id.in_(some), version.c.seen_until.is_(None))
                .values(seen_until=self.at)
            )
            self._index_changed(mine)
            self._do(
                registration.update()
                .where(mine, self.same, self.mine)
                .values(
                    {column: staged.c[column] for column in _COPIED} | {"last_changed": self.at}
                )
            )
            self._insert_versions(mine)
        told = [diff for row in rows for diff in row["changes"]]
        if told:
            self._do(change.insert(), told)
        self._copy_digests()

    def _copy_digests(self) -> None:
        """People whose listing differs but whose facts do not: only the digest moves on."""
        self._do(
            registration.update()
            .where(
                self.same,
                self.mine,
                staged.c.facts.is_not(None),
                staged.c.listing_digest != registration.c.listing_digest,
            )
            .values(listing_digest=staged.c.listing_digest, detail_at=staged.c.detail_at)
        )

    def _say_changes(self, moved: Any) -> list[dict[str, Any]]:
        query = (
            sa.select(registration.c.id, version.c.facts, staged.c.facts)
            .select_from(registration.join(staged, self.same))
            .join(version, version.c.registration_id == registration.c.id)
            .where(moved, version.c.seen_until.is_(None))
        )
        return [
            {"registration_id": id_, "changes": list(self._told(id_, before, after))}
            for id_, before, after in self.db.execute(query)
        ]

    def _told(self, id_: int, before: str, after: str) -> Iterator[dict[str, Any]]:
        for found in changes(record_from(before), record_from(after)):
            yield {
                "run_id": self.run_id,
                "register_id": self.register_id,
                "registration_id": id_,
                "kind": found.kind.value,
                "before": found.before,
                "after": found.after,
                "at": self.at,
            }

    def _insert_versions(self, which: Any) -> None:
        columns = ["registration_id", "run_id", "seen_from", "content_hash", "facts", "evidence_id"]
        facts = (
            sa.select(
                registration.c.id,
                sa.literal(self.run_id),
                _moment(self.at),
                staged.c.content_hash,
                staged.c.facts,
                staged.c.evidence_id,
            )
            .select_from(staged.join(registration, self.same))
            .where(self.mine, which)
        )
        self._do(version.insert().from_select(columns, facts))

    def _index_new(self, added: Any) -> None:
        """Let newcomers be found, a portion after the other."""
        columns = ["registration_id", "folded"]
        said = sa.select(registration.c.id, staged.c.folded).select_from(
            staged.join(registration, self.same)
        )
        self._do(folded_table.insert().from_select(columns, said.where(self.mine, added)))
        last = 0
        while some := self._folded_after(last, added):
            last = some[-1][0]
            self.index.add((id_, read(stored)) for id_, stored in some)

    def _folded_after(self, last: int, added: Any) -> Sequence[tuple[int, str]]:
        query = (
            sa.select(folded_table.c.registration_id, folded_table.c.folded)
            .join(registration, registration.c.id == folded_table.c.registration_id)
            .where(registration.c.register_id == self.register_id, registration.c.id > last, added)
            .order_by(registration.c.id)
            .limit(_PORTION)
        )
        return [(id_, stored) for id_, stored in self.db.execute(query)]

    def _index_changed(self, which: Any) -> None:
        """People whose names or places differ are found by the new ones only."""
        query = (
            sa.select(registration.c.id, folded_table.c.folded, staged.c.folded)
            .select_from(registration.join(staged, self.same))
            .join(folded_table, folded_table.c.registration_id == registration.c.id)
            .where(self.mine, which, folded_table.c.folded != staged.c.folded)
        )
        moved = [(id_, old, new) for id_, old, new in self.db.execute(query)]
        for id_, _, new in moved:
            one = folded_table.c.registration_id == id_
            self._do(folded_table.update().where(one).values(folded=new))
        self.index.change((id_, read(old), read(new)) for id_, old, new in moved)

    def _insert_changes(self, kind: ChangeKind, which: Any) -> None:
        rows = sa.select(
            sa.literal(self.run_id),
            sa.literal(self.register_id),
            registration.c.id,
            sa.literal(kind.value),
            sa.literal(""),
            sa.literal(""),
            _moment(self.at),
        ).where(registration.c.register_id == self.register_id, which)
        columns = ["run_id", "register_id", "registration_id", "kind", "before", "after", "at"]
        self._do(change.insert().from_select(columns, rows))

    def _listed(self) -> Any:
        return (
            sa.select(staged.c.key)
            .where(self.mine, staged.c.key == registration.c.key)
            .correlate(registration)
            .exists()
        )

    def _mark_returned(self) -> None:
        """People who had been missing and are listed again."""
        back = sa.and_(
            registration.c.register_id == self.register_id,
            registration.c.absent > 0,
            self._listed(),
        )
        self._insert_changes(ChangeKind.RETURNED, back)
        self._do(registration.update().where(back).values(absent=0, last_listed=None))

    def _mark_missing(self, last_listed: datetime | None) -> None:
        """Absent from one complete sweep: missing; from two: delisted. Never more than that."""
        gone = sa.and_(
            registration.c.register_id == self.register_id,
            registration.c.absent < 2,
            ~self._listed(),
        )
        self._insert_changes(ChangeKind.DELISTED, sa.and_(gone, registration.c.absent == 1))
        self._insert_changes(ChangeKind.MISSING, sa.and_(gone, registration.c.absent == 0))
        self._do(registration.update().where(gone, registration.c.absent == 1).values(absent=2))
        once = registration.update().where(gone, registration.c.absent == 0)
        self.missing = self._do(once.values(absent=1, last_listed=last_listed))

    def _mark_shared(self) -> None:
        """A number printed for two people confirms neither."""
        mine = registration.c.register_id == self.register_id
        twice = (
            sa.select(registration.c.number_key)
            .where(mine, registration.c.absent < 2, registration.c.number_key != "")
            .group_by(registration.c.number_key)
            .having(sa.func.count() > 1)
        )
        numbers = list(self.db.scalars(twice))
        inside = registration.c.number_key.in_(numbers)
        for now, which in ((True, inside), (False, ~inside)):
            todo = registration.update().where(mine, registration.c.shared.is_(not now), which)
            self._do(todo.values(shared=now))


def _moment(at: datetime) -> Any:
    return sa.literal(at, registration.c.first_seen.type)


def _chunks(ids: list[int], size: int = 400) -> Iterator[list[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


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
    db.execute(staged.delete().where(staged.c.run_id.in_(old)))
