"""The clinic's commands: audit a roster, look at it again, decide on its rows."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

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
    from data.audits import Head
    from service.desk import Desk


class FileOrCommand(TyperGroup):
    """`audit FILE …` audits a file; `audit list`, `audit show ID` … are commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """What begins with no command of ours is a roster, options before it too."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["file", *args]
        return super().parse_args(ctx, args)


app = typer.Typer()
audit_app = typer.Typer(
    cls=FileOrCommand,
    help="Check every row of a roster: goodstanding audit ROSTER.csv -o REPORT.xlsx",
)
app.add_typer(audit_app, name="audit", no_args_is_help=True)

Output = Annotated[
    list[Path] | None,
    typer.Option(
        "--output", "-o", help="Report to write: .xlsx, .csv, .json or .html; repeatable."
    ),
]
Who = Annotated[str, typer.Option(help="Who asks or decides.", envvar="USER")]
AuditId = Annotated[int, typer.Argument(metavar="ID", help="Number of the audit.")]


@audit_app.command("file", hidden=True)
def audit_file(
    file: Annotated[str, typer.Argument(help="CSV, XLSX, XLS, ODS or JSON; - for pasted rows.")],
    output: Output = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(help='Which column is what: name="Staff", number=#3; city= leaves one out.'),
    ] = None,
    sheet: Annotated[str, typer.Option(help="Sheet of a workbook.")] = "",
    profession: Annotated[str, typer.Option(help="Of rows without one.")] = "massage therapist",
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As of an earlier day.")
    ] = None,
    who: Who = "operator",
    as_json: Json = False,
) -> None:
    """Check every row of a roster: a verdict on each, and what shows over all of them."""
    from service.audit.run import Request, begin
    from service.roster.read import Telling, read_roster

    _check_outputs(output)
    told = dict(part for one in columns or [] for part in _told(one))
    name = Path(file).name if file != "-" else "pasted rows"
    roster = read_roster(_bytes(file), Telling(name, sheet, told))
    for heading in roster.named():
        note(f"{heading[0]}: {heading[1]}")
    for line in roster.notes:
        note(line)
    desk = the_desk()
    request = Request(who, profession, on.date() if on else None)
    raise typer.Exit(_run(desk, begin(desk, roster, request, utc_now()), output, as_json))


def _bytes(file: str) -> bytes:
    """The roster, no more of it than a roster may have and one byte."""
    from service.roster.shape import Limits

    most = Limits().bytes + 1
    if file == "-":
        return sys.stdin.buffer.read(most)
    with Path(file).open("rb") as opened:
        return opened.read(most)


def _told(said: str) -> list[tuple[str, str]]:
    """`name=Staff, number=#3` in its parts."""
    parts = [part.partition("=") for part in said.split(",")]
    if any(not sign for _, sign, _ in parts):
        raise typer.BadParameter('Say --columns name="Staff name", or number=#3.')
    return [(name.strip(), value) for name, _, value in parts]


def _check_outputs(outputs: list[Path] | None) -> None:
    """Refuse before the work what could not be written after it."""
    from service.audit.export import KINDS

    for path in outputs or []:
        if path.suffix.casefold() not in KINDS:
            raise typer.BadParameter(f"{path} ends in none of {', '.join(KINDS)}.")
        if not path.absolute().parent.is_dir():
            raise typer.BadParameter(f"There is no folder {path.absolute().parent}.")


def _run(desk: "Desk", audit_id: int, outputs: list[Path] | None, as_json: bool) -> int:
    """Judge what is left of an audit and tell of it; Ctrl-C stops it where it can go on."""
    from data import audits
    from service.audit.report import progress_line
    from service.audit.run import Watch, run
    from service.calm import calm
    from service.stopping import stopping

    shown = sys.stderr.isatty()
    with stopping() as stopped, calm():
        watch = Watch(progress_line(sys.stderr) if shown else Watch().progress, stopped)
        head = run(desk, audit_id, utc_now, watch)
    if head.state != audits.DONE:
        note(f"Stopped. What was judged is kept: goodstanding audit resume {audit_id}")
        return TROUBLE
    return _tell(desk, head, outputs, as_json)


def _tell(desk: "Desk", head: "Head", outputs: list[Path] | None, as_json: bool) -> int:
    """Write the reports, say how many rows came to which verdict; 1 when any is not confirmed."""
    from service.audit.export import write
    from service.audit.report import Report, report_out, summary_text

    report = Report.of(desk, head)
    for path in outputs or []:
        write(report, path)
        note(f"Written: {path}")
    say(as_text(report_out(report)) if as_json else summary_text(report))
    return OK if report.clean else NEGATIVE


@audit_app.command("resume")
def resume_audit(audit_id: AuditId, output: Output = None, as_json: Json = False) -> None:
    """Go on with an audit that was stopped or cut off."""
    _check_outputs(output)
    raise typer.Exit(_run(the_desk(), audit_id, output, as_json))


@audit_app.command("list")
def list_audits(as_json: Json = False) -> None:
    """The latest audits, newest first."""
    from data import audits
    from service.audit.report import head_out, heads_text

    with the_desk().store.read() as db:
        found = [(head, audits.counts(db, head.id)) for head in audits.heads(db)]
    if as_json:
        say(as_text({"audits": [head_out(head, counts) for head, counts in found]}))
    else:
        say(heads_text(found))


@audit_app.command("show")
def show_audit(audit_id: AuditId, output: Output = None, as_json: Json = False) -> None:
    """One audit again, with its decisions; -o writes its report again."""
    from data import audits

    _check_outputs(output)
    desk = the_desk()
    with desk.store.read() as db:
        head = audits.head_of(db, audit_id)
    raise typer.Exit(_tell(desk, head, output, as_json))


@audit_app.command("decide")
def decide_row(
    audit_id: AuditId,
    row: Annotated[int, typer.Argument(help="Row of the roster, from 1.")],
    decision: Annotated[str, typer.Argument(help="accepted, follow_up, ignored, rejected, open")],
    why: Annotated[str, typer.Option(help="Why.", prompt="Why")],
    who: Who = "operator",
) -> None:
    """Keep what somebody decided about a row, beside the verdict, which stays as it is."""
    from data import audits

    if decision not in audits.DECISIONS:
        raise typer.BadParameter(f"A decision is one of {', '.join(audits.DECISIONS)}.")
    if not why.strip():
        raise typer.BadParameter("Say why, in a few words.")
    made = audits.Decision(row, decision, who[:200], why.strip()[:2000], utc_now())
    with the_desk().store.begin() as db:
        audits.head_of(db, audit_id)
        audits.decide(db, audit_id, made)
    note(f"Row {row} of audit {audit_id}: {decision} by {who}.")


@audit_app.command("delete")
def delete_audit(
    audit_id: AuditId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take out an audit with its rows, verdicts and decisions. Cannot be undone."""
    from data import audits

    desk = the_desk()
    with desk.store.begin() as db:
        head = audits.head_of(db, audit_id)
        if not yes and not typer.confirm(f"Delete audit {audit_id} of {head.source}?"):
            raise typer.Exit(USAGE)
        audits.delete(db, audit_id)
    note(f"Audit {audit_id} is deleted. Reports and receipts already written are not.")


