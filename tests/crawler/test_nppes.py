"""NPPES: a cross-check that can confirm nobody, with errors and cuts told."""

from typing import Any

import pytest

from config.vocabulary import NameKind, Status
from crawler.ask import Unreadable
from data.records import Place
from tests.crawler.reader import Reader, changed

NPPES = Reader("us_cms_nppes")
PAGE = NPPES.sample("person-former-name")
[BY_NUMBER] = NPPES.find("9000000015")
[BY_NAME] = NPPES.find("Tamsin Ferrowdale")


def people(count: int, skip: int) -> Any:
    ask = type(BY_NAME)(BY_NAME.url, "person", {**BY_NAME.memo, "skip": skip})
    return NPPES.read(ask, {"result_count": count, "results": PAGE["results"] * count})


def test_nobody_is_ever_confirmed_whatever_the_file_says() -> None:
    reader = Reader("us_cms_nppes")
    words = {"A": Status.AUTHORISED, NPPES.read(BY_NUMBER, PAGE).record.word: Status.AUTHORISED}
    reader.register = reader.register.model_copy(update={"status": words})
    record = reader.read(BY_NUMBER, PAGE).record
    assert (record.status, record.doubts) == (Status.UNRECOGNISED, ("unknown_word",))
    assert not reader.register.enabled and reader.register.lookup_only
    assert list(reader.platform.start(reader.register)) == []


def test_former_names_and_practice_places_are_told_and_private_facts_are_not() -> None:
    mailing = {"city": "HOMETOWN"}
    page = changed(PAGE, lambda said: said["results"][0]["addresses"][0].update(mailing))
    record = NPPES.read(BY_NUMBER, page).record
    [former] = record.other_names
    assert (former.family, former.kind) == ("QUILLINGHAM", NameKind.FORMER)
    assert record.places == (Place("", "EXAMPLETON", "WA"),)
    assert "555-555" not in record.facts and "BLVD" not in record.facts


def test_fillers_are_empty() -> None:
    body = changed(PAGE, lambda said: said["results"][0]["basic"].update(middle_name="--"))
    assert NPPES.read(BY_NUMBER, body).record.name.middle == ""


@pytest.mark.parametrize(
    "body",
    [
        {"Errors": [{"description": "NPI must be 10 digits", "field": "number", "number": "06"}]},
        {"result_count": 1, "results": []},
        {"results": PAGE["results"]},
        {"result_count": 0, "results": None},
        [],
    ],
    ids="errors,short,no count,null,list".split(","),
)
def test_errors_with_status_200_are_unreadable(body: Any) -> None:
    with pytest.raises(Unreadable):
        NPPES.read(BY_NUMBER, body)


def test_nobody_is_an_answer() -> None:
    assert NPPES.read(BY_NUMBER, {"result_count": 0, "results": []}).found == []


def test_somebody_else_than_asked_for_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="somebody else"):
        NPPES.read(BY_NUMBER, changed(PAGE, lambda said: said["results"][0].update(number="9")))


def test_other_professions_and_organizations_are_not_told() -> None:
    for change in ({"enumeration_type": "NPI-2"}, {"taxonomies": [{"code": "225100000X"}]}):
        body = changed(PAGE, lambda said, new=change: said["results"][0].update(new))
        assert NPPES.read(BY_NUMBER, body).found == []


def test_pages_end_before_they_repeat() -> None:
    [following] = people(200, 0).asks
    assert following.memo["skip"] == 200 and "skip=200" in following.url
    assert people(200, 800).asks[0].memo["skip"] == 1000
    last = people(200, 1000)
    assert not last.asks and last.codes == ["cut_file"]
    assert not people(199, 0).asks


def test_a_name_is_asked_with_its_profession() -> None:
    assert "first_name=Tamsin&last_name=Ferrowdale&taxonomy_description=Massage" in BY_NAME.url
    assert "last_name=Ferrowdale" in NPPES.find("Ferrowdale, Tamsin")[0].url
    assert NPPES.find("Ferrowdale") == []
