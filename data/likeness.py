"""How alike two folded words are, from 0 to 1, and in what way."""

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rapidfuzz.distance import OSA, Levenshtein

from data.folded import sounds


class Way(IntEnum):
    """In what way two words agree, the best first."""

    EQUAL = 0
    ONE_LETTER = 1
    SOUND = 2
    TWO_LETTERS = 3
    FAR = 4


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike, and how."""

    score: float
    way: Way


EQUAL = Likeness(1.0, Way.EQUAL)
FAR = Likeness(0.0, Way.FAR)
LEAST = 0.72  # below, two words have nothing to do with each other

# What a misspelling costs: the likelier people make it, the less.
_DOUBLED, _SOUNDS, _SWAPPED, _NEIGHBOUR, _MISSING, _OTHER = 0.4, 0.5, 0.65, 0.75, 0.85, 1.0
_RESPELT = 0.2
_FIRST = 0.15  # more for the first letter
_TWO, _TWO_SOUND, _MORE_SOUND = 1.7, 1.3, 1.7
_WEIGHT = 0.55

# Spellings that English and French read alike, each brought to one; applied in this order.
_SPELLINGS = [
    (re.compile(pattern), instead)
    for pattern, _, instead in (
        rule.partition(">")
        for rule in """ph>f sch>sh tch>ch ^kn>n ^wr>r ^ma?c>mk eau>o au>o ou>u oe>o
        que$>k qu(?=[ei])>k ck>k c(?=[eiy])>s c(?!h)>k g(?=[eiy])>j x$>ks z>s dt$>t gh(?=t)>
        (?<![cs])h> ea>ee (ie|ey|ee|y)$>i ay>ai ei>ie y>i (.)\\1>\\1 sen$>son
        ar$>er""".split()
    )
]

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_AT = {letter: (row, at) for row, keys in enumerate(_ROWS) for at, letter in enumerate(keys)}


@lru_cache(200_000)
def likeness(asked: str, printed: str) -> Likeness:
    """Compare two words as somebody may have misspelt one for the other.

    A doubled letter, one that sounds the same, two changed round or a neighbour on the keyboard
    weigh less than any other letter, and another spelling of what is read alike less than each of
    them; in a short word every letter weighs more.
    """
    if asked == printed:
        return EQUAL
    steps = OSA.distance(asked, printed, score_cutoff=3)
    if steps > 3:
        return FAR
    same = not set(sounds(asked)).isdisjoint(sounds(printed))
    if steps == 1:
        cost, way = _one(asked, printed, same), Way.ONE_LETTER
    elif same:
        cost, way = (_TWO_SOUND if steps == 2 else _MORE_SOUND), Way.SOUND
    elif steps == 2:
        swapped = Levenshtein.distance(asked, printed) - steps  # which counts those as two
        cost, way = _TWO - swapped * (_OTHER - _SWAPPED), Way.TWO_LETTERS
    else:
        return FAR
    if same and _spoken(asked) == _spoken(printed):
        cost = min(cost, _RESPELT)
    elif steps > 1 and asked[0] != printed[0]:
        cost += _FIRST
    score = 1 - cost * _WEIGHT / (max(len(asked), len(printed)) + 1)
    return Likeness(score, way) if score >= LEAST else FAR


@lru_cache(200_000)
def _spoken(word: str) -> str:
    """A word in the plainest spelling that is read like it."""
    for pattern, instead in _SPELLINGS:
        word = pattern.sub(instead, word)
    return word


def _one(asked: str, printed: str, same_sound: bool) -> float:
    """What one step costs."""
    at = next((i for i, (a, b) in enumerate(zip(asked, printed, strict=False)) if a != b), None)
    at = min(len(asked), len(printed)) if at is None else at
    if len(asked) == len(printed):
        if asked[at] == printed[at + 1 : at + 2] and asked[at + 1 : at + 2] == printed[at]:
            cost = _SWAPPED
        else:
            cost = _NEIGHBOUR if _neighbours(asked[at], printed[at]) else _OTHER
    else:
        longer = max(asked, printed, key=len)
        cost = _DOUBLED if longer[at] in longer[max(at - 1, 0) : at] else _MISSING
    if same_sound:
        cost = min(cost, _SOUNDS)
    return cost + _FIRST if at == 0 else cost


def _neighbours(one: str, other: str) -> bool:
    """Whether two letters lie beside each other on the keyboard."""
    if one not in _AT or other not in _AT:
        return False
    (row, at), (other_row, other_at) = _AT[one], _AT[other]
    return abs(row - other_row) <= 1 and abs(at - other_at) <= 1
