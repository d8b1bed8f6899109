"""What a watch list says on a page, in the reader's language: alerts, standings, how a day is."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from config.vocabulary import Status, Verdict
from data.watch_alerts import ACKNOWLEDGED, OPEN, REOPENED
from data.watches import WatchRefused
from service import words as common
from service.language import N_, many, say
from service.watch.words import ALERT, DAILY, STATE, WHY

SEVERITY = {4: N_("Critical"), 3: N_("High"), 2: N_("Medium"), 1: N_("Low")}
# A tone (colour) and an icon (shape): nothing is told by the colour alone.
LOOKS = {4: ("no", "stop"), 3: ("care", "care"), 2: ("open", "question"), 1: ("open", "page")}
DAY_LOOK = {
    "watch.all_clear": ("ok", "check"),
    "watch.attention": ("care", "care"),
    "watch.cannot_say": ("open", "clock"),
}
DONE = {
    OPEN: N_("Waits for somebody"),
    ACKNOWLEDGED: N_("Acknowledged"),
    REOPENED: N_("Opened again"),
}
# Why a list cannot be made or changed, by the code of the refusal.
REFUSED = {
    "no_name": N_("Give the list a name, for example “Front desk”. No list was made."),
    "name_taken": N_(
        "There is a list of this name already. Give another name, or open that list and give it "
        "the newer file. No list was made."
    ),
    "most_lists": N_("The workspace has as many lists as it may. End one first. No list was made."),
    "most_people": N_("A list holds 50,000 people at most. Make several. Nothing was changed."),
    "most_at_once": N_(
        "A page takes on 2,000 people at most. Split the roster, or ask whoever runs this service "
        "to add it whole. Nothing was changed."
    ),
    "busy": N_(
        "Registers are being published one after the other. Nothing was changed. Try again soon."
    ),
    "changed": N_(
        "The list has changed since this was shown. Nothing was changed now. Look at the "
        "difference again, then apply it."
    ),
    "raced": N_("Somebody else has just changed the list. Look at it again."),
    "most_feeds": N_("This list has as many feeds as it may. End one first. Nothing was changed."),
}


def refused(error: WatchRefused) -> str:
    """Why a list cannot be made or changed."""
    return say(REFUSED.get(error.code, str(error)))


def how(code: str) -> str:
    """How somebody stands."""
    return common.status(Status(code)) if code in set(Status) else say(STATE.get(code, code))


def alert(one: dict[str, Any]) -> str:
    """What an alert says, without who it is about and how it read before and after."""
    kind = one["kind"]
    return say(ALERT[kind])


def read(one: dict[str, Any], side: str) -> tuple[str, str]:
    """How it read `before` or `after`: our words, and those of the register or the list."""
    said = one[side]
    match one["kind"]:
        case "status" | "restored" if said:
            code, _, theirs = said.partition(" ")
            return how(code), theirs.removeprefix("(").removesuffix(")")
        case "found" | "unclear" if said in set(Verdict):
            return say(common.VERDICT[Verdict(said)]), ""
        case "deadline_ahead" if said:
            return _concerned(int(said)), ""
    return "", " / ".join(said.split("\n"))


def _concerned(people: int) -> str:
    return many("%(count)s person of this list", "%(count)s people of this list", people)


def day(kind: str) -> str:
    """How a list stands today, in two or three words."""
    return say(DAILY[kind])


def why_not(facts: dict[str, Any]) -> Iterator[str]:
    """Everything that keeps a list from being all clear today."""
    for one in facts["registers"]:
        if one["health"] != "fresh":
            yield _unfresh(one["name"], one["why"])
    if not facts["registers"]:
        yield say("Nobody on this list was found in any register.")
    if lost := facts["unconfirmed"]:
        yield many(
            "%(count)s person cannot be confirmed today.",
            "%(count)s people cannot be confirmed today.",
            lost,
        )
    if waits := facts["waiting"]:
        yield many(
            "%(count)s alert waits for somebody.", "%(count)s alerts wait for somebody.", waits
        )


def _unfresh(register: str, code: str) -> str:
    why = say(WHY.get(code, code))
    where = say(register)
    return say(
        "%(register)s: %(why)s. Silence means nothing until it is read again.",
        register=where,
        why=why,
    )


def moment(text: str) -> datetime:
    """A moment as a day's facts hold it."""
    return datetime.fromisoformat(text)
