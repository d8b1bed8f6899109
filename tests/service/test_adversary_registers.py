"""More ways to a false confirmed: registers side by side, crowds of namesakes, hostile content."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from config.jurisdiction import Coverage
from config.register import Catalogue
from config.settings import Settings
from config.vocabulary import NameKind, RunState, Status, Verdict
from data.lookup import MOST_RELATIVES
from data.records import Name, Notice, Place, Record
from data.staging import registration
from data.store import Store
from service.answer import Query
from service.desk import Desk
from service.verify import QuestionError, verify
from tests.conftest import NOON, Clock
from tests.data.nights import Nights, people, person
from tests.service.crowd import CONFIRMING, PRINTED, UNPRINTED, Crowd, Kind, crowd, read
from tests.service.tricks import ask, clinic

CLINIC = Place("Family Clinic", "Ottawa", "Ontario")
JANE = Name("Jane", "Pool")


class Town:
    """A store to put registers in, and a desk to ask at."""

    def __init__(self, home: Settings, clock: Clock) -> None:
        self.store, self.catalogue, self.clock = Store.of(home), Catalogue(), clock
        self.desk = Desk(self.store, self.catalogue, Coverage(), home)

    def read(self, register_id: str, *records: Record) -> None:
        """One night of a register."""
        mine = [replace(one, register=register_id) for one in records]
        read(self.store, self.catalogue.get(register_id), self.clock, mine)

    def verdict(self, name: str = "Jane Pool", number: str = "", **where: str) -> Verdict | None:
        query = Query(name=name, number=number or None, **where)
        try:
            return verify(self.desk, query, self.clock.at).verdict
        except QuestionError:
            return None


@pytest.fixture
def asked(home: Settings, clock: Clock) -> Iterator[Town]:
    made = Town(home, clock)
    yield made
    made.store.close()


def gone(one: Record) -> Record:
    return replace(one, status=Status.REVOKED, word="Revoked", may_practise=False)


def jane(which: int = 1, **facts: object) -> Record:
    return person(which, name=JANE, places=(CLINIC,), **facts)


# Registers side by side


def test_a_person_in_two_registers_is_confirmed_by_the_number_of_each(asked: Town) -> None:
    asked.read("ca_on_cmto", jane(number="A1"))
    asked.read("us_la_bmt", jane(number="LA77", may_practise=None))
    assert asked.verdict(number="A1") is asked.verdict(number="LA77") is Verdict.CONFIRMED


def test_one_number_and_name_in_two_registers_is_ambiguous_until_one_is_named(
    asked: Town,
) -> None:
    asked.read("ca_on_cmto", gone(jane(number="77")))
    asked.read("us_la_bmt", jane(number="77", may_practise=None))
    assert asked.verdict(number="77") is Verdict.AMBIGUOUS
    assert asked.verdict(number="77", register_id="ca_on_cmto") is Verdict.NOT_AUTHORISED
    assert asked.verdict(number="77", place="Ontario") is Verdict.NOT_AUTHORISED
    assert asked.verdict(number="77", register_id="us_la_bmt") is Verdict.CONFIRMED


def test_the_number_of_another_register_is_no_number_of_this_one(asked: Town) -> None:
    asked.read("ca_on_cmto", gone(jane(number="A1")))
    asked.read("us_la_bmt", person(2, name=Name("Jane", "Poole"), number="LA77", may_practise=None))
    assert asked.verdict(number="LA77") is Verdict.AMBIGUOUS
    assert asked.verdict(number="LA77", register_id="ca_on_cmto") not in CONFIRMING


@pytest.mark.parametrize("profession", [None, "massage therapist"])
def test_a_physiotherapist_is_no_massage_therapist(asked: Town, profession: str | None) -> None:
    asked.read("ca_on_cmto", *people(30))
    asked.read("ca_on_cpo", jane(number="P5", profession="physiotherapist"))
    where = {"profession": profession} if profession else {}
    for name in ("Jane Pool", "Pool, Jane"):
        assert asked.verdict(name, number="P5", **where) not in CONFIRMING
        assert asked.verdict(name, number="P5", place="Ontario", **where) not in CONFIRMING
    assert asked.verdict(number="P5", profession="physiotherapist") is Verdict.CONFIRMED


@pytest.mark.parametrize("profession", [None, "massage therapy corporation"])
def test_a_business_confirms_nobody(asked: Town, profession: str | None) -> None:
    """Not even where the list calls it authorised."""
    asked.read("ca_on_cmto", *people(30))
    firm = person(1, name=Name("", "Jane Pool Massage Professional Corporation"), number="C9")
    asked.read("ca_on_cmto_corporations", firm, jane(2, number="C10"))
    where = {"profession": profession} if profession else {}
    for name in (firm.name.full, "Jane Pool"):
        for number in ("C9", "C10", ""):
            assert asked.verdict(name, number=number, **where) not in CONFIRMING
            assert asked.verdict(name, number=number, place="Ottawa", **where) not in CONFIRMING


def test_a_form_of_one_number_that_is_anothers_is_theirs(asked: Town) -> None:
    """Connecticut writes 2.009901 where people write 9901; Washington numbers are longer."""
    asked.read("us_ct_dph", jane(number="2.009901", may_practise=None))
    asked.read("ca_on_cmto", gone(jane(number="9901")))
    assert asked.verdict(number="9901", register_id="us_ct_dph") is Verdict.CONFIRMED
    assert asked.verdict(number="9901", register_id="ca_on_cmto") is Verdict.NOT_AUTHORISED
    assert asked.verdict(number="9901") not in CONFIRMING
    assert asked.verdict("Joan Pool", number="9901", register_id="us_ct_dph") not in CONFIRMING
    for wrong in ("99010", "1.009901", "3.009901", "29901", "2.9901"):
        assert asked.verdict(number=wrong, register_id="us_ct_dph") not in CONFIRMING


# Many namesakes, many names


@pytest.fixture(scope="module")
def throng(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Town]:
    """A register without numbers in which more people bear a name than can be counted."""
    home = tmp_path_factory.mktemp("throng")
    made = Town(Settings(home=home, contact="tests@example.org", rate_limit=0), Clock())
    many = [
        person(n, name=Name(f"Jane{'' if n % 2 else ' Ann'}", "Pool"), number="")
        for n in range(MOST_RELATIVES + 50)
    ]
    hundred = tuple(Name(f"G{n}", f"F{n}", kind=NameKind.FORMER) for n in range(100))
    bearer = person(9000, name=Name("Odile", "Vane"), other_names=hundred, number="")
    twin = person(9001, name=Name("G77", "F77"), number="", places=(CLINIC,))
    mine = person(9002, name=JANE, number="", places=(CLINIC,))
    alone = person(9003, name=Name("Vera", "Pool"), number="", places=(CLINIC,))
    made.read("ca_on_cmto", *many, bearer, twin, mine, alone)
    yield made
    made.store.close()


@pytest.mark.parametrize("name", ["Jane Pool", "POOL, Jane", "J Pool", "Jane Ann Pool"])
def test_a_name_more_people_bear_than_can_be_counted_confirms_nobody(
    throng: Town, name: str
) -> None:
    assert throng.verdict(name, place="Family Clinic") not in CONFIRMING
    assert throng.verdict(name, place="Ottawa") not in CONFIRMING


def test_a_rare_given_name_with_a_common_family_name_is_still_confirmed(throng: Town) -> None:
    assert throng.verdict("Vera Pool", place="Family Clinic") is Verdict.CONFIRMED


def test_one_of_a_hundred_former_names_still_makes_a_namesake(throng: Town) -> None:
    assert throng.verdict("G77 F77", place="Family Clinic") is Verdict.AMBIGUOUS


def test_a_person_of_a_hundred_names_is_confirmed_by_number_under_each(asked: Town) -> None:
    names = tuple(Name(f"G{n}", f"F{n}", kind=NameKind.FORMER) for n in range(100))
    asked.read("ca_on_cmto", jane(number="A1", other_names=names), person(2, name=Name("G1", "X")))
    for name in names:
        assert asked.verdict(name.full, number="A1") is Verdict.CONFIRMED
    assert asked.verdict("G1 X", number="A1") not in CONFIRMING


# Hostile or broken content of a register


@pytest.mark.parametrize(
    "name",
    [
        Name("Jane", ""),
        Name("", ""),
        Name("", "."),
        Name("Jane", "-"),
        Name("Jane", "\u200b"),
        Name("Jane", "\u202e"),
        Name("%", "%"),
        Name("*", "*"),
        Name("Jane", "\u3164"),
        Name("Jane", "🙂"),
    ],
)
def test_a_name_that_holds_no_letters_is_nobodys(asked: Town, name: Name) -> None:
    asked.read("ca_on_cmto", jane(number="A1"), person(2, name=name, number="A2"))
    for typed in ("Jane Pool", "Jane", "Pool", "jane x", "% %", "Jane \u200bQ"):
        assert asked.verdict(typed, number="A2") not in CONFIRMING


@pytest.mark.parametrize("number", ["", " ", "-", "\u200b", "0", "000", "A•••1", "*", "%"])
def test_a_register_that_prints_no_real_number_confirms_nobody_by_one(
    asked: Town, number: str
) -> None:
    mine = [person(n, name=Name("Jane", f"Pool{n}"), number=number) for n in range(5)]
    asked.read("ca_on_cmto", *mine, *[person(n) for n in range(10, 60)])
    for typed in ("A1", "1", "0001", "A•••1", "*", "%", "O"):
        assert asked.verdict("Jane Pool1", number=typed) not in CONFIRMING, typed


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "' OR 1=1 --", "{{7*7}}", "\u202eevitca", "\x00", "A" * 5000],
)
def test_hostile_words_of_a_register_change_no_verdict(asked: Town, text: str) -> None:
    notice = (Notice(text),)
    asked.read(
        "ca_on_cmto",
        jane(number="A1", notices=notice, category=text, profession=text),
        person(2, name=Name("Jane", f"Quill{text}"), number="A2", restrictions=notice),
        person(
            3, name=Name("Jane", "Unmapped"), number="A3", word=text, status=Status.UNRECOGNISED
        ),
    )
    assert asked.verdict(number="A1") is Verdict.CONFIRMED_WITH_CONDITIONS
    assert asked.verdict("Jane Unmapped", number="A3") is Verdict.CANNOT_CONFIRM
    assert asked.verdict("Jane Pool", number="A2") not in CONFIRMING


def test_a_register_may_not_say_twice_who_somebody_is(asked: Town) -> None:
    """The key is the register's; a second entry under the number withholds both."""
    asked.read("ca_on_cmto", jane(1, number="A1"), gone(jane(2, number="A-0001")), *people(60)[3:])
    assert asked.verdict(number="A1") not in CONFIRMING


