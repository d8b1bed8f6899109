"""A run's row: the lease that keeps two runs of one register apart, its counts and its issues."""

import fcntl
import os
import secrets
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import Level, RunState
from data.store import Store, StoreError
from data.tables import Run, RunIssue

run_table: sa.Table = Run.__table__  # type: ignore[attr-defined]
issue_table: sa.Table = RunIssue.__table__  # type: ignore[attr-defined]

# A run whose process cannot be seen from here is believed dead after this silence (promise K3).
SILENCE = timedelta(seconds=110)
_EXAMPLES = 10


class Busy(Exception):
    """Another run of this register is under way."""


class LostLease(StoreError):
    """Somebody else took this run over; what it read is not published."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding of a run: a closed code, its weight, a sentence, how often, a few examples."""

    code: str
    level: Level
    text: str
    count: int = 1
    examples: tuple[str, ...] = ()


@contextmanager
def lease(
    store: Store, register_id: str, source: str, now: datetime, slot: str | None = None
) -> Iterator[int]:
    """The id of a new run of this register, ours alone while we live; raises Busy.

    A file lock (given back by the kernel however we die) tells processes of this machine apart; a
    run of another machine counts as dead when its heartbeat has been silent for SILENCE.
    """
    folder = store.evidence.parent / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    owner = f"{socket.gethostname()}:{_token(folder)}"
    with (folder / f"{register_id}.lock").open("w") as lock:
        _lock(lock.fileno(), register_id)
        yield _start(store, register_id, source, now, slot, owner)


def _token(folder: Path) -> str:
    """A name for this lock folder that no other machine has, made once."""
    path = folder / "owner"
    if not path.exists():
        fresh = path.with_name(f"owner.{os.getpid()}")
        fresh.write_text(secrets.token_hex(16))
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text()


def _lock(descriptor: int, register_id: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Busy(
            f"Another process on this machine is reading {register_id} now. Nothing was started; "
            "wait for it to finish, then look at `goodstanding runs`."
        ) from None


def _start(
    store: Store, register_id: str, source: str, now: datetime, slot: str | None, owner: str
) -> int:
    """Take over what is dead, then insert our row; the unique index decides races."""
    running = sa.and_(run_table.c.register_id == register_id, run_table.c.state == RunState.RUNNING)
    dead = sa.or_(run_table.c.owner == owner, run_table.c.heartbeat < now - SILENCE)
    try:
        with store.begin() as db:
            for run_id in db.scalars(sa.select(run_table.c.id).where(running, dead)).all():
                words = "The process of this run ended before it was done; nothing went live."
                add_issues(db, run_id, [Issue("interrupted", Level.HOLD, words)])
                # Its night's slot is free again: nobody else may have to wait for tomorrow.
                values = {"state": RunState.FAILED, "finished_at": now, "slot": None}
                db.execute(run_table.update().where(run_table.c.id == run_id).values(values))
            row = Run(
                register_id=register_id,
                slot=slot,
                state=RunState.RUNNING,
                owner=owner,
                heartbeat=now,
                started_at=now,
                source=source,
            )
            insert = run_table.insert().values(row.model_dump(exclude={"id"}))
            return int(db.scalar(insert.returning(run_table.c.id)) or 0)
    except sa.exc.IntegrityError:
        raise Busy(
            f"Another run of {register_id} is under way, or this night's run is done already. "
            "Nothing was started; look at `goodstanding runs`."
        ) from None


def update_run(db: Connection, run_id: int, **values: Any) -> None:
    """Write to our running row; raises LostLease when it is not ours any more."""
    ours = sa.and_(run_table.c.id == run_id, run_table.c.state == RunState.RUNNING)
    if db.execute(run_table.update().where(ours).values(values)).rowcount != 1:
        raise LostLease(
            f"Run {run_id} was taken over by another process; what it read is not published."
        )


def add_issues(db: Connection, run_id: int, issues: Iterable[Issue]) -> None:
    """Keep findings of a run, bounded so that a hostile page cannot fill the store."""
    rows = [
        {
            "run_id": run_id,
            "code": issue.code[:60],
            "level": issue.level.value,
            "text": issue.text[:2000],
            "count": issue.count,
            "examples": "\n".join(example[:200] for example in issue.examples[:_EXAMPLES]),
        }
        for issue in issues
    ]
    if rows:
        db.execute(issue_table.insert(), rows)
