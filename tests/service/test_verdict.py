"""Every cell of the truth table: one fact changed at a time, and what it does to the verdict."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from config.vocabulary import ADVERSE, AUTHORISED, Assurance, Health, Status, Verdict
from data.records import Notice
from service import words
from service.matching import Agreement, NameMatch
from service.verdict import BEARS, Candidate, NumberFact, judge
from tests.service.cases import (
    FAMILY,
    FULL,
    NONE,
    NOW,
    WEAK,
    candidate,
    condition,
    record,
    registered,
    unnumbered,
)
from tests.service.cells import EXPECTED, QUESTIONS, STATES, cell, questions, states

Cells = list[tuple[str, dict[str, Any]]]
STALE = condition(health=Health.STALE, code="register_stale")
HELD = condition(health=Health.HELD, code="register_held")
UNFIT = {
    "stale": {"condition": STALE},
    "held": {"condition": HELD},
    "missing": {"registered": registered(absent=1)},
    "delisted": {"registered": registered(absent=2)},
    "shared": {"registered": registered(doubts=("shared_number",))},
    "unread detail": {"registered": registered(doubts=("detail_unread",))},
    "unrecognised": {"registered": registered(record(status=Status.UNRECOGNISED))},
    "flag no": {"registered": registered(record(may_practise=False))},
    "old detail": {"registered": registered(detail_checked=NOW - timedelta(days=15))},
    "detail of a day to come": {"registered": registered(detail_checked=NOW + timedelta(days=1))},
    "expired": {"registered": registered(record(expires=date(2026, 6, 14)))},
}


def verdict(*candidates: Candidate) -> Verdict:
    return judge(list(candidates), [candidates[0].condition], NOW).verdict


def test_number_and_name_confirm() -> None:
    found = judge([candidate()], [condition()], NOW)
    assert (found.verdict, found.assurance) == (Verdict.CONFIRMED, Assurance.NUMBER_AND_NAME)
    assert found.reasons[:3] == ("number_equal", "family_name_equal", "given_name_equal")


def test_family_name_alone_agrees_with_a_number() -> None:
    assert verdict(candidate(name=FAMILY)) is Verdict.CONFIRMED


@pytest.mark.parametrize("facts", UNFIT.values(), ids=UNFIT)
@pytest.mark.parametrize("name", [FULL, FAMILY, WEAK, NONE, None])
def test_whatever_is_unfit_never_confirms(facts: dict[str, object], name: NameMatch | None) -> None:
    found = verdict(candidate(**facts, name=name))
    assert found not in (Verdict.CONFIRMED, Verdict.CONFIRMED_WITH_CONDITIONS)
    if name in (FULL, FAMILY):
        assert found is Verdict.CANNOT_CONFIRM


@pytest.mark.parametrize("status", sorted(ADVERSE))
def test_adverse_states_are_not_authorised(status: Status) -> None:
    person = registered(record(status=status, may_practise=False))
    assert verdict(candidate(registered=person)) is Verdict.NOT_AUTHORISED


@pytest.mark.parametrize("status", sorted(ADVERSE))
@pytest.mark.parametrize("where", [STALE, HELD])
def test_an_old_adverse_state_stays_visible(status: Status, where: object) -> None:
    person = registered(record(status=status, may_practise=False))
    found = judge([candidate(registered=person, condition=where)], [], NOW)
    assert found.verdict is Verdict.CANNOT_CONFIRM
    assert "last_known_adverse" in found.reasons


@pytest.mark.parametrize("status", sorted(ADVERSE))
def test_adverse_but_flagged_as_practising_is_a_contradiction(status: Status) -> None:
    person = registered(record(status=status, may_practise=True))
    assert verdict(candidate(registered=person)) is Verdict.CANNOT_CONFIRM


@pytest.mark.parametrize(
    "facts",
    [
        {"status": Status.AUTHORISED_CONDITIONS},
        {"status": Status.AUTHORISED_NOTICE},
        {"restrictions": (Notice("Chaperone"),)},
        {"notices": (Notice("Caution"),)},
    ],
)
def test_alerts_are_never_hidden_behind_confirmed(facts: dict[str, object]) -> None:
    person = registered(record(**facts))
    assert verdict(candidate(registered=person)) is Verdict.CONFIRMED_WITH_CONDITIONS


def test_the_last_day_of_an_expiry_still_counts() -> None:
    person = registered(record(expires=date(2026, 6, 15)))
    assert verdict(candidate(registered=person)) is Verdict.CONFIRMED


def test_another_name_is_a_mismatch() -> None:
    assert verdict(candidate(name=NONE)) is Verdict.MISMATCH


def test_a_weak_name_is_ambiguous() -> None:
    assert verdict(candidate(name=WEAK)) is Verdict.AMBIGUOUS


def test_two_people_with_number_and_name_are_ambiguous() -> None:
    other = candidate(registered=registered(id=2))
    assert verdict(candidate(), other) is Verdict.AMBIGUOUS


def test_two_people_of_the_number_whose_names_are_weak_are_ambiguous_too() -> None:
    one, other = candidate(name=WEAK), candidate(name=WEAK, registered=registered(id=2))
    found = judge([one, other], [condition()], NOW)
    assert (found.verdict, found.reasons) == (Verdict.AMBIGUOUS, ("several_candidates",))


def test_a_number_alone_denies_but_never_confirms() -> None:
    found = judge([candidate(name=None)], [condition()], NOW)
    assert (found.verdict, found.assurance) == (Verdict.AMBIGUOUS, Assurance.NUMBER_ONLY)
    revoked = registered(record(status=Status.REVOKED, may_practise=False))
    assert verdict(candidate(name=None, registered=revoked)) is Verdict.NOT_AUTHORISED


def test_a_name_alone_never_confirms_where_numbers_are_printed() -> None:
    for place in (None, True, False):
        asked = candidate(number=NumberFact.NOT_GIVEN, place=place)
        assert verdict(asked) is Verdict.AMBIGUOUS


def test_name_and_place_confirm_where_no_numbers_are_printed() -> None:
    found = judge([unnumbered()], [condition(numbers=False)], NOW)
    assert (found.verdict, found.assurance) == (Verdict.CONFIRMED, Assurance.NAME_AND_PLACE)
    assert "number_not_published" in found.reasons


INITIAL = NameMatch(Agreement.FULL, ("family_name_equal", "given_name_initial"))
FORMER = NameMatch(Agreement.FULL, ("family_name_equal", "former_name", "given_name_equal"))


@pytest.mark.parametrize(
    "facts",
    [
        {"place": None},
        {"place": False},
        {"namesakes": 2},
        {"namesakes": 0},
        {"name": INITIAL},
        {"name": FORMER},
        {"name": FAMILY},
        {"name": WEAK},
        {"condition": condition(numbers=True)},
    ],
)
def test_name_and_place_must_agree_with_exactly_one_person(facts: dict[str, object]) -> None:
    assert verdict(unnumbered(**facts)) is Verdict.AMBIGUOUS


def test_nobody_found_needs_fresh_registers() -> None:
    assert judge([], [condition()], NOW).verdict is Verdict.NOT_FOUND
    assert judge([], [condition(), STALE], NOW).verdict is Verdict.CANNOT_CONFIRM
    assert judge([], [HELD], NOW).verdict is Verdict.CANNOT_CONFIRM
    assert judge([], [], NOW).verdict is Verdict.CANNOT_CONFIRM


def test_valid_until_is_the_earliest_end() -> None:
    fresh = condition().fresh_until
    assert judge([candidate()], [], NOW).valid_until == fresh
    soon = candidate(registered=registered(record(expires=date(2026, 6, 15))))
    assert judge([soon], [], NOW).valid_until == datetime(2026, 6, 16, 4, 0, tzinfo=UTC)
    assert judge([candidate(condition=STALE)], [], NOW).valid_until is None


def test_every_reason_has_words() -> None:
    everything = product(
        [*({"registered": registered(record(status=s))} for s in Status), *UNFIT.values()],
        [FULL, FAMILY, WEAK, NONE, None],
        NumberFact,
        [True, False, None],
    )
    for facts, name, number, place in everything:
        asked = replace(candidate(**facts), name=name, number=number, place=place)
        found = judge([asked], [asked.condition], NOW)
        assert found.reasons
        assert set(found.reasons) <= set(words.REASON)


def test_only_one_path_confirms() -> None:
    """Of every combination of facts, only the complete and clean ones confirm."""
    for status, name, number, place, fresh, doubt, flag in product(
        Status,
        [FULL, FAMILY, WEAK, NONE, None],
        NumberFact,
        [True, None],
        [True, False],
        ["", "shared_number"],
        [True, False, None],
    ):
        asked = candidate(
            registered=registered(
                record(status=status, may_practise=flag), doubts=(doubt,) if doubt else ()
            ),
            condition=condition() if fresh else STALE,
            name=name,
            number=number,
            place=place,
        )
        found = judge([asked], [asked.condition], NOW)
        if found.verdict is Verdict.CONFIRMED:
            assert status is Status.AUTHORISED
            assert number in BEARS
            assert name in (FULL, FAMILY)
            assert fresh and not doubt and flag is not False
        if found.verdict is Verdict.CONFIRMED_WITH_CONDITIONS:
            assert status in AUTHORISED


def test_freshness_is_that_of_the_question_not_of_the_crawl() -> None:
    later = NOW + timedelta(hours=28)
    old = condition(health=Health.STALE, code="register_stale", fresh_until=later)
    assert judge([candidate(condition=old)], [old], later).verdict is Verdict.CANNOT_CONFIRM


def one_of_each(cells: Iterator[tuple[str, dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The first and the last of every row or column."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, facts in cells:
        found[name] = [*found.get(name, [])[:1], facts]
    return found


def agree(states: Cells, questions: Cells) -> int:
    """How many cells were compared with the table; all of them agree."""
    count = 0
    for (column, state), (row, question) in product(states, questions):
        asked = cell(state, question)
        found = judge([asked], [asked.condition], NOW)
        count += 1
        assert found.verdict is EXPECTED[row][STATES.index(column)], (column, row, asked)
        assert found.reasons and set(found.reasons) <= set(words.REASON)
        assert found.valid_until is None or found.verdict is not Verdict.CANNOT_CONFIRM
    return count


def test_every_state_of_an_entry_is_judged_as_the_table_says() -> None:
    asked = one_of_each(questions())
    assert set(asked) == set(QUESTIONS)
    rows = [(name, facts) for name, some in asked.items() for facts in some]
    assert agree(list(states()), rows) > 100_000


def test_every_question_is_judged_as_the_table_says() -> None:
    met = one_of_each(states())
    assert set(met) == set(STATES)
    columns = [(name, facts) for name, some in met.items() for facts in some]
    assert agree(columns, list(questions())) > 10_000
