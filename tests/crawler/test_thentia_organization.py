"""Thentia's `organization` dialect: businesses under three names, and no person in any of them."""

import json
from typing import Any

import pytest

from config.vocabulary import AUTHORISED, RunState, Status
from crawler.ask import Answer, Ask, Refused, Unreadable
from crawler.standin import Standin
from data.store import Store
from tests.conftest import Clock
from tests.crawler.drive import Crawl
from tests.crawler.reader import Reader, Told, changed

CVO = Reader("ca_on_cvo_facilities")
CORP = Reader("ca_on_cmto_corporations")
ROWS, CORPS = CVO.sample("list-first"), CORP.sample("list-first")
PAGE = CORP.sample("detail-active")


def listed(change: Any = lambda _: None) -> Told:
    return CVO.read(CVO.first, changed(ROWS, change))


def page(change: Any = lambda _: None) -> Told:
    ask = CORP.read(CORP.first, CORPS).seen[0].detail
    assert ask
    return CORP.read(ask, changed(PAGE, change))


def test_the_questions_name_the_path() -> None:
    assert "/rest/public/organization/search/?keyword=all&skip=0&take=250" in CVO.first.url
    assert "/rest/public/corporation/search/?keyword=all&skip=0&take=10&active=0" in CORP.first.url
    ask = CORP.read(CORP.first, CORPS).seen[0].detail
    assert ask and ask.url.endswith("/rest/public/corporation/get/?id=61e0bd0000f1c7ca0000003b")


def test_a_facility_reads_alike() -> None:
    """Alberta's motor vehicle council: other field names, an empty keyword for everybody."""
    reader = Reader("ca_on_cvo_facilities", path="facility", keyword="", notices=[])
    fields = {"key": "id", "family": "name", "number": "registrationNumber"}
    fields |= {"status": "facilityStatus", "city": "city", "expires": "expiryDate"}
    update = {"fields": fields, "ignore": ["tradeName", "activities"]}
    reader.register = reader.register.model_copy(update=update)
    row = {"id": "a" * 24, "name": "Oak Motors Ltd.", "registrationNumber": "B99"}
    row |= {"facilityStatus": "Active", "city": "Calgary", "expiryDate": "Sep 30, 2026"}
    row |= {"tradeName": "N/A", "activities": []}
    told = reader.read(reader.first, {"errorCode": "0", "resultCount": 1, "result": [row]})
    assert "facility/search/?keyword=&skip=0" in reader.first.url
    assert (told.seen[0].record.number, told.seen[0].detail, told.codes) == ("B99", None, [])


def test_rows_are_organisations_and_none_is_authorised() -> None:
    told = listed()
    assert [one.record.name.full for one in told.seen][0] == "Cedarlatch Animal Hospital"
    assert not AUTHORISED & {one.record.status for one in told.seen}
    assert (told.totals, told.codes, told.asks) == ([3], [], [])


def test_a_map_written_by_script_is_a_restriction() -> None:
    restricted = [one for one in listed().seen if one.alert]
    assert [one.record.name.full for one in restricted] == ["Forkbend Veterinary Services"]
    assert [one.text for one in restricted[0].record.restrictions] == ["Condition/Limitation"]


def test_nobody_who_owns_or_works_there_is_read() -> None:
    record = page().record
    assert (record.number, record.status) == ("C-0000", Status.UNRECOGNISED)
    assert record.other_names == () and "Ingrith" not in record.facts and "555" not in record.facts


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(errorCode="1"),
        lambda body: body.update(resultCount="3"),
        lambda body: body.update(result={"rows": []}),
        lambda body: body.pop("resultCount"),
        lambda body: body.update(resultCount=0, result=[]),
    ],
    ids="error,total as text,object,no total,nobody".split(","),
)
def test_another_envelope_is_unreadable(change: Any) -> None:
    with pytest.raises(Unreadable):
        listed(change)


def test_a_wall_with_status_200_is_refused() -> None:
    with pytest.raises(Refused):
        CVO.read(CVO.first, b"<html><title>Human Verification</title><p>awswaf</p></html>")
    with pytest.raises(Unreadable, match="web page"):
        CVO.read(CVO.first, b"<html><title>Maintenance</title></html>")


@pytest.mark.parametrize("wrong", [{"id": "short"}, {"id": None}, {"id": ["a"]}], ids=str)
def test_a_row_of_nobody_is_told(wrong: dict[str, Any]) -> None:
    told = listed(lambda body: body["result"][0].update(wrong))
    assert told.codes == ["unreadable_row"] and len(told.seen) == 2


def test_new_and_missing_fields_are_told() -> None:
    told = listed(lambda body: body["result"][0].update(grade="A"))
    assert told.codes == ["undeclared_field"]
    told = listed(lambda body: body["result"][0].pop("notes"))
    assert told.codes == ["missing_field"] and told.seen[0].record.doubts == ("missing_field",)


def test_skip_moves_by_the_rows_received() -> None:
    [ask] = listed(lambda body: body.update(resultCount=9)).asks
    assert "skip=3&take=250" in ask.url


def test_an_empty_page_is_asked_for_again() -> None:
    ask = Ask(CVO.first.url, "list", {"skip": 3, "aside": 0, "keyword": "all"})
    told = CVO.read(ask, {"errorCode": "0", "resultCount": 9, "result": []})
    assert told.asks[0].memo["tries"] == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(corporationId="61e0bd0000f1c7ca0000003c"),
        lambda body: body.pop("corporationId"),
        lambda body: body.clear(),
    ],
    ids="another,no id,empty".split(","),
)
def test_the_page_of_another_is_unreadable(change: Any) -> None:
    with pytest.raises(Unreadable):
        page(change)


def test_a_page_without_its_status_is_withheld() -> None:
    told = page(lambda body: body.pop("corporationStatus"))
    assert told.codes == ["missing_field"] and "missing_field" in told.record.doubts


def test_a_search_is_compared_exactly() -> None:
    [ask] = CVO.find("Cedarlatch Animal Hospital")
    assert [one.record.key for one in CVO.read(ask, ROWS).seen] == ["58893c0000f1c7ca00000044"]
    [ask] = CVO.find("Cedarlatch")
    assert CVO.read(ask, ROWS).seen == []
    assert CVO.find("58893c0000f1c7ca00000044") == [] and len(CORP.find("a" * 24)) == 1


def test_a_night_reads_lists_and_pages(sqlite_store: Store, clock: Clock) -> None:
    crawl = Crawl(sqlite_store, CORP.register.at("http://127.0.0.1"), clock, Standin([]))
    pages = {one["corporationId"]: one for one in (PAGE, CORP.sample("detail-revoked"))}

    def reply(ask: Ask) -> Answer:
        body = pages[ask.memo["key"]] if ask.step == "detail" else CORPS
        return Answer(ask, ask.url, 200, {}, json.dumps(body).encode(), clock())

    run = crawl.night(reply)
    assert (run["state"], run["read"], run["new"]) == (RunState.ACCEPTED, 2, 2)
    assert crawl.sweep.details == 2
