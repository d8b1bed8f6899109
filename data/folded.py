"""A person's names and workplaces, folded to the keys that the name index holds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, islice
from typing import NamedTuple
from zlib import crc32

import orjson
from metaphone import doublemetaphone

from config.vocabulary import NameKind
from data.names import PARTICLES, fold, tokens, without_suffix
from data.records import Record

NOTHING = 0  # the code of a part of a name that is not printed
_MANY = 50_000  # of what recurs from one person to the next, remembered
_HEAD = 5  # letters that stand in the upper half of a code, so that codes sort like words
LONGEST = 60  # letters of a word that count
_MOST_PAIRS = 400  # of one person; whoever bears more names is found by the first of them
_CORE = 8  # letters in which two may be missing
_SHORT = 5  # shorter words have no neighbours by two missing letters: too much would be near
_O = ("eaux", "eault", "eaud", "eau", "ault", "aud", "aux", "au", "ot", "o")
_ONE, _TWO, SOUND = (kind << 32 for kind in (1, 2, 3))  # marks of sounds are the highest


@dataclass(frozen=True, slots=True)
class FoldedName:
    """One name as folded words (see names.fold), suffixes such as Jr still in it."""

    kind: NameKind
    given: tuple[str, ...]
    middle: tuple[str, ...]
    family: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The words that stand in the names of whoever a name could mean, as `pairs` keeps them."""

    families: Sequence[str]
    givens: Sequence[str]
    initials: Sequence[str] = ()  # given names that begin so


@dataclass(frozen=True, slots=True)
class Folded:
    """Everything a person can be found by."""

    names: tuple[FoldedName, ...]
    places: tuple[str, ...] = ()


def folded(record: Record) -> Folded:
    """The folded names and places of a record."""
    return read(stored(record))


def stored(record: Record) -> str:
    """What `write` writes of a record's folded names and places."""
    names = [
        [one.kind.value, _words(one.given), _words(one.middle), _words(one.family)]
        for one in record.names
    ]
    places = {_place(part) for one in record.places for part in (one.name, one.city)} - {""}
    return orjson.dumps([names, sorted(places)]).decode()


@lru_cache(_MANY)
def _words(part: str) -> str:
    return " ".join(tokens(part))


_place = lru_cache(_MANY)(fold)


def write(said: Folded) -> str:
    """As it is stored beside a registration."""
    names = [
        [one.kind.value, " ".join(one.given), " ".join(one.middle), " ".join(one.family)]
        for one in said.names
    ]
    return orjson.dumps([names, said.places]).decode()


def names_part(stored: str) -> str:
    """The names of what `write` wrote, unread: the same for all namesakes."""
    return stored[: stored.rindex("],[")]


def read(stored: str) -> Folded:
    """What `write` wrote."""
    names, places = orjson.loads(stored)
    return Folded(
        tuple(
            FoldedName(
                NameKind(kind), tuple(given.split()), tuple(middle.split()), tuple(family.split())
            )
            for kind, given, middle, family in names
        ),
        tuple(places),
    )


@lru_cache(200_000)
def code(word: str) -> int:
    """A word as a number of 58 bits that sorts by its first five letters.

    Words that share those and a checksum are taken for one; whoever is found by a code is compared
    by name afterwards, so that only costs time.
    """
    return _head(word[:_HEAD], "0") << 32 | crc32(word[:LONGEST].encode())


def starting(prefix: str) -> tuple[int, int]:
    """The first and last code of the words that begin so (or, past five letters, nearly so)."""
    head = prefix[:_HEAD]
    return _head(head, "0") << 32, _head(head, "z") << 32 | 0xFFFF_FFFF


def _head(letters: str, filler: str) -> int:
    return int(letters.ljust(_HEAD, filler), 36)


@lru_cache(_MANY)
def family_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """What a family name is found by: all its words in one, then each that is no particle."""
    kept = without_suffix(list(words))
    alone = [word for word in kept if word not in PARTICLES] if len(kept) > 1 else []
    return tuple(dict.fromkeys(word for word in ("".join(kept), *alone) if word))


def family_entries(words: tuple[str, ...]) -> tuple[str, ...]:
    """What of a family name stands in the dictionary, to be found misspelt.

    A double name does not stand there in one word, which would make the dictionary twice as large:
    who misspells a half of it is led by the other. Written in one word and misspelt it is found
    only behind a given name, and by its first five letters.
    """
    found = family_words(words)
    return found[1:] if len(found) > 2 else found


def given_words(name: FoldedName) -> tuple[str, ...]:
    """What a given name is found by: its first word, all in one, each of them, middle names."""
    return _given_words(name.given, name.middle)


@lru_cache(_MANY)
def _given_words(given: tuple[str, ...], middle: tuple[str, ...]) -> tuple[str, ...]:
    longer = [word for word in middle if len(word) > 1]
    words = (*given[:1], "".join(given), *given[1:], *longer)
    return tuple(dict.fromkeys(word for word in words if word))


class Keys(NamedTuple):
    """What the index holds of a person: pairs and places by code, and words for the dictionary."""

    pairs: set[tuple[int, int]]
    places: set[int]
    families: Iterable[str]
    givens: Iterable[str]


