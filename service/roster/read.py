"""Reads a roster of any kind: which kind it is, which sheet, which row has the headings."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from data.names import clean
from service.roster.headings import also_possible, heading_line, settled
from service.roster.objects import read_objects
from service.roster.shape import (
    MIB,
    Limits,
    Roster,
    RosterError,
    Sheet,
    Source,
    bounded,
)
from service.roster.text import read_text
from service.roster.workbook import OLE, ZIP, read_workbook

USUAL = Limits()
_IMAGES = {b"%PDF": "a PDF", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture"}


@dataclass(frozen=True, slots=True)
class Telling:
    """What somebody said of a roster beside its bytes: file name, sheet, columns by part."""

    name: str = "roster"
    sheet: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


def read_roster(data: bytes, telling: Telling, limits: Limits = USUAL) -> Roster:
    """A roster from the bytes of a file or of pasted text; raises RosterError.

    Its `columns` are a guess where nobody told them: show them before anything rests on them.
    """
    if len(data) > limits.bytes:
        raise RosterError(
            f"The file has {len(data) / MIB:.1f} MiB; a roster may have {limits.bytes // MIB}. "
            "Leave only the columns of names, numbers and places, or split it."
        )
    source = Source(clean(PurePath(telling.name).name, 200), hashlib.sha256(data).hexdigest())
    sheet = bounded(_sheet(_sheets(data, limits), telling), limits)
    return _roster(source, sheet, telling)


def _sheets(data: bytes, limits: Limits) -> list[Sheet]:
    """The sheets of whatever kind of file it is, told by its first bytes, never by its name."""
    for mark, what in _IMAGES.items():
        if data.startswith(mark):
            raise RosterError(f"This is {what}, not a table. Save the roster as XLSX or CSV.")
    if data.startswith((ZIP, OLE)):
        return read_workbook(data, limits)
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"[", b"{")):
        return [read_objects(data, limits)]
    if start[:100].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise RosterError("This is a web page or XML, not a table. Save the roster as XLSX or CSV.")
    if not data.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise RosterError("The file is empty. Give one with headings and people.")
    return [read_text(data, limits)]


def _sheet(sheets: Sequence[Sheet], telling: Telling) -> Sheet:
    """The one sheet that lists people; raises RosterError where it could be several."""
    names = ", ".join(f"“{clean(sheet.name, 40)}”" for sheet in sheets)
    if telling.sheet:
        wanted = [sheet for sheet in sheets if sheet.name == telling.sheet]
        if not wanted:
            said = clean(telling.sheet, 40)
            raise RosterError(f"There is no visible sheet “{said}”. There are: {names}.")
        return wanted[0]
    if len(sheets) == 1:
        return sheets[0]
    listing = [sheet for sheet in sheets if heading_line(sheet.lines) is not None]
    if len(listing) > 1:
        raise RosterError(
            f"Several sheets list people ({names}). Say which one to read: --sheet NAME."
        )
    if not listing:
        raise RosterError(f"No sheet has headings we recognise ({names}). Say which: --sheet NAME.")
    note = f"Sheet “{listing[0].name}” was read; the others hold no list of people."
    return replace(listing[0], notes=(*listing[0].notes, note))


def _roster(source: Source, sheet: Sheet, telling: Telling) -> Roster:
    """The sheet below its headings."""
    at = heading_line(sheet.lines)
    if at is None:
        at = _first_filled(sheet)
    headings = tuple(clean(cell, 100) for cell in sheet.lines[at].cells)
    columns = settled(headings, telling.columns)
    if not sheet.lines[at + 1 :]:
        raise RosterError("There are headings but no rows below them. Give a roster with people.")
    notes = [*sheet.notes]
    if at:
        notes.append(f"The headings are in row {sheet.lines[at].number}; what is above was left.")
    notes += also_possible(headings, columns)
    lines = sheet.lines[at + 1 :]
    return Roster(source, sheet.name, headings, columns, lines, tuple(notes))


def _first_filled(sheet: Sheet) -> int:
    return next(place for place, line in enumerate(sheet.lines) if not line.empty)
