"""Candidates by name from plain tables, the same on both databases."""

from collections.abc import Callable

import pytest

from config.vocabulary import NameKind, Status
from data.folded import code
from data.likeness import likeness
from data.names import tokens
from data.records import Name, Place
from data.search import MOST, Scope, Search
from tests.data.nights import Nights, person

PEOPLE = {
    "ana": Name("Ana", "Dahlquist"),
    "bob": Name("Robert", "Umberwick"),
    "cas": Name("Cassandra", "Van der Thwell"),
    "dee": Name("Deirdre Lou", "Moss-Farnsgate"),
    "eli": Name("Eli", "Larchmere"),
}
FORMER = (Name("Eli", "Zellingdahl", kind=NameKind.FORMER),)
Finder = Callable[..., set[str]]


@pytest.fixture
def find(nights: Nights) -> Finder:
    """Asks one step of the search, among five people; gives the keys of those it found."""
    nights.accept(
        [
            person(
                number,
                key=key,
                name=name,
                other_names=FORMER if key == "eli" else (),
                places=(Place("Limestone Clinic", "Kingston" if number % 2 else "Sarnia"),),
                status=Status.SUSPENDED if key == "bob" else Status.AUTHORISED,
            )
            for number, (key, name) in enumerate(PEOPLE.items())
        ]
    )
    keys = {row["id"]: row["key"] for row in nights.rows("registration")}

    def ask(step: str, name: str, scope: Scope = Scope()) -> set[str]:  # noqa: B008 - frozen
        with nights.store.look() as look:
            found = getattr(Search(look, tokens(name), scope), step)()
        return {keys[id_] for id_ in found}

    return ask


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        ("Ana Dahlquist", {"ana"}),
        ("Dahlquist, Ana", {"ana"}),
        ("dahlquist", {"ana"}),
        ("Bob Umberwick", {"bob"}),
        ("Cassie VanDerThwell", {"cas"}),
        ("Cassandra Thwell", {"cas"}),
        ("Deirdre Farnsgate", {"dee"}),
        ("D Moss Farnsgate", {"dee"}),
        ("Deirdre", {"dee"}),
        ("Eli Zellingdahl", {"eli"}),
        ("Ana Umberwick", set()),
        ("q", set()),
    ],
)
def test_words_as_printed_in_whatever_form_and_order(
    find: Finder, asked: str, who: set[str]
) -> None:
    assert find("exact", asked) == who


@pytest.mark.parametrize(
    ("step", "asked", "who"),
    [
        ("near", "Ana Dahlqist", "ana"),
        ("near", "Anna Dahlquist", "ana"),
        ("near", "Dahlkwist", "ana"),
        ("near", "Deir Moss Farnsgate", "dee"),
        ("near", "A Dahlqist", "ana"),
        ("both", "Anna Dahlqist", "ana"),
        ("further", "Ana Dahqist", "ana"),
        ("beginning", "Cassandra Thw", "cas"),
        ("beginning", "Dahlq", "ana"),
        ("family", "Peregrine Larchmere", "eli"),
    ],
)
def test_misspelt_and_unfinished_names_find_theirs(
    find: Finder, step: str, asked: str, who: str
) -> None:
    assert who in find(step, asked)


def test_a_name_as_asked_is_found_before_a_crowd_under_its_other_forms(nights: Nights) -> None:
    crowd = [person(n, name=Name("Roberta", "Umberwick")) for n in range(100)]
    nights.accept([*crowd, person(999, name=Name("Bobbie", "Umberwick"))])
    [asked] = [row["id"] for row in nights.rows("registration") if row["key"] == "k999"]
    with nights.store.look() as look:
        assert asked in Search(look, tokens("Bobbie Umbrewick")).near()


def test_a_double_family_name_is_found_before_a_crowd_of_one_half(nights: Nights) -> None:
    crowd = [person(n, name=Name("Roberta", "Larch")) for n in range(MOST + 1)]
    nights.accept([*crowd, person(999, name=Name("Roberta", "Umberwick Larch"))])
    [asked] = [row["id"] for row in nights.rows("registration") if row["key"] == "k999"]
    with nights.store.look() as look:
        assert asked in Search(look, tokens("Bobbie Umberwick Larch")).exact()


@pytest.mark.parametrize("asked", "philips smith hansson thibo quillmor phyllyph".split())
def test_words_found_in_the_dictionary_are_as_near_as_when_compared(
    nights: Nights, asked: str
) -> None:
    words = "Philips Fillips Smith Smyth Schmidt Hanson Hansen Thibault Quillmoor Fillif".split()
    nights.accept([person(n, name=Name("Ana", word)) for n, word in enumerate(words)])
    alike = {code(word): likeness(asked, word).score for word in map(str.lower, words)}
    with nights.store.look() as look:
        search = Search(look, [asked, "ana"])
        near, further = search._near(asked)[0], search._further(asked)[0]
    assert near.items() <= further.items() <= alike.items()
    assert bool(further) == any(alike.values())


def test_a_scope_leaves_out_whoever_is_not_in_it(find: Finder) -> None:
    assert find("exact", "Ana Dahlquist", Scope(registers=["ca_on_cmto"])) == {"ana"}
    assert find("exact", "Ana Dahlquist", Scope(registers=["us_la_bmt"])) == set()
    assert find("exact", "Ana Dahlquist", Scope(places=["sarnia"])) == {"ana"}
    assert find("exact", "Ana Dahlquist", Scope(places=["sarnia", "kingston"])) == set()
    assert find("exact", "Bob Umberwick", Scope(statuses=["authorised"])) == set()
    assert find("near", "Ana Dahlqist", Scope(places=["kingston"])) == set()


def test_nobody_delisted_is_found(find: Finder, nights: Nights) -> None:
    rest = [key for key in PEOPLE if key != "ana"]
    for _ in range(2):
        nights.accept([], rest)
    assert find("exact", "Ana Dahlquist") == set()


@pytest.mark.parametrize(
    "asked", ["x" * 200, "a b c d e f g h i j k l", "é ñ ß 字", "'; DROP TABLE"]
)
def test_anything_may_be_asked(find: Finder, asked: str) -> None:
    for step in ("exact", "near", "both", "further", "beginning", "family"):
        if tokens(asked):
            assert isinstance(find(step, asked), set)
