"""JSON routes of a workspace: its keys, its people, and who saw what.

The workspace is that of the key; no address names one. What belongs to another workspace is
answered like what does not exist.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response

from data import accesslog, apikeys, members, signins
from data.apikeys import KeyRefused, NewKey
from data.members import MemberRefused
from service.given import AtDesk, Now
from service.language import say
from service.paging import AS_LINES, Page, cursor, lines, wants_lines
from service.problems import problems
from service.repeat import RepeatableRoute, secret
from service.workspace.caller import Admin, AuditsRead, shown
from service.workspace.ledger import Ledger
from service.workspace.shapes import (
    AccessOut,
    AccessPage,
    Invited,
    InviteIn,
    KeyMade,
    KeyOut,
    KeysOut,
    MemberOut,
    MembersOut,
    NewKeyIn,
    Overlap,
    Retention,
    RoleIn,
    WorkspaceOut,
)

_HERE = "http://127.0.0.1:8000"  # where `serve` listens unless told otherwise

router = APIRouter(
    prefix="/api/v1/workspace",
    tags=["workspace"],
    route_class=RepeatableRoute,
    responses=problems(401, 403, 422, 429, 503),
)
KeyId = Annotated[str, Path(max_length=40, examples=["key_0123456789abcdef"])]
MemberId = Annotated[str, Path(max_length=40, examples=["mem_0123456789abcdef"])]
Paged = Annotated[Page, Depends()]


def nothing() -> NoReturn:
    """Raise the answer to an id that is unknown here, and to one of another workspace."""
    raise HTTPException(404, say("There is no such thing in this workspace."))


@router.get("")
def workspace(desk: AtDesk, caller: AuditsRead) -> WorkspaceOut:
    """The workspace of the key, and what the key may do."""
    with desk.store.read() as db:
        found = members.workspace(db, caller.workspace_id) or nothing()
    names = ("name", "title", "created_at", "record_days", "log_days")
    told = {name: found[name] for name in names}
    return WorkspaceOut(**told, you=caller.who, scopes=sorted(caller.scopes))


@router.patch("")
def keep(desk: AtDesk, caller: Admin, body: Retention) -> WorkspaceOut:
    """Say how long audits and the access log are kept."""
    with desk.store.brief() as db:
        if days := body.model_dump(exclude_none=True):
            members.keep(db, caller.workspace_id, **days)
    return workspace(desk, caller)


@router.get("/keys")
def keys(request: Request, desk: AtDesk, caller: Admin) -> KeysOut:
    """Every key, the ended ones included, without the secrets."""
    with desk.store.read() as db:
        found = [_key(row) for row in apikeys.listed(db, caller.workspace_id)]
    shown(request, len(found))
    return KeysOut(keys=found)


def _key(row: dict[str, Any]) -> KeyOut:
    return KeyOut(id=row["ref"], **{name: row[name] for name in row if name != "ref"})


@router.post("/keys", status_code=201, responses=problems(409))
@secret
def make_key(request: Request, desk: AtDesk, now: Now, caller: Admin, body: NewKeyIn) -> KeyMade:
    """A new key. The answer holds the secret, and no other answer ever does."""
    lasts, scopes = timedelta(days=body.days), frozenset(body.scopes)
    try:
        with desk.store.brief() as db:
            new = NewKey(body.label, scopes, lasts, caller.who)
            made = apikeys.make(db, caller.workspace_id, new, now)
            return _made(request, apikeys.one(db, caller.workspace_id, made[0]), made)
    except KeyRefused as error:
        raise HTTPException(409, str(error)) from None


def _made(request: Request, row: dict[str, Any] | None, made: tuple[str, str]) -> KeyMade:
    ref, key = made
    assert row is not None  # noqa: S101 - it was written in this transaction
    shown(request, 1, ref)
    return KeyMade(**_key(row).model_dump(), key=key)


@router.post("/keys/{key}/rotate", status_code=201, responses=problems(404, 409))
@secret
def rotate_key(
    request: Request, desk: AtDesk, now: Now, caller: Admin, key: KeyId, body: Overlap
) -> KeyMade:
    """A new key in the place of this one, which stays good for some hours."""
    try:
        with desk.store.brief() as db:
            overlap = timedelta(hours=body.hours)
            made = apikeys.rotate(db, caller.workspace_id, key, overlap, now) or nothing()
            return _made(request, apikeys.one(db, caller.workspace_id, made[0]), made)
    except KeyRefused as error:
        raise HTTPException(409, str(error)) from None


@router.delete("/keys/{key}", status_code=204, responses=problems(404))
def revoke_key(request: Request, desk: AtDesk, now: Now, caller: Admin, key: KeyId) -> Response:
    """End a key at once."""
    with desk.store.brief() as db:
        apikeys.revoke(db, caller.workspace_id, key, now) or nothing()
    shown(request, 0, key)
    return Response(status_code=204)


@router.get("/people")
def people(request: Request, desk: AtDesk, caller: Admin) -> MembersOut:
    """Who can sign in to the workspace, and in which role."""
    with desk.store.read() as db:
        found = [_member(row) for row in members.members(db, caller.workspace_id)]
    shown(request, len(found))
    return MembersOut(people=found)


def _member(row: dict[str, Any]) -> MemberOut:
    return MemberOut(id=row["ref"], **{name: row[name] for name in row if name != "ref"})


@router.post("/people", status_code=201, responses=problems(409))
@secret
def invite(request: Request, desk: AtDesk, now: Now, caller: Admin, body: InviteIn) -> Invited:
    """Let somebody in. Give them the link of the answer; no other answer ever holds it."""
    try:
        with desk.store.brief() as db:
            ref = members.add(db, caller.workspace_id, body.email, body.role, now)
            link = signins.link(db, caller.workspace_id, ref, now) or nothing()
            row = members.member(db, caller.workspace_id, ref) or nothing()
    except MemberRefused as error:
        raise HTTPException(409, str(error)) from None
    shown(request, 1, ref)
    return Invited(**_member(row).model_dump(), link=link_address(desk.settings.public_url, link))


def link_address(public_url: str, link: str) -> str:
    """Where somebody sets a password with the secret of a link."""
    return f"{public_url.rstrip('/') or _HERE}/clinic/password/{link}"


@router.patch("/people/{person}", responses=problems(404, 409))
def set_role(
    request: Request, desk: AtDesk, caller: Admin, person: MemberId, body: RoleIn
) -> MemberOut:
    """Give somebody another role."""
    try:
        with desk.store.brief() as db:
            members.set_role(db, caller.workspace_id, person, body.role) or nothing()
            row = members.member(db, caller.workspace_id, person) or nothing()
    except MemberRefused as error:
        raise HTTPException(409, str(error)) from None
    shown(request, 1, person)
    return _member(row)


@router.delete("/people/{person}", status_code=204, responses=problems(404, 409))
def remove(request: Request, desk: AtDesk, caller: Admin, person: MemberId) -> Response:
    """Take somebody out of the workspace, signed out everywhere."""
    try:
        with desk.store.brief() as db:
            members.remove(db, caller.workspace_id, person) or nothing()
    except MemberRefused as error:
        raise HTTPException(409, str(error)) from None
    shown(request, 0, person)
    return Response(status_code=204)


@router.get("/access-log", responses=AS_LINES | problems(404), response_model=AccessPage)
def access_log(
    request: Request, desk: AtDesk, now: Now, caller: Admin, page: Paged
) -> AccessPage | Response:
    """Who saw or did what, the newest first: ids and counts, never whom somebody asked about."""
    ledger: Ledger = request.app.state.ledger
    ledger.flush(now)
    before = page.after("access-log")
    if wants_lines(request):
        return lines(_all_lines(desk, caller.workspace_id, before))
    with desk.store.read() as db:
        rows = accesslog.page(db, caller.workspace_id, before, page.limit)
    shown(request, len(rows))
    on = cursor("access-log", rows[-1]["id"]) if len(rows) == page.limit else None
    return AccessPage(lines=[AccessOut(**row) for row in rows], next_cursor=on)


def _all_lines(desk: AtDesk, workspace_id: int, before: int | None) -> Iterator[AccessOut]:
    """Page by page, so that nobody who reads slowly holds the store."""
    while True:
        with desk.store.read() as db:
            rows = accesslog.page(db, workspace_id, before, 1000)
        if not rows:
            return
        yield from (AccessOut(**row) for row in rows)
        before = rows[-1]["id"]
