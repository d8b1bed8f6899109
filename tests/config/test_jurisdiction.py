"""The coverage map: every place present, sourced and dated, and found by the names people type."""

from typing import Any

import pytest
from pydantic import ValidationError

from config.jurisdiction import Coverage, Jurisdiction
from config.register import Catalogue

PROVINCES = "AB BC MB NB NL NS NT NU ON PE QC SK YT".split()
STATES = """
    AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT
    NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY
""".split()
UNREGULATED = """
    CA-AB CA-MB CA-NS CA-NT CA-NU CA-QC CA-SK CA-YT US-CA US-KS US-MN US-WY AU GB IE NZ
""".split()


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return Coverage()


def test_every_province_and_state_is_there(coverage: Coverage) -> None:
    codes = [f"CA-{one}" for one in PROVINCES] + [f"US-{one}" for one in STATES]
    assert len(codes) == 13 + 51
    assert set(coverage.places) == {*codes, "US-PR", "US-VI", "AU", "GB", "IE", "NZ"}
    for code in codes:
        place = coverage.places[code]
        assert all(
            coverage.named(said) is place for said in (code, code.lower(), place.name.upper())
        )
        short = code[3:]
        assert short == "CA" or coverage.named(short) is coverage.named(f"Any, {short}") is place


def test_no_law_only_where_the_sources_say_so(coverage: Coverage) -> None:
    assert sorted(place.code for place in coverage if not place.regulated) == sorted(UNREGULATED)


def test_what_to_ask_only_where_no_law_decides(coverage: Coverage) -> None:
    for place in coverage:
        assert bool(place.ask) is not place.regulated
        assert place.regulated or ("insurer" in place.ask and "training" in place.ask)
        assert place.regulated or not place.check_at, "no register: nothing official to check"


def test_every_place_has_its_source_and_day(coverage: Coverage) -> None:
    for place in coverage:
        assert len(place.source) > 8
        assert place.as_of >= "2026-11-23"
        assert place.note or place.regulated


def test_every_register_is_of_a_regulated_place(coverage: Coverage) -> None:
    for register in Catalogue():
        if register.profession == "massage therapist":
            assert coverage.places[register.jurisdiction].regulated, register.id


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Calgary, AB", "CA-AB"),
        ("québec", "CA-QC"),
        ("Quebec", "CA-QC"),
        ("Montréal (Québec) H2X 1Y4", "CA-QC"),
        ("Ont.", "CA-ON"),
        ("B.C.", "CA-BC"),
        ("Île du Prince-Édouard", "CA-PE"),
        ("Ottawa, ON K1A 0B1, Canada", "CA-ON"),
        ("Toronto, ON, CA", "CA-ON"),
        ("Ontario, California", "US-CA"),
        ("Los Angeles, CA 90001", "US-CA"),
        ("Wichita, Kansas, USA", "US-KS"),
        ("Perth, WA", "US-WA"),
        ("Washington, D.C.", "US-DC"),
        ("London, UK", "GB"),
        ("Edinburgh, Scotland", "GB"),
        ("GB-NIR", "GB"),
        ("Dublin, Ireland", "IE"),
        ("Belfast, Northern Ireland", "GB"),
        ("Sydney, WA, Australia", "AU"),
    ],
)
def test_a_place_is_found_by_what_people_type(coverage: Coverage, said: str, code: str) -> None:
    assert coverage.named(said) is coverage.places[code]


@pytest.mark.parametrize(
    "said",
    [
        "",
        " , ",
        "London",
        "Montreal QC",
        "Kansas City",
        "Ottawa",
        "Canada",
        "Ontario, CA",
        "12345",
        "Toronto, CA",
        "CA",
    ]
    + ["Calgary, AB, USA", "Quebec Street Clinic", "Atlantis", ")(", "\u0000"],
)
def test_an_unsure_place_is_no_place(coverage: Coverage, said: str) -> None:
    assert coverage.named(said) is None


@pytest.mark.parametrize(
    "wrong",
    [{"regulated": True}, {"kind": "licence"}, {"source": ""}, {"as_of": "soon"}, {"also": "x"}],
)
def test_a_place_that_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    good = {"code": "XX", "name": "X", "regulated": False, "kind": "none"}
    good |= {"source": "somewhere", "as_of": "2026-11-23"}
    assert Jurisdiction.model_validate(good).ask
    with pytest.raises(ValidationError):
        Jurisdiction.model_validate(good | wrong)
