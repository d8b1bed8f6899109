"""Every sentence of watch lists in one place: alerts, daily messages, and what a person asks of."""

from typing import Any

from config.vocabulary import Status, Verdict
from service import words as common

SEVERITY = {4: "critical", 3: "high", 2: "medium", 1: "low"}

ALERT = {
    "status": "The register lists them differently now.",
    "restored": "The register lists them as authorised again.",
    "condition": "A term, condition or limitation stands that did not before.",
    "condition_removed": "The register took down a term, condition or limitation.",
    "notice": "The register shows a notice that it did not before.",
    "notice_removed": "The register took down a notice. Take it out of your own files too, unless "
    "you must keep it.",
    "name": "The register lists other names than before.",
    "number": "The register prints another number than before. Ask for the new one.",
    "missing_once": "The latest reading did not list them. This may be a fault: nothing can be "
    "confirmed until the next reading.",
    "delisted": "Two readings in a row did not list them: the register took them out.",
    "returned": "The register lists them again.",
    "doubt": "What the register says of them contradicts itself or cannot be read with certainty, "
    "so nothing is confirmed. Look at the register itself.",
    "no_doubt": "The doubt about their entry is over.",
    "found": "They are found now.",
    "unclear": "It is no longer, or differently, clear who on the register this is.",
    "expiry_ahead": "The expiry that the register prints is near.",
    "expired": "The expiry that the register prints has passed, yet it lists them as authorised: "
    "nothing is confirmed.",
    "deadline_ahead": "The renewal deadline of the register is near. The renewal board shows who "
    "has not renewed, as far as the register tells.",
}

DAILY = {
    "watch.all_clear": "All clear",
    "watch.attention": "Needs attention",
    "watch.cannot_say": "Nothing can be said today",
}
STATE = {"not_found": "not found", "withheld": "in doubt: nothing is confirmed"}
WHY = {
    "register_stale": "not read for too long",
    "register_held": "the last reading was not believed",
    "register_never_read": "never read",
    "register_off": "not read here",
    "register_lookup_only": "never read as a whole",
    "register_age_unknown": "its age is not known",
    "register_dated_in_future": "dated in the future",
}


def alert_text(alert: dict[str, Any]) -> str:
    """What an alert says, without who it is about."""
    said = ALERT[alert["kind"]]
    if alert["due"] is not None:
        said = f"{said} ({alert['due']:%Y-%m-%d})"
    before, after = (_shown(alert, side) for side in ("before", "after"))
    if before and after:
        return f"{said} Before: {before}. Now: {after}."
    return f"{said} {before or after}".rstrip()


def alert_brief(alert: dict[str, Any]) -> str:
    """The same without numbers, names and the register's words: for mails and feeds."""
    said = ALERT[alert["kind"]]
    if alert["due"] is not None:
        return f"{said} ({alert['due']:%Y-%m-%d})"
    status = alert["after"].partition(" ")[0]
    if alert["kind"] in ("status", "restored"):
        return f"{said} Now: {how(status)}."
    return said


def _shown(alert: dict[str, Any], side: str) -> str:
    text: str = " / ".join(alert[side].split("\n"))
    if alert["kind"] in ("found", "unclear") and text in set(Verdict):
        return common.VERDICT[Verdict(text)].lower()
    if alert["kind"] == "deadline_ahead":
        return f"{text} people of this list are in it." if text else ""
    return text


def how(code: str) -> str:
    """How somebody stands, in words."""
    known = common.STATUS[Status(code)] if code in set(Status) else code
    return STATE.get(code, known)


def register_text(one: dict[str, Any]) -> str:
    """A register with its age, as a daily message has it."""
    read = f"read {one['read'][:16].replace('T', ' ')} UTC" if one["read"] else "never read"
    if one["health"] == "fresh":
        return f"{one['name']}: fresh, {read}"
    return f"{one['name']}: NOT FRESH ({WHY.get(one['why'], one['why'])}), {read}"


def day_lines(kind: str, facts: dict[str, Any]) -> list[str]:
    """A daily message: what can be said, of how many, and how old the registers are."""
    people = facts["people"]
    lines = [f"{DAILY[kind]}, {facts['day']}.", ""]
    if kind == "watch.all_clear":
        lines.append(f"Everybody on this list ({sum(people.values())}) can be confirmed today.")
    elif kind == "watch.cannot_say":
        lines.append(
            "At least one register concerned is not fresh, or nobody was found in any. Do not take "
            "the absence of alerts for good news."
        )
    lines += [f"  {many} {how(code)}" for code, many in sorted(people.items())]
    if facts["unconfirmed"]:
        lines.append(f"  {facts['unconfirmed']} cannot be confirmed today: look at each of them")
    if facts["waiting"]:
        lines.append(f"  {facts['waiting']} alerts wait for somebody to acknowledge them")
    return [*lines, "", *(register_text(one) for one in facts["registers"])]
