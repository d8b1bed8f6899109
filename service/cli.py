"""Every command. Results go to stdout, everything else to stderr; heavy imports wait their turn.

Exit codes: 0 ok, 1 negative or doubtful verdict, 2 usage, 3 held, failed or refused run, 4 service
or store trouble.
"""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service import clinic, operator, proof, upkeep
from service.console import (
    NEGATIVE,
    OK,
    RUN,
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
from service.watch import commands as watches
from service.watch import told_commands as _told_commands  # noqa: F401 - adds to `watch`
from service.workspace import commands as workspaces

if TYPE_CHECKING:
    from service.answer import Answer
    from service.verify import LookAgain

app = typer.Typer(
    help="Is this massage therapist authorised to practise, on the word of the official register?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(operator.app)
app.add_typer(upkeep.app)
app.add_typer(proof.app)
app.add_typer(workspaces.app)
app.add_typer(clinic.app)
app.add_typer(watches.app)


@app.callback()
def shared(
    log: Annotated[
        str | None, typer.Option(help="Form of the log on stderr: json or text.")
    ] = None,
) -> None:
    """Is this massage therapist authorised to practise, on the word of the official register?"""
    import os

    from config.settings import Settings
    from service.log import setup

    if log:
        os.environ["GOODSTANDING_LOG"] = log  # the processes we start log alike
    setup(Settings().log)


def main() -> None:
    """Run a command; every error ends in one clear sentence and its exit code."""
    try:
        app()
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        note(" ".join(filter(None, (str(error), getattr(error, "option", "")))))
        sys.exit(code)


def _exit_code(error: Exception) -> int | None:
    from pydantic import ValidationError

    from config.register import RegisterError
    from crawler.refresh import CannotStart
    from data.apikeys import KeyRefused
    from data.audits import NoAudit
    from data.backup import BackupError
    from data.ingest import DecisionError
    from data.members import MemberRefused
    from data.run import Busy, LostLease
    from data.store import StoreError
    from data.watches import NoWatch, WatchRefused
    from service.audit.receipt import BadReceipt
    from service.outgoing import Forbidden, NotSent
    from service.roster.shape import RosterError
    from service.verify import QuestionError

    for kinds, code in (
        ((QuestionError, RegisterError, ValidationError), USAGE),
        ((RosterError, NoAudit, BadReceipt, KeyRefused, MemberRefused), USAGE),
        ((NoWatch, WatchRefused, Forbidden, NotSent), USAGE),
        ((Busy, CannotStart, DecisionError, LostLease), RUN),
        ((StoreError, BackupError, OSError), TROUBLE),
    ):
        if isinstance(error, kinds):
            return code
    return None


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where to serve the page.")] = 8000,
    once: Annotated[bool, typer.Option("--once", help="End after one look-up.")] = False,
) -> None:
    """Read a sample register of invented people from this machine, then serve the page."""
    from service import demo as demonstration

    demonstration.run(port, once)


@app.command()
def lookup(
    query: Annotated[str, typer.Argument(help="A registration number or a name.")],
    register: RegisterOption = None,
    jurisdiction: Annotated[str | None, typer.Option(help="Province, state or country.")] = None,
    city: Annotated[str | None, typer.Option(help="City or clinic where they work.")] = None,
    profession: Annotated[str | None, typer.Option(help="Another than massage therapist.")] = None,
    status: Annotated[str | None, typer.Option(help="Only this standing (authorised …).")] = None,
    cursor: Annotated[str, typer.Option(help="Go on where an answer ended.")] = "",
    as_json: Json = False,
) -> None:
    """List who bears a number or a name, with standing and date. Exit 0 when anybody is listed."""
    from service.answer import Query
    from service.verify import lookup as ask
    from service.verify import status_named

    asked = Query(
        text=query,
        register_id=register,
        jurisdiction=jurisdiction,
        city=city,
        profession=profession,
        status=status_named(status) if status else None,
    )
    answer = ask(the_desk(), asked, utc_now(), cursor)
    _tell(answer, as_json)
    listed = answer.matches and answer.verdict.value == "ambiguous"
    raise typer.Exit(OK if listed else NEGATIVE)


@app.command()
def verify(
    name: Annotated[str, typer.Option(help="The name the person goes by.")],
    number: Annotated[str | None, typer.Option(help="Their registration number.")] = None,
    register: RegisterOption = None,
    place: Annotated[str | None, typer.Option(help="Clinic, city or province.")] = None,
    profession: Annotated[str | None, typer.Option(help="Another than massage therapist.")] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As of an earlier day.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Ask the register again now.")] = False,
    as_json: Json = False,
) -> None:
    """May this person practise? One verdict with its reasons and dates."""
    from service.answer import Query
    from service.asof import verify_on
    from service.verify import verify as ask

    query = Query(
        number=number, name=name, register_id=register, place=place, profession=profession
    )
    if on and live:
        raise typer.BadParameter("--live asks about today; --on asks about an earlier day.")
    if on:
        answer = verify_on(the_desk(), query, on.date(), utc_now())
    else:
        answer = ask(the_desk(), query, utc_now(), _look_again() if live else None)
    _tell(answer, as_json)
    confirmed = answer.verdict.value in ("confirmed", "confirmed_with_conditions")
    raise typer.Exit(OK if confirmed else NEGATIVE)


def _look_again() -> "LookAgain":
    from service.live import look_again

    return look_again


def _tell(answer: "Answer", as_json: bool) -> None:
    from service.report import answer_text

    say(answer.model_dump_json(indent=2) if as_json else answer_text(answer))


@app.command()
def registers(as_json: Json = False) -> None:
    """Every register: coverage, size, freshness, health; and the places without one."""
    from service.registers import coverage
    from service.report import coverage_text

    found = coverage(the_desk(), utc_now())
    say(as_text(found) if as_json else coverage_text(found))


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 1,
) -> None:
    """Answer over HTTP: pages and API."""
    from service.app import run

    the_desk().store.close()  # migrate once, and say clearly when the store cannot be used
    run(host, port, workers)


@app.command()
def schedule() -> None:
    """Read every enabled register at its hour, until stopped."""
    from service.scheduler import Scheduler, stop_on_signals

    scheduler = Scheduler(the_desk())
    stop_on_signals(scheduler.stopping.set)
    scheduler.run()
    scheduler.stop()


@app.command()
def up(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Both: the service and the nightly reading, in one process."""
    import threading

    from service.app import run
    from service.scheduler import Scheduler, stop_on_signals

    scheduler = Scheduler(the_desk())
    stop_on_signals(scheduler.stopping.set)  # the web server hears first, then passes it on
    thread = threading.Thread(target=scheduler.run, name="schedule", daemon=True)
    thread.start()
    try:
        run(host, port, 1)
    finally:
        scheduler.stop()


@app.command()
def mcp() -> None:
    """Answer an assistant's questions over stdin and stdout (lookup, verify, coverage)."""
    try:
        from service.assistant import server
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("mcp"):
            raise
        note("This needs the extra `mcp`: pip install 'goodstanding[mcp]'. Nothing was started.")
        raise typer.Exit(USAGE) from None
    server(the_desk(), utc_now).run("stdio")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look for the usual misconfigurations, and say the remedy."""
    from service.doctor import examine

    found = examine(utc_now())
    if as_json:
        say(as_text({"findings": found}))
    else:
        for finding in found or [{"level": "ok", "text": "Nothing to mend was found."}]:
            say(f"{finding['level']:>6}  {finding['text']}")
    raise typer.Exit(TROUBLE if any(f["level"] == "error" for f in found) else OK)


if __name__ == "__main__":
    main()
