"""What every code means in plain words, for every door. No sentence calls anybody safe or good.

The tables hold the English words; the functions say them in the language that is spoken.
"""

from datetime import date, datetime, timedelta, tzinfo
from unicodedata import combining, normalize

from babel import Locale, dates
from babel.numbers import format_decimal

from config.vocabulary import Assurance, Status, Verdict
from service.language import ENGLISH, N_, locale, many, say, spoken

STATUS = {
    Status.AUTHORISED: N_("authorised to practise"),
    Status.AUTHORISED_CONDITIONS: N_("authorised to practise, with conditions"),
    Status.AUTHORISED_NOTICE: N_("authorised to practise, with a public notice"),
    Status.INACTIVE: N_("registered but not practising (inactive)"),
    Status.SUSPENDED: N_("suspended"),
    Status.REVOKED: N_("revoked"),
    Status.RESIGNED: N_("resigned"),
    Status.EXPIRED: N_("expired"),
    Status.DECEASED: N_("deceased"),
    Status.MISSING_ONCE: N_("missing from the latest reading of the register"),
    Status.DELISTED: N_("no longer listed"),
    Status.UNRECOGNISED: N_("in a state we cannot judge"),
}

VERDICT = {
    Verdict.CONFIRMED: N_("Listed as authorised to practise"),
    Verdict.CONFIRMED_WITH_CONDITIONS: N_("Listed as authorised, with a condition or notice"),
    Verdict.NOT_AUTHORISED: N_("Not authorised to practise"),
    Verdict.MISMATCH: N_("This number belongs to another name"),
    Verdict.AMBIGUOUS: N_("Not enough to tell who is meant"),
    Verdict.NOT_FOUND: N_("Not found in the register"),
    Verdict.CANNOT_CONFIRM: N_("We cannot confirm this now"),
    Verdict.NOT_REGULATED: N_("No law there says who may practise massage therapy"),
}

LISTED = N_("Listed. Now check whose it is")

# Why a register gave no answer: the technical words of an error are English.
TROUBLE = {
    "refused": N_("The register does not let us read it."),
    "unreadable": N_("What the register sent cannot be read."),
    "unreachable": N_("The register did not answer."),
}

# Why a reading of a whole register was not believed (data/findings.py has all the codes).
HELD = {
    "unreachable": N_("The register did not answer."),
    "unreadable": N_("What the register sent cannot be read."),
    "refused": N_("The register does not let us read it."),
    "incomplete": N_("Not everybody was in what the register sent."),
    "repeated_page": N_("The register sent the same people again."),
    "listed_twice": N_("Many people stood in two lists that exclude each other."),
    "repeated_row": N_("Many people were listed more than once."),
    "empty": N_("Nobody was listed."),
    "out_of_bounds": N_("Far more or far fewer people were listed than there can be."),
    "shrunk": N_("Far fewer people were listed than the last time."),
    "grown": N_("Far more people were listed than the last time."),
    "status_shift": N_("Far more people changed their status than in a usual night."),
    "names_shift": N_("Many people would bear another name."),
    "alerts_lost": N_("Many conditions or notices were gone at once."),
    "withheld": N_("Too much of what was read was unknown or contradicted itself."),
    "other_source": N_("It was read from another address than before."),
    "older": N_("It was older than what we have."),
    "future_date": N_("It was dated in the future."),
}
NOT_BELIEVED = N_("What was read looked wrong.")

