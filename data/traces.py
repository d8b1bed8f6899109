"""Finds a person in raw answers, and takes them out where others stand beside them."""

import html
import json
import re
from collections.abc import Iterable
from typing import Any

from data.records import Record

_SHORT = 3  # a shorter key or number is looked for in places of its own only
_TAG = re.compile(r"<[^>]*>")
_PACKED = (b"PK\x03\x04", b"\x1f\x8b")
_BETWEEN = r"(?:\W+\w+){0,2}?\W+"  # a middle name, the name of the next field


class Traces:
    """What somebody can be recognised by: key, numbers, names."""

    def __init__(self, key: str, records: Iterable[Record]) -> None:
        """`records` are everything ever said of the person."""
        known = list(records)
        self.exact = {key, *(one.number for one in known)} - {""}
        self.names = {
            (name.given.casefold(), name.family.casefold())
            for one in known
            for name in one.names
            if name.given and name.family
        }
        long = [re.escape(one) for one in self.exact if len(one) >= _SHORT]
        pairs = [
            pair for given, family in self.names for pair in ((given, family), (family, given))
        ]
        written = [_BETWEEN.join(map(re.escape, pair)) for pair in pairs]
        said = "|".join([*long, *written])
        self.pattern = re.compile(rf"(?<!\w)(?:{said})(?!\w)", re.IGNORECASE) if said else None

    def in_text(self, text: str) -> bool:
        """Whether a text names the person."""
        return bool(self.pattern and self.pattern.search(text))

    def in_page(self, body: bytes) -> bool:
        """Whether an answer names the person; of a packed one nobody can say, so it counts."""
        if body.startswith(_PACKED):
            return True
        return any(
            self.in_text(text) or self.in_text(html.unescape(_TAG.sub(" ", text)))
            for text in (body.decode("utf-8", "replace"), body.decode("latin-1"))
        )

    def in_row(self, text: str) -> bool:
        """Whether a row of a file, or an object, is about the person: in whatever order it is."""
        words = text.casefold()
        return self.in_text(text) or any(
            _has(words, given) and _has(words, family) for given, family in self.names
        )

    def without(self, body: bytes) -> bytes | None:
        """The answer without the person; None where they cannot be taken out of it by rule."""
        rest = self._rest(body)
        return None if rest is None or self.in_page(rest) else rest

    def _rest(self, body: bytes) -> bytes | None:
        if body.lstrip()[:1] == b"<" or body.startswith(_PACKED):
            return None
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            kept = [line for line in body.splitlines(keepends=True) if not self._in_line(line)]
            return b"".join(kept)
        return json.dumps(self._pruned(said), ensure_ascii=False).encode()

    def _in_line(self, line: bytes) -> bool:
        return self.in_row(line.decode("utf-8", "replace")) or self.in_row(line.decode("latin-1"))

    def _pruned(self, node: Any) -> Any:
        """Without the innermost members of lists that are about the person."""
        if isinstance(node, dict):
            return {name: self._pruned(value) for name, value in node.items()}
        if not isinstance(node, list):
            return node
        rest = (self._pruned(one) for one in node)
        return [one for one in rest if not self._is(one)]

    def _is(self, one: Any) -> bool:
        text = json.dumps(one, ensure_ascii=False)
        short = isinstance(one, dict) and bool(self.exact & {str(value) for value in one.values()})
        return short or self.in_row(text)


def _has(text: str, words: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text))
