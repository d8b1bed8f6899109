"""What the API takes and gives of watch lists, their alerts, receivers and feeds."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from service.answer import Out
from service.workspace.shapes import In

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Named = Annotated[Name, Field(pattern=r"\S", examples=["Front desk"])]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"\S")
]
Severity = Literal["critical", "high", "medium", "low"]
State = Literal["open", "acknowledged", "reopened"]
MOST = 2000  # people of one request; the command line takes whole files


class PersonIn(In):
    """Somebody to watch, as a roster would name them."""

    name: Text = Field(examples=["Ingrith Abelquist"])
    number: Text = Field("", examples=["A1001"])
    province: Text = Field("", examples=["Ontario"])
    city: Text = ""
    clinic: Text = ""
    role: Text = ""
    register_id: Text = Field("", alias="register", examples=["ca_on_cmto"])


class WatchIn(In):
    """A list to make."""

    name: Named
    profession: Text = "massage therapist"
    people: list[PersonIn] = Field(min_length=1, max_length=MOST)


class PeopleIn(In):
    """The whole list as it is to be; with `apply`, the token of the difference that was shown."""

    people: list[PersonIn] = Field(min_length=1, max_length=MOST)
    apply: str = Field("", max_length=40, description="empty: only show the difference")


class WatchOut(Out):
    """A list, how its people stand today, and how many alerts wait by weight."""

    id: str = Field(examples=["wat_0123456789abcdef"])
    name: str
    profession: str
    source: str = Field(description="name of the file, or where the people came from")
    revision: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    people: int
    standings: dict[str, int] = Field(description="by status; also not_found and withheld")
    waiting: dict[Severity, int]


class WatchesOut(Out):
    """The lists of the workspace."""

    watches: list[WatchOut]


class WatchedOut(Out):
    """Somebody on a list: as typed, and how they stand."""

    id: int
    name: str | None
    number: str | None
    place: str | None
    province: str | None
    clinic: str | None
    role: str | None
    register_said: str | None = Field(description="the register that the row names")
    profession: str | None
    marks: list[str] = Field(description="what is doubtful about the row")
    found: bool
    register_id: str | None = Field(alias="register")
    key: str | None
    assurance: str | None
    standing: str
    expires: date | None
    verdict: str = Field(description="when last asked who this is")
    reasons: list[str]
    judged_at: datetime


class PeoplePage(Out):
    """People of a list, in the order they were added."""

    people: list[WatchedOut]
    next_cursor: str | None = None


class NamedOut(Out):
    """Somebody, as a roster names them."""

    name: str
    number: str | None
    place: str | None


class DiffOut(Out):
    """What a newer roster changes, or has changed."""

    applied: bool
    token: str = Field(description="apply it with this")
    added: list[NamedOut]
    removed: list[NamedOut]
    kept: int
    named_twice: int


class ActionOut(Out):
    """What somebody did about an alert."""

    state: State
    who: str
    why: str
    at: datetime


class AlertOut(Out):
    """Something about a watched person that the clinic should know."""

    id: int
    kind: str = Field(examples=["status"])
    severity: Severity
    text: str
    person_id: int | None = Field(description="none: of the whole list, or taken off it since")
    person: str | None = Field(description="the name as typed")
    register_id: str | None = Field(alias="register")
    run: int | None
    before: str | None
    after: str | None
    due: date | None
    raised_at: datetime
    state: State
    actions: list[ActionOut]


class AlertPage(Out):
    """Alerts of a list, the newest first."""

    alerts: list[AlertOut]
    next_cursor: str | None = None


class Why(In):
    """Why an alert is acknowledged or opened again."""

    why: Reason = Field(examples=["Spoke to her: she renewed yesterday."])


class DueOut(Out):
    """Somebody who must renew by a day."""

    person_id: int
    person: str
    register_id: str = Field(alias="register")
    due: date
    days_left: int
    expires: date | None
    renewed: bool | None = Field(description="null: the register prints no expiry, so nobody knows")


class BoardOut(Out):
    """Who has not renewed, the soonest first; `people` is everybody with a day to renew by."""

    board: list[DueOut]
    people: int


class ReceiverIn(In):
    """Somebody to be told."""

    channel: Literal["webhook", "email"]
    address: str = Field(min_length=3, max_length=2000, examples=["https://clinic.example/hook"])


class ReceiverOut(Out):
    """Somebody who is told; of a webhook's address only where it leads."""

    id: str
    channel: str
    address: str
    created_at: datetime
    created_by: str


class ReceiverMade(ReceiverOut):
    """A new receiver. `secret` signs its webhooks, and is shown in this answer only."""

    secret: str | None


class SentOut(Out):
    """One message on its way to a receiver."""

    id: int
    receiver: str
    kind: str
    state: str
    tries: int
    created_at: datetime
    next_at: datetime
    settled_at: datetime | None
    trouble: str


class ReceiversOut(Out):
    """Who is told of a list, and what went or waits, the newest first."""

    receivers: list[ReceiverOut]
    deliveries: list[SentOut]


class Replayed(Out):
    """How many given-up messages are sent again."""

    replayed: int


class FeedOut(Out):
    """A feed, without its address."""

    id: str
    created_at: datetime
    created_by: str


class FeedMade(FeedOut):
    """A new feed. Its addresses are shown in this answer only: whoever has one, reads it."""

    atom: str
    calendar: str


class FeedsOut(Out):
    """The feeds of a list."""

    feeds: list[FeedOut]
