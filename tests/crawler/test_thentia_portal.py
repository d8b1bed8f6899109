"""Thentia's `portal` dialect: columns by label, and pages that do not say whose they are."""

import json
from typing import Any

import pytest

from config.vocabulary import Status
from crawler.ask import Unreadable
from tests.crawler.reader import Reader, Told, changed

NV = Reader("us_nv_cpbn")
LIST, ACTIVE = NV.sample("list-first"), NV.sample("detail-active")
LABEL = "REGISTER_PROFILE_LABEL_"


def listed(change: Any = lambda _: None) -> Told:
    return NV.read(NV.first, changed(LIST, lambda body: change(body["result"])))


def detail(change: Any = lambda _: None) -> Told:
    ask = listed().seen[0].detail
    assert ask
    return NV.read(ask, changed(ACTIVE, lambda body: change(body["result"])))


def reverse(result: dict[str, Any]) -> None:
    result["columnLayout"].reverse()
    for row in result["dataResults"]:
        row["columnValues"].reverse()


def pair(name: str, value: Any) -> Any:
    def change(result: dict[str, Any]) -> None:
        [one] = [one for one in result["nameValuePairs"] if one["name"] == LABEL + name]
        one["value"] = value

    return change


def test_the_questions_carry_the_filters_of_the_page() -> None:
    assert "licenseType=Chiropractic+Physician&licenseStatus=all&disciplined=false" in NV.first.url
    ask = listed().seen[0].detail
    assert ask and ask.method == "POST"
    assert json.loads(ask.body) == {"id": "6617280000f1c7ca00000047"}
    assert ask.headers == {"Content-Type": "application/json"}


def test_another_order_of_columns_reads_the_same() -> None:
    assert [one.record for one in listed(reverse).seen] == [one.record for one in listed().seen]
    assert listed(reverse).seen[0].record.number == "B00417"


def test_labels_may_be_words_or_objects() -> None:
    def wrap(result: dict[str, Any]) -> None:
        result["columnLayout"] = [{"name": label} for label in result["columnLayout"]]

    assert len(listed(wrap).seen) == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda result: result["columnLayout"].__setitem__(0, LABEL + "NO"),
        lambda result: result["columnLayout"].__setitem__(3, LABEL + "LAST_NAME"),
        lambda result: result["columnLayout"].append(""),
        lambda result: result.update(columnLayout=None),
        lambda result: result.update(dataResults=None),
        lambda result: result.pop("dataResults"),
    ],
    ids="renamed,twice,nameless,no layout,null rows,no rows".split(","),
)
def test_other_columns_are_unreadable(change: Any) -> None:
    with pytest.raises(Unreadable):
        listed(change)


def test_a_new_column_is_told() -> None:
    def add(result: dict[str, Any]) -> None:
        result["columnLayout"].append("NEW")
        for row in result["dataResults"]:
            row["columnValues"].append({"data": "x"})

    told = listed(add)
    assert told.codes == ["undeclared_field"] and len(told.seen) == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda result: result["dataResults"][0]["columnValues"].pop(),
        lambda result: result["dataResults"][0].update(id=None),
        lambda result: result["dataResults"].__setitem__(0, "x"),
    ],
    ids=["short", "no id", "words"],
)
def test_a_broken_row_is_told(change: Any) -> None:
    told = listed(change)
    assert told.codes == ["broken_row"] and len(told.seen) == 3


@pytest.mark.parametrize("more", [{}, {"errorCode": "0"}], ids=["as seen", "with envelope"])
def test_nobody_on_a_register_known_full_is_unreadable(more: dict[str, str]) -> None:
    body = {"resultCount": 0, "result": {"dataResults": [], "columnLayout": []}} | more
    with pytest.raises(Unreadable):
        NV.read(NV.first, body)


def test_skip_moves_by_the_rows_received() -> None:
    told = NV.read(NV.first, LIST | {"resultCount": 50})
    assert told.asks[0].memo["skip"] == 4 and told.totals == [50]


def test_a_page_is_read_by_its_labels() -> None:
    record = detail().record
    assert (record.status, record.number, record.places[0].city) == (
        Status.AUTHORISED,
        "B00417",
        "Reno",
    )
    assert (str(record.first_registered), str(record.expires)) == ("2019-03-04", "2027-03-04")


@pytest.mark.parametrize(
    "change",
    [
        pair("LICENSE_NUMBER", "B00418"),
        pair("LICENSE_NUMBER", None),
        lambda result: result["pageTitle"].update(values=["Jory", "Tettenhall"]),
        lambda result: result.update(pageTitle=None),
        lambda result: result.update(nameValuePairs=None),
        lambda result: result.clear(),
    ],
    ids="number,no number,name,no name,no pairs,nothing".split(","),
)
def test_the_page_of_another_person_is_unreadable(change: Any) -> None:
    with pytest.raises(Unreadable):
        detail(change)


def test_a_key_alone_is_never_asked_for() -> None:
    assert NV.find("6617280000f1c7ca00000047") == []
    [ask] = NV.find("B00417")
    found = NV.read(ask, LIST)
    assert [one.record.number for one in found.seen] == ["B00417"] and found.totals == []


@pytest.mark.parametrize(
    "cells", [[{"data": "Order"}, {"data": "2024"}], {"A": "Order"}, None], ids=repr
)
def test_discipline_of_any_shape_alerts(cells: Any) -> None:
    told = detail(lambda result: result["tables"][0].update(records=[{"columnValues": cells}]))
    assert told.record.status is Status.AUTHORISED_NOTICE


def test_a_page_without_its_table_of_discipline_is_withheld() -> None:
    told = detail(lambda result: result["tables"].pop(0))
    assert told.record.doubts == ("missing_field",) and told.codes == ["missing_field"]


def test_a_new_table_or_label_is_told() -> None:
    assert detail(lambda result: result["tables"].append({"tableTitle": "X"})).codes == [
        "undeclared_field"
    ]
    assert detail(lambda result: result["nameValuePairs"].append({"name": "X"})).codes == [
        "undeclared_field"
    ]


def test_a_token_instead_of_a_word_never_passes() -> None:
    record = detail(pair("LICENSE_STATUS", "reg_status_1_tc_name")).record
    assert (record.status, record.doubts) == (Status.UNRECOGNISED, ("unknown_word",))


def test_a_passed_or_impossible_expiry_is_kept_or_withheld() -> None:
    assert str(detail(pair("LICENSE_EXPIRY_DATE", "Jan-30-2024")).record.expires) == "2024-01-30"
    assert detail(pair("LICENSE_EXPIRY_DATE", "soon")).record.doubts == ("bad_date",)
