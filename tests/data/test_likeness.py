"""Two words are alike as somebody may have misspelt one for the other, and not by chance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.likeness import EQUAL, LEAST, Way, likeness

WORD = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=1, max_size=14)


@pytest.mark.parametrize(
    ("asked", "printed", "way"),
    [
        ("dahlquist", "dahlquist", Way.EQUAL),
        ("dahlqist", "dahlquist", Way.ONE_LETTER),
        ("dahlquists", "dahlquist", Way.ONE_LETTER),
        ("dalhquist", "dahlquist", Way.ONE_LETTER),
        ("dahlquidt", "dahlquist", Way.ONE_LETTER),
        ("dahlkwist", "dahlquist", Way.SOUND),
        ("szymborsky", "szymborski", Way.ONE_LETTER),
        ("fillips", "phillips", Way.SOUND),
        ("dahxquisz", "dahlquist", Way.TWO_LETTERS),
        ("vandermossen", "dahlquist", Way.FAR),
        ("ng", "li", Way.FAR),
        ("ana", "bob", Way.FAR),
    ],
)
def test_the_way_in_which_words_differ(asked: str, printed: str, way: Way) -> None:
    found = likeness(asked, printed)
    assert found.way is way
    assert (found.score == 0) == (way is Way.FAR)


@pytest.mark.parametrize(
    ("likelier", "printed", "less"),
    [
        ("quilmoor", "quillmoor", "qillmoor"),  # a letter of a double one, or any
        ("quillmopr", "quillmoor", "quillmoxr"),  # its neighbour on the keyboard, or any
        ("qiullmoor", "quillmoor", "xuillmoor"),  # two changed round, or another
        ("quillmoar", "quillmoor", "xuillmoor"),  # the first letter is rarely wrong
        ("tammie", "tammy", "tammo"),  # other spellings of what is read alike, or another vowel
        ("philyps", "philips", "philops"),
        ("dalhquiot", "dahlquist", "dahxquiot"),  # of two faults, one of them two changed round
        ("elliz", "ellis", "allis"),  # the first letter, though both sound the same
        ("dahlquisz", "dahlquist", "dahz"),  # in a short word every letter weighs more
        ("dahlquilst", "dahlquist", "dahlquibst"),  # one too many, beside the one that was meant
        ("dajlquisr", "dahlquist", "daplquisb"),  # of two faults, each counts as it does alone
        ("dahlquiatt", "dahlquist", "dahlquibtz"),
        ("dhaquist", "dahlquist", "doaquist"),  # changed round beside a missing letter
        ("dahlqits", "dahlquist", "dahlqixt"),
        ("quilmopr", "quillmoor", "qullmopr"),  # of a double letter one, beside another fault
        ("dahlquest", "dahlquist", "dahlqunst"),  # it sounds the same
        ("archambo", "archambault", "archamblt"),
    ],
)
def test_what_people_do_often_weighs_less(likelier: str, printed: str, less: str) -> None:
    other = "dahl" if less == "dahz" else printed
    assert likeness(likelier, printed).score > likeness(less, other).score


@pytest.mark.parametrize("asked", ["thibo", "thibeau", "thibaud", "thibeault", "thibot"])
def test_an_o_at_the_end_is_spelled_in_many_ways(asked: str) -> None:
    found = likeness(asked, "thibault")
    assert found.way is Way.SOUND and found.score > 0.98
    assert likeness("lo", "lot").way is Way.ONE_LETTER  # a name of one sound before it is too short
    assert likeness("thibo", "tibault").score < found.score


@given(WORD, WORD)
def test_likeness_is_a_share_and_equal_words_only_are_equal(one: str, other: str) -> None:
    found = likeness(one, other)
    assert found.score == 0 or LEAST <= found.score <= 1
    assert (found == EQUAL) == (one == other) == (found.score == 1)


@given(WORD, st.data())
def test_one_letter_less_is_always_one_letter(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    shorter = word[:at] + word[at + 1 :]
    if len(shorter) > 4:
        assert likeness(shorter, word).way is Way.ONE_LETTER
