"""Remembers live questions for minutes, so that every door and process shares one memory.

A row per question: first a place in the line of its site, then what came of it. A row per site:
when it was last asked, how it failed, its robots.txt. A row per client: what it may still ask, for
a minute, never whom it asked about. Registrations are never touched from here.
Times that lie ahead are a clock that was set back: they count as now, and answers are forgotten.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from config.vocabulary import RunState
from data import evidence
from data.records import Record, record_from
from data.run import SILENCE, run_table
from data.store import Store
from data.tables import LiveClient, LiveReading, LiveSite

reading: sa.Table = LiveReading.__table__  # type: ignore[attr-defined]
site_table: sa.Table = LiveSite.__table__  # type: ignore[attr-defined]
client_table: sa.Table = LiveClient.__table__  # type: ignore[attr-defined]

LINE = 5  # questions at one site that may wait, the one being asked included
DEAD = timedelta(seconds=60)  # whoever asked and has said nothing since is gone
LONGEST_QUIET = 24 * 3600
_MINUTE = timedelta(minutes=1)
_AHEAD = timedelta(seconds=5)  # clocks of two machines may differ by this
_FIRST_QUIET, _USUAL_QUIET = 120, 900
_ASKING, _TOLD, _UNTOLD = "asking", "told", "untold"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a question is about: an entry's key or a number, at one site.

    `rules` differ where an answer may not be used again: read otherwise, or before the last night.
    """

    site: str
    source: str  # the site as runs name it
    register_id: str
    wanted: str
    rules: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """Our place in the line of a site."""

    id: int
    taken: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What the register told `at` that moment; `made` is how old it was by its publisher's word."""

    record: Record
    made: datetime
    at: datetime
    evidence_id: str


@dataclass(frozen=True, slots=True)
class Line:
    """Still waiting, or `ours` to ask; without a ticket another asks about the same person."""

    ticket: Ticket | None
    ours: bool


@dataclass(frozen=True, slots=True)
class NotNow:
    """Nobody is asked at this moment.

    `code`: busy (the line is full), reading (a night reads the site), refused or unreachable (it
    failed lately), untold (it told nothing of this person, in `text`). `until`: when it may be
    worth asking again.
    """

    code: str
    text: str = ""
    until: datetime | None = None


