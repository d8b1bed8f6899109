"""Refuses what another site makes a visitor's browser send us."""

from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from service.language import say


def same_origin(request: Request) -> None:
    """A route that does something: raises 403 unless one of our own pages sent the form.

    Browsers say where a form comes from in headers that no page can forge: Sec-Fetch-Site (over
    TLS and on this machine), and Origin. Whoever sends neither is no browser, and uses the API.
    """
    said = request.headers.get("sec-fetch-site")
    origin = urlsplit(request.headers.get("origin", "")).netloc
    ours = said == "same-origin" if said else origin and origin == request.headers.get("host")
    if not ours:
        raise HTTPException(
            403,
            say("This can only be asked for with the button on our own pages. Nobody was asked."),
        )
