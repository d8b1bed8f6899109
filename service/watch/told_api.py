"""JSON routes about who is told of a watch list: receivers, what went to them, and feeds."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from data import receivers
from service.given import AtDesk, Now
from service.outgoing import Wire, networks
from service.problems import problems
from service.repeat import RepeatableRoute, secret
from service.signing import derived
from service.watch.api import WatchId
from service.watch.delivery import check_receiver
from service.watch.report import feed_addresses, receiver_out
from service.watch.review import refusals, the_list
from service.watch.shapes import (
    FeedMade,
    FeedOut,
    FeedsOut,
    ReceiverIn,
    ReceiverMade,
    ReceiversOut,
    Replayed,
)
from service.workspace.caller import WatchesRead, WatchesWrite, shown

router = APIRouter(
    prefix="/api/v1/watches",
    tags=["watches"],
    route_class=RepeatableRoute,
    responses=problems(400, 401, 403, 409, 411, 413, 422, 429, 503),
)
ReceiverId = Annotated[str, Path(max_length=40, examples=["rcv_0123456789abcdef"])]
FeedId = Annotated[str, Path(max_length=40, examples=["fed_0123456789abcdef"])]


@router.get("/{watch}/receivers", responses=problems(404))
def told(request: Request, desk: AtDesk, caller: WatchesRead, watch: WatchId) -> ReceiversOut:
    """Who is told of a list, and what went or waits."""
    with desk.store.read() as db:
        head = the_list(db, caller, watch)
        found = [receiver_out(one) for one in receivers.listed(db, head.id)]
        sent = receivers.deliveries(db, head.id)
    shown(request, len(found), head.ref)
    return ReceiversOut(receivers=found, deliveries=sent)


@router.post("/{watch}/receivers", status_code=201, responses=problems(404, 409))
@secret
def add_receiver(
    request: Request, desk: AtDesk, now: Now, caller: WatchesWrite, watch: WatchId, body: ReceiverIn
) -> ReceiverMade:
    """Tell somebody of a list. The answer holds a webhook's secret, and no other ever does."""
    said = (body.channel, body.address.strip())
    with refusals():
        check_receiver(desk, *said, Wire(networks(desk.settings.webhook_allow)))
    with desk.store.brief() as db, refusals():
        head = the_list(db, caller, watch)
        ref = receivers.add(db, head, said, caller.who, now)
        made = receiver_out(receivers.one_of(db, head.id, ref))
    shown(request, 1, ref)
    return ReceiverMade(**made, secret=_secret(desk, body.channel, ref, 1))


def _secret(desk: AtDesk, channel: str, ref: str, generation: int) -> str | None:
    master = desk.settings.watch_secret.get_secret_value()
    return derived(master, ref, generation) if channel == "webhook" else None


@router.post("/{watch}/receivers/{receiver}/rotate", responses=problems(404, 409))
@secret
def rotate(
    request: Request, desk: AtDesk, caller: WatchesWrite, watch: WatchId, receiver: ReceiverId
) -> ReceiverMade:
    """Void the secret of a webhook at once; the answer holds the new one."""
    with desk.store.brief() as db, refusals():
        head = the_list(db, caller, watch)
        generation = receivers.rotate(db, head.id, receiver)
        found = receivers.one_of(db, head.id, receiver)
        said = _secret(desk, found["channel"], receiver, generation)
    shown(request, 1, receiver)
    return ReceiverMade(**receiver_out(found), secret=said)


@router.post("/{watch}/receivers/{receiver}/replay", responses=problems(404))
def replay(
    request: Request,
    desk: AtDesk,
    now: Now,
    caller: WatchesWrite,
    watch: WatchId,
    receiver: ReceiverId,
) -> Replayed:
    """Send again what was given up."""
    with desk.store.brief() as db, refusals():
        head = the_list(db, caller, watch)
        receivers.one_of(db, head.id, receiver)
        many = receivers.replay(db, head.id, [receiver], now)
    shown(request, 0, receiver)
    return Replayed(replayed=many)


@router.delete("/{watch}/receivers/{receiver}", status_code=204, responses=problems(404))
def remove_receiver(
    request: Request, desk: AtDesk, caller: WatchesWrite, watch: WatchId, receiver: ReceiverId
) -> Response:
    """Tell nothing there any more, what waits included."""
    with desk.store.brief() as db, refusals():
        receivers.remove(db, the_list(db, caller, watch).id, receiver)
    shown(request, 0, receiver)
    return Response(status_code=204)


@router.get("/{watch}/feeds", responses=problems(404))
def feeds(request: Request, desk: AtDesk, caller: WatchesRead, watch: WatchId) -> FeedsOut:
    """The feeds of a list, without their addresses."""
    with desk.store.read() as db:
        head = the_list(db, caller, watch)
        found = [FeedOut(**_feed(one)) for one in receivers.feeds(db, head.id)]
    shown(request, len(found), head.ref)
    return FeedsOut(feeds=found)


def _feed(one: dict[str, object]) -> dict[str, object]:
    return {"id": one["ref"], "created_at": one["created_at"], "created_by": one["created_by"]}


@router.post("/{watch}/feeds", status_code=201, responses=problems(404, 409))
@secret
def add_feed(
    request: Request, desk: AtDesk, now: Now, caller: WatchesWrite, watch: WatchId
) -> FeedMade:
    """Make the addresses of a feed and a calendar. Whoever has one reads it, without a key."""
    with desk.store.brief() as db, refusals():
        head = the_list(db, caller, watch)
        ref, said = receivers.add_feed(db, head, caller.who, now)
    shown(request, 1, ref)
    there = feed_addresses(desk.settings.public_url, said)
    return FeedMade(id=ref, created_at=now, created_by=caller.who, **there)


@router.delete("/{watch}/feeds/{feed}", status_code=204, responses=problems(404))
def revoke_feed(
    request: Request, desk: AtDesk, caller: WatchesWrite, watch: WatchId, feed: FeedId
) -> Response:
    """End a feed at once."""
    with desk.store.brief() as db, refusals():
        receivers.revoke_feed(db, the_list(db, caller, watch).id, feed)
    shown(request, 0, feed)
    return Response(status_code=204)
