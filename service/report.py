"""Answers, runs and coverage as text for a terminal."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

from config.vocabulary import Health
from data import lookup as read
from data.names import clean
from service import words
from service.answer import Answer, RegistrationOut, change_out
from service.desk import Desk

if TYPE_CHECKING:  # who only looks somebody up need not load what reads registers
    from crawler.sweep import Sweep


def progress(out: TextIO, clock: Callable[[], datetime]) -> "Callable[[Sweep], None]":
    """A line that counts while a sweep runs; silent where nobody watches."""

    def show(sweep: "Sweep") -> None:
        if out.isatty():
            told = progress_text(sweep, (clock() - sweep.started).total_seconds())
            print(f"\r{told:<79}", end="", file=out, flush=True)  # noqa: T201

    return show


def progress_text(sweep: "Sweep", seconds: float) -> str:
    """How far a sweep is: answers, people listed of those stated, details, time, and time left of
    the lists."""
    listed, stated = len(sweep.staging.hashes), _stated(sweep)
    of = f" of {stated:,}" if stated else ""
    told = f"{sweep.requests:,} answers, {listed:,}{of} people, {sweep.details:,} details read"
    told += f", {_clock(seconds)}"
    if stated > listed > 0 and not sweep.details:
        told += f", lists done in about {_clock(seconds / listed * (stated - listed))}"
    return told


def _stated(sweep: "Sweep") -> int:
    """How many people the lists say they hold, the list of everybody where there is one."""
    totals = {part: total.count for part, total in sweep.totals.items()}
    return totals.get("") or sum(totals.values())


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
    )


def deliveries_text(found: list[dict[str, Any]]) -> str:
    """Alerts, newest first, a line each."""
    if not found:
        return "Nothing was told yet. `goodstanding alerts test` tries the ways that are set up."
    return "\n".join(
        f"{one['id']:>5}  {one['created_at']:%Y-%m-%d %H:%M}Z  {one['kind']:<19} "
        f"{one['channel']:<8} {one['state']:<8} tries {one['tries']}  {one['trouble']}".rstrip()
        for one in found
    )


def answer_text(answer: Answer) -> str:
    """A verdict with its reasons and the registrations it is about."""
    headline = words.headline(answer.verdict, answer.assurance)
    lines = [f"{answer.verdict.value.upper()}  {headline}", answer.summary]
    lines += [f"  - {reason.text}" for reason in answer.reasons]
    lines += [f"  ? {hint}" for hint in answer.suggestions]
    for match in answer.matches:
        lines += ["", *_registration(match)]
        if len(answer.matches) > 1:
            lines += [f"  - {reason.text}" for reason in match.reasons]
    if answer.next_cursor:
        lines += ["", f"More people: the same with --cursor {answer.next_cursor}"]
    if answer.check_at and not answer.matches:
        lines.append(f"Make sure at {', '.join(answer.check_at)}")
    if answer.valid_until:
        lines += ["", f"This answer may be used until {_stamp(answer.valid_until)}."]
    return "\n".join(lines)


def _registration(match: RegistrationOut) -> Iterator[str]:
    yield f"{match.name}   {match.number or 'no number published'}"
    yield f"  {words.STATUS[match.status]}   (the register says: {match.register_word})"
    for notice in [*match.restrictions, *match.notices]:
        yield f"  ! {notice.text}"
    for place in match.places:
        yield "  at " + ", ".join(part for part in (place.name, place.city, place.province) if part)
    if match.expires:
        yield f"  expires {match.expires}"
    checked = _stamp(match.last_checked) if match.last_checked else "at an unknown date"
    yield f"  last checked {checked}"
    if match.caveat:
        yield f"  Note: {match.caveat}"
    yield f"  {match.register_name} · {match.official_url}"
    yield f"  key {match.register_id}/{match.key}"


def _stamp(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M %Z")


def run_text(run: dict[str, Any]) -> str:
    """One run, as an operator reads it."""
    end = run["finished_at"] or run["heartbeat"]
    seconds = (end - run["started_at"]).total_seconds()
    lines = [
        f"Run {run['id']} of {run['register_id']}: {run['state'].value.upper()} "
        f"({seconds:.1f} s, {run['requests']} requests)",
        f"  listed {run['read']}, details read {run['details']}, new {run['new']}, "
        f"changed {run['changed']}, missing {run['missing']}, rows written {run['written']}",
    ]
    lines += [f"  {_issue(issue)}" for issue in run["issues"]]
    if run["state"].value == "held":
        lines.append(
            "  Nothing of it is live; what was published before stands, with its old date. "
            f"Look: goodstanding runs show {run['id']}. Then: runs approve or runs reject."
        )
    if run["decided_by"]:
        lines.append(f"  decided by {run['decided_by']}: {run['decided_why']}")
    return "\n".join(lines)


def _issue(issue: dict[str, Any]) -> str:
    examples = ", ".join(issue["examples"].splitlines()[:3])
    count = f" ×{issue['count']}" if issue["count"] != 1 else ""
    return f"{issue['level']}: {issue['text']}{count}" + (f" [{examples}]" if examples else "")


def runs_text(runs: list[dict[str, Any]]) -> str:
    """The latest runs, a line each."""
    if not runs:
        return "Nothing has been read yet. `goodstanding refresh` reads the registers."
    return "\n".join(
        f"{run['id']:>5}  {run['register_id']:<14} {run['state'].value:<9} "
        f"{run['started_at']:%Y-%m-%d %H:%M}Z  listed {run['read']}, new {run['new']}, "
        f"changed {run['changed']}, missing {run['missing']}"
        for run in runs
    )


def coverage_text(found: dict[str, Any]) -> str:
    """Every register in a few lines, then the places without regulation."""
    lines = [line for one in found["registers"] for line in _register_lines(one)]
    free = [place["name"] for place in found["jurisdictions"] if not place["regulated"]]
    return "\n".join(
        [*lines, "", f"No law says who may practise massage therapy in: {', '.join(free)}."]
    )


def _register_lines(one: dict[str, Any]) -> Iterator[str]:
    """A register: how it is, whose it is, what it is worth, and what its terms say."""
    age = f"{one['age_hours']:.1f} h old" if one["age_hours"] is not None else "age unknown"
    state = f"{one['people']} people, {age}" if one["people"] else "never read"
    yield f"{one['id']:<14} {one['health'].value:<6} {one['jurisdiction']:<6} {state}"
    said = [f"{one['name']}, {one['regulator']} ({one['profession']})."]
    if one["lookup_only"]:
        said.append("Asked about one person at a time.")
    if not one["confirms"]:
        said.append("Proves nothing about anybody.")
    if not one["verified"]:
        said.append("Never seen answering for real: built from references.")
    yield f"{'':<14} {' '.join(said)}"
    terms = one["terms"]
    yield f"{'':<14} Automated reading {terms['automated']} ({terms['read']}): {terms['note']}"
    if one["health"] == Health.OFF:
        yield f"{'':<14} Look people up at {one['official_url']}"


def changes_out(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Changes as every door shows them, with the number as printed today."""
    return (change_out(row, json.loads(row["facts"])["number"] or None) for row in rows)


