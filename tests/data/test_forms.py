"""A number in an older or shorter form finds its bearer, and never anybody else."""

from functools import partial

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.register import Catalogue, NumberForm, Register
from data.forms import by_other_form, number_keys
from data.lookup import by_number
from data.names import number_key
from data.store import Store
from tests.conftest import Clock
from tests.data.nights import Nights, person

WA, CT = (Catalogue().get(id_) for id_ in ("us_wa_doh", "us_ct_dph"))
WITH_FORMS = [register for register in Catalogue() if register.number_forms]
FORMS = [(register, form) for register in WITH_FORMS for form in register.number_forms]


@pytest.mark.parametrize(
    ("register", "asked", "printed"),
    [
        (WA, "MA60123456", "MA.MA.60123456"),
        (WA, "ma 60123456", "MA.MA.60123456"),
        (WA, "MA 00123456", "MA.MA.00123456"),
        (CT, "009901", "2.009901"),
        (CT, "9901", "2.009901"),
    ],
)
def test_an_old_form_reaches_the_number_as_printed(
    register: Register, asked: str, printed: str
) -> None:
    assert number_keys(register, asked) == [number_key(asked), number_key(printed)]


@pytest.mark.parametrize(
    ("register", "asked"),
    [
        (WA, "MA.MA.60123456"),
        (WA, "RN60123456"),
        (WA, "60123456"),
        (WA, "MA"),
        (WA, "MA601234567"),
        (WA, ""),
        (CT, "2.009901"),
        (CT, "MT009901"),
        (CT, "1234567"),
    ],
)
def test_whatever_else_is_asked_stays_as_it_is(register: Register, asked: str) -> None:
    assert number_keys(register, asked) == [number_key(asked)]


def test_registers_without_forms_know_only_the_number_asked() -> None:
    assert number_keys(Catalogue().get("us_la_bmt"), "LA 0999") == ["LA999"]


@pytest.mark.parametrize(("register", "form"), FORMS, ids=[r.id for r, _ in FORMS])
@given(one=st.integers(0, 10**9), other=st.integers(0, 10**9))
def test_different_numbers_stay_different(
    register: Register, form: NumberForm, one: int, other: int
) -> None:
    assume(one != other)
    keys = [number_keys(register, f"{form.given}{n}") for n in (one, other)]
    assert len({key for both in keys for key in both}) == sum(map(len, keys))


def test_only_the_bearer_of_the_number_as_printed_is_found(
    sqlite_store: Store, clock: Clock
) -> None:
    there = person(1, register=WA.id, key="a", number="MA.MA.60123456")
    Nights(sqlite_store, WA, clock).accept([there])
    with sqlite_store.look() as look:
        bearers = partial(by_number, look)
        found = by_other_form(bearers, "MA60123456", [WA])
        assert [one.record.number for one in found] == ["MA.MA.60123456"]
        assert by_other_form(bearers, "MA60123457", [WA]) == []
        assert by_other_form(bearers, "MA60123456", [CT]) == []
