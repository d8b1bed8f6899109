"""Questions put to a filled store: the answers people get."""

import pytest
import sqlalchemy as sa

from config.register import Register, UnknownRegister
from config.settings import Settings
from config.vocabulary import Assurance, RunState, Status, Verdict
from data.run import run_table
from service.answer import Answer, Query
from service.desk import Desk
from service.verify import QuestionError, lookup, registration, verify
from tests.conftest import Clock
from tests.service.conftest import fill


def ask(desk: Desk, clock: Clock, **said: str) -> Answer:
    return verify(desk, Query(**said), clock.at)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "name", "verdict"),
    [
        ("A1001", "Ingrith Abelquist", "confirmed"),
        (" a-10 01 ", "ABELQUIST, INGRITH", "confirmed"),
        ("A01001", "Ingrith Abelquist", "confirmed"),
        ("A1001", "Perpetua Grindlesham", "mismatch"),
        ("A1002", "Perpetua Grindlesham", "not_authorised"),
        ("A1003", "Annie Hollowmere Udo", "confirmed_with_conditions"),
        ("A1004", "Oswin Corvantes", "cannot_confirm"),
        ("A1007", "Expired Yarrow", "cannot_confirm"),
        ("A2000", "Shared Onder", "cannot_confirm"),
        ("A2000", "Somebody Else", "cannot_confirm"),
        ("A1001", "Ottilie Abelquist", "ambiguous"),
        ("Z9", "Ingrith Abelquist", "not_found"),
    ],
)
def test_number_and_name(desk: Desk, clock: Clock, number: str, name: str, verdict: str) -> None:
    assert ask(desk, clock, number=number, name=name).verdict == verdict


def test_a_name_alone_is_ambiguous_and_masks_the_number(desk: Desk, clock: Clock) -> None:
    answer = ask(desk, clock, name="Ingrith Abelquist", place="Ottawa")
    assert answer.verdict is Verdict.AMBIGUOUS
    assert [match.number for match in answer.matches] == ["A•••1"]


def test_the_number_asked_for_is_shown(desk: Desk, clock: Clock) -> None:
    answer = lookup(desk, "A1001", clock.at)
    assert answer.assurance is Assurance.NUMBER_ONLY
    assert answer.verdict is Verdict.AMBIGUOUS
    assert answer.matches[0].number == "A1001"


def test_twins_in_one_clinic_are_told_apart_by_number_only(desk: Desk, clock: Clock) -> None:
    place = "Cedarlatch Massage Clinic"
    assert ask(desk, clock, name="Tamsin Twin", place=place).verdict is Verdict.AMBIGUOUS
    assert ask(desk, clock, name="Tamsin Twin", number="A1006").verdict is Verdict.CONFIRMED


def test_an_unregulated_place(desk: Desk, clock: Clock) -> None:
    answer = ask(desk, clock, name="Ingrith Abelquist", number="A1001", place="Calgary, AB")
    assert answer.verdict is Verdict.NOT_REGULATED
    assert answer.matches == []


def test_a_regulated_place_whose_register_we_do_not_read(desk: Desk, clock: Clock) -> None:
    answer = ask(desk, clock, name="Ingrith Abelquist", place="Vancouver, BC")
    assert answer.verdict is Verdict.CANNOT_CONFIRM
    assert [reason.code for reason in answer.reasons] == ["register_not_read"]


def test_answers_decay_by_themselves(desk: Desk, clock: Clock) -> None:
    clock.forward(hours=35)
    assert ask(desk, clock, number="A1001", name="Ingrith Abelquist").verdict is Verdict.CONFIRMED
    clock.forward(hours=2)
    stale = ask(desk, clock, number="A1001", name="Ingrith Abelquist")
    assert stale.verdict is Verdict.CANNOT_CONFIRM
    assert ask(desk, clock, number="Z9", name="No Body").verdict is Verdict.CANNOT_CONFIRM
    suspended = ask(desk, clock, number="A1002", name="Perpetua Grindlesham")
    assert "last_known_adverse" in [reason.code for reason in suspended.reasons]
    assert suspended.matches[0].status is Status.SUSPENDED


def test_a_clock_gone_back_confirms_nobody(desk: Desk, clock: Clock) -> None:
    clock.forward(hours=-1)
    answer = ask(desk, clock, number="A1001", name="Ingrith Abelquist")
    assert answer.verdict is Verdict.CANNOT_CONFIRM


def test_a_register_never_read_finds_nobody(desk: Desk, clock: Clock) -> None:
    answer = ask(desk, clock, number="LA1", name="No Body", register_id="us_la_bmt")
    assert answer.verdict is Verdict.CANNOT_CONFIRM


