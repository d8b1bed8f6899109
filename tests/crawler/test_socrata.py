"""Socrata datasets, swept as a night would: counted, ordered, grouped, dated, or held."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.register import Catalogue, Register
from config.vocabulary import RunState, Status
from crawler.ask import Answer, Ask, Unreadable
from crawler.platforms import PLATFORMS
from data.records import Record
from data.store import Store
from tests.conftest import Clock
from tests.crawler.drive import Crawl
from tests.crawler.socrata_standin import Portal, Row

SOCRATA = PLATFORMS["socrata"]


def therapist(which: int, **says: Any) -> Row:
    """An invented row of Washington's dataset; None leaves a cell empty."""
    row = {
        "credentialnumber": f"MA.MA.{99900000 + which}",
        "lastname": f"O'Quillmoor{which}",
        "firstname": "Vesper",
        "middlename": None,
        "credentialtype": "Massage Therapist License",
        "status": "Active",
        "birthyear": "1970",
        "firstissuedate": "20100115",
        "expirationdate": "20270128",
        "actiontaken": "No",
    }
    return row | says


def case(which: int, **says: Any) -> Row:
    """An invented row of Colorado's dataset."""
    row = {
        "licensetype": "MT",
        "licensenumber": f"{99000 + which}",
        "lastname": f"Quillmoor{which}",
        "firstname": "Vesper",
        "licensestatusdescription": "Active",
        "licenseexpirationdate": "2027-09-30T00:00:00.000",
        "programaction": None,
        "casenumber": None,
    }
    return row | says


class Nightly(Crawl):
    """Nights of a dataset, `page` rows a page."""

    def __init__(
        self, store: Store, register: Register, clock: Clock, rows: list[Row], page: int = 1000
    ) -> None:
        options = {**register.options, "page": str(page)}
        here = register.at("http://127.0.0.1").model_copy(update={"options": options})
        columns = [*here.fields.values(), *here.alerts, *here.keep, *here.ignore]
        portal = Portal(columns, rows, clock)
        super().__init__(store, here, clock, portal)  # type: ignore[arg-type]
        self.portal: Portal = self.standin  # type: ignore[assignment]

    def sweep_all(self) -> tuple[RunState, set[str]]:
        """How a night ends, and the codes of its issues that hold it."""
        row = self.night(self.portal.reply)
        held = {code for code, level in self.issues(row["id"]).items() if level == "hold"}
        return row["state"], held

    def record(self, key: str) -> dict[str, Any]:
        [facts] = [row["facts"] for row in self.rows("version") if f'"key":"{key}"' in row["facts"]]
        told: dict[str, Any] = json.loads(facts)
        return told

    def steps(self) -> list[str]:
        return [ask.step for ask in self.portal.requests]


Start = Callable[..., Nightly]


@pytest.fixture
def washington(sqlite_store: Store, catalogue: Catalogue, clock: Clock) -> Start:
    register = catalogue.get("us_wa_doh")
    return lambda *how, **more: Nightly(sqlite_store, register, clock, *how, **more)


@pytest.fixture
def colorado(sqlite_store: Store, catalogue: Catalogue, clock: Clock) -> Start:
    register = catalogue.get("us_co_dora")
    return lambda *how, **more: Nightly(sqlite_store, register, clock, *how, **more)


def people(count: int) -> list[Row]:
    return [therapist(which) for which in range(count)]


def test_a_whole_dataset_is_read(washington: Start) -> None:
    crawl = washington([*people(2500), therapist(9, credentialtype="Dentist License")])
    row = crawl.good_night(replies=crawl.portal.reply)
    assert (row["read"], row["stated"]) == (2500, 2500)
    assert row["as_of"] == datetime.fromtimestamp(crawl.portal.updated, UTC)
    assert crawl.steps() == ["about", "count", *["rows"] * 4, "still"]


def test_birth_years_are_never_asked_for(washington: Start) -> None:
    crawl = washington(people(3))
    crawl.sweep_all()
    pages = [ask.url for ask in crawl.portal.requests if ask.step == "rows"]
    assert pages and not any("birthyear" in url or "select=%2A" in url for url in pages)


