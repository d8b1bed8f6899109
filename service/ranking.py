"""Puts candidates in order, and says of each in named facts why it may be meant.

The weights order a list to choose from. Whether a name agrees is matching.py's to say; of a name
that does not, beside a right number, a weight tells only whether it is near (candidates.CLOSE):
then the answer is `ambiguous`, else `mismatch`, and neither confirms anybody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache

from config.vocabulary import NameKind
from data.folded import Folded, FoldedName
from data.likeness import FAR, FURTHEST, Likeness, Way, likeness
from data.names import PARTICLES, SUFFIXES, without_suffix
from data.nicknames import Kin, kin, stem

SAME = 0.99  # from here on every word asked for is in the name as printed, in whatever order
SIMILAR = 0.80  # below, nothing worth showing

_INITIAL, _BEGINNING = 0.90, 0.86
_NICKNAME = {Kin.OURS: 0.97, Kin.LISTED: 0.965, Kin.SIBLINGS: 0.96}
_SHARED = 0.008  # more for any, the more of it stands in the other name
_MIDDLE_AS_GIVEN, _LATER_GIVEN = 0.93, 0.97
_FIRST_OF_SEVERAL, _JOINED = 0.975, 0.998
_SEVERAL = 0.002  # less where further given names were not asked for
_HALF = 0.979
_KIND = {NameKind.LEGAL: 0.0, NameKind.COMMON: 0.0, NameKind.FORMER: 0.004}
_KIND_CODE = {NameKind.COMMON: ("common_name",), NameKind.FORMER: ("former_name",)}
_UNMATCHED, _DOUBTFUL, _BY_INITIAL = 0.06, 0.012, 0.045
_FURTHER_EQUAL, _FURTHER_INITIAL, _FURTHER_MISSPELT = 0.004, 0.003, 0.02
_FAMILY_ONLY, _GIVEN_ONLY = 0.90, 0.83
_FURTHER_FAULT = 0.02  # each after the first, which is far likelier than two
_MOST_GIVEN = 1.1  # given names, and all that further ones can add, weigh no more
_REMEMBERED = 50_000
_FAMILY_CODES = {
    Way.EQUAL: "family_name_equal",
    Way.ONE_LETTER: "family_name_one_letter",
    Way.TWO_LETTERS: "family_name_two_letters",
    Way.SOUND: "family_name_sounds",
    Way.FAR: "family_name_similar",
}
_GIVEN_CODES = {
    Way.EQUAL: "given_name_equal",
    Way.ONE_LETTER: "given_name_one_letter",
    Way.TWO_LETTERS: "given_name_two_letters",
    Way.SOUND: "given_name_sounds",
    Way.FAR: "given_name_similar",
}
# Facts that leave no word asked for out of the name as printed.
_PRINTED = {"family_name_equal", "family_name_half", "given_name_equal", "middle_name_equal"}
_PRINTED |= {"common_name", "former_name"}


@dataclass(frozen=True, slots=True)
class Fit:
    """How well one part of a name agrees, and the fact that says so."""

    weight: float
    code: str


@dataclass(frozen=True, slots=True)
class Rank:
    """How likely somebody is meant, for ordering only, with the named facts."""

    weight: float
    codes: tuple[str, ...]
    same: bool = False  # every word asked for is in the name as printed


NOBODY = Rank(0.0, ())
_DIFFERS = Fit(0.0, "given_name_differs")
_NOTHING = Fit(0.0, "")


def rank(words: Sequence[str], said: Folded) -> Rank:
    """The best agreement of the words asked for with one of a person's names."""
    asked = tuple(word for word in words if word not in SUFFIXES) or tuple(words)
    best = NOBODY
    for name in _names(said):
        found = _rank(asked, name)
        if found.weight > best.weight:
            best = found
    same = best.weight >= SAME and _PRINTED.issuperset(best.codes)
    return replace(best, same=True) if same else best