REASON = {
    "number_equal": N_("The number is the one the register prints."),
    "number_form": N_("The number is the register's, written in an older or shorter form."),
    "entry_asked": N_("This is the register's own entry."),
    "number_not_given": N_("No registration number was given."),
    "number_not_published": N_(
        "This register does not show numbers. So we cannot say whether the number you have is "
        "right or wrong."
    ),
    "name_not_given": N_("No name was given. This is about the entry, not about a person."),
    "name_differs": N_("The name is not that person's, nor a former or common name of theirs."),
    "name_only": N_("Only a name was given. A name alone never confirms. Ask for the number."),
    "family_name_not_given": N_("No family name was asked about."),
    "family_name_equal": N_("The family name agrees."),
    "given_name_equal": N_("The given name agrees."),
    "given_name_initial": N_("The initial of the given name agrees."),
    "given_name_not_given": N_("No given name was asked about."),
    "given_name_differs": N_("The given name is another one."),
    "further_name_differs": N_("A further name was given that the register does not print."),
    "family_name_one_letter": N_("The family name differs by one letter."),
    "family_name_two_letters": N_("The family name differs by two letters."),
    "family_name_sounds": N_("The family name is spelt otherwise but sounds alike."),
    "family_name_similar": N_("The family name is similar."),
    "family_name_beginning": N_("The family name printed begins like the one asked for."),
    "family_name_half": N_("It is one part of a double family name."),
    "given_name_one_letter": N_("The given name differs by one letter."),
    "given_name_two_letters": N_("The given name differs by two letters."),
    "given_name_sounds": N_("The given name is spelt otherwise but sounds alike."),
    "given_name_similar": N_("The given name is similar."),
    "given_name_nickname": N_("The given name is another form of the one printed (Bob, Robert)."),
    "given_name_beginning": N_("The given name printed begins like the one asked for."),
    "middle_name_equal": N_("It is a middle name of the person."),
    "as_of_day": N_(
        "Answered as of the end of %(day)s (UTC): what the register had said by then, as we had "
        "read it. Ages are counted from that moment."
    ),
    "not_seen_then": N_("By that day we had not read of anybody like this."),
    "registered_later": N_(
        "The register has since said that the person was first registered later."
    ),
    "adverse_since_known": N_(
        "The register has since said that the person was not authorised on that day."
    ),
    "notice_since_known": N_(
        "The register has since published a notice or condition that was in force on that day."
    ),
    "similar_name": N_(
        "Nobody of exactly this name is listed. Some names are spelt or sound alike. Look whether "
        "one of them is meant, and ask for the number."
    ),
    "suffix_differs": N_("The register prints another suffix (Jr, Sr, II …) after the name."),
    "common_name": N_("It is the name the person commonly uses."),
    "former_name": N_("It is a former name of the person."),
    "place_equal": N_("The clinic or city agrees."),
    "place_differs": N_("The register shows another clinic or city for this person."),
    "place_not_given": N_("No clinic or city was given to tell namesakes apart."),
    "namesakes": N_("Several people of this register bear or bore this name."),
    "several_candidates": N_("Several people fit. Add the number, the full name or the place."),
    "searched_complete": N_(
        "The whole register was searched and holds nobody like this. That is not proof of "
        "wrongdoing. Check the spelling and the number, and ask the person."
    ),
    "no_register_read": N_("None of the registers that could answer has been read yet."),
    "register_not_read": N_(
        "Massage therapy is regulated there, but we do not read that register."
    ),
    "register_never_read": N_("This register has not been read yet."),
    "register_off": N_(
        "We do not read this register. Its terms or its shape do not allow it yet. Look at its "
        "official page."
    ),
    "register_lookup_only": N_(
        "This register can only be asked about one person at a time. We keep nothing of it. Look "
        "the person up on its official page."
    ),
    "register_no_proof": N_(
        "This list is no proof that a person may practise, whatever it says. It lists businesses, "
        "or people describe themselves in it. Ask the register of the place."
    ),
    "register_stale": N_("The last complete reading of the register is too old to answer from."),
    "detail_stale": N_("This person's own page has not been read for more than two weeks."),
    "register_held": N_(
        "The latest reading of the register failed or looked wrong. So nothing is confirmed until "
        "it has been read again."
    ),
    "register_age_unknown": N_(
        "The publisher gives no date for this register, so its age is unknown."
    ),
    "register_dated_in_future": N_("The reading is dated in the future: a clock is wrong."),
    "missing_once": N_("The latest reading of the register no longer lists this person."),
    "delisted": N_("The register no longer lists this person."),
    "expiry_passed": N_("The printed expiry date has passed although the person is still listed."),
    "status_unrecognised": N_("The register describes this person in words we do not understand."),
    "last_known_adverse": N_(
        "When last read, the register did not list this person as authorised."
    ),
    "unknown_word": N_("The register uses a status word we do not know."),
    "unknown_class": N_("The register uses a class of registration we do not know."),
    "contradiction": N_("The register says two things about this person that do not fit together."),
    "flag_unreadable": N_("The register's yes or no on practising could not be read."),
    "shared_number": N_("The register prints this number for more than one person."),
    "conflicting_rows": N_("The register says two different things about this number."),
    "listed_twice": N_(
        "The register lists this person under two statuses that exclude each other."
    ),
    "missing_field": N_("A part of this person's entry is missing from the register's answer."),
    "unknown_alert": N_("The register marks this person with a code we do not know."),
    "bad_date": N_("The register prints an expiry date that cannot be."),
    "detail_unread": N_("This person's own page could not be read."),
    "only_by_detail": N_("The person's own page exists, but no list names them."),
    "list_detail_conflict": N_("The list and the person's own page in the register do not agree."),
    "status_authorised": N_("The register lists the person as authorised to practise."),
    "status_authorised_conditions": N_(
        "The register lists the person as authorised to practise, with conditions."
    ),
    "status_authorised_notice": N_(
        "The register lists the person as authorised to practise, with a public notice."
    ),
    "status_inactive": N_("The register lists the person as registered but not practising."),
    "status_suspended": N_("The register lists the person as suspended."),
    "status_revoked": N_("The register lists the person as revoked."),
    "status_resigned": N_("The register lists the person as resigned."),
    "status_expired": N_("The register lists the person as expired."),
    "status_deceased": N_("The register lists the person as deceased."),
    "status_missing_once": N_("The latest reading of the register does not list the person."),
    "status_delisted": N_("The register no longer lists the person."),
}


