"""Watch lists as JSON, and as text for a terminal."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from data.names import clean
from data.watches import Head, Standing
from service.watch import words
from service.watch.ahead import Due
from service.watch.lists import Diff


def head_out(head: Head, people: dict[str, int], waiting: dict[int, int]) -> dict[str, Any]:
    """A list without its people; how they stand, and how many alerts wait."""
    return {
        "id": head.ref,
        "name": head.name,
        "profession": head.profession,
        "source": head.source,
        "revision": head.revision,
        "created_at": head.created_at,
        "created_by": head.created_by,
        "updated_at": head.updated_at,
        "people": sum(people.values()),
        "standings": people,
        "waiting": {words.SEVERITY[one]: waiting.get(one, 0) for one in words.SEVERITY},
    }


def person_out(one: Standing) -> dict[str, Any]:
    """Somebody on a list: as typed, and how they stand."""
    person, settled = one.person, one.person.settled
    said = {name: value or None for name, value in person.asked.items()}
    said["register_said"] = said.pop("register")
    return {
        "id": person.id,
        **said,
        "marks": list(person.marks),
        "found": settled.registration_id is not None,
        "register": settled.register_id or None,
        "key": settled.register_key or None,
        "assurance": settled.assurance or None,
        "standing": standing(one),
        "expires": one.expires,
        "verdict": settled.verdict,
        "reasons": list(settled.reasons),
        "judged_at": settled.judged_at,
    }


def standing(one: Standing) -> str:
    """The status of somebody, or why there is none."""
    if not one.status:
        return "not_found"
    if one.absent:
        return "missing_once" if one.absent == 1 else "delisted"
    return "withheld" if one.person.withheld else one.status


def alert_out(alert: dict[str, Any]) -> dict[str, Any]:
    """An alert as every door shows it. What was done about it comes beside it where it is asked."""
    return {
        "id": alert["id"],
        "kind": alert["kind"],
        "severity": words.SEVERITY[alert["severity"]],
        "text": words.alert_text(alert),
        "person_id": alert["person_id"],
        "person": alert["person"] or None,
        "register": alert["register_id"] or None,
        "run": alert["run_id"],
        "before": alert["before"] or None,
        "after": alert["after"] or None,
        "due": alert["due"],
        "raised_at": alert["raised_at"],
        "state": alert["state"],
        "actions": [
            {name: one[name] for name in ("state", "who", "why", "at")}
            for one in alert.get("actions", [])
        ],
    }


def receiver_out(one: dict[str, Any]) -> dict[str, Any]:
    """A receiver; of a webhook's address, which may be a secret itself, only where it leads."""
    address = one["address"]
    if one["channel"] == "webhook":
        parts = urlsplit(address)
        address = f"{parts.scheme}://{parts.hostname}/…"
    made = {"created_at": one["created_at"], "created_by": one["created_by"]}
    return {"id": one["ref"], "channel": one["channel"], "address": address, **made}


def feed_addresses(public_url: str, secret: str) -> dict[str, str]:
    """Where a feed reader and a calendar read a list."""
    there = f"{public_url.rstrip('/')}/feeds/{secret}"
    return {"atom": f"{there}/alerts.atom", "calendar": f"{there}/deadlines.ics"}


def due_out(one: Due) -> dict[str, Any]:
    """A line of the renewal board."""
    person = one.standing.person
    return {
        "person_id": person.id,
        "person": person.name,
        "register": one.register.id,
        "due": one.due,
        "days_left": one.left,
        "expires": one.standing.expires,
        "renewed": one.renewed,
    }


def diff_out(change: Diff, applied: bool) -> dict[str, Any]:
    """What a newer roster changes."""
    return {
        "applied": applied,
        "token": change.token,
        "added": [_named(one.asked) for one in change.added],
        "removed": [_named(one.asked) for one in change.removed],
        "kept": len(change.kept),
        "named_twice": change.twice,
    }


def _named(asked: Any) -> dict[str, str | None]:
    return {
        "name": asked["name"],
        "number": asked["number"] or None,
        "place": asked["place"] or None,
    }


def diff_text(change: Diff, name: str, file: str) -> str:
    """The same for a terminal, with the command that applies it."""
    lines = [
        f"{'+' if added else '-'} {_line(one.asked)}"
        for added, some in _sides(change)
        for one in some
    ]
    lines.append(
        f"{len(change.added)} added, {len(change.kept)} kept, {len(change.removed)} removed"
        + (f"; {change.twice} rows name somebody twice" if change.twice else "")
    )
    if not change.added and not change.removed:
        return "\n".join(lines)
    lines.append(f'Apply it: goodstanding watch update "{name}" {file} --apply {change.token}')
    return "\n".join(lines)


def _sides(change: Diff) -> Iterable[tuple[bool, Sequence[Any]]]:
    return ((True, change.added), (False, change.removed))


def _line(asked: Any) -> str:
    parts = (asked["name"], asked["number"], asked["place"])
    return ", ".join(clean(part, 80) for part in parts if part)


def heads_text(found: Sequence[dict[str, Any]]) -> str:
    """Lists, a line each."""
    if not found:
        return "Nobody is watched yet: goodstanding watch add NAME ROSTER.csv"
    return "\n".join(
        f"{one['id']}  {one['people']:>6,} people  {_waits(one['waiting'])}  "
        f"{clean(one['name'], 80)}"
        for one in found
    )


def _waits(waiting: dict[str, int]) -> str:
    told = [f"{many} {severity}" for severity, many in waiting.items() if many]
    return ", ".join(told) + " to look at" if told else "nothing to look at"


def people_text(found: Sequence[Standing]) -> str:
    """People, a line each."""
    return "\n".join(
        f"{one.person.id:>6}  {words.how(standing(one)):<40} {_line(one.person.asked)}"
        + (f"  ({one.person.settled.register_id})" if one.person.settled.register_id else "")
        for one in found
    )


def alerts_text(found: Sequence[dict[str, Any]]) -> str:
    """Alerts, two lines each, the weightiest first."""
    return "\n".join(
        f"{one['id']:>6}  {words.SEVERITY[one['severity']]:<8} {one['raised_at']:%Y-%m-%d %H:%M}Z "
        f"{one['state']:<12} {clean(one['person'], 80) or 'the whole list'}"
        f"{' (' + one['register_id'] + ')' if one['register_id'] else ''}\n"
        f"        {clean(words.alert_text(one), 400)}"
        for one in found
    )


def board_text(found: Sequence[Due], shown: Sequence[Due]) -> str:
    """The renewal board: who has not renewed, and how many have."""
    lines = [
        f"{one.due:%Y-%m-%d}  {one.left:>4} days  {clean(one.standing.person.name, 80)}  "
        f"({one.register.id})"
        + ("" if one.renewed is False else "  cannot be seen: no expiry is printed")
        for one in shown
    ]
    renewed = sum(one.renewed is True for one in found)
    return "\n".join([*lines, f"{len(shown)} shown, {renewed} have renewed, {len(found)} in all."])
