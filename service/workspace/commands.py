"""The operator's commands about workspaces: made, given keys and people, pruned, deleted."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from service.console import NEGATIVE, USAGE, Json, as_text, note, say, the_desk, utc_now

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

app = typer.Typer()
workspace_app = typer.Typer(help="Workspaces of clinics: keys, people, retention, deletion.")
app.add_typer(workspace_app, name="workspace", no_args_is_help=True)
keys_app = typer.Typer(help="API keys of a workspace.")
workspace_app.add_typer(keys_app, name="keys", no_args_is_help=True)
people_app = typer.Typer(help="Who may sign in to a workspace.")
workspace_app.add_typer(people_app, name="people", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name of the workspace.", metavar="WORKSPACE")]
KeyId = Annotated[str, typer.Argument(help="The id of the key.", metavar="KEY")]
Email = Annotated[str, typer.Argument(help="Their e-mail address.")]
_BY = "operator"


@workspace_app.command()
def create(
    name: Name,
    title: Annotated[str, typer.Option(help="What the clinic is called.")] = "",
    owner: Annotated[str, typer.Option(help="E-mail of its first owner.")] = "",
) -> None:
    """Make a workspace; with --owner, print the link with which they set their password."""
    from config.vocabulary import Role
    from data import members

    desk = the_desk()
    with desk.store.begin() as db:
        workspace_id = members.create(db, name, title, utc_now())
        _logged(db, workspace_id, "workspace create")
        link = _invited(db, workspace_id, owner, Role.OWNER) if owner else ""
    say(f"Workspace {name} is there.")
    if link:
        _say_link(link)
    else:
        note(f"Its first owner: goodstanding workspace people invite {name} E-MAIL --role owner")


@workspace_app.command("list")
def list_workspaces(as_json: Json = False) -> None:
    """Every workspace, with how much each holds."""
    from data import members, tenancy

    with the_desk().store.read() as db:
        found = [{**one, "rows": tenancy.holdings(db, one["id"])} for one in members.workspaces(db)]
    if as_json:
        say(as_text({"workspaces": found}))
        return
    for one in found:
        rows = one["rows"]
        held = f"{rows['member']} people, {rows['api_key']} keys, {sum(rows.values())} rows"
        say(f"{one['name']:<20} {one['title']}  ({held})")
    if not found:
        say("There is no workspace. `goodstanding workspace create NAME` makes one.")


@workspace_app.command()
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Take out a workspace with everything that is its. It cannot be brought back."""
    from data import tenancy
    from data.erasure import wipe

    desk = the_desk()
    with desk.store.read() as db:
        found = _workspace(db, name)
        rows = tenancy.holdings(db, found["id"])
    if not yes and not typer.confirm(f"Delete {name} with {sum(rows.values())} rows for good?"):
        note("Nothing was deleted.")
        raise typer.Exit(NEGATIVE)
    with desk.store.begin() as db:
        gone = tenancy.erase(db, found["id"])
    wipe(desk.store)
    told = ", ".join(f"{many} {table}" for table, many in gone.items() if many)
    say(f"Workspace {name} is deleted: {told or 'it held nothing'}.")
    note("Backups made before still hold it: delete those too, or let them run out.")


@workspace_app.command()
def retention(
    name: Name,
    records: Annotated[int | None, typer.Option(help="Days that audits are kept.")] = None,
    log: Annotated[int | None, typer.Option(help="Days that the access log is kept.")] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Take out now what is older.")] = False,
    as_json: Json = False,
) -> None:
    """Show or set how long a workspace keeps what is its; 0 days: until it is deleted."""
    from data import members
    from data.upkeep import tidy

    desk = the_desk()
    days = {"record_days": records, "log_days": log}
    days = {setting: many for setting, many in days.items() if many is not None}
    with desk.store.begin() as db:
        found = _workspace(db, name)
        if days:
            members.keep(db, found["id"], **days)  # type: ignore[arg-type]
            _logged(db, found["id"], "workspace retention")
            found |= days
    gone = tidy(desk.store, utc_now()) if prune else {}
    told = {"record_days": found["record_days"], "log_days": found["log_days"], "pruned": gone}
    text = f"audits {found['record_days']} days, access log {found['log_days']} days"
    say(as_text(told) if as_json else f"{name}: {text}" + (f"; taken out: {gone}" if prune else ""))


