"""Finds who may be meant by a name: candidates from the name index, not yet ranked.

Names are compared with the dictionary, which grows slowly, never with the rows: words asked for →
words of the dictionary → pairs of a family and a given word → people. docs/search.md tells how.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice

from data.folded import NOTHING, SOUND, asked_for, code, further, starting
from data.likeness import FURTHEST, spelled, steps
from data.nicknames import forms_of, stem
from data.reader import Reader, marks, padded

MOST = 120  # people looked at whose names agree
_CLOSE = 60  # people looked at whose names are similar
_PAIRS = 4000
_VARIANTS = 120  # of one word, in each of its uses
_FORM = 0.97  # what another form of a given name weighs beside the name itself
_BOTH = 30  # of each word where both may be misspelt
_REMEMBERED = 20_000
_WORDS = 6
_RUN = 3  # words that may be written as one

Found = dict[int, str]  # our id → folded names, as they are stored
Variants = tuple[dict[int, float], dict[int, float]]  # family codes, given codes → likeness
Weighed = tuple[dict[int, float], dict[int, float] | None]


@dataclass(frozen=True, slots=True)
class Scope:
    """Among whom to look; None is everybody."""

    registers: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    places: Sequence[str] = ()  # folded clinics and cities, all of which must be theirs

    @property
    def narrow(self) -> bool:
        """Whether so few people may be left that all of them can be looked at."""
        return bool(self.places)


class Search:
    """The questions about one name, within one view of the store."""

    def __init__(self, look: Reader, words: Sequence[str], scope: Scope = Scope()) -> None:  # noqa: B008 - frozen
        """`words` are folded, without titles and suffixes."""
        self.look, self.scope = look, scope
        self.words = list(words)[:_WORDS]
        self.initials = [word for word in self.words if len(word) == 1]
        self.whole = [word for word in self.words if len(word) > 1] or self.words
        self.spans = list(_spans(len(self.words)))
        self.runs = ["".join(self.words[i:j]) for i, j in self.spans]
        self.within, self.filter, self.values = _filter(scope)

    def exact(self) -> Found:
        """Everybody whose names hold these words, given names also in another form."""
        families = self._codes((*self.whole, *self.runs))
        if len(self.words) == 1:
            return self._one_word(families)
        found = self._people(families, self._given_codes((*self.whole, *self.runs)))
        if not found and self.initials:
            for initial in self.initials:
                found |= self._initial(families, initial)
        return found

    def near(self) -> Found:
        """One word may differ by a letter, sound alike, or be short for a given name."""
        found = self._weighed(self._one_side(self._near)) | self._short_forms()
        return found or self._misspelt_beside_an_initial()

    def both(self) -> Found:
        """Two words may each differ by a letter or sound alike."""
        return self._weighed(self._two_sides(_BOTH))

    def wide(self) -> Found:
        """The same, for short words that are near to many."""
        return self._weighed(self._two_sides(_VARIANTS))

    def further(self) -> Found:
        """One word may differ by two letters."""
        return self._weighed(self._one_side(self._further))

    def beginning(self) -> Found:
        """Everybody whose names hold all words but the last, and one that begins like the last."""
        first, last = starting(self.words[-1])
        others = self._codes((*self.words[:-1], "".join(self.words[:-1])))
        if len(self.words) == 1:
            return self._fetch("p.family BETWEEN ? AND ?", [first, last]) | self._fetch(
                "p.given BETWEEN ? AND ?", [first, last]
            )
        inside, some = marks(len(padded(others))), padded(others)
        return self._fetch(
            f"p.family IN ({inside}) AND p.given BETWEEN ? AND ?", [*some, first, last]
        ) | self._fetch(f"p.given IN ({inside}) AND p.family BETWEEN ? AND ?", [*some, first, last])

    def family(self) -> Found:
        """Everybody who bears one of these words as a family name, whatever their given name."""
        return self._fetch(*_inside("p.family", self._codes((*self.whole, *self.runs))))

    def _one_word(self, codes: list[int]) -> Found:
        return self._fetch(*_inside("p.family", codes)) or self._fetch(*_inside("p.given", codes))

    def _initial(self, families: list[int], initial: str) -> Found:
        clause, values = _inside("p.family", families)
        return self._fetch(f"{clause} AND p.given BETWEEN ? AND ?", [*values, *starting(initial)])

    def _misspelt_beside_an_initial(self) -> Found:
        """A family name that may differ by a letter or sound alike, and a given name's initial."""
        found: Found = {}
        if len(self.whole) == 1:
            families = list(_first(self._near(self.whole[0])[0], _BOTH))
            for initial in self.initials:
                found |= self._initial(families, initial)
        return found

    def _codes(self, words: Iterable[str]) -> list[int]:
        return [code(word) for word in dict.fromkeys(words) if word]

    def _people(self, families: list[int], givens: list[int]) -> Found:
        """The most alike first: a family name of several words, a given name as it is asked for."""
        runs, asked = set(self._codes(self.runs)), set(self._codes((*self.whole, *self.runs)))
        pairs = self._pairs(families, givens)
        pairs.sort(key=lambda pair: (pair[1] not in runs, pair[2] not in asked))
        return self._named(list(dict.fromkeys(id_ for id_, _, _ in pairs))[:MOST])

    def _fetch(self, clause: str, values: Sequence[object]) -> Found:
        """Whoever bears such a pair, with their names, MOST at the most."""
        rows = self.look.rows(
            f"SELECT p.registration_id FROM name_pair p {self.within} "
            f"WHERE {clause}{self.filter} LIMIT {_PAIRS}",
            *values,
            *self.values,
        )
        return self._named(list(dict.fromkeys(id_ for (id_,) in rows))[:MOST])

    def _one_side(self, variants_of: Callable[[str], Variants]) -> Iterator[Weighed]:
        """Pairs of a variant of a word and another word as asked; of a word alone, its variants."""
        for word in self.whole:
            families, givens = variants_of(word)
            if len(self.words) == 1:
                yield families, None
            elif others := self._others(word):
                asked = dict.fromkeys(self._codes(others), 1.0)
                yield asked, givens
                yield families, dict.fromkeys(self._given_codes(others), _FORM) | asked

    def _two_sides(self, most: int) -> Iterator[Weighed]:
        """Pairs of variants, of the nearest few of each two words."""
        close = {word: self._near(word) for word in self.whole}
        for word, (families, _) in close.items():
            givens: dict[int, float] = {}
            for other, (_, variants) in close.items():
                if other != word:
                    givens |= _first(variants, most)
            yield _first(families, most), givens

    def _weighed(self, combinations: Iterable[Weighed]) -> Found:
        """Whoever bears one of the pairs, the likeliest few."""
        found: dict[int, float] = {}
        for families, givens in combinations:
            for id_, family, given in self._pairs(families, givens):
                weight = families[family] + (givens[given] if givens else 0.0)
                if weight > found.get(id_, 0.0):
                    found[id_] = weight
        best = nlargest(_CLOSE, found.items(), key=lambda pair: (pair[1], -pair[0]))
        return self._named([id_ for id_, _ in best])

    def _short_forms(self) -> Found:
        """Given names that a word begins, or is a pet form of: Kat and Kathy for Katherine."""
        found: Found = {}
        for word in self.whole:
            others = self._others(word)
            if others and len(stem(word)) > 1:
                clause, values = _inside("p.family", self._codes(others))
                reach = starting(stem(word))
                found |= self._fetch(f"{clause} AND p.given BETWEEN ? AND ?", [*values, *reach])
        return found

    def _others(self, word: str) -> list[str]:
        """The words asked for beside this one, and the runs of them."""
        at = self.words.index(word)
        beside = [other for other in self.whole if other != word]
        return beside + ["".join(self.words[i:j]) for i, j in self.spans if not i <= at < j]

    def _given_codes(self, words: Sequence[str]) -> list[int]:
        forms = (form for word in words for form in forms_of(word))
        return [NOTHING, *self._codes((*words, *forms))]

    def _pairs(
        self, families: Iterable[int], givens: Iterable[int] | None
    ) -> list[tuple[int, int, int]]:
        clause, values = _inside("p.family", list(families))
        if givens is not None:
            also, more = _inside("p.given", list(givens))
            clause, values = f"{clause} AND {also}", [*values, *more]
        return self.look.rows(
            f"SELECT p.registration_id, p.family, p.given FROM name_pair p {self.within} "
            f"WHERE {clause}{self.filter} LIMIT {_PAIRS}",
            *values,
            *self.values,
        )

    def _named(self, ids: Sequence[int]) -> Found:
        """The folded names of those who are still listed."""
        if not ids:
            return {}
        some = padded(ids)
        rows = self.look.rows(
            "SELECT f.registration_id, f.folded FROM folded_names f "
            "JOIN registration r ON r.id = f.registration_id AND r.absent < 2 "
            f"WHERE f.registration_id IN ({marks(len(some))})",
            *some,
        )
        return dict(rows)

    def _near(self, word: str) -> Variants:
        """Family and given words near to this one, the nearest first."""
        return self._remembered("near", word, lambda: self._look_up(word, asked_for(word)))

    def _further(self, word: str) -> Variants:
        """The same, and those that differ by two letters."""

        def found() -> Variants:
            two, near = self._look_up(word, further(word), FURTHEST - 1), self._near(word)
            families, givens = (one | better for one, better in zip(two, near, strict=True))
            return _nearest(families), _nearest(givens)

        return self._remembered("further", word, found)

    def _remembered(self, kind: str, word: str, found: Callable[[], Variants]) -> Variants:
        """What was found, for as long as this view of the store is looked at."""
        kept = self.look.remembered("variants", _nothing)
        if (kind, word) not in kept:
            if len(kept) >= _REMEMBERED:
                kept.clear()
            kept[kind, word] = found()
        return kept[kind, word]

    def _look_up(self, word: str, near_marks: set[int], most_steps: int = FURTHEST + 1) -> Variants:
        """The nearest words of the dictionary that share a mark with this one.

        Whether two words sound the same is told by the mark they share, which costs nothing.
        """
        some = padded(sorted(near_marks))
        rows = self.look.rows(
            "SELECT w.code, w.text, w.family, w.given, n.mark FROM (SELECT code, MAX(near) AS mark "
            f"FROM word_near WHERE near IN ({marks(len(some))}) GROUP BY code) n "  # noqa: S608
            "JOIN word w ON w.code = n.code",
            *some,
        )
        families, givens = dict[int, float](), dict[int, float]()
        for one, text, family, given, mark in rows:
            apart = steps(word, text)
            if apart > most_steps:
                continue
            score = spelled(word, text, apart, same=mark >= SOUND).score
            if score and family:
                families[one] = score
            if score and given:
                givens[one] = score
        return _nearest(families), _nearest(givens)


