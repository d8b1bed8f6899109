"""docs/verdicts.md is written from the rules by this test, which fails when it had to."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from config.vocabulary import ADVERSE, Health, Status
from data.records import Notice
from service import words
from service.verdict import RULES_VERSION, Candidate, NumberFact, judge
from tests.service.cases import (
    FAMILY,
    NONE,
    NOW,
    REGISTER,
    WEAK,
    candidate,
    condition,
    record,
    registered,
    unnumbered,
)
from tests.service.cells import (
    COMMON,
    FORMER,
    FURTHER,
    HALF,
    INITIAL,
    MISSPELT,
    NICKNAME,
    QUESTIONS,
    STATES,
    SUFFIX,
    cell,
    questions,
    states,
)

PAGE = Path(__file__).parents[2] / "docs" / "verdicts.md"
ENTRY = candidate(number=NumberFact.ENTRY, name=None)
STALE = condition(health=Health.STALE, code="register_stale")
NO_PROOF = condition(register=REGISTER.model_copy(update={"confirms": False}))
HELD = condition(health=Health.HELD, code="register_held")


def _is(status: Status) -> Candidate:
    flag = status not in ADVERSE
    return candidate(registered=registered(record(status=status, may_practise=flag)))


def _said(**facts: object) -> Candidate:
    return candidate(registered=registered(record(**facts)))


def _doubted(code: str) -> Candidate:
    return candidate(registered=registered(doubts=(code,)))


CASES: list[tuple[str, list[Candidate]]] = [
    ("number and full name agree, listed as authorised", [candidate()]),
    ("number and family name agree, no given name asked", [candidate(name=FAMILY)]),
    ("… with a restriction", [_said(restrictions=(Notice("x"),))]),
    ("… with a public notice", [_said(notices=(Notice("x"),))]),
    *((f"… listed as {words.STATUS[status]}", [_is(status)]) for status in sorted(ADVERSE)),
    ("… printed expiry passed", [_said(expires=date(2026, 6, 1))]),
    ("… status word unknown", [_is(Status.UNRECOGNISED)]),
    ("… missing from the latest complete reading", [candidate(registered=registered(absent=1))]),
    ("… the number is printed for two people", [_doubted("shared_number")]),
    ("… list and detail page disagree", [_doubted("list_detail_conflict")]),
    ("… the detail page could not be read", [_doubted("detail_unread")]),
    (
        "… the detail page was read more than two weeks ago",
        [candidate(registered=registered(detail_checked=NOW - timedelta(days=15)))],
    ),
    ("… the register was read too long ago", [candidate(condition=STALE)]),
    ("… the latest run was held or failed", [candidate(condition=HELD)]),
    ("… the register is no proof (businesses, self-reported)", [candidate(condition=NO_PROOF)]),
    ("number in an older form and full name agree", [candidate(number=NumberFact.FORM)]),
    ("number agrees, given name is another one", [candidate(name=WEAK)]),
    ("number agrees, suffix is another one (Jr, Sr)", [candidate(name=SUFFIX)]),
    ("number agrees, a further name that is not printed", [candidate(name=FURTHER)]),
    ("number agrees, name is misspelt or sounds alike", [candidate(name=MISSPELT)]),
    ("number agrees, only half of the double family name", [candidate(name=HALF)]),
    ("number and common name agree", [candidate(name=COMMON)]),
    ("number and former name agree", [candidate(name=FORMER)]),
    ("number agrees, initial instead of the given name", [candidate(name=INITIAL)]),
    ("the register's own entry was asked for, without a name", [ENTRY]),
    ("number agrees, name is somebody else's", [candidate(name=NONE)]),
    ("number and name agree with two people", [candidate(), candidate()]),
    ("number only", [candidate(name=None)]),
    ("number only, suspended", [replace(_is(Status.SUSPENDED), name=None)]),
    ("name only, numbers are printed", [candidate(number=NumberFact.NOT_GIVEN)]),
    ("no numbers printed: full name and place agree with one person", [unnumbered()]),
    ("no numbers printed: a namesake, past or present", [unnumbered(namesakes=2)]),
    ("no numbers printed: initial instead of given name", [unnumbered(name=INITIAL)]),
    ("no numbers printed: a former name", [unnumbered(name=FORMER)]),
    ("no numbers printed: common name and place agree with one person", [unnumbered(name=COMMON)]),
    ("no numbers printed: name is misspelt or a nickname", [unnumbered(name=NICKNAME)]),
    ("no numbers printed: namesakes could not be counted", [unnumbered(namesakes=0)]),
    ("no numbers printed: another place", [unnumbered(place=False)]),
    ("no numbers printed: no place asked", [unnumbered(place=None)]),
    ("nobody fits, registers complete and fresh", []),
]  # fmt: skip


def grid() -> list[str]:
    """Every cell in short; test_verdict.py tries all combinations of facts behind each."""
    entries, asked = dict(states()), dict(questions())
    lines = [
        "## Every cell",
        "",
        "What is asked (rows) of an entry in which state (columns). Each cell stands for every "
        "combination of facts that falls into it, and all of them are tested.",
        "",
        f"| | {' | '.join(STATES)} |",
        f"|---|{'---|' * len(STATES)}",
    ]
    for row in QUESTIONS:
        cells = [cell(entries[column], asked[row]) for column in STATES]
        said = [judge([one], [one.condition], NOW).verdict for one in cells]
        lines.append(f"| {row} | {' | '.join(f'`{one.value}`' for one in said)} |")
    return lines


def page() -> str:
    lines = [
        "# Verdicts",
        "",
        f"Rules version {RULES_VERSION}, written by the test suite from `service/verdict.py`; edit "
        "the rules, not this page. A place without a statutory register is answered "
        "`not_regulated` before any register is searched.",
        "",
        "| what is known | verdict | because |",
        "|---|---|---|",
    ]
    for said, candidates in CASES:
        found = judge(candidates, [condition()], NOW)
        lines.append(f"| {said} | `{found.verdict.value}` | {', '.join(found.reasons)} |")
    lines += ["", *grid()]
    lines += ["", "## Reasons in words", "", "| code | words |", "|---|---|"]
    lines += [f"| `{code}` | {said} |" for code, said in words.REASON.items()]
    return "\n".join(lines) + "\n"


def test_the_page_says_what_the_rules_do() -> None:
    before = PAGE.read_text("utf-8") if PAGE.exists() else ""
    PAGE.write_text(page(), "utf-8")
    assert before == page(), "docs/verdicts.md was out of date and has been rewritten: look at it"