# Clocks, deadlines, holds


@pytest.fixture
def autumn(home: Settings) -> Iterator[Crowd]:
    """Read on 31 October, the day before Ontario's certificates are due."""
    with crowd(PRINTED, home.home / "autumn", datetime(2026, 10, 31, 12, tzinfo=UTC)) as made:
        yield made


@pytest.mark.parametrize(("hours", "fresh"), [(23.9, True), (24.1, False), (36, False)])
def test_around_a_renewal_deadline_a_day_is_too_old(
    autumn: Crowd, hours: float, fresh: bool
) -> None:
    now = autumn.clock.at + timedelta(hours=hours)
    fit = [one for one in autumn.right() if one.record.expires is None]
    for one in fit[:60]:
        answer = verify(autumn.desk, ask(one), now)
        assert (answer.verdict in CONFIRMING) is fresh
        assert answer.valid_until is None or answer.valid_until <= now + timedelta(hours=24)


@pytest.mark.parametrize("kind", [PRINTED, UNPRINTED], ids=lambda kind: kind.name)
def test_a_held_or_undated_reading_confirms_nobody(home: Settings, kind: Kind) -> None:
    with crowd(kind, home.home / "held") as made:
        register = made.desk.catalogue.get("ca_on_cmto")
        fit = [one for one in made.right() if one.record.places][:60]
        listed = [one.record for one in made.people]
        row = Nights(made.desk.store, register, made.clock).run(listed[:40])
        assert row["state"] is RunState.HELD
        for one in fit:
            query = ask(one, place=clinic(one))
            assert verify(made.desk, query, made.clock.at).verdict is Verdict.CANNOT_CONFIRM


