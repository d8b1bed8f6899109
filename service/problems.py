"""Errors for programs: problem documents (RFC 9457), and how the schema tells of them."""

from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

MEDIA = "application/problem+json"
SAID = {
    400: "The request cannot be read",
    401: "No key came with the request, or one that is not good",
    403: "The key may not do this",
    404: "There is no such thing, for whoever asks",
    405: "This address does not know this method; see Allow",
    409: "It cannot be done as things stand",
    411: "The length of the body is not said",
    413: "The body is too large",
    415: "The body is of a kind that is not read here",
    422: "The request cannot be answered as asked",
    429: "Too many requests; see Retry-After",
    503: "The store cannot be used now; see Retry-After",
}


class Trouble(BaseModel):
    """One thing that is wrong with a request, and where."""

    loc: list[str] = Field(description="the part of the request, from outside in")
    msg: str


class Problem(BaseModel):
    """Why something was not answered or done (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(ge=400, le=599, examples=[404])
    detail: str | None = Field(None, description="what happened, and what to do")
    errors: list[Trouble] | None = Field(None, description="what is wrong with the request")


def problem(
    status: int, title: str, detail: str | None = None, headers: Any = None, **more: Any
) -> JSONResponse:
    """An error as application/problem+json."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(
        {name: value for name, value in body.items() if value is not None},
        status,
        headers=headers,
        media_type=MEDIA,
    )


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The errors a route may answer with, for its `responses`."""
    return {code: _told(code) for code in codes}


def _told(code: int) -> dict[str, Any]:
    example = {"type": "about:blank", "title": SAID[code], "status": code, "detail": "…"}
    content = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}
    told: dict[str, Any] = {"description": SAID[code], "content": content}
    if code in (429, 503):
        told["headers"] = {
            "Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}}
        }
    if code == 401:
        told["headers"] = {
            "WWW-Authenticate": {"description": "how to ask", "schema": {"type": "string"}}
        }
    return told
