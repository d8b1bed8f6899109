"""Where no numbers are printed, whoever a name could mean counts, past and present."""

from collections.abc import Callable, Iterator

import pytest

from config.jurisdiction import Coverage
from config.register import Catalogue, Register
from config.settings import Settings
from config.vocabulary import Status, Verdict
from crawler.ask import Answer, Ask
from crawler.recheck import Rechecked
from data.records import Name, Place
from data.store import Store
from service.answer import Query
from service.desk import Desk
from service.live import look_again
from service.verify import verify
from tests.conftest import Clock
from tests.data.nights import Nights, person

CLINIC = Place("Family Clinic", "Ottawa", "Ontario")
Asker = Callable[..., Verdict]


@pytest.fixture
def ask(settings: Settings, ontario: Register, clock: Clock) -> Iterator[Asker]:
    """Asks a register of two people, the second one revoked, for the first one at the clinic."""
    store = Store.of(settings)

    def verdict(
        asked: str, one: Name, other: Name, place: str = "Family Clinic, Ottawa"
    ) -> Verdict:
        gone = {"status": Status.REVOKED, "word": "Revoked", "may_practise": False}
        people = [
            person(1, name=one, number="", places=(CLINIC,)),
            person(2, name=other, number="", places=(CLINIC,), **gone),
        ]
        Nights(store, ontario, clock).accept(people)
        desk = Desk(store, Catalogue(), Coverage(), settings)
        query = Query(name=asked, place=place, register_id="ca_on_cmto")
        return verify(desk, query, clock.at).verdict

    yield verdict
    store.close()


@pytest.mark.parametrize(
    ("asked", "one", "other"),
    [
        ("John Smith", Name("John", "Smith"), Name("John", "Smith Jr")),
        ("Maryann Lake", Name("Maryann", "Lake"), Name("Mary-Ann", "Lake")),
        ("Jane Pool", Name("Jane", "Pool"), Name("Jane Ann", "Pool")),
        ("Jane Pool", Name("Jane", "Pool"), Name("Jane", "Pool", "Q")),
        ("J Smith", Name("J", "Smith"), Name("John", "Smith")),
        ("Mary Smith Ann", Name("Mary", "Smith", "Ann"), Name("Maryann", "Smith")),
        ("Jane Pool", Name("Jane", "Pool"), Name("", "Jane Pool")),
    ],
)
def test_a_namesake_spelt_otherwise_keeps_a_name_from_confirming(
    ask: Asker, asked: str, one: Name, other: Name
) -> None:
    assert ask(asked, one, other) is Verdict.AMBIGUOUS


def test_without_a_namesake_name_and_place_confirm(ask: Asker) -> None:
    assert ask("Jane Pool", Name("Jane", "Pool"), Name("June", "Poole")) is Verdict.CONFIRMED


def test_a_place_in_another_jurisdiction_is_another_place(ask: Asker) -> None:
    names = (Name("Jane", "Pool"), Name("June", "Poole"))
    assert ask("Jane Pool", *names, place="Ottawa, Kansas") is Verdict.AMBIGUOUS


@pytest.mark.parametrize(
    ("place", "days", "verdict"),
    [
        ("Family Clinic", 0, Verdict.CONFIRMED),
        ("Family Clinic", 60, Verdict.CANNOT_CONFIRM),  # nobody knows the namesakes of today
        ("Ottawa, Kansas", 0, Verdict.AMBIGUOUS),
    ],
)
def test_a_fresh_look_vouches_for_one_entry_only(
    settings: Settings, ontario: Register, clock: Clock, place: str, days: int, verdict: Verdict
) -> None:
    store = Store.of(settings)
    one = person(1, name=Name("Jane", "Pool"), number="", places=(CLINIC,))
    Nights(store, ontario, clock).accept([one])
    desk = Desk(store, Catalogue(), Coverage(), settings)
    query = Query(name="Jane Pool", place=place, register_id="ca_on_cmto")
    clock.forward(days=days)
    page = Answer(Ask("http://x/", "detail"), "http://x/", 200, {}, b"raw", clock.at)
    told = Rechecked(one, page)
    found = verify(
        desk, query, clock.at, lambda *said: look_again(*said, ask=lambda _where, _key: told)
    )
    store.close()
    assert found.verdict is verdict
