"""Every code a run can be marked with: how much it weighs, and when. docs/gates.md is written from
this, and a test sees that no code is missing."""

from data import gates
from data.gates import CLEARED, DROP, FLIPS, FLIPS_MIN, OFF, QUIET_MIN, QUIET_NIGHTS, WITHHELD

_ROW = f"hold above {OFF:.1%}, else warn"

FINDINGS: dict[str, tuple[str, str]] = {
    "unreachable": ("hold", "no answer after patient tries, or we are asked to come back later"),
    "unreadable": ("hold", "an answer that is not what this platform answers: redesigned, broken"),
    "refused": ("hold", "a challenge, a log-in, a ban, or robots.txt"),
    "incomplete": (
        "hold",
        f"different people listed ≠ what the register says it holds (± {OFF:.1%}), by list and "
        "altogether; or the sweep did not end",
    ),
    "repeated_page": ("hold", "a page of people all of whom had come already"),
    "listed_twice": (
        f"hold above {OFF:.1%}, else withhold",
        "people in two lists that should exclude each other",
    ),
    "repeated_row": (
        "hold above the file's `repeats`, else warn",
        "rows that name somebody again in the same list",
    ),
    "empty": ("hold", "nobody was listed"),
    "out_of_bounds": ("hold", "fewer than `records_min` or more than `records_max` of the file"),
    "shrunk": ("hold", f"more than {DROP:.0%} fewer people than in the last accepted run"),
    "grown": ("hold", f"more than {DROP:.0%} more people than in the last accepted run"),
    "status_shift": (
        "hold",
        f"more than {FLIPS:.0%} (at least {FLIPS_MIN} people) would change status in one night; "
        "around a renewal deadline what the file's calendar allows",
    ),
    "names_shift": (
        "hold",
        f"more than {FLIPS:.0%} (at least {FLIPS_MIN} people) would bear another name",
    ),
    "alerts_lost": (
        "hold",
        f"more than {CLEARED:.0%} (at least {gates.CLEARED_MIN}) of those read with a condition "
        "or notice would lose it in one night",
    ),
    "withheld": (
        f"withhold, hold above {WITHHELD:.0%}",
        "people of whom something is unknown or contradictory, by key",
    ),
    "unfilled": ("hold", "a fact the file demands (`filled`) is missing from more than it allows"),
    "other_source": ("hold", "the live data came from elsewhere"),
    "older": ("hold", "what was read is older than what is live"),
    "future_date": ("hold", "the publisher's date lies in the future"),
    "no_date": ("warn", "the publisher gives no date: nobody is confirmed from this file"),
    "no_change": (
        "warn",
        f"nothing at all changed for {QUIET_NIGHTS} readings or more, and {QUIET_MIN:,} "
        "people × readings: is it a copy from a cache?",
    ),
    "cut_file": ("hold", "the file ends in mid-row, or a list was cut off"),
    "broken_row": (_ROW, "rows with a wrong number of columns"),
    "unreadable_row": (_ROW, "rows without a key, a number or a name"),
    "missing_field": (_ROW, "declared fields that rows or pages do not have any more"),
    "undeclared_field": ("warn", "fields or columns nobody declared: new, or renamed"),
    "unknown_word": ("warn, people withheld", "a status word the file does not know"),
    "unknown_class": ("warn, people withheld", "a class the file does not know"),
    "unknown_alert": (
        "warn, people withheld",
        "a code for conditions or notices that the file does not know",
    ),
    "contradiction": ("warn, people withheld", "the yes or no on practising against the word"),
    "flag_unreadable": ("warn, people withheld", "the yes or no on practising cannot be read"),
    "bad_date": ("warn", "a printed date that is none; withheld where it matters"),
    "conflicting_rows": ("warn, people withheld", "rows with one number say different things"),
    "list_detail_conflict": ("warn, people withheld", "list and detail page disagree"),
    "detail_unread": ("warn, people withheld", "detail pages that could not be read"),
    "only_by_detail": ("warn, people withheld", "in no list, and the own page is still there"),
    "empty_page": ("warn", "a page in the middle of a list that held nobody, and was asked again"),
    "more_oddities": ("warn", "further kinds, not listed one by one"),
    "garbled_text": ("info", "text decoded wrongly at the publisher, mended"),
    "rows_read": ("info", "how many rows a file had, and how many are of the profession"),
    "stand_in": ("info", "read from this machine: the file's size bounds do not apply"),
    "resumed": ("info", "answers of an interrupted run that were used again"),
    "interrupted": ("failed", "the run was killed or stopped; the next one goes on from there"),
    "failed": ("failed", "something broke on our side"),
}
