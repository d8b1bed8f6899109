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
from data.alerts import issue_table, run_table, tell_end
from data.chain import append_run
from data.store import Store, StoreError
from data.tables import Run

__all__ = ["issue_table", "run_table"]  # every room but alerts knows them from here
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
    `slot` is a night's slot, with the number of the attempt where it is not the first that did not
    fail ("2026-06-20#2"); of several who start the same attempt one gets it.
    """
    with alone(store, register_id):
        yield _start(store, register_id, source, now, slot)


@contextmanager
def alone(store: Store, register_id: str) -> Iterator[None]:
    """Nobody else on this machine reads this register or works on what it said; raises Busy."""
    with (lock_folder(store) / f"{register_id}.lock").open("w") as lock:
        _lock(lock.fileno(), register_id)
        yield


def lock_folder(store: Store) -> Path:
    """Where this machine's locks are."""
    folder = store.evidence.parent / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def owner_of(folder: Path) -> str:
    """Who we are to the other machines that share the store."""
    return f"{socket.gethostname()}:{_token(folder)}"


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


def _start(store: Store, register_id: str, source: str, now: datetime, slot: str | None) -> int:
    """Take over what is dead, then insert our row; the unique indexes decide races."""
    end_dead_runs(store, now, register_id)
    try:
        with store.begin() as db:
            name, attempt = _attempt(db, register_id, slot)
            row = Run(
                register_id=register_id,
                slot=name,
                attempt=attempt,
                state=RunState.RUNNING,
                owner=owner_of(lock_folder(store)),
                heartbeat=now,
                started_at=now,
                source=source,
            )
            insert = run_table.insert().values(row.model_dump(exclude={"id"}))
            return int(db.scalar(insert.returning(run_table.c.id)) or 0)
    except sa.exc.IntegrityError:
        raise Busy(
            f"Another run of {register_id} is under way, or one of another register on the same "
            "host, or this night's run is done already. Nothing was started; look at "
            "`goodstanding runs`."
        ) from None


def _attempt(db: Connection, register_id: str, slot: str | None) -> tuple[str | None, int]:
    """The slot and the number of the attempt to insert; raises Busy when its turn is over."""
    if slot is None:
        return None, 1
    name, _, number = slot.partition("#")
    mine = sa.and_(run_table.c.register_id == register_id, run_table.c.slot == name)
    states = db.scalars(sa.select(run_table.c.state).where(mine)).all()
    following = len(states) + 1
    if int(number) != following if number else set(states) - {RunState.FAILED}:
        raise Busy(
            f"The run of {register_id} for {name} is done already, or under way. Nothing was "
            "started; look at `goodstanding runs`."
        )
    return name, following


def end_dead_runs(store: Store, now: datetime, locked: str = "") -> list[int]:
    """Mark every run whose process is gone as failed, so that its slot is tried again; their ids.

    `locked` is the register whose lock we hold ourselves.
    """
    alive = run_table.c.state == RunState.RUNNING
    with store.read() as db:
        rows = db.execute(sa.select(run_table).where(alive)).mappings().all()
    dead = [row["id"] for row in rows if _is_dead(store, row, now, locked)]
    for run_id in dead:
        with suppress(LostLease), store.begin() as db:
            words = "The process of this run ended before it was done; nothing went live."
            update_run(db, run_id, state=RunState.FAILED, finished_at=now)
            add_issues(db, run_id, [Issue("interrupted", Level.HOLD, words)])
            tell_end(db, run_id, now)
            append_run(db, run_id, None, now)
    return dead


def _is_dead(store: Store, run: sa.RowMapping, now: datetime, locked: str) -> bool:
    """Of this machine: its lock was given back, whatever the clock says. Of another: silent."""
    folder = lock_folder(store)
    if run["owner"] != owner_of(folder):
        return bool(run["heartbeat"] < now - SILENCE)
    return run["register_id"] == locked or _is_free(folder / f"{run['register_id']}.lock")


def _is_free(path: Path) -> bool:
    with path.open("a") as lock:
        try:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


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
