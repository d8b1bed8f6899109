"""Says anew, in the reader's language, a sentence that was put away in English (`language.kept`).

The message it was made of is found again by its own words: the one with most letters of its own
whose gaps the rest of the sentence fills. What fits none stays as it is, to be marked as English.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from itertools import islice

from service import words
from service.language import ENGLISH, messages, say, speaking, spoken

_FEWEST = 10  # letters of its own, below which a message would fit whatever there is
_LONGEST, _MOST_ENDS = 2000, 12  # characters, and ends of sentences, of what is taken apart
_KNOWN = 2048  # sentences
_GAP = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
_END = re.compile(r"(?<=[.?!])[ \n]+")
_MORE = re.compile(r"(.*) and (\d+) more")


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A message with gaps: what stands between them, how they are called."""

    message: str
    pieces: tuple[str, ...]
    gaps: tuple[str, ...]

    @property
    def own(self) -> int:
        """How many letters it has besides what fills its gaps."""
        return sum(letter.isalpha() for piece in self.pieces for letter in piece)

    def filled(self, text: str) -> dict[str, str] | None:
        """What its gaps hold where it is this text; None where it is not."""
        first, *rest = self.pieces
        if not text.startswith(first) or not text.endswith(rest[-1]):
            return None
        at, end, held = len(first), len(text) - len(rest[-1]), list[str]()
        for piece in rest[:-1]:
            found = text.find(piece, at, end)
            if found < 0:
                return None
            held.append(text[at:found])
            at = found + len(piece)
        if at > end:
            return None
        held.append(text[at:end])
        return dict(zip(self.gaps, held, strict=True))


def retold(text: str) -> str:
    """A kept sentence, or several, in the language that is spoken; as it is, where none fits."""
    if spoken() == ENGLISH:
        return text
    return _retold(text, spoken()) or text


def stays_english(text: str) -> bool:
    """Whether a kept sentence is still English on a page that is not."""
    return spoken() != ENGLISH and bool(text) and not _retold(text, spoken())


@lru_cache(_KNOWN)
def _retold(text: str, language: str) -> str:
    """The sentences of a text in a language; "" unless each of them fits a message."""
    if len(text) > _LONGEST:
        return ""
    with speaking(language):
        return say(text) if text in _whole(language) else _sentences(text)


def _sentences(text: str) -> str:
    """One sentence after the other, each as short as a message may be."""
    for end in islice(_END.finditer(text), _MOST_ENDS):
        first = _sentence(text[: end.start()])
        rest = _retold(text[end.end() :], spoken()) if first else ""
        if rest:
            return f"{first}{end[0]}{rest}"
    return _sentence(text)


def _sentence(text: str) -> str:
    """A text that is one message; "" where it is none."""
    if text in _whole(spoken()):
        return say(text)
    for pattern in _patterns(spoken()):
        held = pattern.filled(text)
        if held is not None:
            return _said(pattern.message, {gap: _told(gap, one) for gap, one in held.items()})
    return ""


def _said(message: str, values: dict[str, str]) -> str:
    return say(message, **values) if "%(" in message else say(message).format(**values)


@cache
def _whole(language: str) -> frozenset[str]:
    """The messages without gaps."""
    return frozenset(one for one in messages(language) if not _GAP.search(one))


@cache
def _patterns(language: str) -> Sequence[_Pattern]:
    """The messages with gaps, those first that say most by themselves."""
    found = (_pattern(one) for one in messages(language) if _GAP.search(one))
    some = [one for one in found if one.own >= _FEWEST and len(set(one.gaps)) == len(one.gaps)]
    return sorted(some, key=lambda one: (one.own, sum(map(len, one.pieces))), reverse=True)


def _pattern(message: str) -> _Pattern:
    gaps = tuple(one or other for one, other in _GAP.findall(message))
    pieces = _GAP.sub("\0", message.replace("%%", "%")).split("\0")
    return _Pattern(message, tuple(pieces), gaps)


def _day(text: str) -> str:
    """A day as English wrote it, as it is written here."""
    try:
        return words.day(datetime.strptime(text, "%B %d, %Y"))  # noqa: DTZ007 - a day, no moment
    except ValueError:
        return text


def _rows(text: str) -> str:
    """Numbers of rows, of many only how many more there are."""
    found = _MORE.fullmatch(text)
    return say("%(rows)s and %(count)s more", rows=found[1], count=found[2]) if found else text


def _listing(text: str) -> str:
    """A register, perhaps with the city behind it where somebody works."""
    name = text.removeprefix("the ")
    register, mark, city = name.rpartition(" (")
    known = name not in _whole(spoken()) and register in _whole(spoken())
    return f"{say(register)}{mark}{city}" if known else say(name)


def _since(text: str) -> str:
    """A sentence that begins with the space before it."""
    return text[: len(text) - len(text.lstrip())] + retold(text.lstrip())


# What stands in a gap, by its name: names, numbers and headings of somebody's own are never said
# anew, or a column “Name” would be told to be called “Nom”.
_TELLERS: dict[str, Callable[[str], str]] = {
    "day": _day,
    "listing": _listing,
    "rows": _rows,
    "since": _since,
    **dict.fromkeys(("asked", "chosen", "mark", "named", "part"), say),
    **dict.fromkeys(("place", "profession", "register", "status", "what"), say),
}


def _told(gap: str, text: str) -> str:
    return _TELLERS[gap](text) if gap in _TELLERS else text
