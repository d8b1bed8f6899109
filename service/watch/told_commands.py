"""The commands about who is told of a watch list: receivers, what went to them, and feeds."""

from typing import Annotated

import typer

from service.console import NEGATIVE, OK, Json, as_text, deliver, note, say, the_desk, utc_now
from service.watch.commands import Name, Who, Whose, find_list, watch_app

receivers_app = typer.Typer(help="Who is told of a list: webhooks and e-mail addresses.")
watch_app.add_typer(receivers_app, name="receivers", no_args_is_help=True)
feed_app = typer.Typer(help="A list for feed readers and calendars, by an address to guard.")
watch_app.add_typer(feed_app, name="feed", no_args_is_help=True)

Receiver = Annotated[str, typer.Argument(metavar="ID", help="Id of the receiver.")]


@receivers_app.command("add")
def add_receiver(
    name: Name,
    webhook: Annotated[str, typer.Option(help="An https address that alerts are posted to.")] = "",
    email: Annotated[str, typer.Option(help="An e-mail address.")] = "",
    workspace: Whose = "",
    who: Who = "operator",
) -> None:
    """Tell somebody of a list. The secret of a webhook is printed; rotate makes another."""
    from data import receivers
    from service.outgoing import Wire, networks
    from service.signing import derived
    from service.watch.delivery import check_receiver

    if bool(webhook) == bool(email):
        raise typer.BadParameter("Say --webhook ADDRESS or --email ADDRESS.")
    desk = the_desk()
    head = find_list(desk, name, workspace)
    said = ("webhook", webhook) if webhook else ("email", email.strip().lower())
    check_receiver(desk, *said, Wire(networks(desk.settings.webhook_allow)))
    with desk.store.begin() as db:
        ref = receivers.add(db, head, said, who, utc_now())
    note(f"{ref} is told of “{head.name}” from now on.")
    say(derived(desk.settings.watch_secret.get_secret_value(), ref, 1) if webhook else ref)


@receivers_app.command("list")
def list_receivers(name: Name, workspace: Whose = "", as_json: Json = False) -> None:
    """Who is told of a list, and what last went or waits."""
    from data import receivers
    from service.watch.report import receiver_out

    desk = the_desk()
    head = find_list(desk, name, workspace)
    with desk.store.read() as db:
        found = [receiver_out(one) for one in receivers.listed(db, head.id)]
        sent = receivers.deliveries(db, head.id)
    if as_json:
        say(as_text({"receivers": found, "deliveries": sent}))
        return
    for one in found:
        say(f"{one['id']}  {one['channel']:<8} {one['address']}")
    for sending in sent:
        trouble = f"  {sending['trouble']}" if sending["trouble"] else ""
        at = f"{sending['created_at']:%Y-%m-%d %H:%M}Z"
        say(f"{at}  {sending['state']:<8} {sending['kind']} to {sending['receiver']}{trouble}")


@receivers_app.command("rotate")
def rotate_secret(name: Name, receiver: Receiver, workspace: Whose = "") -> None:
    """Void the secret of a webhook at once, and print the new one."""
    from data import receivers
    from service.signing import derived

    desk = the_desk()
    head = find_list(desk, name, workspace)
    with desk.store.begin() as db:
        generation = receivers.rotate(db, head.id, receiver)
    say(derived(desk.settings.watch_secret.get_secret_value(), receiver, generation))


@receivers_app.command("remove")
def remove_receiver(name: Name, receiver: Receiver, workspace: Whose = "") -> None:
    """Tell nothing there any more, what waits included."""
    from data import receivers

    desk = the_desk()
    head = find_list(desk, name, workspace)
    with desk.store.begin() as db:
        receivers.remove(db, head.id, receiver)
    note(f"{receiver} is told nothing any more.")


@receivers_app.command("replay")
def replay_deliveries(
    name: Name,
    receiver: Annotated[list[str] | None, typer.Argument(help="Receivers; all if none.")] = None,
    workspace: Whose = "",
) -> None:
    """Send again what was given up. Exit 1 when there was nothing."""
    from data import receivers

    desk = the_desk()
    head = find_list(desk, name, workspace)
    with desk.store.begin() as db:
        many = receivers.replay(db, head.id, receiver or [], utc_now())
    deliver(desk)
    say(f"{many} sent again; receivers list shows what came of them.")
    raise typer.Exit(OK if many else NEGATIVE)


@feed_app.command("add")
def add_feed(name: Name, workspace: Whose = "", who: Who = "operator") -> None:
    """Make the address of a feed and a calendar. It is printed once: whoever has it, reads it."""
    from data import receivers
    from service.watch.report import feed_addresses

    desk = the_desk()
    head = find_list(desk, name, workspace)
    with desk.store.begin() as db:
        ref, secret = receivers.add_feed(db, head, who, utc_now())
    for address in feed_addresses(desk.settings.public_url, secret).values():
        say(address)
    note(f"This is {ref}. Keep the addresses to yourselves; feed revoke ends them.")


@feed_app.command("list")
def list_feeds(name: Name, workspace: Whose = "", as_json: Json = False) -> None:
    """The feeds of a list, without their addresses."""
    from data import receivers

    desk = the_desk()
    head = find_list(desk, name, workspace)
    with desk.store.read() as db:
        found = receivers.feeds(db, head.id)
    if as_json:
        say(as_text({"feeds": found}))
        return
    for one in found:
        say(f"{one['ref']}  made {one['created_at']:%Y-%m-%d} by {one['created_by']}")


@feed_app.command("revoke")
def revoke_feed(
    name: Name,
    feed: Annotated[str, typer.Argument(metavar="ID", help="Id of the feed.")],
    workspace: Whose = "",
) -> None:
    """End a feed at once."""
    from data import receivers

    desk = the_desk()
    head = find_list(desk, name, workspace)
    with desk.store.begin() as db:
        receivers.revoke_feed(db, head.id, feed)
    note(f"{feed} is revoked.")
