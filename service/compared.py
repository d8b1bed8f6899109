"""Which parts of a receipt agree with the register: name, number and place, each in words."""

from dataclasses import dataclass

from service.answer import Answer, RegistrationOut
from service.language import N_, say

AGREES, PARTLY, DIFFERS, OPEN = "agrees", "partly", "differs", "open"
WORDS = {
    AGREES: N_("Agrees"),
    PARTLY: N_("Agrees in part"),
    DIFFERS: N_("Does not agree"),
    OPEN: N_("Not compared"),
}
_NUMBER = {
    "number_equal": AGREES,
    "number_form": AGREES,
    "entry_asked": OPEN,
    "number_not_given": OPEN,
    "number_not_published": OPEN,
}
_PLACE = {"place_equal": AGREES, "place_differs": DIFFERS}
_FULL = ("family_name_equal", "given_name_equal")
_WEAK = ("suffix_differs", "further_name_differs", "given_name_differs")
NO_PLACE = N_("The register shows no clinic or city to compare.")
NONE_GIVEN = N_("None was given.")


@dataclass(frozen=True, slots=True)
class Compared:
    """One part of what was asked: what was given, whether it agrees, and why we say so."""

    part: str
    given: str
    result: str
    word: str
    said: str


def compared(answer: Answer) -> list[Compared]:
    """Name, number and place beside the one entry that was found; empty where there is none."""
    if len(answer.matches) != 1 or not answer.query.name:
        return []
    [match] = answer.matches
    return [_name(answer, match), _number(answer, match), _place(answer, match)]


def codes(match: RegistrationOut) -> set[str]:
    """The reasons that `compared` tells already."""
    return {one.code for one in match.reasons}


def _name(answer: Answer, match: RegistrationOut) -> Compared:
    facts = {
        one.code: one.text
        for one in match.reasons
        if one.code not in _NUMBER and one.code not in _PLACE
    }
    return _told(say("Name"), answer.query.name, _agreement(set(facts)), " ".join(facts.values()))


def _agreement(facts: set[str]) -> str:
    if "name_differs" in facts:
        return DIFFERS
    full = facts.issuperset(_FULL) and not facts.intersection(_WEAK)
    return AGREES if full else PARTLY


def _number(answer: Answer, match: RegistrationOut) -> Compared:
    code, text = _first(match, _NUMBER)
    return _told(say("Number"), answer.query.number, _NUMBER.get(code, OPEN), text)


def _place(answer: Answer, match: RegistrationOut) -> Compared:
    code, text = _first(match, _PLACE)
    part, given = say("Clinic or city"), answer.query.place
    if given and not match.places:
        return _told(part, given, OPEN, say(NO_PLACE))
    return _told(part, given, _PLACE.get(code, OPEN), text)


def _first(match: RegistrationOut, among: dict[str, str]) -> tuple[str, str]:
    return next(((one.code, one.text) for one in match.reasons if one.code in among), ("", ""))


def _told(part: str, given: str | None, result: str, said: str) -> Compared:
    return Compared(part, given or "", result, say(WORDS[result]), said or say(NONE_GIVEN))
