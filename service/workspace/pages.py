"""Pages of a workspace's people: sign in, set a password; for owners keys, people and the log."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from config.vocabulary import Role, Scope
from data import accesslog, apikeys, members, signins
from data.apikeys import KeyRefused, NewKey
from data.members import MemberRefused
from service.desk import Desk
from service.given import AtDesk, Now
from service.language import say
from service.origin import same_origin
from service.shown import View, page
from service.workspace import passwords, words
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
    check_password,
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


def the_view(request: Request, desk: AtDesk, now: Now) -> View:
    """What the templates may ask for, in this request."""
    return View.of(request, desk, now)


_PLACES = {"account": "/clinic/account", "keys": "/clinic/keys", "people": "/clinic/people"}
Seen = Annotated[View, Depends(the_view)]


def clinic_page(view: View, template: str, **facts: Any) -> HTMLResponse:
    """A page of a workspace; `status` in facts is that of the answer."""
    status = facts.pop("status", 200)
    if (
        template in _PLACES
    ):  # a form may have led here: in another language the page itself is asked
        view = replace(view, address=f"{_PLACES[template]}?")
    return page(view, f"clinic_{template}.html", status, ROLE=words.ROLE, **facts)


def _to(path: str) -> Response:
    return RedirectResponse(f"/clinic{path}", 303)


@router.api_route("/sign-in", methods=_READ)
def sign_in_page(view: Seen, workspace: str = "") -> Response:
    """The form."""
    asked = Credentials(workspace[:40], "", "")
    return clinic_page(view, "sign_in", asked=asked, trouble="")


@router.post("/sign-in", dependencies=_OURS)
def signs_in(
    request: Request, view: Seen, workspace: Typed = "", email: Typed = "", password: Secret = ""
) -> Response:
    """A sign-in for this browser, where all three belong together."""
    address = request.client.host if request.client else ""
    secret = sign_in(view.desk, Credentials(workspace, email, password), address, view.now)
    if secret is None:
        facts = {"asked": Credentials(workspace, email, ""), "trouble": say(words.WRONG)}
        return clinic_page(view, "sign_in", status=422, **facts)
    response = _to("")
    give_cookie(request, response, secret)
    return response


@router.api_route("/password/{link}", methods=_READ)
def password_page(view: Seen, link: LinkSecret) -> Response:
    """Whom a link is for, and the form to set a password with. Looking does not spend it."""
    return clinic_page(view, "password", whom=_linked(view.desk, link, view.now), trouble="")


def _linked(desk: Desk, link: str, now: datetime) -> dict[str, Any]:
    with desk.store.read() as db:
        whom = signins.linked(db, link, now)
    if whom is None:
        raise HTTPException(404, say(words.VOID))
    return whom


@router.post("/password/{link}", dependencies=_OURS)
def sets_password(
    request: Request, view: Seen, link: LinkSecret, password: Secret = ""
) -> Response:
    """Set the password, once; then they sign in with it."""
    whom = _linked(view.desk, link, view.now)
    try:
        kept = passwords.digest(password, whom["workspace"], whom["email"].partition("@")[0])
    except PasswordRefused as error:
        return clinic_page(view, "password", whom=whom, trouble=str(error), status=422)
    with view.desk.store.brief() as db:
        if not signins.spend_link(db, link, kept, view.now):
            raise HTTPException(404, say(words.VOID))
        who = f"person:{whom['ref']}"
        line = accesslog.Access(whom["workspace_id"], view.now, who, "password set")
        accesslog.append(db, [line])
    response = _to(f"/sign-in?workspace={whom['workspace']}")
    take_cookie(request, response)
    return response


@router.api_route("/account", methods=_READ)
def account(view: Seen, visitor: Reads) -> Response:
    """Where one is signed in, and one's password."""
    return _account(view, visitor, "")


def _account(view: View, visitor: Visitor, trouble: str) -> HTMLResponse:
    person = visitor.person
    with view.desk.store.read() as db:
        browsers = signins.sign_ins(db, person.workspace_id, person.member_id, view.now)
    facts = {"visitor": visitor, "browsers": browsers, "trouble": trouble}
    return clinic_page(view, "account", status=422 if trouble else 200, **facts)


@router.post("/password")
def changes_password(
    view: Seen, visitor: ReadsForm, old: Secret = "", password: Secret = ""
) -> Response:
    """Another password for oneself; every sign-in ends, this one too."""
    person = visitor.person
    try:
        said = Credentials(person.workspace, person.email, old)
        if check_password(view.desk.store, said, view.now) is None:
            raise PasswordRefused(say(words.NOT_OLD))
        kept = passwords.digest(password, person.workspace, person.email.partition("@")[0])
    except PasswordRefused as error:
        return _account(view, visitor, str(error))
    with view.desk.store.brief() as db:
        signins.set_password(db, person.member_id, kept)
    return _to(f"/sign-in?workspace={person.workspace}")


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
def keys(request: Request, view: Seen, visitor: Owns) -> Response:
    """The keys of programs."""
    return _keys(request, view, visitor)


