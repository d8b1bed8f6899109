"""Which given names are short for which: a list people keep, and what it lacks."""

from functools import cache, lru_cache
from pathlib import Path

from nicknames import NickNamer

from data.names import family_key

_FILE = Path(__file__).parent / "nicknames.txt"


@cache
def _lists() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """(short forms of a name, names that a short form may stand for), folded."""
    namer = NickNamer()
    short: dict[str, set[str]] = {}
    for line in _FILE.read_text("utf-8").splitlines():
        name, _, said = line.partition(":")
        if said:
            short.setdefault(name, set()).update(map(family_key, said.split(",")))
    for name in namer.nickname_lookup:
        forms = {family_key(form) for form in namer.nicknames_of(name)}
        short.setdefault(family_key(name), set()).update(forms)
    whole: dict[str, set[str]] = {}
    for name, forms in short.items():
        for form in forms:
            whole.setdefault(form, set()).add(name)
    return short, whole


@lru_cache(20_000)
def direct_forms_of(given: str) -> frozenset[str]:
    """What a folded given name is short for, and what is short for it."""
    short, whole = _lists()
    return frozenset((short.get(given, set()) | whole.get(given, set())) - {given})


@lru_cache(20_000)
def forms_of(given: str) -> frozenset[str]:
    """Other forms of a folded given name: the direct ones, and the other short forms of the same.

    Bill is called Will, both being William.
    """
    short, whole = _lists()
    siblings = {form for name in whole.get(given, ()) for form in short[name]}
    return (direct_forms_of(given) | siblings) - {given}


_PET = ("ie", "ey", "ee", "ita", "ito", "inho", "inha", "y", "i", "s")


@lru_cache(20_000)
def stem(word: str) -> str:
    """What a given name that this word is a pet form of may begin with: Kimmy, Kim, Kimberly."""
    for ending in _PET:
        if word.endswith(ending) and len(word) - len(ending) > 1:
            short = word[: -len(ending)]
            return short[:-1] if len(short) > 2 and short[-1] == short[-2] else short
    return word
