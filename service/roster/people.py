"""A line of a roster → whom it names, and why what it says may not be what was meant."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from data.names import clean, fold
from service.roster.shape import Line, Part

# Marks that keep a row from being judged: what the cell says is not what somebody once wrote.
BLOCKING = frozenset(
    "number_scientific number_date number_rounded number_error formula_text too_many_cells "
    "key_twice merged_name merged_number empty_row no_name".split()
)
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee][+-][0-9]{1,3}")
_WHOLE = re.compile(r"([0-9]{1,15})[.,]0{1,2}")
_DATE = re.compile(
    r"[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}(?:[ T][0-9:.]+)?"
    r"|[0-9]{1,2}([-/.])[0-9]{1,2}\2(?:[0-9]{4}|[0-9]{2})"
    r"|[0-9]{1,2}-[A-Za-zéû]{3,4}\.?(?:-[0-9]{2,4})?|[A-Za-zéû]{3,4}\.?-[0-9]{2,4}"
)
_MONTHS = frozenset(
    "jan feb mar apr may jun jul aug sep sept oct nov dec janv fevr mars avr mai juin juil aout "
    "fev".split()
)
_ERRORS = frozenset("#N/A #REF! #VALUE! #NAME? #NUM! #NULL! #DIV/0! #ERROR!".split())
_NO_NUMBER = frozenset(
    ["", "n a", "na", "none", "nil", "null", "tbd", "tba", "pending", "unknown", "so", "s o"]
    + ["aucun", "inconnu", "a venir", "en attente", "not applicable", "sans objet"]
)
_UNWRAPPED = re.compile(r'="([^"]*)"')  # how people keep Excel from changing a number
_BLOCKED_ODD = {"date": "number_date", "rounded": "number_rounded", "fraction": "number_fraction"}


@dataclass(frozen=True, slots=True)
class Entry:
    """Whom one row names, in the words of the roster; empty where it says nothing."""

    row: int  # place among the rows of people, from 1
    line: int  # its number in the file
    name: str
    number: str
    place: str
    province: str
    clinic: str
    role: str
    register: str
    marks: tuple[str, ...]


def entry(row: int, line: Line, columns: Mapping[Part, int]) -> Entry:
    """Whom a line names; every doubt about its cells is a mark."""
    said = {part: _text(line.cells[place]) for part, place in columns.items()}
    marks = [line.odd[-1]] if -1 in line.odd else []
    if line.empty:
        return Entry(row, line.number, "", "", "", "", "", "", "", (*marks, "empty_row"))
    marks += _marks(line, columns, said)
    number, more = _number(line, columns, said)
    name = said.get(Part.NAME) or _joined(said.get(Part.GIVEN), said.get(Part.FAMILY), " ")
    if not fold(name):
        more += ("no_name",)
    city, clinic = said.get(Part.CITY, ""), said.get(Part.CLINIC, "")
    province = said.get(Part.PROVINCE, "")
    return Entry(
        row,
        line.number,
        name,
        number,
        _joined((city or clinic).replace(",", " "), province.replace(",", " "), ", "),
        province,
        clinic,
        said.get(Part.ROLE, ""),
        said.get(Part.REGISTER, ""),
        tuple(dict.fromkeys((*marks, *more))),
    )


def _text(cell: str) -> str:
    wrapped = _UNWRAPPED.fullmatch(cell)
    return clean(wrapped[1] if wrapped else cell, 1000)


def _joined(one: str | None, other: str | None, by: str) -> str:
    return by.join(part for part in (one, other) if part)


def _marks(line: Line, columns: Mapping[Part, int], said: Mapping[Part, str]) -> list[str]:
    """What is odd about the cells that are read, the number's own form apart."""
    found: list[str] = []
    for part, place in columns.items():
        odd = line.odd.get(place, "")
        naming = part in (Part.NAME, Part.GIVEN, Part.FAMILY)
        if odd == "merged":
            found.append("merged_name" if naming else f"merged_{part.value}")
        if odd == "formula":
            found.append("formula")
        if naming and odd in ("date", "rounded", "fraction"):
            found.append("name_not_text")
        if said[part].startswith(("=", "+", "@")) and (naming or part is Part.NUMBER):
            found.append("formula_text")
        if "\n" in line.cells[place].strip() and (naming or part is Part.NUMBER):
            found.append("line_break")
        if (naming or part is Part.NUMBER) and "\ufffd" in said[part]:
            found.append("lost_letters")
    return found


def _number(
    line: Line, columns: Mapping[Part, int], said: Mapping[Part, str]
) -> tuple[str, tuple[str, ...]]:
    """The number as it is asked for, and what a spreadsheet seems to have done to it."""
    if Part.NUMBER not in columns:
        return "", ()
    text, odd = said[Part.NUMBER], line.odd.get(columns[Part.NUMBER], "")
    if mark := _BLOCKED_ODD.get(odd):
        return text, (mark,)
    if text.upper() in _ERRORS or set(text) == {"#"}:
        return text, ("number_error",)
    if fold(text) in _NO_NUMBER:
        return "", ("number_missing",)
    if _SCIENTIFIC.fullmatch(text):
        return text, ("number_scientific",)
    if _DATE.fullmatch(text) and _dated(text):
        return text, ("number_date",)
    if whole := _WHOLE.fullmatch(text):
        return whole[1], ("number_decimal",)
    return text, ()


def _dated(text: str) -> bool:
    """Whether letters in it, if any, are those of a month."""
    words = re.findall(r"[a-z]+", fold(text))
    return not words or all(word in _MONTHS for word in words)
