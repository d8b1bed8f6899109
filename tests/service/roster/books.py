"""Workbooks made for the tests, honest ones and others."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import xlsxwriter

HEAD = ("Name", "Registration number", "City")


def book(
    rows: Sequence[Sequence[Any]], name: str = "Staff", **more: Sequence[Sequence[Any]]
) -> bytes:
    """A workbook with one sheet, and `more` after it."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    for title, some in {name: rows, **more}.items():
        sheet = made.add_worksheet(title)
        for at, row in enumerate(some):
            for column, value in enumerate(row):
                sheet.write(at, column, value)
    made.close()
    return out.getvalue()


def drawn(draw: Any) -> bytes:
    """A workbook whose only sheet `draw(book, sheet)` fills."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    draw(made, made.add_worksheet("Staff"))
    made.close()
    return out.getvalue()


def changed(data: bytes, member: str, old: bytes, new: bytes) -> bytes:
    """The workbook with something else in one of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w") as after:
        for part in before.infolist():
            text = before.read(part)
            if part.filename == member:
                assert old in text
                text = text.replace(old, new)
            after.writestr(part.filename, text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def with_member(data: bytes, name: str, size: int) -> bytes:
    """The workbook with one more part of so many zeros."""
    out = io.BytesIO(data)
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w") as part,
    ):
        for _ in range(size // 2**20):
            part.write(bytes(2**20))
    return out.getvalue()


def ods(content: str) -> bytes:
    """An OpenDocument sheet of this table."""
    out = io.BytesIO()
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    body = f"<office:document-content {spaces}><office:body><office:spreadsheet>{content}"
    body += "</office:spreadsheet></office:body></office:document-content>"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        "</manifest:manifest>"
    )
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", body, zipfile.ZIP_DEFLATED)
    return out.getvalue()