receipt_app = typer.Typer(help="Signed receipts of what was answered; anybody checks them offline.")
app.add_typer(receipt_app, name="receipt", no_args_is_help=True)


@receipt_app.command("make")
def make_receipt(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    audit: Annotated[int | None, typer.Option(help="Of this audit.", metavar="ID")] = None,
    name: Annotated[str | None, typer.Option(help="Or of one person: verify them now.")] = None,
    number: Annotated[str | None, typer.Option(help="Their registration number.")] = None,
    register: RegisterOption = None,
    place: Annotated[str | None, typer.Option(help="Clinic, city or province.")] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As of an earlier day.")
    ] = None,
    who: Who = "operator",
) -> None:
    """Make a receipt of an audit, or of a verification made now; exit 0 whatever the verdict."""
    from service.answer import Query
    from service.asof import verify_on
    from service.audit import receipt
    from service.verify import verify

    if (audit is None) == (name is None):
        raise typer.BadParameter("Say either --audit ID, or --name (with --number).")
    desk, now = the_desk(), utc_now()
    if audit is not None:
        made = receipt.of_audit(desk, audit, who, now)
    else:
        query = Query(number=number, name=name, register_id=register, place=place)
        answer = verify_on(desk, query, on.date(), now) if on else verify(desk, query, now)
        made = receipt.of_answer(desk, answer, who, now)
        note(answer.summary)
    output.write_bytes(made)
    note(f"Written: {output}. Give the public key with it: goodstanding receipt key")


@receipt_app.command("check")
def check_receipt(
    file: Annotated[Path, typer.Argument(help="The receipt.", exists=True, dir_okay=False)],
    key: Annotated[str, typer.Option(help="The public key it should be signed with.")] = "",
    as_json: Json = False,
) -> None:
    """Whether not a byte of a receipt was changed; 1 where it does not hold. Needs no store."""
    from service.audit import receipt

    try:
        found = receipt.check(file.read_bytes(), key)
    except receipt.BadReceipt as error:
        say(as_text({"valid": False, "why": str(error)}) if as_json else str(error))
        raise typer.Exit(NEGATIVE) from None
    told = {"valid": True, "key": found.key, "receipt": found.body}
    say(as_text(told) if as_json else receipt.checked_text(found))


@receipt_app.command("key")
def receipt_key() -> None:
    """Print the public key that receipts of this installation are signed with."""
    from config.settings import Settings
    from service.audit.signing import public_hex, signing_key

    say(public_hex(signing_key(Settings().home)))
