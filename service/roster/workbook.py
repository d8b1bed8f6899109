"""Workbooks (XLSX, XLSM, XLS, ODS) → sheets of lines, after everything made to explode is refused.

What can be checked is checked before anything is unpacked; the parser itself runs in a process of
its own (unpack.py), whose memory is bounded.
"""

import io
import json
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from lxml import etree

from crawler.ask import Unreadable
from crawler.packing import open_listed
from data.names import clean
from service.language import N_, say
from service.roster import unpack
from service.roster.shape import (
    MIB,
    Limits,
    Line,
    RosterError,
    Sheet,
    too_many_rows,
    too_wide,
    where,
)
from service.words import count

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROTECTED = "EncryptedPackage".encode("utf-16-le")
_MEMORY = 90  # MiB that reading a workbook may take, and more for cells that were counted:
_OF_A_CELL, _OF_A_STRING = 72, 3  # bytes of each cell, and for each byte of its shared strings
_RATIO = 200  # packed smaller than this, a large part is a bomb
_CHUNK = MIB
_SECONDS = 60
_FORMULA = re.compile(
    rb"<(?:\w+:)?c(?=\s)[^<]*?\sr\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^<]*<(?:\w+:)?f(?=[\s/>])"
)
_SAVE = N_("Save it as XLSX or CSV UTF-8 and try again.")
_LOCKED = N_(
    "The workbook is protected by a password, so nobody can read it here. Save a copy without."
)
_FORMULAS = dict[str, set[tuple[int, int]]]


def read_workbook(data: bytes, limits: Limits) -> list[Sheet]:
    """The visible sheets of a workbook; raises RosterError."""
    try:
        formulas, memory = _checked(data, limits)
    except (Unreadable, BadZipFile, etree.XMLSyntaxError, zlib.error, EOFError) as error:
        words = str(error.args[0]) if isinstance(error, Unreadable) else f"It is broken: {error}."
        raise _refused(
            say("The workbook cannot be read. %(text)s", text=clean(words, 200))
        ) from None
    found = list(_sheets(_unpacked(data, memory, limits), formulas, limits))
    if not any(sheet.lines for sheet in found):
        raise RosterError(say("The workbook is empty: no visible sheet has a row."))
    return found


def _refused(why: str) -> RosterError:
    """With what helps against most that is wrong with a workbook."""
    return RosterError(f"{why} {say(_SAVE)}")


def _checked(data: bytes, limits: Limits) -> tuple[_FORMULAS, int]:
    """Where formulas stand, and how many MiB reading it may take; raises what is wrong with it."""
    if data.startswith(OLE):
        if _PROTECTED in data:
            raise RosterError(say(_LOCKED))
        return {}, _MEMORY
    with open_listed(io.BytesIO(data), "") as packed:
        size = sum(member.file_size for member in packed.infolist())
        if size > limits.unpacked:
            raise RosterError(
                say(
                    "The workbook would unpack to %(size)s MiB; %(most)s may be.",
                    size=size // MIB,
                    most=limits.unpacked // MIB,
                )
            )
        if any(_packed_too_well(member) for member in packed.infolist()):
            raise _refused(say("The workbook would unpack to more than it can honestly hold."))
        if not packed.book:
            return {}, _MEMORY
        memory = _memory(packed, limits)
        return _formulas(packed), memory


def _packed_too_well(member: ZipInfo) -> bool:
    return member.file_size > max(_CHUNK, _RATIO * member.compress_size)


def _memory(packed: ZipFile, limits: Limits) -> int:
    """MiB for as many cells as there are; refuses too many, and document types (XXE)."""
    needed, names = 0, _sheet_names(packed)
    for member in packed.infolist():
        if not member.filename.casefold().endswith((".xml", ".rels")):
            continue
        rows, cells = _counted(packed, member)
        if rows > limits.rows + 1:
            raise RosterError(too_many_rows(limits, names.get(member.filename, "")))
        if cells > (limits.rows + 1) * limits.columns:
            raise RosterError(
                say(
                    "The workbook has %(count)s cells; a roster never needs so many.",
                    count=count(cells),
                )
            )
        needed += cells * _OF_A_CELL
        needed += member.file_size * _OF_A_STRING * ("sharedStrings" in member.filename)
    return _MEMORY + needed // MIB


