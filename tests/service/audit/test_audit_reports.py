"""Reports hold every row and every original cell, and nothing in them is ever computed."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from service.audit.export import KINDS, OURS, harmless, headings, write
from service.audit.page import page
from service.audit.report import Report, summary_text
from service.audit.run import Request, begin, run
from service.desk import Desk
from service.language import speaking
from tests.conftest import Clock
from tests.service.audit.rosters import audited, roster

# Every way in which a cell begins a formula somewhere (OWASP CSV injection, ASVS 1.2.10).
PAYLOADS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\u0000=1+1",
    " =1+1",
    "\u00a0=1+1",
    "\u202f=1+1",
    "\ufeff=1+1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(1)",
    '=HYPERLINK("http://127.0.0.1","click")',
    "%0A=1+1",
]


@pytest.fixture(scope="module")
def report(office: Desk, office_clock: Clock) -> Report:
    rows = [
        ("Ingrith Abelquist", "A1001", "Ottawa", "Ontario"),
        ("Perpetua Grindlesham", "A1002"),
        ("Anneliese Hollowmere-Udo", "A1003"),
        ("<script>alert(1)</script>", "A9999"),
        *[(payload, "A1001") for payload in PAYLOADS],
    ]
    return audited(office, office_clock, *rows)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_could_begin_a_formula_gets_an_apostrophe(payload: str) -> None:
    assert harmless(payload) == f"'{payload}"


@pytest.mark.parametrize("text", ["Ana Ng", "A-1", "2026-01-01", "", " ", "O'Dwyer", "7"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_csv_has_every_row_with_its_own_cells(report: Report, tmp_path: Path) -> None:
    write(report, tmp_path / "out.csv")
    text = (tmp_path / "out.csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == len(list(report.rows)) == 4 + len(PAYLOADS)
    assert list(rows[0]) == [*report.head.headings, *OURS]
    assert rows[0]["Name"] == "Ingrith Abelquist" and rows[0]["verdict"] == "confirmed"
    assert rows[1]["status"] == "suspended" and rows[2]["alerts"].startswith("Chaperone")
    assert all(row["Name"][0] in "'\ufffd" for row in rows[4:])
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_xlsx_has_no_formula_and_no_link(report: Report, tmp_path: Path) -> None:
    write(report, tmp_path / "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as packed:
        sheets = [packed.read(name).decode() for name in packed.namelist() if "/sheet" in name]
        names = packed.namelist()
    assert len(sheets) == 2 and not any(re.search(r"<f[ >/]|<hyperlink", one) for one in sheets)
    assert not [name for name in names if "externalLink" in name or "vba" in name.casefold()]
    assert '<pane ySplit="1"' in sheets[1] and "<autoFilter" in sheets[1]
    book = CalamineWorkbook.from_path(str(tmp_path / "out.xlsx"))
    assert book.sheet_names == ["Summary", "Rows"]
    rows = book.get_sheet_by_name("Rows").to_python()
    assert len(rows) == 5 + len(PAYLOADS) and rows[1][8:10] == [
        "confirmed",
        "Listed as authorised to practise",
    ]
    assert all(str(row[0])[0] in "'\ufffd" for row in rows[5:])


def test_json_has_everything_as_it_came(report: Report, tmp_path: Path) -> None:
    write(report, tmp_path / "out.json")
    said = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert [row["row"] for row in said["rows"]] == list(range(1, 5 + len(PAYLOADS)))
    assert said["rows"][4]["cells"]["Name"] == "=1+1"
    assert said["audit"]["verdicts"]["confirmed"] == 1
    assert said["rows"][0]["reasons"][0]["code"] == "number_equal"


def test_the_page_escapes_everything_and_shows_a_chart(report: Report) -> None:
    text = page(report)
    assert "<script" not in text and "&lt;script&gt;" in text
    assert "<svg role=" in text and "@media print" in text
    assert not re.search(r"(src|href|url)\s*[=(]", text)
    assert "Chaperone" not in text or "&lt;" in text


def test_tables_and_the_page_speak_french_where_it_is_spoken(
    office: Desk, office_clock: Clock, tmp_path: Path
) -> None:
    row = ("Ingrith Abelquist", "A1001", "Ottawa", "Ontario")
    made = audited(office, office_clock, row, row, ("Nobody Atall", "1.2E+05"), ("=1+1", "A1O01"))
    with speaking("fr"):
        for kind in KINDS:
            write(made, tmp_path / f"out{kind}")
    book = CalamineWorkbook.from_path(str(tmp_path / "out.xlsx"))
    assert book.sheet_names == ["Sommaire", "Lignes"]
    facts = dict(one[:2] for one in book.get_sheet_by_name("Sommaire").to_python())
    assert facts["Même personne deux fois"] == 2 and facts["Lignes"] == 4
    head, first, _, third, fourth = book.get_sheet_by_name("Lignes").to_python()
    assert "numéro au registre" in head and not set(OURS[8:13]) & set(map(str, head))
    assert "Au registre\xa0: autorisation d’exercer" in first
    assert "confirmed" in first and "La même personne est aussi à la ligne 2." in first
    assert any(str(cell).startswith("Un tableur") for cell in third) and fourth[0] == "'=1+1"
    table = (tmp_path / "out.csv").read_text("utf-8")
    assert table.splitlines()[0].endswith('"findings","decision"') and "La même personne" in table
    text = (tmp_path / "out.html").read_text("utf-8")
    assert '<html lang="fr">' in text and "La même personne" in text and "Verdict" in text
    assert "Rows to look at" not in text and "The same person" not in text + table
    write(made, tmp_path / "english.json")  # what programs read stays as it is
    assert (tmp_path / "english.json").read_bytes() == (tmp_path / "out.json").read_bytes()


def test_the_french_page_marks_what_it_cannot_say_anew(
    office: Desk, office_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.audit.words.listed", lambda *_: "As it was <long> ago.")
    made = audited(office, office_clock, ("Ingrith Abelquist", "Q7777"))
    with speaking("fr"):
        assert '<span lang="en">As it was &lt;long&gt; ago.</span></td>' in page(made)
    assert 'lang="en">As it was' not in page(made) and "As it was &lt;long&gt; ago." in page(made)


def test_headings_of_the_roster_that_are_ours_too_are_kept_apart(
    office: Desk, office_clock: Clock
) -> None:
    made = roster(("Ana Ng", "x"), head=("Name", "Status"))
    done = run(office, begin(office, made, Request("tests"), office_clock()), office_clock)
    assert headings(Report.of(office, done))[:2] == ["Name", "Status"]
    assert "goodstanding_status" in headings(Report.of(office, done))


def test_the_summary_counts_every_row(report: Report) -> None:
    counted = re.findall(r"^ *(\d+)  [a-z_]+ +[A-Z]", summary_text(report), re.M)
    assert sum(map(int, counted)) == len(list(report.rows))
    assert KINDS == (".csv", ".html", ".json", ".xlsx")
