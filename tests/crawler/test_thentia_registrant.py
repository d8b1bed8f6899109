"""Thentia's `registrant` dialect: a row a licence, substring searches, fillers, noise."""

from datetime import date
from typing import Any

import pytest

from config.vocabulary import NameKind, Status
from crawler.ask import Unreadable
from data.records import Place
from tests.crawler.reader import Reader, Told, changed

OBP = Reader("us_or_obp")
LIST, ACTIVE = OBP.sample("list-first"), OBP.sample("detail-active")
ROWS = LIST["result"]


def rows(*said: dict[str, Any], count: int | None = None, keyword: str = "", skip: int = 0) -> Told:
    found = [ROWS[0] | one for one in said]
    ask = OBP.find(keyword)[0] if keyword else OBP.first
    body = LIST | {"result": found, "resultCount": len(found) if count is None else count}
    memo = {**ask.memo, "skip": skip}
    return OBP.read(type(ask)(ask.url, "list", memo), body)


def detail(change: Any = lambda _: None, row: dict[str, Any] | None = None) -> Told:
    [seen] = rows(row or {}).seen
    assert seen.detail
    return OBP.read(seen.detail, changed(ACTIVE, change))


def named(**said: Any) -> tuple[str, str, str]:
    name = rows(said).seen[0].record.name
    return name.given, name.middle, name.family


def test_a_licence_is_a_registration_and_a_person_may_have_two() -> None:
    told = OBP.read(OBP.first, LIST)
    assert [one.record.number for one in told.seen] == ["40017", "T1188", "14001"]
    assert len({one.record.key for one in told.seen}) == 3 and told.totals == [3]
    assert "filter=all" in OBP.first.url and "take=10" in OBP.first.url


def test_a_page_tells_dates_workplace_and_former_name() -> None:
    record = detail().record
    assert (record.first_registered, record.expires) == (date(2024, 1, 30), date(2028, 6, 30))
    assert record.places == (Place("Fernhollow Counsel", "Eugene", "Oregon"),)
    [other] = record.other_names
    assert (other.given, other.family, other.kind) == ("Rosalind", "Okonjoey", NameKind.FORMER)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({}, ("Rosalind", "K.", "Tettenhall")),
        ({"firstName": "Pat", "middleName": "N/A"}, ("Pat", "", "Tettenhall")),
        ({"firstName": "2869 - Pat", "lastName": "Doe, Psychologist"}, ("Pat", "", "Doe")),
        (
            {"firstName": "", "lastName": "", "name": "2869 - Pat Van Doe, Psychologist"},
            ("Pat", "", "Van Doe"),
        ),
        ({"firstName": "Mary Ann"}, ("Mary Ann", "", "Tettenhall")),
    ],
    ids=repr,
)
def test_names_without_noise(said: dict[str, Any], name: tuple[str, str, str]) -> None:
    assert named(**said) == name


def test_a_search_inside_ids_is_compared_exactly() -> None:
    inside = {"licenseNumber": "3825", "profileId": "62869b8104f43667b8f65554"}
    told = rows({"licenseNumber": "2869"}, inside, {"licenseNumber": "12869"}, keyword="2869")
    assert [one.record.number for one in told.seen] == ["2869"] and told.totals == []
    assert len(rows({}, {"lastName": "Tett"}, keyword="Rosalind Tettenhall").seen) == 1


def test_skip_moves_by_the_rows_received() -> None:
    [ask] = rows({}, count=50, skip=20).asks
    assert ask.memo["skip"] == 21 and "skip=21&" in ask.url


def test_nobody_on_a_register_known_full_is_unreadable_but_a_search_may_find_none() -> None:
    with pytest.raises(Unreadable, match="nobody"):
        rows(count=0)
    assert rows(count=0, keyword="2869").found == []


def test_an_empty_page_is_asked_for_again() -> None:
    [ask] = rows(count=5, skip=2).asks
    assert ask.memo["tries"] == 2


def test_rows_of_another_profession_do_not_count() -> None:
    reader = Reader("us_or_obp")
    update = {"keep": {"licenseCategory": ["Psychologist"]}}
    reader.register = reader.register.model_copy(update=update)
    told = reader.read(reader.first, LIST)
    assert (len(told.seen), told.totals) == (2, [2])


