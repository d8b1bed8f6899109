"""HTML routes: the same answers as every other door, on pages that need no script."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from config.register import Register
from config.vocabulary import ADVERSE, Status, Verdict
from data.lookup import readings
from data.names import MAX_QUERY, clean
from service import history, words
from service import registers as coverage
from service import verify as ask
from service.answer import PROFESSION, Answer, Query, Reason, RegistrationOut
from service.api import AtDesk, Limited, Now, SecondLook, the_desk, the_time
from service.desk import Desk
from service.limit import limited, live_limited
from service.live import offered
from service.origin import same_origin
from service.verify import LookAgain, QuestionError

router = APIRouter(include_in_schema=False)
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_READ = ["GET", "HEAD"]
_NOT_WHY = ("number_not_given", "number_not_published", "place_not_given")
_LIVE = ("rechecked", "not_rechecked")
# Only a form of ours sends it: no crawler, prefetch or other site makes us ask a register.
_ASKS = [Depends(same_origin), Depends(live_limited)]
_NOT_PAGES = ("/api", "/healthz", "/readyz", "/metrics", "/static")

# A tone (colour) and an icon (shape): nothing is told by the colour alone.
VERDICT_LOOK = {
    Verdict.CONFIRMED: ("ok", "check"),
    Verdict.CONFIRMED_WITH_CONDITIONS: ("care", "care"),
    Verdict.NOT_AUTHORISED: ("no", "stop"),
    Verdict.MISMATCH: ("no", "differs"),
    Verdict.AMBIGUOUS: ("open", "question"),
    Verdict.NOT_FOUND: ("open", "search"),
    Verdict.CANNOT_CONFIRM: ("care", "clock"),
    Verdict.NOT_REGULATED: ("open", "page"),
}
STATUS_ICON = {
    Status.AUTHORISED: "check",
    Status.AUTHORISED_CONDITIONS: "care",
    Status.AUTHORISED_NOTICE: "care",
    Status.MISSING_ONCE: "search",
    Status.DELISTED: "search",
    Status.UNRECOGNISED: "question",
    **dict.fromkeys(ADVERSE, "stop"),
}
PROBLEMS = {
    403: ("Please use the button on our page", "Nothing was done."),
    404: ("Nothing is here", "This page does not exist, or no longer does."),
    405: ("That cannot be done here", "This page can only be read."),
    422: ("We cannot answer that question", "Please ask it in another way."),
    429: ("Too many look-ups", "Please wait a little, then try again."),
    503: ("We cannot look that up right now", "Please try again shortly."),
}


@dataclass(frozen=True, slots=True)
class View:
    """What every template may ask for."""

    desk: Desk
    now: datetime

    @property
    def demo(self) -> bool:
        """Whether everybody shown is invented."""
        return self.desk.settings.demo

    @property
    def registers(self) -> list[Register]:
        """The registers of massage therapists that are read: those to choose from."""
        with self.desk.store.look() as look:
            known = readings(look)
        return [
            one
            for one in self.desk.catalogue
            if one.profession == PROFESSION and one.confirms and (one.enabled or one.id in known)
        ]

    def place(self, code: str) -> str:
        """The name of a place by its code; the code where we have no name."""
        place = self.desk.coverage.places.get(code)
        return place.name if place else code

    def when(self, moment: datetime, register: str | None) -> str:
        """A moment in the register's own time, with its zone; UTC where there is none."""
        if register is None:
            return words.local(moment, UTC)  # type: ignore[arg-type]
        return words.local(moment, self.desk.catalogue.get(register).zone)

    def ago(self, moment: datetime) -> str:
        """How long ago, in words."""
        return words.age(moment, self.now)

    def doors(self, answer: Answer) -> list[tuple[str, str, str]]:
        """(name, keeper, address) of the official registers where a reader can make sure."""
        asked = answer.query
        place = self.desk.coverage.named(asked.place or "") if asked.place else None
        ids = {one.register_id for one in answer.matches}
        if not ids and place and not asked.register_id:
            ids = {
                one.id
                for one in self.desk.catalogue
                if one.jurisdiction == place.code and one.profession == PROFESSION
            }
            if not ids:
                return (
                    [(place.body or f"Official page of {place.name}", "", place.check_at)]
                    if place.check_at
                    else []
                )
        ids = ids or {asked.register_id or one.id for one in self.registers}
        found = (one for one in self.desk.catalogue if one.id in ids)
        return [(one.name, one.regulator, one.official_url) for one in found]


