"""The operator's other commands: backups, and the alerts that went out."""

from pathlib import Path
from typing import Annotated

import typer

from service.console import NEGATIVE, Json, as_text, deliver, note, say, the_desk, utc_now

app = typer.Typer()
alerts_app = typer.Typer(help="What the operator was told of the nights, and what still waits.")
app.add_typer(alerts_app, name="alerts", invoke_without_command=True)


@app.command()
def backup(
    file: Annotated[Path | None, typer.Argument(help="Where to; dated, here, if none.")] = None,
) -> None:
    """Write database and evidence into one file, while everything goes on."""
    from data.backup import backup as write

    now = utc_now()
    path = file or Path(f"goodstanding-{now:%Y%m%dT%H%M%SZ}.backup.tar")
    manifest = write(the_desk().store, path, now)
    say(f"{path}: {path.stat().st_size:,} bytes, {len(manifest['files'])} files.")
    note("It holds personal data: keep it as you keep the store.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    check: Annotated[bool, typer.Option("--check", help="Only look whether it is whole.")] = False,
) -> None:
    """Put a backup into an empty home."""
    from config.settings import Settings
    from data import restore as backups

    settings = Settings()
    if check:
        manifest = backups.verify(file)
        say(f"{file} is whole: {len(manifest['files'])} files, made {manifest['made_at']}.")
        return
    manifest = backups.restore(file, settings)
    say(f"Restored into {settings.home.resolve()}, as it was at {manifest['made_at']}.")
    note("Look at `goodstanding registers`, then `goodstanding refresh --due` or `schedule`.")


@alerts_app.callback()
def alerts(context: typer.Context, as_json: Json = False) -> None:
    """List what was told and what still waits, or send it again."""
    if context.invoked_subcommand:
        return
    from data.outbox import deliveries
    from service.report import deliveries_text

    with the_desk().store.read() as db:
        found = deliveries(db)
    say(as_text({"alerts": found}) if as_json else deliveries_text(found))


@alerts_app.command("replay")
def replay_alerts(
    ids: Annotated[
        list[int] | None, typer.Argument(help="Deliveries; all dead ones if none.")
    ] = None,
) -> None:
    """Send alerts again that were given up."""
    from data.outbox import replay

    desk = the_desk()
    with desk.store.begin() as db:
        count = replay(db, ids or [], utc_now())
    deliver(desk)
    say(f"{count} sent again; `goodstanding alerts` shows what came of them.")


@alerts_app.command("test")
def test_alerts() -> None:
    """Send a test by every way that is set up."""
    from data.outbox import News, post
    from service.notify import operator_doors

    desk = the_desk()
    if not operator_doors(desk.settings):
        note("No alerts are set up. Set GOODSTANDING_ALERT_EMAIL or GOODSTANDING_ALERT_WEBHOOK.")
        raise typer.Exit(NEGATIVE)
    with desk.store.begin() as db:
        post(db, News(f"test:{utc_now().isoformat()}", "test", {}), utc_now())
    deliver(desk)
    say("Tried; `goodstanding alerts` shows what came of it.")
