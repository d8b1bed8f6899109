"""The commands about watch lists; without --workspace they are about the operator's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.clinic import _bytes as read_bytes
from service.clinic import _told as told_columns
from service.console import NEGATIVE, OK, USAGE, Json, as_text, note, say, the_desk, utc_now

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from data.watches import Head
    from service.desk import Desk
    from service.roster.shape import Roster

app = typer.Typer()
watch_app = typer.Typer(help="Watch lists: be told what becomes of the people of a roster.")
app.add_typer(watch_app, name="watch", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name or id of the list.")]
File = Annotated[
    str, typer.Argument(metavar="FILE", help="CSV, XLSX, XLS, ODS or JSON; - for stdin.")
]
Columns = Annotated[
    list[str] | None, typer.Option(help='Which column is what: name="Staff", number=#3.')
]
Sheet = Annotated[str, typer.Option(help="Sheet of a workbook.")]
Whose = Annotated[str, typer.Option("--workspace", help="Of this workspace, not the operator's.")]
Who = Annotated[str, typer.Option(help="Who asks or decides.", envvar="USER")]
Why = Annotated[str, typer.Option(help="Why.", prompt="Why")]
AlertId = Annotated[int, typer.Argument(metavar="ID", help="Number of the alert.")]


def _roster(file: str, sheet: str, columns: list[str] | None) -> "Roster":
    from service.roster.read import Telling, read_roster

    told = dict(part for one in columns or [] for part in told_columns(one))
    roster = read_roster(read_bytes(file), Telling(Path(file).name, sheet, told))
    for part, heading in roster.named():
        note(f"{part}: {heading}")
    for line in roster.notes:
        note(line)
    return roster


def _whose(db: "Connection", workspace: str) -> int | None:
    """The number of the workspace that is named; None for the operator's own lists."""
    from data import members

    if not workspace:
        return None
    found = members.named(db, workspace)
    if found is None:
        note(f"There is no workspace {workspace!r}. Nothing was changed.")
        raise typer.Exit(USAGE)
    return int(found["id"])


def find_list(desk: "Desk", name: str, workspace: str) -> "Head":
    """The list of that name or id; raises NoWatch."""
    from data import watches

    with desk.store.read() as db:
        return watches.find(db, _whose(db, workspace), name)


def _head_out(db: "Connection", head: "Head") -> dict[str, Any]:
    from data import watch_alerts, watches
    from service.watch.report import head_out

    return head_out(head, watches.counts(db, head.id), watch_alerts.waiting(db, head.id))


@watch_app.command("add")
def add_list(
    name: Annotated[str, typer.Argument(help="What the list is called.")],
    roster: File,
    columns: Columns = None,
    sheet: Sheet = "",
    profession: Annotated[str, typer.Option(help="Of rows without one.")] = "massage therapist",
    workspace: Whose = "",
    who: Who = "operator",
    as_json: Json = False,
) -> None:
    """Watch everybody on a roster. Exit 1 where somebody was not found."""
    from service.watch.lists import Request, add

    desk = the_desk()
    read = _roster(roster, sheet, columns)
    with desk.store.read() as db:
        whose = _whose(db, workspace)
    head = add(desk, read, Request(name, who, profession, whose), utc_now())
    with desk.store.read() as db:
        told = _head_out(db, head)
    if as_json:
        say(as_text(told))
    else:
        _say_head(told)
    raise typer.Exit(NEGATIVE if told["standings"].get("not_found") else OK)


def _say_head(told: dict[str, Any]) -> None:
    from service.watch.words import how

    say(f"{told['name']} ({told['id']}): {told['people']:,} people")
    for code, many in sorted(told["standings"].items()):
        say(f"{many:>8,}  {how(code)}")
    for severity, many in told["waiting"].items():
        if many:
            say(f"{many:>8,}  {severity} alerts to look at")
    if told["standings"].get("not_found"):
        note("Whoever is not found is looked for again after every run. watch show names them.")


@watch_app.command("update")
def update_list(
    name: Name,
    file: File,
    apply: Annotated[str, typer.Option(metavar="TOKEN", help="Apply the difference shown.")] = "",
    columns: Columns = None,
    sheet: Sheet = "",
    workspace: Whose = "",
    as_json: Json = False,
) -> None:
    """Show what a newer roster changes; --apply TOKEN, as shown with it, changes exactly that."""
    from service.watch import lists
    from service.watch.report import diff_out, diff_text

    desk = the_desk()
    head = find_list(desk, name, workspace)
    roster = _roster(file, sheet, columns)
    if apply:
        change = lists.apply(desk, head, roster, apply, utc_now())
    else:
        change = lists.diff(desk, head, roster)
    if as_json:
        say(as_text(diff_out(change, bool(apply))))
    elif apply:
        say(f"{len(change.added)} added, {len(change.removed)} removed, {len(change.kept)} kept.")
    else:
        say(diff_text(change, name, file))


