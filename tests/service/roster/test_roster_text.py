"""Delimited text and JSON: every usual form is read, and nobody is lost or moved in silence."""

import json
import re
import time

import pytest

from service.language import speaking
from service.roster.people import entry
from service.roster.read import Telling, read_roster
from service.roster.shape import Limits, Part, Roster, RosterError

ROWS = [("Ána Nguyễn", "A-0012", "Ottawa"), ('Zoë "Z" O\'Dwyer', "B7", "Sault, ON")]
HEAD = ("Name", "Registration number", "City")


def text(
    delimiter: str = ",", rows: list[tuple[str, ...]] = ROWS, head: tuple[str, ...] = HEAD
) -> str:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    return "\r\n".join(delimiter.join(map(quoted, row)) for row in [head, *rows]) + "\r\n"


def read(data: str | bytes, **columns: str) -> Roster:
    raw = data.encode() if isinstance(data, str) else data
    return read_roster(raw, Telling("roster.csv", columns=columns))


def marks(roster: Roster) -> list[tuple[str, ...]]:
    return [entry(n, line, roster.columns).marks for n, line in enumerate(roster.lines, 1)]


def numbers(*cells: str) -> list[tuple[str, tuple[str, ...]]]:
    """How each of these cells is understood as a number, and with what doubts."""
    roster = read(text(rows=[("Ana Ng", cell, "") for cell in cells]))
    found = [entry(n, line, roster.columns) for n, line in enumerate(roster.lines, 1)]
    return [(one.number, one.marks) for one in found]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_delimiter_and_encoding_says_the_same(delimiter: str, encoding: str) -> None:
    roster = read(text(delimiter).encode(encoding))
    assert [line.cells for line in roster.lines] == ROWS
    assert roster.columns == {Part.NAME: 0, Part.NUMBER: 1, Part.CITY: 2}


def test_windows_text_is_read_and_said_to_be() -> None:
    rows = [("Renée Côté", "A1", "Québec")]
    roster = read(text(rows=rows).encode("cp1252"))
    assert roster.lines[0].cells == rows[0]
    assert any("Windows-1252" in note for note in roster.notes)


def test_mixed_encodings_are_refused_with_the_row() -> None:
    lines = text(rows=[("Renée", "A1", ""), ("Hélène", "A2", "")]).encode().splitlines(True)
    lines[2] = lines[2].decode().encode("cp1252")
    with pytest.raises(RosterError, match=r"mixes encodings: row 3 is not UTF-8"):
        read(b"".join(lines))


def test_a_delimiter_that_the_file_tells_is_believed() -> None:
    assert [line.cells for line in read("sep=;\n" + text(";")).lines] == ROWS


def test_line_breaks_inside_quotes_do_not_make_rows() -> None:
    roster = read(text(rows=[("Ana\nNg", "A1", "a\nb"), ("Bo Li", "A2", "")]))
    assert [line.number for line in roster.lines] == [2, 5]
    assert marks(roster) == [("line_break",), ()]


def test_a_quotation_mark_that_never_closes_is_refused() -> None:
    broken = 'Name,Number\nAna Ng,A1\n"Bo Li,A2\nCy Ho,A3\n'
    with pytest.raises(RosterError, match="Row 3 cannot be taken apart"):
        read(broken)


def test_rows_of_another_width_are_marked_and_kept() -> None:
    roster = read("Name,Number,City\nNg, Ana,A1,Ottawa\nBo Li,A2\nCy Ho,A3,Ottawa,,\n")
    assert marks(roster) == [("too_many_cells",), ("too_few_cells",), ()]
    assert len(roster.lines) == 3


def test_empty_rows_inside_are_rows_and_behind_the_last_are_none() -> None:
    roster = read("Name,Number\nAna Ng,A1\n,\nBo Li,A2\n,\n,\n\n")
    assert marks(roster) == [(), ("empty_row",), ()]


@pytest.mark.parametrize(
    ("cell", "number", "doubts"),
    [
        ("1.2E+05", "1.2E+05", ("number_scientific",)),
        ("1,2E+05", "1,2E+05", ("number_scientific",)),
        ("2004-12-03", "2004-12-03", ("number_date",)),
        ("03/12/2004", "03/12/2004", ("number_date",)),
        ("3-Dec", "3-Dec", ("number_date",)),
        ("déc-04", "déc-04", ("number_date",)),
        ("#N/A", "#N/A", ("number_error",)),
        ("#####", "#####", ("number_error",)),
        ("123.0", "123", ("number_decimal",)),
        ("n/a", "", ("number_missing",)),
        ("", "", ("number_missing",)),
        ('="00123"', "00123", ()),
        ("=A1", "=A1", ("formula_text",)),
        ("007", "007", ()),
        ("12E5", "12E5", ()),
        ("49.012345", "49.012345", ()),
        ("2019-00412", "2019-00412", ()),
        ("MA-60", "MA-60", ()),
    ],
)
def test_what_a_spreadsheet_does_to_numbers_is_seen(
    cell: str, number: str, doubts: tuple[str, ...]
) -> None:
    assert numbers(cell) == [(number, doubts)]