@workspace_app.command("log")
def show_log(
    name: Name,
    most: Annotated[int, typer.Option(help="How many lines.", min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """Who saw or did what, the newest first."""
    from data import accesslog

    with the_desk().store.read() as db:
        rows = accesslog.page(db, _workspace(db, name)["id"], None, most)
    if as_json:
        say(as_text({"lines": rows}))
        return
    for one in rows:
        what = f"{one['action']} {one['subject']}".rstrip()
        say(f"{one['at']:%Y-%m-%d %H:%M:%S}Z  {one['who']:<28} {what}  ({one['count']} shown)")


@keys_app.command("list")
def list_keys(name: Name, as_json: Json = False) -> None:
    """Every key, without the secrets."""
    from data import apikeys

    now = utc_now()
    with the_desk().store.read() as db:
        found = apikeys.listed(db, _workspace(db, name)["id"])
    if as_json:
        say(as_text({"keys": found}))
        return
    for one in found:
        ended = "revoked" if one["revoked_at"] else "ended" if one["expires_at"] <= now else "good"
        said = f"{one['label']}, until {one['expires_at']:%Y-%m-%d}, may {' '.join(one['scopes'])}"
        say(f"{one['ref']}  {one['hint']}…  {ended:<8} {said}")


@keys_app.command("create")
def create_key(
    name: Name,
    scope: Annotated[list[str], typer.Option(help="What it may do; say it again for more.")],
    label: Annotated[str, typer.Option(help="What it is for.")] = "made by the operator",
    days: Annotated[int, typer.Option(help="How long it is good.", min=1, max=730)] = 365,
) -> None:
    """Make a key. It is printed once, on stdout, and never stored."""
    from config.vocabulary import Scope
    from data import apikeys

    if strangers := set(scope) - set(Scope):
        known = ", ".join(one.value for one in Scope)
        raise typer.BadParameter(f"{', '.join(sorted(strangers))}: known scopes are {known}.")
    new = apikeys.NewKey(label[:100], frozenset(map(Scope, scope)), timedelta(days=days), _BY)
    with the_desk().store.begin() as db:
        workspace_id = _workspace(db, name)["id"]
        ref, key = apikeys.make(db, workspace_id, new, utc_now())
        _logged(db, workspace_id, "keys create", ref)
    say(key)
    note(f"This is {ref}. Keep the key: it is not shown again. Send it as Authorization: Bearer.")


@keys_app.command("rotate")
def rotate_key(
    name: Name,
    key: KeyId,
    overlap: Annotated[int, typer.Option(help="Hours the old key stays good.", min=0)] = 24,
) -> None:
    """Make another key that may do the same; the old one ends after the overlap."""
    from data import apikeys

    with the_desk().store.begin() as db:
        workspace_id = _workspace(db, name)["id"]
        made = apikeys.rotate(db, workspace_id, key, timedelta(hours=overlap), utc_now())
        made = made or _nothing("key", key)
        _logged(db, workspace_id, "keys rotate", key)
    say(made[1])
    note(f"This is {made[0]}. {key} stays good for {overlap} hours at most.")


@keys_app.command("revoke")
def revoke_key(name: Name, key: KeyId) -> None:
    """End a key at once."""
    from data import apikeys

    with the_desk().store.begin() as db:
        workspace_id = _workspace(db, name)["id"]
        done = apikeys.revoke(db, workspace_id, key, utc_now())
        _logged(db, workspace_id, "keys revoke", key)
    if not done:
        _nothing("key", key)
    say(f"{key} is revoked.")


@people_app.command("list")
def list_people(name: Name, as_json: Json = False) -> None:
    """Who may sign in, and in which role."""
    from data import members

    with the_desk().store.read() as db:
        found = members.members(db, _workspace(db, name)["id"])
    if as_json:
        say(as_text({"people": found}))
        return
    for one in found:
        invited = "  (has no password yet)" if one["invited"] else ""
        say(f"{one['ref']}  {one['role'].value:<8} {one['email']}{invited}")


@people_app.command("invite")
def invite(
    name: Name,
    email: Email,
    role: Annotated[str, typer.Option(help="owner, reviewer or reader.")] = "reader",
) -> None:
    """Let somebody in, and print the link with which they set their password, once."""
    with the_desk().store.begin() as db:
        link = _invited(db, _workspace(db, name)["id"], email, _role(role))
    _say_link(link)


@people_app.command("link")
def new_link(name: Name, email: Email) -> None:
    """Print a link with which somebody sets another password; earlier links are void."""
    from data import signins

    with the_desk().store.begin() as db:
        workspace_id = _workspace(db, name)["id"]
        ref = _person(db, workspace_id, email)
        link = signins.link(db, workspace_id, ref, utc_now())
        _logged(db, workspace_id, "people link", ref)
    _say_link(str(link))


@people_app.command("role")
def set_role(
    name: Name, email: Email, role: Annotated[str, typer.Argument(help="owner, reviewer, reader.")]
) -> None:
    """Give somebody another role."""
    from data import members

    with the_desk().store.begin() as db:
        workspace_id = _workspace(db, name)["id"]
        ref = _person(db, workspace_id, email)
        members.set_role(db, workspace_id, ref, _role(role))
        _logged(db, workspace_id, "people role", ref)
    say(f"{email} is {role} now.")


@people_app.command("remove")
def remove(name: Name, email: Email) -> None:
    """Take somebody out, signed out everywhere."""
    from data import members

    with the_desk().store.begin() as db:
        workspace_id = _workspace(db, name)["id"]
        ref = _person(db, workspace_id, email)
        members.remove(db, workspace_id, ref)
        _logged(db, workspace_id, "people remove", ref)
    say(f"{email} is out.")


def _workspace(db: "Connection", name: str) -> dict[str, Any]:
    from data import members

    return members.named(db, name) or _nothing("workspace", name)


def _person(db: "Connection", workspace_id: int, email: str) -> str:
    from data import members

    people = members.members(db, workspace_id)
    refs: list[str] = [one["ref"] for one in people if one["email"] == email.strip().lower()]
    return refs[0] if refs else _nothing("person", email)


def _nothing(what: str, name: str) -> NoReturn:
    note(f"There is no {what} {name!r}. Nothing was changed.")
    raise typer.Exit(USAGE)


def _role(said: str) -> Any:
    from config.vocabulary import Role

    if said not in set(Role):
        raise typer.BadParameter(f"{said!r}: the roles are owner, reviewer and reader.")
    return Role(said)


def _invited(db: "Connection", workspace_id: int, email: str, role: Any) -> str:
    from data import members, signins

    ref = members.add(db, workspace_id, email, role, utc_now())
    _logged(db, workspace_id, "people invite", ref)
    return str(signins.link(db, workspace_id, ref, utc_now()))


def _logged(db: "Connection", workspace_id: int, action: str, subject: str = "") -> None:
    from data import accesslog

    line = accesslog.Access(workspace_id, utc_now(), accesslog.OPERATOR, action, subject)
    accesslog.append(db, [line])


def _say_link(link: str) -> None:
    from config.settings import Settings
    from service.workspace.api import link_address

    say(link_address(Settings().public_url, link))
    note("Give them this link. It is good once, for three days, and is not shown again.")
