"""Each candidate lists named facts, one for every way in which a name may be misspelt."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.vocabulary import NameKind
from data.folded import folded
from data.records import Name, Record
from service import words
from service.candidates import CLOSE
from service.ranking import SAME, SIMILAR, Rank, rank
from service.search import query_words
from tests.data.nights import person

KATHERINE = person(
    1,
    name=Name("Katherine", "Beaudrie-Tancoigne", "Zoë"),
    other_names=(
        Name("Kit", "Beaudrie-Tancoigne", kind=NameKind.COMMON),
        Name("Katherine", "Oakensholt", kind=NameKind.FORMER),
    ),
)
PLAIN = person(2, name=Name("Robert", "Quillmoor"))


def told(asked: str, one: Record) -> Rank:
    return rank(query_words(asked), folded(one))


def _former(given: str, family: str) -> Name:
    return Name(given, family, kind=NameKind.FORMER)


@pytest.mark.parametrize(
    ("asked", "one", "codes"),
    [
        ("Robert Quillmoor", PLAIN, ("family_name_equal", "given_name_equal")),
        ("Quillmoor, Robert", PLAIN, ("family_name_equal", "given_name_equal")),
        ("Robert Quilmoor", PLAIN, ("family_name_one_letter", "given_name_equal")),
        ("Robert Quilmoorr", PLAIN, ("family_name_sounds", "given_name_equal")),
        ("Robert Kwillmoor", PLAIN, ("family_name_sounds", "given_name_equal")),
        ("Robret Quillmoor", PLAIN, ("family_name_equal", "given_name_one_letter")),
        ("Bob Quillmoor", PLAIN, ("family_name_equal", "given_name_nickname")),
        ("R Quillmoor", PLAIN, ("family_name_equal", "given_name_initial")),
        ("Rob Quillmoor", PLAIN, ("family_name_equal", "given_name_nickname")),
        ("Quillmoor", PLAIN, ("family_name_equal", "given_name_not_given")),
        ("Xiomara Quillmoor", PLAIN, ("family_name_equal", "given_name_differs")),
        ("Katherine Tancoigne", KATHERINE, ("family_name_half", "given_name_equal")),
        ("Zoe Beaudrie Tancoigne", KATHERINE, ("family_name_equal", "middle_name_equal")),
        ("Kit Beaudrie-Tancoigne", KATHERINE, ("common_name",)),
        ("Katherine Oakensholt", KATHERINE, ("former_name",)),
        ("Kit Oakensholt", KATHERINE, ("former_name",)),
    ],
)
def test_every_kind_of_misspelling_is_named(
    asked: str, one: Record, codes: tuple[str, ...]
) -> None:
    found = told(asked, one)
    assert set(codes) <= set(found.codes), found


def test_nothing_in_common_is_nobody() -> None:
    assert told("Anneliese Vandermossen", PLAIN).weight < 0.5


@pytest.mark.parametrize(
    "asked",
    [
        ["Robert Quillmoor", "Bob Quillmoor", "Bob Quilmoor", "Xiomara Quilmoor"],
        ["Robert Quillmoor", "Robert Quilmoor", "Robert Qilmoor"],
        ["Robert Quillmoor", "Robret Quillmoor", "R Quillmoor", "Xiomara Quillmoor"],
    ],
)
def test_the_nearer_a_name_the_earlier_it_comes(asked: list[str]) -> None:
    weights = [told(one, PLAIN).weight for one in asked]
    assert weights == sorted(weights, reverse=True) and len(set(weights)) == len(weights)


def test_a_further_given_name_misspelt_is_better_than_one_that_is_not_theirs() -> None:
    two, one = (person(3, name=Name(given, "Quillmoor")) for given in ("Juan Carlos", "Carlos"))
    assert told("Juam Carlos Quillmoor", two).weight > told("Juam Carlos Quillmoor", one).weight


def test_a_double_family_name_as_printed_comes_before_the_same_words_otherwise() -> None:
    double = person(3, name=Name("Vesper", "Quillmoor-Dahl"))
    shuffled = person(4, name=Name("Vesper", "Quillmoor", "Dahl"))
    assert (
        told("Vesper Quillmoor-Dahl", double).weight
        > told("Vesper Quillmoor-Dahl", shuffled).weight
    )


@pytest.mark.parametrize("asked", ["Bob Quillmoor", "Robret Quillmoor", "Robert Quillmoor"])
def test_who_bears_no_further_given_name_comes_before_who_does(asked: str) -> None:
    several = person(3, name=Name("Robert Ignatius", "Quillmoor"))
    assert told(asked, PLAIN).weight > told(asked, several).weight > SIMILAR


def test_a_given_name_alone_comes_behind_every_family_name() -> None:
    one = person(name=Name("Ingrith", "Abelquist"))
    alone, family = told("Ingrith", one), told("Abelquist", one)
    assert alone.codes == ("given_name_equal", "family_name_not_given")
    assert SIMILAR <= alone.weight < family.weight
    assert told("Ingri", one).weight < SIMILAR
    assert told("Ingrith Twin", one).weight < SIMILAR


def test_only_a_name_as_printed_is_the_same() -> None:
    assert told("Quillmoor Robert", PLAIN).same and told("Robert Quillmoor", PLAIN).weight >= SAME
    for asked in ("Bob Quillmoor", "Robert Quillmoorr", "R Quillmoor", "Quillmoor"):
        assert not told(asked, PLAIN).same, asked
    double = person(3, name=Name("Juan Carlos", "Quillmoor-Dahl", "Ann"))
    for asked in ("Juan Carlos Quillmoor-Dahl", "Juan Carlos A Quillmoor Dahl"):
        assert told(asked, double).same, asked
    for asked in ("Juan Carlos X Quillmoor-Dahl", "Juan Carlos Quillmoor-Dahl Anm"):
        assert not told(asked, double).same, asked
    assert "further_name_differs" in told("Robert Xiomara Quillmoor", PLAIN).codes


@pytest.mark.parametrize("number_of", ["Lim", "Lam", "Lo"])
def test_a_short_name_is_not_close_by_two_letters(number_of: str) -> None:
    somebody = person(3, name=Name("Anna", number_of))
    assert told("Anna Lee", somebody).weight < CLOSE  # else another's number were only ambiguous


def test_two_faults_weigh_more_than_each_of_them() -> None:
    given, family, both = (
        1 - told(asked, PLAIN).weight
        for asked in ("Robret Quillmoor", "Robert Quilmoor", "Robret Quilmoor")
    )
    assert both > given + family + 0.01


@pytest.mark.parametrize(
    ("asked", "one", "two"),
    [
        # A nickname, or one half of the double name of somebody who is commonly called so.
        (
            "Bob Quillmoor",
            PLAIN,
            person(
                3,
                name=Name("Robert", "Quillmoor Dahl"),
                other_names=(Name("Bob", "Quillmoor Dahl", kind=NameKind.COMMON),),
            ),
        ),
        # A letter of the name of today, or a neighbour on the keyboard of a former one.
        (
            "Robert Quillmooe",
            person(3, name=Name("Robert", "Quillmoors")),
            person(4, name=Name("Robert", "Dahl"), other_names=(_former("Robert", "Quillmoor"),)),
        ),
        # A letter of a name, or a likelier one of the same words in the other order.
        (
            "Peregribe Ambros",
            person(3, name=Name("Peregrine", "Ambros")),
            person(4, name=Name("Ambross", "Peregribe")),
        ),
        # A letter of a double name, or one of its half.
        (
            "Robert Quilmoor",
            person(3, name=Name("Robert", "Quilmooe")),
            person(4, name=Name("Robert", "Quillmoor Dahl")),
        ),
    ],
)
def test_one_fault_comes_before_two(asked: str, one: Record, two: Record) -> None:
    assert told(asked, one).weight > told(asked, two).weight > SIMILAR


def test_every_word_of_a_former_name_may_stand_in_any_order() -> None:
    assert told("Oakensholt Katherine", KATHERINE) == told("Katherine Oakensholt", KATHERINE)
    assert told("Oakensholt Katherine", KATHERINE).same


def test_given_names_of_several_words_may_be_misspelt_as_a_whole() -> None:
    several = person(3, name=Name("Ana Maria", "Quillmoor"))
    assert told("Naa Maria Quillmoor", several).codes[1] == "given_name_one_letter"
    assert told("Naa Maria Quillmoor", several).weight > CLOSE


def test_a_word_of_which_only_the_initial_is_printed_is_doubtful() -> None:
    double, initial, none = (
        person(3, name=Name("Ana", "Santoz Mollina")),
        person(4, name=Name("Ana", "Santoz", "M")),
        person(5, name=Name("Ana", "Santoz")),
    )
    asked = "Ana Santoz Melina"
    assert told(asked, double).weight > told(asked, initial).weight > told(asked, none).weight


@pytest.mark.parametrize(
    ("asked", "likelier", "less"),
    [("Terry", "Terrance", "Theresa"), ("Beth", "Elizabeth", "Betsy")],
)
def test_a_short_form_that_stands_in_the_name_comes_first(
    asked: str, likelier: str, less: str
) -> None:
    one, other = (person(3, name=Name(given, "Quillmoor")) for given in (likelier, less))
    assert told(f"{asked} Quillmoor", one).weight > told(f"{asked} Quillmoor", other).weight


NAME = st.text(st.sampled_from("aeiobrstlén' -"), max_size=10)


@example("", "ae bo", ["ae bo"])
@example("ae", "be ro s", ["ae be ro s"])
@given(NAME, NAME, st.lists(NAME, max_size=4))
def test_every_fact_has_words_and_each_word_adds_little_to_a_whole_name(
    first: str, family: str, asked: list[str]
) -> None:
    searched = query_words(" ".join(asked))
    if searched:
        found = rank(searched, folded(person(1, name=Name(first, family))))
        assert set(found.codes) <= set(words.REASON)
        assert found.weight <= 1 + 0.008 * len(searched)
