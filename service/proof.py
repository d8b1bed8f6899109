"""The operator's commands about proof: raw answers, the hash chain, replay, erasure."""

import sys
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from service.console import (
    NEGATIVE,
    OK,
    TROUBLE,
    USAGE,
    Json,
    RegisterOption,
    as_text,
    note,
    say,
    the_desk,
    utc_now,
)

if TYPE_CHECKING:
    from service.desk import Desk

app = typer.Typer()
log_app = typer.Typer(help="The hash chain over everything that was published.")
app.add_typer(log_app, name="audit-log", no_args_is_help=True)


@log_app.command("verify")
def verify_log(
    head: Annotated[str, typer.Option(help="A head published earlier: finds a cut end.")] = "",
    quick: Annotated[bool, typer.Option("--quick", help="Leave single answers unread.")] = False,
    as_json: Json = False,
) -> None:
    """Check every version, run and evidence file against the chain; 4 when anything differs."""
    from data.chaincheck import verify

    desk = the_desk()
    with_head = head.strip().lower()
    found = verify(desk.store, with_head, bodies=not quick)
    if as_json:
        say(as_text({"findings": [one._asdict() for one in found]}))
    elif found:
        for one in found:
            say(f"{one.where}: {one.text}")
        note(f"{len(found)} findings. Nothing was changed; compare with a backup.")
    else:
        end = "" if head else " An end cut off shows only beside a head: give --head."
        say(f"Everything is as it was chained.{end}")
    raise typer.Exit(TROUBLE if found else OK)


@log_app.command("head")
def show_head(as_json: Json = False) -> None:
    """Print the hash of the last link: publish it where nobody here can change it."""
    from data.chain import head

    with the_desk().store.read() as db:
        last = head(db)
    if last is None:
        note("The chain is empty: nothing has been read yet.")
        raise typer.Exit(NEGATIVE)
    found = {"head": last.hash, "links": last.id, "at": last.at + "Z"}
    say(as_text(found) if as_json else last.hash)


@app.command()
def evidence(
    what: Annotated[str, typer.Argument(help="The id of an answer, or: prune", metavar="ID|prune")],
    register: RegisterOption = None,
    days: Annotated[
        int | None, typer.Option(help="With prune: keep this many days.", min=1)
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the raw answer a fact rests on, and read it again with today's reader.

    The answer goes to stdout, what is read from it to stderr; with --json only the latter, to
    stdout. `evidence prune` takes out answers that nothing rests on any more.
    """
    from data.evidence import find
    from service.reread import read_out, read_text

    desk = the_desk()
    if what == "prune":
        _prune(desk, register, days, as_json)
        return
    try:
        exhibit = find(desk.store, what)
    except ValueError as error:
        note(str(error))
        raise typer.Exit(TROUBLE) from None
    if exhibit is None:
        note(f"There is no evidence {what[:80]!r}.")
        raise typer.Exit(NEGATIVE)
    told = read_out(desk, exhibit)
    if as_json:
        say(as_text(told))
        return
    note(f"{exhibit.url}\nHTTP {exhibit.status}, fetched {exhibit.fetched_at:%Y-%m-%dT%H:%M:%SZ}")
    note(read_text(told))
    sys.stdout.buffer.write(exhibit.body)


def _prune(desk: "Desk", register: str | None, days: int | None, as_json: bool) -> None:
    from data.retention import prune

    days = desk.settings.evidence_days if days is None else days
    if not days:
        note("GOODSTANDING_EVIDENCE_DAYS is 0: everything is kept. Give --days to prune now.")
        raise typer.Exit(USAGE)
    now = utc_now()
    ids = [desk.catalogue.get(register).id] if register else list(desk.catalogue.registers)
    done = {id_: prune(desk.store, id_, now - timedelta(days=days), now) for id_ in ids}
    dropped = sum(one.dropped for one in done.values())
    damaged = [line for one in done.values() for line in one.damaged]
    told = {"dropped": dropped, "damaged": damaged, "days": days}
    say(as_text(told) if as_json else f"{dropped} raw answers older than {days} days taken out.")
    for line in damaged:
        note(f"Left as it is, because it is damaged: {line}")


@app.command()
def replay(run_id: int, as_json: Json = False) -> None:
    """Derive a run again from its evidence with today's readers; 1 when anything differs."""
    from crawler.replay import NoReplay
    from crawler.replay import replay as derive
    from data import lookup as read
    from service.reread import replayed_text

    desk = the_desk()
    with desk.store.read() as db:
        found = read.run(db, run_id)
    if found is None:
        note(f"There is no run {run_id}. `goodstanding runs` lists them.")
        raise typer.Exit(USAGE)
    try:
        told = derive(desk.store, desk.catalogue.get(found["register_id"]), run_id)
    except NoReplay as error:
        note(str(error))
        raise typer.Exit(TROUBLE) from None
    facts = asdict(told) | {"faithful": told.faithful}
    say(as_text(facts) if as_json else replayed_text(told))
    raise typer.Exit(OK if told.faithful else NEGATIVE)


@app.command()
def erase(
    key: str,
    register: Annotated[str, typer.Option("--register", help="Whose key it is.")],
    why: Annotated[str, typer.Option(help="Why; do not name the person.", prompt="Why")],
    who: Annotated[str, typer.Option(help="Who decides.", envvar="USER")] = "operator",
    as_json: Json = False,
) -> None:
    """Erase a person: versions, names, changes, and what pages say of them. Cannot be undone."""
    from data.erasure import NobodyThere
    from data.erasure import erase as take_out

    desk = the_desk()
    desk.catalogue.get(register)
    try:
        done = take_out(desk.store, register, key, (who, why, utc_now()))
    except NobodyThere as error:
        note(str(error))
        raise typer.Exit(USAGE) from None
    pages = done.pages
    told = {
        "erasure": done.id,
        "versions": done.versions,
        "answers_dropped": pages.dropped,
        "answers_redacted": pages.redacted,
        "damaged": pages.damaged,
    }
    say(
        as_text(told)
        if as_json
        else f"Erased: {done.versions} versions; {pages.dropped} raw answers taken out, "
        f"{pages.redacted} rewritten without the person. Erasure {done.id} is in the audit log."
    )
    note(
        "Not reached from here: audits that clinics keep, backups, logs of a web server, files in "
        "the inbox, what others were sent, and the register itself. If it lists the person again, "
        "the next night reads them again as somebody new."
    )