def _keys(request: Request, view: View, visitor: Visitor, **facts: Any) -> HTMLResponse:
    with view.desk.store.read() as db:
        found = apikeys.listed(db, visitor.caller.workspace_id)
    shown(request, len(found))
    told = {"visitor": visitor, "keys": found, "SCOPE": words.SCOPE, "made": "", "trouble": ""}
    return clinic_page(view, "keys", **(told | facts))


@router.post("/keys")
def make_key(
    request: Request,
    view: Seen,
    visitor: OwnsForm,
    label: Typed = "",
    scope: Annotated[list[Scope] | None, Form()] = None,
) -> Response:
    """A new key, shown on the page that follows and nowhere else."""
    name, scopes = label.strip()[:100] or "key", frozenset(scope or ())
    new = NewKey(name, scopes, timedelta(days=365), visitor.caller.who)
    try:
        with view.desk.store.brief() as db:
            _, key = apikeys.make(db, visitor.caller.workspace_id, new, view.now)
    except KeyRefused as error:
        return _keys(request, view, visitor, trouble=words.told(error), status=422)
    return _keys(request, view, visitor, made=key)


@router.post("/keys/{key}/revoke")
def revoke_key(request: Request, view: Seen, visitor: OwnsForm, key: Id) -> Response:
    """End a key at once."""
    with view.desk.store.brief() as db:
        apikeys.revoke(db, visitor.caller.workspace_id, key, view.now) or nothing()
    shown(request, 0, key)
    return _to("/keys")


@router.api_route("/people", methods=_READ)
def people(request: Request, view: Seen, visitor: Owns) -> Response:
    """Who may sign in."""
    return _people(request, view, visitor)


def _people(request: Request, view: View, visitor: Visitor, **facts: Any) -> HTMLResponse:
    with view.desk.store.read() as db:
        found = members.members(db, visitor.caller.workspace_id)
    shown(request, len(found))
    told = {"visitor": visitor, "people": found, "link": "", "trouble": ""}
    return clinic_page(view, "people", **(told | facts))


@router.post("/people")
def invite(
    request: Request,
    view: Seen,
    visitor: OwnsForm,
    email: Typed = "",
    role: Annotated[Role, Form()] = Role.READER,
) -> Response:
    """Let somebody in; the page that follows shows the link to give them."""
    workspace_id = visitor.caller.workspace_id
    try:
        with view.desk.store.brief() as db:
            ref = members.add(db, workspace_id, email, role, view.now)
            secret = signins.link(db, workspace_id, ref, view.now) or nothing()
    except MemberRefused as error:
        return _people(request, view, visitor, trouble=words.told(error), status=422)
    link = link_address(view.desk.settings.public_url, secret)
    return _people(request, view, visitor, link=link)


@router.post("/people/{person}/link")
def new_link(request: Request, view: Seen, visitor: OwnsForm, person: Id) -> Response:
    """A link with which somebody sets another password; those before are void."""
    workspace_id = visitor.caller.workspace_id
    with view.desk.store.brief() as db:
        secret = signins.link(db, workspace_id, person, view.now) or nothing()
    link = link_address(view.desk.settings.public_url, secret)
    return _people(request, view, visitor, link=link)


@router.post("/people/{person}/role")
def set_role(
    request: Request, view: Seen, visitor: OwnsForm, person: Id, role: Annotated[Role, Form()]
) -> Response:
    """Give somebody another role."""
    try:
        with view.desk.store.brief() as db:
            members.set_role(db, visitor.caller.workspace_id, person, role) or nothing()
    except MemberRefused as error:
        return _people(request, view, visitor, trouble=words.told(error), status=422)
    return _to("/people")


@router.post("/people/{person}/remove")
def remove(request: Request, view: Seen, visitor: OwnsForm, person: Id) -> Response:
    """Take somebody out, signed out everywhere."""
    try:
        with view.desk.store.brief() as db:
            members.remove(db, visitor.caller.workspace_id, person) or nothing()
    except MemberRefused as error:
        return _people(request, view, visitor, trouble=words.told(error), status=422)
    return _to("/people")


@router.api_route("/log", methods=_READ)
def access_log(request: Request, view: Seen, visitor: Owns) -> Response:
    """Who saw or did what of late."""
    ledger: Ledger = request.app.state.ledger
    ledger.flush(view.now)
    workspace_id = visitor.caller.workspace_id
    with view.desk.store.read() as db:
        found = accesslog.page(db, workspace_id, None, 200)
        people = {f"person:{one['ref']}": one["email"] for one in members.members(db, workspace_id)}
        keys = {f"key:{one['ref']}": one["label"] for one in apikeys.listed(db, workspace_id)}
    shown(request, len(found))
    return clinic_page(view, "log", visitor=visitor, lines=found, known=people | keys)
