"""Chains what was published, link by link, so that no byte of it can be changed unseen.

A link holds digests only. What a register said of a person enters as a salted commitment: once the
salt is gone (data/erasure.py), nothing in the chain can be traced to anybody, and it still holds.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import RunState
from data import bulk
from data.alerts import issue_table, run_table
from data.tables import Erasure, Link, RegisterState, Registration, Seal, Version

chain: sa.Table = Link.__table__  # type: ignore[attr-defined]
seal_table: sa.Table = Seal.__table__  # type: ignore[attr-defined]
_version: sa.Table = Version.__table__  # type: ignore[attr-defined]
_registration: sa.Table = Registration.__table__  # type: ignore[attr-defined]
_erasure: sa.Table = Erasure.__table__  # type: ignore[attr-defined]
state_table: sa.Table = RegisterState.__table__  # type: ignore[attr-defined]

FIRST = "0" * 64  # what the first link is chained to
_LOCK = 7_201_933  # one link at a time (PostgreSQL; SQLite has one writer anyway)
_SALT = 16
_PORTION = 20_000

# What of a run and its findings the chain covers; the rest of the row is about its process.
RUN_COLUMNS = (
    "id register_id slot attempt state started_at finished_at as_of source url complete stated "
    "requests read details new changed missing written decided_by decided_at decided_why"
).split()
ISSUE_COLUMNS = "code level text count".split()
STATE_COLUMNS = "id run_id as_of accepted_at people source url numbers".split()
ERASURE_COLUMNS = "id register_id at who why versions pages".split()
ABSENT_COLUMNS = "id absent last_listed".split()


def moment_text(moment: Any) -> str:
    """A moment as the chain writes it; SQLite's own text passes as it stands."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return str(moment)


