"""Which registers we read, how they are, and where none exists: the coverage every door shows."""

from datetime import datetime
from typing import Any

from config.register import Register
from config.vocabulary import Health
from data import lookup as read
from data.lookup import Reading
from service.answer import PROFESSION
from service.desk import Desk
from service.health import Condition
from service.verify import numbers_published


def coverage(desk: Desk, now: datetime) -> dict[str, Any]:
    """Every register with its health, and every place with whether it is regulated."""
    with desk.store.look() as look:
        readings = read.readings(look)
        conditions = desk.conditions(look, now)
    return {
        "registers": [
            register_out(register, readings.get(register.id), conditions[register.id], now)
            for register in desk.catalogue
        ],
        "jurisdictions": [
            {
                "code": place.code,
                "name": place.name,
                "regulated": place.regulated,
                "kind": place.kind,
                "body": place.body or None,
                "titles": place.titles,
                "registers": _covering(desk, place.code),
                "check_at": place.check_at or None,
                "since": place.since or None,
                "voluntary": place.voluntary,
                "ask": place.ask or None,
                "note": place.note or None,
                "doubt": place.doubt or None,
                "source": place.source,
                "as_of": place.as_of,
            }
            for place in desk.coverage
        ],
    }


def _covering(desk: Desk, place: str) -> list[str]:
    """The registers of a place's massage therapists; other professions' cover nobody there."""
    return [
        one.id
        for one in desk.catalogue
        if one.jurisdiction == place and one.profession == PROFESSION
    ]


def register_out(
    register: Register, reading: Reading | None, condition: Condition, now: datetime
) -> dict[str, Any]:
    """One register as every door shows it."""
    age = (now - condition.as_of).total_seconds() / 3600 if condition.as_of else None
    return {
        "id": register.id,
        "name": register.name,
        "regulator": register.regulator,
        "platform": register.platform,
        "jurisdiction": register.jurisdiction,
        "profession": register.profession,
        "enabled": register.enabled,
        "verified": register.verified,
        "lookup_only": register.lookup_only,
        "covers": register.covers,
        "notes": register.notes or None,
        "caveat": register.caveat or None,
        "number_published": numbers_published(register, condition),
        "confirms": register.confirms,
        "renewal": [one.model_dump(mode="json") for one in register.renewal],
        "renewal_note": register.renewal_note or None,
        "people": reading.people if reading else 0,
        "last_checked": condition.as_of,
        "last_accepted": reading.accepted_at if reading else None,
        "last_run": reading.last_run_id if reading else None,
        "age_hours": round(age, 2) if age is not None else None,
        "fresh_until": condition.fresh_until,
        "health": condition.health,
        "source": reading.source if reading else None,
        "terms": {**register.terms.model_dump(mode="json")},
        "official_url": register.official_url,
    }


def ready(desk: Desk, now: datetime) -> tuple[bool, list[str]]:
    """Whether at least one register can be answered from, and which ones cannot."""
    with desk.store.look() as look:
        conditions = list(desk.conditions(look, now).values())
    bad = [
        f"{condition.register.id}: {condition.health.value}"
        for condition in conditions
        if condition.register.swept and not condition.fresh
    ]
    return any(condition.health is Health.FRESH for condition in conditions), bad