def _names(said: Folded) -> Iterator[FoldedName]:
    """Every name, and given names of one with the former family name of another: people mix."""
    yield from said.names
    if len(said.names) > 1:
        for former in said.names:
            if former.kind is NameKind.FORMER:
                for other in said.names:
                    if other is not former:
                        yield FoldedName(NameKind.FORMER, other.given, other.middle, former.family)


def _rank(words: tuple[str, ...], name: FoldedName) -> Rank:
    family = tuple(without_suffix(list(name.family)))
    longest = sum(map(len, family)) + FURTHEST + 1
    best = NOBODY
    for part, length, rest, turned in _splits(words):
        if length > longest:
            continue
        fit = _family(part, family)
        if fit.weight and fit.weight > 2 * best.weight - _MOST_GIVEN:
            found = _whole(fit, rest, name, turned)
            if found.weight > best.weight:
                best = found
    if len(words) == 1:
        best = max(best, _given_alone(words[0], name), key=lambda one: one.weight)
    return best


@lru_cache(1000)
def _splits(
    words: tuple[str, ...],
) -> list[tuple[tuple[str, ...], int, tuple[str, ...], bool]]:
    """Every run of words that may be the family name, its letters, what is left, whether that
    stands behind it."""
    runs = [(at, to) for to in range(len(words), 0, -1) for at in range(to - 1, -1, -1)]
    return [
        (words[at:to], sum(map(len, words[at:to])), words[:at] + words[to:], at == 0)
        for at, to in runs
    ]


def _given_alone(word: str, name: FoldedName) -> Rank:
    """The one word asked for is a given name: who knows no more than that may still choose."""
    given = _given_word(word, name.given, name.middle)
    if given.weight < _FIRST_OF_SEVERAL:
        return NOBODY
    kind = _KIND_CODE.get(name.kind, ())
    weight = _GIVEN_ONLY * given.weight - _KIND[name.kind]
    return Rank(weight, (given.code, *kind, "family_name_not_given"))


@lru_cache(_REMEMBERED)
def _family(asked: tuple[str, ...], printed: tuple[str, ...]) -> Fit:
    """The whole family name, in one word or several; or one half of a double one."""
    if not printed:
        return _NOTHING
    joined, whole = "".join(asked), "".join(printed)
    alike = _compared(joined, whole)
    weight = _several(asked) if asked == printed else alike.score
    best = Fit(weight, _FAMILY_CODES[alike.way])
    if alike.score == 0 and len(joined) > 2 and whole.startswith(joined):
        best = Fit(_BEGINNING, "family_name_beginning")
    if len(printed) > 1 and alike.way is not Way.EQUAL:
        for word in printed:
            if word not in PARTICLES:
                half = _compared(joined, word)
                equal = half.way is Way.EQUAL
                weight = half.score * _HALF - (0 if equal else _FURTHER_FAULT)
                if weight > best.weight:
                    code = "family_name_half" if equal else _FAMILY_CODES[half.way]
                    best = Fit(weight, code)
    return best


def _compared(asked: str, printed: str) -> Likeness:
    """`likeness`, where the length does not rule it out: of runs of words it mostly does."""
    near = abs(len(asked) - len(printed)) <= FURTHEST + 1
    return likeness(asked, printed) if near else FAR


def _whole(family: Fit, rest: tuple[str, ...], name: FoldedName, turned: bool) -> Rank:
    """The family name and what is left for the given names, which stand behind it if `turned`."""
    kind = _KIND_CODE.get(name.kind, ())
    if not rest:
        alone = _FAMILY_ONLY if name.given else 1.0  # a business bears one name
        weight = alone * family.weight - _KIND[name.kind]
        return Rank(weight, (family.code, *kind, "given_name_not_given"))
    given, further = _given(rest, name.given, name.middle)
    weight = (family.weight + given.weight) / 2 + further.weight - _KIND[name.kind]
    if faults := (family.weight < 1) + (given.weight < 1):
        faults += (name.kind is not NameKind.LEGAL) + turned
        weight -= _FURTHER_FAULT * (faults - 1)
    unknown = (further.code,) if further.code else ()
    return Rank(weight, (family.code, given.code, *unknown, *kind))


