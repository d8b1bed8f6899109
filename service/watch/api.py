"""JSON routes of watch lists: the lists of the key's workspace, their people and their alerts."""

import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.engine import Connection

from data import watch_alerts, watches
from data.watch_alerts import ACKNOWLEDGED, REOPENED, Action, Wanted
from data.watches import Head, Which
from service.desk import Desk
from service.given import AtDesk, Now
from service.paging import AS_LINES, cursor, lines, wants_lines
from service.problems import problems
from service.repeat import RepeatableRoute
from service.roster.read import Telling, read_roster
from service.roster.shape import Roster
from service.watch import ahead, lists
from service.watch.report import alert_out, diff_out, due_out, head_out, person_out
from service.watch.review import act, end, refusals, the_list
from service.watch.shapes import (
    AlertOut,
    AlertPage,
    BoardOut,
    DiffOut,
    PeopleIn,
    PeoplePage,
    PersonIn,
    WatchesOut,
    WatchIn,
    WatchOut,
    Why,
)
from service.workspace.api import Paged
from service.workspace.caller import WatchesRead, WatchesWrite, shown

router = APIRouter(
    prefix="/api/v1/watches",
    tags=["watches"],
    route_class=RepeatableRoute,
    responses=problems(400, 401, 403, 409, 411, 413, 422, 429, 503),
)
WatchId = Annotated[str, Path(max_length=40, examples=["wat_0123456789abcdef"])]
AlertId = Annotated[int, Path(ge=1, le=2**53 - 1, examples=[17])]
_LINES = 500


def takes_roster(method: str, path: str) -> bool:
    """Whether whole rosters come to this address, which are larger than other requests."""
    ours = path == router.prefix or path.startswith(f"{router.prefix}/")
    api = ours and path.endswith(("/watches", "/people"))
    page = path.startswith("/clinic/watches/") and path.endswith(("/new", "/newer"))
    return method == "POST" and (api or page)


def _out(db: Connection, head: Head) -> WatchOut:
    people, waiting = watches.counts(db, head.id), watch_alerts.waiting(db, head.id)
    return WatchOut(**head_out(head, people, waiting))


def _roster(people: Sequence[PersonIn]) -> Roster:
    """People of a request as the roster they would be; raises RosterError."""
    rows = [one.model_dump(by_alias=True) for one in people]
    return read_roster(json.dumps(rows).encode(), Telling("API"))


@router.get("")
def all_lists(request: Request, desk: AtDesk, caller: WatchesRead) -> WatchesOut:
    """Every list of the workspace."""
    with desk.store.read() as db:
        found = [_out(db, head) for head in watches.heads(db, caller.workspace_id)]
    shown(request, len(found))
    return WatchesOut(watches=found)


@router.post("", status_code=201, responses=problems(409))
def make_list(
    request: Request, desk: AtDesk, now: Now, caller: WatchesWrite, body: WatchIn
) -> WatchOut:
    """Watch these people. Whoever is not found is looked for again after every run."""
    wanted = lists.Request(body.name, caller.who, body.profession, caller.workspace_id)
    with refusals():
        head = lists.add(desk, _roster(body.people), wanted, now)
    shown(request, len(body.people), head.ref)
    with desk.store.read() as db:
        return _out(db, head)


@router.get("/{watch}", responses=problems(404))
def one_list(request: Request, desk: AtDesk, caller: WatchesRead, watch: WatchId) -> WatchOut:
    """A list, and how its people stand today."""
    with desk.store.read() as db:
        head = the_list(db, caller, watch)
        shown(request, 0, head.ref)
        return _out(db, head)


@router.delete("/{watch}", status_code=204, responses=problems(404))
def remove_list(request: Request, desk: AtDesk, caller: WatchesWrite, watch: WatchId) -> Response:
    """Take out a list with its people, alerts, receivers and feeds."""
    head = end(desk, caller, watch)
    shown(request, 0, head.ref)
    return Response(status_code=204)


@router.get("/{watch}/people", responses=problems(404))
def people(
    request: Request, desk: AtDesk, caller: WatchesRead, watch: WatchId, page: Paged
) -> PeoplePage:
    """Who is on a list and how they stand, in the order they were added."""
    with desk.store.read() as db:
        head = the_list(db, caller, watch)
        found = watches.standings(
            db, head.id, Which(page.after(f"people {head.ref}") or 0, page.limit)
        )
    shown(request, len(found), head.ref)
    more = len(found) == page.limit
    on = cursor(f"people {head.ref}", found[-1].person.id) if more else None
    return PeoplePage(people=[person_out(one) for one in found], next_cursor=on)


