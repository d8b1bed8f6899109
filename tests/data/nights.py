"""Short nights for the tests of the store: stage a few records, finish the run, look at rows."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from config.register import Register
from config.vocabulary import RunState, Status
from data.evidence import Archive
from data.gates import Night
from data.ingest import Outcome, finish
from data.records import Name, Record
from data.run import lease, run_table
from data.staging import Staging
from data.store import Store
from tests.conftest import Clock


def person(which: int = 1, **facts: Any) -> Record:
    """An invented registration; `facts` replace what it would say."""
    made = Record(
        register="ca_on_cmto",
        key=f"k{which}",
        name=Name("Vesper", f"Quillmoor{which}"),
        status=Status.AUTHORISED,
        number=f"A{1000 + which}",
        word="Current",
        category="General Certificate",
        may_practise=True,
    )
    return replace(made, **facts)


def people(count: int) -> list[Record]:
    return [person(which) for which in range(count)]


class Nights:
    """Runs of one register over a store."""

    def __init__(self, store: Store, register: Register, clock: Clock) -> None:
        self.store, self.register, self.clock = store, register, clock

    def stage(self, run_id: int, records: Iterable[Record], unchanged: Iterable[str]) -> Staging:
        staging = Staging(self.store, self.register.id, run_id, self.clock)
        with closing(Archive(self.store.evidence, self.register.id, run_id)) as archive:
            page = f"a page of run {run_id}".encode()
            exhibit = archive.keep("http://127.0.0.1/", 200, {}, page, self.clock())
            for record in records:
                digest = f"listed {record.content_hash}"
                staging.save(record, digest, exhibit, self.clock())
            for key in unchanged:
                staging.unchanged(key)
            staging.flush()
        return staging

    def run(
        self, records: Iterable[Record], unchanged: Iterable[str] = (), **night: Any
    ) -> sa.RowMapping:
        """One night later: a whole run, and its row."""
        now = self.clock.forward(days=1)
        with lease(self.store, self.register.id, "loopback", now) as run_id:
            staging = self.stage(run_id, records, unchanged)
            buckets = night.pop("buckets", [])
            usual = {"complete": True, "bounded": False, "source": "loopback", "as_of": now}
            read = Night(**usual | night, unfilled=dict(staging.unfilled))
            finish(self.store, self.register, run_id, Outcome(read, buckets=buckets), now)
        return self.row(run_id)

    def accept(self, records: Iterable[Record], unchanged: Iterable[str] = ()) -> sa.RowMapping:
        """A night that must be accepted."""
        row = self.run(records, unchanged)
        assert row["state"] is RunState.ACCEPTED, self.issues(row["id"])
        return row

    def row(self, run_id: int) -> sa.RowMapping:
        with self.store.read() as db:
            query = sa.select(run_table).where(run_table.c.id == run_id)
            return db.execute(query).mappings().one()

    def issues(self, run_id: int) -> dict[str, str]:
        """The codes of a run's issues, with the weight of each."""
        rows = self.rows("run_issue")
        return {row["code"]: row["level"] for row in rows if row["run_id"] == run_id}

    def rows(self, name: str) -> list[dict[str, Any]]:
        table = SQLModel.metadata.tables[name]
        with self.store.read() as db:
            query = sa.select(table).order_by(*table.primary_key.columns)
            return [dict(row) for row in db.execute(query).mappings()]

    def live(self, key: str) -> dict[str, Any]:
        [row] = [row for row in self.rows("registration") if row["key"] == key]
        return row

    def told(self, run_id: int) -> list[tuple[str, str]]:
        """(key, kind) of every change a run told."""
        keys = {row["id"]: row["key"] for row in self.rows("registration")}
        changes = [row for row in self.rows("change") if row["run_id"] == run_id]
        return sorted((keys[row["registration_id"]], row["kind"]) for row in changes)