def headline(verdict: Verdict, assurance: Assurance | None) -> str:
    """A verdict in a few words; a number alone gets its own, because it judges nobody."""
    if verdict is Verdict.AMBIGUOUS and assurance is Assurance.NUMBER_ONLY:
        return say(LISTED)
    return say(VERDICT[verdict])


def status(known: Status) -> str:
    """A status in plain words."""
    return say(STATUS[known])


def reason(code: str, **values: object) -> str:
    """What a reason means."""
    return say(REASON[code], **values)


def trouble(code: str, text: str) -> str:
    """Why a register gave no answer: in the error's own words, where those are understood."""
    return text if spoken() == ENGLISH or code not in TROUBLE else say(TROUBLE[code])


def held(code: str, text: str) -> str:
    """Why a reading was not believed: as it was written down, where that is understood."""
    return text if spoken() == ENGLISH else say(HELD.get(code, NOT_BELIEVED))


def day(when: date) -> str:
    """A day for people."""
    return dates.format_date(when, "long", locale())


def local(moment: datetime, zone: tzinfo) -> str:
    """A moment for people: local time with its zone."""
    there = moment.astimezone(zone)
    return say("%(day)s, %(time)s", day=day(there), time=_time(there))


def read(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """When something was read, with the words for today and yesterday, and how long ago."""
    there = moment.astimezone(zone)
    said = {"day": day(there), "time": _time(there), "age": age(moment, now)}
    today = now.astimezone(zone).date()
    if there.date() == today:
        return say("today, %(day)s, at %(time)s (%(age)s)", **said)
    if there.date() == today - timedelta(days=1):
        return say("yesterday, %(day)s, at %(time)s (%(age)s)", **said)
    return say("on %(day)s at %(time)s (%(age)s)", **said)


def _time(there: datetime) -> str:
    """The time of day with the name of its zone, as in Canada."""
    return f"{_hour(there)} {_zone(there, locale())}"


def _hour(there: datetime) -> str:
    # A translation of the pattern, not of a time: in French 02 h 14.
    return dates.format_time(there, say("HH:mm"), locale=locale())


def _zone(there: datetime, written: Locale) -> str:
    return dates.get_timezone_name(there, width="short", locale=written)


def age(moment: datetime, now: datetime) -> str:
    """How long ago, in the unit people would use."""
    past = (now - moment).total_seconds() / 3600
    if past < 1:
        return say("less than an hour ago")
    if past < 48:
        return many("%(count)s hour ago", "%(count)s hours ago", int(past))
    return many("%(count)s day ago", "%(count)s days ago", int(past / 24))


def hours(count: float) -> str:
    """A length of time ahead, in the unit people would use."""
    if count < 1:
        return say("few minutes")
    if count < 48:
        return many("%(count)s hour", "%(count)s hours", int(count))
    return many("%(count)s day", "%(count)s days", int(count / 24))


def count(figure: float) -> str:
    """A figure as it is written in the language that is spoken."""
    return format_decimal(
        figure, "#,##0" if figure == int(figure) or figure >= 100 else "#,##0.0", locale()
    )


def sorting(name: str) -> str:
    """A name as lists are ordered: Île-du-Prince-Édouard stands at I."""
    return "".join(one for one in normalize("NFKD", name.casefold()) if not combining(one))
