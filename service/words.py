"""What every code means in plain words, for every door. No sentence calls anybody safe or good."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from config.vocabulary import Assurance, Status, Verdict

STATUS = {
    Status.AUTHORISED: "authorised to practise",
    Status.AUTHORISED_CONDITIONS: "authorised to practise, with conditions",
    Status.AUTHORISED_NOTICE: "authorised to practise, with a public notice",
    Status.INACTIVE: "registered but not practising (inactive)",
    Status.SUSPENDED: "suspended",
    Status.REVOKED: "revoked",
    Status.RESIGNED: "resigned",
    Status.EXPIRED: "expired",
    Status.DECEASED: "deceased",
    Status.MISSING_ONCE: "missing from the latest reading of the register",
    Status.DELISTED: "no longer listed",
    Status.UNRECOGNISED: "in a state we cannot judge",
}

VERDICT = {
    Verdict.CONFIRMED: "Listed as authorised to practise",
    Verdict.CONFIRMED_WITH_CONDITIONS: "Listed as authorised, with a condition or notice",
    Verdict.NOT_AUTHORISED: "Not authorised to practise",
    Verdict.MISMATCH: "This number belongs to another name",
    Verdict.AMBIGUOUS: "Not enough to tell who is meant",
    Verdict.NOT_FOUND: "Not found in the register",
    Verdict.CANNOT_CONFIRM: "We cannot confirm this now",
    Verdict.NOT_REGULATED: "No law there says who may practise massage therapy",
}

REASON = {
    "number_equal": "The number is the one the register prints.",
    "number_form": "The number is the register's, written in an older or shorter form.",
    "entry_asked": "This is the register's own entry.",
    "number_not_given": "No registration number was given.",
    "number_not_published": (
        "This register does not publish registration numbers, so the number you have can be "
        "neither confirmed nor refuted."
    ),
    "name_not_given": "No name was given: this is about the registration, not about a person.",
    "name_differs": "The name is not that person's, nor a former or common name of theirs.",
    "name_only": "Only a name was given. A name alone never confirms: ask for the number.",
    "family_name_equal": "The family name agrees.",
    "given_name_equal": "The given name agrees.",
    "given_name_initial": "The initial of the given name agrees.",
    "given_name_not_given": "No given name was asked about.",
    "given_name_differs": "The given name is another one.",
    "further_name_differs": "A further name was given that the register does not print.",
    "family_name_one_letter": "The family name differs by one letter.",
    "family_name_two_letters": "The family name differs by two letters.",
    "family_name_sounds": "The family name is spelt otherwise but sounds alike.",
    "family_name_similar": "The family name is similar.",
    "family_name_beginning": "The family name printed begins like the one asked for.",
    "family_name_half": "It is one part of a double family name.",
    "given_name_one_letter": "The given name differs by one letter.",
    "given_name_two_letters": "The given name differs by two letters.",
    "given_name_sounds": "The given name is spelt otherwise but sounds alike.",
    "given_name_similar": "The given name is similar.",
    "given_name_nickname": "The given name is another form of the one printed (Bob, Robert).",
    "given_name_beginning": "The given name printed begins like the one asked for.",
    "middle_name_equal": "It is a middle name of the person.",
    "as_of_day": (
        "Answered as of the end of {day} (UTC): what the register had said by then, as we had read "
        "it. Ages are counted from that moment."
    ),
    "not_seen_then": "By that day we had not read of anybody like this.",
    "registered_later": "The register has since said that the person was first registered later.",
    "adverse_since_known": (
        "The register has since said that the person was not authorised on that day."
    ),
    "notice_since_known": (
        "The register has since published a notice or condition that was in force on that day."
    ),
    "similar_name": (
        "Nobody of exactly this name is listed. Names that are spelt or sound alike are: look "
        "whether one of them is meant, and ask for the number."
    ),
    "suffix_differs": "The register prints another suffix (Jr, Sr, II …) after the name.",
    "common_name": "It is the name the person commonly uses.",
    "former_name": "It is a former name of the person.",
    "place_equal": "The clinic or city agrees.",
    "place_differs": "The register shows another clinic or city for this person.",
    "place_not_given": "No clinic or city was given to tell namesakes apart.",
    "namesakes": "Several people of this register bear or bore this name.",
    "several_candidates": "Several people fit. Add the number, the full name or the place.",
    "searched_complete": (
        "The whole register was searched and holds nobody like this. That is not proof of "
        "wrongdoing: check the spelling and the number, and ask the person."
    ),
    "no_register_read": "None of the registers that could answer has been read yet.",
    "register_not_read": "Massage therapy is regulated there, but we do not read that register.",
    "register_never_read": "This register has not been read yet.",
    "register_off": (
        "We do not read this register: its terms or its shape do not allow it yet. Look at its "
        "official page."
    ),
    "register_lookup_only": (
        "This register can only be asked about one person at a time, and we keep nothing of it. "
        "Look the person up on its official page."
    ),
    "register_no_proof": (
        "What stands in this list is no proof that a person may practise, whatever it says: it "
        "lists businesses, or people describe themselves in it. Ask the register of the place."
    ),
    "register_stale": "The last complete reading of the register is too old to answer from.",
    "detail_stale": "This person's own page has not been read for more than two weeks.",
    "register_held": (
        "The latest reading of the register failed or looked wrong, so nothing is confirmed until "
        "it has been read again."
    ),
    "register_age_unknown": "The publisher gives no date for this register, so its age is unknown.",
    "register_dated_in_future": "The reading is dated in the future: a clock is wrong.",
    "missing_once": "The latest reading of the register no longer lists this person.",
    "delisted": "The register no longer lists this person.",
    "expiry_passed": "The printed expiry date has passed although the person is still listed.",
    "status_unrecognised": "The register describes this person in words we do not understand.",
    "last_known_adverse": "When last read, the register did not list this person as authorised.",
    "unknown_word": "The register uses a status word we do not know.",
    "unknown_class": "The register uses a class of registration we do not know.",
    "contradiction": "The register contradicts itself about this person.",
    "flag_unreadable": "The register's yes or no on practising could not be read.",
    "shared_number": "The register prints this number for more than one person.",
    "conflicting_rows": "The register says two different things about this number.",
    "listed_twice": "The register lists this person under two statuses that exclude each other.",
    "missing_field": "A part of this person's entry is missing from the register's answer.",
    "unknown_alert": "The register marks this person with a code we do not know.",
    "bad_date": "The register prints an impossible expiry date.",
    "detail_unread": "This person's own page could not be read.",
    "only_by_detail": "The person's own page exists, but no list names them.",
    "list_detail_conflict": "The register's list and its detail page disagree about this person.",
    **{
        f"status_{status.value}": f"The register lists the person as {STATUS[status]}."
        for status in STATUS
    },
}


def headline(verdict: Verdict, assurance: Assurance | None) -> str:
    """A verdict in a few words; a number alone gets its own, because it judges nobody."""
    if verdict is Verdict.AMBIGUOUS and assurance is Assurance.NUMBER_ONLY:
        return "Listed. Whose it is, only the name can tell"
    return VERDICT[verdict]


def day(when: date) -> str:
    """A day for people."""
    return when.strftime("%-d %B %Y")


def local(moment: datetime, zone: ZoneInfo) -> str:
    """A moment for people: local time with its zone."""
    return moment.astimezone(zone).strftime("%-d %B %Y, %H:%M %Z")


def age(moment: datetime, now: datetime) -> str:
    """How long ago, in the unit people would use."""
    hours = (now - moment).total_seconds() / 3600
    if hours < 1:
        return "less than an hour ago"
    if hours < 48:
        count, unit = int(hours), "hour"
    else:
        count, unit = int(hours / 24), "day"
    return f"{count} {unit}{'' if count == 1 else 's'} ago"


def hours(count: float) -> str:
    """A length of time ahead, in the unit people would use."""
    if count < 1:
        return "few minutes"
    number, unit = (int(count), "hour") if count < 48 else (int(count / 24), "day")
    return f"{number} {unit}{'' if number == 1 else 's'}"
