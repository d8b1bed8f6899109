"""The operator's commands: read registers, look at runs, decide on held ones, take things out."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from service.console import (
    NEGATIVE,
    OK,
    RUN,
    USAGE,
    Json,
    RegisterOption,
    as_text,
    deliver,
    note,
    say,
    the_desk,
    utc_now,
)

if TYPE_CHECKING:
    from config.register import Register
    from service.desk import Desk

app = typer.Typer()
runs_app = typer.Typer(help="Runs of the registers: what was read, held, accepted.")
app.add_typer(runs_app, name="runs", invoke_without_command=True)
register_app = typer.Typer(help="For developers: begin a new register, or check one.")
app.add_typer(register_app, name="register", no_args_is_help=True)


@app.command()
def refresh(
    registers: Annotated[
        list[str] | None, typer.Argument(help="Register ids; all if none.")
    ] = None,
    url: Annotated[str, typer.Option(help="Read a mirror or stand-in instead.")] = "",
    full: Annotated[bool, typer.Option("--full", help="Read every detail page.")] = False,
    delay: Annotated[
        float | None, typer.Option(help="Seconds between two requests.", min=0)
    ] = None,
    due: Annotated[
        bool, typer.Option("--due", help="Only what the night owes: for cron and systemd.")
    ] = False,
    slot: Annotated[str | None, typer.Option(hidden=True)] = None,
    as_json: Json = False,
) -> None:
    """Read registers now; what does not pass the gates is held and changes nothing."""
    desk = the_desk()
    if due:
        if registers or url or full or delay is not None or slot:
            raise typer.BadParameter("--due decides by itself what to read: name nothing else.")
        raise typer.Exit(_refresh_due(desk))
    if slot:
        from service.child import bound

        bound(desk.settings)
    if url and len(registers or []) != 1:
        raise typer.BadParameter("--url reads one register from another address: name that one.")
    ids = registers or [register.id for register in desk.catalogue if register.swept]
    for id_ in ids:
        desk.catalogue.get(id_)
    if len(ids) > 1:
        raise typer.Exit(_refresh_each(ids, url, full, delay, as_json))
    register = desk.catalogue.get(ids[0])
    run_id = _read_now(desk, register.at(url) if url else register, full, delay, slot)
    raise typer.Exit(_tell_run(desk, run_id, as_json))


def _read_now(
    desk: "Desk", register: "Register", full: bool, delay: float | None, slot: str | None
) -> int:
    """Read one register in this process; for a schedule, which has named the slot, in silence."""
    from crawler.refresh import refresh as read_now
    from service.log import failed
    from service.report import progress

    shown = (lambda _: None) if slot else progress(sys.stderr, utc_now)
    try:
        return read_now(
            desk.store, register, desk.settings, full=full, delay=delay, slot=slot, progress=shown
        )
    except Exception as error:
        if not slot:
            raise
        # A schedule's log: the words of an error may quote a page, so they stay with the run.
        failed("not_read", error, register=register.id, slot=slot)
        raise typer.Exit(RUN) from None
    finally:
        if not slot:  # a schedule tells for itself
            deliver(desk)


def _refresh_due(desk: "Desk") -> int:
    """What the night owes, one after the other; 0 when nothing is owed or all went well."""
    import signal

    from service.once import read_due

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a run under way is ended too
    return RUN if read_due(desk) else OK


def _refresh_each(ids: list[str], url: str, full: bool, delay: float | None, as_json: bool) -> int:
    """One process a register: Scrapy runs once in each. The worst exit code wins."""
    import subprocess

    options = [*(["--url", url] if url else []), *(["--full"] if full else [])]
    options += [*(["--delay", str(delay)] if delay is not None else [])]
    options += ["--json"] if as_json else []
    command = [sys.executable, "-m", "service", "refresh", *options]
    return max(subprocess.run([*command, id_], check=False).returncode for id_ in ids)  # noqa: S603


def _tell_run(desk: "Desk", run_id: int, as_json: bool) -> int:
    from data import lookup as read
    from service.answer import run_out
    from service.report import run_text

    with desk.store.read() as db:
        found = read.run(db, run_id)
    if found is None:
        note(f"There is no run {run_id}. `goodstanding runs` lists them.")
        return USAGE
    say(as_text(run_out(found)) if as_json else run_text(found))
    return OK if found["state"].value == "accepted" else RUN


@runs_app.callback()
def runs(context: typer.Context, register: RegisterOption = None, as_json: Json = False) -> None:
    """List the latest runs, or show, approve or reject one."""
    if context.invoked_subcommand:
        return
    from data import lookup as read
    from service.answer import run_out
    from service.report import runs_text

    desk = the_desk()
    with desk.store.read() as db:
        found = read.runs(db, register)
    say(as_text({"runs": [run_out(run) for run in found]}) if as_json else runs_text(found))


@runs_app.command("show")
def show_run(run_id: int, as_json: Json = False) -> None:
    """Everything about one run: counts and issues."""
    code = _tell_run(the_desk(), run_id, as_json)
    raise typer.Exit(USAGE if code == USAGE else OK)


@runs_app.command("approve")
def approve_run(
    run_id: int,
    why: Annotated[str, typer.Option(help="Why it may go live.", prompt="Why")],
    who: Annotated[str, typer.Option(help="Who decides.", envvar="USER")] = "operator",
    as_json: Json = False,
) -> None:
    """Publish a held run on your word."""
    from data import lookup as read
    from data.ingest import approve

    desk = the_desk()
    with desk.store.read() as db:
        found = read.run(db, run_id)
    if found:
        register = desk.catalogue.get(found["register_id"])
        approve(desk.store, register, run_id, who, why, utc_now())
    raise typer.Exit(_tell_run(desk, run_id, as_json))


@runs_app.command("reject")
def reject_run(
    run_id: int,
    why: Annotated[str, typer.Option(help="Why it is put aside.", prompt="Why")],
    who: Annotated[str, typer.Option(help="Who decides.", envvar="USER")] = "operator",
    as_json: Json = False,
) -> None:
    """Put a held run aside for good."""
    from data.ingest import reject

    desk = the_desk()
    reject(desk.store, run_id, who, why, utc_now())
    code = _tell_run(desk, run_id, as_json)
    raise typer.Exit(USAGE if code == USAGE else OK)


@app.command()
def changes(
    since: Annotated[int, typer.Option(help="Only after this run.")] = 0, as_json: Json = False
) -> None:
    """What changed in accepted runs, oldest first."""
    from data import lookup as read
    from service.report import change_text, changes_out

    desk = the_desk()
    with desk.store.read() as db:
        found = changes_out(read.changes(db, since))
        if as_json:
            say(as_text({"changes": list(found)}))
        else:
            for change in found:
                say(change_text(change))


@app.command()
def history(key: str, register: RegisterOption = None, as_json: Json = False) -> None:
    """What a register has said of one person, by its key, and when we saw it."""
    from service.report import history_of, history_text

    found = history_of(the_desk(), key, register)
    if not found:
        note(f"Nobody with the key {key[:80]!r} is held. `goodstanding lookup` finds keys.")
        raise typer.Exit(NEGATIVE)
    say(as_text({"history": found}) if as_json else history_text(found))


@app.command()
def export(register: RegisterOption = None) -> None:
    """Every registration held, as JSON lines, with full numbers: for the operator."""
    from data import lookup as read
    from service.answer import registration_out

    desk = the_desk()
    if register:
        desk.catalogue.get(register)
    with desk.store.look() as look:
        for found in read.everybody(look, register):
            declared = desk.catalogue.get(found.record.register)
            say(registration_out(found, declared, show_number=True).model_dump_json())


@register_app.command("new")
def new_register(
    register_id: str,
    platform: Annotated[str, typer.Option(help="Which software the register runs on.")],
) -> None:
    """Write the file and the sample folder of a new register, and say what is left to do."""
    from service.scaffold import new

    say(new(register_id, platform, utc_now().date()))


@register_app.command("check")
def check_register(register_id: str) -> None:
    """Run the contract on a register: its saved page is read, its examples are found."""
    from service.scaffold import check

    raise typer.Exit(OK if check(register_id) == 0 else NEGATIVE)
