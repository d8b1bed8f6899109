"""The index finds whoever a name could mean: else two people would pass for one."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.register import Register
from config.vocabulary import NameKind
from data.folded import NOTHING, Wanted, code, folded, pairs, starting
from data.lookup import MOST_RELATIVES, bearers
from data.names import MAX_QUERY, clean, tokens
from data.records import Name, Record
from data.store import Store
from service.matching import could_mean, possible_names
from tests.conftest import Clock
from tests.data.nights import Nights, person
from tests.service.namesakes import a_person, askings

HUNDRED = tuple(Name(f"G{n}", f"F{n}", kind=NameKind.FORMER) for n in range(100))


def reached(wanted: Wanted, one: Record) -> bool:
    """What `bearers` asks of the index, told without one."""
    families, givens = {*map(code, wanted.families)}, {NOTHING, *map(code, wanted.givens)}
    ranges = [starting(letter) for letter in wanted.initials]
    return any(
        pair == (NOTHING, NOTHING)
        or (
            pair[0] in families
            and (pair[1] in givens or any(first <= pair[1] <= last for first, last in ranges))
        )
        for pair in pairs(folded(one))
    )


def found_by_index(asked: str, one: Record) -> bool:
    wanted = possible_names(asked)
    return wanted is None or reached(wanted, one)


def test_generated_names_are_reached_whenever_they_could_be_meant() -> None:
    chance = random.Random(5)
    meant = 0
    for _ in range(500):
        one, other = a_person(chance), a_person(chance)
        for asked in askings(one, chance):
            for somebody in (one, other):
                if tokens(asked) and could_mean(asked, somebody):
                    meant += 1
                    assert found_by_index(asked, somebody), (asked, somebody.names)
    assert meant > 8_000


PART = st.text(st.sampled_from("aAbjJéßłđ'’-. 李Яع\u200d\u0301jr"), max_size=12) | st.sampled_from(
    ["Jr", "van der", "Mary Ann", "maryann", "J", "", "II"]
)
NAME = st.builds(Name, PART, PART, PART, st.sampled_from(NameKind))


@settings(max_examples=400)
@given(st.lists(NAME, min_size=1, max_size=4), st.data())
def test_any_words_at_all_are_reached(names: list[Name], data: st.DataObject) -> None:
    one = person(1, name=names[0], other_names=tuple(names[1:]))
    words = [word for name in names for word in f"{name.given} {name.family}".split()]
    asked = " ".join(data.draw(st.permutations(words)))[:MAX_QUERY]
    if tokens(asked) and could_mean(asked, one):
        assert found_by_index(asked, one)


@pytest.mark.parametrize(
    ("asked", "one"),
    [
        ("J Smith", Name("John", "Smith")),
        ("John Smith", Name("J", "Smith")),
        ("Mary Smith Ann", Name("Maryann", "Smith")),
        ("Mary Jr Ann Smith", Name("Maryann", "Smith")),
        ("Jane Pool", Name("", "Jane Pool")),
        ("Jane Pool", Name("Jane Ann", "Pool Sr")),
        ("Anna Vanderdijk", Name("Ana Anna Lou", "van der Dijk", "Anna")),
    ],
)
def test_people_who_could_be_meant_though_spelt_otherwise(asked: str, one: Name) -> None:
    somebody = person(1, name=one)
    assert found_by_index(asked, somebody)


def test_whoever_bears_a_hundred_names_is_reached_by_each() -> None:
    one = person(1, name=Name("Gee", "Eff"), other_names=HUNDRED)
    for name in one.names:
        assert could_mean(name.full, one) and found_by_index(name.full, one)


def test_a_name_of_very_many_words_is_not_counted_at_all() -> None:
    assert possible_names(" ".join("abcdefghijk")) is None


def test_both_databases_find_everybody_who_could_be_meant(
    store: Store, ontario: Register, clock: Clock
) -> None:
    """The truth is told by comparing with everybody, of whom some left the register long ago."""
    chance = random.Random(6)
    people = [one for one in (a_person(chance, which) for which in range(150)) if one.name.family]
    gone = people[:10]
    nights = Nights(store, ontario, clock)
    nights.accept(people)
    for _ in range(2):
        nights.accept([], [one.key for one in people[10:]])
    assert nights.live(gone[0].key)["absent"] == 2
    asked = [name for one in [*gone, *people[10:50]] for name in askings(one, chance)][::16]
    meant = 0
    with store.look() as look:
        for name in (clean(one, MAX_QUERY) for one in asked):
            if not tokens(name) or not (wanted := possible_names(name)):
                continue
            found = {one.record.key for one in bearers(look, ontario.id, wanted)}
            truth = {one.key for one in people if could_mean(name, one)}
            meant += len(truth)
            assert truth <= found, name
            assert len(found) < MOST_RELATIVES
    assert meant > 60