def _nothing(_look: Reader) -> dict[object, Variants]:
    return {}


def _nearest(variants: dict[int, float]) -> dict[int, float]:
    """The nearest of them; of two as near, always the same one first."""
    return dict(nlargest(_VARIANTS, variants.items(), key=lambda pair: (pair[1], pair[0])))


def _first(variants: dict[int, float], most: int) -> dict[int, float]:
    return dict(islice(variants.items(), most))


def _spans(count: int) -> Iterator[tuple[int, int]]:
    """(begin, end) of every run of two or three words, and of all of them."""
    for begin in range(count):
        for end in range(begin + 2, min(begin + _RUN, count) + 1):
            yield begin, end
    if count > _RUN:
        yield 0, count


def _inside(column: str, codes: Sequence[int]) -> tuple[str, list[int]]:
    if not codes:
        return f"{column} IN (NULL)", []
    some = padded(codes)
    return f"{column} IN ({marks(len(some))})", some


def _filter(scope: Scope) -> tuple[str, str, list[object]]:
    """The join and the clause for a scope, and its values."""
    join, clause, values = "", "", list[object]()
    for column, allowed in (("register_id", scope.registers), ("status", scope.statuses)):
        if allowed is not None:
            some = padded(list(allowed) or [""])
            join = "CROSS JOIN registration r"  # in this order: SQLite would begin with a register
            clause += f" AND r.{column} IN ({marks(len(some))})"
            values += some
    if join:
        clause += " AND r.id = p.registration_id"
    for place in scope.places:
        clause += (
            " AND EXISTS (SELECT 1 FROM place_key k WHERE k.code = ? "
            "AND k.registration_id = p.registration_id)"
        )
        values.append(code(place.replace(" ", "")))
    return join, clause, values
