"""Columns are known by their headings, English and French, or by what somebody says of them."""

import pytest

from service.roster.headings import recognised, settled
from service.roster.read import Telling, read_roster
from service.roster.shape import Part, RosterError


@pytest.mark.parametrize(
    ("headings", "meant"),
    [
        ("Name|Registration #|Province", "name number province"),
        ("FIRST NAME|LAST NAME|License No.|State", "given family number province"),
        ("Prénom|Nom|Nº de permis|Ville", "given family number city"),
        ("Nom complet|Numéro d'inscription|Clinique|Fonction", "name number clinic role"),
        ("Nom|Numéro de membre|Ordre", "name number register"),
        ("Surname|Given name(s)|RMT number", "family given number"),
        ("Therapist|CMTO #|Location", "name number clinic"),
        ("Staff ID|Name|Phone number|Licence expiry|Licence", "- name - - number"),
        (
            "Employee name|Job title|Registration status|Registration date|Registration no",
            "name role - - number",
        ),
        ("Massage therapist's licence (college)|Name", "number name"),
        ("Name||Number", "name - number"),
    ],
)
def test_usual_headings(headings: str, meant: str) -> None:
    found = recognised(headings.split("|"))
    wanted = {Part(part): place for place, part in enumerate(meant.split()) if part != "-"}
    assert found == wanted


def test_a_title_above_the_headings_is_left() -> None:
    data = b"Our staff in 2026,,\n,,\nName,Number,City\nAna Ng,A1,Ottawa\n"
    roster = read_roster(data, Telling())
    assert roster.headings == ("Name", "Number", "City")
    assert [line.number for line in roster.lines] == [4]
    assert any("row 3" in note for note in roster.notes)


def test_what_is_told_wins_over_the_guess() -> None:
    headings = ["Name", "Ref", "Number", "City"]
    assert settled(headings, {"number": "ref", "city": ""}) == {Part.NAME: 0, Part.NUMBER: 1}
    assert settled(headings, {"number": "#4"})[Part.NUMBER] == 3
    two = settled(["A", "B", "Name"], {"given": "a", "family": "b"})
    assert two == {Part.GIVEN: 0, Part.FAMILY: 1}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"nmae": "Name"}, "'nmae' is no column we read"),
        ({"number": "Nowhere"}, "No columns are called “Nowhere”"),
        ({"number": "Twice"}, "2 columns are called “Twice”"),
        ({"number": "#9"}, "No columns are called “#9”"),
        ({"number": "Name", "name": "Name"}, "cannot be two things at once"),
        ({"name": ""}, "No column of names"),
    ],
)
def test_what_cannot_be_meant_is_refused(told: dict[str, str], words: str) -> None:
    with pytest.raises(RosterError) as refused:
        settled(["Name", "Number", "Twice", "Twice"], told)
    assert words in str(refused.value)


def test_a_second_candidate_is_said() -> None:
    roster = read_roster(b"Name,Registration number,Licence no\nAna,A1,B2\n", Telling())
    assert roster.columns[Part.NUMBER] == 1
    assert any("“Licence no” could be the number too" in note for note in roster.notes)
