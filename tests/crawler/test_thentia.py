"""Ontario's profiles, in every shape they have been seen or feared."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.register import Register
from config.vocabulary import NameKind, Status
from crawler.ask import Unreadable
from data.records import Place
from tests.crawler.profiles import ALLOWED, profile, read_profile, without

SAMPLES = Path(__file__).parent.parent / "samples" / "ca_on_cmto"
PLACE = ALLOWED["placesOfPractice"][0]


def sample(name: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((SAMPLES / f"detail-{name}.json").read_text())
    return said | {"profileId": ALLOWED["profileId"]}


def test_a_plain_profile_is_authorised_without_oddities(ontario: Register) -> None:
    record, odd = read_profile(ontario, profile())
    assert (record.status, record.doubts, odd) == (Status.AUTHORISED, (), [])
    assert (record.word, record.category) == ("Current", "General Certificate")
    assert record.may_practise is True


def test_objects_words_and_maps_instead_of_plain_values(ontario: Register) -> None:
    record, _ = read_profile(ontario, sample("variant-types"))
    assert record.status is Status.AUTHORISED_CONDITIONS
    assert [notice.text for notice in record.restrictions] == ["Condition/Limitation"]
    assert (record.number, record.name.middle) == ("Z999", "")


def test_a_contradiction_is_unrecognised_and_doubted(ontario: Register) -> None:
    record, _ = read_profile(ontario, sample("contradiction"))
    assert (record.status, record.doubts) == (Status.UNRECOGNISED, ("contradiction",))


def test_moments_are_days_in_toronto(ontario: Register) -> None:
    said = profile(
        initialRegistrationDate="2014-06-17T04:00:00.000Z",
        currentEffectiveDate="2021-01-01T05:00:00.000Z",
        currentExpirationDate="Dec-31-2026",
    )
    record, _ = read_profile(ontario, said)
    assert record.first_registered == date(2014, 6, 17)
    assert (record.effective, record.expires) == (date(2021, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize("said", ["2026-02-31", "soon", "0001-01-01T00:00:00Z", "31/12/2026"])
def test_an_impossible_expiry_withholds(ontario: Register, said: str) -> None:
    record, odd = read_profile(ontario, profile(currentExpirationDate=said))
    assert (record.expires, record.doubts, odd) == (None, ("bad_date",), ["bad_date"])


def test_another_impossible_date_is_only_told(ontario: Register) -> None:
    record, odd = read_profile(ontario, profile(initialRegistrationDate="soon"))
    assert (record.first_registered, record.doubts, odd) == (None, (), ["bad_date"])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([{"name": "Oral Caution", "summary": "About records."}], "Oral Caution: About records."),
        ({"title": "Caution"}, "Caution"),
        (["Caution"], "Caution"),
        ("Caution", "Caution"),
        ([{"id": "1", "description": "Caution"}], "description: Caution"),
        ([{"visible": False, "name": "Secret"}], "does not display"),
        ([{}], "without text"),
        ([None], "without text"),
        (True, "without text"),
        ({"Finding": True, "length": True}, "Finding"),
        ([{"name": "<b>Caution</b> &amp; more"}], "Caution & more"),
    ],
    ids=repr,
)
def test_a_filled_notice_of_any_shape_is_an_alert(
    ontario: Register, said: object, words: str
) -> None:
    record, _ = read_profile(ontario, profile(publicNotices=said))
    assert record.status is Status.AUTHORISED_NOTICE
    assert words in record.notices[0].text


@pytest.mark.parametrize("said", [None, [], {}, "", False, 0], ids=repr)
def test_no_notices(ontario: Register, said: object) -> None:
    record, _ = read_profile(ontario, profile(publicNotices=said))
    assert (record.status, record.notices) == (Status.AUTHORISED, ())


@pytest.mark.parametrize("name", ["hasPublicNotices", "publicRegisterAlert"])
@pytest.mark.parametrize("said", [True, "Yes", 1, 3, "see file", ["x"], {"a": 1}], ids=repr)
def test_a_mark_without_a_text_is_an_alert(ontario: Register, name: str, said: object) -> None:
    record, _ = read_profile(ontario, profile(**{name: said}))
    assert record.status is Status.AUTHORISED_NOTICE


def test_notice_dates_and_links(ontario: Register) -> None:
    notice = {"name": "x", "effectiveDate": "2025-03-04T05:00:00.000Z", "url": "javascript:x"}
    record, _ = read_profile(
        ontario, profile(publicNotices=[notice, notice | {"url": "https://x"}])
    )
    assert [n.since for n in record.notices] == [date(2025, 3, 4)] * 2
    assert [n.link for n in record.notices] == ["", "https://x"]


@pytest.mark.parametrize(
    "said", [["No minors"], [{"name": "No minors"}], "No minors", {"text": "No minors"}], ids=repr
)
@pytest.mark.parametrize(
    "where", ["placesOfPractice", "primaryPlacesOfPractice", "currentPlacesOfPractice"]
)
def test_a_limit_inside_a_workplace_restricts(ontario: Register, where: str, said: object) -> None:
    place = PLACE | {"practiceLimitations": said, "active": False}
    record, _ = read_profile(ontario, profile(**{where: [place]}))
    assert record.status is Status.AUTHORISED_CONDITIONS
    assert record.restrictions[0].text == f"No minors ({PLACE['employerName']})"


@pytest.mark.parametrize("said", [True, "Yes", "hidden", 2, ["x"]], ids=repr)
def test_a_hidden_place_is_not_kept(ontario: Register, said: object) -> None:
    record, _ = read_profile(ontario, profile(hideLocationFromRegister=said))
    assert record.places == ()


@pytest.mark.parametrize("said", [None, "", False, "No", 0], ids=repr)
def test_present_workplaces_are_kept_once(ontario: Register, said: object) -> None:
    past = PLACE | {"employerName": "Gone", "endDate": "2020-01-01"}
    places = [PLACE, past, PLACE | {"employerName": "Off", "active": False}]
    changed = profile(hideLocationFromRegister=said, placesOfPractice=places)
    changed["primaryPlacesOfPractice"] = changed["currentPlacesOfPractice"] = [PLACE]
    record, _ = read_profile(ontario, changed)
    assert record.places == (Place(PLACE["employerName"], "Ottawa", "Ontario"),)


def test_common_and_former_names(ontario: Register) -> None:
    said = profile(
        commonName="Inga",
        nameHistory=[{"firstName": "Ingrith", "lastName": "Vandermossen"}],
        previousNames=[{"lastName": "Vandermossen"}, {"lastName": ALLOWED["lastName"]}],
    )
    record, _ = read_profile(ontario, said)
    names = [(name.given, name.family, name.kind) for name in record.other_names]
    assert names == [
        ("Inga", "Abelquist", NameKind.COMMON),
        ("Ingrith", "Vandermossen", NameKind.FORMER),
    ]


def test_nothing_private_is_kept(ontario: Register) -> None:
    secrets = {name: f"private {name}" for name in "address1 postalCode phone email gender".split()}
    record, _ = read_profile(ontario, profile(**secrets))
    assert "private" not in record.facts


@pytest.mark.parametrize("name", ["lastName", "registrationStatus", "authorizedToPractice"])
def test_a_needed_field_that_is_gone_withholds(ontario: Register, name: str) -> None:
    record, odd = read_profile(ontario, without(profile(), name))
    assert "missing_field" in record.doubts and "missing_field" in odd


@pytest.mark.parametrize("name", ["publicNotices", "placesOfPractice", "registrationCategory"])
def test_a_renamed_field_withholds(ontario: Register, name: str) -> None:
    said = without(profile(), name) | {f"new{name}": ALLOWED[name]}
    record, odd = read_profile(ontario, said)
    assert "missing_field" in record.doubts and "undeclared_field" in odd


def test_null_and_missing_are_the_same_where_nothing_new_came(ontario: Register) -> None:
    record, odd = read_profile(ontario, without(profile(), "publicNotices", "nameHistory"))
    assert (record.status, record.doubts, odd) == (Status.AUTHORISED, (), [])


def test_a_new_field_is_told(ontario: Register) -> None:
    assert read_profile(ontario, profile(shoeSize=44))[1] == ["undeclared_field"]


@pytest.mark.parametrize(
    "said", [[], "x", 3, None, {}, {"profileId": None}, {"result": []}], ids=repr
)
def test_what_is_no_profile_is_unreadable(ontario: Register, said: object) -> None:
    with pytest.raises(Unreadable, match="no profile"):
        read_profile(ontario, said)


def test_the_profile_of_another_person_is_unreadable(ontario: Register) -> None:
    with pytest.raises(Unreadable, match="Asked for the profile"):
        read_profile(ontario, profile(profileId="61b2988000f1c7ca00000005"))
