"""Pages of a workspace's people: sign in, set a password; for owners keys, people and the log."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from config.vocabulary import Role, Scope
from data import accesslog, apikeys, members, signins
from data.apikeys import KeyRefused, NewKey
from data.members import MemberRefused
from data.signins import Person
from service.desk import Desk
from service.given import AtDesk, Now
from service.origin import same_origin
from service.shown import View, page
from service.workspace import passwords
from service.workspace.api import link_address, nothing
from service.workspace.caller import shown
from service.workspace.ledger import Ledger
from service.workspace.passwords import PasswordRefused
from service.workspace.signin import (
    Credentials,
    Owns,
    OwnsForm,
    Reads,
    ReadsForm,
    Visitor,
    cookie_name,
    give_cookie,
    sign_in,
    take_cookie,
)

router = APIRouter(prefix="/clinic", include_in_schema=False)
_READ = ["GET", "HEAD"]
_OURS = [Depends(same_origin)]
Typed = Annotated[str, Form(max_length=300)]
Secret = Annotated[str, Form(max_length=1000)]
LinkSecret = Annotated[str, Path(max_length=100)]
Id = Annotated[str, Path(max_length=40)]

WRONG = "Workspace, e-mail address and password do not belong together. Nobody was signed in."
VOID = "This link was used before, or is older than three days. Ask an owner for a new one."


def shown_page(desk: Desk, now: datetime, template: str, **facts: Any) -> HTMLResponse:
    """A page of a workspace; `status` in facts is that of the answer."""
    status = facts.pop("status", 200)
    return page(View(desk, now), f"clinic_{template}.html", status, **facts)


def _to(path: str) -> Response:
    return RedirectResponse(f"/clinic{path}", 303)


@router.api_route("/sign-in", methods=_READ)
def sign_in_page(desk: AtDesk, now: Now, workspace: str = "") -> Response:
    """The form."""
    asked = Credentials(workspace[:40], "", "")
    return shown_page(desk, now, "sign_in", asked=asked, trouble="")


@router.post("/sign-in", dependencies=_OURS)
def signs_in(
    request: Request,
    desk: AtDesk,
    now: Now,
    workspace: Typed = "",
    email: Typed = "",
    password: Secret = "",
) -> Response:
    """A sign-in for this browser, where all three belong together."""
    asked = Credentials(workspace, email, password)
    address = request.client.host if request.client else ""
    secret = sign_in(desk, asked, address, now)
    if secret is None:
        asked = Credentials(workspace, email, "")
        return shown_page(desk, now, "sign_in", asked=asked, trouble=WRONG, status=422)
    response = _to("")
    give_cookie(request, response, secret)
    return response


@router.api_route("/password/{link}", methods=_READ)
def password_page(desk: AtDesk, now: Now, link: LinkSecret) -> Response:
    """Whom a link is for, and the form to set a password with. Looking does not spend it."""
    return shown_page(desk, now, "password", whom=_linked(desk, link, now), trouble="")


def _linked(desk: Desk, link: str, now: datetime) -> dict[str, Any]:
    with desk.store.read() as db:
        whom = signins.linked(db, link, now)
    if whom is None:
        raise HTTPException(404, VOID)
    return whom


@router.post("/password/{link}", dependencies=_OURS)
def sets_password(
    request: Request, desk: AtDesk, now: Now, link: LinkSecret, password: Secret = ""
) -> Response:
    """Set the password, once; then they sign in with it."""
    whom = _linked(desk, link, now)
    try:
        kept = passwords.digest(password, whom["workspace"], whom["email"].partition("@")[0])
    except PasswordRefused as error:
        trouble = str(error)
        return shown_page(desk, now, "password", whom=whom, trouble=trouble, status=422)
    with desk.store.brief() as db:
        if not signins.spend_link(db, link, kept, now):
            raise HTTPException(404, VOID)
        _log(db, whom["workspace_id"], (f"person:{whom['ref']}", "password set"), now)
    response = _to(f"/sign-in?workspace={whom['workspace']}")
    take_cookie(request, response)
    return response


def _log(db: Any, workspace_id: int, what: tuple[str, str], now: datetime) -> None:
    accesslog.append(db, [accesslog.Access(workspace_id, now, *what)])


@router.api_route("", methods=_READ)
def home(desk: AtDesk, now: Now, visitor: Reads) -> Response:
    """The workspace, and where one is signed in."""
    person = visitor.person
    with desk.store.read() as db:
        browsers = signins.sign_ins(db, person.workspace_id, person.member_id, now)
    return shown_page(desk, now, "home", visitor=visitor, browsers=browsers, trouble="")


@router.post("/password")
def changes_password(
    desk: AtDesk, now: Now, visitor: ReadsForm, old: Secret = "", password: Secret = ""
) -> Response:
    """Another password for oneself; every sign-in ends, this one too."""
    person = visitor.person
    try:
        if not passwords.right(_kept(desk, person), old):
            raise PasswordRefused("The password you have now is not that. Nothing was changed.")
        kept = passwords.digest(password, person.workspace, person.email.partition("@")[0])
    except PasswordRefused as error:
        facts = {"visitor": visitor, "browsers": [], "trouble": str(error), "status": 422}
        return shown_page(desk, now, "home", **facts)
    with desk.store.brief() as db:
        signins.set_password(db, person.member_id, kept)
    return _to(f"/sign-in?workspace={person.workspace}")


def _kept(desk: Desk, person: Person) -> str:
    with desk.store.read() as db:
        found = signins.who_signs_in(db, person.workspace, person.email)
    return str(found["password"]) if found else ""


@router.post("/sign-out")
def sign_out(
    request: Request, desk: AtDesk, visitor: ReadsForm, everywhere: Typed = ""
) -> Response:
    """End this sign-in, or all of one's own."""
    person = visitor.person
    with desk.store.brief() as db:
        if everywhere:
            signins.sign_out_everywhere(db, person.member_id)
        else:
            signins.sign_out(db, request.cookies[cookie_name(request)])
    response = _to(f"/sign-in?workspace={person.workspace}")
    take_cookie(request, response)
    return response


