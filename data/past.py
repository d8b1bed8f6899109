"""What was known at an earlier moment: sweeps, versions and absences as they stood then."""

from dataclasses import replace
from datetime import datetime

from config.vocabulary import ChangeKind, RunState
from data.lookup import Reading, Registered, readings
from data.reader import Reader, moment
from data.records import record_from

_RUNS = """
SELECT id, register_id, as_of, state, finished_at, coalesce(decided_at, finished_at), read, source,
  url FROM run
WHERE state IN ('accepted', 'held', 'rejected') AND finished_at <= ? ORDER BY id
"""
_VERSION = """
SELECT facts, evidence_id, seen_from FROM version
WHERE registration_id = ? AND seen_from <= ? AND (seen_until IS NULL OR seen_until > ?)
ORDER BY id DESC LIMIT 1
"""
_ABSENCE = """
SELECT kind FROM change
WHERE registration_id = ? AND at <= ? AND kind IN ('missing', 'delisted', 'returned')
ORDER BY id DESC LIMIT 1
"""
_ABSENT = {ChangeKind.MISSING.value: 1, ChangeKind.DELISTED.value: 2}


def readings_at(look: Reader, then: datetime) -> dict[str, Reading]:
    """What was live of every register at `then`, and how its latest run had ended by then.

    A run that was approved later was still held.
    """
    now, found = readings(look), dict[str, Reading]()
    for id_, register, as_of, state, _, settled, people, source, url in look.rows(
        _RUNS, look.bound(then)
    ):
        at = moment(settled)
        if register not in now or at is None:
            continue
        if state == RunState.ACCEPTED and at <= then:
            numbers = now[register].numbers
            made = (moment(as_of), at, people, source, url, numbers, id_, RunState.ACCEPTED, id_)
            found[register] = Reading(*made)
        elif register in found:
            found[register] = replace(found[register], last_state=RunState.HELD, last_run_id=id_)
    return found


def registered_at(
    look: Reader, found: Registered, reading: Reading | None, then: datetime
) -> Registered | None:
    """Somebody as we had seen them at `then`; None when we had not.

    What cannot be known of that day any more (whether a number was shared, a seventh's details
    read) is taken from today where that is the stricter.
    """
    at = look.bound(then)
    versions = look.rows(_VERSION, found.id, at, at)
    if not versions or reading is None:
        return None
    facts, evidence_id, seen_from = versions[0]
    absences = look.rows(_ABSENCE, found.id, at)
    absent = _ABSENT.get(absences[0][0], 0) if absences else 0
    record, details = record_from(facts), found.detail_checked
    shared = ("shared_number",) if "shared_number" in found.doubts else ()
    return found._replace(
        told=record,
        doubts=(*record.doubts, *shared),
        absent=absent,
        last_checked=None if absent else reading.as_of,
        detail_checked=details if details and details <= then else None,
        last_changed=moment(seen_from) or found.last_changed,
        evidence_id=evidence_id,
    )
