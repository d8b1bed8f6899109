"""Pages of watch lists: how each stands, its alerts and people, who must renew, who is told."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.engine import Connection

from config.vocabulary import Scope, Status
from data import receivers, watch_alerts, watches
from data.lookup import by_ids
from data.watch_alerts import ACKNOWLEDGED, REOPENED, STANDING, Action, Wanted
from data.watches import Head, WatchRefused, Which
from service import words
from service.audit.telling import reason
from service.language import N_, say
from service.shown import STATUS_ICON
from service.watch import ahead, telling
from service.watch.report import feed_addresses, receiver_out, standing
from service.watch.review import act, refusals, the_list
from service.watch.round import Sight, day_of
from service.workspace.at import READ, At, changing, reading, to
from service.workspace.caller import shown

router = APIRouter(prefix="/clinic/watches", include_in_schema=False)
ALERTS, PEOPLE = 25, 100  # on one page
NO_WHY = N_("Say why, in a few words. Nothing was changed.")
DAYS = (14, 30, 60, 90, 400)


def in_order(counts: dict[str, int]) -> dict[str, int]:
    """Those who stand well last."""
    order = ["not_found", "withheld", *reversed(Status)]
    return {code: counts[code] for code in order if code in counts}


TOLD: dict[str, Any] = {
    "VERDICT": words.VERDICT,
    "SEVERITY": telling.SEVERITY,
    "LOOKS": telling.LOOKS,
    "DAY_LOOK": telling.DAY_LOOK,
    "DONE": telling.DONE,
    "STANDING": STANDING,
    "ICON": {**STATUS_ICON, "not_found": "search", "withheld": "question"},
    "told": telling,
    "reason": reason,
    "in_order": in_order,
    "standing": standing,
}
Reading = Annotated[At, Depends(reading(Scope.WATCHES_READ, TOLD))]
Changing = Annotated[At, Depends(changing(Scope.WATCHES_WRITE, TOLD))]
WatchId = Annotated[str, Path(max_length=40)]
AlertId = Annotated[int, Path(ge=1, le=2**53 - 1)]
Typed = Annotated[str, Form(max_length=2000)]


class Shown:
    """Which alerts of a list a page shows; FastAPI fills it from the query."""

    def __init__(
        self,
        every: Annotated[bool, Query(alias="all")] = False,
        number: Annotated[int, Query(ge=1, le=10_000, alias="page")] = 1,
    ) -> None:
        """As the query says."""
        self.every, self.number = every, number

    @property
    def wanted(self) -> Wanted:
        """Those that wait, or all."""
        return Wanted(not self.every, skip=ALERTS * (self.number - 1))

    @property
    def query(self) -> str:
        """The same in an address, without the page."""
        return "all=true&" if self.every else ""


Looked = Annotated[Shown, Depends()]


def days(at: At, heads: list[Head]) -> list[tuple[Head, str, dict[str, Any], dict[int, int]]]:
    """Lists with how each stands today, why, and how many alerts of each weight wait."""
    with at.desk.store.look() as seen, at.desk.store.read() as db:
        sight = Sight(seen, at.desk.conditions(seen, at.view.now))
        return [
            (
                one,
                *day_of(sight, db, one, at.view.now.date()),
                watch_alerts.waiting(db, one.id),
            )
            for one in heads
        ]


@router.api_route("", methods=READ)
def every(request: Request, at: Reading) -> Response:
    """The lists of the workspace, by name."""
    with at.desk.store.read() as db:
        heads = watches.heads(db, at.workspace_id)
    shown(request, len(heads))
    return at.page("watches", lists=days(at, heads))


@router.api_route("/{watch}", methods=READ)
def one(request: Request, at: Reading, watch: WatchId, looked: Looked) -> Response:
    """One list: how it stands, and its alerts, the weightiest first."""
    return _one(request, at, watch, looked)


def _one(request: Request, at: At, watch: str, looked: Shown, **facts: Any) -> HTMLResponse:
    with at.desk.store.read() as db:
        head = the_list(db, at.caller, watch)
        alerts = watch_alerts.alerts(db, head.id, looked.wanted, ALERTS + 1, ranked=True)
        done = watch_alerts.actions(db, [one["id"] for one in alerts])
    shown(request, len(alerts[:ALERTS]), head.ref)
    [(_, kind, day, waiting)] = days(at, [head])
    told = {"alerts": alerts[:ALERTS], "more": len(alerts) > ALERTS, "done": done}
    told |= {"kind": kind, "day": day, "waiting": waiting, "looked": looked}
    told |= {"names": names(at), "wrong": 0}
    return at.page("watch", facts.pop("status", 200), head=head, **(told | facts))


def names(at: At) -> dict[str, str]:
    """The registers by id."""
    return {one.id: one.name for one in at.desk.catalogue}


@router.post("/{watch}/alerts/{alert}/acknowledge")
def acknowledges(
    request: Request, at: Changing, watch: WatchId, alert: AlertId, looked: Looked, why: Typed = ""
) -> Response:
    """Say that an alert was seen, and what is done about it."""
    done = Action(ACKNOWLEDGED, at.who, why.strip(), at.view.now)
    return _acts(request, at, (watch, alert, looked), done)


@router.post("/{watch}/alerts/{alert}/reopen")
def reopens(
    request: Request, at: Changing, watch: WatchId, alert: AlertId, looked: Looked, why: Typed = ""
) -> Response:
    """Open an alert again."""
    done = Action(REOPENED, at.who, why.strip(), at.view.now)
    return _acts(request, at, (watch, alert, looked), done)


def _acts(request: Request, at: At, which: tuple[str, int, Shown], done: Action) -> Response:
    watch, alert, looked = which
    if not done.why:
        told = {"trouble": say(NO_WHY), "wrong": alert, "status": 422}
        return _one(request, at.by(f"/watches/{watch}"), watch, looked, **told)
    act(at.desk, (at.caller, watch, alert), done)
    shown(request, 1, watch)
    at_alert = f"alert-{alert}" if looked.every else "alerts"
    return to(f"/watches/{watch}?{looked.query}page={looked.number}#{at_alert}")


@router.api_route("/{watch}/people", methods=READ)
def people(
    request: Request,
    at: Reading,
    watch: WatchId,
    how: Annotated[str, Query(max_length=40)] = "",
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> Response:
    """Who is on a list, how they stand, and when that was last read."""
    with at.desk.store.read() as db:
        head = the_list(db, at.caller, watch)
        counts = watches.counts(db, head.id)
        found = watches.standings(db, head.id, Which(after, PEOPLE + 1, how))
    some = found[:PEOPLE]
    ids = [one.person.settled.registration_id for one in some]
    with at.desk.store.look() as look:
        known = by_ids(look, [id_ for id_ in ids if id_ is not None])
    shown(request, len(some), head.ref)
    told: dict[str, Any] = {"people": some, "counts": in_order(counts), "known": known}
    told |= {"how": how, "after": after, "names": names(at)}
    told["onward"] = some[-1].person.id if len(found) > PEOPLE else None
    return at.page("watch_people", head=head, **told)


@router.api_route("/{watch}/board", methods=READ)
def board(
    request: Request,
    at: Reading,
    watch: WatchId,
    within: Annotated[int, Query(ge=0, le=400, alias="days")] = 30,
) -> Response:
    """Who has not renewed, as far as the register tells."""
    with at.desk.store.read() as db:
        head = the_list(db, at.caller, watch)
        found = ahead.board(at.desk, db, head, at.view.now)
    late = ahead.not_renewed(found, within)
    shown(request, len(late), head.ref)
    renewed = sum(one.renewed is True for one in found)
    told: dict[str, Any] = {"late": late, "renewed": renewed, "of": len(found), "days": within}
    return at.page("watch_board", head=head, choices=sorted({*DAYS, within}), **told)


@router.api_route("/{watch}/told", methods=READ)
def told(request: Request, at: Reading, watch: WatchId) -> Response:
    """Who is told of a list, and its feeds, without their addresses."""
    return _told(request, at, watch)


def _told(request: Request, at: At, watch: str, **facts: Any) -> HTMLResponse:
    with at.desk.store.read() as db:
        head = the_list(db, at.caller, watch)
        said = [receiver_out(one) for one in receivers.listed(db, head.id)]
        feeds = receivers.feeds(db, head.id)
    shown(request, len(said) + len(feeds), head.ref)
    status = facts.pop("status", 200)
    return at.page(
        "watch_told", status, head=head, receivers=said, feeds=feeds, **({"made": None} | facts)
    )


@router.post("/{watch}/feeds")
def makes_feed(request: Request, at: Changing, watch: WatchId) -> Response:
    """Make the addresses of a feed and a calendar: shown now and never again."""
    here = at.by(f"/watches/{watch}/told")
    try:
        with at.desk.store.brief() as db:
            secret = _feed(db, at, watch)
    except WatchRefused as error:
        return _told(request, here, watch, trouble=telling.refused(error), status=409)
    made = feed_addresses(at.desk.settings.public_url, secret)
    return _told(request, here, watch, made=made)


def _feed(db: Connection, at: At, watch: str) -> str:
    head = the_list(db, at.caller, watch)
    return receivers.add_feed(db, head, at.who, at.view.now)[1]


@router.post("/{watch}/feeds/{feed}/revoke")
def revokes_feed(
    request: Request, at: Changing, watch: WatchId, feed: Annotated[str, Path(max_length=40)]
) -> Response:
    """End a feed at once."""
    with at.desk.store.brief() as db, refusals():
        receivers.revoke_feed(db, the_list(db, at.caller, watch).id, feed)
    shown(request, 0, feed)
    return to(f"/watches/{watch}/told#feeds")
