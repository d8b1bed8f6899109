"""The truth table's rows and columns: every combination of the facts that the rules look at."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

from config.vocabulary import ADVERSE, AUTHORISED, Health, Status, Verdict
from data.records import Notice
from service.matching import Agreement, NameMatch
from service.verdict import BEARS, Candidate, NumberFact
from tests.service.cases import (
    FAMILY,
    FULL,
    NONE,
    NOW,
    REGISTER,
    WEAK,
    candidate,
    condition,
    record,
    registered,
)

_EQUAL = "family_name_equal"
INITIAL = NameMatch(Agreement.FULL, (_EQUAL, "given_name_initial"))
COMMON = NameMatch(Agreement.FULL, (_EQUAL, "common_name", "given_name_equal"))
FORMER = NameMatch(Agreement.FULL, (_EQUAL, "former_name", "given_name_equal"))
SUFFIX = NameMatch(Agreement.WEAK, (_EQUAL, "suffix_differs"))
FURTHER = NameMatch(Agreement.WEAK, (_EQUAL, "given_name_equal", "further_name_differs"))
NICKNAME = NameMatch(Agreement.SIMILAR, ("family_name_one_letter", "given_name_nickname"))
MISSPELT = NameMatch(Agreement.SIMILAR, ("family_name_one_letter", "given_name_equal"))
HALF = NameMatch(Agreement.SIMILAR, ("family_name_half", "given_name_equal"))
NAMES = (
    *(None, NONE, MISSPELT, NICKNAME, HALF, WEAK, SUFFIX, FURTHER),
    *(FAMILY, FULL, INITIAL, COMMON, FORMER),
)
SURE = (FAMILY, FULL, INITIAL, COMMON, FORMER)

STATES = (
    "authorised, nothing stands against it",
    "authorised, a condition or notice stands",
    "adverse (suspended, revoked, expired …)",
    "authorised, but the expiry has passed",
    "the person's own page is too old",
    "in doubt (word, flag, number, absence, no proof)",
    "the register is stale or held",
)
QUESTIONS = (
    "number and name agree",
    "number only",
    "number agrees, the name only in part or nearly",
    "number agrees, the name is another's",
    "no numbers printed: name and place agree with one",
    "name otherwise",
)


def states() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every combination of the register's facts, with the column it belongs to."""
    day = REGISTER.local_day(NOW)
    for status, flag, absent, doubt, proof, fresh, alert, late in product(
        Status,
        (True, False, None),
        (0, 1, 2),
        ((), ("shared_number",)),
        (True, False),
        ("", "register_stale"),
        ({}, {"notices": (Notice("x"),)}, {"restrictions": (Notice("x"),)}),
        ("", "expired", "old detail", "last day"),
    ):
        ends = {"expired": day - timedelta(days=1), "last day": day}.get(late)
        said = record(status=status, may_practise=flag, expires=ends, **alert)
        read = NOW - timedelta(days=15 if late == "old detail" else 1)
        facts = {
            "registered": registered(said, absent=absent, doubts=doubt, detail_checked=read),
            "condition": condition(
                register=REGISTER.model_copy(update={"confirms": proof}),
                health=Health.STALE if fresh else Health.FRESH,
                code=fresh,
            ),
        }
        contradicted = flag is not None and flag is (status in ADVERSE)
        unknown = status not in AUTHORISED | ADVERSE
        if fresh:
            column = 6
        elif absent or doubt or not proof or contradicted or unknown:
            column = 5
        elif late == "old detail":
            column = 4
        elif status in ADVERSE:
            column = 2
        elif late == "expired":
            column = 3
        else:
            column = 1 if alert or status is not Status.AUTHORISED else 0
        yield STATES[column], facts


def questions() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every combination of the question's facts, with the row it belongs to."""
    for number, name, place, namesakes, printed in product(
        NumberFact, NAMES, (None, True, False), (0, 1, 2), (True, False)
    ):
        facts = {"number": number, "name": name, "place": place, "namesakes": namesakes}
        if number in BEARS:
            row = 1 if name is None else 0 if name in SURE else 3 if name is NONE else 2
        elif name is None:
            continue  # somebody was found by number or by name
        else:
            alone = place is True and namesakes == 1 and not printed
            row = 4 if alone and name in (FULL, COMMON) else 5
        yield QUESTIONS[row], {**facts, "numbers": printed}


def cell(state: dict[str, Any], question: dict[str, Any]) -> Candidate:
    """Somebody in this state, about whom this is asked."""
    asked = {name: fact for name, fact in question.items() if name != "numbers"}
    where = replace(state["condition"], numbers=question["numbers"])
    return candidate(registered=state["registered"], condition=where, **asked)


_C, _W, _N = Verdict.CONFIRMED, Verdict.CONFIRMED_WITH_CONDITIONS, Verdict.NOT_AUTHORISED
_A, _M, _X = Verdict.AMBIGUOUS, Verdict.MISMATCH, Verdict.CANNOT_CONFIRM
EXPECTED = {
    QUESTIONS[0]: (_C, _W, _N, _X, _X, _X, _X),
    QUESTIONS[1]: (_A, _A, _N, _X, _X, _X, _X),
    QUESTIONS[2]: (_A, _A, _A, _A, _A, _A, _X),
    QUESTIONS[3]: (_M, _M, _M, _M, _M, _X, _X),
    QUESTIONS[4]: (_C, _W, _N, _X, _X, _X, _X),
    QUESTIONS[5]: (_A, _A, _A, _A, _A, _A, _X),
}
