"""Registers that prove nothing (businesses, self-reported lists) are shown, and confirm nobody."""

from collections.abc import Iterator

import pytest

from config.jurisdiction import Coverage
from config.register import Catalogue, Register
from config.settings import Settings
from config.vocabulary import AUTHORISED, Status, Verdict
from data.store import Store
from service.answer import Answer, Query
from service.desk import Desk
from service.verify import lookup, verify
from tests.conftest import Clock
from tests.data.nights import Nights
from tests.registers.pages import read_pages

NO_PROOF = [register for register in Catalogue() if not register.confirms]
READ = [register for register in NO_PROOF if not register.lookup_only]
each = pytest.mark.parametrize("register", READ, ids=lambda register: register.id)


@pytest.fixture
def desk_over(
    home: Settings, clock: Clock, register: Register, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """A desk over the saved pages of a register, accepted by every gate."""
    store, catalogue = Store.of(home), Catalogue()
    on = register.model_copy(update={"enabled": True})
    monkeypatch.setitem(catalogue.registers, register.id, on)
    Nights(store, on, clock).accept(read_pages(register).records.values())
    yield Desk(store, catalogue, Coverage(), home)
    store.close()


def codes(answer: Answer) -> list[str]:
    return [reason.code for reason in answer.reasons]


def test_both_kinds_are_declared() -> None:
    assert {one.profession for one in NO_PROOF} >= {"self-reported provider"}
    assert all(one.caveat for one in NO_PROOF)
    assert all(one.profession != "massage therapist" for one in NO_PROOF)


@each
def test_no_record_of_theirs_is_authorised(register: Register) -> None:
    records = read_pages(register).records.values()
    assert records and not AUTHORISED & {one.status for one in records}


@each
def test_number_and_name_that_agree_confirm_nobody(
    register: Register, desk_over: Desk, clock: Clock
) -> None:
    for example in register.examples:
        query = Query(
            number=example.number or None,
            name=example.name,
            register_id=register.id,
            profession=register.profession,
        )
        answer = verify(desk_over, query, clock.at)
        assert answer.verdict in (Verdict.CANNOT_CONFIRM, Verdict.AMBIGUOUS, Verdict.NOT_AUTHORISED)
        assert answer.matches and answer.matches[0].caveat == register.caveat
        assert answer.matches[0].profession == register.profession


@each
def test_whoever_asks_for_a_massage_therapist_never_meets_them(
    register: Register, desk_over: Desk, clock: Clock
) -> None:
    for example in register.examples:
        query = Query(number=example.number or None, name=example.name)
        assert verify(desk_over, query, clock.at).matches == []
        assert lookup(desk_over, example.name, clock.at).matches == []


@each
def test_a_lookup_in_the_register_shows_them_and_says_what_it_is_worth(
    register: Register, desk_over: Desk, clock: Clock
) -> None:
    example = register.examples[0]
    asked = Query(text=example.number or example.key, register_id=register.id)
    answer = lookup(desk_over, asked, clock.at)
    assert answer.verdict is Verdict.CANNOT_CONFIRM and "register_no_proof" in codes(answer)
    assert answer.matches[0].status is not Status.AUTHORISED
