"""Reads a roster of any kind: which kind it is, which sheet, which row has the headings."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from data.names import clean
from service.language import N_, kept, say
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
from service.words import count

USUAL = Limits()
_PICTURE = N_("a picture")
_IMAGES = {b"%PDF": N_("a PDF"), b"\x89PNG": _PICTURE, b"\xff\xd8\xff": _PICTURE}
_ONE_SHEET = N_("Sheet “%(sheet)s” was read; the others hold no list of people.")
_BELOW = N_("The headings are in row %(row)s; what is above was left.")
_NAME_IT = "Use --sheet NAME."


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
            say(
                "The file has %(size)s MiB; a roster may have %(most)s. Leave only the columns of "
                "names, numbers and places, or split it.",
                size=count(round(len(data) / MIB, 1)),
                most=limits.bytes // MIB,
            )
        )
    source = Source(clean(PurePath(telling.name).name, 200), hashlib.sha256(data).hexdigest())
    sheet = bounded(_sheet(_sheets(data, limits), telling), limits)
    return _roster(source, sheet, telling)


def _sheets(data: bytes, limits: Limits) -> list[Sheet]:
    """The sheets of whatever kind of file it is, told by its first bytes, never by its name."""
    for mark, what in _IMAGES.items():
        if data.startswith(mark):
            raise RosterError(
                say(
                    "This is %(what)s, not a table. Save the roster as XLSX or CSV.", what=say(what)
                )
            )
    if data.startswith((ZIP, OLE)):
        return read_workbook(data, limits)
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"[", b"{")):
        return [read_objects(data, limits)]
    if start[:100].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise RosterError(
            say("This is a web page or XML, not a table. Save the roster as XLSX or CSV.")
        )
    if not data.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise RosterError(say("The file is empty. Give one with headings and people."))
    return [read_text(data, limits)]


def _sheet(sheets: Sequence[Sheet], telling: Telling) -> Sheet:
    """The one sheet that lists people; raises RosterError where it could be several."""
    names = ", ".join(say("“%(name)s”", name=clean(sheet.name, 40)) for sheet in sheets)
    if telling.sheet:
        wanted = [sheet for sheet in sheets if sheet.name == telling.sheet]
        if not wanted:
            raise RosterError(
                say(
                    "There is no visible sheet “%(sheet)s”. There are: %(names)s.",
                    sheet=clean(telling.sheet, 40),
                    names=names,
                )
            )
        return wanted[0]
    if len(sheets) == 1:
        return sheets[0]
    listing = [sheet for sheet in sheets if heading_line(sheet.lines) is not None]
    if len(listing) > 1:
        raise RosterError(
            say("Several sheets list people (%(names)s). Say which one to read.", names=names),
            _NAME_IT,
        )
    if not listing:
        raise RosterError(
            say("No sheet has headings we recognise (%(names)s). Say which to read.", names=names),
            _NAME_IT,
        )
    note = kept(_ONE_SHEET, sheet=listing[0].name)
    return replace(listing[0], notes=(*listing[0].notes, note))


def _roster(source: Source, sheet: Sheet, telling: Telling) -> Roster:
    """The sheet below its headings."""
    at = heading_line(sheet.lines)
    if at is None:
        at = _first_filled(sheet)
    headings = tuple(clean(cell, 100) for cell in sheet.lines[at].cells)
    columns = settled(headings, telling.columns)
    if not sheet.lines[at + 1 :]:
        raise RosterError(
            say("There are headings but no rows below them. Give a roster with people.")
        )
    notes = [*sheet.notes]
    if at:
        notes.append(kept(_BELOW, row=sheet.lines[at].number))
    notes += also_possible(headings, columns)
    lines = sheet.lines[at + 1 :]
    return Roster(source, sheet.name, headings, columns, lines, tuple(notes))


def _first_filled(sheet: Sheet) -> int:
    return next(place for place, line in enumerate(sheet.lines) if not line.empty)
