"""Folds names and numbers to keys, so that spelling, accents and spaces do not hide a person."""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

# Removed before anything else: controls, zero-width letters and direction overrides (a spoofed name
# must not fold differently from what the eye sees).
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_TURNED = frozenset("\u202d\u202e")
_LOOK_ALIKE = frozenset(["CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE", "LISU", "DESERET"])
_APOSTROPHES = re.compile(r"['\u2018\u2019\u02bc\u02b9`\u00b4\u2032\uff07\u02bb]")
_NOT_IN_NUMBER = re.compile(r"[^A-Z0-9]")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
# Written after a name by people in this field; no register prints them as part of it.
_TITLES = frozenset(
    ["rmt", "lmt", "lmbt", "cmt", "bcmt", "dr", "mr", "mrs", "ms", "miss", "mx", "mme", "mlle"]
)
SUFFIXES = frozenset(["jr", "sr", "ii", "iii", "iv"])
PARTICLES = frozenset(
    [
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "do",
        "du",
        "la",
        "le",
        "les",
        "st",
        "ste",
        "mac",
        "mc",
        "ter",
        "ten",
        "bin",
        "ibn",
        "al",
        "el",
    ]
)
MAX_QUERY = 200
# As wide as their columns: one letter may fold to eighteen, and a column too narrow fails the run.
MAX_NAME_KEY, MAX_FAMILY_KEY = 700, 300


def disguised(text: str) -> bool:
    """Whether a text may look like another than it is read as: nobody can be sure what was meant.

    It holds letters that are turned round (`loop` shown as `pool`), or Latin letters beside those
    of an alphabet that looks like them: a Cyrillic `Р` is an R and looks like a P.
    """
    if text.isascii():
        return False
    letters = (ch for ch in unicodedata.normalize("NFKC", text) if ch.isalpha())
    alphabets = {unicodedata.name(ch, "").partition(" ")[0] for ch in letters}
    mixed = "LATIN" in alphabets and not alphabets.isdisjoint(_LOOK_ALIKE)
    return mixed or not _TURNED.isdisjoint(text)


def clean(text: str, limit: int = 300) -> str:
    """`text` for showing: composed, without invisible characters, spaces single, bounded."""
    if text.isascii() and text.isprintable():  # nearly everything, and ten times as fast
        return " ".join(text[: limit * 8].split())[:limit].rstrip()
    spaced = "".join(" " if ch in "\t\n\r\v\f\x85\u2028\u2029" else ch for ch in text[: limit * 8])
    seen = "".join(ch for ch in spaced if unicodedata.category(ch) not in _INVISIBLE)
    return " ".join(unicodedata.normalize("NFC", seen).split())[:limit].rstrip()


# What becomes of each ASCII character: for text that has no others, as nearly every name.
_PLAIN = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
_PLAIN |= {ord("'"): None, ord("`"): None}  # type: ignore[dict-item]


@lru_cache(4096)  # a name asked about is compared with each of a person's names
def fold(text: str) -> str:
    """`text` as lower-case ASCII words: no accents, apostrophes dropped, hyphens become spaces."""
    if text.isascii():
        return " ".join(clean(text).translate(_PLAIN).split())
    # Before NFKC, which would make a space of the acute accent people type as an apostrophe, and
    # after, because letters such as the soft sign are written as one in ASCII.
    plain = unicodedata.normalize("NFKC", _APOSTROPHES.sub("", clean(text)))
    return _NOT_WORD.sub(" ", _APOSTROPHES.sub("", anyascii(plain)).casefold()).strip()


def tokens(text: str) -> list[str]:
    """The folded words of a name, without titles such as RMT or Mrs."""
    words = fold(text).split()
    return words if _TITLES.isdisjoint(words) else [w for w in words if w not in _TITLES] or words


def name_key(*parts: str) -> str:
    """One key for a whole name whatever the order of its words; empty when nothing is left."""
    return " ".join(sorted(word for part in parts for word in tokens(part)))[:MAX_NAME_KEY]


def family_key(family: str) -> str:
    """The key of a family name, written in one or several words, without Jr, Sr, II …"""
    return "".join(without_suffix(tokens(family)))[:MAX_FAMILY_KEY]


def number_key(number: str) -> str:
    """`number` without case, spaces, punctuation and leading zeros: `la 09-990` is `LA9990`."""
    if number.isascii() and number.isalnum() and len(number) <= 80:  # nearly all, and much faster
        return compact_key(number.upper())
    return _number_key(number)


@lru_cache(10_000)
def _number_key(number: str) -> str:
    plain = clean(number, 80)
    if not plain.isascii():
        plain = anyascii(unicodedata.normalize("NFKC", plain))
    return compact_key(_NOT_IN_NUMBER.sub("", plain.upper()))


def compact_key(compact: str) -> str:
    """The key of a number that is nothing but capital letters and digits."""
    prefix = compact.rstrip("0123456789")
    digits = compact[len(prefix) :]
    return (prefix + (digits.lstrip("0") or digits[:1]))[:40]


@lru_cache(1000)
def looks_like_number(text: str) -> bool:
    """Whether a query is a registration number rather than a name: one word with a digit in it."""
    key = number_key(text)
    return any(ch.isdigit() for ch in key) and len(tokens(text)) <= 3 and not _wordy(text)


def _wordy(text: str) -> bool:
    return any(len(word) > 4 and word.isalpha() for word in fold(text).split())


def split_name(printed: str, order: str) -> tuple[str, str, str]:
    """(given, middle, family) of a name printed whole.

    `order` is `given_family` (`JOSE NIGUEZ TALLOW`) or `family_given` (`TALLOW, JOSE N`). Particles
    (van der, de la) belong to the family name; suffixes (Jr, III) stay with it.
    """
    if order == "family_given":
        family, _, rest = (part.strip() for part in printed.partition(","))
        given, _, middle = rest.partition(" ")
        return given, middle.strip(), family
    words = printed.split()
    if len(words) < 2:
        return "", "", printed
    start = _family_start(words)
    return words[0], " ".join(words[1:start]), " ".join(words[start:])


def _family_start(words: list[str]) -> int:
    last = len(words) - 1
    if last > 1 and fold(words[last]) in SUFFIXES:
        last -= 1
    particles = (i for i in range(1, last) if fold(words[i]) in PARTICLES)
    return next(particles, last)


def without_suffix(words: list[str]) -> list[str]:
    """Folded words of a family name without Jr, Sr, II …"""
    return [word for word in words if word not in SUFFIXES] or words