@pytest.mark.parametrize(("stated", "why"), [(2400, {"unreadable"}), (2600, {"incomplete"})])
def test_a_count_that_lies_holds_the_run(washington: Start, stated: int, why: set[str]) -> None:
    crawl = washington(people(2500))
    crawl.portal.tamper = lambda ask, body: [{"n": stated}] if ask.step == "count" else body
    assert crawl.sweep_all() == (RunState.HELD, why)


def test_a_service_that_caps_its_pages_is_read_whole(washington: Start) -> None:
    crawl = washington(people(25), page=10)
    crawl.portal.tamper = lambda ask, body: body[:7] if ask.step == "rows" else body
    assert crawl.sweep_all() == (RunState.ACCEPTED, set())


def test_a_dataset_replaced_between_two_pages_holds_the_run(washington: Start) -> None:
    crawl = washington(people(25), page=10)

    def swap(ask: Ask, body: Any) -> Any:
        if "offset=10" in ask.url:
            crawl.portal.updated += 60
        return body

    crawl.portal.tamper = swap
    assert crawl.sweep_all() == (RunState.HELD, {"unreadable"})
    assert not crawl.rows("registration")


@pytest.mark.parametrize(
    "body",
    [
        {"error": True, "message": "Internal error"},
        {"code": "permission_denied", "error": True},
        b"<html><title>We will be back</title></html>",
        b'[{"credentialnumber": "MA.MA.99900001"',
        [1, 2],
        None,
    ],
    ids=repr,
)
@pytest.mark.parametrize("step", ["about", "count", "rows", "still"])
def test_another_answer_holds_the_run(washington: Start, step: str, body: Any) -> None:
    crawl = washington(people(3))
    crawl.portal.tamper = lambda ask, honest: body if ask.step == step else honest
    assert crawl.sweep_all() == (RunState.HELD, {"unreadable"})


@pytest.mark.parametrize("said", [None, "1781845200", True, -1, 1781845200000])
def test_a_dataset_without_a_date_holds_the_run(washington: Start, said: Any) -> None:
    crawl = washington(people(3))
    about: dict[str, Any] = {"rowsUpdatedAt": said, "columns": []}
    crawl.portal.tamper = lambda ask, honest: honest if "resource" in ask.url else about
    assert crawl.sweep_all() == (RunState.HELD, {"unreadable"})


def test_a_copy_behind_its_original_is_not_read(washington: Start) -> None:
    crawl = washington(people(3))
    answer = crawl.portal.reply(Ask("http://127.0.0.1/resource/x.json?$select=status", "rows"))
    late = Answer(**{**_fields(answer), "headers": {"x-soda2-data-out-of-date": "true"}})
    with pytest.raises(Unreadable, match="behind its original"):
        list(SOCRATA.read(crawl.register, late))


def _fields(answer: Answer) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in Answer.__slots__}


def test_columns_nobody_declared_are_told(washington: Start) -> None:
    crawl = washington([therapist(1, shoesize="44")])
    run = crawl.good_night(replies=crawl.portal.reply)
    told = " ".join(row["text"] for row in crawl.rows("run_issue") if row["run_id"] == run["id"])
    assert "shoesize" in told and "computed_region" not in told


def test_columns_nobody_asked_for_hold_the_run(washington: Start) -> None:
    crawl = washington(people(3))
    crawl.portal.tamper = lambda ask, body: (
        [row | {"hat": "6"} for row in body] if ask.step == "rows" else body
    )
    assert crawl.sweep_all() == (RunState.HELD, {"unreadable"})


def test_a_column_that_is_gone_holds_the_run(washington: Start) -> None:
    crawl = washington(people(3))
    crawl.portal.columns.remove("actiontaken")
    for row in crawl.portal.rows:
        del row["actiontaken"]
    assert crawl.sweep_all() == (RunState.HELD, {"unreadable"})


def test_a_page_that_comes_again_holds_the_run(washington: Start) -> None:
    crawl, first = washington(people(25), page=10), list[Any]()

    def again(ask: Ask, body: Any) -> Any:
        if ask.step != "rows":
            return body
        first.append(body)
        return first[0]

    crawl.portal.tamper = again
    state, held = crawl.sweep_all()
    assert state is RunState.HELD and held & {"unreadable", "incomplete", "repeated_page"}


