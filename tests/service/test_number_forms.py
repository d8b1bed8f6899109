"""A patient who types the old form of a number finds the person, and nobody else is confirmed."""

from collections.abc import Iterator

import pytest

from config.jurisdiction import Coverage
from config.register import Catalogue, Register
from config.settings import Settings
from config.vocabulary import Verdict
from data.records import Name, Record
from data.store import Store
from service.answer import Answer, Query
from service.desk import Desk
from service.verify import lookup, verify
from tests.conftest import Clock
from tests.data.nights import Nights, person

ID = "us_wa_doh"


@pytest.fixture
def washington() -> Register:
    return Catalogue().get(ID).model_copy(update={"enabled": True})


@pytest.fixture
def read(home: Settings, washington: Register, clock: Clock) -> Iterator[Desk]:
    """A desk over Washington: one number in the new form, one pair that prints both forms."""
    store, catalogue = Store.of(home), Catalogue()
    catalogue.registers[ID] = washington
    people = [
        _person(1, "MA.MA.60123456", Name("Tamsin", "Ferrowdale")),
        _person(2, "MA60999999", Name("Jose", "Tallow")),
        _person(3, "MA.MA.60999999", Name("Mirabel", "Ashgrovian")),
    ]
    Nights(store, washington, clock).accept(people)
    yield Desk(store, catalogue, Coverage(), home)
    store.close()


def _person(which: int, number: str, name: Name) -> Record:
    return person(which, register=ID, key=number, number=number, name=name)


def ask(desk: Desk, clock: Clock, number: str, name: str) -> Answer:
    return verify(desk, Query(number=number, name=name, register_id=ID), clock.at)


@pytest.mark.parametrize("number", ["MA60123456", "ma 60123456", "MA.MA.60123456"])
def test_either_form_confirms_the_person(read: Desk, clock: Clock, number: str) -> None:
    answer = ask(read, clock, number, "Tamsin Ferrowdale")
    assert answer.verdict is Verdict.CONFIRMED
    assert [match.number for match in answer.matches] == ["MA.MA.60123456"]


def test_the_old_form_of_somebody_elses_number_is_a_mismatch(read: Desk, clock: Clock) -> None:
    assert ask(read, clock, "MA60123456", "Jose Tallow").verdict is Verdict.MISMATCH


@pytest.mark.parametrize("number", ["MA60123457", "RN60123456", "MA6012345", "A60123456"])
def test_a_number_nobody_has_finds_nobody(read: Desk, clock: Clock, number: str) -> None:
    assert ask(read, clock, number, "Tamsin Ferrowdale").verdict is Verdict.NOT_FOUND


def test_two_people_whose_numbers_differ_only_in_form_are_never_mixed(
    read: Desk, clock: Clock
) -> None:
    """Where the register still prints the old form for somebody, it is theirs alone."""
    assert ask(read, clock, "MA60999999", "Jose Tallow").verdict is Verdict.CONFIRMED
    assert ask(read, clock, "MA60999999", "Mirabel Ashgrovian").verdict is Verdict.MISMATCH
    assert ask(read, clock, "MA.MA.60999999", "Mirabel Ashgrovian").verdict is Verdict.CONFIRMED
    assert ask(read, clock, "MA.MA.60999999", "Jose Tallow").verdict is Verdict.MISMATCH


def test_somebody_elses_old_form_is_no_mismatch_where_several_registers_are_asked(
    read: Desk, clock: Clock, ontario: Register
) -> None:
    """Nobody said that the number is Washington's, and there it is printed otherwise."""
    Nights(read.store, ontario, clock).accept([person(n) for n in range(30)])
    strange = Query(number="MA60123456", name="Jose Tallow")
    assert verify(read, strange, clock.at).verdict is Verdict.NOT_FOUND
    hers = verify(read, strange.model_copy(update={"name": "Tamsin Ferrowdale"}), clock.at)
    assert hers.verdict is Verdict.CONFIRMED
    assert "number_form" in [reason.code for reason in hers.reasons]


def test_a_lookup_understands_it_too(read: Desk, clock: Clock) -> None:
    [match] = lookup(read, Query(text="MA60123456", register_id=ID), clock.at).matches
    assert (match.name, match.number) == ("Tamsin Ferrowdale", "MA.MA.60123456")
