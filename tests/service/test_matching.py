"""Names as people write them against names as registers print them."""

import pytest

from config.jurisdiction import Coverage
from config.vocabulary import NameKind
from data.records import Name, Place
from service.matching import Agreement, compare_name, compare_place
from tests.service.cases import record

ABELQUIST = record(
    other_names=(
        Name("Inga", "Abelquist", kind=NameKind.COMMON),
        Name("Ingrith", "Vandermossen", kind=NameKind.FORMER),
    )
)
BEAUDRIE = record(name=Name("Maëlle", "Beaudrie-Tancoigne"))
DAMBRAZELLE = record(name=Name("Zofia", "D'Ambrazelle"))
VAN = record(name=Name("Thaddeus", "van der Quoit"))


@pytest.mark.parametrize(
    ("asked", "person"),
    [
        ("Ingrith Abelquist", ABELQUIST),
        ("ABELQUIST, Ingrith", ABELQUIST),
        ("abelquist ingrith", ABELQUIST),
        ("Ingrith Sunniva Abelquist", ABELQUIST),
        ("Ingrith S. Abelquist", ABELQUIST),
        ("  ingrith   ABELQUIST, RMT ", ABELQUIST),
        ("Inga Abelquist", ABELQUIST),
        ("Ingrith Vandermossen", ABELQUIST),
        ("Inga Vandermossen", ABELQUIST),
        ("I. Abelquist", ABELQUIST),
        ("Maelle Beaudrie-Tancoigne", BEAUDRIE),
        ("Maëlle Beaudrie Tancoigne", BEAUDRIE),
        ("Maëlle Claire Beaudrie Tancoigne", BEAUDRIE),
        ("Zofia D\u2019Ambrazelle", DAMBRAZELLE),
        ("Zofia D Ambrazelle", DAMBRAZELLE),
        ("Zofia Dambrazelle", DAMBRAZELLE),
        ("Thaddeus Van Der Quoit", VAN),
        ("Zo\u200bfia D'Ambrazelle", DAMBRAZELLE),
    ],
)
def test_the_same_person_however_written(asked: str, person: object) -> None:
    assert compare_name(asked, person).agreement is Agreement.FULL  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "given", "family"),
    [
        ("Marie-Louise Tremblay", "Marie-Claire", "Tremblay"),
        ("Marie L. Tremblay", "Marie-Claire", "Tremblay"),
        ("John Smith Jr", "John", "Smith Sr"),
        ("John Smith III", "John", "Smith II"),
        ("R. J. Smith", "Jane", "Smith"),
        ("Q. R. J. Smith", "Jane", "Smith"),
    ],
)
def test_a_contradicting_given_name_or_suffix_is_weak(asked: str, given: str, family: str) -> None:
    person = record(name=Name(given, family))
    assert compare_name(asked, person).agreement is Agreement.WEAK


def test_a_suffix_only_one_side_prints_says_nothing() -> None:
    assert compare_name("John Smith Jr", record(name=Name("John", "Smith"))).agreement == 4
    assert compare_name("John Smith", record(name=Name("John", "Smith Jr"))).agreement == 4


@pytest.mark.parametrize(
    ("asked", "agreement"),
    [
        ("Abelquist", Agreement.FAMILY),
        ("Ottilie Abelquist", Agreement.WEAK),
        ("Ingrith Ottilie Abelquist", Agreement.WEAK),
        ("Ingrith Abelquist Karsh", Agreement.WEAK),
        ("Ingrith", Agreement.NONE),
        ("Ingrith Abelquis", Agreement.NONE),
        ("Ingrith Quoit", Agreement.NONE),
        ("", Agreement.NONE),
        ("🙂", Agreement.NONE),
    ],
)
def test_somebody_else_is_never_the_same(asked: str, agreement: Agreement) -> None:
    assert compare_name(asked, ABELQUIST).agreement is agreement


def test_a_name_without_family_name_matches_nobody() -> None:
    assert compare_name("Ingrith", record(name=Name("Ingrith", ""))).agreement is Agreement.NONE


PLACES = (Place("Cedarlatch Massage Clinic", "Ottawa", "Ontario"), Place("Limestone", "Kingston"))


@pytest.mark.parametrize(
    ("asked", "agrees"),
    [
        ("Cedarlatch Massage Clinic", True),
        ("ottawa", True),
        ("Cedarlatch Massage Clinic, Ottawa", True),
        ("Cedarlatch Massage Clinic Ottawa", True),
        ("Ottawa, ON", True),
        ("Cedarlatch Massage Clinic, Kingston", False),
        ("Massage", False),
        ("Toronto", False),
        ("Ottawa, Kansas", False),
        ("Quebec", False),
        ("Ontario", None),
        ("", None),
    ],
)
def test_every_part_of_a_place_must_agree(asked: str, agrees: bool | None) -> None:
    assert compare_place(asked, PLACES, Coverage(), "CA-ON") is agrees
