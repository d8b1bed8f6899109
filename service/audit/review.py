"""What people and programs do to an audit of their workspace, the same on every door.

What belongs to another workspace is answered like what does not exist.
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fastapi import HTTPException
from fastapi.responses import FileResponse
from sqlalchemy.engine import Connection
from starlette.background import BackgroundTask

from data import audits, review
from data.audits import Decision, Head
from data.review import SignOff
from service.audit.export import write
from service.audit.report import Report
from service.audit.run import Request, begin
from service.desk import Desk
from service.language import N_, say
from service.roster.read import Telling, read_roster
from service.roster.shape import MIB

UPLOADS = {("POST", "/api/v1/audits"), ("POST", "/clinic/audits/new")}
MOST_UPLOADED = 10 * MIB + 64 * 1024  # a roster, and what a form puts around it

_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}
NOTHING = N_("There is no such audit in this workspace.")
NO_ROW = N_("There is no such row in this audit.")
SIGNED_OFF = N_("The audit is signed off. Open it again first. Nothing was changed.")
UNJUDGED = N_("The row has not been judged yet. Nothing was changed.")
NO_WHY = N_("Say why, in a few words. Nothing was changed.")
UNDONE = N_("The audit is not done yet. Wait, or let it go on if it was stopped.")
NOT_SIGNED = N_("The audit is not signed off, so there is nothing to open again.")
LEFT_OPEN = N_(
    "Nobody has decided on %(count)s rows that need a look. Decide on them, or say that they are "
    "left open. Nothing was changed."
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, for which workspace."""

    workspace_id: int
    who: str


def find(db: Connection, workspace_id: int, audit_id: int) -> Head:
    """An audit of this workspace; raises 404."""
    try:
        return audits.head_in(db, audit_id, workspace_id)
    except audits.NoAudit:
        raise HTTPException(404, say(NOTHING)) from None


def done(db: Connection, workspace_id: int, audit_id: int) -> Head:
    """An audit of this workspace whose every row has been judged; raises 404, 409."""
    head = find(db, workspace_id, audit_id)
    if head.state != audits.DONE:
        raise HTTPException(409, say(UNDONE))
    return head


def start(desk: Desk, data: bytes, telling: Telling, request: Request, now: datetime) -> int:
    """Keep a roster to be judged beside the answers; raises RosterError, QuestionError."""
    return begin(desk, read_roster(data, telling), request, now)


def decide(db: Connection, actor: Actor, audit_id: int, decision: Decision) -> None:
    """Keep a decision beside the verdict, which stays as it is; raises 404, 409, 422."""
    find(db, actor.workspace_id, audit_id)
    row = review.one(db, audit_id, decision.row)
    if row is None:
        raise HTTPException(404, say(NO_ROW))
    if review.signed(db, audit_id):
        raise HTTPException(409, say(SIGNED_OFF))
    if row.result is None:
        raise HTTPException(409, say(UNJUDGED))
    if not decision.why.strip():
        raise HTTPException(422, say(NO_WHY))
    audits.decide(db, audit_id, decision)


def sign_off(db: Connection, actor: Actor, audit_id: int, wanted: SignOff) -> None:
    """Sign an audit off, or open it again; raises 404, 409, 422.

    `left_open` of what is wanted says whether rows may be left open (1) or not (0); what is kept
    says how many were.
    """
    done(db, actor.workspace_id, audit_id)
    signed = review.signed(db, audit_id)
    if wanted.action == review.SIGNED and signed:
        raise HTTPException(409, say(SIGNED_OFF))
    if wanted.action == review.REOPENED and not signed:
        raise HTTPException(409, say(NOT_SIGNED))
    if wanted.action == review.REOPENED and not wanted.why.strip():
        raise HTTPException(422, say(NO_WHY))
    left = review.left_open(db, audit_id)
    if wanted.action == review.SIGNED and left and not wanted.left_open:
        raise HTTPException(409, say(LEFT_OPEN, count=left))
    why = wanted.why.strip()[:2000]
    review.sign(db, audit_id, SignOff(wanted.action, wanted.who[:200], why, left, wanted.at))


def cancel(db: Connection, workspace_id: int, audit_id: int) -> Head:
    """Stop an audit after the portion at hand; one that is done stays done. Raises 404."""
    return _turn(db, workspace_id, audit_id, (audits.RUNNING, audits.STOPPED))


def resume(db: Connection, workspace_id: int, audit_id: int) -> Head:
    """Let a stopped audit go on; one that is done stays done. Raises 404."""
    return _turn(db, workspace_id, audit_id, (audits.STOPPED, audits.RUNNING))


def _turn(db: Connection, workspace_id: int, audit_id: int, states: tuple[str, str]) -> Head:
    before, after = states
    if find(db, workspace_id, audit_id).state == before:
        audits.set_state(db, audit_id, after, None)
    return find(db, workspace_id, audit_id)


def report_file(desk: Desk, head: Head, kind: str) -> FileResponse:
    """A report of an audit to keep; the file it is written to goes once it is sent."""
    folder = tempfile.TemporaryDirectory(prefix="report-")
    path = Path(folder.name) / f"audit-{head.id}.{kind}"
    write(Report.of(desk, head), path)
    done = BackgroundTask(folder.cleanup)
    return FileResponse(path, media_type=_MEDIA[kind], filename=path.name, background=done)
