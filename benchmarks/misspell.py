"""How people get a name wrong: each kind turns a Name into what somebody might type instead.

Every kind is a pure function of (name, rng) and gives None where it does not apply to that name.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from random import Random

from nicknames import NickNamer

from benchmarks.lists import every_name, nicknames, unaccented
from data.names import name_key
from data.records import Name

Kind = Callable[[Name, Random], str | None]

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_PARTICLES = re.compile(r"^(van|von|de|del|di|da|dos|du|la|le|st\.?|ter|ten|mac|o|d|al|el)\b", re.I)
_SUFFIX = re.compile(r"\s+(Jr\.?|Sr|III)$", re.I)

# Spellings that sound alike in English or French: a pattern and what may stand there instead.
_SOUNDS = [
    (re.compile(pattern), instead)
    for pattern, _, instead in (
        rule.partition(">")
        for rule in """ph>f ^f>ph ck>k ck$>c c(?=[aour])>k k(?=[aour])>c ie$>y y$>ie ey$>y y$>ey
        ll>l nn>n tt>t ss>s rr>r mm>m pp>p (?<=[aeiou])([lnrtm])(?=[aeiou])>\\1\\1 ^th(?=[oe])>t
        th$>t (?<=[aeiou])h(?=[nlr])> (?<=[aeiou])gh(?=t)> ^wr>r ^kn>n ^rh>r eau(lt|x)?$>o o$>eau
        ault$>eau (?<=[a-z])ai>ay ay$>ai ei>ie ie(?=[a-z])>ei ee>ea ea>ee sch>sh tz$>ts x$>ks z$>s
        s$>z es$>ez qu(?=[ei])>k oe>o ou>u er$>ar ar$>er sen$>son son$>sen ^mc>mac ^mac>mc
        (?<=[a-z])i(?=[a-z])>y (?<=[a-z])y(?=[a-z])>i a$>ah ah$>a g(?=[ei])>j j(?=[e])>g dt$>t
        ne$>n n$>ne lle$>l el$>elle l$>lle te$>tt et$>ette ette$>et s(?=c[ei])> ^s(?=[ei])>c
        ^c(?=[ei])>s au>o ^h(?=[eaio])> tch>ch que$>k c$>ck""".split()
    )
]


def exact(name: Name, _rng: Random) -> str | None:
    """Given and family name, as printed."""
    return f"{name.given} {_bare(name.family)}"


def one_typo(name: Name, rng: Random) -> str | None:
    """A letter too many, missing, wrong (a neighbour on the keyboard), or two changed round."""
    return _different(name, _typo(_plain(name), rng))


def two_typos(name: Name, rng: Random) -> str | None:
    """Two of them, anywhere in the name."""
    return _different(name, _typo(_typo(_plain(name), rng), rng))


def sound_alike(name: Name, rng: Random) -> str | None:
    """Spelled as it sounds: one word, or (in a third) both."""
    words = _plain(name).split()
    order = rng.sample(range(len(words)), len(words))
    for place in order[: 2 if rng.random() < 0.33 else 1]:
        words[place] = _respelled(words[place], rng)
    return _different(name, " ".join(words))


def swapped(name: Name, rng: Random) -> str | None:
    """Family name first, half of the time with a comma."""
    return f"{_bare(name.family)}{rng.choice(('', ','))} {name.given}"


def nickname(name: Name, rng: Random) -> str | None:
    """The short form of a formal name or the formal of a short one, from names.toml."""
    others = _own_nicknames().get(unaccented(name.given).casefold())
    return f"{rng.choice(others)} {_bare(name.family)}" if others else None


def listed_nickname(name: Name, rng: Random) -> str | None:
    """The same from a public list (the package `nicknames`)."""
    given, public = unaccented(name.given).casefold(), _public_nicknames()
    others = sorted(public.nicknames_of(given) | public.canonicals_of(given))
    return f"{rng.choice(others)} {_bare(name.family)}" if others else None


def diacritics(name: Name, _rng: Random) -> str | None:
    """Accents dropped where they are printed, added where the register left them out."""
    said = f"{name.given} {_bare(name.family)}"
    if not said.isascii():
        return unaccented(said)
    accented = " ".join(_accents().get(word.casefold(), word) for word in said.split())
    return None if accented.isascii() else accented


def hyphen(name: Name, rng: Random) -> str | None:
    """Hyphens and apostrophes as a space or left out, a particle joined to its name."""
    said = f"{name.given} {_bare(name.family)}"
    if re.search(r"[-']", said):
        return re.sub(r"[-']", rng.choice((" ", "")), said)
    if _PARTICLES.match(name.family) and " " in _bare(name.family):
        return f"{name.given} {_bare(name.family).replace(' ', '')}"
    return None


def half(name: Name, rng: Random) -> str | None:
    """One half of a double family name."""
    parts = re.split(r"[- ]", _bare(name.family))
    if len(parts) != 2 or _PARTICLES.match(name.family):
        return None
    return f"{name.given} {rng.choice(parts)}"


def initial(name: Name, _rng: Random) -> str | None:
    """First letter and family name."""
    return f"{name.given[:1]} {_bare(name.family)}"


def middle_initial(name: Name, _rng: Random) -> str | None:
    """Given name, first letter of the middle name, family name."""
    return f"{name.given} {name.middle[0]} {_bare(name.family)}" if name.middle else None


KINDS: dict[str, Kind] = {
    "exact": exact,
    "one typo": one_typo,
    "two typos": two_typos,
    "sound-alike": sound_alike,
    "swapped order": swapped,
    "nickname": nickname,
    "nickname, public list": listed_nickname,
    "diacritics": diacritics,
    "hyphen, apostrophe": hyphen,
    "half of a double name": half,
    "former name": exact,  # of the former name, see questions.py
    "middle initial": middle_initial,
}


def _bare(family: str) -> str:
    return _SUFFIX.sub("", family)


def _plain(name: Name) -> str:
    return unaccented(f"{name.given} {_bare(name.family)}").casefold()


def _different(name: Name, said: str) -> str | None:
    """What was typed, unless it folds to the name after all."""
    return None if name_key(said) == name_key(_plain(name)) else said


def _typo(text: str, rng: Random) -> str:
    letters = [place for place, letter in enumerate(text) if letter.isalpha()]
    at = rng.choice(letters)
    change = rng.choice((_insert, _delete, _substitute, _transpose))
    return change(text, at, rng)


def _insert(text: str, at: int, rng: Random) -> str:
    return text[:at] + _neighbour(text[at], rng) + text[at:]


def _substitute(text: str, at: int, rng: Random) -> str:
    return text[:at] + _neighbour(text[at], rng) + text[at + 1 :]


def _delete(text: str, at: int, rng: Random) -> str:
    alone = not text[max(at - 1, 0) : at].isalpha() and not text[at + 1 : at + 2].isalpha()
    return _substitute(text, at, rng) if alone else text[:at] + text[at + 1 :]


def _transpose(text: str, at: int, rng: Random) -> str:
    if not text[at + 1 : at + 2].isalpha():
        return _substitute(text, at, rng)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _neighbour(letter: str, rng: Random) -> str:
    row = next((row for row in _ROWS if letter in row), _ROWS[0])
    at = row.find(letter)
    near = row[max(at - 1, 0) : at + 2].replace(letter, "")
    return rng.choice(near)


def _respelled(word: str, rng: Random) -> str:
    found = [(rule, match) for rule in _SOUNDS for match in rule[0].finditer(word)]
    if not found:
        return word
    (_, instead), match = rng.choice(found)
    return word[: match.start()] + match.expand(instead) + word[match.end() :]


@cache
def _own_nicknames() -> dict[str, list[str]]:
    both: defaultdict[str, list[str]] = defaultdict(list)
    for formal, shorts in nicknames().items():
        for short in shorts:
            both[unaccented(formal).casefold()].append(short)
            both[unaccented(short).casefold()].append(formal)
    return both


@cache
def _public_nicknames() -> NickNamer:
    return NickNamer()


@cache
def _accents() -> dict[str, str]:
    """Words of names.toml that bear accents, by how they look without."""
    words = {word for name in every_name() for word in name.split() if not word.isascii()}
    return {unaccented(word).casefold(): word for word in sorted(words)}
