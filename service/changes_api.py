"""The feed of changes, for programs with a key: what the registers said yesterday and say today."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from data.feed import changes_after
from service.answer import mask
from service.api import Register
from service.desk import Desk
from service.given import AtDesk
from service.paging import AS_LINES, Page, cursor, lines, wants_lines
from service.problems import problems
from service.shapes import ChangeOut, ChangesOut
from service.workspace.caller import WatchesRead, shown

router = APIRouter()
_LIST = "changes"


@router.get(
    "/api/v1/changes",
    response_model=ChangesOut,
    responses=AS_LINES | problems(401, 403, 404, 422, 429, 503),
    tags=["registers"],
)
def changes(
    request: Request,
    desk: AtDesk,
    _caller: WatchesRead,
    page: Annotated[Page, Depends()],
    register: Register = None,
) -> ChangesOut | Response:
    """What changed in accepted runs, the oldest first.

    Follow along: keep `next_cursor`, and ask with it after the next night. What a register has
    taken down is told without what it said.
    """
    if register:
        desk.catalogue.get(register)
    after = page.after(_LIST) or 0
    if wants_lines(request):
        return lines(_all(desk, after, register))
    with desk.store.read() as db:
        rows = changes_after(db, after, page.limit, register)
    shown(request, len(rows))
    last = rows[-1]["id"] if rows else after
    return ChangesOut(changes=[_told(row) for row in rows], next_cursor=cursor(_LIST, last))


def _all(desk: Desk, after: int, register: str | None) -> Iterator[ChangeOut]:
    """Page by page, so that nobody who reads slowly holds the store."""
    while True:
        with desk.store.read() as db:
            rows = changes_after(db, after, 1000, register)
        if not rows:
            return
        yield from map(_told, rows)
        after = rows[-1]["id"]


def _told(row: dict[str, Any]) -> ChangeOut:
    gone = row["absent"] >= 2  # what left the register leaves us (promise R1)
    return ChangeOut(
        id=row["id"],
        run=row["run_id"],
        register_id=row["register_id"],
        key=row["ref"],
        number=None if gone else mask(json.loads(row["facts"])["number"] or "") or None,
        kind=row["kind"],
        before=None if gone else row["before"] or None,
        after=None if gone else row["after"] or None,
        at=row["at"],
    )
