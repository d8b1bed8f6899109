"""Hints where a number finds nobody: it may have been misread. Never more than a suggestion."""

from collections.abc import Iterator

from data.forms import Bearers
from data.lookup import Registered
from data.names import compact_key, fold
from service.candidates import Found, Question
from service.language import N_, say
from service.matching import Agreement, compare_name

# What people and scanners take for one another.
_CONFUSED = {
    "0": "O",
    "O": "0",
    "1": "IL",
    "I": "1L",
    "L": "1I",
    "5": "S",
    "S": "5",
    "8": "B",
    "B": "8",
    "2": "Z",
    "Z": "2",
    "6": "G",
    "G": "6",
}
_LONGEST = 20
_LOOKS = N_(
    "Somebody of this name is listed under a number that differs from yours by a letter or digit "
    "that looks like another. Read the number again."
)
_ROUND = N_(
    "Somebody of this name is listed under a number that differs from yours by two characters "
    "changed round. Read the number again."
)
_DIGIT = N_(
    "Somebody of this name is listed under a number that differs from yours by one digit. Read the "
    "number again."
)


def suggestions(bearers: Bearers, asked: Question, found: Found) -> list[str]:
    """What may have been meant, in words; empty when something was found.

    With a name: that its bearer has a number very like this one, which is not told. Without one:
    the number as it would read with letters and digits exchanged that look alike.
    """
    number = misreadable(asked.number)
    if not number or found.candidates:
        return []
    if asked.name:
        return _of_the_same_name(bearers, asked, found, number)
    alike = {key for key in _alike(number) if _listed(bearers, key, found)}
    return [
        say("Nobody bears this number. Somebody bears %(number)s: was it misread?", number=key)
        for key in sorted(alike)
    ]


def misreadable(number: str) -> str:
    """A number as it may have been misread; "" where it is none, or too long to be one."""
    plain = fold(number).replace(" ", "").upper()  # not its key, which lacks zeros: A1O01
    return plain if len(plain) <= _LONGEST else ""


def near_keys(number: str) -> dict[str, Iterator[str]]:
    """The keys of numbers that a number is easily taken for, by the words for how they differ."""
    return {
        _LOOKS: _alike(number),
        _ROUND: _transposed(number),
        _DIGIT: _one_digit(number),
    }


def _of_the_same_name(bearers: Bearers, asked: Question, found: Found, number: str) -> list[str]:
    for way, keys in near_keys(number).items():
        for key in dict.fromkeys(keys):
            if any(_same_name(asked.name, one) for one in _bearers(bearers, key, found)):
                return [say(way)]
    return []


def _bearers(bearers: Bearers, key: str, found: Found) -> list[Registered]:
    return [one for one in bearers(key) if one.register_id in found.searched]


def _listed(bearers: Bearers, key: str, found: Found) -> bool:
    return bool(_bearers(bearers, key, found))


def _same_name(name: str, one: Registered) -> bool:
    return compare_name(name, one.record).agreement >= Agreement.FAMILY


def _alike(number: str) -> Iterator[str]:
    for at, letter in enumerate(number):
        for other in _CONFUSED.get(letter, ""):
            yield compact_key(number[:at] + other + number[at + 1 :])


def _transposed(number: str) -> Iterator[str]:
    for at in range(len(number) - 1):
        if number[at] != number[at + 1]:
            yield compact_key(number[:at] + number[at + 1] + number[at] + number[at + 2 :])


def _one_digit(number: str) -> Iterator[str]:
    for at, letter in enumerate(number):
        if letter.isdecimal():
            for other in "0123456789":
                if other != letter:
                    yield compact_key(number[:at] + other + number[at + 1 :])
