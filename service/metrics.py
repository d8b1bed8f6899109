"""Numbers for Prometheus. The one that matters: how old each register's data is."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from config.vocabulary import Health
from data import lookup as read
from service.desk import Desk


def exposition(desk: Desk, now: datetime) -> bytes:
    """The metrics page, computed from the store at this moment."""
    registry = CollectorRegistry()
    labels = ["register"]
    age = Gauge("goodstanding_register_age_seconds", "Since last read", labels, registry=registry)
    people = Gauge("goodstanding_register_people", "People listed", labels, registry=registry)
    fresh = Gauge("goodstanding_register_fresh", "1 when answered from", labels, registry=registry)
    with desk.store.look() as look:
        readings = read.readings(look)
        conditions = desk.conditions(look, now)
    for id_, condition in conditions.items():
        fresh.labels(id_).set(condition.health is Health.FRESH)
        if reading := readings.get(id_):
            people.labels(id_).set(reading.people)
        if condition.as_of:
            age.labels(id_).set((now - condition.as_of).total_seconds())
    return generate_latest(registry)
