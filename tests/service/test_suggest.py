"""Hints at misread numbers: only where nobody was found, and never a number for a name."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.vocabulary import Verdict
from data.names import number_key
from service.answer import Query
from service.desk import Desk
from service.verify import lookup, verify
from tests.conftest import Clock
from tests.service.conftest import everybody

NAME = "Ingrith Abelquist"  # of A1001
SAME_NAME = "Somebody of this name is listed under a number that differs from yours by"


def hints(desk: Desk, clock: Clock, number: str, name: str = NAME) -> list[str]:
    answer = verify(desk, Query(number=number, name=name), clock.at)
    assert answer.verdict is not Verdict.CONFIRMED
    return answer.suggestions


@pytest.mark.parametrize(
    ("number", "way"),
    [
        ("A1O01", "a letter or digit that looks like another"),
        ("AI001", "a letter or digit that looks like another"),
        ("a l001", "a letter or digit that looks like another"),
        ("A10O1", "a letter or digit that looks like another"),
        ("1A001", "two characters changed round"),
        ("A0101", "two characters changed round"),
        ("A9001", "one digit"),
        ("A1071", "one digit"),
    ],
)
def test_a_number_very_like_that_of_the_name_is_hinted_at(
    desk: Desk, clock: Clock, number: str, way: str
) -> None:
    assert hints(desk, clock, number) == [f"{SAME_NAME} {way}. Read the number again."]


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("A1O01", "Nobody Atall"),  # another name
        ("A1O01", "Ingrith"),  # no family name
        ("B9999", NAME),  # not near
        ("A" + "1" * 30, NAME),  # too long to be misread
    ],
)
def test_nothing_is_hinted_at_otherwise(desk: Desk, clock: Clock, number: str, name: str) -> None:
    assert hints(desk, clock, number, name) == []


@pytest.mark.parametrize("number", ["A1001", "a-1001", "A1002", "A2000"])
def test_nothing_is_hinted_at_where_somebody_bears_the_number(
    desk: Desk, clock: Clock, number: str
) -> None:
    answer = verify(desk, Query(number=number, name=NAME), clock.at)
    assert answer.matches and answer.suggestions == []


def test_a_lookup_by_number_tells_the_number_it_may_have_been(desk: Desk, clock: Clock) -> None:
    answer = lookup(desk, "A1O01", clock.at)
    assert answer.verdict is Verdict.NOT_FOUND
    assert answer.suggestions == ["Nobody bears this number. Somebody bears A1001: was it misread?"]
    assert lookup(desk, "A9001", clock.at).suggestions == []  # other digits are other numbers


def test_a_lookup_by_name_hints_at_no_number(desk: Desk, clock: Clock) -> None:
    for name in (NAME, "Abelqvist", "Nobody Atall", "O1"):
        assert not any("A1001" in hint for hint in lookup(desk, name, clock.at).suggestions)


NUMBERS = st.from_regex(r"[AB][0-9OIL]{3,5}", fullmatch=True)


# The desk is only read, so every example may use the same.
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=NUMBERS)
def test_no_answer_tells_a_number_that_was_not_asked(desk: Desk, clock: Clock, number: str) -> None:
    known = {number_key(one.number) for one in everybody()} - {number_key(number)}
    for name in (NAME, "Tamsin Twin"):
        said = verify(desk, Query(number=number, name=name), clock.at).model_dump_json()
        assert not [one for one in known if f'"{one}"' in said or f" {one}" in said]
