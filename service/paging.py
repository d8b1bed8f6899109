"""Long answers: page by page with a cursor, or as lines of JSON; not again when unchanged."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

LINES = "application/x-ndjson"
MOST = 200


class Page:
    """How many, and from where on; FastAPI fills it from the query."""

    def __init__(
        self,
        limit: Annotated[int, Query(ge=1, le=MOST, description="at most this many")] = 50,
        cursor: Annotated[
            str | None, Query(max_length=100, description="`next_cursor` of the page before")
        ] = None,
    ) -> None:
        """As the query says."""
        self.limit, self._cursor = limit, cursor

    def after(self, what: str) -> int | None:
        """The id that the cursor names; None for the first page. Raises 404."""
        return None if self._cursor is None else _read(what, self._cursor)


def cursor(what: str, id_: int) -> str:
    """An opaque cursor that leads on after this id, in this kind of list only."""
    return base64.urlsafe_b64encode(json.dumps([what, id_]).encode()).decode().rstrip("=")


def _read(what: str, said: str) -> int:
    try:
        kind, id_ = json.loads(base64.b64decode(said + "=" * (-len(said) % 4), b"-_", True))
    except (binascii.Error, ValueError, TypeError):
        kind, id_ = None, None
    if kind != what or not isinstance(id_, int) or not 0 <= id_ < 2**53:
        raise HTTPException(404, "There is no page of this cursor here. Begin again without one.")
    return id_


def wants_lines(request: Request) -> bool:
    """Whether whoever asks wants lines of JSON rather than a page."""
    said = request.headers.get("accept", "")
    return any(one.partition(";")[0].strip() == LINES for one in said.lower().split(","))


def lines(rows: Iterable[BaseModel]) -> StreamingResponse:
    """Rows as one JSON object a line, sent as they come; memory does not grow with them."""
    return StreamingResponse(
        (row.model_dump_json().encode() + b"\n" for row in rows), media_type=LINES
    )


AS_LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A page, or with `Accept: application/x-ndjson` all of it, an object a line",
        "content": {LINES: {"schema": {"type": "string"}}},
    }
}


@dataclass(frozen=True, slots=True)
class Unless:
    """Answers 304 where whoever asks has the same already; else the answer with its tag."""

    request: Request

    def same(self, answer: BaseModel, moving: Any = None) -> Response:
        """`moving` names fields (as pydantic's `exclude`) that differ and mean nothing new."""
        kept = answer.model_dump_json(exclude=moving).encode()
        tag = f'W/"{hashlib.sha256(kept).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if tag in _tags(self.request):
            return Response(status_code=304, headers=headers)
        return Response(answer.model_dump_json(), headers=headers, media_type="application/json")


def _tags(request: Request) -> set[str]:
    return {one.strip() for one in request.headers.get("if-none-match", "").split(",")}


NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The same as whoever asks has already (If-None-Match)"}
}