@pytest.mark.parametrize("wrong", [None, "x", {}, {"id": "x"}, {"id": None}], ids=repr)
def test_a_row_of_nobody_is_told(wrong: Any) -> None:
    told = OBP.read(OBP.first, LIST | {"result": [wrong, *ROWS]})
    assert told.codes == ["unreadable_row"] and len(told.seen) == 3


def test_new_and_missing_fields_are_told() -> None:
    assert rows({"shoeSize": 44}).codes == ["undeclared_field"]
    body = changed(LIST, lambda said: said["result"][0].pop("licenseStatus"))
    told = OBP.read(OBP.first, body)
    assert "missing_field" in told.codes and "missing_field" in told.seen[0].record.doubts


@pytest.mark.parametrize(
    "said", [{"id": "6" * 24}, {"profileId": "6" * 24}, {"licenseNumber": "999"}], ids=repr
)
def test_the_page_of_another_is_unreadable(said: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        detail(lambda body: body.update(said))


@pytest.mark.parametrize("said", [[], None, {}, {"result": []}], ids=repr)
def test_what_is_no_page_is_unreadable(said: Any) -> None:
    with pytest.raises(Unreadable):
        OBP.read(OBP.find(ROWS[0]["id"])[0], said)


def test_a_notice_and_a_limit_are_read() -> None:
    told = detail(lambda body: body.update(publicNotices=[{"name": "Reprimand"}]))
    assert told.record.status is Status.AUTHORISED_NOTICE
    limit = ["No minors"]
    told = detail(lambda body: body["placesOfPractice"][0].update(practiceLimitations=limit))
    assert told.record.status is Status.AUTHORISED_CONDITIONS


def test_memberships_that_say_otherwise_are_doubted() -> None:
    change = {"registrationStatus": "Suspended"}
    told = detail(lambda body: body["memberships"][0].update(change))
    assert told.record.doubts == ("contradiction",)


def test_an_unknown_class_never_passes() -> None:
    told = detail(lambda body: body.update(licenseCategory="Psychologist Resident"))
    assert (told.record.status, told.record.doubts) == (Status.UNRECOGNISED, ("unknown_class",))


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("Jun-30-2028", date(2028, 6, 30)),
        ("2028-06-30", date(2028, 6, 30)),
        ("2028-06-30T07:00:00.000Z", date(2028, 6, 30)),
        ("Jun 30, 2028", date(2028, 6, 30)),
        ("", None),
        ("N/A", None),
    ],
)
def test_dates_in_every_format(said: str, day: date | None) -> None:
    told = detail(lambda body: body.update(licenseExpirationDate=said))
    assert (told.record.expires, told.record.doubts) == (day, ())


def test_an_impossible_expiry_withholds() -> None:
    told = detail(lambda body: body.update(licenseExpirationDate="Feb-30-2028"))
    assert told.record.doubts == ("bad_date",)


SPARSE = {
    "id": ROWS[0]["id"],
    "firstName": "Tamsin",
    "lastName": "Ferrowdale",
    "registrationRecords": [
        {
            "licenseNumber": "40017",
            "classOfRegistration": "Psychologist",
            "registrationStatus": "Active",
            "initialRegistrationDate": "06/01/2015",
            "expiryDate": "05/31/2027",
        },
        {"licenseNumber": "T40017", "registrationStatus": "Expired"},
    ],
}


def test_a_page_that_tells_the_licence_in_a_list() -> None:
    reader = Reader("us_or_obp", dates=["", "%m/%d/%Y"])
    [seen] = rows({"hasPublicNotices": "Yes"}).seen
    assert seen.detail and seen.alert
    record = reader.read(seen.detail, SPARSE).record
    assert (record.number, record.expires) == ("40017", date(2027, 5, 31))
    assert record.status is Status.AUTHORISED_NOTICE and record.doubts == ()


def test_a_page_that_cannot_tell_of_notices_is_withheld() -> None:
    reader = Reader("us_or_obp", dates=["", "%m/%d/%Y"])
    [seen] = rows({}).seen
    assert seen.detail
    told = reader.read(seen.detail, SPARSE)
    assert told.record.doubts == ("missing_field",) and told.codes == ["missing_field"]
