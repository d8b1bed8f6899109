"""Every table of the store. Rows are validated before: table models do not validate."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from config.vocabulary import RunState, Status

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def _words(kind: type[Status] | type[RunState]) -> Any:
    return sa.Enum(
        kind, native_enum=False, length=32, values_callable=lambda words: [w.value for w in words]
    )


class RegisterState(SQLModel, table=True):
    """What is live of one register: the accepted run, and how old its facts are."""

    __tablename__ = "register"
    id: str = Field(primary_key=True, max_length=60)
    run_id: int = Field(foreign_key="run.id")
    as_of: datetime | None = Field(default=None, description="last checked; None: age unknown")
    accepted_at: datetime
    people: int = Field(description="registrations listed by the accepted sweep")
    source: str = Field(max_length=200, description="host that was read, or 'loopback' or 'inbox'")
    url: str = Field(default="", max_length=2000, description="where it was read, for re-checks")
    numbers: bool = Field(description="whether it printed the number of anybody")


_READS_A_HOST = "state = 'running' AND source NOT IN ('', 'inbox', 'loopback')"


class Run(SQLModel, table=True):
    """One attempt to read one register. At most one is running each: that row is the lease."""

    __tablename__ = "run"
    __table_args__ = (
        sa.Index(
            "ix_run_one_running",
            "register_id",
            unique=True,
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        ),
        sa.Index(
            "ix_run_one_a_host",
            "source",
            unique=True,
            sqlite_where=sa.text(_READS_A_HOST),
            postgresql_where=sa.text(_READS_A_HOST),
        ),
        sa.UniqueConstraint("register_id", "slot", "attempt"),
    )
    id: int | None = Field(default=None, primary_key=True)
    register_id: str = Field(index=True, max_length=60)
    slot: str | None = Field(default=None, max_length=20, description="local date of a night run")
    attempt: int = Field(default=1, description="which try at its slot; 1 where there is no slot")
    state: RunState = Field(sa_type=_words(RunState))
    owner: str = Field(max_length=300)
    heartbeat: datetime
    started_at: datetime
    finished_at: datetime | None = None
    as_of: datetime | None = None
    source: str = Field(default="", max_length=200)
    url: str = Field(default="", max_length=2000)
    complete: bool = Field(default=False, description="the sweep came to its end")
    stated: int | None = Field(default=None, description="people the register says it holds")
    requests: int = 0
    read: int = Field(default=0, description="people listed")
    details: int = Field(default=0, description="detail pages read")
    new: int = 0
    changed: int = 0
    missing: int = 0
    written: int = Field(default=0, description="live rows written by promotion")
    decided_by: str = Field(default="", max_length=200)
    decided_at: datetime | None = None
    decided_why: str = Field(default="", max_length=2000)


class RunIssue(SQLModel, table=True):
    """Something about a run that a person should know, as data."""

    __tablename__ = "run_issue"
    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    code: str = Field(max_length=60)
    level: str = Field(max_length=10)
    text: str = Field(max_length=4000)
    count: int = 1
    examples: str = Field(
        default="", max_length=4000, description="a few keys or lines, one a line"
    )


class Registration(SQLModel, table=True):
    """One registration we have ever seen, with what look-ups search and judge by."""

    __tablename__ = "registration"
    __table_args__ = (
        sa.UniqueConstraint("register_id", "key"),
        sa.Index("ix_registration_number_key_register_id", "number_key", "register_id"),
        {"sqlite_autoincrement": True},  # the number of somebody erased is nobody's after
    )
    id: int | None = Field(default=None, primary_key=True)
    register_id: str = Field(max_length=60)
    key: str = Field(max_length=80, description="the register's own id")
    ref: str = Field(max_length=20, unique=True, description="random name for links, tells nothing")
    number_key: str = Field(max_length=40)
    status: Status = Field(sa_type=_words(Status), description="as last listed")
    expires: date | None = None
    doubts: str = Field(default="", max_length=500, description="codes that withhold, by comma")
    shared: bool = Field(default=False, description="its number is printed for somebody else too")
    absent: int = Field(default=0, description="complete sweeps in a row that did not list it")
    last_listed: datetime | None = Field(default=None, description="set once it is absent")
    content_hash: str = Field(max_length=80)
    listing_digest: str = Field(max_length=80)
    bucket: int = Field(description="which seventh of the details it belongs to")
    detail_at: datetime | None = None
    first_seen: datetime
    last_changed: datetime


class FoldedNames(SQLModel, table=True):
    """The folded names and places of a registration (data/folded.py), to rank and filter by."""

    __tablename__ = "folded_names"
    registration_id: int = Field(
        primary_key=True,
        foreign_key="registration.id",
        sa_column_kwargs={"autoincrement": False},
    )
    folded: str


class Word(SQLModel, table=True):
    """The dictionary of the name index: every distinct word of anybody's names."""

    __tablename__ = "word"
    __table_args__ = {"sqlite_with_rowid": False}
    code: int = Field(
        primary_key=True, sa_type=sa.BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    text: str = Field(max_length=60)
    family: bool
    given: bool


class WordNear(SQLModel, table=True):
    """The neighbourhood of a word: what its misspellings have in common with it."""

    __tablename__ = "word_near"
    __table_args__ = {"sqlite_with_rowid": False}
    near: int = Field(primary_key=True, sa_type=sa.BigInteger)
    code: int = Field(primary_key=True, sa_type=sa.BigInteger)


class NamePair(SQLModel, table=True):
    """Who bears a family word together with a given word, by their codes."""

    __tablename__ = "name_pair"
    __table_args__ = (
        sa.Index("ix_name_pair_given", "given", "family"),
        {"sqlite_with_rowid": False},
    )
    family: int = Field(primary_key=True, sa_type=sa.BigInteger)
    given: int = Field(primary_key=True, sa_type=sa.BigInteger)
    registration_id: int = Field(primary_key=True)


class PlaceKey(SQLModel, table=True):
    """Who works in a city or clinic, by its code."""

    __tablename__ = "place_key"
    __table_args__ = {"sqlite_with_rowid": False}
    code: int = Field(primary_key=True, sa_type=sa.BigInteger)
    registration_id: int = Field(primary_key=True)


class Version(SQLModel, table=True):
    """What a register said of somebody, from when to when we saw it. The open one is today's."""

    __tablename__ = "version"
    __table_args__ = (
        sa.Index("ix_version_registration_id", "registration_id", "seen_until"),
        {"sqlite_autoincrement": True},  # the chain knows it by its number, also once it is erased
    )
    id: int | None = Field(default=None, primary_key=True)
    registration_id: int = Field(foreign_key="registration.id")
    run_id: int = Field(foreign_key="run.id")
    seen_from: datetime
    seen_until: datetime | None = None
    content_hash: str = Field(max_length=80)
    facts: str
    evidence_id: str | None = Field(default=None, max_length=64)


class Change(SQLModel, table=True):
    """One difference between two accepted runs."""

    __tablename__ = "change"
    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    register_id: str = Field(max_length=60)
    registration_id: int = Field(foreign_key="registration.id", index=True)
    kind: str = Field(max_length=20)
    before: str = ""
    after: str = ""
    at: datetime


class Evidence(SQLModel, table=True):
    """Where a raw answer is kept: the first time we were given exactly these bytes."""

    __tablename__ = "evidence"
    id: str = Field(primary_key=True, max_length=64, description="SHA-256 of the body")
    run_id: int | None = Field(
        default=None, foreign_key="run.id", index=True, description="None for a live re-check"
    )
    register_id: str = Field(max_length=60)
    url: str = Field(max_length=2000)
    status: int
    fetched_at: datetime
    file: str = Field(
        max_length=300, description="WARC file, below the evidence folder; empty: the body is gone"
    )
    offset: int
    length: int
    redacted: str = Field(
        default="", max_length=64, description="SHA-256 of the body without an erased person"
    )


class Validator(SQLModel, table=True):
    """By what a server recognises the answer it gave to a question, to be asked for news only."""

    __tablename__ = "validator"
    question: str = Field(primary_key=True, max_length=64)
    register_id: str = Field(max_length=60)
    evidence_id: str = Field(max_length=64)
    etag: str = Field(default="", max_length=200)
    modified: str = Field(default="", max_length=60)


class Link(SQLModel, table=True):
    """One link of the hash chain. Nothing in it tells of a person (data/chain.py)."""

    __tablename__ = "chain"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: str = Field(max_length=40, description="UTC, as text: every byte of it is hashed")
    subject: str = Field(max_length=400, description="a run, a register, a file, an erasure")
    content: str = Field(max_length=64, description="digest of what stands in the store; or empty")
    hash: str = Field(max_length=64, description="of this link and the one before")


class Seal(SQLModel, table=True):
    """What ties a version to the chain: its salt; once it is erased, only the commitment."""

    __tablename__ = "seal"
    version_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    run_id: int
    salt: bytes | None = None
    commitment: bytes | None = None
    erasure_id: int | None = Field(default=None, foreign_key="erasure.id")


class Erasure(SQLModel, table=True):
    """That somebody was erased: when, by whom and why, never who it was."""

    __tablename__ = "erasure"
    id: int | None = Field(default=None, primary_key=True)
    register_id: str = Field(max_length=60)
    at: datetime
    who: str = Field(max_length=200)
    why: str = Field(max_length=2000)
    versions: int
    pages: int = Field(description="raw answers taken out or rewritten")


class Rotation(SQLModel, table=True):
    """When every detail page of one seventh of a register was last read."""

    __tablename__ = "rotation"
    register_id: str = Field(primary_key=True, max_length=60)
    bucket: int = Field(primary_key=True)
    checked_at: datetime


class Staged(SQLModel, table=True):
    """What a run has read and not yet published: people who are new, or not quite as before."""

    __tablename__ = "staged"
    run_id: int = Field(primary_key=True, foreign_key="run.id")
    key: str = Field(primary_key=True, max_length=80)
    registration_id: int | None = Field(description="None: not known when the run began")
    ref: str = Field(max_length=20)
    content_hash: str = Field(max_length=80)
    listing_digest: str = Field(max_length=80)
    number_key: str = Field(max_length=40)
    status: Status = Field(sa_type=_words(Status))
    expires: date | None = None
    doubts: str = Field(max_length=500)
    facts: str
    folded: str = Field(description="names and places as folded_names keeps them")
    evidence_id: str | None = Field(default=None, max_length=64)
    bucket: int
    detail_at: datetime | None = None


class Ticked(SQLModel, table=True):
    """Whom a run not yet published has listed exactly as they are live."""

    __tablename__ = "ticked"
    __table_args__ = {"sqlite_with_rowid": False}
    run_id: int = Field(primary_key=True, foreign_key="run.id")
    registration_id: int = Field(primary_key=True)


class LiveReading(SQLModel, table=True):
    """One live question: first a place in the line, then for minutes what came of it."""

    __tablename__ = "live_reading"
    __table_args__ = (sa.UniqueConstraint("site", "register_id", "wanted"),)
    id: int | None = Field(default=None, primary_key=True, description="the order of the line")
    site: str = Field(max_length=300, description="scheme and host")
    register_id: str = Field(max_length=60)
    wanted: str = Field(max_length=80, description="the register's key of an entry, or a number")
    rules: str = Field(max_length=40, description="digest of address, reading rules and run")
    asked_at: datetime
    answered_at: datetime | None = None
    outcome: str = Field(max_length=10, description="asking, told or untold")
    text: str = Field(default="", max_length=2000, description="why nothing was told")
    facts: str | None = None
    made: datetime | None = Field(default=None, description="as of when the register told it")
    evidence_id: str | None = Field(default=None, max_length=64)


class LiveSite(SQLModel, table=True):
    """The manners owed to one host that is asked live: pace, back-off, its robots.txt."""

    __tablename__ = "live_site"
    site: str = Field(primary_key=True, max_length=300)
    asked_at: datetime | None = Field(default=None, description="the latest request")
    failures: int = Field(default=0, description="in a row")
    quiet_from: datetime | None = None
    quiet_seconds: int = 0
    why: str = Field(default="", max_length=20)
    robots: str | None = None
    robots_at: datetime | None = None


class Message(SQLModel, table=True):
    """Something to tell somebody outside, written in the transaction that it tells of."""

    __tablename__ = "message"
    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(unique=True, max_length=40, description="what a receiver knows it by")
    topic: str = Field(unique=True, max_length=160, description="the same thing is told once")
    kind: str = Field(max_length=40, description="for example register.held")
    audience: str = Field(max_length=60, description="'operator', or a watch")
    facts: str = Field(description="JSON; codes and counts, never a person")
    created_at: datetime
    addressed: bool = Field(default=False, index=True, description="deliveries have been made")


class Delivery(SQLModel, table=True):
    """One message on its way to one receiver. The address itself stays in the settings."""

    __tablename__ = "delivery"
    __table_args__ = (
        sa.UniqueConstraint("message_id", "channel", "target"),
        sa.Index("ix_delivery_state_next_at", "state", "next_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id")
    channel: str = Field(max_length=10, description="email, webhook or ping")
    target: str = Field(max_length=60, description="whose address: 'operator', or a watch")
    state: str = Field(default="waiting", max_length=10, description="waiting, sent or dead")
    tries: int = 0
    next_at: datetime
    settled_at: datetime | None = None
    trouble: str = Field(default="", max_length=200, description="why the last try failed")


class Heartbeat(SQLModel, table=True):
    """The one row by which a schedule that stopped is noticed, and what it pinged last."""

    __tablename__ = "heartbeat"
    id: int = Field(primary_key=True, description="always 1")
    owner: str = Field(max_length=300)
    at: datetime
    expected_by: datetime = Field(description="silence after this moment means it stopped")
    pinged_at: datetime | None = None
    pinged_well: bool | None = None


class LiveClient(SQLModel, table=True):
    """How many live questions one client may still ask this minute, whichever process is asked."""

    __tablename__ = "live_client"
    client: str = Field(primary_key=True, max_length=64, description="digest of its address")
    at: datetime
    left: float