HOPELESS = [
    (b"", "The file is empty"),
    (b"\xef\xbb\xbf \r\n \r\n", "The file is empty"),
    (b"Name,Number\r\n", "headings but no rows"),
    (b"Name,Number\n,,\n\n", "headings but no rows"),
    (b"a,b\n1,2\n", "No column of names was recognised. The headings are: “a”, “b”"),
    (b"First name,Number\nAna,A1\n", "No column of names"),
    (b"Name,Number,Number\nAna,A1,A2\n", "Columns B, C are all called “Number”"),
    (b"%PDF-1.7 ...", "This is a PDF"),
    (b"<!DOCTYPE html><table>", "web page"),
    (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>', "XML"),
    (b"Name,Number\nAna\0Ng,A1\n", "zero bytes"),
    (b"\x93\x81\x8d\x8f\x90,Number\n", "neither UTF-8 nor Windows-1252"),
    (b"[1, 2]", "Row 1 of the list is no object"),
    (b'{"a": 1, "b": 2}', "no list of objects"),
    (b'[{"name": "A"', "breaks off at line 1"),
    (b'[{"name": ["A"], "number": 1}]', "holds a list"),
    (b"[" * 100_000, "nested too deep"),
    (b"[]", "The file is empty"),
]


@pytest.mark.parametrize(("data", "words"), HOPELESS)
def test_a_hopeless_file_is_refused_with_the_reason(data: bytes, words: str) -> None:
    with pytest.raises(RosterError) as refused:
        read(data)
    assert words in str(refused.value)


ENGLISH = re.compile(r"\b(the|this|there|is|are|has|have|holds|of|row|list|say|save|file)\b", re.I)


@pytest.mark.parametrize("data", [data for data, _ in HOPELESS])
def test_it_is_refused_in_french_where_that_is_spoken(data: bytes) -> None:
    with speaking("fr"), pytest.raises(RosterError) as refused:
        read(data)
    said = str(refused.value)
    assert not ENGLISH.search(re.sub("«.*?»", "", said)), said


def test_too_large_is_refused_before_anything_is_read() -> None:
    row = b"Ana Ng,A1\n"
    for data, words in (
        (b"Name,Number\n" + row * 1_200_000, "11.4 MiB; a roster may have 10"),
        (b"Name\n" + b"a\n" * 2_000_000, "more than 50,000 rows"),
        (b",".join(b"c%d" % n for n in range(200)) + b"\nx\n", "Row 1 has 200 columns"),
        (b'Name,Number\n"' + b"x" * 20_000 + b'",A1\n', "row 2, column A holds 20,000"),
        (b'Name,Number\n"' + b"x" * 200_000 + b'",A1\n', "Row 2 cannot be taken apart"),
    ):
        began = time.process_time()
        with pytest.raises(RosterError, match=words):
            read(data)
        assert time.process_time() - began < 2


def test_the_limits_are_inclusive() -> None:
    data = b"Name,Number\n" + b"Ana Ng,A1\n" * 5
    assert len(read_roster(data, Telling(), Limits(rows=5)).lines) == 5
    with pytest.raises(RosterError, match="more than 4 rows"):
        read_roster(data, Telling(), Limits(rows=4))


def test_json_is_read_whatever_its_keys_and_kinds() -> None:
    said = [
        {"first_name": "Ana", "last_name": "Ng", "licence": 12, "city": None},
        {"last_name": "Li", "first_name": "Bo", "licence": 1.2e5, "extra": True},
    ]
    for data in (json.dumps(said), json.dumps({"staff": said})):
        roster = read(data.replace("120000.0", "1.2E+05"))
        found = [entry(n, line, roster.columns) for n, line in enumerate(roster.lines, 1)]
        assert [(one.name, one.number) for one in found] == [("Ana Ng", "12"), ("Bo Li", "1.2E+05")]
        assert found[1].marks == ("number_scientific",)


def test_a_key_said_twice_is_marked() -> None:
    roster = read('[{"name": "Ana Ng", "number": "A1", "number": "A2"}]')
    assert marks(roster) == [("key_twice",)]


def test_characters_that_no_store_holds_are_replaced_and_marked() -> None:
    roster = read('[{"name": "Ana \\u0000 \\ud800 Ng", "number": "A1"}]')
    assert marks(roster) == [("lost_letters",)]
    roster.lines[0].cells[0].encode()
