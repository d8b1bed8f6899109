"""What an audit says on a page, in the reader's language: reasons, findings, decisions, columns.

Reports and receipts stay English; what is kept as a code is said anew, and what was kept as an
English sentence is taken apart by the sentence it was made from.
"""

import re
from functools import cache

from data import audits
from data.audits import Finding
from service import words
from service.audit.words import FINDING, MARK
from service.language import ENGLISH, N_, many, say, spoken
from service.roster.shape import Part

PART = {
    Part.NAME: N_("Whole name"),
    Part.GIVEN: N_("Given name"),
    Part.FAMILY: N_("Family name"),
    Part.NUMBER: N_("Registration number"),
    Part.PROVINCE: N_("Province or state"),
    Part.CITY: N_("City"),
    Part.CLINIC: N_("Clinic"),
    Part.ROLE: N_("Role or profession"),
    Part.REGISTER: N_("Register or college"),
}
STATE = {
    audits.RUNNING: N_("Under way"),
    audits.STOPPED: N_("Stopped"),
    audits.DONE: N_("Done"),
}
DECISION = {
    "accepted": N_("Accept"),
    "follow_up": N_("Follow up"),
    "ignored": N_("Set aside"),
    "rejected": N_("Reject"),
    audits.OPEN: N_("Decide later"),
}
DECIDED = {
    "accepted": N_("Accepted"),
    "follow_up": N_("To follow up"),
    "ignored": N_("Set aside"),
    "rejected": N_("Rejected"),
    audits.OPEN: N_("Left to decide"),
}
FOUND = {
    "duplicate": N_("Same person twice"),
    "number_shared": N_("One number, two people"),
    "number_swapped": N_("Numbers swapped"),
    "number_of_other_row": N_("Number of another row"),
    "wrong_province": N_("Wrong province"),
    "wrong_register": N_("Wrong register"),
    "wrong_profession": N_("Wrong profession"),
    "left_register": N_("Left the register"),
    "resigned": N_("Left practice"),
    "clinic_differs": N_("Another clinic"),
}
NO_LAW = N_(
    "No law of that place says who may practise. Ask for the certificate of an association."
)
_SINCE = re.compile(r" It last did on (.*)\.")
_MORE = re.compile(r"(.*) and (\d+) more")


def reason(code: str, refused: str = "") -> str:
    """What a reason of a row means; what could not be asked says why in English."""
    if code == "question_refused" and refused:
        return refused
    return say(MARK.get(code) or words.REASON.get(code) or NO_LAW)


def finding(one: Finding) -> str:
    """A finding in the language that is spoken; as it was kept, where it cannot be taken apart."""
    if spoken() == ENGLISH:
        return one.text
    parts = _made_of(one.code)
    found = parts.fullmatch(one.text) if parts else None
    if found is None:
        return one.text
    said = {name: _part(value) for name, value in found.groupdict().items()}
    return say(FINDING[one.code]).format(**said)


@cache
def _made_of(code: str) -> re.Pattern[str] | None:
    """The sentence of a finding, with its gaps open; None for a code that is not known."""
    if code not in FINDING:
        return None
    pieces = re.split(r"\{(\w+)\}", FINDING[code])
    made = [
        f"(?P<{piece}>.*)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)
    ]
    return re.compile("".join(made), re.DOTALL)


def _part(text: str) -> str:
    """What stands in a gap: a place, a register or a status has a translation, a number none."""
    if since := _SINCE.fullmatch(text):
        return " " + say("It last did on %(day)s.", day=since[1])
    if rows := _MORE.fullmatch(text):
        return f"{rows[1]} {many('and %(count)s more', 'and %(count)s more', int(rows[2]))}"
    return say(text)


def found_name(code: str) -> str:
    """A kind of finding in a few words."""
    return say(FOUND[code]) if code in FOUND else code.replace("_", " ")
