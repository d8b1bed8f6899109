"""One pass of the night for cron, systemd and Kubernetes: read what is owed, tell, and end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from config.vocabulary import RunState
from crawler.refresh import source_of, utc_now
from data.run import end_dead_runs, lock_folder, owner_of
from data.slots import attempts, beat, running
from service import log, outlook
from service.child import Child
from service.desk import Desk
from service.nights import read_well
from service.notify import Notifier
from service.outlook import Outlook
from service.watch import round as watching

# Whoever calls us does so at least daily; `doctor` misses them a little later.
_PATIENCE = timedelta(hours=26)


def read_due(desk: Desk, clock: Callable[[], datetime] = utc_now) -> list[str]:
    """Read every register whose slot is owed, one after the other; the ids that did not go well.

    A register that cannot be read at all (no contact, empty inbox) counts once its data is late.
    """
    now = clock()
    with desk.store.begin() as db:
        beat(db, owner_of(lock_folder(desk.store)), now, _PATIENCE)
    end_dead_runs(desk.store, now)
    night = outlook.outlooks(desk, now)
    outlook.tell_late(desk, night, now)
    bad = [one.slot.register.id for one in night if one.obstacle and one.late(now)]
    seen: set[str] = set()
    while one := _next(desk, clock(), seen):  # looked at anew: others may read meanwhile
        seen.add(one.slot.register.id)
        if not _read(desk, one):
            bad.append(one.slot.register.id)
    outlook.ping(desk, outlook.outlooks(desk, clock()), clock())
    watching.look(desk, clock)
    Notifier(desk, clock, Random()).deliver()  # noqa: S311 - spreads load, guards nothing
    return bad


def _next(desk: Desk, now: datetime, seen: set[str]) -> Outlook | None:
    """The register that has been owed longest, none that another process or its host keeps busy."""
    with desk.store.read() as db:
        hosts = set(running(db).values()) - {"inbox"}
    owed = [
        one
        for one in outlook.outlooks(desk, now)
        if one.turn.at and one.turn.at <= now and not (one.running or one.obstacle)
        if one.slot.register.id not in seen and source_of(one.slot.register) not in hosts
    ]
    return min(owed, key=lambda one: one.slot.due, default=None)


def _read(desk: Desk, one: Outlook) -> bool:
    """Read one register in a process of its own; whether its slot ended well, or another has it."""
    register = one.slot.register
    log.event("start", register=register.id, slot=one.slot.name, attempt=one.turn.attempt)
    child = Child(one.turn, desk.settings)
    try:
        while not child.wait(5):
            child.mind()
    except BaseException:
        child.end()
        raise
    log.event("ended", register=register.id, slot=one.turn.label, code=child.code)
    with desk.store.read() as db:
        tried = attempts(db, register.id, one.slot.name)
    return read_well(tried) or any(attempt.state is RunState.RUNNING for attempt in tried)
