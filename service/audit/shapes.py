"""What the API takes and gives of audits."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from config.vocabulary import Assurance, Status, Verdict
from service.answer import Out
from service.workspace.shapes import In

Why = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"\S")
]
Number = Annotated[int, Field(ge=1, le=2**53)]


class State(StrEnum):
    """How far an audit is; a stopped one can go on."""

    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class Choice(StrEnum):
    """What somebody decides about a row; `open` takes the decision before back."""

    ACCEPTED = "accepted"
    FOLLOW_UP = "follow_up"
    IGNORED = "ignored"
    REJECTED = "rejected"
    OPEN = "open"


class Kind(StrEnum):
    """Kinds of report."""

    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


class SignOffOut(Out):
    """Who signed an audit off, or opened it again."""

    action: Literal["signed", "reopened"]
    who: str
    why: str
    left_open: int = Field(description="rows to look at that nobody had decided on")
    at: datetime


class AuditOut(Out):
    """An audit without its rows. `judged` of `rows` have a verdict."""

    id: int
    state: State
    who: str = Field(description="who asked for it")
    created_at: datetime
    finished_at: datetime | None
    source: str = Field(description="name of the file", examples=["roster.csv"])
    source_digest: str = Field(description="SHA-256 of the file")
    sheet: str | None
    columns: dict[str, str] = Field(description="which column was read as what")
    notes: list[str] = Field(description="what was assumed to read it: look whether that is right")
    profession: str
    on: date | None = Field(description="the earlier day it is asked of")
    rows: int
    judged: int
    rules_version: str
    verdicts: dict[str, int] = Field(description="rows of each verdict")
    sign_offs: list[SignOffOut] = Field([], description="the last one stands")


class AuditsOut(Out):
    """Audits of the workspace, the newest first."""

    audits: list[AuditOut]
    next_cursor: str | None = None


class Told(Out):
    """Something that is told of a row, as a code and in words."""

    code: str
    text: str


class DecisionOut(Out):
    """What somebody decided about a row. The last one stands; the verdict never changes."""

    decision: Choice
    who: str
    why: str
    at: datetime


class RowOut(Out):
    """A row of the roster with what came of it; `verdict` is null until it has been judged."""

    row: int = Field(description="place among the rows, from 1")
    line: int = Field(description="its number in the file")
    cells: dict[str, str]
    asked: dict[str, str | None] = Field(description="whom the row names, as read")
    marks: list[Told] = Field(description="what is doubtful about its cells")
    findings: list[Told] = Field(description="what shows beside other rows and registers")
    decisions: list[DecisionOut]
    verdict: Verdict | None = None
    assurance: Assurance | None = None
    reasons: list[Told] = []
    status: Status | None = None
    register_word: str | None = None
    alerts: list[str] = []
    register_id: str | None = Field(None, alias="register")
    register_name: str | None = None
    key: str | None = None
    number: str | None = None
    listed_as: str | None = None
    last_checked: datetime | None = None
    valid_until: datetime | None = None
    judged_at: datetime | None = None
    evidence_id: str | None = None
    suggestion: str | None = None


class RowsOut(Out):
    """Rows in the order of the roster."""

    rows: list[RowOut]
    next_cursor: str | None = None


class DecisionIn(In):
    """What is decided about a row, and why."""

    decision: Choice
    why: Why = Field(examples=["Called the office: the number had two digits swapped."])


class SignOffIn(In):
    """Sign the audit off, or open it again."""

    action: Literal["signed", "reopened"] = "signed"
    why: str = Field("", max_length=2000, description="needed to open it again")
    leave_open: bool = Field(
        False, strict=True, description="sign although rows to look at are not decided on"
    )


_CELL = {"type": ["string", "number", "boolean", "null"]}
_ROW = {"type": "object", "additionalProperties": _CELL, "maxProperties": 100}
_ROWS: dict[str, Any] = {"type": "array", "items": _ROW, "minItems": 1, "maxItems": 50_000}
_EXAMPLE = {"rows": [{"name": "Ingrith Abelquist", "number": "A1001", "province": "Ontario"}]}
_OBJECT: dict[str, Any] = {"type": "object", "properties": {"rows": _ROWS}, "required": ["rows"]}
_OBJECT |= {"additionalProperties": False}
_FILE = {"type": "string", "format": "binary"}
_FORM = {"type": "object", "properties": {"file": _FILE}, "required": ["file"]}
ROSTER_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The roster: rows of JSON, a file (CSV, XLSX, XLS, ODS), or pasted text. At "
        "most 10 MiB, 50,000 rows and 100 columns. Its kind is told by its bytes.",
        "content": {
            "application/json": {"schema": {"anyOf": [_OBJECT, _ROWS]}, "example": _EXAMPLE},
            "text/plain": {"schema": {"type": "string"}},
            "application/octet-stream": {"schema": _FILE},
            "multipart/form-data": {"schema": _FORM},
        },
    }
}