@pytest.mark.parametrize(("days", "fresh"), [(13, True), (15, False)])
def test_an_old_detail_page_confirms_nobody(asked: Town, days: int, fresh: bool) -> None:
    asked.read("ca_on_cmto", jane(number="A1"))
    read_at = asked.clock.at - timedelta(days=days)
    with asked.store.begin() as db:
        db.execute(sa.update(registration).values(detail_at=read_at))
    assert (asked.verdict(number="A1") in CONFIRMING) is fresh


def test_a_clock_put_back_confirms_nobody_and_small_steps_do_no_harm(asked: Town) -> None:
    asked.read("ca_on_cmto", jane(number="A1"))
    read_at = asked.clock.at
    steps = {-3: True, -6: False, -60 * 24: False, -60 * 24 * 365: False, 60 * 24 * 9: False}
    for minutes, fresh in steps.items():
        asked.clock.at = read_at + timedelta(minutes=minutes)
        assert (asked.verdict(number="A1") in CONFIRMING) is fresh, minutes


def test_an_expiry_ends_at_midnight_of_the_register_not_of_the_server(asked: Town) -> None:
    asked.read("ca_on_cmto", jane(number="A1", expires=NOON.date()))
    asked.clock.at = datetime(2026, 6, 21, 3, 59, tzinfo=UTC)  # 23:59 in Toronto
    assert asked.verdict(number="A1") is Verdict.CONFIRMED
    asked.clock.at = datetime(2026, 6, 21, 4, 1, tzinfo=UTC)
    assert asked.verdict(number="A1") is Verdict.CANNOT_CONFIRM


def test_somebody_who_left_and_came_back_is_confirmed_again(asked: Town) -> None:
    rest = people(40)[3:]
    asked.read("ca_on_cmto", jane(number="A1"), *rest)
    verdicts = []
    for listed in ([], [], [jane(number="A1")]):
        asked.clock.forward(days=1)
        asked.read("ca_on_cmto", *listed, *rest)
        verdicts.append(asked.verdict(number="A1"))
    assert verdicts == [Verdict.CANNOT_CONFIRM, Verdict.NOT_FOUND, Verdict.CONFIRMED]
