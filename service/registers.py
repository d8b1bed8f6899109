"""Which registers we read, how they are, and where none exists: the coverage every door shows."""

from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from config.register import Register
from config.vocabulary import Health, Level, RunState
from data import lookup as read
from data.lookup import Reading
from service.answer import PROFESSION, public_issue
from service.desk import Desk
from service.health import Condition
from service.verify import numbers_published


def coverage(desk: Desk, now: datetime) -> dict[str, Any]:
    """Every register with its health, and every place with whether it is regulated."""
    with desk.store.look() as look, desk.store.read() as db:
        readings = read.readings(look)
        conditions = desk.conditions(look, now)
        troubles = {register.id: trouble(db, register.id) for register in desk.catalogue}
    return {
        "registers": [
            register_out(register, readings.get(register.id), conditions[register.id], now)
            | {"trouble": troubles[register.id]}
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


def trouble(db: Connection, register_id: str) -> dict[str, Any] | None:
    """Why a register's latest run did not go live, in words for everybody; None when it did."""
    latest = next(iter(read.run_rows(db, register_id, 1)), None)
    if latest is None or latest["state"] not in (RunState.HELD, RunState.FAILED):
        return None
    holds = [issue for issue in read.issues(db, latest["id"]) if issue["level"] == Level.HOLD]
    return {
        "run": latest["id"],
        "state": latest["state"],
        "at": latest["finished_at"],
        "reasons": [
            {"code": issue["code"], "text": public_issue(issue)["text"], "count": issue["count"]}
            for issue in holds
        ],
    }


def sources(desk: Desk, now: datetime) -> list[dict[str, Any]]:
    """Every register that is read: its health, its last accepted sweep, and why one was held."""
    told = ("id", "health", "last_accepted", "age_hours", "trouble")
    return [
        {name: one[name] for name in told}
        for one in coverage(desk, now)["registers"]
        if desk.catalogue.get(one["id"]).swept or one["last_accepted"]
    ]


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
