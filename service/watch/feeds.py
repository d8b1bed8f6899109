"""A list for feed readers (Atom) and calendars (iCalendar), behind an address nobody can guess.

Whoever has the address reads it without a key, so there are no numbers in it and no words of a
register's notices: who, what kind of thing, and when.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from xml.etree import ElementTree

from fastapi import APIRouter, HTTPException, Path, Request, Response

from data import receivers, watch_alerts, watches
from data.names import clean
from data.watch_alerts import Wanted
from data.watches import Head
from service.desk import Desk
from service.given import AtDesk, Now
from service.limit import limited
from service.watch import ahead, words
from service.watch.round import Sight, day_of

router = APIRouter(prefix="/feeds", include_in_schema=False)
ATOM, CALENDAR = "application/atom+xml", "text/calendar"
MOST = 200
_DAYS = 400  # how far a calendar looks ahead
_SPACE = "http://www.w3.org/2005/Atom"
Secret = Annotated[str, Path(min_length=20, max_length=100)]


def _opened(request: Request, desk: Desk, secret: str) -> Head:
    """The list that an address opens; an unknown one and a revoked one are alike."""
    limited(request)  # guesses count as look-ups of the address
    with desk.store.read() as db:
        watch_id = receivers.feed_of(db, secret)
        head = watches.by_id(db, watch_id) if watch_id is not None else None
    if head is None:
        raise HTTPException(404, "There is no such feed, or it was revoked.")
    return head


@router.get("/{secret}/alerts.atom")
def atom(request: Request, desk: AtDesk, now: Now, secret: Secret) -> Response:
    """The latest alerts of a list, and how fresh its registers are."""
    head = _opened(request, desk, secret)
    return Response(atom_of(desk, head, now), media_type=ATOM)


@router.get("/{secret}/deadlines.ics")
def calendar(request: Request, desk: AtDesk, now: Now, secret: Secret) -> Response:
    """The days ahead of whoever has not renewed."""
    head = _opened(request, desk, secret)
    with desk.store.read() as db:
        found = ahead.not_renewed(ahead.board(desk, db, head, now), _DAYS)
    return Response(calendar_of(head, found, now), media_type=CALENDAR)


def atom_of(desk: Desk, head: Head, now: datetime) -> bytes:
    """The feed of a list: first how things stand today, then its alerts, the newest first."""
    with desk.store.look() as seen, desk.store.read() as db:
        told = watch_alerts.alerts(db, head.id, Wanted(), MOST)
        kind, facts = day_of(Sight(seen, desk.conditions(seen, now)), db, head, now.date())
    feed = ElementTree.Element("feed", xmlns=_SPACE)
    _put(feed, "id", f"urn:goodstanding:{head.ref}")
    _put(feed, "title", f"{clean(head.name, 80)} – Good Standing")
    _put(feed, "updated", _moment(now))
    _put(ElementTree.SubElement(feed, "author"), "name", "Good Standing")
    today = {"id": f"day:{facts['day']}:{kind}", "at": now, "title": words.DAILY[kind]}
    _entry(feed, head, {**today, "text": "\n".join(words.day_lines(kind, facts))})
    for one in told:
        whom = clean(one["person"], 80) or "The whole list"
        title = f"{words.SEVERITY[one['severity']].capitalize()}: {whom}"
        entry = {"id": f"alert:{one['id']}", "at": one["raised_at"], "title": title}
        _entry(feed, head, {**entry, "text": f"{words.alert_brief(one)} [{one['state']}]"})
    whole: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return whole


def _entry(feed: ElementTree.Element, head: Head, told: dict[str, Any]) -> None:
    entry = ElementTree.SubElement(feed, "entry")
    _put(entry, "id", f"urn:goodstanding:{head.ref}:{told['id']}")
    _put(entry, "title", told["title"])
    _put(entry, "updated", _moment(told["at"]))
    _put(entry, "content", told["text"]).set("type", "text")


def _put(into: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    made = ElementTree.SubElement(into, name)
    made.text = "".join(one for one in text if one.isprintable() or one == "\n")
    return made


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def calendar_of(head: Head, found: Iterable[ahead.Due], now: datetime) -> bytes:
    """An event a person and day by which they must renew (RFC 5545)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Good Standing//Watch//EN"]
    lines += ["METHOD:PUBLISH", f"X-WR-CALNAME:{_escaped(clean(head.name, 80))}"]
    for one in found:
        lines += _event(head, one, now)
    folded = (part for line in [*lines, "END:VCALENDAR"] for part in _folded(line))
    return "".join(f"{part}\r\n" for part in folded).encode()


def _event(head: Head, one: ahead.Due, now: datetime) -> Iterator[str]:
    name = clean(one.standing.person.name, 80)
    what = "renewal due" if one.renewed is False else "renewal deadline (not seen who has renewed)"
    uid = hashlib.sha256(f"{head.ref} {one.standing.person.id} {one.due}".encode()).hexdigest()
    yield from ("BEGIN:VEVENT", f"UID:{uid[:32]}@goodstanding.invalid")
    yield f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{one.due:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{_next(one.due):%Y%m%d}"
    yield f"SUMMARY:{_escaped(f'{name}: {what}')}"
    yield f"DESCRIPTION:{_escaped(one.register.name)}"
    yield from ("TRANSP:TRANSPARENT", "END:VEVENT")


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _escaped(text: str) -> str:
    """Text as a calendar holds it: nothing in it ends a line or begins another property."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return "".join(one for one in text if one.isprintable())


def _folded(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 bytes, none of which cuts a letter."""
    piece, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > 74:
            yield piece
            piece, size = " ", 1
        piece, size = piece + letter, size + width
    yield piece
