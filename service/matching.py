"""Compares what was asked with what a register says of one person, and explains each fact."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from config.jurisdiction import Coverage
from config.vocabulary import NameKind
from data.folded import Wanted
from data.names import SUFFIXES, family_key, fold, tokens, without_suffix
from data.records import Name, Place, Record


class Agreement(IntEnum):
    """How well a name agrees; only FAMILY and FULL can carry a verdict about a person."""

    NONE = 0
    SIMILAR = 1  # spelt otherwise: never more than somebody to choose from
    WEAK = 2
    FAMILY = 3
    FULL = 4


@dataclass(frozen=True, slots=True)
class NameMatch:
    """The best agreement of a query with one of a person's names, as codes of named facts."""

    agreement: Agreement
    codes: tuple[str, ...]


_MOST_WORDS = 10  # of a name whose namesakes can be counted
_NO_MATCH = NameMatch(Agreement.NONE, ("name_differs",))
_OTHER = {NameKind.COMMON: ("common_name",), NameKind.FORMER: ("former_name",)}


def possible_names(asked: str) -> Wanted | None:
    """The words under which everybody stands whom `could_mean` finds; None for too long a name."""
    words = tokens(asked)
    if len(words) > _MOST_WORDS:
        return None
    families = dict.fromkeys([*("".join(words[i:j]) for i, j in _runs(words)), family_key(asked)])
    rests = ([w for w in words[:i] + words[j:] if w not in SUFFIXES] for i, j in _runs(words))
    givens = {"".join(rest[i:j]) for rest in rests for i, j in _runs(rest)}
    letters = [word for word in dict.fromkeys(words) if len(word) == 1]
    return Wanted([*families], [*givens, *{word[0] for word in words}], letters)


def _runs(words: list[str]) -> Iterator[tuple[int, int]]:
    """(begin, end) of every run of words."""
    return ((i, j) for i in range(len(words)) for j in range(i + 1, len(words) + 1))


def could_mean(asked: str, record: Record) -> bool:
    """Whether somebody may be meant by this name: a namesake, as far as we can tell.

    Also where a register prints the whole name as if it were a family name.
    """
    whole = [one.family for one in record.names if not tokens(f"{one.given} {one.middle}")]
    return compare_name(asked, record).agreement is Agreement.FULL or any(
        family_key(asked) == family_key(family) for family in whole if fold(family)
    )


def compare_name(asked: str, record: Record) -> NameMatch:
    """How `asked` agrees with the best of a person's legal, common and former names."""
    matches = (_compare(asked, name, record) for name in _combined(record))
    return max(matches, key=lambda match: match.agreement, default=_NO_MATCH)


def _combined(record: Record) -> Iterator[Name]:
    """Every name, and common given names with former family names: people mix them."""
    yield from record.names
    givens = [name.given for name in record.other_names if name.kind is NameKind.COMMON]
    formers = [name for name in record.other_names if name.kind is NameKind.FORMER]
    for former in formers:
        for given in givens:
            yield Name(given, former.family, kind=NameKind.FORMER)


def _compare(asked: str, name: Name, record: Record) -> NameMatch:
    family = without_suffix(tokens(name.family))
    rest = _without(tokens(asked), family)
    if rest is None or not family_key(name.family):
        return _NO_MATCH
    codes = ("family_name_equal", *_OTHER.get(name.kind, ()))
    if not _suffixes_agree(tokens(asked), tokens(name.family)):
        return NameMatch(Agreement.WEAK, (*codes, "suffix_differs"))
    rest = [word for word in rest if word not in SUFFIXES]
    if not rest:
        return NameMatch(Agreement.FAMILY, (*codes, "given_name_not_given"))
    given = tokens(name.given)
    middle = [*given[1:], *tokens(name.middle), *tokens(record.name.middle)]
    first = _equal_given(rest, given)
    if first is None:
        return NameMatch(Agreement.WEAK, (*codes, "given_name_differs"))
    extra = [word for word in first.left if not _among(word, [*middle, *given])]
    if not extra or (not middle and _are_middle(tokens(asked), extra, family)):
        return NameMatch(Agreement.FULL, (*codes, first.code))
    return NameMatch(Agreement.WEAK, (*codes, first.code, "further_name_differs"))


def _suffixes_agree(asked: list[str], printed: list[str]) -> bool:
    """Jr is not Sr; where only one side says, it says nothing of the other."""
    ours, theirs = SUFFIXES & set(asked), SUFFIXES & set(printed)
    return not ours or not theirs or ours == theirs


def _without(words: list[str], family: list[str]) -> list[str] | None:
    """`words` less the family name, written in one or several words; None when it is not there."""
    joined = "".join(family)
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            if "".join(words[start:end]) == joined:
                return words[:start] + words[end:]
    return None


@dataclass(frozen=True, slots=True)
class _Given:
    code: str
    left: list[str]


def _equal_given(words: list[str], given: list[str]) -> _Given | None:
    """The given name among `words`, in full or as an initial, and which words are left."""
    if rest := _found(words, given):
        return rest
    first = words[0]
    if given and 1 in (len(first), len(given[0])) and given[0][0] == first[0]:
        return _Given("given_name_initial", words[1:])
    return None


def _found(words: list[str], given: list[str]) -> _Given | None:
    left = _without(words, given) if given else None
    if left is None and given and given[0] in words:  # Marie of "Marie Claire"
        index = words.index(given[0])
        left = words[:index] + words[index + 1 :]
    return None if left is None else _Given("given_name_equal", left)


def _among(word: str, known: Iterable[str]) -> bool:
    return any(word == one or (len(word) == 1 and one.startswith(word)) for one in known)


def _are_middle(words: list[str], extra: list[str], family: list[str]) -> bool:
    """Whether the further words are initials, or stand where a middle name stands."""
    if all(len(word) == 1 for word in extra):
        return True
    ends_with_family = "".join(words).endswith("".join(family))
    return ends_with_family and words[0] not in extra and len(extra) == 1


def compare_place(
    asked: str, places: Iterable[Place], coverage: Coverage, jurisdiction: str
) -> bool | None:
    """Whether the place asked about is one of the person's; None when it names only a province.

    Every part that was given (clinic, city) must agree with the same place of the register, and a
    place in another jurisdiction than the register's agrees with none.
    """
    named = coverage.named(asked)
    if named and named.code != jurisdiction:
        return False
    parts = [part for part in asked.split(",") if fold(part) and not coverage.named(part)]
    if not parts:
        return None
    return any(all(_is(part, place) for part in parts) for place in places)


def _is(part: str, place: Place) -> bool:
    said = {fold(place.name), fold(place.city), fold(f"{place.name} {place.city}")} - {""}
    return fold(part) in said
