"""Names fold to keys that their misspellings share, and other names by chance do not."""

import pytest

from config.vocabulary import NameKind
from data.folded import (
    NOTHING,
    Folded,
    FoldedName,
    code,
    folded,
    further,
    keys_of,
    near,
    neighbours,
    pairs,
    place_codes,
    read,
    starting,
    write,
)
from data.records import Name, Place
from tests.data.nights import person

DOUBLE = Name("Ana Lou", "Dahl-Quist", "Maë")


def test_folded_names_survive_being_stored() -> None:
    said = folded(person(1, name=DOUBLE, places=(Place("L'Érable Clinic", "Trois-Rivières"),)))
    assert read(write(said)) == said
    assert said.places == ("lerable clinic", "trois rivieres")


def test_a_double_name_is_found_whole_and_by_each_half() -> None:
    found = pairs(folded(person(1, name=DOUBLE)))
    for family in ("dahlquist", "dahl", "quist"):
        for given in ("ana", "analou", "lou", "mae"):
            assert (code(family), code(given)) in found


def test_a_double_name_stands_in_the_dictionary_by_its_halves_alone() -> None:
    words = set(keys_of(write(folded(person(1, name=DOUBLE)))).families)
    assert {"dahl", "quist"} <= words and "dahlquist" not in words
    both = (Name("Bea", "Dahl-Quist"), Name("Bea", "Wick", kind=NameKind.FORMER))
    several = write(folded(person(1, name=both[0], other_names=both[1:])))
    assert set(keys_of(several).families) == {"dahl", "quist", "wick"}


def test_particles_and_suffixes_find_nobody_alone() -> None:
    said = folded(person(1, name=Name("Bo", "van der Moor Jr")))
    words = set(keys_of(write(said)).families)
    assert {"vandermoor", "moor"} <= words and not words & {"van", "der", "jr"}


def test_common_given_and_former_family_names_are_paired() -> None:
    others = (Name("Bea", "Dahl", kind=NameKind.COMMON), Name("Ana", "Wick", kind=NameKind.FORMER))
    found = pairs(folded(person(1, name=Name("Ana", "Dahl"), other_names=others)))
    assert (code("wick"), code("bea")) in found


def test_a_name_in_one_part_is_paired_with_nothing() -> None:
    assert pairs(folded(person(1, name=Name("", "Dahl")))) == {(code("dahl"), NOTHING)}


def test_whoever_has_a_hundred_names_is_found_by_the_first_of_each() -> None:
    names = tuple(FoldedName(NameKind.FORMER, (f"g{n}",), (), (f"f{n}",)) for n in range(100))
    found = pairs(Folded(names))
    assert len(found) == 401 and {(code("f0"), code("g0")), (NOTHING, NOTHING)} <= found


def test_codes_sort_like_words_and_a_beginning_is_a_range() -> None:
    words = ["abel", "abelquist", "abelson", "dahl", "zed"]
    assert sorted(words) == sorted(words, key=code)
    first, last = starting("abel")
    assert [first <= code(word) <= last for word in words] == [True, True, True, False, False]


@pytest.mark.parametrize(
    "asked", ["quillmor", "quillmooor", "quilmoor", "qiullmoor", "wuillmoor", "kwillmoor"]
)
def test_a_word_is_near_to_what_differs_by_a_letter_or_sounds_alike(asked: str) -> None:
    assert near(asked) & neighbours("quillmoor")


@pytest.mark.parametrize("asked", ["quilmor", "qiullmor", "xuillmoxr", "quillmooree"])
def test_a_word_is_further_from_what_differs_by_two_letters(asked: str) -> None:
    assert (near(asked) | further(asked)) & neighbours("quillmoor")


def test_other_words_are_not_near() -> None:
    assert not near("dahl") & neighbours("quillmoor")
    assert not further("farnsgate") & neighbours("quillmoor")


def test_places_are_known_by_clinic_and_by_city() -> None:
    said = folded(person(1, places=(Place("Limestone", "Kingston"), Place("", "Kingston"))))
    assert place_codes(said) == {code("limestone"), code("kingston")}
