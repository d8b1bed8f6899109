"""Every command. Results go to stdout, everything else to stderr; heavy imports wait their turn.

Exit codes: 0 ok, 1 negative or doubtful verdict, 2 usage, 3 held, failed or refused run, 4 service
or store trouble.
"""

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from service.answer import Answer
    from service.desk import Desk
    from service.verify import LookAgain

OK, NEGATIVE, USAGE, RUN, TROUBLE = range(5)

app = typer.Typer(
    help="Is this massage therapist authorised to practise, on the word of the official register?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
runs_app = typer.Typer(help="Runs of the registers: what was read, held, accepted.")
app.add_typer(runs_app, name="runs", invoke_without_command=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
RegisterOption = Annotated[str | None, typer.Option("--register", help="Ask only this register.")]


def main() -> None:
    """Run a command; every error ends in one clear sentence and its exit code."""
    try:
        app()
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        print(error, file=sys.stderr)  # noqa: T201
        sys.exit(code)


def _exit_code(error: Exception) -> int | None:
    from pydantic import ValidationError

    from config.register import RegisterError
    from crawler.refresh import CannotStart
    from data.ingest import DecisionError
    from data.run import Busy, LostLease
    from data.store import StoreError
    from service.verify import QuestionError

    for kinds, code in (
        ((QuestionError, RegisterError, ValidationError), USAGE),
        ((Busy, CannotStart, DecisionError, LostLease), RUN),
        ((StoreError, OSError), TROUBLE),
    ):
        if isinstance(error, kinds):
            return code
    return None


def _desk() -> "Desk":
    from config.jurisdiction import Coverage
    from config.register import Catalogue
    from config.settings import Settings
    from data.store import Store
    from service.desk import Desk

    settings = Settings()
    catalogue = Catalogue(settings.registers)
    return Desk(Store.of(settings), catalogue, Coverage(), settings)


def _now() -> datetime:
    return datetime.now(UTC)


def _print(text: str) -> None:
    print(text)  # noqa: T201


def _note(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


def _json(value: Any) -> str:
    def plain(other: Any) -> Any:
        return (
            other.isoformat().replace("+00:00", "Z") if hasattr(other, "isoformat") else str(other)
        )

    return json.dumps(value, ensure_ascii=False, indent=2, default=plain)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where to serve the page.")] = 8000,
    once: Annotated[bool, typer.Option("--once", help="End after one look-up.")] = False,
) -> None:
    """Read a sample register of invented people from this machine, then serve the page."""
    from service import demo as demonstration

    demonstration.run(port, once)


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
    slot: Annotated[str | None, typer.Option(hidden=True)] = None,
    as_json: Json = False,
) -> None:
    """Read registers now; what does not pass the gates is held and changes nothing."""
    desk = _desk()
    ids = registers or [r.id for r in desk.catalogue if r.enabled and (r.url or not url)]
    for id_ in ids:
        desk.catalogue.get(id_)
    if len(ids) > 1:
        raise typer.Exit(_refresh_each(ids, url, full, delay, as_json))
    from crawler.refresh import refresh as read_now
    from service.report import progress

    register = desk.catalogue.get(ids[0])
    if url:
        register = register.at(url)
    run_id = read_now(
        desk.store,
        register,
        desk.settings,
        full=full,
        delay=delay,
        slot=slot,
        progress=progress(sys.stderr),
    )
    raise typer.Exit(_tell_run(desk, run_id, as_json))


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
        _note(f"There is no run {run_id}. `goodstanding runs` lists them.")
        return USAGE
    _print(_json(run_out(found)) if as_json else run_text(found))
    return OK if found["state"].value == "accepted" else RUN


@app.command()
def lookup(
    query: Annotated[str, typer.Argument(help="A registration number or a name.")],
    register: RegisterOption = None,
    as_json: Json = False,
) -> None:
    """List who bears a number or a name, with standing and date. Exit 0 when anybody is listed."""
    from service.verify import lookup as ask

    answer = ask(_desk(), query, register, _now())
    _tell(answer, as_json)
    listed = answer.matches and answer.verdict.value == "ambiguous"
    raise typer.Exit(OK if listed else NEGATIVE)


@app.command()
def verify(
    name: Annotated[str, typer.Option(help="The name the person goes by.")],
    number: Annotated[str | None, typer.Option(help="Their registration number.")] = None,
    register: RegisterOption = None,
    place: Annotated[str | None, typer.Option(help="Clinic, city or province.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Ask the register again now.")] = False,
    as_json: Json = False,
) -> None:
    """May this person practise? One verdict with its reasons and dates."""
    from service.answer import Query
    from service.verify import verify as ask

    query = Query(number=number, name=name, register_id=register, place=place)
    answer = ask(_desk(), query, _now(), _look_again() if live else None)
    _tell(answer, as_json)
    confirmed = answer.verdict.value in ("confirmed", "confirmed_with_conditions")
    raise typer.Exit(OK if confirmed else NEGATIVE)


def _look_again() -> "LookAgain":
    from service.live import look_again

    return look_again


def _tell(answer: "Answer", as_json: bool) -> None:
    from service.report import answer_text

    _print(answer.model_dump_json(indent=2) if as_json else answer_text(answer))


@app.command()
def registers(as_json: Json = False) -> None:
    """Every register: coverage, size, freshness, health; and the places without one."""
    from service.registers import coverage
    from service.report import coverage_text

    found = coverage(_desk(), _now())
    _print(_json(found) if as_json else coverage_text(found))


@runs_app.callback()
def runs(context: typer.Context, register: RegisterOption = None, as_json: Json = False) -> None:
    """List the latest runs, or show, approve or reject one."""
    if context.invoked_subcommand:
        return
    from data import lookup as read
    from service.answer import run_out
    from service.report import runs_text

    desk = _desk()
    with desk.store.read() as db:
        found = read.runs(db, register)
    _print(_json({"runs": [run_out(run) for run in found]}) if as_json else runs_text(found))


@runs_app.command("show")
def show_run(run_id: int, as_json: Json = False) -> None:
    """Everything about one run: counts and issues."""
    code = _tell_run(_desk(), run_id, as_json)
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

    desk = _desk()
    with desk.store.read() as db:
        found = read.run(db, run_id)
    if found:
        register = desk.catalogue.get(found["register_id"])
        approve(desk.store, register, run_id, who, why, _now())
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

    desk = _desk()
    reject(desk.store, run_id, who, why, _now())
    code = _tell_run(desk, run_id, as_json)
    raise typer.Exit(USAGE if code == USAGE else OK)


@app.command()
def changes(
    since: Annotated[int, typer.Option(help="Only after this run.")] = 0, as_json: Json = False
) -> None:
    """What changed in accepted runs, oldest first."""
    from data import lookup as read
    from service.report import change_text, changes_out

    desk = _desk()
    with desk.store.read() as db:
        found = changes_out(read.changes(db, since))
        if as_json:
            _print(_json({"changes": list(found)}))
        else:
            for change in found:
                _print(change_text(change))


@app.command()
def history(key: str, register: RegisterOption = None, as_json: Json = False) -> None:
    """What a register has said of one person, by its key, and when we saw it."""
    from service.report import history_of, history_text

    found = history_of(_desk(), key, register)
    if not found:
        _note(f"Nobody with the key {key[:80]!r} is held. `goodstanding lookup` finds keys.")
        raise typer.Exit(NEGATIVE)
    _print(_json({"history": found}) if as_json else history_text(found))


@app.command()
def evidence(evidence_id: str) -> None:
    """Print the raw answer a fact rests on, as the register sent it."""
    from data.evidence import find

    try:
        exhibit = find(_desk().store, evidence_id)
    except ValueError as error:
        _note(str(error))
        raise typer.Exit(TROUBLE) from None
    if exhibit is None:
        _note(f"There is no evidence {evidence_id[:80]!r}.")
        raise typer.Exit(NEGATIVE)
    _note(f"{exhibit.url}\nHTTP {exhibit.status}, fetched {exhibit.fetched_at:%Y-%m-%dT%H:%M:%SZ}")
    sys.stdout.buffer.write(exhibit.body)


@app.command()
def export(register: RegisterOption = None) -> None:
    """Every registration held, as JSON lines, with full numbers: for the operator."""
    from data import lookup as read
    from service.answer import registration_out

    desk = _desk()
    if register:
        desk.catalogue.get(register)
    with desk.store.read() as db:
        for found in read.everybody(db, register):
            declared = desk.catalogue.get(found.record.register)
            _print(registration_out(found, declared, show_number=True).model_dump_json())


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 1,
) -> None:
    """Answer over HTTP: pages and API."""
    from service.app import run

    _desk().store.close()  # migrate once, and say clearly when the store cannot be used
    run(host, port, workers)


@app.command()
def schedule() -> None:
    """Read every enabled register at its hour, until stopped."""
    from service.scheduler import Scheduler

    Scheduler(_desk()).run()


@app.command()
def up(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Both: the service and the nightly reading, in one process."""
    from service.app import run
    from service.scheduler import Scheduler

    scheduler = Scheduler(_desk())
    scheduler.start()
    try:
        run(host, port, 1)
    finally:
        scheduler.stop()


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look for the usual misconfigurations, and say the remedy."""
    from service.doctor import examine

    found = examine(_now())
    if as_json:
        _print(_json({"findings": found}))
    else:
        for finding in found or [{"level": "ok", "text": "Nothing to mend was found."}]:
            _print(f"{finding['level']:>6}  {finding['text']}")
    raise typer.Exit(TROUBLE if any(f["level"] == "error" for f in found) else OK)


if __name__ == "__main__":
    main()
