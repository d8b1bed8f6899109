"""A name → who may be meant, the likeliest first, a page at a time."""

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from data.folded import Folded, names_part, read
from data.names import SUFFIXES, tokens
from data.reader import Reader
from data.search import Found, Scope, Search
from service.language import N_
from service.ranking import SIMILAR, Rank, rank

A_PAGE, ALTOGETHER = 20, 50  # people shown at once, and of one question (promise A3)
# How good the likeliest must be for us not to look for more distant spellings.
_FULL, _GOOD, _FAIR = 0.981, 0.955, 0.86
# Of a name asked for, three bearers come before names that agree less; of another, one.
_NAMESAKES, _CROWD, _MOST_CROWD = 3, 0.012, 0.1
_OFTEN, _MOST_OFTEN = 0.0002, 20
_HALF = "family_name_half"
Ranked = tuple[int, Folded, Rank]


_NO_CURSOR = N_("This is no cursor of ours. Ask without one to begin at the first page.")


class CursorError(ValueError):
    """A cursor is not one of ours; says what to do."""


@dataclass(frozen=True, slots=True)
class Page:
    """People by our own id, the likeliest first; the cursor of the next page, or ""."""

    people: list[tuple[int, Rank]]
    next_cursor: str


def query_words(name: str) -> list[str]:
    """The words of a name that are searched for."""
    words = tokens(name)
    return [word for word in words if word not in SUFFIXES] or words


def page(look: Reader, name: str, scope: Scope, cursor: str = "") -> Page:
    """The people after `cursor`; the order is the same for every page of an unchanged store.

    A cursor names the last person shown by place in the order, so that people who come or go
    meanwhile neither repeat nor hide the others. Raises CursorError.
    """
    last = _read(cursor)
    # Of the first so many only, whatever the cursor says: anybody can write one.
    found = ranked(look, name, scope)[:ALTOGETHER]
    rest = [(id_, one) for id_, _, one in found if _place(id_, one) > last]
    people = rest[:A_PAGE]
    return Page(people, _write(_place(*people[-1])) if len(rest) > len(people) else "")


def _place(id_: int, one: Rank) -> tuple[int, int]:
    return (round(-one.weight * 10_000), id_)


def _write(place: tuple[int, int]) -> str:
    return base64.urlsafe_b64encode(f"{place[0]},{place[1]}".encode()).decode()


def _read(cursor: str) -> tuple[int, int]:
    if not cursor:
        return (-1_000_000, 0)
    try:
        said = base64.urlsafe_b64decode(cursor[:100].encode("ascii")).decode("ascii").split(",")
        weight, id_ = (int(number[:12]) for number in said)
    except (ValueError, binascii.Error, UnicodeError) as error:
        raise CursorError(_NO_CURSOR) from error
    return weight, id_


def ranked(look: Reader, name: str, scope: Scope) -> list[Ranked]:
    """Everybody who may be meant by `name`, the likeliest first."""
    words = query_words(name)
    if not words:
        return []
    search, order = Search(look, words, scope), Order(words)
    order.add(search.exact())
    for more, enough in (
        (search.near, _FULL),
        (search.further, _GOOD),
        (search.both, _GOOD),
        (search.wide, _FAIR),
        (search.beginning, _FAIR),
    ):
        if order.best >= enough:
            break
        order.add(more())
    return order.people()


class Order:
    """People in the order in which they may be meant; namesakes are ranked once."""

    def __init__(self, words: list[str]) -> None:
        """Nobody yet."""
        self.words, self.best = words, 0.0
        self._people: dict[int, str] = {}
        self._ranks: dict[str, tuple[Folded, Rank]] = {}

    def add(self, found: Found) -> None:
        """Rank these people too."""
        for id_, stored in found.items():
            names = self._people[id_] = names_part(stored)
            if names not in self._ranks:
                said = read(stored)
                self._ranks[names] = (said, rank(self.words, said))
                self.best = max(self.best, self._ranks[names][1].weight)

    def people(self) -> list[Ranked]:
        """The likeliest first. The many bearers of one name do not hide all others.

        Nothing tells namesakes apart but place and number, so each further one counts a little
        less; of two names that agree as well, the one borne by more people comes first.
        """
        told = [one for bearers in self._bearers() for one in self._thinned(bearers)]
        return sorted(told, key=lambda one: _place(one[0], one[2]))

    def _bearers(self) -> Iterable[list[tuple[int, str]]]:
        """Everybody worth showing, by the name they bear; middle names do not count."""
        bearers: dict[object, list[tuple[int, str]]] = {}
        for id_, names in self._people.items():
            said, one = self._ranks[names]
            if one.weight >= SIMILAR:
                name = said.names[0]
                bearers.setdefault((name.given[:1], name.family), []).append((id_, names))
        return bearers.values()

    def _thinned(self, bearers: list[tuple[int, str]]) -> Iterator[Ranked]:
        often = min(len(bearers), _MOST_OFTEN) * _OFTEN
        bearers.sort(key=lambda who: _place(who[0], self._ranks[who[1]][1]))
        for place, (id_, names) in enumerate(bearers):
            said, one = self._ranks[names]
            free = _NAMESAKES if one.same and _HALF not in one.codes else 1
            crowd = min(max(0, place + 1 - free) * _CROWD, _MOST_CROWD)
            yield id_, said, Rank(one.weight - crowd + often, one.codes, one.same)
