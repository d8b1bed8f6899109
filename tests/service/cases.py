"""Builds the facts the rules look at, so that a test changes one of them at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from config.register import Catalogue, Register
from config.vocabulary import Health, Status
from data.lookup import Registered
from data.records import Name, Record
from service.health import Condition
from service.matching import Agreement, NameMatch
from service.verdict import Candidate, NumberFact

NOW = datetime(2026, 6, 15, 16, 0, tzinfo=UTC)
FULL = NameMatch(Agreement.FULL, ("family_name_equal", "given_name_equal"))
FAMILY = NameMatch(Agreement.FAMILY, ("family_name_equal", "given_name_not_given"))
WEAK = NameMatch(Agreement.WEAK, ("family_name_equal", "given_name_differs"))
NONE = NameMatch(Agreement.NONE, ("name_differs",))
REGISTER: Register = Catalogue().get("ca_on_cmto")


def record(**facts: Any) -> Record:
    """A registration in good standing, with some facts replaced."""
    plain = Record(
        register="ca_on_cmto",
        key="k1",
        name=Name("Ingrith", "Abelquist", "Sunniva"),
        status=Status.AUTHORISED,
        number="A1001",
        profession="massage therapist",
        category="General Certificate",
        word="Current",
        may_practise=True,
    )
    return replace(plain, **facts)


def registered(found: Record | None = None, **facts: Any) -> Registered:
    """The registration as it is live, checked nine hours ago."""
    checked = NOW - timedelta(hours=9)
    plain = Registered(
        1, "ref", found or record(), (), 0, checked, checked, checked, checked, "e" * 64
    )
    return plain._replace(**facts)


def condition(**facts: Any) -> Condition:
    """A register that was read nine hours ago and may be answered from."""
    read = NOW - timedelta(hours=9)
    plain = Condition(REGISTER, Health.FRESH, "", read, read + timedelta(hours=36), numbers=True)
    return replace(plain, **facts)


def candidate(**facts: Any) -> Candidate:
    """The right person, asked about with the right number and name."""
    plain = Candidate(registered(), condition(), NumberFact.EQUAL, FULL)
    return replace(plain, **facts)


def unnumbered(**facts: Any) -> Candidate:
    """The right person of a register that prints no numbers, asked about with name and place."""
    plain = candidate(
        registered=registered(record(number="")),
        condition=condition(numbers=False),
        number=NumberFact.NOT_PUBLISHED,
        place=True,
        namesakes=1,
    )
    return replace(plain, **facts)