@dataclass(frozen=True, slots=True)
class Again:
    """The button that asks a register live: where its form goes, and what it carries."""

    path: str
    label: str
    fields: Mapping[str, str]


def _day(day: date) -> str:
    return day.strftime("%-d %B %Y")


def _headline(answer: Answer) -> str:
    return words.headline(answer.verdict, answer.assurance)


def _said(answer: Answer) -> str:
    """The summary without the headline, which already stands above it."""
    return answer.summary.removeprefix(f"{_headline(answer)}.").strip()


def _shown(text: str | None) -> str:
    """What somebody typed, bounded and without invisible characters, to show it again."""
    return clean(text or "", MAX_QUERY)


def _reasons(answer: Answer) -> list[Reason]:
    """The reasons that the summary and the line about a live check do not already say."""
    said = [reason for reason in answer.reasons if reason.code not in _LIVE]
    return [reason for reason in said if reason.text not in answer.summary]


def _why(match: RegistrationOut) -> str:
    """Why somebody is in a list: in what way the name or number asked for agrees."""
    return " ".join(one.text for one in match.reasons if one.code not in _NOT_WHY)


def _more(asked: Query, cursor: str = "") -> str:
    """The address of another page of the same search, without its path."""
    said = {"q": asked.text, "register": asked.register_id, "city": asked.city, "cursor": cursor}
    return urlencode({name: _shown(value) for name, value in said.items() if value})


def _live(answer: Answer) -> Reason | None:
    """What came of asking the register again; None when it was not asked for."""
    return next((reason for reason in answer.reasons if reason.code in _LIVE), None)


def _web_link(link: str) -> str:
    """A link a register gave us, or nothing where it would not lead to a web page."""
    return link if link.lower().startswith(("https://", "http://")) else ""


def _entry_path(register: str, key: str) -> str:
    return f"/r/{quote(register, safe='')}/{quote(key, safe='')}"


_TEMPLATES.filters |= {
    "day": _day,
    "headline": _headline,
    "said": _said,
    "reasons": _reasons,
    "why": _why,
    "more": _more,
    "live": _live,
    "shown": _shown,
    "web_link": _web_link,
}
_TEMPLATES.globals |= {
    "STATUS": words.STATUS,
    "STATUS_ICON": STATUS_ICON,
    "LOOK": VERDICT_LOOK,
    "LONGEST": MAX_QUERY,
    "entry_path": _entry_path,
}


Typed = Annotated[str, Form()]


def _question(number: str = "", name: str = "", place: str = "", register: str = "") -> Query:
    return Query(number=number, name=name, place=place, register_id=register or None)


def _form_question(
    number: Typed = "",
    name: Typed = "",
    place: Typed = "",
    there: Annotated[str, Form(alias="register")] = "",
) -> Query:
    return _question(number, name, place, there)


Question = Annotated[Query, Depends(_question)]
FormQuestion = Annotated[Query, Depends(_form_question)]