def raw(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A column as the database keeps it: what cannot be parsed any more must still be compared."""
    return sa.type_coerce(column, sa.String)


def link_hash(before: str, link: tuple[int, str, str, str]) -> str:
    """The hash of a link (id, at, subject, content) that follows `before`."""
    return _digest([before, *link])


def _digest(said: Any) -> str:
    return hashlib.sha256(json.dumps(said, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return moment_text(value)


def digest_bytes(data: bytes) -> str:
    """The SHA-256 of some bytes, as links hold it."""
    return hashlib.sha256(data).hexdigest()


def append(db: Connection, subject: str, content: str, at: datetime | str) -> int:
    """Add a link in the caller's transaction; its number. Whoever comes second waits."""
    if db.dialect.name == "postgresql":
        db.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    else:  # SQLite lets one write at a time: begin to, before looking at the last link
        db.execute(chain.update().where(chain.c.id < 0).values(at=""))
    last = head(db)
    number, before = (last.id + 1, last.hash) if last else (1, FIRST)
    link = (number, moment_text(at), subject, content)
    values = dict(zip(("id", "at", "subject", "content"), link, strict=True))
    db.execute(chain.insert().values(**values, hash=link_hash(before, link)))
    return number


def head(db: Connection) -> Any:
    """The last link, whose hash speaks for all of them; None while there is none."""
    return db.execute(sa.select(chain).order_by(chain.c.id.desc()).limit(1)).first()


def runs_since(db: Connection, run_id: int) -> list[int]:
    """The runs that ended, or were decided on, after this one had ended."""
    ended = sa.select(sa.func.min(chain.c.id)).where(chain.c.subject == f"run {run_id}")
    later = sa.and_(chain.c.subject.like("run %"), chain.c.id > ended.scalar_subquery())
    found = db.scalars(sa.select(chain.c.subject).where(later))
    return [int(subject.partition(" ")[2]) for subject in found]


def append_run(db: Connection, run_id: int, evidence: Path | None, at: datetime) -> None:
    """Chain a run as it stands now, with the versions it published and the file it wrote."""
    run = db.execute(sa.select(run_table).where(run_table.c.id == run_id)).mappings().one()
    roots = seal_versions(db, run_id) if run["state"] is RunState.ACCEPTED else Roots()
    append(db, f"run {run_id}", run_content(db, run_id, roots.of(run_id)), at)
    if run["state"] is RunState.ACCEPTED:
        append_register(db, run["register_id"], at)
    name = f"{run['register_id']}/run-{run_id}.warc.gz"
    if evidence and (evidence / name).is_file():
        append_file(db, evidence, name, at)


def append_file(
    db: Connection, evidence: Path, name: str, at: datetime, *, gone: bool = False
) -> None:
    """Chain an evidence file as it stands now, or that it is about to go."""
    append(db, f"file {name}", "" if gone else file_digest(evidence / name), at)


def append_register(db: Connection, register_id: str, at: datetime | str) -> None:
    """Chain what is live of a register beside its versions: the pointer, and who is missing."""
    append(db, f"register {register_id}", register_content(db, register_id), at)


def file_digest(path: Path) -> str:
    """The SHA-256 of a file; empty when there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run_content(db: Connection, run_id: int, root: str) -> str:
    """The digest of a run's row, its findings and the root of its versions."""
    mine = issue_table.c.run_id == run_id
    return _digest(
        [
            _rows(db, run_table, RUN_COLUMNS, run_table.c.id == run_id),
            _rows(db, issue_table, ISSUE_COLUMNS, mine),
            root,
        ]
    )


def register_content(db: Connection, register_id: str) -> str:
    """The digest of a register's pointer and of who is missing from it, by our own numbers."""
    gone = sa.and_(_registration.c.register_id == register_id, _registration.c.absent != 0)
    return _digest(
        [
            _rows(db, state_table, STATE_COLUMNS, state_table.c.id == register_id),
            _rows(db, _registration, ABSENT_COLUMNS, gone),
        ]
    )


def erasure_content(db: Connection, erasure_id: int) -> str:
    """The digest of the record of an erasure, and of which versions it took."""
    taken = sa.select(seal_table.c.version_id).where(seal_table.c.erasure_id == erasure_id)
    return _digest(
        [
            _rows(db, _erasure, ERASURE_COLUMNS, _erasure.c.id == erasure_id),
            list(db.scalars(taken.order_by(seal_table.c.version_id))),
        ]
    )


def _rows(
    db: Connection, table: sa.Table, columns: Iterable[str], which: sa.ColumnElement[bool]
) -> list[list[Any]]:
    query = sa.select(*(raw(table.c[name]) for name in columns)).where(which)
    found = db.execute(query.order_by(table.c.id))
    return [[int(one) if isinstance(one, bool) else one for one in row] for row in found]


class Roots:
    """A running digest for each run of the commitments to its versions, in their order."""

    def __init__(self) -> None:
        """No version yet."""
        self._hashes: dict[int, Any] = {}

    def add(self, run_id: int, version_id: int, commitment: bytes) -> None:
        """The next version of a run; versions come in the order of their ids."""
        into = self._hashes.get(run_id)
        if into is None:
            into = self._hashes[run_id] = hashlib.sha256()
        into.update(b"%d:%b" % (version_id, commitment))

    def of(self, run_id: int) -> str:
        """The digest of a run's versions."""
        return str(self._hashes.get(run_id, hashlib.sha256()).hexdigest())

    @property
    def runs(self) -> set[int]:
        """The runs that published versions."""
        return set(self._hashes)


def commitment(salt: bytes, said: Sequence[Any]) -> bytes:
    """What stands for a version: (run, register, key, content hash, evidence), salted."""
    run_id, register_id, key, content_hash, evidence_id = said
    text = f"{run_id}\0{register_id}\0{key}\0{content_hash}\0{evidence_id}"
    return hashlib.sha256(salt + text.encode()).digest()


def seal_versions(db: Connection, run_id: int | None = None) -> Roots:
    """Salt what a run (or every run) has published and is not sealed; the roots of it.

    Publications wait for each other (data/nameindex.py), so only the newest versions are unsealed.
    """
    roots = Roots()
    for some in _unsealed(db, run_id):
        rows, random = [], BytesIO(os.urandom(_SALT * len(some)))
        for version_id, *said in some:
            salt = random.read(_SALT)
            roots.add(said[0], version_id, commitment(salt, said))
            rows.append((version_id, said[0], salt))
        bulk.insert(db, seal_table, "version_id run_id salt", rows)
    return roots


def _unsealed(db: Connection, run_id: int | None) -> Iterator[Sequence[Any]]:
    """What identifies each version without a seal, in order."""
    last = db.scalar(sa.select(sa.func.max(seal_table.c.version_id))) or 0
    query = committed().order_by(_version.c.id).limit(_PORTION)
    if run_id is not None:
        query = query.where(_version.c.run_id == run_id)
    while some := db.execute(query.where(_version.c.id > last)).all():
        last = some[-1][0]
        yield some


def committed() -> sa.Select[Any]:
    """The id of each version, and what its commitment is made of."""
    return sa.select(
        _version.c.id,
        _version.c.run_id,
        _registration.c.register_id,
        _registration.c.key,
        _version.c.content_hash,
        _version.c.evidence_id,
    ).join(_registration, _registration.c.id == _version.c.registration_id)


def adopt(db: Connection) -> None:
    """Begin the chain over what a store held before it had one."""
    ended = run_table.c.state != RunState.RUNNING
    moments = (run_table.c.decided_at, run_table.c.finished_at, run_table.c.started_at)
    roots = seal_versions(db)
    query = sa.select(run_table.c.id, *map(raw, moments)).where(ended).order_by(run_table.c.id)
    for run_id, *said in db.execute(query).all():
        at = next(filter(None, said))
        append(db, f"run {run_id}", run_content(db, run_id, roots.of(run_id)), at)
    for register_id, at in db.execute(
        sa.select(state_table.c.id, raw(state_table.c.accepted_at))
    ).all():
        append_register(db, register_id, at)
