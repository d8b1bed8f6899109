"""Pages of audits: the list, a roster coming in, what was found, decisions, sign-off, exports."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.engine import Connection

from config.vocabulary import Scope, Verdict
from data import audits, review
from data.audits import Decision, Head
from data.review import SignOff, Wanted
from service import words
from service.answer import PROFESSION
from service.audit.api import receipt_file
from service.audit.review import (
    Actor,
    cancel,
    decide,
    done,
    find,
    report_file,
    resume,
    sign_off,
    start,
)
from service.audit.run import Request as Asked
from service.audit.shapes import Choice, Kind, Number
from service.audit.telling import DECIDED, DECISION, FOUND, STATE, found_name, reason
from service.language import N_, say
from service.roster.mapping import PART, Mapping, mapped, told_columns
from service.roster.read import Telling
from service.roster.shape import Part, RosterError
from service.verify import QuestionError
from service.workspace import uploading
from service.workspace.at import READ, At, Said, changing, reading, to
from service.workspace.caller import shown
from service.workspace.uploading import Uploaded, sends

router = APIRouter(prefix="/clinic", include_in_schema=False)
_PAGE, _LISTED, _PRINTED = 25, 20, 500
_TOLD = {
    "VERDICT": words.VERDICT,
    "ORDER": review.URGENCY,
    "DECIDED": DECIDED,
    "DECISION": DECISION,
    "FOUND": FOUND,
    "PART": PART,
    "STATE": STATE,
    "found_name": found_name,
    "reason": reason,
}
CHOICES = (Choice.ACCEPTED, Choice.FOLLOW_UP, Choice.IGNORED)
NOT_CHOSEN = N_("Choose what you decide. Nothing was changed.")
Reading = Annotated[At, Depends(reading(Scope.AUDITS_READ, _TOLD))]
Writing = Annotated[At, Depends(reading(Scope.AUDITS_WRITE, _TOLD))]
Changing = Annotated[At, Depends(changing(Scope.AUDITS_WRITE, _TOLD))]
Sent = Annotated[Uploaded, Depends(sends(Scope.AUDITS_WRITE, _TOLD))]
AuditId = Annotated[Number, Path()]
Ref = Annotated[str, Path(max_length=40)]
Typed = Annotated[str, Form(max_length=2000)]


class Shown:
    """Which rows of an audit a page shows; FastAPI fills it from the query."""

    def __init__(
        self,
        verdict: Verdict | None = None,
        left: bool = False,
        number: Annotated[int, Query(ge=1, le=10_000, alias="page")] = 1,
    ) -> None:
        """As the query says."""
        self.wanted, self.number = Wanted(verdict or "", left), number


Looked = Annotated[Shown, Depends()]


@router.api_route("", methods=READ)
def home(
    request: Request,
    at: Reading,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> Response:
    """The audits of the workspace, the newest first."""
    with at.desk.store.read() as db:
        heads = audits.heads(db, at.workspace_id, _LISTED, before)
        found = [(head, audits.counts(db, head.id), review.signed(db, head.id)) for head in heads]
    shown(request, len(found))
    older = heads[-1].id if len(heads) == _LISTED else None
    return at.page("home", audits=found, older=older)


@router.api_route("/audits/new", methods=READ)
def new(at: Writing) -> Response:
    """Choose a file, or paste rows."""
    return at.page("audit_new")


@router.post("/audits/new")
def upload(request: Request, given: Sent) -> Response:
    """Keep a roster until its columns are confirmed."""
    if given.trouble:
        return given.at.page("audit_new", 422, trouble=given.trouble)
    ref = uploading.keep(given)
    shown(request, 0, ref)
    return to(f"/audits/columns/{ref}")


@router.api_route("/audits/columns/{upload}", methods=READ)
def columns(
    at: Writing, upload: Ref, sheet: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """What the columns seem to be, with the first rows, to be confirmed."""
    return _columns(at, upload, mapped(uploading.kept(at, upload), sheet))


def _columns(at: At, ref: str, seen: Mapping, **facts: Any) -> HTMLResponse:
    professions = sorted({one.profession for one in at.desk.catalogue} | {PROFESSION})
    told = {"seen": seen, "ref": ref, "profession": PROFESSION, "on": "", "said": ""}
    status = 422 if facts else 200
    told |= {"professions": professions, "part_list": list(Part)}
    return at.page("audit_columns", status, **(told | facts))


@router.post("/audits/columns/{upload}")
def confirm(request: Request, at: Changing, upload: Ref, said: Said) -> Response:
    """Begin the audit with the columns as they were confirmed."""
    kept, sheet, told = uploading.kept(at, upload), said.get("sheet", ""), told_columns(said)
    try:
        asked = Asked(at.who, *_asked(at, said), at.workspace_id)
        telling = Telling(kept.name, sheet, told)
        audit_id = start(at.desk, kept.data, telling, asked, at.view.now)
    except (RosterError, QuestionError) as error:
        seen = mapped(kept, sheet).chosen(told)
        facts = {"profession": said.get("profession", ""), "on": said.get("on", "")}
        return _columns(at, upload, seen, said=str(error), **facts)
    uploading.drop(at, upload)
    shown(request, 0, str(audit_id))
    return to(f"/audits/{audit_id}")


def _asked(at: At, said: dict[str, str]) -> tuple[str, date | None]:
    """Profession and day of the form; raises QuestionError."""
    known = {one.profession for one in at.desk.catalogue}
    profession = said.get("profession", "")
    try:
        day = date.fromisoformat(said["on"]) if said.get("on") else None
    except ValueError:
        raise QuestionError(say("The day cannot be read. Write it as 2026-03-31.")) from None
    return (profession if profession in known else PROFESSION), day


@router.api_route("/audits/{audit}", methods=READ)
def one(request: Request, at: Reading, audit: AuditId, looked: Looked) -> Response:
    """One audit: how far it is, and its rows, the most urgent first."""
    return _audit(request, at, audit, looked)


def _audit(request: Request, at: At, audit_id: int, looked: Shown, **facts: Any) -> HTMLResponse:
    with at.desk.store.read() as db:
        head = find(db, at.workspace_id, audit_id)
        told = _overview(db, head)
        total = review.count(db, audit_id, looked.wanted)
        where = (_PAGE, _PAGE * (looked.number - 1))
        rows = review.urgent(db, audit_id, looked.wanted, where)
    shown(request, len(rows), str(audit_id))
    status = facts.pop("status", 200)
    told |= {"rows": rows, "total": total, "looked": looked, "pages": -(-total // _PAGE)}
    told |= {"names": {one.id: one.name for one in at.desk.catalogue}, "choices": CHOICES}
    told |= {"wrong": 0, "why": ""}
    return at.page("audit", status, **(told | facts))


def _overview(db: Connection, head: Head) -> dict[str, Any]:
    """What is told of a whole audit."""
    counts = audits.counts(db, head.id)
    return {
        "head": head,
        "counts": counts,
        "judged": sum(counts.values()),
        "left_open": review.left_open(db, head.id),
        "found": review.findings_of(db, head.id),
        "sign_offs": review.sign_offs(db, head.id),
        "signed": review.signed(db, head.id),
        "order": review.URGENCY,
    }


@router.api_route("/audits/{audit}/progress", methods=READ)
def progress(at: Reading, audit: AuditId) -> Response:
    """How far an audit is, as a piece of a page."""
    with at.desk.store.read() as db:
        head = find(db, at.workspace_id, audit)
        judged = audits.judged(db, audit)
    return at.page("audit_progress", head=head, judged=judged)


@router.post("/audits/{audit}/cancel")
def cancels(request: Request, at: Changing, audit: AuditId) -> Response:
    """Stop it; what was judged is kept."""
    with at.desk.store.brief() as db:
        cancel(db, at.workspace_id, audit)
    shown(request, 0, str(audit))
    return to(f"/audits/{audit}")


@router.post("/audits/{audit}/resume")
def resumes(request: Request, at: Changing, audit: AuditId) -> Response:
    """Let it go on where it was."""
    with at.desk.store.brief() as db:
        resume(db, at.workspace_id, audit)
    shown(request, 0, str(audit))
    return to(f"/audits/{audit}")


@router.post("/audits/{audit}/rows/{row}/decide")
def decides(
    request: Request,
    at: Changing,
    audit: AuditId,
    row: Annotated[Number, Path()],
    looked: Looked,
    decision: Annotated[Choice | None, Form()] = None,
    why: Typed = "",
) -> Response:
    """Keep a decision beside the verdict, and go back to where one was."""
    try:
        if decision is None:
            raise HTTPException(422, say(NOT_CHOSEN))
        made = Decision(row, decision.value, at.who, why.strip(), at.view.now)
        with at.desk.store.brief() as db:
            decide(db, Actor(at.workspace_id, at.who), audit, made)
    except HTTPException as error:
        return _again(request, at, audit, looked, error, wrong=row, why=why)
    shown(request, 1, f"{audit}/{row}")
    query = f"?{request.url.query}" if request.url.query else ""
    return to(f"/audits/{audit}{query}#row-{row}")


def _again(
    request: Request, at: At, audit_id: int, looked: Shown, error: HTTPException, **facts: Any
) -> HTMLResponse:
    """The audit with what was wrong; raises what no other input would mend."""
    if error.status_code == 404:
        raise error
    told = {"trouble": str(error.detail), "status": error.status_code, **facts}
    return _audit(request, at.by(f"/audits/{audit_id}"), audit_id, looked, **told)


@router.post("/audits/{audit}/sign-off")
def signs_off(
    request: Request,
    at: Changing,
    audit: AuditId,
    looked: Looked,
    action: Typed = review.SIGNED,
    why: Typed = "",
    leave: Annotated[bool, Form()] = False,
) -> Response:
    """Sign the whole audit off, or open it again."""
    known = review.REOPENED if action == review.REOPENED else review.SIGNED
    wanted = SignOff(known, at.who, why, int(leave), at.view.now)
    try:
        with at.desk.store.brief() as db:
            sign_off(db, Actor(at.workspace_id, at.who), audit, wanted)
    except HTTPException as error:
        return _again(request, at, audit, looked, error, wrong=-1, why=why)
    shown(request, 0, str(audit))
    return to(f"/audits/{audit}#sign-off")


@router.api_route("/audits/{audit}/summary", methods=READ)
def summary(request: Request, at: Reading, audit: AuditId) -> Response:
    """The whole audit on a page to print."""
    with at.desk.store.read() as db:
        head = done(db, at.workspace_id, audit)
        told = _overview(db, head)
        rows = review.urgent(db, audit, Wanted(), (_PRINTED, 0))
    shown(request, len(rows), str(audit))
    plain = Verdict.CONFIRMED
    some = [row for row in rows if row.result and (row.result.verdict != plain or row.findings)]
    names = {one.id: one.name for one in at.desk.catalogue}
    told |= {"names": names, "more": head.rows > _PRINTED, "most_rows": _PRINTED}
    return at.page("audit_summary", rows=some, **told)


@router.api_route("/audits/{audit}/report", methods=READ)
def report(
    request: Request,
    at: Reading,
    audit: AuditId,
    kind: Annotated[Kind, Query(alias="format")] = Kind.XLSX,
) -> Response:
    """The whole audit as a file to keep."""
    with at.desk.store.read() as db:
        head = done(db, at.workspace_id, audit)
    shown(request, head.rows, str(audit))
    return report_file(at.desk, head, kind.value)


@router.post("/audits/{audit}/receipt")
def receipt(request: Request, at: Changing, audit: AuditId) -> Response:
    """A signed receipt of the audit as it is now, to keep."""
    with at.desk.store.read() as db:
        head = done(db, at.workspace_id, audit)
    shown(request, head.rows, str(audit))
    return receipt_file(at.desk, head, at.who, at.view.now)
