"""HTML routes."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)


def wants_page(request: Request) -> bool:
    """Whether an error should be a page."""
    return not request.url.path.startswith(("/api/", "/healthz", "/readyz", "/metrics"))


def error_page(request: Request, status: int, text: str, headers: object = None) -> HTMLResponse:
    """An error as a page."""
    return HTMLResponse(text, status)
