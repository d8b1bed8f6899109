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
from service.nights import coming
from service.registers import trouble

RUNS = 60
_SHOWN = 8
_STEP, _BAR, _HEIGHT = 6, 5, 48
Row = dict[str, Any]


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
        return 1.0, "Never read."
    budget = (condition.fresh_until - condition.as_of).total_seconds()
    used = min(max((now - condition.as_of).total_seconds() / budget, 0), 1)
    left = (condition.fresh_until - now).total_seconds() / 3600
    told = f"Read {words.age(condition.as_of, now)}"
    if left <= 0:
        return used, f"{told}: too old to answer from."
    if condition.fresh:
        return used, f"{told}; may be answered from for another {words.hours(left)}."
    return used, f"{told}; would be too old in another {words.hours(left)} anyway."


def _seconds(run: Row) -> float:
    return float((run["finished_at"] - run["started_at"]).total_seconds())


_FIGURES: list[tuple[str, str, Callable[[Row], float]]] = [
    ("People listed", "people", lambda run: run["read"]),
    ("Changes", "changes", lambda run: run["new"] + run["changed"] + run["missing"]),
    ("Duration", "minutes", lambda run: _seconds(run) / 60),
    ("Requests", "requests", lambda run: run["requests"]),
]


def _chart(title: str, unit: str, of: Callable[[Row], float], runs: list[Row]) -> Chart:
    """Oldest run left; a run that did not go live has another shape."""
    figures = [of(run) for run in runs]
    top = max(figures) or 1
    bars = [
        _bar(index, figure / top, f"{run['started_at']:%Y-%m-%d}: {_count(figure)} {unit}", run)
        for index, (figure, run) in enumerate(zip(figures, runs, strict=True))
    ]
    bad = sum(not bar.live for bar in bars)
    span = f"between {_count(min(figures))} and {_count(max(figures))}"
    many = f"{len(runs)} run{'' if len(runs) == 1 else 's'}"
    said = f"{_count(figures[-1])} {unit} last; {span} over {many}"
    return Chart(title, said + (f", {bad} of them not live." if bad else "."), bars)


def _bar(index: int, share: float, said: str, run: Row) -> Bar:
    height = round(max(share * _HEIGHT, 1), 1)
    live = run["state"] is RunState.ACCEPTED
    x = index * _STEP
    return Bar(x, round(_HEIGHT - height, 1), height, f"{said}, {run['state'].value}", live)


def _count(figure: float) -> str:
    return f"{figure:,.0f}" if figure == int(figure) or figure >= 100 else f"{figure:,.1f}"
