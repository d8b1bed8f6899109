"""Numbers for Prometheus, computed from the store at the moment of asking, so that any process may
be asked. The one that matters: how old each register's data is."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy.engine import Connection

from config.vocabulary import Health
from data import lookup as read
from data.outbox import backlog
from data.reader import Reader
from data.slots import pulse
from service.desk import Desk

_BY_REGISTER = {
    "register_age_seconds": "Since last read",
    "register_last_accepted_timestamp_seconds": "When a run was last accepted",
    "register_people": "People listed",
    "register_fresh": "1 when answered from",
    "run_duration_seconds": "How long the latest ended run took",
    "run_requests": "Requests of the latest ended run",
    "run_read": "People listed by the latest ended run",
}


class _Page:
    """Gauges of one answer."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

    def gauge(self, name: str, said: str, *labels: str) -> Gauge:
        return Gauge(f"goodstanding_{name}", said, labels, registry=self.registry)


def exposition(desk: Desk, now: datetime) -> bytes:
    """The metrics page."""
    page = _Page()
    by_register = {
        name: page.gauge(name, said, "register").labels for name, said in _BY_REGISTER.items()
    }
    with desk.store.look() as look, desk.store.read() as db:
        _freshness(desk, look, now, by_register)
        _runs(desk, db, page, by_register)
        _machinery(db, page)
    return generate_latest(page.registry)


def _freshness(desk: Desk, look: Reader, now: datetime, by: dict[str, Callable[..., Any]]) -> None:
    readings = read.readings(look)
    for id_, condition in desk.conditions(look, now).items():
        by["register_fresh"](id_).set(condition.health is Health.FRESH)
        if reading := readings.get(id_):
            by["register_people"](id_).set(reading.people)
            accepted = reading.accepted_at.timestamp()
            by["register_last_accepted_timestamp_seconds"](id_).set(accepted)
        if condition.as_of:
            by["register_age_seconds"](id_).set((now - condition.as_of).total_seconds())


def _runs(desk: Desk, db: Connection, page: _Page, by: dict[str, Callable[..., Any]]) -> None:
    counted = page.gauge("runs", "Runs in the store, by state", "register", "state")
    for id_, state, count in read.run_counts(db):
        counted.labels(id_, state.value).set(count)
    issues = page.gauge("run_issues", "Findings of the latest ended run", "register", "level")
    for register in desk.catalogue:
        ended = (run for run in read.run_rows(db, register.id, 2) if run["finished_at"])
        if run := next(ended, None):
            took = run["finished_at"] - run["started_at"]
            by["run_duration_seconds"](register.id).set(took.total_seconds())
            by["run_requests"](register.id).set(run["requests"])
            by["run_read"](register.id).set(run["read"])
            for issue in read.issues(db, run["id"]):
                issues.labels(register.id, issue["level"]).inc(issue["count"])


def _machinery(db: Connection, page: _Page) -> None:
    waiting = page.gauge("outbox_deliveries", "Alerts not delivered", "state")
    for state, count in backlog(db).items():
        waiting.labels(state).set(count)
    if alive := pulse(db):
        said = "Last sign of life of a schedule"
        page.gauge("schedule_heartbeat_timestamp_seconds", said).set(alive["at"].timestamp())
