"""The operator's commands about proof: raw answers, the hash chain, replay, erasure."""

from typing import Annotated

import typer

from service.console import (
    NEGATIVE,
    OK,
    TROUBLE,
    USAGE,
    Json,
    as_text,
    note,
    say,
    the_desk,
    utc_now,
)

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
    from data.audit import verify

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
        "Not reached from here: backups, logs of a web server, files in the inbox, what others "
        "were sent, and the register itself. If it lists the person again, the next night reads "
        "them again as somebody new."
    )
