"""The one answer, the same on every door: its shape, and how it is filled."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from config.register import Register
from config.vocabulary import Assurance, Status, Verdict
from data.lookup import Registered
from data.names import number_key
from data.records import Notice
from service.language import say

PROFESSION = "massage therapist"  # whom a question is about unless it says otherwise


class Out(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, populate_by_name=True)


class Reason(Out):
    """A named fact an answer rests on, as a code and in words."""

    code: str = Field(examples=["number_equal"])
    text: str = Field(examples=["The number is the one the register prints."])


class NoticeOut(Out):
    """A restriction or notice, in the register's words."""

    text: str
    since: date | None = None
    until: date | None = None
    link: str = ""


class PlaceOut(Out):
    """A workplace the register shows."""

    name: str = Field("", examples=["Cedarlatch Massage Clinic"])
    city: str = Field("", examples=["Ottawa"])
    province: str = Field("", examples=["Ontario"])


class NameOut(Out):
    """Another name of the same person."""

    name: str
    kind: str = Field(description="common or former")


class RegistrationOut(Out):
    """One registration, with the register's own word and the dates we read it."""

    register_id: str = Field(alias="register", examples=["ca_on_cmto"])
    register_name: str
    key: str = Field(description="the register's own id, or our link name where that is a number")
    number: str | None = Field(description="masked (A•••4) unless it was asked for")
    name: str
    other_names: list[NameOut]
    profession: str
    status: Status
    register_word: str = Field(description="the register's own words: class and status")
    may_practise: bool | None
    restrictions: list[NoticeOut]
    notices: list[NoticeOut]
    places: list[PlaceOut]
    first_registered: date | None
    expires: date | None
    last_checked: datetime | None = Field(description="when a complete reading last listed it")
    detail_checked: datetime | None
    last_changed: datetime
    valid_until: datetime | None
    caveat: str | None = Field(description="what this register does not tell")
    official_url: str
    evidence_id: str | None
    reasons: list[Reason] = Field(
        default_factory=list, description="what agrees with the question, and what differs"
    )


class Query(Out):
    """What was asked, as understood."""

    text: str | None = None
    number: str | None = None
    name: str | None = None
    register_id: str | None = Field(None, alias="register")
    place: str | None = None
    profession: str | None = None
    jurisdiction: str | None = None
    city: str | None = None
    status: Status | None = None
    on: date | None = Field(None, description="the earlier day it is asked of")


class Answer(Out):
    """The verdict on a question, why, from what, and until when it may be used."""

    verdict: Verdict
    assurance: Assurance | None
    summary: str = Field(description="the answer in one honest sentence")
    reasons: list[Reason]
    matches: list[RegistrationOut]
    suggestions: list[str]
    check_at: list[str] = Field(description="official pages where anybody can make sure")
    evaluated_at: datetime
    valid_until: datetime | None
    rules_version: str
    query: Query
    next_cursor: str | None = Field(None, description="ask with it for the next people")


def registration_out(
    found: Registered,
    register: Register,
    *,
    show_number: bool,
    valid_until: datetime | None = None,
    reasons: Sequence[Reason] = (),
) -> RegistrationOut:
    """A registration as people see it; its number masked unless `show_number`."""
    record = found.record
    word = " / ".join(part for part in (record.category, record.word) if part)
    return RegistrationOut(
        register_id=register.id,
        register_name=say(register.name),
        key=shown_key(found, show_number),
        number=(record.number if show_number else mask(record.number)) or None,
        name=record.name.full,
        other_names=[NameOut(name=name.full, kind=name.kind.value) for name in record.other_names],
        profession=record.profession,
        status=found.status,
        register_word=word,
        may_practise=record.may_practise,
        restrictions=_notices(record.restrictions),
        notices=_notices(record.notices),
        places=[
            PlaceOut(name=place.name, city=place.city, province=place.province)
            for place in record.places
        ],
        first_registered=record.first_registered,
        expires=record.expires,
        last_checked=found.last_checked,
        detail_checked=found.detail_checked,
        last_changed=found.last_changed,
        valid_until=valid_until,
        caveat=say(register.caveat) or None,
        official_url=register.official_url,
        evidence_id=found.evidence_id,
        reasons=list(reasons),
    )


def shown_key(found: Registered, show_number: bool) -> str:
    """By what an entry may be asked for: our link name where its own id would tell its number."""
    record = found.record
    telling = bool(record.number) and number_key(record.number) in number_key(record.key)
    return found.ref if telling and not show_number else record.key


def mask(number: str) -> str:
    """`A1234` as `A•••4`: enough to recognise one's own, too little to learn another's."""
    return f"{number[0]}•••{number[-1]}" if len(number) > 3 else "•••" if number else ""


def _notices(notices: tuple[Notice, ...]) -> list[NoticeOut]:
    return [
        NoticeOut(text=one.text, since=one.since, until=one.until, link=one.link) for one in notices
    ]


def run_out(run: dict[str, Any]) -> dict[str, Any]:
    """A run as every door shows it."""
    return {
        "id": run["id"],
        "register": run["register_id"],
        "state": run["state"],
        "started_at": run["started_at"],
        "finished_at": run["finished_at"],
        "as_of": run["as_of"],
        "source": run["source"],
        "stated": run["stated"],
        "requests": run["requests"],
        "read": run["read"],
        "details": run["details"],
        "new": run["new"],
        "changed": run["changed"],
        "missing": run["missing"],
        "written": run["written"],
        "decided_by": run["decided_by"] or None,
        "decided_at": run["decided_at"],
        "decided_why": run["decided_why"] or None,
        "issues": [
            {
                "code": issue["code"],
                "level": issue["level"],
                "text": issue["text"],
                "count": issue["count"],
                "examples": issue["examples"].splitlines(),
            }
            for issue in run["issues"]
        ],
    }


# Issues whose words may quote a page about one person, or an error with what was stored.
_PRIVATE = frozenset({"failed", "detail_unread", "unreadable", "unreachable", "refused"})


def public_issue(issue: dict[str, Any]) -> dict[str, Any]:
    """An issue for everybody: without examples, and without words that may name somebody."""
    if issue["code"] in _PRIVATE:
        issue = {**issue, "text": "The operator can see the details with `goodstanding runs`."}
    return {**issue, "examples": []}


def change_out(change: dict[str, Any], number: str | None) -> dict[str, Any]:
    """A change as every door shows it."""
    return {
        "id": change["id"],
        "run": change["run_id"],
        "register": change["register_id"],
        "key": change["key"],
        "number": number,
        "kind": change["kind"],
        "before": change["before"] or None,
        "after": change["after"] or None,
        "at": change["at"],
    }
