"""Erases a person: what was said of them, where they are found, and the pages that name them.

The chain keeps the commitments to what is gone, without their salts, and a record of the erasure.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import RunState
from data import chain
from data.alerts import issue_table, run_table
from data.chain import commitment, committed, seal_table
from data.evidence import evidence_table
from data.folded import Folded, write
from data.live import reading
from data.marks import validator
from data.nameindex import NameIndex, folded_table
from data.promote import change
from data.records import record_from
from data.retention import Rewritten, Stays, rewrite
from data.run import Busy, alone
from data.staging import registration, staged, ticked, version
from data.store import Store
from data.tables import Erasure
from data.traces import Traces
from data.warc import MEMO, Kept
from data.watch_alerts import forget as forget_alerts

erasure_table: sa.Table = Erasure.__table__  # type: ignore[attr-defined]


class NobodyThere(Exception):
    """There is nobody of that key to erase."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took: versions, raw answers dropped, raw answers rewritten, damaged files."""

    id: int
    versions: int
    pages: Rewritten


def erase(store: Store, register_id: str, key: str, said: tuple[str, str, datetime]) -> Erased:
    """Leave no trace of the person `key` of a register; `said` is who, why and when.

    Raises NobodyThere, and Busy while the register is being read. Killed in the middle, the same
    command does the rest: files first, the person last.
    """
    who, why, now = said
    with alone(store, register_id):
        with store.read() as db:
            person = _person(db, register_id, key)
            busy = run_table.c.register_id == register_id, run_table.c.state == RunState.RUNNING
            if db.scalar(sa.select(run_table.c.id).where(*busy)):
                raise Busy(f"{register_id} is being read now; nothing was erased. Try again later.")
            facts = db.scalars(sa.select(version.c.facts).where(_versions_of(person)))
            traces = Traces(person.key, map(record_from, facts))
        pages = Rewritten(thorough=True)
        for path in sorted((store.evidence / register_id).glob("*.warc.gz")):
            rewrite(store, path, partial(_stays, traces), now, pages)
        with store.begin() as db:
            row = {"register_id": register_id, "at": now, "who": who[:200], "why": why[:2000]}
            count = {"versions": 0, "pages": pages.touched}
            insert = erasure_table.insert().values(**row, **count)
            id_ = int(db.scalar(insert.returning(erasure_table.c.id)) or 0)
            versions = _unsay(db, person, id_)
            mine = erasure_table.c.id == id_
            db.execute(erasure_table.update().where(mine).values(versions=versions))
            _forget(db, person, traces)
            chain.append(db, f"erasure {id_}", chain.erasure_content(db, id_), now)
            chain.append_register(db, register_id, now)
    wipe(store)
    return Erased(id_, versions, pages)


def _person(db: Connection, register_id: str, key: str) -> Any:
    columns = registration.c
    names = sa.or_(columns.key == key, columns.ref == key)
    query = sa.select(registration).where(columns.register_id == register_id, names)
    found = db.execute(query).first()
    if found is None:
        raise NobodyThere(
            f"Nobody with that key is held in {register_id}; nothing was erased. "
            "`goodstanding lookup` finds keys."
        )
    return found


def _versions_of(person: Any) -> sa.ColumnElement[bool]:
    of: sa.ColumnElement[bool] = version.c.registration_id == person.id
    return of


def _stays(traces: Traces, kept: Kept) -> Stays:
    """What may stay of a raw answer."""
    asked = " ".join([kept.said.url, kept.said.asked.get(MEMO, ""), *kept.said.headers.values()])
    if traces.in_text(asked):
        return False
    if kept.body is None or not traces.in_page(kept.body):
        return True
    rest = traces.without(kept.body)
    return False if rest is None else rest