class Memory:
    """What is remembered of live questions; answers are kept for `keep`."""

    def __init__(self, store: Store, keep: timedelta) -> None:
        self.store, self.keep = store, keep

    def enter(
        self, subject: Subject, now: datetime, ticket: Ticket | None = None
    ) -> Told | Line | NotNow:
        """An answer that is remembered, or a place in the line; raises StoreError.

        Ask again and again with the ticket until the turn is `ours`.
        """
        with self.store.brief() as db:
            site = _hold(db, subject.site)
            _forget(db, self.keep, now)
            row = _row(db, subject)
            if row and row["outcome"] != _ASKING:
                return _answer(row, self.keep)
            if not_now := _quiet(site, now) or _night(db, subject.source, now):
                return not_now
            if row is None:
                return _line_up(db, subject, now)
            mine = ticket is not None and ticket.id == row["id"] and ticket.taken == row["asked_at"]
            return Line(ticket if mine else None, mine and _front(db, subject.site) == row["id"])

    def leave(self, subject: Subject, ticket: Ticket) -> None:
        """Give the place up; raises StoreError."""
        with self.store.brief() as db:
            db.execute(reading.delete().where(_mine(subject, ticket)))

    def turn(self, site: str, seconds: float, now: datetime) -> float:
        """Take the turn for one request: 0.0 when it may go now, else the seconds to wait first."""
        with self.store.brief() as db:
            last = _hold(db, site)["asked_at"]
            wait = seconds - (now - last).total_seconds() if last else 0.0
            if 0 < wait <= seconds:
                return wait
            _write(db, site, asked_at=now)
            return min(max(wait, 0.0), seconds)  # more than that: the clock was set back

    def robots(self, site: str, now: datetime) -> str | None:
        """The robots.txt of the site as it was read within `keep`; None when it was not."""
        fresh = site_table.c.robots_at.between(now - self.keep, now + _AHEAD)
        query = sa.select(site_table.c.robots).where(site_table.c.site == site, fresh)
        with self.store.read() as db:
            return db.scalar(query)

    def keep_robots(self, site: str, text: str, now: datetime) -> None:
        """Remember a robots.txt that could be read."""
        with self.store.brief() as db:
            _hold(db, site)
            _write(db, site, robots=text.replace("\0", ""), robots_at=now)

    def told(self, subject: Subject, ticket: Ticket, told: Told, exhibit: dict[str, Any]) -> None:
        """Keep an answer with its evidence: the site is well. Raises StoreError."""
        with self.store.brief(patience=10) as db:
            _hold(db, subject.site)
            evidence.index(db, [exhibit])
            values = {"outcome": _TOLD, "answered_at": told.at, "made": told.made}
            values |= {"facts": told.record.facts, "evidence_id": told.evidence_id}
            db.execute(reading.update().where(_mine(subject, ticket)).values(values))
            _write(db, subject.site, failures=0, quiet_from=None, quiet_seconds=0, why="")

    def untold(self, subject: Subject, ticket: Ticket, text: str, now: datetime) -> None:
        """The site is well, but told nothing of this person that can be used."""
        values = {"outcome": _UNTOLD, "answered_at": now, "text": text[:2000]}
        with self.store.brief(patience=10) as db:
            db.execute(reading.update().where(_mine(subject, ticket)).values(values))

    def failed(self, subject: Subject, code: str, least: float, now: datetime) -> None:
        """The site is dead or turned us away: leave it alone, longer each time, `least` seconds."""
        with self.store.brief(patience=10) as db:
            failures = _hold(db, subject.site)["failures"] + 1
            usual = _FIRST_QUIET * 2 ** min(failures - 1, 10) if code != "refused" else _USUAL_QUIET
            seconds = min(max(least, min(usual, _USUAL_QUIET)), LONGEST_QUIET)
            quiet = {"quiet_from": now, "quiet_seconds": int(seconds) + 1, "why": code}
            _write(db, subject.site, failures=failures, **quiet)

    def spend(self, client: str, per_minute: int, now: datetime) -> float:
        """Take one of the questions a client has; the seconds to wait when none is left, else 0."""
        address = hashlib.sha256(client.encode()).hexdigest()
        with self.store.brief() as db:
            row = _upsert(db, client_table, client=address, at=now, left=float(per_minute))
            past = max((now - row["at"]).total_seconds(), 0.0)
            left = min(per_minute, row["left"] + past * per_minute / 60)
            enough = left >= 1
            mine = client_table.c.client == address
            db.execute(client_table.update().where(mine).values(at=now, left=left - enough))
        return 0.0 if enough else (1 - left) * 60 / per_minute

    def forget(self, now: datetime) -> None:
        """Drop what is past its minutes; writes only where something is. Raises StoreError."""
        old = sa.exists().where(_past(self.keep, now)), sa.exists().where(_idle(now))
        with self.store.read() as db:
            if not db.scalar(sa.select(sa.or_(*old))):
                return
        with self.store.brief() as db:
            _forget(db, self.keep, now)


def _hold(db: Connection, site: str) -> sa.RowMapping:
    """The row of a site, locked: whoever writes here first is alone until the transaction ends."""
    return _upsert(db, site_table, site=site, failures=0, quiet_seconds=0, why="")


def _upsert(db: Connection, table: sa.Table, **fresh: Any) -> sa.RowMapping:
    """The row of that primary key as it is, locked; `fresh` where there was none."""
    kind = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    insert, [key] = kind(table).values(**fresh), table.primary_key.columns.keys()
    same = {key: insert.excluded[key]}
    upsert = insert.on_conflict_do_update(index_elements=[key], set_=same)
    return db.execute(upsert.returning(table)).mappings().one()


def _write(db: Connection, site: str, **values: Any) -> None:
    db.execute(site_table.update().where(site_table.c.site == site).values(values))