def test_without_printed_numbers_name_and_place_decide(
    home: Settings, ontario: Register, desk: Desk, clock: Clock
) -> None:
    for path in home.home.glob("goodstanding.db*"):
        path.unlink()
    from data.store import Store

    fill(home, ontario, clock, numbers=False)
    store = Store.of(home)
    plain = Desk(store, desk.catalogue, desk.coverage, home)
    named = {"name": "Ingrith Abelquist", "number": "A1001"}
    placed = ask(plain, clock, **named, place="Cedarlatch Massage Clinic, Ottawa")
    assert (placed.verdict, placed.assurance) == (Verdict.CONFIRMED, Assurance.NAME_AND_PLACE)
    assert "number_not_published" in [reason.code for reason in placed.reasons]
    assert ask(plain, clock, **named).verdict is Verdict.AMBIGUOUS
    assert ask(plain, clock, **named, place="Kingston").verdict is Verdict.AMBIGUOUS
    assert ask(plain, clock, name="Tamsin Twin", place="Ottawa").verdict is Verdict.AMBIGUOUS
    assert ask(plain, clock, name="I. Abelquist", place="Ottawa").verdict is not Verdict.CONFIRMED
    assert lookup(plain, "A1001", clock.at).verdict is Verdict.CANNOT_CONFIRM
    store.close()


def test_one_registration_by_key_or_number(desk: Desk, clock: Clock) -> None:
    for key in ("k1", "A1001"):
        found = registration(desk, "ca_on_cmto", key, clock.at)
        assert found is not None and found.matches[0].name == "Ingrith Sunniva Abelquist"
    assert registration(desk, "ca_on_cmto", "nobody", clock.at) is None


@pytest.mark.parametrize(
    "said", [{"name": ""}, {"name": " \u200b "}, {"name": "x" * 201}, {"name": "A", "number": "?"}]
)
def test_unusable_questions_are_refused(desk: Desk, clock: Clock, said: dict[str, str]) -> None:
    with pytest.raises(QuestionError):
        ask(desk, clock, **said)


def test_unknown_register_is_named(desk: Desk, clock: Clock) -> None:
    with pytest.raises(UnknownRegister, match="us_la_bmt"):
        ask(desk, clock, name="Ingrith", register_id="nowhere")


@pytest.mark.parametrize(
    "text",
    ["' OR 1=1 --", 'NEAR("a" "b")', "a* OR b", "\u202egnirts", "a" * 200, "\ud800x", "😀😀"],
)
def test_nonsense_finds_nobody_and_breaks_nothing(desk: Desk, clock: Clock, text: str) -> None:
    assert lookup(desk, text, clock.at).matches == []


@pytest.mark.parametrize("text", ["", "  ", "%", "*", "\x00", "\u0600", "--", "_"])
def test_a_question_without_letters_is_refused(desk: Desk, clock: Clock, text: str) -> None:
    with pytest.raises(QuestionError):
        lookup(desk, text, clock.at)


def test_another_profession_is_not_searched(desk: Desk, clock: Clock) -> None:
    asked = {"number": "A1001", "name": "Ingrith Abelquist"}
    assert ask(desk, clock, **asked, profession="physiotherapist").matches == []


def test_a_register_of_another_profession_answers_only_by_its_name(
    desk: Desk, clock: Clock
) -> None:
    asked = {"number": "1", "name": "No Body", "register_id": "us_or_obp"}
    with pytest.raises(QuestionError, match="profession"):
        ask(desk, clock, **asked)
    there = desk.catalogue.get("us_or_obp").profession
    assert ask(desk, clock, **asked, profession=there).verdict is Verdict.CANNOT_CONFIRM


def test_a_register_that_is_off_says_where_to_look(
    desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = desk.catalogue.get("us_la_bmt").model_copy(update={"enabled": False})
    monkeypatch.setitem(desk.catalogue.registers, "us_la_bmt", off)
    answer = ask(desk, clock, name="No Body", register_id="us_la_bmt")
    assert [reason.code for reason in answer.reasons] == ["register_off"]
    assert answer.check_at == ["https://www.labmt.org/search/"]


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        (["held"], "cannot_confirm"),
        (["failed"], "confirmed"),
        (["held", "failed"], "cannot_confirm"),
        (["held", "rejected"], "confirmed"),
        (["running"], "confirmed"),
    ],
)
def test_a_held_run_withdraws_confirmations_a_broken_one_does_not(
    desk: Desk, clock: Clock, states: list[str], verdict: str
) -> None:
    for state in states:
        with desk.store.begin() as db:
            latest = db.execute(sa.select(run_table)).mappings().first()
            row = {**latest, "state": RunState(state)}
            db.execute(run_table.insert().values({k: v for k, v in row.items() if k != "id"}))
    assert ask(desk, clock, number="A1001", name="Ingrith Abelquist").verdict == verdict
