"""JSON routes of audits: give a roster, watch it being judged, read the rows, decide, sign, keep.

The workspace is that of the key. Verdicts never change; what people decide stands beside them.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from starlette.datastructures import UploadFile

from config.vocabulary import Verdict
from data import audits, review
from data.audits import Decision, Head, Row
from data.review import SignOff
from service.answer import PROFESSION
from service.audit import receipt
from service.audit.report import head_out, row_out
from service.audit.review import Actor, cancel, decide, done, find, report_file, resume, start
from service.audit.review import sign_off as sign
from service.audit.run import Request as Asked
from service.audit.shapes import (
    ROSTER_BODY,
    AuditOut,
    AuditsOut,
    DecisionIn,
    Kind,
    Number,
    RowOut,
    RowsOut,
    SignOffIn,
    SignOffOut,
)
from service.audit.signing import KeyTrouble
from service.desk import Desk
from service.given import AtDesk, Now
from service.paging import AS_LINES, Page, cursor, lines, wants_lines
from service.problems import problems
from service.repeat import RepeatableRoute
from service.roster.read import Telling
from service.roster.shape import Part, RosterError
from service.verify import QuestionError
from service.workspace.caller import AuditsRead, AuditsWrite, Caller, shown
from service.workspace.shapes import Day

router = APIRouter(
    prefix="/api/v1/audits",
    tags=["audits"],
    route_class=RepeatableRoute,
    responses=problems(401, 403, 422, 429, 503),
)

AuditId = Annotated[Number, Path(description="the number of the audit", examples=[1])]
RowNumber = Annotated[Number, Path(description="the row of the roster, from 1", examples=[1])]
Paged = Annotated[Page, Depends()]
_FORM = "multipart/form-data"
_KINDS = ("application/json", "text/", "application/octet-stream", "application/vnd.", _FORM)
_FILES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The report", "content": {"application/octet-stream": {}}}
}
_RECEIPT: dict[int | str, dict[str, Any]] = {
    201: {"description": "A signed receipt: check it with `goodstanding receipt check FILE`"}
}


class Options:
    """What is said of a roster beside its bytes; FastAPI fills it from the query."""

    def __init__(
        self,
        name: Annotated[str, Query(max_length=200, description="what it is called")] = "roster",
        sheet: Annotated[str, Query(max_length=200, description="sheet of a workbook")] = "",
        column: Annotated[
            list[str] | None,
            Query(
                max_length=20,
                description="which column is what, where the guess is wrong: `name=Staff`, "
                f"`number=#3`, `city=` for none; of {', '.join(Part)}",
            ),
        ] = None,
        profession: Annotated[
            str, Query(max_length=60, description="of rows that say none")
        ] = PROFESSION,
        on: Annotated[Day | None, Query(description="as of the end of this earlier day")] = None,
    ) -> None:
        """As the query says."""
        parts = [part.partition("=") for part in column or []]
        self.told = Telling(name, sheet, {part: said for part, _, said in parts})
        self.profession, self.on = profession, on


@router.post(
    "",
    status_code=201,
    response_model=AuditOut,
    responses=problems(415),
    openapi_extra=ROSTER_BODY,
)
async def begin(
    request: Request,
    desk: AtDesk,
    now: Now,
    caller: AuditsWrite,
    said: Annotated[Options, Depends()],
) -> Response:
    """Give a roster to be judged: the answer comes at once, the verdicts as they are found.

    Look at `columns` and `notes` of the answer: they say how the roster was read.
    """
    data = await _bytes(request)
    asked = Asked(caller.who, said.profession, said.on, caller.workspace_id)
    try:
        made = await run_in_threadpool(_begun, desk, (data, said.told, asked), now)
    except RosterError as error:
        raise QuestionError(str(error)) from None
    shown(request, made.rows, str(made.id))
    where = {"Location": f"/api/v1/audits/{made.id}"}
    return Response(made.model_dump_json(), 201, where, "application/json")


async def _bytes(request: Request) -> bytes:
    """The roster, whichever way it came. Its length was bounded before (service/app.py)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not kind.startswith(_KINDS):
        raise HTTPException(415, f"Send one of {', '.join(_KINDS)}. Nothing was kept.")
    if kind != _FORM:
        return await request.body()
    async with request.form(max_files=1, max_fields=5) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise HTTPException(422, "Send the roster in the field “file”. Nothing was kept.")
        return await file.read()


def _begun(desk: Desk, given: tuple[bytes, Telling, Asked], now: datetime) -> AuditOut:
    audit_id = start(desk, *given, now)
    with desk.store.read() as db:
        return _out(db, audits.head_of(db, audit_id))


def _out(db: Any, head: Head) -> AuditOut:
    counts = audits.counts(db, head.id)
    signed = [
        SignOffOut(action=one.action, who=one.who, why=one.why, left_open=one.left_open, at=one.at)
        for one in review.sign_offs(db, head.id)
    ]
    told = {"judged": sum(counts.values()), "sign_offs": signed}
    return AuditOut(**head_out(head, counts), **told)


@router.get("", responses=problems(404))
def listed(request: Request, desk: AtDesk, caller: AuditsRead, page: Paged) -> AuditsOut:
    """The audits of the workspace, the newest first."""
    with desk.store.read() as db:
        heads = audits.heads(db, caller.workspace_id, page.limit, page.after("audits"))
        found = [_out(db, head) for head in heads]
    shown(request, len(found))
    on = cursor("audits", found[-1].id) if len(found) == page.limit else None
    return AuditsOut(audits=found, next_cursor=on)