def change_text(change: dict[str, Any]) -> str:
    """One change in a line."""
    told = " → ".join(clean(part, 80) for part in (change["before"], change["after"]) if part)
    return (
        f"{change['at']:%Y-%m-%d %H:%M}Z run {change['run']} {change['register']}/{change['key']} "
        f"{change['kind']}  {told}"
    ).rstrip()


def history_of(desk: Desk, key: str, register: str | None) -> list[dict[str, Any]]:
    """Every version of the registrations with this key."""
    found = []
    with desk.store.look() as look, desk.store.read() as db:
        for declared in desk.catalogue:
            if register in (None, declared.id) and (one := read.by_key(look, declared.id, key)):
                found += [
                    {
                        "register": declared.id,
                        "key": one.record.key,
                        "run": version["run_id"],
                        "seen_from": version["seen_from"],
                        "seen_until": version["seen_until"],
                        "evidence_id": version["evidence_id"],
                        "facts": json.loads(version["facts"]),
                    }
                    for version in read.versions(db, one.id)
                ]
    return found


def history_text(found: list[dict[str, Any]]) -> str:
    """Versions, newest first, a line each."""
    lines = []
    for one in found:
        until = f"{one['seen_until']:%Y-%m-%d %H:%M}Z" if one["seen_until"] else "now"
        facts = one["facts"]
        lines.append(
            f"{one['seen_from']:%Y-%m-%d %H:%M}Z – {until}  {facts['status']}  "
            f"({facts['category']} / {facts['word']})  evidence {one['evidence_id'][:12]}"
        )
    return "\n".join(lines)
