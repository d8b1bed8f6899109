"""Since when what a register says of somebody now has been so, as far as we have seen it.

Only of what it still shows: what it has taken down, nobody is told of any more (promise R1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from data.lookup import Registered
from data.reader import Reader, moment
from data.records import Record, record_from

_VERSIONS = """
SELECT facts, seen_from FROM version WHERE registration_id = ? ORDER BY id DESC LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class Since:
    """When we first read the entry, and since when its status and each notice have stood in it."""

    first: datetime
    status: datetime
    notices: Mapping[str, datetime]  # by its text


def since(look: Reader, person: Registered) -> Since:
    """What of somebody's entry has stood in it since when, back from what stands there now."""
    seen = [(record_from(facts), moment(at)) for facts, at in look.rows(_VERSIONS, person.id)]
    past = [(record, at or person.first_seen) for record, at in seen]
    now = person.record
    unchanged = [record.status is now.status for record, _ in past]
    return Since(
        person.first_seen,
        _since(past, unchanged, person),
        {
            text: _since(past, [text in _texts(record) for record, _ in past], person)
            for text in _texts(now)
        },
    )


def _since(past: list[tuple[Record, datetime]], so: list[bool], person: Registered) -> datetime:
    """When the newest unbroken run of versions began in which something was so."""
    run = so.index(False) if False in so else len(so)
    return past[run - 1][1] if run else person.last_changed


def _texts(record: Record) -> list[str]:
    return [notice.text for notice in (*record.restrictions, *record.notices)]
