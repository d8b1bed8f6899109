"""Frequency lists: names with how often each is borne, to be drawn from with a Random."""

import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import names as census  # the US census of 1990: 88,799 family names, 5,494 given names

_FOLDER = Path(__file__).parent
_SHORTEST, _LONGEST = 4, 11  # letters of a rare family name
_IRISH = frozenset(
    "OBRIEN OCONNOR ONEILL ONEAL OCONNELL ODONNELL OHARA OLEARY OROURKE OKEEFE OMALLEY OSULLIVAN"
    " OREILLY OGRADY OTOOLE ONEIL ODONOGHUE OHARE OBANNON OSHEA ODOWD".split()
)


class Frequencies:
    """A list to draw from: `pick` gives each value as often as its weight says."""

    def __init__(self, weighted: Iterable[tuple[str, float]]) -> None:
        """Take (value, weight) pairs; weights need not add up to anything."""
        pairs = list(weighted)
        self.values = [value for value, _ in pairs]
        self.cumulative = list(accumulate(weight for _, weight in pairs))

    def pick(self, rng: Random) -> str:
        """One value, by weight."""
        [value] = rng.choices(self.values, cum_weights=self.cumulative)
        return value


class WithRare(Frequencies):
    """A list cut after its frequent names, with as many rare ones as `share` says."""

    def __init__(self, weighted: Iterable[tuple[str, float]], share: float) -> None:
        """A rare name is written letter by letter, each as it follows two others in the list."""
        super().__init__(weighted)
        self.share = share
        self.following: defaultdict[str, list[str]] = defaultdict(list)
        for name in (value for value in self.values if value.isalpha()):
            for at in range(len(name) + 1):
                self.following[name[:at][-2:]].append(name[at : at + 1])

    def pick(self, rng: Random) -> str:
        """One value, by weight, or a rare one."""
        return self._rare(rng) if rng.random() < self.share else super().pick(rng)

    def _rare(self, rng: Random) -> str:
        while True:
            name = letter = rng.choice(self.following[""])
            while letter and len(name) <= _LONGEST:
                letter = rng.choice(self.following[name[-2:]])
                name += letter
            if _SHORTEST <= len(name) <= _LONGEST:
                return name


@cache
def language(name: str) -> dict[str, Frequencies]:
    """The lists of one language: family, female, male, perhaps middle names."""
    if name == "english":
        files = {"family": "last", "female": "first:female", "male": "first:male"}
        return {key: Frequencies(_census(census.FILES[file])) for key, file in files.items()}
    said = _toml("names")[name]
    lists = {key: value for key, value in said.items() if isinstance(value, str)}
    found = {key: Frequencies(_weighted(text, said["exponent"])) for key, text in lists.items()}
    if rare := said.get("rare"):
        found["family"] = WithRare(_weighted(lists["family"], said["exponent"]), rare)
    return found


@cache
def nicknames() -> dict[str, tuple[str, ...]]:
    """Formal given names with the short ones people go by."""
    pairs = (pair.partition(":") for pair in _toml("names")["nicknames"]["short"].split())
    return {formal: tuple(short.split(",")) for formal, _, short in pairs}


def every_name() -> Iterator[str]:
    """Every name of names.toml."""
    for said in _toml("names").values():
        for key in ("family", "female", "male"):
            words = (word.partition(":")[0] for word in said.get(key, "").split())
            yield from (word.replace("_", " ") for word in words)


def unaccented(text: str) -> str:
    """`text` as registers print it that leave accents out."""
    if text.isascii():
        return text
    plain = text.replace("Đ", "D").replace("đ", "d")
    return "".join(
        ch for ch in unicodedata.normalize("NFD", plain) if not unicodedata.combining(ch)
    )


def places() -> dict[str, Any]:
    """places.toml: inhabitants, towns, clinics, languages."""
    return _toml("places")


@cache
def words(key: str) -> list[str]:
    """One list of places.toml."""
    return [word.replace("_", " ") for word in str(places()[key]).split()]


@cache
def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))


def _weighted(text: str, exponent: float) -> Iterable[tuple[str, float]]:
    for rank, word in enumerate(text.split()):
        value, _, weight = word.partition(":")
        yield value.replace("_", " "), float(weight or 1 / (rank + 3) ** exponent)


def _census(file: str) -> Iterable[tuple[str, float]]:
    """Lines such as `SMITH 1.006 1.006 1`; the rarest print 0.000, which is less than 0.0005."""
    for line in Path(file).read_text("ascii").splitlines():
        name, share, *_ = line.split()
        yield _cased(name), float(share) or 0.0003


def _cased(name: str) -> str:
    if name.startswith("MC") and len(name) > 4:
        return "Mc" + name[2:].capitalize()
    if name in _IRISH:
        return "O'" + name[1:].capitalize()
    return name.capitalize()
