"""What shows over a whole roster is found and named on the rows it concerns."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from config.jurisdiction import Coverage
from config.register import Catalogue
from config.settings import Settings
from config.vocabulary import Status
from data.records import Name, Place, Record
from data.store import Store
from service.audit.findings import findings
from service.audit.judge import Judge
from service.desk import Desk
from tests.conftest import Clock
from tests.data.nights import Nights, person
from tests.service.audit.rosters import audited, codes, kept, verdicts

OTTAWA, VICTORIA = Place("Cedarlatch", "Ottawa", "Ontario"), Place("Harbour", "Victoria", "BC")
RESIGNED = {"status": Status.RESIGNED, "word": "Resigned", "may_practise": False}


def _ontario() -> list[Record]:
    return [
        person(1, name=Name("Ingrith", "Abelquist"), places=(OTTAWA,)),
        person(2, name=Name("Tamsin", "Twell"), places=(OTTAWA,)),
        person(3, name=Name("Oswin", "Saint-Cyr"), places=(OTTAWA,)),
        person(4, name=Name("Perpetua", "Grindlesham"), **RESIGNED),
        *[person(100 + n, number=f"X{n}") for n in range(60)],
    ]


def _others(register: str, profession: str, number: str, name: Name) -> list[Record]:
    one = person(1, register=register, profession=profession, number=number, name=name)
    rest = [person(n, register=register, profession=profession) for n in range(5, 60)]
    return [replace(one, places=(VICTORIA,)), *rest]


@pytest.fixture
def clinic(sqlite_store: Store, clock: Clock, settings: Settings) -> Iterator[Desk]:
    """Ontario's register, one of another province, and one of another profession."""
    catalogue = Catalogue(enable="ca_on_cmto,ca_bc_cchpbc,ca_on_cpo")
    columbia = _others("ca_bc_cchpbc", "massage therapist", "C500", Name("Yara", "Umber"))
    physio = _others("ca_on_cpo", "physiotherapist", "P700", Name("Zed", "Vantongeren"))
    for register, people in (
        ("ca_on_cmto", _ontario()),
        ("ca_bc_cchpbc", columbia),
        ("ca_on_cpo", physio),
    ):
        Nights(sqlite_store, catalogue.get(register).at("http://127.0.0.1"), clock).accept(people)
        clock.forward(days=-1)
    clock.forward(days=1)
    yield Desk(sqlite_store, catalogue, Coverage(), settings)


def test_swapped_numbers_name_each_other(clinic: Desk, clock: Clock) -> None:
    report = audited(
        clinic,
        clock,
        ("Ingrith Abelquist", "A1002"),
        ("Tamsin Twell", "A1001"),
        ("Oswin Saint-Cyr", "A1003"),
    )
    assert verdicts(report) == ["mismatch", "mismatch", "confirmed"]
    assert codes(report) == [["number_swapped"], ["number_swapped"], []]
    assert "row 2" in list(report.rows)[0].findings[0].text


def test_a_shifted_column_names_whose_each_number_is(clinic: Desk, clock: Clock) -> None:
    report = audited(
        clinic,
        clock,
        ("Ingrith Abelquist", "A1002"),
        ("Tamsin Twell", "A1003"),
        ("Oswin St Cyr", "A1001"),
    )
    assert codes(report) == [["number_of_other_row"], [], ["number_of_other_row"]]


def test_twice_the_same_person_and_one_number_for_two(clinic: Desk, clock: Clock) -> None:
    report = audited(
        clinic,
        clock,
        ("Ingrith Abelquist", "A1001"),
        ("ABELQUIST, Ingrith", "a-1001"),
        ("Tamsin Twell", "A1001"),
    )
    assert codes(report)[0] == ["duplicate", "number_shared"]
    assert codes(report)[1] == ["duplicate", "number_shared"]
    assert codes(report)[2] == ["number_shared"]


def test_each_place_numbers_for_itself(clinic: Desk, clock: Clock) -> None:
    report = audited(
        clinic,
        clock,
        ("Nobody Atall", "Q1", "", "Ontario"),
        ("Somebody Else", "Q1", "", "British Columbia"),
        ("Third Person", "Q1", "", "Ontario"),
    )
    assert codes(report) == [["number_shared"], [], ["number_shared"]]


def test_wrong_province_profession_and_register(clinic: Desk, clock: Clock) -> None:
    report = audited(
        clinic,
        clock,
        ("Yara Umber", "C500", "", "Ontario"),
        ("Zed Vantongeren", "P700", "", "Ontario"),
        ("Zed Vantongeren", "P700", "", "Ontario", "", "Physiotherapist"),
        ("Yara Umber", "C500", "", "", "", "", "CMTO"),
        ("Yara Umber", "C500", "", "British Columbia", "", "RMT", "ca_bc_cchpbc"),
    )
    besides = [[code for code in some if code != "duplicate"] for some in codes(report)]
    assert besides == [["wrong_province"], ["wrong_profession"], [], ["wrong_register"], []]
    assert "British Columbia, not in Ontario" in list(report.rows)[0].findings[-1].text
    assert "as physiotherapist, not as massage therapist" in list(report.rows)[1].findings[-1].text
    assert verdicts(report)[2] == verdicts(report)[4] == "confirmed"


def test_leavers_and_other_clinics(clinic: Desk, clock: Clock) -> None:
    report = audited(
        clinic,
        clock,
        ("Perpetua Grindlesham", "A1004"),
        ("Ingrith Abelquist", "A1001", "Ottawa", "Ontario", "Somewhere Else"),
        ("Tamsin Twell", "A1002", "Ottawa", "Ontario", "Cedarlatch"),
    )
    assert verdicts(report) == ["not_authorised", "confirmed", "confirmed"]
    assert codes(report) == [["resigned"], ["clinic_differs"], []]


def test_roles_and_registers_nobody_knows_are_marked(clinic: Desk, clock: Clock) -> None:
    report = audited(
        clinic,
        clock,
        ("Ingrith Abelquist", "A1001", "", "", "", "Receptionist", "The Guild"),
    )
    [row] = report.rows
    assert row.kept.marks == ("role_unknown", "register_unknown")
    assert row.result and row.result.verdict == "confirmed"


def test_a_miss_goes_to_name_search_and_says_no_number(clinic: Desk, clock: Clock) -> None:
    report = audited(clinic, clock, ("Ingrith Abelquist", "Q777777", "", "Ontario"))
    [row] = report.rows
    assert row.result and row.result.verdict == "not_found"
    assert "listed in the Public Register" in row.result.suggestion
    assert "A1001" not in row.result.suggestion


def test_many_of_a_kind_are_told_in_few_words(clinic: Desk, clock: Clock) -> None:
    report = audited(clinic, clock, *[("Ingrith Abelquist", "A1001")] * 40)
    texts = [one.text for row in report.rows for one in row.findings]
    assert len(texts) == 40 and all("and 34 more" in text for text in texts)
    assert max(map(len, texts)) < 120


def test_findings_change_no_verdict(clinic: Desk, clock: Clock) -> None:
    report = audited(clinic, clock, ("Ingrith Abelquist", "A1002"), ("Tamsin Twell", "A1001"))
    with clinic.store.look() as look:
        list(findings(Judge(clinic, look, clock()), report.rows))
    assert kept(clinic, report.head.id)[1] == list(report.rows)
