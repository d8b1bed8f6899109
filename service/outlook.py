"""How the night stands: for every register the slot it owes, what was tried, what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.settings import Settings
from crawler.ask import Unreachable
from crawler.inbox import newest
from crawler.refresh import source_of
from data import slots
from data.alerts import tell_missed
from data.outbox import News, post
from data.slots import Attempt
from service.desk import Desk
from service.nights import Slot, Turn, latest, read_well, turn

# A slot this late that nothing has read is told to the operator as missed.
LATE = timedelta(hours=3)
PING = "ping"
_AGAIN = timedelta(hours=20)  # one good night, one ping


@dataclass(frozen=True, slots=True)
class Outlook:
    """One register tonight. `obstacle` says why it cannot be started at all, "" when it can."""

    slot: Slot
    tried: tuple[Attempt, ...]
    turn: Turn
    obstacle: str
    known: bool  # it was read well at least once, so its data is ageing
    read: bool  # since the slot was due, for the slot or because somebody asked
    running: bool

    @property
    def open(self) -> bool:
        """Whether something is still to come: a run under way, or another attempt."""
        return self.running or self.turn.at is not None

    def late(self, now: datetime) -> bool:
        """Whether nothing has read the register though its time is long past."""
        waiting = not (self.tried or self.read or self.running)
        return self.known and waiting and now - self.slot.due > LATE


def outlooks(desk: Desk, now: datetime) -> list[Outlook]:
    """Every register that the night reads and that has come due at least once."""
    with desk.store.read() as db:
        accepted, running = slots.last_accepted(db), slots.running(db)
        found = []
        for register in desk.catalogue:
            if slot := latest(register, now) if register.swept else None:
                tried = tuple(slots.attempts(db, register.id, slot.name))
                at = accepted.get(register.id)
                read = read_well(tried) or (at is not None and slot.due <= at <= now)
                owed = Turn(slot, len(tried) + 1, None) if read else turn(slot, tried)
                why, busy = _obstacle(slot, desk.settings), register.id in running
                found.append(Outlook(slot, tried, owed, why, at is not None, read, busy))
    return found


def _obstacle(slot: Slot, settings: Settings) -> str:
    """Why a run would be refused before anything is asked."""
    source = source_of(slot.register)
    if source == "inbox":
        try:
            newest(settings.inbox / slot.register.id, slot.register)
        except Unreachable:
            return "inbox_empty"
        return ""
    return "no_contact" if source != "loopback" and not settings.contact else ""


def tell_late(desk: Desk, night: Sequence[Outlook], now: datetime) -> list[Outlook]:
    """Tell the operator, once, of slots that nothing has read; those told just now."""
    late = [one for one in night if one.late(now)]
    if not late:
        return []
    with desk.store.begin() as db:
        return [one for one in late if tell_missed(db, one.slot.register.id, one.slot.name, now)]


def verdict(night: Sequence[Outlook], now: datetime) -> bool | None:
    """Whether all is well: None while something is under way, or nothing is read at all."""
    mine = [one for one in night if one.known or not one.obstacle]
    if not mine or any(one.open and not one.obstacle for one in mine):
        return None
    return all(one.read or (one.obstacle and not one.late(now)) for one in mine)


def ping(desk: Desk, night: Sequence[Outlook], now: datetime) -> bool:
    """Once the night is over, have the dead man's switch told how it went: once a night, and again
    whenever that changes. Whether a message was written."""
    well = verdict(night, now)
    if well is None or not desk.settings.ping_url:
        return False
    with desk.store.begin() as db:
        pulse = slots.pulse(db)
        last = pulse["pinged_at"] if pulse else None
        same = pulse is not None and pulse["pinged_well"] is well
        if pulse is None or (last and same and last <= now < last + _AGAIN):
            return False
        if not slots.note_ping(db, well, now, last):
            return False
        kind = "night.well" if well else "night.ill"
        return post(db, News(f"ping:{now.isoformat()}", kind, {}, PING), now)
