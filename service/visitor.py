"""What every visitor gets besides an answer: their language; errors as pages, or for programs."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from service import language
from service.given import the_desk, the_time
from service.language import N_, say
from service.shown import View, page

_NOT_PAGES = ("/api", "/healthz", "/readyz", "/metrics", "/static")
_YEAR = 365 * 24 * 3600  # a choice of language is remembered

PROBLEMS = {
    403: (N_("Please use the button on our page"), N_("Nothing was done.")),
    404: (N_("Nothing is here"), N_("This page does not exist, or no longer does.")),
    405: (N_("That cannot be done here"), N_("This page can only be read.")),
    422: (N_("We cannot answer that question"), N_("Please ask it in another way.")),
    429: (N_("Too many look-ups"), N_("Please wait a little, then try again.")),
    503: (N_("We cannot look that up right now"), N_("Please try again shortly.")),
}
_PROBLEM = (N_("Something went wrong"), N_("Please try again shortly."))


def wants_page(request: Request) -> bool:
    """Whether an error should be a page: everywhere but under the addresses of machines."""
    return not any(f"{request.url.path}/".startswith(f"{start}/") for start in _NOT_PAGES)


def language_of(request: Request) -> str:
    """The language to speak to whoever sent this request: programs are spoken to in English."""
    return language.of(request) if wants_page(request) else language.ENGLISH


def mark_language(request: Request, response: Response) -> None:
    """Say which language a page is in, and remember a choice for the next one."""
    response.headers["Content-Language"] = language.spoken()
    response.headers["Vary"] = "Accept-Encoding, Accept-Language, Cookie"
    if request.query_params.get("lang") == language.spoken():
        response.set_cookie(
            language.COOKIE, language.spoken(), max_age=_YEAR, httponly=True, samesite="lax"
        )


def error_page(
    request: Request, status: int, text: str, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """An error as a page that says what to do next."""
    title, usual = PROBLEMS.get(status, _PROBLEM)
    said = say(usual) if text in {one.phrase for one in HTTPStatus} else text
    view = View.of(request, the_desk(request), the_time())
    made = page(view, "error.html", status, title=say(title), text=said, code=status)
    made.headers.update(headers or {})
    return made