@router.get("/{audit}", responses=problems(404))
def one(request: Request, desk: AtDesk, caller: AuditsRead, audit: AuditId) -> AuditOut:
    """One audit, and how far it is."""
    shown(request, 0, str(audit))
    with desk.store.read() as db:
        return _out(db, find(db, caller.workspace_id, audit))


@router.get("/{audit}/rows", responses=AS_LINES | problems(404), response_model=RowsOut)
def rows(
    request: Request,
    desk: AtDesk,
    caller: AuditsRead,
    audit: AuditId,
    page: Paged,
    verdict: Verdict | None = None,
) -> RowsOut | Response:
    """The rows in the order of the roster, those of one verdict or all."""
    with desk.store.read() as db:
        head = find(db, caller.workspace_id, audit)
        after = page.after("rows") or 0
        if not wants_lines(request):
            found = review.in_order(db, audit, after, page.limit, verdict or "")
    if wants_lines(request):
        shown(request, head.rows, str(audit))
        return lines(_all_rows(desk, head, after, verdict or ""))
    shown(request, len(found), str(audit))
    on = cursor("rows", found[-1].kept.row) if len(found) == page.limit else None
    return RowsOut(rows=[_row(desk, head, row) for row in found], next_cursor=on)


def _all_rows(desk: Desk, head: Head, after: int, verdict: str) -> Iterator[RowOut]:
    """Page by page, so that nobody who reads slowly holds the store."""
    while True:
        with desk.store.read() as db:
            some = review.in_order(db, head.id, after, 1000, verdict)
        if not some:
            return
        yield from (_row(desk, head, row) for row in some)
        after = some[-1].kept.row


def _row(desk: Desk, head: Head, row: Row) -> RowOut:
    names = {register.id: register.name for register in desk.catalogue}
    return RowOut(**row_out(head, names, row))


@router.post("/{audit}/rows/{row}/decisions", status_code=201, responses=problems(404, 409))
def decides(
    request: Request,
    desk: AtDesk,
    now: Now,
    caller: AuditsWrite,
    audit: AuditId,
    row: RowNumber,
    body: DecisionIn,
) -> RowOut:
    """Keep what is decided about a row beside its verdict."""
    made = Decision(row, body.decision.value, caller.who, body.why, now)
    with desk.store.brief() as db:
        decide(db, _actor(caller), audit, made)
        head, found = find(db, caller.workspace_id, audit), review.one(db, audit, row)
    assert found is not None  # noqa: S101 - it was decided on just now
    shown(request, 1, f"{audit}/{row}")
    return _row(desk, head, found)


def _actor(caller: Caller) -> Actor:
    return Actor(caller.workspace_id, caller.who)


@router.post("/{audit}/sign-offs", status_code=201, responses=problems(404, 409))
def signs_off(
    request: Request, desk: AtDesk, now: Now, caller: AuditsWrite, audit: AuditId, body: SignOffIn
) -> AuditOut:
    """Sign the audit off: from then on nothing is decided in it, unless it is opened again."""
    wanted = SignOff(body.action, caller.who, body.why, int(body.leave_open), now)
    with desk.store.brief() as db:
        sign(db, _actor(caller), audit, wanted)
        shown(request, 0, str(audit))
        return _out(db, find(db, caller.workspace_id, audit))


@router.post("/{audit}/cancel", responses=problems(404))
def cancels(request: Request, desk: AtDesk, caller: AuditsWrite, audit: AuditId) -> AuditOut:
    """Stop it. What was judged is kept; one that is done stays as it is."""
    shown(request, 0, str(audit))
    with desk.store.brief() as db:
        return _out(db, cancel(db, caller.workspace_id, audit))


@router.post("/{audit}/resume", responses=problems(404))
def resumes(request: Request, desk: AtDesk, caller: AuditsWrite, audit: AuditId) -> AuditOut:
    """Let one that was stopped go on where it was; one that is done stays as it is."""
    shown(request, 0, str(audit))
    with desk.store.brief() as db:
        return _out(db, resume(db, caller.workspace_id, audit))


@router.get("/{audit}/report", responses=problems(404, 409) | _FILES, response_class=FileResponse)
def report(
    request: Request,
    desk: AtDesk,
    caller: AuditsRead,
    audit: AuditId,
    kind: Annotated[Kind, Query(alias="format")] = Kind.XLSX,
) -> Response:
    """The whole audit as a file: every row with its verdict, what it rests on, and decisions."""
    with desk.store.read() as db:
        head = done(db, caller.workspace_id, audit)
    shown(request, head.rows, str(audit))
    return report_file(desk, head, kind.value)


@router.post("/{audit}/receipt", status_code=201, responses=problems(404, 409) | _RECEIPT)
def makes_receipt(
    request: Request, desk: AtDesk, now: Now, caller: AuditsWrite, audit: AuditId
) -> Response:
    """A signed receipt of the audit as it is now, decisions and sign-offs in it."""
    with desk.store.read() as db:
        head = done(db, caller.workspace_id, audit)
    shown(request, head.rows, str(audit))
    return receipt_file(desk, head, caller.who, now)


def receipt_file(desk: Desk, head: Head, who: str, now: datetime) -> Response:
    """A receipt to keep; raises 503 where the key of this installation cannot be used."""
    try:
        made = receipt.of_audit(desk, head.id, who, now)
    except KeyTrouble:
        said = "The key that receipts are signed with cannot be used. No receipt was made."
        raise HTTPException(503, said, {"Retry-After": "3600"}) from None
    named = {"Content-Disposition": f'attachment; filename="audit-{head.id}-receipt.json"'}
    return Response(made, 201, named, "application/json")
