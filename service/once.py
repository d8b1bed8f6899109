"""One pass of the night for cron, systemd and Kubernetes: read what is owed, tell, and end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from crawler.refresh import utc_now
from data.run import end_dead_runs, lock_folder, owner_of
from data.slots import attempts, beat
from service import log, outlook
from service.child import Child
from service.desk import Desk
from service.nights import read_well
from service.notify import Notifier
from service.outlook import Outlook

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
    owed = [one for one in night if one.turn.at and one.turn.at <= now and not one.running]
    bad = [one.slot.register.id for one in owed if one.obstacle and one.late(now)]
    bad += [one.slot.register.id for one in owed if not one.obstacle and not _read(desk, one)]
    outlook.ping(desk, outlook.outlooks(desk, clock()), clock())
    Notifier(desk, clock, Random()).deliver()  # noqa: S311 - spreads load, guards nothing
    return bad


def _read(desk: Desk, one: Outlook) -> bool:
    """Read one register in a process of its own; whether its slot ended well."""
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
        return read_well(attempts(db, register.id, one.slot.name))
