"""Archives and workbooks are read when they are what they seem, and never opened when not."""

import io
import zipfile
from datetime import date
from typing import Any

import pytest

from crawler import packing
from crawler.ask import Unreadable
from tests.crawler.test_files import rows, values


def zipped(*members: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, body in members:
            made.writestr(name, body)
    return file.getvalue()


GOOD = b"Name,No\nAna,1\n"


def test_the_declared_member_of_a_zip_is_read() -> None:
    body = zipped(("filedesc.txt", b"about"), ("a/PEOPLE.csv", GOOD), ("b/", b""))
    assert values(body, member=r".*\.csv") == [("Ana", "1")]
    assert values(zipped(("any.txt", GOOD))) == [("Ana", "1")]


def _flipped(body: bytes) -> bytes:
    at = body.index(GOOD)
    return body[:at] + b"X" + body[at + 1 :]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (zipped(("a.csv", GOOD), ("b.csv", GOOD)), "2 members.*a.csv, b.csv"),
        (zipped(("a.txt", GOOD)), "0 members"),
        (zipped(), "0 members"),
        (zipped(("a.csv", b"")), "a.csv in the archive is empty"),
        (zipped(("a.csv", b"Name,No\n" + bytes(20 * 2**20))), "honestly hold"),
        (zipped(*((f"{n}.csv", b"") for n in range(1001))), "members"),
        (zipped(("a.csv", GOOD), compression=zipfile.ZIP_LZMA), "a way we do not read"),
        (zipped(("a.csv", GOOD))[:-30], "broken"),
        (zipped(("a.csv", GOOD))[:40], "broken"),
        (_flipped(zipped(("a.csv", GOOD), compression=zipfile.ZIP_STORED)), "columns|broken"),
    ],
    ids="two none empty-zip empty-member bomb many lzma cut-end cut-middle flipped".split(),
)
def test_a_zip_that_is_not_what_it_should_be(body: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        rows(body, member=r".*\.csv")


def test_a_zip_that_would_unpack_to_too_much_is_not_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packing, "GIB", 2)
    with pytest.raises(Unreadable, match="would unpack"):
        rows(zipped(("a.csv", GOOD)))


# XLSX


_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return f'<c t="b"><v>{value:d}</v></c>'
    if isinstance(value, date):
        return f'<c s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    kind = "str" if isinstance(value, str) else "n"
    return f'<c t="{kind}"><v>{value}</v></c>'


def workbook(*table: list[Any], sheets: int = 1) -> bytes:
    """The least that is a workbook; style 1 prints dates."""
    lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in table)
    names = [f"Sheet{number + 1}" for number in range(sheets)]
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="{name}"/>' for n, name in enumerate(names, 1)
    )
    links = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/worksheet" Target="{name}.xml"/>'
        for name in names
    )
    styles = f'<styleSheet xmlns="{_MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}'
        "</sheets></workbook>",
        "xl/styles.xml": f"{styles}</styleSheet>",
    }
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'
    parts |= {f"xl/{name}.xml": sheet for name in names}
    return zipped(*((name, part.encode()) for name, part in parts.items()))


def test_a_workbook_reads_as_its_register_prints() -> None:
    day = date(2027, 3, 31)
    body = workbook(["No", "Name"], [123.0, "Ana"], [0.5, day], ["007", True])
    read = values(body, dates="%m/%d/%Y")
    assert read == [("123", "Ana"), ("0.5", "03/31/2027"), ("007", "true")]
    assert values(body)[1] == ("0.5", "2027-03-31")


def test_a_workbook_of_several_sheets_needs_a_choice() -> None:
    body = workbook(["Name", "No"], ["Ana", 1], sheets=2)
    with pytest.raises(Unreadable, match="2 sheets.*Sheet1, Sheet2"):
        rows(body)
    assert values(body, sheet="Sheet2") == [("Ana", "1")]


def test_a_workbook_over_its_limits_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    body = workbook(["Name", "No"])
    monkeypatch.setattr(packing, "BOOK", 100)
    with pytest.raises(Unreadable, match="would unpack"):
        rows(body)


def _with(body: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The workbook with one member changed, or added."""
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        parts = {part: packed.read(part) for part in packed.namelist()}
    return zipped(*(parts | {name: parts.get(name, b"").replace(old, new)}).items())


FAR = b'<row r="2"><c a=">" r="XFD1048576"><v>1</v></c></row></sheetData>'
LONG = FAR.replace(b">", b"x" * 3_000_000, 2)
MANY = b"<row/>" * 2_000_000 + b"<row><c/><c><v>1</v></c></row></sheetData>"


@pytest.mark.parametrize(
    "cells", [FAR, FAR.replace(b'"', b"'"), MANY, LONG], ids=["far", "quotes", "many", "long"]
)
def test_a_small_workbook_of_a_giant_sheet_is_not_opened(cells: bytes) -> None:
    """Its reader would make room for 17 thousand million cells, and end the process."""
    body = _with(workbook(["Name", "No"], ["Ana", 1]), "xl/Sheet1.xml", b"</sheetData>", cells)
    with pytest.raises(Unreadable, match="more than 3000000 cells"):
        rows(body)


@pytest.mark.parametrize("name", ["mimetype", "xl/workbook.bin"])
def test_other_kinds_of_workbook_are_refused(name: str) -> None:
    with pytest.raises(Unreadable, match="save it as XLSX"):
        rows(_with(workbook(["Name", "No"]), name, b"", b"x"))


def test_a_workbook_that_lies_about_its_sizes_is_broken() -> None:
    body = bytearray(workbook(["Name", "No"]))
    at = body.rindex(b"xl/Sheet1.xml") - 46  # its entry in the list of members
    body[at + 24 : at + 28] = (50).to_bytes(4, "little")
    with pytest.raises(Unreadable, match="broken"):
        rows(bytes(body))


def test_a_zip_that_calls_itself_a_workbook_is_broken() -> None:
    with pytest.raises(Unreadable, match="broken"):
        rows(zipped(("[Content_Types].xml", b"<x/>")))