def keys_of(stored: str) -> Keys:
    """The keys of a person by what `write` wrote of them."""
    names, places = orjson.loads(stored)
    if len(names) == 1:  # nine in ten people: no more than a look into what is remembered
        (families, entries), givens = _family_codes(names[0][3]), _given_codes(*names[0][1:3])
        if families and givens and len(families) * len(givens) <= _MOST_PAIRS:
            both = {(family, given) for family in families for given in givens}
            return Keys(both, set(map(_place_code, places)), entries, givens.values())
    said = read(stored)
    return Keys(
        pairs(said),
        place_codes(said),
        {word for name in said.names for word in family_entries(name.family)},
        {word for name in said.names for word in given_words(name)},
    )


@lru_cache(_MANY)
def _family_codes(family: str) -> tuple[list[int], tuple[str, ...]]:
    """The codes of a family name, and what of it stands in the dictionary."""
    words = tuple(family.split())
    return [*map(code, family_words(words))], family_entries(words)


@lru_cache(_MANY)
def _given_codes(given: str, middle: str) -> dict[int, str]:
    return {code(w): w for w in _given_words(tuple(given.split()), tuple(middle.split()))}


@lru_cache(_MANY)
def _place_code(place: str) -> int:
    return code(place.replace(" ", ""))


def pairs(said: Folded) -> set[tuple[int, int]]:
    """(family code, given code) of every combination of a person's names, old and new.

    Names are mixed on purpose: people use a common given name with a former family name. Whoever
    bears more names than we keep pairs of is marked by a pair of nothing.
    """
    families = _in_turn([family_words(name.family) for name in said.names])
    givens = _in_turn([given_words(name) for name in said.names])
    combined = (
        (code(family) if family else NOTHING, code(given) if given else NOTHING)
        for family, given in _nearest_first(families or [""], givens or [""])
    )
    whole = (family_words(name.family)[:1] for name in said.names if not given_words(name))
    found = {(code(family), NOTHING) for one in whole for family in one}
    found.update(islice(combined, _MOST_PAIRS))
    if next(combined, None) is not None:
        found.add((NOTHING, NOTHING))  # more than we keep: lookup.bearers compares them always
    return found


def _in_turn(lists: Sequence[Sequence[str]]) -> list[str]:
    """The first of each list, then the second of each: what matters most comes first."""
    longest = max(map(len, lists), default=0)
    return list(
        dict.fromkeys(one[turn] for turn in range(longest) for one in lists if turn < len(one))
    )


def _nearest_first(families: list[str], givens: list[str]) -> Iterator[tuple[str, str]]:
    """All combinations, those of the first words before those of the last."""
    for distance in range(len(families) + len(givens) - 1):
        for index in range(max(0, distance - len(givens) + 1), min(distance + 1, len(families))):
            yield families[index], givens[distance - index]


def place_codes(said: Folded) -> set[int]:
    """The codes of a person's clinics and cities."""
    return set(map(_place_code, said.places))


def neighbours(word: str) -> set[int]:
    """The codes by which a word of the dictionary is found when it is asked for misspelt.

    The word and the word less each one letter; less each two (of its first letters) where it is not
    short; and its sounds in English spelling (double metaphone).
    """
    return near(word) | {_TWO | crc32(part) for part in _less_two(word)}


def near(word: str) -> set[int]:
    """Where to look for words that differ from this one by a letter, or sound alike."""
    whole = word.encode()
    return {_ONE | crc32(part) for part in (whole, *_less_one(whole))} | _sounds(word)


def asked_for(word: str) -> set[int]:
    """The same, and words that end in the same o by another French spelling: Thibo, Thibault."""
    stem = before_o(word)
    others = (f"{stem}{end}".encode() for end in _O) if stem else ()
    return near(word) | {_ONE | crc32(other) for other in others}


def before_o(word: str) -> str:
    """What stands before an o at the end, however it is spelled in French; or ""."""
    end = next((end for end in _O if word.endswith(end)), "")
    return word[: -len(end)] if end and len(word) > len(end) + 1 else ""


def further(word: str) -> set[int]:
    """Where to look for words that differ from this one by two letters."""
    core = word[:_CORE].encode()
    twice = _less_two(word)
    parts = {core, *_less_one(core), *twice}
    return {_TWO | crc32(part) for part in parts} | {_ONE | crc32(part) for part in twice}


def _less_one(word: bytes) -> set[bytes]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))} if len(word) > 1 else set()


def _less_two(word: str) -> set[bytes]:
    if len(word) < _SHORT:
        return set()
    core = word[:_CORE].encode()
    return {
        core[:i] + core[i + 1 : j] + core[j + 1 :] for i, j in combinations(range(len(core)), 2)
    }


def _sounds(word: str) -> set[int]:
    return {SOUND | crc32(sound.encode()) for sound in sounds(word)}


@lru_cache(20_000)
def sounds(word: str) -> tuple[str, ...]:
    """How a word may sound, as double metaphone codes; none for words of one sound."""
    return tuple(sound for sound in doublemetaphone(word) if len(sound) > 1)
