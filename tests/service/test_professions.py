"""Other professions by YAML alone: shown in every answer, and no proof of a massage therapist."""

from collections.abc import Iterator

import pytest

from config.jurisdiction import Coverage
from config.register import Catalogue, Register
from config.settings import Settings
from config.vocabulary import Verdict
from data.store import Store
from service.answer import Answer, Query
from service.desk import Desk
from service.verify import QuestionError, lookup, verify
from tests.conftest import Clock
from tests.data.nights import Nights
from tests.registers.pages import read_pages

MASSAGE = "massage therapist"
RELATED = [Catalogue().get(id_) for id_ in ("ca_on_cpo", "ca_on_cco", "us_or_obp", "us_nv_cpbn")]
each = pytest.mark.parametrize("register", RELATED, ids=lambda register: register.id)


@pytest.fixture
def both(home: Settings, clock: Clock, register: Register, ontario: Register) -> Iterator[Desk]:
    """A desk over massage therapists and people of a related profession, read the same night."""
    store, catalogue = Store.of(home), Catalogue()
    catalogue.registers[register.id] = on = register.model_copy(update={"enabled": True})
    people = [one for one in read_pages(ontario).records.values() if not one.doubts]
    Nights(store, ontario, clock).accept(people)
    clock.forward(hours=-24)
    known = [one for one in read_pages(register).records.values() if not one.doubts]
    Nights(store, on, clock).accept(known)
    yield Desk(store, catalogue, Coverage(), home)
    store.close()


def ask(desk: Desk, clock: Clock, register: Register, **asked: str) -> Answer:
    example = register.examples[0]
    query = Query(number=example.number or None, name=example.name, **asked)
    return verify(desk, query, clock.at)


@each
def test_its_member_is_confirmed_as_what_they_are(
    register: Register, both: Desk, clock: Clock
) -> None:
    for named in ({}, {"register_id": register.id}):
        answer = ask(both, clock, register, profession=register.profession, **named)
        assert answer.verdict is Verdict.CONFIRMED
        assert [match.profession for match in answer.matches] == [register.profession]


@each
def test_its_number_confirms_no_massage_therapist(
    register: Register, both: Desk, clock: Clock
) -> None:
    for said in (
        {},
        {"profession": MASSAGE},
        {"place": both.catalogue.get(register.id).jurisdiction},
    ):
        answer = ask(both, clock, register, **said)
        assert answer.verdict not in (Verdict.CONFIRMED, Verdict.CONFIRMED_WITH_CONDITIONS)
        assert answer.matches == []
    with pytest.raises(QuestionError, match="profession"):
        ask(both, clock, register, register_id=register.id)


@each
def test_a_lookup_for_massage_therapists_does_not_list_it(
    register: Register, both: Desk, clock: Clock
) -> None:
    assert lookup(both, register.examples[0].name, clock.at).matches == []
    [match] = lookup(
        both, Query(text=register.examples[0].number, register_id=register.id), clock.at
    ).matches
    assert match.profession == register.profession
