"""How old a register's data is, and whether anything may be answered from it now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from config.register import Register
from config.settings import Settings
from config.vocabulary import Health, RunState
from data.lookup import Reading

_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of one register at one moment. `code` says why it is not fresh, "" when it is."""

    register: Register
    health: Health
    code: str
    as_of: datetime | None
    fresh_until: datetime | None
    numbers: bool

    @property
    def fresh(self) -> bool:
        """Whether verdicts may rest on it."""
        return self.health is Health.FRESH


def condition_of(
    register: Register, reading: Reading | None, settings: Settings, now: datetime
) -> Condition:
    """Evaluated anew for every question, so that a dead job degrades every answer by itself."""
    if register.lookup_only:  # whatever is stored, it was never the whole register
        return Condition(register, Health.OFF, "register_lookup_only", None, None, True)
    if reading is None:
        if register.enabled:
            return Condition(register, Health.NEVER, "register_never_read", None, None, True)
        return Condition(register, Health.OFF, "register_off", None, None, True)
    budget = register.age_budget(now, settings.fresh_hours, settings.deadline_fresh_hours)
    until = reading.as_of + budget if reading.as_of else None
    health, code = _health(reading, until, now)
    return Condition(register, health, code, reading.as_of, until, reading.numbers)


def _health(reading: Reading, until: datetime | None, now: datetime) -> tuple[Health, str]:
    if reading.as_of is None or until is None:
        return Health.STALE, "register_age_unknown"
    if reading.as_of > now + _SKEW:
        return Health.STALE, "register_dated_in_future"
    if now > until:
        return Health.STALE, "register_stale"
    if reading.last_state is RunState.HELD:
        return Health.HELD, "register_held"
    return Health.FRESH, ""