def _past(keep: timedelta, now: datetime) -> sa.ColumnElement[bool]:
    """The questions whose minutes are over, whose asker is gone, or that lie ahead of the clock."""
    ahead = now + _AHEAD
    gone = sa.and_(reading.c.outcome == _ASKING, reading.c.asked_at < now - DEAD)
    old = sa.and_(reading.c.outcome != _ASKING, reading.c.answered_at <= now - keep)
    return sa.or_(gone, old, reading.c.asked_at > ahead, reading.c.answered_at > ahead)


def _idle(now: datetime) -> sa.ColumnElement[bool]:
    """The clients who have every question of a minute again."""
    return sa.or_(client_table.c.at <= now - _MINUTE, client_table.c.at > now + _AHEAD)


def _forget(db: Connection, keep: timedelta, now: datetime) -> None:
    db.execute(reading.delete().where(_past(keep, now)))
    db.execute(client_table.delete().where(_idle(now)))
    later = site_table.c.quiet_from > now + _AHEAD
    db.execute(site_table.update().where(later).values(quiet_from=now))


def _row(db: Connection, subject: Subject) -> sa.RowMapping | None:
    """The question about this person; one answered by other rules is dropped."""
    mine = _same(subject)
    row = db.execute(sa.select(reading).where(mine)).mappings().first()
    if row and row["outcome"] != _ASKING and row["rules"] != subject.rules:
        db.execute(reading.delete().where(mine))
        return None
    return row


def _same(subject: Subject) -> sa.ColumnElement[bool]:
    return sa.and_(
        reading.c.site == subject.site,
        reading.c.register_id == subject.register_id,
        reading.c.wanted == subject.wanted,
    )


def _mine(subject: Subject, ticket: Ticket) -> sa.ColumnElement[bool]:
    """Our own place and nobody else's: ids are used again once a row is gone."""
    ours = sa.and_(reading.c.id == ticket.id, reading.c.asked_at == ticket.taken)
    return sa.and_(ours, _same(subject), reading.c.outcome == _ASKING)


def _answer(row: sa.RowMapping, keep: timedelta) -> Told | NotNow:
    if row["outcome"] == _UNTOLD:
        return NotNow("untold", row["text"], row["answered_at"] + keep)
    record = record_from(row["facts"])
    return Told(record, row["made"], row["answered_at"], row["evidence_id"])


def _quiet(site: sa.RowMapping, now: datetime) -> NotNow | None:
    """Whether the site is left alone after a failure."""
    if site["quiet_from"] is None:
        return None
    until = min(site["quiet_from"], now) + timedelta(seconds=site["quiet_seconds"])
    return NotNow(site["why"], "", until) if now < until else None


def _night(db: Connection, source: str, now: datetime) -> NotNow | None:
    """Whether a run reads the same host now: one at a time (promise C1)."""
    running = sa.and_(run_table.c.state == RunState.RUNNING, run_table.c.source == source)
    alive = run_table.c.heartbeat > now - SILENCE
    found = db.scalar(sa.select(run_table.c.id).where(running, alive).limit(1))
    return NotNow("reading") if found else None


def _line_up(db: Connection, subject: Subject, now: datetime) -> Line | NotNow:
    waiting = sa.and_(reading.c.site == subject.site, reading.c.outcome == _ASKING)
    before = db.scalar(sa.select(sa.func.count()).select_from(reading).where(waiting)) or 0
    if before >= LINE:
        return NotNow("busy")
    row = LiveReading(
        site=subject.site,
        register_id=subject.register_id,
        wanted=subject.wanted,
        rules=subject.rules,
        asked_at=now,
        outcome=_ASKING,
    )
    values = row.model_dump(exclude={"id"})
    made = db.scalar(reading.insert().values(values).returning(reading.c.id))
    return Line(Ticket(int(made or 0), now), before == 0)


def _front(db: Connection, site: str) -> int | None:
    """Whose turn it is at a site."""
    waiting = sa.and_(reading.c.site == site, reading.c.outcome == _ASKING)
    first: int | None = db.scalar(sa.select(sa.func.min(reading.c.id)).where(waiting))
    return first
