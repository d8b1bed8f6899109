"""Pages that make a watch list of a roster or an audit, change it by a newer file, and end it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from config.vocabulary import Scope
from data import audits, watch_alerts, watches
from data.audits import Kept
from data.watches import Head, WatchRefused
from service.answer import PROFESSION
from service.audit.review import done
from service.audit.shapes import Number
from service.language import say
from service.roster.mapping import PART, Mapping, mapped, told_columns
from service.roster.read import Telling, read_roster
from service.roster.shape import Part, Roster, RosterError
from service.watch import lists, telling
from service.watch.lists import Diff
from service.watch.pages import TOLD as _LIST_TOLD
from service.watch.pages import WatchId
from service.watch.review import end, the_list
from service.watch.shapes import MOST
from service.workspace import uploading
from service.workspace.at import READ, At, Said, changing, reading, to
from service.workspace.caller import shown
from service.workspace.uploading import Uploaded, sends

router = APIRouter(prefix="/clinic/watches", include_in_schema=False)
NAMED = 100  # people of a difference that a page names on each side
_AUDITS = 20
_TOLD = {**_LIST_TOLD, "PART": PART, "part_list": list(Part), "NAMED": NAMED}
Writing = Annotated[At, Depends(reading(Scope.WATCHES_WRITE, _TOLD))]
Changing = Annotated[At, Depends(changing(Scope.WATCHES_WRITE, _TOLD))]
Sent = Annotated[Uploaded, Depends(sends(Scope.WATCHES_WRITE, _TOLD))]
AuditId = Annotated[Number, Path()]
Ref = Annotated[str, Path(max_length=40)]
Sheet = Annotated[str, Query(max_length=200)]
Called = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, slots=True)
class Told:
    """A roster that waits for its columns, and what a form said of it."""

    at: At
    ref: str
    said: dict[str, str]

    def roster(self) -> Roster:
        """The roster as it was said to be; raises RosterError, 404."""
        kept = uploading.kept(self.at, self.ref)
        told = Telling(kept.name, self.said.get("sheet", ""), told_columns(self.said))
        return read_roster(kept.data, told)

    def seen(self) -> Mapping:
        """Its columns as they were chosen, to be chosen again."""
        kept = uploading.kept(self.at, self.ref)
        return mapped(kept, self.said.get("sheet", "")).chosen(told_columns(self.said))


@router.api_route("/new", methods=READ)
def new(at: Writing) -> Response:
    """Choose an audit, or a file, or paste rows."""
    return _new(at)


def _new(at: At, status: int = 200, trouble: str = "") -> HTMLResponse:
    with at.desk.store.read() as db:
        heads = audits.heads(db, at.workspace_id, _AUDITS)
    some = [one for one in heads if one.state == audits.DONE]
    return at.page("watch_new", status, audits=some, trouble=trouble)


@router.post("/new")
def upload(request: Request, given: Sent) -> Response:
    """Keep a roster until its columns are confirmed."""
    if given.trouble:
        return _new(given.at, 422, given.trouble)
    ref = uploading.keep(given)
    shown(request, 0, ref)
    return to(f"/watches/columns/{ref}")


@router.api_route("/columns/{upload}", methods=READ)
def columns(at: Writing, upload: Ref, sheet: Sheet = "") -> Response:
    """What the columns seem to be, to be confirmed, and what the list is to be called."""
    return _columns(at, upload, mapped(uploading.kept(at, upload), sheet))


def _columns(at: At, ref: str, seen: Mapping, **facts: Any) -> HTMLResponse:
    told: dict[str, Any] = {"said": "", "trouble": "", "called": "", "profession": PROFESSION}
    told |= {"seen": seen, "ref": ref, "professions": _professions(at)}
    return at.page("watch_columns", 422 if facts else 200, **(told | facts))


def _professions(at: At) -> list[str]:
    return sorted({one.profession for one in at.desk.catalogue} | {PROFESSION})


@router.post("/columns/{upload}")
def makes(request: Request, at: Changing, upload: Ref, said: Said) -> Response:
    """Make a list of a roster with the columns as they were confirmed."""
    told = Told(at, upload, said)
    wanted = lists.Request(said.get("called", ""), at.who, _profession(at, said), at.workspace_id)
    try:
        roster = told.roster()
        few_enough(lists.wanted(at.desk, roster, wanted.profession)[0])
        head = lists.add(at.desk, roster, wanted, at.view.now)
    except (RosterError, WatchRefused) as error:
        again = {"called": wanted.name, "profession": wanted.profession, **_why(error)}
        return _columns(at.by(f"/watches/columns/{upload}"), upload, told.seen(), **again)
    uploading.drop(at, upload)
    shown(request, len(roster.lines), head.ref)
    return to(f"/watches/{head.ref}")


def _profession(at: At, said: dict[str, str]) -> str:
    profession = said.get("profession", "")
    return profession if profession in _professions(at) else PROFESSION


def _why(error: RosterError | WatchRefused) -> dict[str, str]:
    """Why it was refused, for where the page says it: above the columns, or at the list."""
    if isinstance(error, RosterError):
        return {"said": str(error)}
    return {"trouble": telling.refused(error)}


def few_enough(people: Sequence[object]) -> None:
    """Raise WatchRefused where a page would be waited for too long."""
    if len(people) > MOST:
        raise WatchRefused("most_at_once", f"One request names at most {MOST:,} people.")


@router.api_route("/from/{audit}", methods=READ)
def from_audit(at: Writing, audit: AuditId) -> Response:
    """What a list of everybody in an audit is to be called."""
    return _from_audit(at, audit)


def _from_audit(at: At, audit_id: int, **facts: Any) -> HTMLResponse:
    head, people = _audited(at, audit_id)
    told = {"called": "", "trouble": ""} | facts
    return at.page("watch_from", 422 if facts else 200, audit=head, people=len(people), **told)


def _audited(at: At, audit_id: int) -> tuple[audits.Head, list[Kept]]:
    """A finished audit and everybody it names; raises 404, 409."""
    with at.desk.store.read() as db:
        head = done(db, at.workspace_id, audit_id)
        rows = audits.rows_with_results(db, audit_id)
        return head, lists.each_once(row.kept for row in rows)


@router.post("/from/{audit}")
def makes_from(request: Request, at: Changing, audit: AuditId, called: Called = "") -> Response:
    """Make a list of everybody in an audit."""
    head, people = _audited(at, audit)
    profession = head.profession
    wanted = lists.Request(called, at.who, profession, at.workspace_id, head.source)
    try:
        few_enough(people)
        made = lists.make(at.desk, people, wanted, at.view.now)
    except WatchRefused as error:
        here = at.by(f"/watches/from/{audit}")
        return _from_audit(here, audit, called=called, **_why(error))
    shown(request, len(people), made.ref)
    return to(f"/watches/{made.ref}")


@router.api_route("/{watch}/newer", methods=READ)
def newer(at: Writing, watch: WatchId) -> Response:
    """Choose a newer file."""
    return at.page("watch_newer", head=_head(at, watch))


def _head(at: At, watch: str) -> Head:
    with at.desk.store.read() as db:
        return the_list(db, at.caller, watch)


@router.post("/{watch}/newer")
def upload_newer(request: Request, given: Sent, watch: WatchId) -> Response:
    """Keep the newer file until its columns are confirmed and its difference is applied."""
    head = _head(given.at, watch)
    if given.trouble:
        return given.at.page("watch_newer", 422, head=head, trouble=given.trouble)
    ref = uploading.keep(given)
    shown(request, 0, head.ref)
    return to(f"/watches/{head.ref}/newer/{ref}")


@router.api_route("/{watch}/newer/{upload}", methods=READ)
def newer_columns(at: Writing, watch: WatchId, upload: Ref, sheet: Sheet = "") -> Response:
    """What the columns of the newer file seem to be, to be confirmed."""
    head = _head(at, watch)
    return _newer_columns(at, head, upload, mapped(uploading.kept(at, upload), sheet))


def _newer_columns(at: At, head: Head, ref: str, seen: Mapping, said: str = "") -> HTMLResponse:
    told = {"head": head, "ref": ref, "seen": seen, "said": said}
    return at.page("watch_newer_columns", 422 if said else 200, **told)


@router.post("/{watch}/newer/{upload}")
def changes(request: Request, at: Changing, watch: WatchId, upload: Ref, said: Said) -> Response:
    """Show what the newer file changes; with `apply`, as it was shown, change exactly that."""
    told, head = Told(at, upload, said), _head(at, watch)
    here = at.by(f"/watches/{head.ref}/newer/{upload}")
    try:
        roster = told.roster()
    except RosterError as error:
        return _newer_columns(here, head, upload, told.seen(), str(error))
    try:
        change = lists.diff(at.desk, head, roster)
        few_enough(change.added)
        if said.get("apply"):
            lists.apply(at.desk, head, roster, said["apply"], at.view.now)
    except WatchRefused as error:
        return _difference(request, here, told, (head, roster), telling.refused(error))
    if not said.get("apply"):
        return _difference(request, here, told, (head, roster))
    uploading.drop(at, upload)
    shown(request, len(change.added) + len(change.removed), head.ref)
    return to(f"/watches/{head.ref}/people")


def _difference(
    request: Request, at: At, told: Told, what: tuple[Head, Roster], trouble: str = ""
) -> HTMLResponse:
    head, roster = what
    change: Diff = lists.diff(at.desk, head, roster)
    shown(request, len(change.added) + len(change.removed), head.ref)
    said = {name: value for name, value in told.said.items() if name not in ("form", "apply")}
    facts = {"head": head, "change": change, "ref": told.ref, "said": said, "trouble": trouble}
    facts |= {"sides": _sides(change), "source": roster.source.name}
    facts["applies"] = len(change.added) <= MOST
    return at.page("watch_difference", 409 if trouble else 200, **facts)


def _sides(change: Diff) -> list[tuple[str, Sequence[watches.Person]]]:
    return [(say("Added"), change.added), (say("Taken off"), change.removed)]


@router.api_route("/{watch}/end", methods=READ)
def asks_to_end(at: Writing, watch: WatchId) -> Response:
    """Whether the list is really to be ended, and what goes with it."""
    with at.desk.store.read() as db:
        head = the_list(db, at.caller, watch)
        people = sum(watches.counts(db, head.id).values())
        waits = sum(watch_alerts.waiting(db, head.id).values())
    return at.page("watch_end", head=head, people=people, waits=waits)


@router.post("/{watch}/end")
def ends(request: Request, at: Changing, watch: WatchId) -> Response:
    """End a list."""
    head = end(at.desk, at.caller, watch)
    shown(request, 0, head.ref)
    return to("/watches")