def _given(
    rest: tuple[str, ...], given: tuple[str, ...], middle: tuple[str, ...]
) -> tuple[Fit, Fit]:
    """The best agreement with the given names, and what the words that are left over add."""
    if len(rest) > 1 and given and "".join(rest) == "".join(given):
        whole = _several(rest) if rest == given else _JOINED
        return Fit(whole, "given_name_equal"), _NOTHING
    best, left = _DIFFERS, rest
    for at, word in enumerate(rest):
        part = _given_word(word, given, middle)
        if part.weight > best.weight + 0.01 * at:
            best, left = part, rest[:at] + rest[at + 1 :]
    further = [_further(word, given, middle) for word in left]
    added = sum(further)
    if left and given:
        joined = _of_given("".join(rest), given)
        if joined.weight / 2 > best.weight / 2 + added:
            return joined, _NOTHING
    return best, Fit(added, "further_name_differs" if any(one < 0 for one in further) else "")


def _several(words: Sequence[str]) -> float:
    """What a name of these words weighs that is asked for as printed: of several words, as if each
    had been told by itself."""
    return 1 + _FURTHER_EQUAL * 2 * len(words) if len(words) > 1 else 1.0


def _given_word(word: str, given: tuple[str, ...], middle: tuple[str, ...]) -> Fit:
    best = _of_given(word, given)
    if given and best.weight < _FIRST_OF_SEVERAL:
        for one in middle:
            best = _better(best, _alike(word, one), _MIDDLE_AS_GIVEN, "middle_name_equal")
    return best


@lru_cache(_REMEMBERED)
def _of_given(word: str, given: tuple[str, ...]) -> Fit:
    """The best agreement of a word with the first given name, all in one, or a later one."""
    if not given:
        return _DIFFERS
    first, joined = given[0], "".join(given)
    best = max((_alike(word, one) for one in {first, joined}), key=lambda part: part.weight)
    if len(given) > 1:
        if best.weight == 1:
            best = Fit(_JOINED if word == joined else _FIRST_OF_SEVERAL, best.code)
        else:
            best = Fit(best.weight - _SEVERAL, best.code)
    if best.weight < _FIRST_OF_SEVERAL:
        for one in given[1:]:
            best = _better(best, _alike(word, one), _LATER_GIVEN, "given_name_equal")
    return best


def _better(best: Fit, part: Fit, discount: float, equal: str) -> Fit:
    """The part, for less, where it still agrees better; what it is called where it is equal."""
    if part.weight * discount <= best.weight:
        return best
    return Fit(part.weight * discount, equal if part.code == "given_name_equal" else part.code)


@lru_cache(_REMEMBERED)
def _alike(asked: str, printed: str) -> Fit:
    if asked == printed:
        return Fit(1.0, "given_name_equal")
    if 1 in (len(asked), len(printed)):
        if asked[0] == printed[0]:
            return Fit(_INITIAL, "given_name_initial")
        return _DIFFERS
    if how := kin(asked, printed):
        shared = SequenceMatcher(None, asked, printed, autojunk=False).find_longest_match().size
        return Fit(_NICKNAME[how] + _SHARED * shared / len(asked), "given_name_nickname")
    found = likeness(asked, printed)
    if found.score < _BEGINNING and len(stem(asked)) > 1 and printed.startswith(stem(asked)):
        return Fit(_BEGINNING, "given_name_beginning")
    return Fit(found.score, _GIVEN_CODES[found.way]) if found.score else _DIFFERS


def _further(word: str, given: tuple[str, ...], middle: tuple[str, ...]) -> float:
    """What a further word is worth: a name of theirs, one misspelt, an initial, or no name."""
    known = (*given[1:], *middle)
    if word in known:
        return _FURTHER_EQUAL
    if any(one[0] == word[0] for one in known if 1 in (len(one), len(word))):
        return _FURTHER_INITIAL if len(word) == 1 else -_BY_INITIAL
    if len(word) > 1 and any(likeness(word, one).score for one in (*given, *middle)):
        return -_FURTHER_MISSPELT
    return -_UNMATCHED if len(word) > 1 and word not in PARTICLES else -_DOUBTFUL
