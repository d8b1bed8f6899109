"""An answer as of an earlier day says what we had seen by then, less what is known since."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from config.jurisdiction import Coverage
from config.register import Catalogue, Register
from config.settings import Settings
from config.vocabulary import Status, Verdict
from data.records import Notice
from data.store import Store
from service.answer import Answer, Query
from service.asof import verify_on
from service.desk import Desk
from service.verify import QuestionError
from tests.conftest import Clock, spell
from tests.data.nights import Nights, people, person

CROWD = people(40)[10:]
KEYS = [one.key for one in CROWD]
FIT = person(1)
SUSPENDED = replace(FIT, status=Status.SUSPENDED, word="Suspended", may_practise=False)
Asker = Callable[..., Answer]


class House:
    """A register read night after night, and a question of any of its days."""

    def __init__(self, settings: Settings, register: Register, clock: Clock) -> None:
        self.store = Store.of(settings)
        self.clock, self.register = clock, register
        self.nights = Nights(self.store, register, clock)
        self.desk = Desk(self.store, Catalogue(), Coverage(), settings)

    def night(self, *records: Any, listed: tuple[str, ...] = (), **said: Any) -> date:
        self.nights.run(records, [*KEYS, *listed], **said)
        return self.clock.at.date()

    def ask(self, day: date, name: str = "Vesper Quillmoor1") -> Answer:
        query = Query(number="A1001", name=name, register_id=self.register.id)
        return verify_on(self.desk, query, day, self.clock.at)


@pytest.fixture(params=["sqlite", "postgres"])
def house(
    request: pytest.FixtureRequest, settings: Settings, ontario: Register, clock: Clock
) -> Iterator[House]:
    if request.param == "postgres":
        databases = request.getfixturevalue("databases")
        url = databases.create(databases.template)
        settings = settings.model_copy(update={"database_url": spell(url)})
    made = House(settings, ontario, clock)
    made.nights.accept([FIT, *CROWD])
    yield made
    made.store.close()
    if request.param == "postgres":
        databases.drop(url)


def codes(answer: Answer) -> list[str]:
    return [reason.code for reason in answer.reasons]


def test_each_day_is_answered_from_what_had_been_seen_by_then(house: House) -> None:
    fit = house.clock.at.date()
    suspended = house.night(SUSPENDED)
    back = house.night(FIT)
    verdicts = [house.ask(day).verdict for day in (fit, suspended, back)]
    assert verdicts == [Verdict.CONFIRMED, Verdict.NOT_AUTHORISED, Verdict.CONFIRMED]
    answer = house.ask(fit)
    assert codes(answer)[0] == "as_of_day" and answer.query.on == fit
    assert answer.valid_until is None and answer.evaluated_at == house.clock.at


def test_before_the_first_reading_nothing_is_confirmed(house: House) -> None:
    before = house.clock.at.date() - timedelta(days=3)
    answer = house.ask(before)
    assert answer.verdict is Verdict.CANNOT_CONFIRM and "not_seen_then" in codes(answer)


def test_a_day_too_long_after_the_last_reading_is_not_confirmed(house: House) -> None:
    last = house.clock.at.date()
    house.clock.forward(days=30)
    assert house.ask(last).verdict is Verdict.CONFIRMED
    answer = house.ask(last + timedelta(days=5))
    assert answer.verdict is Verdict.CANNOT_CONFIRM and "register_stale" in codes(answer)


def test_a_night_that_was_held_confirms_nobody_of_that_day(house: House) -> None:
    held = house.night(FIT, complete=False)
    good = house.night(listed=("k1",))
    assert "register_held" in codes(house.ask(held))
    assert house.ask(good).verdict is Verdict.CONFIRMED


@pytest.mark.parametrize(
    ("later", "code"),
    [
        (replace(SUSPENDED, effective=date(2026, 1, 1)), "adverse_since_known"),
        (replace(FIT, notices=(Notice("Caution", date(2026, 1, 1)),)), "notice_since_known"),
        (replace(FIT, first_registered=date(2026, 6, 22)), "registered_later"),
    ],
)
def test_what_is_known_since_takes_a_confirmation_away(house: House, later: Any, code: str) -> None:
    day = house.clock.at.date()
    house.night(later)
    answer = house.ask(day)
    assert answer.verdict is Verdict.CANNOT_CONFIRM and code in codes(answer)


def test_a_later_suspension_leaves_the_earlier_day_alone(house: House) -> None:
    day = house.clock.at.date()
    house.night(replace(SUSPENDED, effective=house.clock.at.date() + timedelta(days=1)))
    assert house.ask(day).verdict is Verdict.CONFIRMED


def test_somebody_missing_that_day_is_not_confirmed(house: House) -> None:
    missing = house.night()
    house.night(FIT)
    answer = house.ask(missing)
    assert answer.verdict is Verdict.CANNOT_CONFIRM and "missing_once" in codes(answer)


def test_another_name_is_a_mismatch_on_any_day(house: House) -> None:
    assert house.ask(house.clock.at.date(), "Ana Dahl").verdict is Verdict.MISMATCH


def test_a_day_to_come_is_refused(house: House) -> None:
    with pytest.raises(QuestionError, match="still to come"):
        house.ask(house.clock.at.date() + timedelta(days=1))


def test_today_is_answered_as_of_now(house: House) -> None:
    house.clock.at = datetime(2026, 6, 21, 12, 30, tzinfo=UTC)
    assert house.ask(date(2026, 6, 21)).verdict is Verdict.CONFIRMED
