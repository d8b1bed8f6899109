"""Which given names are short for which: a list people keep, and what it lacks."""

from enum import IntEnum
from functools import cache, lru_cache
from pathlib import Path

from nicknames import NickNamer

from data.names import family_key

_FILE = Path(__file__).parent / "nicknames.txt"


class Kin(IntEnum):
    """How two given names belong together, the surest last."""

    NONE = 0
    SIBLINGS = 1  # short for the same name: Bill and Will
    LISTED = 2  # one is short for the other by the public list
    OURS = 3  # and by ours, which holds what is usual


_Pairs = dict[str, set[str]]  # name → its short forms


@cache
def _ours() -> _Pairs:
    lines = (line.partition(":") for line in _FILE.read_text("utf-8").splitlines())
    return {name: set(map(family_key, said.split(","))) for name, _, said in lines if said}


@cache
def _lists() -> tuple[_Pairs, _Pairs]:
    """(short forms of a name, names that a short form may stand for), folded."""
    namer = NickNamer()
    short = {name: set(forms) for name, forms in _ours().items()}
    for name in namer.nickname_lookup:
        forms = {family_key(form) for form in namer.nicknames_of(name)}
        short.setdefault(family_key(name), set()).update(forms)
    whole: _Pairs = {}
    for name, forms in short.items():
        for form in forms:
            whole.setdefault(form, set()).add(name)
    return short, whole


@lru_cache(20_000)
def forms_of(given: str) -> frozenset[str]:
    """Other forms of a folded given name: what it is short for, what is short for it.

    Also the other short forms of the same names: Bill is called Will, both being William.
    """
    short, whole = _lists()
    names = whole.get(given, set())
    siblings = {form for name in names for form in short[name]}
    return frozenset((short.get(given, set()) | names | siblings) - {given})


@lru_cache(50_000)
def kin(one: str, other: str) -> Kin:
    """How two folded given names belong together."""
    if other not in forms_of(one) and one not in forms_of(other):
        return Kin.NONE
    for pairs, found in ((_ours(), Kin.OURS), (_lists()[0], Kin.LISTED)):
        if other in pairs.get(one, ()) or one in pairs.get(other, ()):
            return found
    return Kin.SIBLINGS


_PET = ("ie", "ey", "ee", "ita", "ito", "inho", "inha", "y", "i", "s")


@lru_cache(20_000)
def stem(word: str) -> str:
    """What a given name that this word is a pet form of may begin with: Kimmy, Kim, Kimberly."""
    for ending in _PET:
        if word.endswith(ending) and len(word) - len(ending) > 1:
            short = word[: -len(ending)]
            return short[:-1] if len(short) > 2 and short[-1] == short[-2] else short
    return word
