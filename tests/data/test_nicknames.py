"""Which given names are short for which: enough to find somebody, never to take one for another."""

import pytest

from data.names import family_key
from data.nicknames import _FILE, forms_of, stem


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("bob", "robert"),
        ("bill", "william"),
        ("kathy", "katherine"),
        ("liz", "elizabeth"),
        ("tony", "anthony"),
        ("peggy", "margaret"),
    ],
)
def test_a_short_form_and_its_name_are_forms_of_each_other(short: str, whole: str) -> None:
    assert whole in forms_of(short) and short in forms_of(whole)


def test_short_forms_of_one_name_are_forms_of_each_other() -> None:
    assert "will" in forms_of("bill")


@pytest.mark.parametrize("name", ["robert", "zzyzx", "", "ana"])
def test_a_name_is_no_form_of_itself(name: str) -> None:
    assert name not in forms_of(name)


def test_names_nobody_listed_have_no_forms() -> None:
    assert forms_of("zzyzx") == frozenset()


@pytest.mark.parametrize(
    ("pet", "beginning"),
    [("kimmy", "kim"), ("kimberly", "kimberl"), ("lucinha", "luc"), ("jo", "jo"), ("bobby", "bob")],
)
def test_what_a_pet_form_begins_with(pet: str, beginning: str) -> None:
    assert stem(pet) == beginning


def test_our_own_list_is_folded_and_says_each_name_once() -> None:
    lines = [line for line in _FILE.read_text("utf-8").splitlines() if ":" in line]
    names = [line.partition(":")[0] for line in lines if not line.startswith("#")]
    assert names and [name for name in names if family_key(name) != name] == []
    assert sorted(names) == sorted(set(names))
