"""Which slot of a register is owed now: pure rules over the calendar and what was tried before.

A slot is named by its local date (a second one of the day by the date and a letter), never by an
instant: clocks go back, jump and stand still, and still every date has its one run. The times of a
day are walked on the wall clock and only then placed in the zone, so that an hour that does not
exist is moved forward and an hour that comes twice counts once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from apscheduler.triggers.cron import CronTrigger

from config.register import Register, RegisterError
from config.vocabulary import RunState
from data.slots import Attempt

# After a failed attempt, the next one waits longer each time; then the night is given up.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 20, 60, 180))
# What was held is asked once more: an outage may be over in an hour. A redesign will not be, and
# each run costs the register a night's requests, so after that a person must look.
HELD_TRIES = 2
HELD_PAUSE = timedelta(hours=1)
# Nothing that a second look could change: a wall, a forbidden page, an empty inbox.
_FINAL = frozenset({"refused"})
_FARTHEST = 62  # days between two slots of the rarest schedule
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """One turn of a register: its name, and the moment it is due."""

    register: Register
    name: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """What to do about a slot: start its `attempt` at `at`; None when nothing is left to do."""

    slot: Slot
    attempt: int
    at: datetime | None

    @property
    def label(self) -> str:
        """What the run is started with."""
        return f"{self.slot.name}#{self.attempt}"


def slots_on(register: Register, day: date) -> list[Slot]:
    """The slots of a local date, in order. Around a renewal deadline one more, half a day on."""
    times = list(_walls(register.schedule, register.id, day))
    if times and register.in_renewal(day):
        half = timedelta(hours=12)
        other = times[0] + half if (times[0] + half).date() == day else times[0] - half
        times += [other] if other not in times else []
    named = [
        Slot(register, _name(day, index), _placed(wall, register))
        for index, wall in enumerate(times)
    ]
    return sorted(named, key=lambda slot: slot.due)


def _name(day: date, index: int) -> str:
    return day.isoformat() + (chr(ord("a") + index) if index else "")


@lru_cache(maxsize=1024)
def _trigger(schedule: str, register_id: str) -> CronTrigger:
    try:
        return CronTrigger.from_crontab(schedule, timezone=UTC)
    except ValueError as error:
        raise RegisterError(f"The schedule of {register_id} cannot be used: {error}") from error


@lru_cache(maxsize=1024)
def _walls(schedule: str, register_id: str, day: date) -> tuple[datetime, ...]:
    """The times of a day on the wall clock, which is told as if it were UTC."""
    trigger = _trigger(schedule, register_id)
    walls: list[datetime] = []
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = trigger.get_next_fire_time(None, moment)
    while found and found.date() == day:
        walls.append(found)
        if len(walls) > 24:
            raise RegisterError(f"The schedule of {register_id} asks for more than 24 runs a day.")
        found = trigger.get_next_fire_time(found, found + timedelta(seconds=1))
    return tuple(walls)


def _placed(wall: datetime, register: Register) -> datetime:
    """The first moment at which the clocks there show this, or would have shown it."""
    return wall.replace(tzinfo=register.zone, fold=0).astimezone(UTC)


def latest(register: Register, now: datetime) -> Slot | None:
    """The slot that was due last: the only one still owed, however many were missed before it."""
    day = register.local_day(now)
    for back in range(_FARTHEST):
        due = [slot for slot in slots_on(register, day - back * _DAY) if slot.due <= now]
        if due:
            return due[-1]
    return None


def coming(register: Register, now: datetime) -> Slot | None:
    """The slot that is due next."""
    day = register.local_day(now)
    for ahead in range(_FARTHEST):
        for slot in slots_on(register, day + ahead * _DAY):
            if slot.due > now:
                return slot
    return None


def turn(slot: Slot, tried: Sequence[Attempt]) -> Turn:
    """What is left to do for a slot after these attempts."""
    following = len(tried) + 1
    if not tried:
        return Turn(slot, following, slot.due)
    last = tried[-1]
    ended = last.ended or slot.due
    if last.state is RunState.FAILED and len(tried) <= len(PAUSES):
        at_once = following == 2 and "interrupted" in last.holds
        return Turn(slot, following, ended if at_once else ended + PAUSES[len(tried) - 1])
    held = sum(attempt.state is RunState.HELD for attempt in tried)
    if last.state is RunState.HELD and held < HELD_TRIES and not last.holds & _FINAL:
        return Turn(slot, following, ended + HELD_PAUSE)
    return Turn(slot, following, None)


def read_well(tried: Sequence[Attempt]) -> bool:
    """Whether a slot ended as it should."""
    return any(attempt.state is RunState.ACCEPTED for attempt in tried)
