"""What a row or page of an Alinity directory shows: values in lines, name, address, conditions."""

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from crawler import reading
from data.names import clean
from data.records import Notice

_BREAK = re.compile(r"</?(?:br|li|ul|ol|p|div|tr|td|table|tbody)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_NAME_AND_NUMBER = re.compile(r"(.+?)\s*\(([^()]+)\)")
_CITY = re.compile(r"([^,]+), ([^,]+), Canada\b.*")


def columns_of(said: Mapping[str, Any]) -> dict[str, str]:
    """The first line of every value, and the parts of name and address."""
    columns = {name: next(iter(_lines(value)), "") for name, value in said.items()}
    parts = _NAME_AND_NUMBER.fullmatch(columns.get("rl", ""))
    columns["rl.name"] = parts[1] if parts else columns.get("rl", "")
    columns["rl.number"] = parts[2] if parts else ""
    return columns | _place(_lines(said.get("oa")))


def _place(lines: list[str]) -> dict[str, str]:
    """Clinic, city and province of an address; a first line with a digit is a street or suite."""
    for line in lines:
        if found := _CITY.fullmatch(line):
            first = "" if lines[0] == line or re.search(r"\d", lines[0]) else lines[0].rstrip(", ")
            return {"oa.clinic": first, "oa.city": found[1], "oa.province": found[2]}
    return {"oa.clinic": "", "oa.city": "", "oa.province": ""}


def _lines(value: Any) -> list[str]:
    """What a value shows, line by line; `[]` is how this software writes nothing."""
    said = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    pieces = (clean(html.unescape(_TAG.sub("", one)), 4000) for one in _BREAK.split(said))
    return [piece for piece in pieces if piece and piece != "[]"]


def conditions_of(said: Mapping[str, Any]) -> list[Notice]:
    """Conditions, unless the register hides the block they stand in."""
    hidden = "hidden" in reading.text(said.get("cv")).casefold().split()
    return [] if hidden else [Notice(f"Condition: {line}") for line in _lines(said.get("c"))]
