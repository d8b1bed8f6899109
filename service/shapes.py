"""What the API gives of runs, registers, places and changes: the same models on both sides."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from config.vocabulary import ChangeKind, Health, NumberPublished, RunState
from service.answer import Out


class IssueOut(Out):
    """Something that was found on a run."""

    code: str = Field(examples=["shrunk"])
    level: str = Field(examples=["hold"])
    text: str
    count: int
    examples: list[str] = Field(description="always empty here: examples name people")


class RunOut(Out):
    """One attempt to read one register."""

    id: int
    register_id: str = Field(alias="register", examples=["ca_on_cmto"])
    state: RunState
    started_at: datetime
    finished_at: datetime | None
    as_of: datetime | None = Field(description="the age that its publisher gives the data")
    source: str
    stated: int | None = Field(description="people the register said it holds")
    requests: int
    read: int = Field(description="people listed")
    details: int
    new: int
    changed: int
    missing: int
    written: int
    decided_by: str | None
    decided_at: datetime | None
    decided_why: str | None
    issues: list[IssueOut]


class RunsOut(Out):
    """Runs, the newest first."""

    runs: list[RunOut]
    next_cursor: str | None = None


class HoldOut(Out):
    """Why a run was held."""

    code: str
    text: str
    count: int


class HeldOut(Out):
    """The latest run of a register, where it did not go live."""

    run: int
    state: RunState
    at: datetime | None
    reasons: list[HoldOut]


class RegisterOut(Out):
    """A register: whose it is, whom it covers, and how old what we read there is."""

    id: str = Field(examples=["ca_on_cmto"])
    name: str
    regulator: str
    platform: str
    jurisdiction: str = Field(examples=["CA-ON"])
    profession: str
    enabled: bool
    verified: bool = Field(description="somebody has seen the real service answer")
    lookup_only: bool
    covers: str
    notes: str | None
    caveat: str | None
    number_published: NumberPublished
    confirms: bool = Field(description="whether being listed there proves anything")
    renewal: list[dict[str, Any]]
    renewal_note: str | None
    people: int
    last_checked: datetime | None
    last_accepted: datetime | None
    last_run: int | None
    age_hours: float | None
    fresh_until: datetime | None
    health: Health
    source: str | None
    terms: dict[str, Any]
    official_url: str
    trouble: HeldOut | None


class PlaceRulesOut(Out):
    """A province, state or country: whether the law says who may practise there."""

    code: str = Field(examples=["CA-ON"])
    name: str
    regulated: bool
    kind: str
    body: str | None
    titles: list[str]
    registers: list[str]
    check_at: str | None
    since: str | None
    voluntary: dict[str, str]
    ask: str | None
    note: str | None
    doubt: str | None
    source: str
    as_of: date


class CoverageOut(Out):
    """Every register with its age and health, and the places that have none."""

    registers: list[RegisterOut]
    jurisdictions: list[PlaceRulesOut]


class ChangeOut(Out):
    """A difference between two accepted runs. Numbers are masked."""

    id: int
    run: int
    register_id: str = Field(alias="register")
    key: str = Field(description="our link name of the registration")
    number: str | None = Field(examples=["A•••4"])
    kind: ChangeKind
    before: str | None
    after: str | None
    at: datetime


class ChangesOut(Out):
    """Changes, the oldest first; `next_cursor` is there also where nothing follows yet."""

    changes: list[ChangeOut]
    next_cursor: str | None = Field(None, description="ask with it for what comes after")


class AliveOut(Out):
    """The process answers."""

    status: str = Field(examples=["alive"])


class SourceOut(Out):
    """How one register is."""

    id: str
    health: Health
    last_accepted: datetime | None
    age_hours: float | None
    trouble: HeldOut | None


class ReadyOut(Out):
    """Whether there is something to answer from."""

    status: str = Field(examples=["ready"])
    not_fresh: list[str]
    registers: list[SourceOut]
