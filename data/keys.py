"""Remembers millions of keys in a few bytes each, for registers of a whole state."""

from array import array
from collections.abc import Iterable, Iterator

_MARK = 2**64 - 1
_START = 1024


def _mark(text: str) -> int:
    """64 bits of a text, never 0; Python seeds its hash anew in every process."""
    return hash(text) & _MARK or 1


class Keys:
    """A set of texts, known by 64 bits of each.

    Two different texts are taken for one with a chance of 1 in 30 million for a million keys.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Begin with these."""
        self._slots = array("Q", bytes(8 * _START))
        self._used = 0
        for text in texts:
            self.add(text)

    def __len__(self) -> int:
        return self._used

    def __contains__(self, text: object) -> bool:
        return bool(self._slots[self._find(_mark(str(text)))])

    def __iter__(self) -> Iterator[int]:
        """The marks, to count how many keys several sets have together."""
        return (mark for mark in self._slots if mark)

    def add(self, text: str) -> None:
        """Remember `text`."""
        mark = _mark(text)
        at = self._find(mark)
        if not self._slots[at]:
            self._put(mark, at)

    def _find(self, mark: int) -> int:
        """Where `mark` is, or the empty slot where it belongs."""
        slots, last = self._slots, len(self._slots) - 1
        at = mark & last
        while slots[at] and slots[at] != mark:
            at = (at + 1) & last
        return at

    def _put(self, mark: int, at: int) -> int:
        """Remember a mark that is not there, in its empty slot; where, if it had to move."""
        if 3 * self._used >= 2 * len(self._slots):
            self._grow()
            at = self._find(mark)
        self._slots[at] = mark
        self._used += 1
        return at

    def _grow(self) -> None:
        old = self._slots
        self._slots = array("Q", bytes(16 * len(old)))
        for mark in old:
            if mark:
                self._slots[self._find(mark)] = mark


class Digests(Keys):
    """A map from texts to 64 bits of what was said of each, to see whether it is said again."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._said = array("Q", bytes(8 * _START))

    def say(self, text: str, said: str) -> bool:
        """Remember what is said of `text`; False, and nothing is, where something was before."""
        mark = _mark(text)
        at = self._find(mark)
        if self._slots[at]:
            return False
        at = self._put(mark, at)  # before `_said` is named: it may put new arrays in its place
        self._said[at] = _mark(said)
        return True

    def same(self, text: str, said: str) -> bool:
        """Whether exactly this was said of `text`."""
        at = self._find(_mark(text))
        return bool(self._slots[at]) and self._said[at] == _mark(said)

    def _grow(self) -> None:
        old, said = self._slots, self._said
        self._slots = array("Q", bytes(16 * len(old)))
        self._said = array("Q", bytes(16 * len(old)))
        for mark, one in zip(old, said, strict=True):
            if mark:
                at = self._find(mark)
                self._slots[at], self._said[at] = mark, one
