"""Workbooks: honest ones are read as they look, hostile ones refused quickly and for a reason."""

import datetime
import io
import resource
import subprocess
import sys
import zipfile
from typing import Any

import pytest

from service.language import speaking
from service.roster import unpack
from service.roster.people import Entry, entry
from service.roster.read import Telling, read_roster
from service.roster.shape import Limits, Roster, RosterError
from tests.service.roster.books import HEAD, book, changed, drawn, ods, with_member

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SHEET = "xl/worksheets/sheet1.xml"


def read(data: bytes, sheet: str = "") -> Roster:
    return read_roster(data, Telling("roster.xlsx", sheet))


def people(roster: Roster) -> list[Entry]:
    return [entry(n, line, roster.columns) for n, line in enumerate(roster.lines, 1)]


def test_cells_are_read_as_people_see_them() -> None:
    rows = [HEAD, ("Ana Ng", 12, "Ottawa"), ("Bo Li", "007", ""), ("Cy Ho", 123.0, True)]
    roster = read(book(rows))
    assert [line.cells for line in roster.lines] == [
        ("Ana Ng", "12", "Ottawa"),
        ("Bo Li", "007", ""),
        ("Cy Ho", "123", "true"),
    ]
    assert roster.sheet == "Staff" and [line.number for line in roster.lines] == [2, 3, 4]


def test_what_a_spreadsheet_did_to_numbers_is_marked() -> None:
    day = datetime.date(2004, 12, 3)

    def draw(made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, ["Ana Ng", 1.5])
        sheet.write(2, 0, "Bo Li")
        sheet.write_datetime(2, 1, day, made.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_row(3, 0, ["Cy Ho", 1234567890123456789])
        sheet.write(4, 0, "Di Wu")
        sheet.write_formula(4, 1, "=A1&7", None, "A7")
        sheet.merge_range(5, 0, 6, 0, "Ed Xu")
        sheet.write(5, 1, "A8")
        sheet.write(6, 1, "A9")

    found = people(read(drawn(draw)))
    assert [one.marks for one in found] == [
        ("number_fraction",),
        ("number_date",),
        ("number_rounded",),
        ("formula",),
        ("merged_name",),
        ("merged_name", "no_name"),
    ]
    assert found[3].number == "A7"


def test_the_one_sheet_with_people_is_found_and_two_are_asked_about() -> None:
    rows = [HEAD, ("Ana Ng", "A1", "")]
    assert read(book([("Prices", 2)], "Prices", Staff=rows)).sheet == "Staff"
    two = book(rows, "East", West=rows)
    with pytest.raises(RosterError, match=r"Several sheets list people \(“East”, “West”\)"):
        read(two)
    assert read(two, "West").sheet == "West"
    with pytest.raises(RosterError, match="no visible sheet “North”"):
        read(two, "North")


def test_open_document_sheets_are_read() -> None:
    def row(*cells: str) -> str:
        inside = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p>'
            "</table:table-cell>"
            for cell in cells
        )
        return f"<table:table-row>{inside}</table:table-row>"

    content = (
        f'<table:table table:name="Staff">{row(*HEAD)}{row("Ana Ng", "A1", "Ottawa")}</table:table>'
    )
    assert [line.cells for line in read(ods(content)).lines] == [("Ana Ng", "A1", "Ottawa")]


HONEST = book([HEAD, ("Ana Ng", "A1", "Ottawa")])
BOMB = '<table:table-row table:number-rows-repeated="60000"><table:table-cell '
BOMB += 'table:number-columns-repeated="16000" office:value-type="string"><text:p>x</text:p>'
BOMB += "</table:table-cell></table:table-row>"


def _members(count: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(count):
            archive.writestr(f"xl/{n}.xml", "")
    return out.getvalue()


HOSTILE = {
    "password": (OLE + bytes(2000) + "EncryptedPackage".encode("utf-16-le"), "by a password"),
    "corrupt old workbook": (OLE + bytes(5000), "broken or of another kind"),
    "cut off": (HONEST[:-300], "cannot be read"),
    "rubbish inside": (changed(HONEST, SHEET, b"<sheetData>", b"<sheetDatq>"), "no visible sheet"),
    "another ZIP": (_members(3), ""),
    "a thousand members": (_members(1001), "more than 1000 members"),
    "unpacks to 200 MiB": (with_member(HONEST, "xl/media/x.bin", 200 * 2**20), "200 MiB"),
    "entities": (
        changed(HONEST, SHEET, b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet'),
        "declares entities",
    ),
    "a cell at the end of the sheet": (
        changed(HONEST, SHEET, b'r="C2"', b'r="XFD1048576"'),
        "more memory",
    ),
    "repeated cells": (ods(f'<table:table table:name="a">{BOMB}</table:table>'), "save it as xlsx"),
    "200 columns": (book([[f"c{n}" for n in range(200)], ["x"] * 200]), "Sheet “staff”, row 1 has"),
    "a long cell": (book([HEAD, ("x" * 20_000, "A1", "")]), "sheet “Staff”, row 2, column A holds"),
    "no rows": (book([HEAD]), "headings but no rows"),
    "nothing": (book([]), "empty"),
}


def _seconds() -> float:
    """Of a processor, our children's too: the clock tells how busy the machine is."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_quickly_and_says_why(name: str) -> None:
    data, words = HOSTILE[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = _seconds()
    with pytest.raises(RosterError) as refused:
        read(data)
    assert words.casefold() in str(refused.value).casefold()
    assert _seconds() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("password", "Un mot de passe protège le classeur"),
        ("corrupt old workbook", "Le classeur est brisé"),
        ("cut off", "Le classeur est illisible. Enregistrez-le"),
        ("a thousand members", "Le classeur est illisible. Enregistrez-le"),
        ("unpacks to 200 MiB", "Une fois décompressé, le classeur compterait 200 Mio."),
        ("entities", "Le classeur déclare des entités"),
        ("200 columns", "Feuille «\xa0Staff\xa0», ligne 1\xa0: 200 colonnes."),
        ("a long cell", "Cette cellule contient 20\xa0000 caractères\xa0: feuille «\xa0Staff\xa0»"),
        ("nothing", "Le classeur est vide"),
    ],
)
def test_why_is_said_in_french_where_that_is_spoken(name: str, start: str) -> None:
    with speaking("fr"), pytest.raises(RosterError) as refused:
        read(HOSTILE[name][0])
    assert str(refused.value).startswith(start)


_MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.DEVNULL).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


@pytest.mark.parametrize("name", ["repeated cells", "corrupt old workbook"])
def test_the_process_that_reads_it_stays_small(name: str) -> None:
    """Measured from a small process: a child is as large as its parent before it begins."""
    data, _ = HOSTILE[name]
    command = [sys.executable, "-c", _MEASURE, sys.executable, "-I", unpack.__file__, "90", "50000"]
    done = subprocess.run(command, input=data, capture_output=True, check=True, timeout=30)
    code, mib = map(int, done.stdout.split())
    assert code != 0 and mib < 100


def test_too_many_rows_of_a_workbook_are_refused() -> None:
    data = book([HEAD, *[("Ana Ng", f"A{n}", "") for n in range(501)]])
    assert len(read_roster(data, Telling(), Limits(rows=501)).lines) == 501
    for most in (500, 400):
        with pytest.raises(RosterError, match=f"Sheet “Staff” has more than {most} rows"):
            read_roster(data, Telling(), Limits(rows=most))
