"""Thousands of questions meant to be confirmed wrongly, and the honest ones that must be right.

Each trick takes a person and turns the true question about them into one that must not be
confirmed; the oracle is how the question was made, not the rules under test.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest

from config.jurisdiction import Coverage
from config.register import Catalogue, Register
from config.settings import Settings
from config.vocabulary import ADVERSE, NameKind, Status, Verdict
from data.records import Name, Notice, Place, Record
from data.store import Store
from service.answer import Query
from service.desk import Desk
from service.verify import verify
from tests.conftest import Clock
from tests.data.nights import Nights, person

CONFIRMING = (Verdict.CONFIRMED, Verdict.CONFIRMED_WITH_CONDITIONS)
GIVEN = "Ana Bénédicte Cường Dêlal Éloïse Fatıma Gurpreet Hélène Íris Jørn Kai Łucja".split()
FAMILY = "O'Dwyer Nguyễn Saint-Cyr Müller da Silva|van Dijk|Kaur|Đặng|Le Blanc|Ng".replace(" ", "|")
FAMILIES = FAMILY.replace("da|Silva", "da Silva").replace("van|Dijk", "van Dijk").split("|")
CITIES = "Ottawa Toronto Sudbury London".split()


def population(numbers: bool) -> list[Record]:
    """600 people with many namesakes; one in five unfit in some way."""
    chance = random.Random(4)
    made = []
    for n in range(600):
        status = Status.AUTHORISED if chance.random() < 0.8 else chance.choice([*sorted(ADVERSE)])
        city = chance.choice(CITIES)
        common = Name(chance.choice(GIVEN) + "ka", "", kind=NameKind.COMMON)
        family = chance.choice(FAMILIES) + chance.choice(["", "ov", "ez", "ström", "-Roy"])
        name = Name(chance.choice(GIVEN), family, chance.choice(["", "Zoé", "M"]))
        others = (replace(common, family=family), Name(name.given, "Oldnam", kind=NameKind.FORMER))
        made.append(
            person(
                n,
                name=name,
                other_names=others if n % 3 == 0 else (),
                number=f"A{20000 + 7 * n}" if numbers else "",
                status=status,
                may_practise=status is Status.AUTHORISED,
                notices=(Notice("Caution"),) if n % 17 == 0 else (),
                expires=date(2020, 1, 1) if n % 19 == 0 else None,
                places=(Place(f"Clinic {n % 40}", city, "Ontario"),) if n % 5 else (),
            )
        )
    return made


def desk_over(
    settings: Settings, register: Register, clock: Clock, people: list[Record]
) -> Iterator[Desk]:
    settings = settings.model_copy(update={"rate_limit": 0})
    store = Store.of(settings)
    Nights(store, register, clock).accept(people)
    yield Desk(store, Catalogue(), Coverage(), settings)
    store.close()


@pytest.fixture
def numbered(settings: Settings, ontario: Register, clock: Clock) -> Iterator[Desk]:
    yield from desk_over(settings, ontario, clock, population(True))


@pytest.fixture
def nameless(settings: Settings, ontario: Register, clock: Clock) -> Iterator[Desk]:
    """A register that prints no numbers."""
    yield from desk_over(settings, ontario, clock, population(False))


def fit(one: Record) -> bool:
    return one.status is Status.AUTHORISED and one.expires is None


def other(one: Record, people: list[Record], chance: random.Random) -> Record:
    """Somebody whose family names are all different."""
    mine = {name.family for name in one.names}
    while True:
        found = chance.choice(people)
        if mine.isdisjoint(name.family for name in found.names):
            return found


Trick = Callable[[Record, list[Record], random.Random], Query | None]


def swapped(one: Record, people: list[Record], chance: random.Random) -> Query:
    return Query(number=one.number, name=other(one, people, chance).name.full)


def invented_name(one: Record, _people: list[Record], chance: random.Random) -> Query:
    return Query(number=one.number, name=f"{one.name.given} Zzyzx{chance.randrange(99)}")


def given_only(one: Record, _people: list[Record], _chance: random.Random) -> Query:
    return Query(number=one.number, name=one.name.given)


def sibling(one: Record, _people: list[Record], _chance: random.Random) -> Query:
    return Query(number=one.number, name=f"Xochitl {one.name.family}")


def digit_off(one: Record, people: list[Record], chance: random.Random) -> Query | None:
    """A typing error that hits nobody or a stranger."""
    at = chance.randrange(1, 6)
    digit = str((int(one.number[at]) + chance.randrange(1, 10)) % 10)
    typed = one.number[:at] + digit + one.number[at + 1 :]
    hit = next((p for p in people if p.number == typed), None)
    same = hit and {n.family for n in hit.names} & {n.family for n in one.names}
    return None if same else Query(number=typed, name=one.name.full)


def no_number(one: Record, _people: list[Record], _chance: random.Random) -> Query:
    return Query(name=one.name.full, place=one.places[0].name if one.places else "Ottawa")


def other_register(one: Record, _people: list[Record], _chance: random.Random) -> Query:
    return Query(number=one.number, name=one.name.full, register_id="us_la_bmt")


TRICKS: list[Trick] = [
    swapped,
    invented_name,
    given_only,
    sibling,
    digit_off,
    no_number,
    other_register,
]


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_is_confirmed(numbered: Desk, clock: Clock, trick: Trick) -> None:
    people, chance = population(True), random.Random(str(trick))
    asked = 0
    for one in people:
        if query := trick(one, people, chance):
            asked += 1
            assert verify(numbered, query, clock.at).verdict not in CONFIRMING, query
    assert asked > 500


def test_unfit_people_are_never_confirmed(numbered: Desk, clock: Clock) -> None:
    unfit = [one for one in population(True) if not fit(one)]
    for one in unfit:
        query = Query(number=one.number, name=one.name.full)
        assert verify(numbered, query, clock.at).verdict not in CONFIRMING
    assert len(unfit) > 100


def spellings(one: Record) -> Iterator[str]:
    plain = one.name.full
    yield from (plain, plain.upper(), f"{one.name.family}, {one.name.given}", f"  {plain}, RMT")
    yield from (name.full for name in one.other_names)


def test_everybody_fit_is_confirmed_however_spelt(numbered: Desk, clock: Clock) -> None:
    right = [one for one in population(True) if fit(one)]
    questions = [(one, name) for one in right for name in spellings(one)]
    for one, name in questions:
        query = Query(number=f" {one.number.lower()} ", name=name)
        answer = verify(numbered, query, clock.at)
        expected = Verdict.CONFIRMED_WITH_CONDITIONS if one.notices else Verdict.CONFIRMED
        assert answer.verdict is expected, query
    assert len(questions) > 1500


def test_nobody_is_confirmed_from_an_old_reading(numbered: Desk, clock: Clock) -> None:
    clock.forward(hours=37)
    for one in population(True)[:200]:
        query = Query(number=one.number, name=one.name.full)
        assert verify(numbered, query, clock.at).verdict is Verdict.CANNOT_CONFIRM


def test_without_numbers_namesakes_and_strangers_are_never_confirmed(
    nameless: Desk, clock: Clock
) -> None:
    people = population(False)
    confirmed = 0
    for one in people:
        place = one.places[0].name if one.places else "Ottawa"
        query = Query(number="A20000", name=one.name.full, place=place)
        if verify(nameless, query, clock.at).verdict in CONFIRMING:
            confirmed += 1
            same = [p for p in people if one.name.full in [name.full for name in p.names]]
            assert [p.key for p in same] == [one.key]
            assert fit(one) and one.places
    assert confirmed > 20


def test_without_numbers_a_wrong_place_or_initial_never_confirms(
    nameless: Desk, clock: Clock
) -> None:
    for one in population(False):
        initial = f"{one.name.given[0]}. {one.name.family}"
        place = one.places[0].name if one.places else "Ottawa"
        for name, where in ((one.name.full, "Clinic 99"), (initial, place), (one.name.full, "")):
            query = Query(name=name, place=where)
            assert verify(nameless, query, clock.at).verdict not in CONFIRMING, query
