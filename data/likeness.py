"""How alike two folded words are, from 0 to 1, and in what way."""

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rapidfuzz.distance import OSA, Editop, Levenshtein

from data.folded import before_o, sounds


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
FURTHEST = 3  # steps; by so many, two words have to sound the same
LEAST = 0.72  # below, two words have nothing to do with each other

# What a step of a misspelling costs: the likelier people make it, the less.
_DOUBLED, _SWAPPED, _NEIGHBOUR, _MISSING, _OTHER = 0.4, 0.65, 0.75, 0.85, 1.0
_FIRST = 0.1  # more for the first letter
_SOUNDS = 0.9  # of it, where both words sound the same
_AS_FAR = 1.9  # FURTHEST steps, where both words sound the same
_RESPELT = 0.2
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

    A doubled letter, two changed round or a neighbour on the keyboard weigh less than any other
    letter, and another spelling of what is read alike less than each of them; in a short word every
    letter weighs more.
    """
    apart = steps(asked, printed)
    if apart > FURTHEST and asked[:2] != printed[:2]:
        return FAR  # as most are
    same = apart > 0 and not set(sounds(asked)).isdisjoint(sounds(printed))
    return spelled(asked, printed, apart, same)


def spelled(asked: str, printed: str, apart: int, same: bool) -> Likeness:
    """`likeness` of words so many steps apart, where it is known whether they sound the same."""
    if not apart:
        return EQUAL
    same = same and apart <= FURTHEST
    way = Way.ONE_LETTER if apart == 1 else Way.SOUND if same else Way.TWO_LETTERS
    if asked[:2] == printed[:2] and (stem := before_o(asked)) and stem == before_o(printed):
        cost, way = _RESPELT, Way.SOUND
    elif same and _spoken(asked) == _spoken(printed):
        cost = _RESPELT
    elif apart < FURTHEST:
        first = _FIRST if asked[0] != printed[0] else 0
        cost = (_typed(asked, printed, apart) + first) * (_SOUNDS if same else 1)
    elif same:
        cost = _AS_FAR
    else:
        return FAR
    score = 1 - cost * _WEIGHT / (max(len(asked), len(printed)) + 1)
    return Likeness(score, way) if score >= LEAST else FAR


def steps(asked: str, printed: str) -> int:
    """How many letters are wrong, missing, too many or changed round; FURTHEST + 1 for any more."""
    return OSA.distance(asked, printed, score_cutoff=FURTHEST)


@lru_cache(200_000)
def _spoken(word: str) -> str:
    """A word in the plainest spelling that is read like it."""
    for pattern, instead in _SPELLINGS:
        word = pattern.sub(instead, word)
    return word


def _typed(asked: str, printed: str, apart: int) -> float:
    """What it costs to have typed one for the other in so many steps."""
    edits = Levenshtein.editops(printed, asked)
    if len(edits) == apart:
        return sum(_edit(edit, asked, printed) for edit in edits)
    # Two letters are changed round, which are two edits.
    turned = (asked[:at] + asked[at : at + 2][::-1] + asked[at + 2 :] for at in range(len(asked)))
    undone = next(word for word in turned if steps(word, printed) < apart)
    return _SWAPPED + _typed(undone, printed, apart - 1)


def _edit(edit: Editop, asked: str, printed: str) -> float:
    """What one letter costs that is wrong, missing or one too many."""
    at, to = edit.src_pos, edit.dest_pos
    if edit.tag == "replace":
        return _NEIGHBOUR if _neighbours(asked[to], printed[at]) else _OTHER
    if edit.tag == "delete":
        return _DOUBLED if printed[at] in asked[max(to - 1, 0) : to + 1] else _MISSING
    beside = printed[max(at - 1, 0) : at + 1]
    if asked[to] in beside:
        return _DOUBLED
    return _NEIGHBOUR if any(_neighbours(asked[to], key) for key in beside) else _MISSING


def _neighbours(one: str, other: str) -> bool:
    """Whether two letters lie beside each other on the keyboard."""
    if one not in _AT or other not in _AT:
        return False
    (row, at), (other_row, other_at) = _AT[one], _AT[other]
    return abs(row - other_row) <= 1 and abs(at - other_at) <= 1
