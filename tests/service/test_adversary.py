"""Thousands of questions meant to be confirmed wrongly, and the honest ones that must be right.

Three kinds of register, flags as text, as booleans and not printed (crowd.py); each trick turns a
true question into a false one (tricks.py). Promises T1 and T2.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.vocabulary import NameKind, Verdict
from service.answer import Query
from service.verify import QuestionError, verify
from tests.service.crowd import (
    COMPOSITE,
    CONFIRMING,
    KINDS,
    PRINTED,
    UNPRINTED,
    Crowd,
    Fate,
    Kind,
    crowd,
    plain,
)
from tests.service.tricks import (
    ALWAYS,
    NUMBERED,
    UNNUMBERED,
    Trick,
    ask,
    clinic,
    spellings,
)

WITH_CONDITIONS = (Fate.RESTRICTED, Fate.NOTICED)
EVERY = [
    (kind, trick)
    for kind in KINDS
    for trick in (*ALWAYS, *(NUMBERED if kind.numbers else UNNUMBERED))
]
CrowdOf = Callable[[Kind], Crowd]


@pytest.fixture(scope="module")
def crowd_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrowdOf]:
    """The crowd of a kind of register, read once."""
    made: dict[str, Crowd] = {}
    with ExitStack() as stack:

        def get(kind: Kind) -> Crowd:
            if kind.name not in made:
                home = tmp_path_factory.mktemp("crowd")
                made[kind.name] = stack.enter_context(crowd(kind, home))
            return made[kind.name]

        yield get


def questions(people: Crowd, trick: Trick) -> Iterator[Query]:
    """The same questions at every run."""
    chance = random.Random(f"{people.kind.name} {trick.__name__}")
    for one in people.people:
        yield from trick(one, people, chance)


def verdict(people: Crowd, query: Query, **later: float) -> Verdict | None:
    """The verdict some time after the last night; None where the question is refused."""
    at = people.clock.at + timedelta(**later)
    try:
        return verify(people.desk, query, at).verdict
    except QuestionError:
        return None


@pytest.mark.parametrize(
    ("kind", "trick"), EVERY, ids=[f"{kind.name}-{trick.__name__}" for kind, trick in EVERY]
)
def test_no_trick_is_confirmed(crowd_of: CrowdOf, kind: Kind, trick: Trick) -> None:
    people = crowd_of(kind)
    for query in questions(people, trick):
        assert verdict(people, query) not in CONFIRMING, query


def test_at_least_ten_thousand_questions_are_asked(crowd_of: CrowdOf) -> None:
    counts = {
        (kind.name, trick.__name__): sum(1 for _ in questions(crowd_of(kind), trick))
        for kind, trick in EVERY
    }
    assert min(counts.values()) >= 10, counts
    assert all(
        sum(count for (name, _), count in counts.items() if name == kind.name) >= 8_000
        for kind in KINDS
    )
    assert sum(counts.values()) >= 30_000


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_fate_is_met(crowd_of: CrowdOf, kind: Kind) -> None:
    met = Counter(one.fate for one in crowd_of(kind).people)
    unmet = {Fate.SHARED} if not kind.numbers else set()
    unmet |= {Fate.CONTRADICTED, Fate.UNREADABLE} if not kind.flags else set()
    assert set(Fate) - set(met) == unmet


@pytest.mark.parametrize("kind", [PRINTED, COMPOSITE], ids=lambda kind: kind.name)
def test_every_fit_person_is_confirmed_by_number_in_every_spelling(
    crowd_of: CrowdOf, kind: Kind
) -> None:
    """The right number with the legal, common and former names, however written."""
    people, wrong, asked = crowd_of(kind), [], 0
    for one in people.right():
        expected = CONFIRMING[one.fate in WITH_CONDITIONS]
        names = (said for name in one.record.names for said in spellings(name))
        number = one.record.number
        for name, typed in zip(names, _numbers(number), strict=False):
            asked += 1
            found = verdict(people, ask(one, name, typed))
            if found is not expected:
                wrong.append((found, typed, name, one.record.name))
        assert verdict(people, ask(one)) is expected  # plain pairs: all of them
    assert asked > 2_500
    assert 1 - len(wrong) / asked >= 0.99, wrong


def _numbers(number: str) -> Iterator[str]:
    while True:
        yield from (number, number.lower(), f" {number} ", f"{number[:1]} {number[1:]}")
        yield number.replace("MA.MA.", "MA")  # as Washington wrote it once
        yield f"{number[:1]}\u200b{number[1:]}".replace(".", "-")


def test_whoever_is_alone_in_name_is_confirmed_by_name_and_clinic(crowd_of: CrowdOf) -> None:
    """Where no numbers are printed: legal and common names, and the clinic or the city."""
    people, wrong, asked = crowd_of(UNPRINTED), [], 0
    bearers = Counter(
        key
        for one in people.people
        for key in {(plain(n.given), plain(n.family)) for n in one.record.names}
    )
    for one in people.right():
        expected = CONFIRMING[one.fate in WITH_CONDITIONS]
        for name in one.record.names:
            known = name.kind is not NameKind.FORMER and one.record.places
            if known and bearers[plain(name.given), plain(name.family)] == 1:
                for said in spellings(name):
                    asked += 1
                    if (found := verdict(people, ask(one, said, place=clinic(one)))) != expected:
                        wrong.append((found, said, one.record.name))
    assert asked > 1_000
    assert 1 - len(wrong) / asked >= 0.99, wrong


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("hours", [-48, -1, 36.1, 24 * 8, 24 * 400])
def test_nobody_is_confirmed_from_an_old_or_future_reading(
    crowd_of: CrowdOf, kind: Kind, hours: float
) -> None:
    """Also after the clock was put back, or forward by a year."""
    people = crowd_of(kind)
    for one in people.people[::2]:
        query = ask(one, place=None if kind.numbers else clinic(one))
        assert verdict(people, query, hours=hours) not in CONFIRMING


@settings(max_examples=600)
@given(data=st.data())
def test_whatever_is_typed_beside_a_number_must_hold_the_family_name(
    crowd_of: CrowdOf, data: st.DataObject
) -> None:
    people = crowd_of(PRINTED)
    one = data.draw(st.sampled_from(people.people))
    letters = st.text(max_size=8) | st.sampled_from(
        [one.record.name.given, one.record.name.family, one.record.name.family[:-1], "Jr", "-", "'"]
    )
    name = " ".join(data.draw(st.lists(letters, min_size=1, max_size=5)))
    if verdict(people, Query(number=one.record.number, name=name)) in CONFIRMING:
        assert one.right
        assert any(family in plain(name) for family in people.families(one)), name


@settings(max_examples=300)
@given(number=st.text(max_size=12) | st.from_regex(r"[A-Z]{0,2}[0-9]{1,6}", fullmatch=True))
def test_whatever_is_typed_as_a_number_confirms_its_bearer_only(
    crowd_of: CrowdOf, number: str
) -> None:
    people = crowd_of(PRINTED)
    one = people.right()[0]
    if verdict(people, Query(number=number, name=one.record.name.full)) in CONFIRMING:
        letters, digits = one.record.number[:1], one.record.number[1:]
        assert re.fullmatch(f"{letters}0*{digits}".lower(), plain(number)), number
