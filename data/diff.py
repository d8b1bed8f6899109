"""What changed between two Records of one person, as people would say it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from config.vocabulary import ChangeKind
from data.records import Notice, Record


class Difference(NamedTuple):
    """One change: what kind, and how it read before and after."""

    kind: ChangeKind
    before: str
    after: str


def changes(before: Record, after: Record) -> Iterator[Difference]:
    """Every difference worth telling; a doubt of ours is not a change at the register."""
    pairs = [
        (ChangeKind.STATUS, _standing(before), _standing(after)),
        (ChangeKind.NOTICE, _texts(before.notices), _texts(after.notices)),
        (ChangeKind.RESTRICTION, _texts(before.restrictions), _texts(after.restrictions)),
        (ChangeKind.NAME, _names(before), _names(after)),
        (ChangeKind.OTHER, _rest(before), _rest(after)),
    ]
    return (Difference(kind, old, new) for kind, old, new in pairs if old != new)


def _standing(record: Record) -> str:
    """Our word, then the register's own; its yes or no on practising is one of them."""
    said = {True: "may practise", False: "may not practise", None: ""}[record.may_practise]
    words = " / ".join(word for word in (record.category, record.word, said) if word)
    return f"{record.status.value} ({words})" if words else record.status.value


def _texts(notices: Iterable[Notice]) -> str:
    return "\n".join(sorted(notice.text for notice in notices))


def _names(record: Record) -> str:
    others = sorted(f"{name.full} ({name.kind.value})" for name in record.other_names)
    return "; ".join([record.name.full, *others])


def _rest(record: Record) -> str:
    dates = (record.first_registered, record.expires)
    places = sorted(
        ", ".join(p for p in (place.name, place.city, place.province) if p)
        for place in record.places
    )
    parts = [f"number {record.number}" if record.number else "", *map(str, filter(None, dates))]
    return "; ".join(part for part in (*parts, *places, *sorted(record.languages)) if part)