@router.api_route("/keys", methods=_READ)
def keys(request: Request, desk: AtDesk, now: Now, visitor: Owns) -> Response:
    """The keys of programs."""
    return _keys(request, desk, now, visitor)


def _keys(
    request: Request, desk: Desk, now: datetime, visitor: Visitor, **facts: Any
) -> HTMLResponse:
    with desk.store.read() as db:
        found = apikeys.listed(db, visitor.caller.workspace_id)
    shown(request, len(found))
    told = {"visitor": visitor, "keys": found, "scopes": list(Scope), "made": "", "trouble": ""}
    return shown_page(desk, now, "keys", **(told | facts))


@router.post("/keys")
def make_key(
    request: Request,
    desk: AtDesk,
    now: Now,
    visitor: OwnsForm,
    label: Typed = "",
    scope: Annotated[list[Scope] | None, Form()] = None,
) -> Response:
    """A new key, shown on the page that follows and nowhere else."""
    lasts, scopes = timedelta(days=365), frozenset(scope or ())
    try:
        with desk.store.brief() as db:
            new = NewKey(label.strip()[:100] or "key", scopes, lasts, visitor.caller.who)
            _, key = apikeys.make(db, visitor.caller.workspace_id, new, now)
    except KeyRefused as error:
        return _keys(request, desk, now, visitor, trouble=str(error), status=422)
    return _keys(request, desk, now, visitor, made=key)


@router.post("/keys/{key}/revoke")
def revoke_key(request: Request, desk: AtDesk, now: Now, visitor: OwnsForm, key: Id) -> Response:
    """End a key at once."""
    with desk.store.brief() as db:
        apikeys.revoke(db, visitor.caller.workspace_id, key, now) or nothing("key")
    shown(request, 0, key)
    return _to("/keys")


@router.api_route("/people", methods=_READ)
def people(request: Request, desk: AtDesk, now: Now, visitor: Owns) -> Response:
    """Who may sign in."""
    return _people(request, desk, now, visitor)


def _people(
    request: Request, desk: Desk, now: datetime, visitor: Visitor, **facts: Any
) -> HTMLResponse:
    with desk.store.read() as db:
        found = members.members(db, visitor.caller.workspace_id)
    shown(request, len(found))
    told = {"visitor": visitor, "people": found, "roles": list(Role), "link": "", "trouble": ""}
    return shown_page(desk, now, "people", **(told | facts))


@router.post("/people")
def invite(
    request: Request,
    desk: AtDesk,
    now: Now,
    visitor: OwnsForm,
    email: Typed = "",
    role: Annotated[Role, Form()] = Role.READER,
) -> Response:
    """Let somebody in; the page that follows shows the link to give them."""
    workspace_id = visitor.caller.workspace_id
    try:
        with desk.store.brief() as db:
            ref = members.add(db, workspace_id, email, role, now)
            secret = signins.link(db, workspace_id, ref, now) or nothing("person")
    except MemberRefused as error:
        return _people(request, desk, now, visitor, trouble=str(error), status=422)
    link = link_address(desk.settings.public_url, secret)
    return _people(request, desk, now, visitor, link=link)


@router.post("/people/{person}/link")
def new_link(request: Request, desk: AtDesk, now: Now, visitor: OwnsForm, person: Id) -> Response:
    """A link with which somebody sets another password; those before are void."""
    with desk.store.brief() as db:
        found = signins.link(db, visitor.caller.workspace_id, person, now) or nothing("person")
    link = link_address(desk.settings.public_url, found)
    return _people(request, desk, now, visitor, link=link)


@router.post("/people/{person}/role")
def set_role(
    request: Request,
    desk: AtDesk,
    now: Now,
    visitor: OwnsForm,
    person: Id,
    role: Annotated[Role, Form()],
) -> Response:
    """Give somebody another role."""
    try:
        with desk.store.brief() as db:
            members.set_role(db, visitor.caller.workspace_id, person, role) or nothing("person")
    except MemberRefused as error:
        return _people(request, desk, now, visitor, trouble=str(error), status=422)
    return _to("/people")


@router.post("/people/{person}/remove")
def remove(request: Request, desk: AtDesk, now: Now, visitor: OwnsForm, person: Id) -> Response:
    """Take somebody out, signed out everywhere."""
    try:
        with desk.store.brief() as db:
            members.remove(db, visitor.caller.workspace_id, person) or nothing("person")
    except MemberRefused as error:
        return _people(request, desk, now, visitor, trouble=str(error), status=422)
    return _to("/people")


@router.api_route("/log", methods=_READ)
def access_log(request: Request, desk: AtDesk, now: Now, visitor: Owns) -> Response:
    """Who saw or did what of late."""
    ledger: Ledger = request.app.state.ledger
    ledger.flush(now)
    with desk.store.read() as db:
        found = accesslog.page(db, visitor.caller.workspace_id, None, 200)
    shown(request, len(found))
    return shown_page(desk, now, "log", visitor=visitor, lines=found)