def _unsay(db: Connection, person: Any, erasure_id: int) -> int:
    """Take the versions, and leave their commitments in the chain, without salts; how many."""
    salts = dict(
        db.execute(
            sa.select(seal_table.c.version_id, seal_table.c.salt).where(
                seal_table.c.version_id.in_(sa.select(version.c.id).where(_versions_of(person)))
            )
        ).all()
    )
    rows = db.execute(committed().where(_versions_of(person))).all()
    for version_id, *said in rows:
        left = {"salt": None, "commitment": commitment(salts[version_id], said)}
        mine = seal_table.c.version_id == version_id
        db.execute(seal_table.update().where(mine).values(**left, erasure_id=erasure_id))
    db.execute(change.delete().where(change.c.registration_id == person.id))
    db.execute(version.delete().where(_versions_of(person)))
    return len(rows)


def _forget(db: Connection, person: Any, traces: Traces) -> None:
    """Take everything else that names the person."""
    mine = folded_table.c.registration_id == person.id
    for folded in db.scalars(sa.select(folded_table.c.folded).where(mine)).all():
        NameIndex(db).change([(person.id, folded, write(Folded(())))])
    db.execute(folded_table.delete().where(mine))
    db.execute(ticked.delete().where(ticked.c.registration_id == person.id))
    db.execute(registration.delete().where(registration.c.id == person.id))
    db.execute(
        staged.delete().where(
            staged.c.key == person.key,
            staged.c.run_id.in_(
                sa.select(run_table.c.id).where(run_table.c.register_id == person.register_id)
            ),
        )
    )
    forget_alerts(db, person.id)
    _forget_live(db, person, traces)
    _forget_pages(db, person, traces)
    _forget_findings(db, person, traces)
    _unshare(db, person)


def _forget_live(db: Connection, person: Any, traces: Traces) -> None:
    here = reading.c.register_id == person.register_id
    for id_, wanted, facts in db.execute(
        sa.select(reading.c.id, reading.c.wanted, reading.c.facts).where(here)
    ).all():
        if wanted in traces.exact or wanted == person.number_key or traces.in_row(facts or ""):
            db.execute(reading.delete().where(reading.c.id == id_))


def _forget_pages(db: Connection, person: Any, traces: Traces) -> None:
    """The rows of pages of their own; where others rest on the same bytes, the address only."""
    columns = evidence_table.c
    query = sa.select(columns.id, columns.url).where(columns.register_id == person.register_id)
    for id_, url in db.execute(query).all():
        if traces.in_text(url):
            others = sa.select(version.c.id).where(version.c.evidence_id == id_).limit(1)
            if db.scalar(others):
                db.execute(evidence_table.update().where(columns.id == id_).values(url=""))
            else:
                db.execute(evidence_table.delete().where(columns.id == id_))
            db.execute(validator.delete().where(validator.c.evidence_id == id_))


def _forget_findings(db: Connection, person: Any, traces: Traces) -> None:
    """Runs name people as examples; their count stays."""
    runs = sa.select(run_table.c.id).where(run_table.c.register_id == person.register_id)
    columns = issue_table.c
    query = sa.select(columns.id, columns.examples).where(columns.run_id.in_(runs))
    for id_, examples in db.execute(query.where(columns.examples != "")).all():
        lines = examples.splitlines()
        rest = [one for one in lines if one not in traces.exact and not traces.in_row(one)]
        if rest != lines:
            values = {"examples": "\n".join(rest)}
            db.execute(issue_table.update().where(columns.id == id_).values(values))


def _unshare(db: Connection, person: Any) -> None:
    """A number that was printed for them and one other is that other's alone now."""
    columns = registration.c
    others = sa.and_(
        columns.register_id == person.register_id, columns.number_key == person.number_key
    )
    listed = sa.select(sa.func.count()).select_from(registration).where(others, columns.absent < 2)
    if person.shared and db.scalar(listed) == 1:
        db.execute(registration.update().where(others).values(shared=False))


def wipe(store: Store) -> None:
    """Leave no trace: SQLite keeps what was deleted in free pages until they are used again."""
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
