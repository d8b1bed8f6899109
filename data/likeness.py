"""How alike two folded words are, from 0 to 1, and in what way."""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rapidfuzz.distance import OSA, Indel

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


@lru_cache(100_000)
def likeness(asked: str, printed: str) -> Likeness:
    """Compare two words as somebody may have misspelt one for the other.

    A letter changed round or doubled weighs less than another letter; a changed first letter and a
    short word make it worse; words that sound the same are alike however they are spelt.
    """
    if asked == printed:
        return EQUAL
    steps = OSA.distance(asked, printed, score_cutoff=3)
    longest = max(len(asked), len(printed))
    score = 1 - steps * _step(asked, printed, steps) / (longest + 1)
    if steps > 3:
        score = 0.0
    way = {1: Way.ONE_LETTER, 2: Way.TWO_LETTERS}.get(steps, Way.FAR)
    if steps > 1 and set(sounds(asked)) & set(sounds(printed)):
        alike = 0.84 + 0.1 * Indel.normalized_similarity(asked, printed)
        if alike > score:
            score, way = alike, Way.SOUND
    return Likeness(score, way) if score >= LEAST else FAR


def _step(asked: str, printed: str, steps: int) -> float:
    """What one step weighs."""
    weight = 0.6
    if asked[0] != printed[0]:
        weight += 0.15
    if steps == 1:
        if len(asked) == len(printed) and sorted(asked) == sorted(printed):
            weight -= 0.1
        elif _single(asked) == _single(printed):
            weight -= 0.2
    return weight


def _single(word: str) -> str:
    """The word without doubled letters."""
    return "".join(letter for at, letter in enumerate(word) if at == 0 or letter != word[at - 1])
