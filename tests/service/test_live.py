"""Looking again at one person: what a fresh look may change, and what it may not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from config.vocabulary import Status, Verdict
from crawler.ask import Answer as Page
from crawler.ask import Ask, Unreachable
from crawler.recheck import Rechecked
from data.evidence import find
from data.records import Record
from data.staging import registration
from service.answer import Answer, Query
from service.desk import Desk
from service.live import look_again
from service.verify import verify
from tests.conftest import Clock
from tests.service.conftest import everybody

Told = Callable[[Record], Record]
ASKED = Query(number="A1001", name="Ingrith Abelquist")


def live(desk: Desk, clock: Clock, told: Told, query: Query = ASKED) -> Answer:
    def ask(_register: object, key: str) -> Rechecked:
        record = told(next(one for one in everybody() if one.key == key))
        page = Page(Ask("http://x/", "detail"), "http://x/", 200, {}, b"raw", clock.at)
        return Rechecked(record, page)

    return verify(desk, query, clock.at, lambda *said: look_again(*said, ask=ask))


def test_a_fresh_look_confirms_again_after_a_stale_reading(desk: Desk, clock: Clock) -> None:
    clock.forward(hours=40)
    answer = live(desk, clock, lambda same: same)
    assert answer.verdict is Verdict.CONFIRMED
    assert answer.reasons[0].code == "rechecked"
    assert answer.matches[0].last_checked == clock.at


def test_a_fresh_look_sees_what_changed_since(desk: Desk, clock: Clock) -> None:
    def suspended(record: Record) -> Record:
        return replace(record, status=Status.SUSPENDED, may_practise=False, word="Suspended")

    assert live(desk, clock, suspended).verdict is Verdict.NOT_AUTHORISED


def test_the_raw_answer_is_kept(desk: Desk, clock: Clock) -> None:
    answer = live(desk, clock, lambda same: same)
    exhibit = find(desk.store, str(answer.matches[0].evidence_id))
    assert exhibit is not None and exhibit.body == b"raw"


def test_a_shared_number_stays_doubted(desk: Desk, clock: Clock) -> None:
    query = Query(number="A2000", name="Shared Onder")
    assert live(desk, clock, lambda same: same, query).verdict is Verdict.CANNOT_CONFIRM


@pytest.mark.parametrize("doubt", ["only_by_detail", "list_detail_conflict", "listed_twice"])
def test_doubts_that_lists_raised_stay(desk: Desk, clock: Clock, doubt: str) -> None:
    with desk.store.begin() as db:
        mine = registration.c.key == "k1"
        db.execute(registration.update().where(mine).values(doubts=doubt))
    assert live(desk, clock, lambda same: same).verdict is Verdict.CANNOT_CONFIRM


def test_an_entry_that_prints_another_number_now_is_not_believed(desk: Desk, clock: Clock) -> None:
    answer = live(desk, clock, lambda one: replace(one, number="A7777"))
    assert answer.reasons[0].code == "not_rechecked"
    assert answer.matches[0].number == "A1001"


def test_no_answer_leaves_the_stored_one(desk: Desk, clock: Clock) -> None:
    def silent(_record: Record) -> Record:
        raise Unreachable("No answer.")

    answer = live(desk, clock, silent)
    assert answer.verdict is Verdict.CONFIRMED
    assert answer.reasons[0].code == "not_rechecked"
    assert answer.matches[0].last_checked < clock.at or clock.at == answer.evaluated_at


def test_a_cached_copy_is_as_old_as_it_says(desk: Desk, clock: Clock) -> None:
    def ask(_register: object, key: str) -> Rechecked:
        page = Page(Ask("http://x/", "detail"), "http://x/", 200, {}, b"raw", clock.at)
        record = next(one for one in everybody() if one.key == key)
        return Rechecked(record, page, clock.at - timedelta(hours=40))

    answer = verify(desk, ASKED, clock.at, lambda *said: look_again(*said, ask=ask))
    assert answer.verdict is Verdict.CANNOT_CONFIRM


def test_a_person_missing_from_the_lists_stays_missing(desk: Desk, clock: Clock) -> None:
    with desk.store.begin() as db:
        db.execute(registration.update().where(registration.c.key == "k1").values(absent=1))
    assert live(desk, clock, lambda same: same).verdict is Verdict.CANNOT_CONFIRM
