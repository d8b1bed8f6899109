"""HTML routes: the same answers as every other door, on pages that need no script."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Annotated, Any
from urllib.parse import urlencode

import segno
from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from config.guide import read_guide
from config.vocabulary import Verdict
from data import lookup
from data.names import MAX_QUERY, clean, looks_like_number
from data.since import Since, since
from service import history
from service import registers as coverage
from service import verify as ask
from service.answer import Answer, Query, RegistrationOut, registration_out
from service.api import Limited, SecondLook
from service.compared import codes, compared
from service.given import AtDesk, Now, the_desk
from service.language import say
from service.limit import limited, live_limited, typing_limited
from service.live import offered
from service.origin import same_origin
from service.shown import View, entry_path, live, page, shown
from service.verify import LookAgain, QuestionError

router = APIRouter(include_in_schema=False)
_READ = ["GET", "HEAD"]
# Only a form of ours sends it: no crawler, prefetch or other site makes us ask a register.
_ASKS = [Depends(same_origin), Depends(live_limited)]
_TYPED = 5  # people shown while a name is being typed
_KEY = 200  # characters of an address that a code leads to
GUIDE = read_guide()


@dataclass(frozen=True, slots=True)
class Again:
    """The button that asks a register live: where its form goes, and what it carries."""

    path: str
    label: str
    fields: Mapping[str, str]


def the_view(request: Request, desk: AtDesk, now: Now) -> View:
    """What the templates of this request may ask for."""
    return View.of(request, desk, now)


AtView = Annotated[View, Depends(the_view)]
Typed = Annotated[str, Form()]


def _search(q: str | None = None, where: str = "", register: str = "", city: str = "") -> Query:
    return Query(
        text=q, jurisdiction=where or None, register_id=register or None, city=city or None
    )


class _Asked:
    """The fields of the form that checks a person, however it was sent."""

    def __init__(
        self, number: str = "", name: str = "", place: str = "", where: str = "", register: str = ""
    ) -> None:
        self.query = Query(
            number=number,
            name=name,
            place=place,
            jurisdiction=where or None,
            register_id=register or None,
        )


def _question(asked: Annotated[_Asked, Depends()]) -> Query:
    return asked.query


def _form_question(
    number: Typed = "",
    name: Typed = "",
    place: Typed = "",
    where: Typed = "",
    there: Annotated[str, Form(alias="register")] = "",
) -> Query:
    return _Asked(number, name, place, where, there).query


Search = Annotated[Query, Depends(_search)]
Question = Annotated[Query, Depends(_question)]
FormQuestion = Annotated[Query, Depends(_form_question)]


def _form(view: View, template: str, asked: Query, trouble: str = "") -> HTMLResponse:
    status = 422 if trouble else 200
    return page(view, template, status, asked=asked, answer=None, trouble=trouble)


@router.api_route("/", methods=_READ)
def home(request: Request, view: AtView, asked: Search, cursor: str = "") -> Response:
    """The search, and whom it found: a list to choose from, never a verdict on a person."""
    if not asked.text:
        return _form(view, "home.html", asked)
    limited(request)
    try:
        answer = ask.lookup(view.desk, asked, view.now, cursor)
        wider = _anywhere(view, asked, answer)
    except QuestionError as error:
        return _form(view, "home.html", asked, str(error))
    facts: dict[str, Any] = {"trouble": "", "further": cursor, "elsewhere": wider is not None}
    return page(view, "home.html", asked=asked, answer=wider or answer, **facts)


def _anywhere(view: View, asked: Query, answer: Answer) -> Answer | None:
    """The same name at any clinic, where nobody bears it at the one asked for: it may be misspelt.

    None where that finds nobody either, or no clinic was asked for.
    """
    if not asked.city or answer.verdict is not Verdict.NOT_FOUND:
        return None
    wider = ask.lookup(view.desk, asked.model_copy(update={"city": None}), view.now)
    return wider if wider.matches and wider.assurance is None else None


@router.api_route("/found", methods=_READ)
def found(request: Request, view: AtView, asked: Search) -> Response:
    """The first people of a name while it is being typed, as a piece of a page."""
    if looks_like_number(clean(asked.text or "", MAX_QUERY)):
        return Response(status_code=204)  # half a number is somebody else's
    typing_limited(request)
    try:
        answer = ask.lookup(view.desk, asked, view.now)
    except QuestionError:
        return Response(status_code=204)
    return page(view, "found.html", answer=answer, people=answer.matches[:_TYPED])


@router.api_route("/verify", methods=_READ)
def verify(request: Request, view: AtView, asked: Question, receipt: bool = False) -> Response:
    """The form, and with a question the verdict on it."""
    if not (asked.number or asked.name or asked.place):
        return _form(view, "verify.html", asked)
    limited(request)
    return _verified(view, asked, None, receipt)


@router.post("/verify", dependencies=_ASKS)
def verify_live(view: AtView, asked: FormQuestion, second_look: SecondLook) -> Response:
    """The same verdict after asking the register itself, answered here: it holds for now only."""
    return _verified(view, asked, second_look)


def _verified(
    view: View, asked: Query, second_look: LookAgain | None, receipt: bool = False
) -> Response:
    try:
        answer = ask.verify(view.desk, asked, view.now, second_look)
    except QuestionError as error:
        return _form(view, "verify.html", asked, str(error))
    path = f"/verify?{urlencode(_fields(asked))}"
    view = replace(view, address=path)  # also of what was posted
    if receipt:
        return _receipt(view, answer, path)
    told = compared(answer)
    return page(
        view,
        "verify.html",
        asked=asked,
        answer=answer,
        trouble="",
        again=_again(view, answer, "/verify", asked),
        compared=told,
        told=codes(answer.matches[0]) if told else set(),
        receipt=path,
    )


def _fields(asked: Query) -> dict[str, str]:
    """What was asked about a person, as the fields of the form."""
    said = {
        "name": asked.name,
        "number": asked.number,
        "place": asked.place,
        "where": asked.jurisdiction,
        "register": asked.register_id,
    }
    return {name: shown(value) for name, value in said.items() if value}


def _again(view: View, answer: Answer, path: str, asked: Query) -> Again | None:
    """The button that asks the register, where that can help and was not done just now."""
    told = live(answer)
    if (told and told.code == "rechecked") or not offered(view.desk, answer):
        return None
    label = say("Check again now") if answer.matches else say("Ask the register now")
    return Again(path, label, _fields(asked) if path == "/verify" else {})


@router.api_route("/r/{register}/{key:path}", methods=_READ, dependencies=[Limited])
def registration(view: AtView, register: str, key: str, receipt: bool = False) -> Response:
    """One registration; what is left to check is whose it is."""
    found = _entry(view, register, key, None)
    if receipt:
        return _receipt(view, found, entry_path(register, key))
    return _registration(view, found, entry_path(register, key))


@router.post("/r/{register}/{key:path}", dependencies=_ASKS)
def registration_live(view: AtView, register: str, key: str, second_look: SecondLook) -> Response:
    """The same registration as the register itself shows it now; whose it is stays open."""
    return _registration(view, _entry(view, register, key, second_look), entry_path(register, key))


def _entry(view: View, register: str, key: str, second_look: LookAgain | None) -> Answer:
    key = clean(key, MAX_QUERY)
    found = ask.registration(view.desk, register, key, view.now, second_look)
    if found is None or not found.matches:
        said = say("Nobody is listed under this address now. Search by name instead.")
        raise HTTPException(404, said)
    return found


def _registration(view: View, found: Answer, path: str) -> Response:
    asked = Query(register_id=found.matches[0].register_id)
    return page(
        view,
        "registration.html",
        asked=asked,
        answer=found,
        again=_again(view, found, path, asked),
        since=_since(view, found.matches[0]),
        told=set(),
        receipt=f"{path}?",
    )


def _since(view: View, match: RegistrationOut) -> Since | None:
    """Since when the entry has been as it is; None where the stored one says something else."""
    with view.desk.store.look() as look:
        person = lookup.by_key(look, match.register_id, match.key)
        if person is None or person.absent or person.status is not match.status:
            return None
        return since(look, person)


def _receipt(view: View, answer: Answer, path: str) -> Response:
    """The answer on one sheet, with a code that leads back to the entry."""
    one = answer.matches[0] if len(answer.matches) == 1 else None
    entry = _address(view, one) if one else ""
    return page(view, "receipt.html", answer=answer, one=one, entry=entry, path=path)


def _address(view: View, match: RegistrationOut) -> str:
    """The address of an entry that tells nobody its number."""
    register = view.desk.catalogue.get(match.register_id)
    with view.desk.store.look() as look:
        person = lookup.by_key(look, match.register_id, match.key)
    if person is None:  # of a register that can only be asked, nothing is kept
        return ""
    return entry_path(register.id, registration_out(person, register, show_number=False).key)


@router.api_route("/qr/{register}/{key:path}", methods=_READ)
def code(request: Request, desk: AtDesk, register: str, key: str) -> Response:
    """A picture that a telephone reads: the address of one registration on this site."""
    known = desk.catalogue.get(register)
    if not key or len(key) > _KEY:
        raise HTTPException(404, say("This page does not exist, or no longer does."))
    drawn = BytesIO()
    segno.make(f"{site(request)}{entry_path(known.id, key)}", error="m").save(
        drawn, kind="svg", scale=4, border=3, light="#fff", xmldecl=False
    )
    return Response(drawn.getvalue(), media_type="image/svg+xml")


def site(request: Request) -> str:
    """Where people reach these pages: as the operator says, else as this request did."""
    said: str = the_desk(request).settings.public_url
    return said.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"


@router.api_route("/guide", methods=_READ)
def guide(view: AtView, where: str = "") -> Response:
    """What to ask, what an insurer needs, where to complain; all that is known of one place."""
    chosen = view.desk.coverage.places.get(where[:10])
    return page(view, "guide.html", guide=GUIDE, chosen=chosen)


@router.api_route("/registers", methods=_READ)
def registers(view: AtView) -> Response:
    """Which registers we read, how old each is, and where none exists."""
    return page(view, "registers.html", **coverage.coverage(view.desk, view.now))


@router.api_route("/status", methods=_READ)
def status(view: AtView) -> Response:
    """How fresh every register is, and how its last nights went."""
    return page(
        view,
        "status.html",
        registers=history.status(view.desk, view.now),
        state={one.value: word for one, word in history.STATE.items()},
    )
