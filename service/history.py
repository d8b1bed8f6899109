"""The last nights as a reader sees them: a freshness bar a register, and small charts of its runs.

Drawn here as plain shapes with words beside them, so that the page needs no script and no colour.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.register import Register
from config.vocabulary import Health, RunState
from data import lookup as read
from service import words
from service.desk import Desk
from service.health import Condition
from service.language import N_, many, say
from service.nights import coming
from service.registers import trouble

RUNS = 60
_SHOWN = 8
_STEP, _BAR, _HEIGHT = 6, 5, 48
Row = dict[str, Any]
STATE = {
    RunState.RUNNING: N_("running"),
    RunState.ACCEPTED: N_("accepted"),
    RunState.HELD: N_("held"),
    RunState.FAILED: N_("failed"),
    RunState.REJECTED: N_("rejected"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One run in a chart: where it stands, how high, what it says, and whether it went live."""

    x: int
    y: float
    height: float
    said: str
    live: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """One figure over the last runs; `said` is the chart in words."""

    title: str
    said: str
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Nights:
    """One register on the status page."""

    register: Register
    health: Health
    as_of: datetime | None
    used: float  # share of the age budget, 0 to 1
    freshness: str
    trouble: dict[str, Any] | None
    next_at: datetime | None
    charts: list[Chart]
    runs: list[Row]


def status(desk: Desk, now: datetime) -> list[Nights]:
    """Every register that is read, or was."""
    with desk.store.look() as look, desk.store.read() as db:
        conditions = desk.conditions(look, now)
        found = []
        for register in desk.catalogue:
            runs = read.run_rows(db, register.id, RUNS)
            if register.swept or runs:
                condition, wrong = conditions[register.id], trouble(db, register.id)
                found.append(_nights(condition, wrong, runs, now))
    return found


def _nights(condition: Condition, wrong: Row | None, runs: list[Row], now: datetime) -> Nights:
    register = condition.register
    slot = coming(register, now) if register.swept else None
    used, freshness = _freshness(condition, now)
    finished = [run for run in reversed(runs) if run["finished_at"]]
    return Nights(
        register,
        condition.health,
        condition.as_of,
        used,
        freshness,
        wrong,
        slot.due if slot else None,
        [_chart(title, unit, of, finished) for title, unit, of in _FIGURES] if finished else [],
        runs[:_SHOWN],
    )


def _freshness(condition: Condition, now: datetime) -> tuple[float, str]:
    """The share of the age budget that is used up, and the same in words."""
    if condition.as_of is None or condition.fresh_until is None:
        return 1.0, say("Never read.")
    budget = (condition.fresh_until - condition.as_of).total_seconds()
    used = min(max((now - condition.as_of).total_seconds() / budget, 0), 1)
    left = (condition.fresh_until - now).total_seconds() / 3600
    told = {"age": words.age(condition.as_of, now)}
    if left <= 0:
        return used, say("Read %(age)s: too old to answer from.", **told)
    told["left"] = words.hours(left)
    if condition.fresh:
        return used, say("Read %(age)s; may be answered from for another %(left)s.", **told)
    return used, say("Read %(age)s; would be too old in another %(left)s anyway.", **told)


def _seconds(run: Row) -> float:
    return float((run["finished_at"] - run["started_at"]).total_seconds())


_FIGURES: list[tuple[str, str, Callable[[Row], float]]] = [
    (N_("People listed"), N_("people"), lambda run: run["read"]),
    (N_("Changes"), N_("changes"), lambda run: run["new"] + run["changed"] + run["missing"]),
    (N_("Duration"), N_("minutes"), lambda run: _seconds(run) / 60),
    (N_("Requests"), N_("requests"), lambda run: run["requests"]),
]


def _chart(title: str, unit: str, of: Callable[[Row], float], runs: list[Row]) -> Chart:
    """Oldest run left; a run that did not go live has another shape."""
    figures = [of(run) for run in runs]
    top = max(figures) or 1
    bars = [
        _bar(
            index,
            figure / top,
            f"{run['started_at']:%Y-%m-%d}: {words.count(figure)} {say(unit)}",
            run,
        )
        for index, (figure, run) in enumerate(zip(figures, runs, strict=True))
    ]
    bad = sum(not bar.live for bar in bars)
    said = many(
        "%(last)s %(unit)s last; between %(least)s and %(most)s over %(count)s run",
        "%(last)s %(unit)s last; between %(least)s and %(most)s over %(count)s runs",
        len(runs),
        last=words.count(figures[-1]),
        unit=say(unit),
        least=words.count(min(figures)),
        most=words.count(max(figures)),
    )
    rest = many(", %(count)s of them not live.", ", %(count)s of them not live.", bad)
    return Chart(say(title), said + (rest if bad else "."), bars)


def _bar(index: int, share: float, said: str, run: Row) -> Bar:
    height = round(max(share * _HEIGHT, 1), 1)
    live = run["state"] is RunState.ACCEPTED
    x = index * _STEP
    return Bar(x, round(_HEIGHT - height, 1), height, f"{said}, {say(STATE[run['state']])}", live)