@pytest.mark.parametrize(
    "says",
    [
        {"status": "Retired Active"},
        {"credentialtype": "Massage Therapist Temporary Practice Permit"},
        {"actiontaken": "Maybe"},
        {"actiontaken": None},
        {"expirationdate": "29221231"},
    ],
    ids=repr,
)
def test_what_is_unknown_withholds_the_person(washington: Start, says: Row) -> None:
    crawl = washington([*people(99), therapist(500, **says)])
    crawl.good_night(replies=crawl.portal.reply)
    assert crawl.live("MA.MA.99900500")["doubts"] and not crawl.live("MA.MA.99900001")["doubts"]


def test_a_filter_that_finds_nobody_holds_the_run(washington: Start) -> None:
    crawl = washington([therapist(1, credentialtype="Massage therapist license")])
    assert crawl.sweep_all() == (RunState.HELD, {"empty"})


def test_a_filter_the_service_ignores_keeps_nobody_else(colorado: Start) -> None:
    crawl = colorado([case(1, licensetype="RN", licensenumber="7")])
    everything = {**crawl.register.options, "where": "1=1"}
    crawl.register = crawl.register.model_copy(update={"options": everything})
    assert crawl.sweep_all() == (RunState.HELD, {"empty"})


def test_repeated_rows_are_one_person(colorado: Start) -> None:
    crawl = colorado([case(1), case(2), case(1), case(1)], page=2)
    row = crawl.good_night(replies=crawl.portal.reply)
    assert (row["read"], row["stated"]) == (2, 2)
    assert crawl.record("99001")["status"] == Status.AUTHORISED


@pytest.mark.parametrize("page", [1, 2, 3, 4, 100])
def test_the_cases_of_one_licence_are_one_person_across_pages(colorado: Start, page: int) -> None:
    cases = [case(2, casenumber=f"c{n}", programaction="Letter of Admonition") for n in range(4)]
    stranger = case(2, licensetype="RN", lastname="Stranger")
    crawl = colorado([cases[0], case(3), cases[1], case(1), stranger, *cases[2:]], page=page)
    row = crawl.good_night(replies=crawl.portal.reply)
    assert (row["read"], row["stated"]) == (3, 3)
    told = crawl.record("99002")
    assert [notice["text"][-8:] for notice in told["notices"]] == [f"case c{n})" for n in range(4)]
    assert told["status"] == Status.AUTHORISED_NOTICE
    assert crawl.record("99001")["notices"] == crawl.record("99003")["notices"] == []


def test_rows_that_contradict_each_other_withhold_the_person(colorado: Start) -> None:
    crawl = colorado([*map(case, range(99)), case(1, licensestatusdescription="Revoked")])
    crawl.good_night(replies=crawl.portal.reply)
    assert crawl.live("99001")["doubts"] == "conflicting_rows"


@pytest.mark.parametrize("number", [None, "39*****99"])
def test_rows_of_nobody_hold_the_run(colorado: Start, number: str | None) -> None:
    crawl = colorado([case(1), case(2, licensenumber=number), case(3, licensenumber=number)])
    state, held = crawl.sweep_all()
    assert state is RunState.HELD and "unreadable_row" in held
    [told] = [row for row in crawl.rows("run_issue") if row["code"] == "unreadable_row"]
    assert told["count"] == 2


def looked_up(crawl: Nightly, number: str) -> list[Record]:
    [ask] = SOCRATA.find(crawl.register, number)
    found = list(SOCRATA.read(crawl.register, crawl.portal.reply(ask)))
    return [one for one in found if isinstance(one, Record)]


def test_one_number_is_asked_for(colorado: Start) -> None:
    crawl = colorado([case(1), case(2, casenumber="c1"), case(2, casenumber="c2"), case(3)])
    [record] = looked_up(crawl, "99002")
    assert (record.key, len(record.notices)) == ("99002", 2)
    assert not looked_up(crawl, "99004") and not looked_up(crawl, "x' OR '1'='1")


def test_an_old_dataset_does_not_answer_for_now(colorado: Start) -> None:
    crawl = colorado([case(1)])
    crawl.portal.updated -= int(timedelta(hours=24).total_seconds())
    with pytest.raises(Unreadable, match="not of today"):
        looked_up(crawl, "99001")