@watch_app.command("list")
def show_lists(workspace: Whose = "", as_json: Json = False) -> None:
    """Every list, with how many alerts wait."""
    from data import watches
    from service.watch.report import heads_text

    with the_desk().store.read() as db:
        found = [_head_out(db, head) for head in watches.heads(db, _whose(db, workspace))]
    say(as_text({"watches": found}) if as_json else heads_text(found))


@watch_app.command("show")
def show_list(name: Name, workspace: Whose = "", as_json: Json = False) -> None:
    """Everybody on a list and how they stand. Exit 1 where not all are listed as authorised."""
    from config.vocabulary import AUTHORISED
    from data import watches
    from service.watch.report import people_text, person_out

    desk = the_desk()
    head = find_list(desk, name, workspace)
    with desk.store.read() as db:
        told, found = _head_out(db, head), watches.standings(db, head.id)
    if as_json:
        say(as_text({"watch": told, "people": [person_out(one) for one in found]}))
    else:
        _say_head(told)
        say(people_text(found))
    good = {status.value for status in AUTHORISED}
    raise typer.Exit(OK if set(told["standings"]) <= good else NEGATIVE)


@watch_app.command("remove")
def remove_list(
    name: Name,
    workspace: Whose = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take out a list with its people, alerts, receivers and feeds. Cannot be undone."""
    from data import watches

    desk = the_desk()
    head = find_list(desk, name, workspace)
    if not yes and not typer.confirm(f"Remove “{head.name}” with all its alerts?"):
        raise typer.Exit(USAGE)
    with desk.store.begin() as db:
        watches.take_turn(db)
        watches.delete(db, head.id)
    note(f"“{head.name}” is removed.")


@watch_app.command("alerts")
def show_alerts(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="One list; all if none.")] = "",
    waiting: Annotated[bool, typer.Option("--open", help="Only those that wait.")] = False,
    most: Annotated[int, typer.Option(help="How many.", min=1, max=10_000)] = 200,
    workspace: Whose = "",
    as_json: Json = False,
) -> None:
    """Alerts, the weightiest first. Exit 1 while any of those shown waits for somebody."""
    from data import watch_alerts, watches
    from service.watch.report import alert_out, alerts_text

    with the_desk().store.read() as db:
        whose = _whose(db, workspace)
        heads = [watches.find(db, whose, name)] if name else watches.heads(db, whose)
        wanted = watch_alerts.Wanted(waiting)
        found = [
            one
            for head in heads
            for one in watch_alerts.alerts(db, head.id, wanted, most, ranked=True)
        ]
        done = watch_alerts.actions(db, [one["id"] for one in found])
    found = sorted(found, key=lambda one: (-one["severity"], -one["id"]))[:most]
    found = [{**one, "actions": done.get(one["id"], [])} for one in found]
    if as_json:
        say(as_text({"alerts": [alert_out(one) for one in found]}))
    else:
        say(alerts_text(found) or "Nothing was alerted.")
    raise typer.Exit(
        NEGATIVE if any(one["state"] in watch_alerts.STANDING for one in found) else OK
    )


@watch_app.command("ack")
def acknowledge(alert: AlertId, why: Why, workspace: Whose = "", who: Who = "operator") -> None:
    """Say that an alert was seen, and what is done about it."""
    from data.watch_alerts import ACKNOWLEDGED

    _act(alert, ACKNOWLEDGED, (why, who), workspace)


@watch_app.command("reopen")
def reopen(alert: AlertId, why: Why, workspace: Whose = "", who: Who = "operator") -> None:
    """Open an alert again that was acknowledged."""
    from data.watch_alerts import REOPENED

    _act(alert, REOPENED, (why, who), workspace)


def _act(alert_id: int, state: str, said: tuple[str, str], workspace: str) -> None:
    from data import watch_alerts, watches

    why, who = said
    if not why.strip():
        raise typer.BadParameter("Say why, in a few words.")
    with the_desk().store.begin() as db:
        ids = [head.id for head in watches.heads(db, _whose(db, workspace))]
        watch_alerts.alert_in(db, ids, alert_id)
        watch_alerts.act(db, alert_id, watch_alerts.Action(state, who, why.strip(), utc_now()))
    note(f"Alert {alert_id}: {state} by {who}.")


@watch_app.command("board")
def board(
    name: Name,
    days: Annotated[int, typer.Option(help="Only with at most so many days left.", min=0)] = 30,
    workspace: Whose = "",
    as_json: Json = False,
) -> None:
    """Who has not renewed so many days before the deadline. Exit 1 where anybody has not."""
    from service.watch import ahead
    from service.watch.report import board_text, due_out

    desk = the_desk()
    head = find_list(desk, name, workspace)
    with desk.store.read() as db:
        found = ahead.board(desk, db, head, utc_now())
    shown = ahead.not_renewed(found, days)
    if as_json:
        say(as_text({"board": [due_out(one) for one in shown], "people": len(found)}))
    else:
        say(board_text(found, shown))
    raise typer.Exit(NEGATIVE if shown else OK)
