"""Registers that can only be asked: never read whole, never guessed from, asked when told to."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from config.jurisdiction import Coverage
from config.register import Register
from config.settings import Settings
from config.vocabulary import Health, Status, Verdict
from crawler.ask import Answer as Page
from crawler.ask import Ask, Unreachable
from crawler.recheck import Rechecked
from crawler.refresh import CannotStart, refresh
from data.evidence import find
from data.records import Name, Record
from data.store import Store
from service.answer import Answer, Query
from service.desk import Desk
from service.live import look_again
from service.verify import lookup, verify
from tests.conftest import Clock

ID = "us_nj_mylicense"
THERE = Record(ID, "18KT1", Name("Tamsin", "Ferrowdale"), Status.AUTHORISED, number="18KT1")
NAMED = Query(number="18KT1", name="Tamsin Ferrowdale", register_id=ID)


def switched_on(desk: Desk, **facts: object) -> Desk:
    register = desk.catalogue.get(ID)
    on = register.model_copy(update={"enabled": True, **facts})
    desk.catalogue.registers[ID] = on
    return desk


@pytest.fixture
def asking(desk: Desk) -> Iterator[Desk]:
    """The desk with New Jersey switched on."""
    before = desk.catalogue.get(ID)
    yield switched_on(desk)
    desk.catalogue.registers[ID] = before


def live(desk: Desk, clock: Clock, told: Record | None, query: Query = NAMED) -> Answer:
    def ask(_register: Register, _number: str) -> Rechecked:
        if told is None:
            raise Unreachable("No answer.")
        page = Page(Ask("http://x/", "detail"), "http://x/", 200, {}, b"raw", clock.at)
        return Rechecked(told, page)

    return verify(desk, query, clock.at, lambda *said: look_again(*said, ask=ask))


def codes(answer: Answer) -> list[str]:
    return [reason.code for reason in answer.reasons]


@pytest.mark.parametrize(
    "query",
    [
        NAMED,
        NAMED.model_copy(update={"number": None}),
        Query(number="18KT1", name="Tamsin Ferrowdale", place="Newark, New Jersey"),
        Query(name="Tamsin Ferrowdale", place="NJ"),
    ],
    ids=["number", "name", "number and place", "name and place"],
)
def test_it_is_named_with_its_official_page(desk: Desk, clock: Clock, query: Query) -> None:
    answer = verify(desk, query, clock.at)
    assert (answer.verdict, codes(answer)) == (Verdict.CANNOT_CONFIRM, ["register_lookup_only"])
    assert answer.check_at == [desk.catalogue.get(ID).official_url]


@pytest.mark.parametrize("text", ["18KT1", "Tamsin Ferrowdale"])
def test_a_lookup_says_so_too(desk: Desk, clock: Clock, text: str) -> None:
    answer = lookup(desk, Query(text=text, register_id=ID), clock.at)
    assert (answer.verdict, codes(answer)) == (Verdict.CANNOT_CONFIRM, ["register_lookup_only"])


def test_other_questions_are_not_touched(desk: Desk, clock: Clock) -> None:
    asked = Query(number="A1001", name="Ingrith Abelquist")
    assert verify(desk, asked, clock.at).verdict is Verdict.CONFIRMED
    assert lookup(desk, "Nobody Anywhere", clock.at).verdict is Verdict.NOT_FOUND


def test_a_live_answer_is_judged_and_kept(asking: Desk, clock: Clock) -> None:
    answer = live(asking, clock, THERE)
    assert answer.verdict is Verdict.CONFIRMED and codes(answer)[0] == "rechecked"
    assert answer.matches[0].last_checked == clock.at
    exhibit = find(asking.store, str(answer.matches[0].evidence_id))
    assert exhibit is not None and exhibit.body == b"raw"


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (replace(THERE, status=Status.SUSPENDED), Verdict.NOT_AUTHORISED),
        (replace(THERE, status=Status.UNRECOGNISED), Verdict.CANNOT_CONFIRM),
        (THERE.doubted("list_detail_conflict"), Verdict.CANNOT_CONFIRM),
        (replace(THERE, expires=date(2026, 6, 1)), Verdict.CANNOT_CONFIRM),
        (replace(THERE, name=Name("Bram", "Ferrowdale")), Verdict.AMBIGUOUS),
        (replace(THERE, name=Name("Bram", "Eddlestone")), Verdict.MISMATCH),
        (replace(THERE, number="18KT2"), Verdict.CANNOT_CONFIRM),
        (replace(THERE, number=""), Verdict.CANNOT_CONFIRM),
        (None, Verdict.CANNOT_CONFIRM),
    ],
)
def test_only_number_name_and_standing_confirm(
    asking: Desk, clock: Clock, told: Record | None, verdict: Verdict
) -> None:
    assert live(asking, clock, told).verdict is verdict


def test_every_spelling_of_a_number_is_one_question(asking: Desk, clock: Clock) -> None:
    live(asking, clock, THERE)
    answer = live(asking, clock, None, NAMED.model_copy(update={"number": "18-kt 1"}))
    assert answer.verdict is Verdict.CONFIRMED and codes(answer)[0] == "rechecked"


@pytest.mark.parametrize("number", ["18KT1' OR 1=1", "18KT1&x=y", "1%00", "1" * 41, "١٨"])
def test_what_is_no_number_is_not_sent(asking: Desk, clock: Clock, number: str) -> None:
    answer = live(asking, clock, THERE, NAMED.model_copy(update={"number": number}))
    assert answer.verdict is Verdict.CANNOT_CONFIRM
    assert "nobody was asked" in answer.reasons[0].text


def test_a_kept_answer_is_forgotten_after_its_minutes(asking: Desk, clock: Clock) -> None:
    live(asking, clock, THERE)
    clock.forward(minutes=9)
    assert live(asking, clock, None).verdict is Verdict.CONFIRMED
    clock.forward(minutes=1)
    assert live(asking, clock, None).verdict is Verdict.CANNOT_CONFIRM


def test_without_a_number_nobody_is_asked(asking: Desk, clock: Clock) -> None:
    answer = live(asking, clock, THERE, NAMED.model_copy(update={"number": None}))
    assert codes(answer) == ["not_rechecked", "register_lookup_only"]


@pytest.mark.parametrize("automated", ["permission", "forbidden"])
def test_terms_that_do_not_allow_it_are_obeyed(asking: Desk, clock: Clock, automated: str) -> None:
    terms = asking.catalogue.get(ID).terms.model_copy(update={"automated": automated})
    answer = live(switched_on(asking, terms=terms), clock, THERE)
    assert answer.verdict is Verdict.CANNOT_CONFIRM
    assert codes(answer) == ["not_rechecked", "register_lookup_only"]


def test_a_register_that_is_off_is_not_asked(desk: Desk, clock: Clock) -> None:
    answer = live(desk, clock, THERE)
    assert answer.verdict is Verdict.CANNOT_CONFIRM and "switched off" in answer.reasons[0].text


def test_nobody_is_asked_without_a_contact(asking: Desk, clock: Clock) -> None:
    silent = asking.settings.model_copy(update={"contact": ""})
    answer = live(Desk(asking.store, asking.catalogue, Coverage(), silent), clock, THERE)
    assert answer.verdict is Verdict.CANNOT_CONFIRM and "CONTACT" in answer.reasons[0].text


def test_it_is_never_fresh_whatever_is_stored(desk: Desk, ontario: Register, clock: Clock) -> None:
    """Ontario was read and is fresh; declared as only to be asked, nothing of it counts."""
    asked = ontario.model_copy(update={"lookup_only": True})
    before = desk.catalogue.registers.pop(ontario.id)
    desk.catalogue.registers[ontario.id] = asked
    with desk.store.look() as look:
        condition = desk.conditions(look, clock.at)[ontario.id]
    desk.catalogue.registers[ontario.id] = before
    assert (condition.health, condition.code) == (Health.OFF, "register_lookup_only")


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:9"])
def test_it_is_never_read_as_a_whole(desk: Desk, settings: Settings, url: str) -> None:
    register = desk.catalogue.get(ID)
    store: Store = desk.store
    with pytest.raises(CannotStart, match=r"one person at a time.*newjersey\.mylicense\.com"):
        refresh(store, register.at(url) if url else register, settings)
