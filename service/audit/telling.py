"""What an audit says on a page, in the reader's language: reasons, findings, decisions.

JSON and receipts stay English, and what is kept in the store (service/retold.py says it anew).
"""

from data import audits
from service import words
from service.audit.words import MARK
from service.language import N_, say
from service.retold import retold

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


def reason(code: str, refused: str = "") -> str:
    """What a reason of a row means; what could not be asked says why."""
    if code == "question_refused" and refused:
        return retold(refused)
    return say(MARK.get(code) or words.REASON.get(code) or NO_LAW)


def found_name(code: str) -> str:
    """A kind of finding in a few words."""
    return say(FOUND[code]) if code in FOUND else code.replace("_", " ")