def _page(view: View, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
    return HTMLResponse(_TEMPLATES.get_template(template).render(view=view, **facts), status)


def _form(view: View, template: str, asked: Query, trouble: str = "") -> HTMLResponse:
    status = 422 if trouble else 200
    return _page(view, template, status, asked=asked, answer=None, trouble=trouble)


@router.api_route("/", methods=_READ)
def home(
    request: Request,
    desk: AtDesk,
    now: Now,
    q: str | None = None,
    register: str = "",
    city: str = "",
    cursor: str = "",
) -> Response:
    """The search, and whom it found: a list to choose from, never a verdict on a person."""
    view, asked = View(desk, now), Query(text=q, register_id=register or None, city=city or None)
    if not q:
        return _form(view, "home.html", asked)
    limited(request)
    try:
        answer = ask.lookup(desk, asked, now, cursor)
    except QuestionError as error:
        return _form(view, "home.html", asked, str(error))
    return _page(view, "home.html", asked=asked, answer=answer, trouble="", further=cursor)


@router.api_route("/verify", methods=_READ)
def verify(request: Request, desk: AtDesk, now: Now, asked: Question) -> Response:
    """The form, and with a question the verdict on it."""
    view = View(desk, now)
    if not (asked.number or asked.name or asked.place):
        return _form(view, "verify.html", asked)
    limited(request)
    return _verified(view, asked, None)


@router.post("/verify", dependencies=_ASKS)
def verify_live(desk: AtDesk, now: Now, asked: FormQuestion, second_look: SecondLook) -> Response:
    """The same verdict after asking the register itself, answered here: it holds for now only."""
    return _verified(View(desk, now), asked, second_look)


def _verified(view: View, asked: Query, second_look: LookAgain | None) -> Response:
    try:
        answer = ask.verify(view.desk, asked, view.now, second_look)
    except QuestionError as error:
        return _form(view, "verify.html", asked, str(error))
    again = _again(view, answer, "/verify", asked)
    return _page(view, "verify.html", asked=asked, answer=answer, trouble="", again=again)


def _again(view: View, answer: Answer, path: str, asked: Query) -> Again | None:
    """The button that asks the register, where that can help and was not done just now."""
    live = _live(answer)
    if (live and live.code == "rechecked") or not offered(view.desk, answer):
        return None
    fields = {"number": asked.number, "name": asked.name, "place": asked.place}
    given = {name: _shown(said) for name, said in fields.items() if said}
    if asked.register_id and path == "/verify":
        given["register"] = asked.register_id
    label = "Check again now" if answer.matches else "Ask the register now"
    return Again(path, label, given)


@router.api_route("/r/{register}/{key:path}", methods=_READ, dependencies=[Limited])
def registration(desk: AtDesk, now: Now, register: str, key: str) -> Response:
    """One registration; what is left to check is whose it is."""
    return _entry(View(desk, now), register, clean(key, MAX_QUERY), None)


@router.post("/r/{register}/{key:path}", dependencies=_ASKS)
def registration_live(
    desk: AtDesk, now: Now, register: str, key: str, second_look: SecondLook
) -> Response:
    """The same registration as the register itself shows it now; whose it is stays open."""
    return _entry(View(desk, now), register, clean(key, MAX_QUERY), second_look)


def _entry(view: View, register: str, key: str, second_look: LookAgain | None) -> Response:
    found = ask.registration(view.desk, register, key, view.now, second_look)
    if found is None or not found.matches:
        raise HTTPException(404, "Nobody is listed under this address now. Search by name instead.")
    asked = Query(register_id=register)
    again = _again(view, found, _entry_path(register, key), asked)
    return _page(view, "registration.html", asked=asked, answer=found, again=again)


@router.api_route("/registers", methods=_READ)
def registers(desk: AtDesk, now: Now) -> Response:
    """Which registers we read, how old each is, and where none exists."""
    return _page(View(desk, now), "registers.html", **coverage.coverage(desk, now))


@router.api_route("/status", methods=_READ)
def status(desk: AtDesk, now: Now) -> Response:
    """How fresh every register is, and how its last nights went."""
    return _page(View(desk, now), "status.html", registers=history.status(desk, now))


def wants_page(request: Request) -> bool:
    """Whether an error should be a page: everywhere but under the addresses of machines."""
    return not any(f"{request.url.path}/".startswith(f"{start}/") for start in _NOT_PAGES)


def error_page(
    request: Request, status: int, text: str, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """An error as a page that says what to do next."""
    title, usual = PROBLEMS.get(status, ("Something went wrong", "Please try again shortly."))
    said = usual if text in {one.phrase for one in HTTPStatus} else text
    view = View(the_desk(request), the_time())
    page = _page(view, "error.html", status, title=title, text=said, code=status)
    page.headers.update(headers or {})
    return page