def _counted(packed: ZipFile, member: ZipInfo) -> tuple[int, int]:
    """How many rows and cells a part has, read a little at a time."""
    rows = cells = 0
    with packed.open(member) as part:
        first = True
        while chunk := part.read(_CHUNK):
            if first and (b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk):
                raise _refused(say("The workbook declares entities, as an attack would."))
            rows += chunk.count(b"<row") + chunk.count(b":row")
            cells += chunk.count(b"<c ") + chunk.count(b"<c>") + chunk.count(b":c ")
            first = False
    return rows, cells


def _formulas(packed: ZipFile) -> _FORMULAS:
    """Sheet → row (from 1) and column (from 0) of every formula."""
    found: _FORMULAS = {}
    names = _sheet_names(packed)
    for member in packed.infolist():
        if member.filename in names:
            text = packed.read(member)
            if b"<f" in text or b":f" in text:
                places = {(int(row), _column(at)) for at, row in _FORMULA.findall(text)}
                found[names[member.filename]] = places
    return found


def _sheet_names(packed: ZipFile) -> dict[str, str]:
    """Member → name of the sheet, as the workbook's own directory says."""
    paths = {
        one.get("Id"): one.get("Target", "") for one in _xml(packed, "xl/_rels/workbook.xml.rels")
    }
    names = dict[str, str]()
    for sheet in _xml(packed, "xl/workbook.xml"):
        reference = next((v for k, v in sheet.attrib.items() if str(k).endswith("}id")), "")
        if etree.QName(sheet).localname == "sheet" and reference in paths:
            target = str(paths[reference]).lstrip("/")
            names[target if target.startswith("xl/") else f"xl/{target}"] = sheet.get("name", "")
    return names


def _xml(packed: ZipFile, name: str) -> Iterator[Any]:
    """Every element of a small part of the workbook; nothing where there is no such part."""
    if name not in packed.NameToInfo:
        return iter(())
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(packed.read(name), parser)
    return (one for one in root.iter() if isinstance(one.tag, str))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number - 1


def _unpacked(data: bytes, memory: int, limits: Limits) -> list[str]:
    """What unpack.py prints; raises RosterError with its reason."""
    command = [sys.executable, "-I", str(Path(unpack.__file__)), str(memory), str(limits.rows)]
    try:
        done = subprocess.run(  # noqa: S603 - our own script
            command, input=data, capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _refused(say("Reading the workbook takes too long.")) from None
    if done.returncode == unpack.PASSWORD:
        raise RosterError(say(_LOCKED))
    if done.returncode == unpack.BROKEN:
        why = clean(done.stderr.decode("utf-8", "replace"), 200)
        raise _refused(say("The workbook is broken or of another kind: %(text)s.", text=why))
    if done.returncode:
        raise _refused(say("Reading the workbook takes more memory than it may."))
    return done.stdout.decode().splitlines()


def _sheets(printed: list[str], formulas: _FORMULAS, limits: Limits) -> Iterator[Sheet]:
    lines, name, odd = list[Line](), "", dict[tuple[int, int], str]()
    for text in printed:
        head, rest = json.loads(text)
        if isinstance(head, str):
            if lines:
                yield Sheet(lines, name)
            lines, name = [], head
            odd = dict.fromkeys(formulas.get(name, ()), "formula") | _merged(rest)
            continue
        if len(lines) > limits.rows + 1:
            raise RosterError(too_many_rows(limits, name))
        if len(rest) > limits.columns and any(rest[limits.columns :]):
            raise RosterError(too_wide(limits, where(name, head), len(rest)))
        lines.append(_line(head, rest[: limits.columns], odd))
    if lines:
        yield Sheet(lines, name)


def _merged(ranges: list[list[int]]) -> dict[tuple[int, int], str]:
    """Row (from 1) and column (from 0) of every merged cell of reasonable ranges."""
    found = dict[tuple[int, int], str]()
    for top, left, bottom, right in ranges:
        for row in range(top, min(bottom, top + 1000) + 1):
            for column in range(left, min(right, left + 100) + 1):
                found[row + 1, column] = "merged"
    return found


def _line(number: int, cells: list[Any], odd: dict[tuple[int, int], str]) -> Line:
    strange: dict[int, str] = {}
    texts: list[str] = []
    for place, cell in enumerate(cells):
        if isinstance(cell, list):
            kind, cell = cell
            if kind != "whole":
                strange[place] = kind
        if (number, place) in odd:
            strange[place] = odd[number, place]
        texts.append(cell)
    return Line(number, tuple(texts), strange)