@router.post("/{watch}/people", responses=problems(404, 409))
def change_people(
    request: Request,
    desk: AtDesk,
    now: Now,
    caller: WatchesWrite,
    watch: WatchId,
    body: PeopleIn,
) -> DiffOut:
    """Show what these people, as the whole list, would change; with `apply`, change exactly that.

    409 where the list has become another since the difference was shown.
    """
    with desk.store.read() as db:
        head = the_list(db, caller, watch)
    with refusals():
        roster = _roster(body.people)
        if body.apply:
            change = lists.apply(desk, head, roster, body.apply, now)
        else:
            change = lists.diff(desk, head, roster)
    shown(request, len(change.added) + len(change.removed), head.ref)
    return DiffOut(**diff_out(change, bool(body.apply)))


@router.get("/{watch}/alerts", responses=AS_LINES | problems(404), response_model=AlertPage)
def alerts(
    request: Request,
    desk: AtDesk,
    caller: WatchesRead,
    watch: WatchId,
    page: Paged,
    waiting: Annotated[bool, Query(description="only those that wait for somebody")] = False,
) -> AlertPage | Response:
    """Alerts of a list, the newest first."""
    with desk.store.read() as db:
        head = the_list(db, caller, watch)
    before = page.after(f"alerts {head.ref}")
    if wants_lines(request):
        return lines(_all_alerts(desk, head, Wanted(waiting, before=before)))
    found = _alerts(desk, head, Wanted(waiting, before=before), page.limit)
    shown(request, len(found), head.ref)
    on = cursor(f"alerts {head.ref}", found[-1].id) if len(found) == page.limit else None
    return AlertPage(alerts=found, next_cursor=on)


def _alerts(desk: Desk, head: Head, wanted: Wanted, most: int) -> list[AlertOut]:
    with desk.store.read() as db:
        found = watch_alerts.alerts(db, head.id, wanted, most)
        done = watch_alerts.actions(db, [one["id"] for one in found])
    return [_alert({**one, "actions": done.get(one["id"], [])}) for one in found]


def _alert(one: dict[str, Any]) -> AlertOut:
    return AlertOut(**alert_out(one))


def _all_alerts(desk: Desk, head: Head, wanted: Wanted) -> Iterator[AlertOut]:
    """Page by page, so that nobody who reads slowly holds the store."""
    while found := _alerts(desk, head, wanted, _LINES):
        yield from found
        wanted = Wanted(wanted.waiting, before=found[-1].id)


@router.get("/{watch}/alerts/{alert}", responses=problems(404))
def one_alert(
    request: Request, desk: AtDesk, caller: WatchesRead, watch: WatchId, alert: AlertId
) -> AlertOut:
    """An alert, and what was done about it."""
    with desk.store.read() as db, refusals():
        head = the_list(db, caller, watch)
        found = _alert(watch_alerts.alert_in(db, [head.id], alert))
    shown(request, 1, head.ref)
    return found


@router.post("/{watch}/alerts/{alert}/acknowledge", responses=problems(404))
def acknowledge(
    desk: AtDesk, now: Now, caller: WatchesWrite, watch: WatchId, alert: AlertId, body: Why
) -> AlertOut:
    """Say that an alert was seen, and what is done about it."""
    return _alert(
        act(desk, (caller, watch, alert), Action(ACKNOWLEDGED, caller.who, body.why, now))
    )


@router.post("/{watch}/alerts/{alert}/reopen", responses=problems(404))
def reopen(
    desk: AtDesk, now: Now, caller: WatchesWrite, watch: WatchId, alert: AlertId, body: Why
) -> AlertOut:
    """Open an alert again."""
    return _alert(act(desk, (caller, watch, alert), Action(REOPENED, caller.who, body.why, now)))


@router.get("/{watch}/board", responses=problems(404))
def board(
    request: Request,
    desk: AtDesk,
    now: Now,
    caller: WatchesRead,
    watch: WatchId,
    days: Annotated[int, Query(ge=0, le=400, description="with at most so many days left")] = 30,
) -> BoardOut:
    """Who has not renewed, as far as the register tells."""
    with desk.store.read() as db:
        head = the_list(db, caller, watch)
        found = ahead.board(desk, db, head, now)
    late = [due_out(one) for one in ahead.not_renewed(found, days)]
    shown(request, len(late), head.ref)
    return BoardOut(board=late, people=len(found))
