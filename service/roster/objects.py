"""JSON → lines: a list of objects, each a row, whose keys are the headings."""

import json
from typing import Any

from service.language import say
from service.roster.shape import Limits, Line, RosterError, Sheet, too_many_rows

_TWICE = {-1: "key_twice"}
_EXAMPLE = '[{"name": …, "number": …}]'


class _Twice(dict[str, Any]):
    """An object of the file that said a key twice."""


def read_objects(data: bytes | str, limits: Limits) -> Sheet:
    """The objects of a JSON list, or of one under a single key; raises RosterError."""
    rows = _rows(_parsed(data))
    if len(rows) > limits.rows:
        raise RosterError(too_many_rows(limits))
    headings: dict[str, None] = {}
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise RosterError(
                say("Row %(row)s of the list is no object with keys such as “name”.", row=number)
            )
        headings.update(dict.fromkeys(row))
        if len(headings) > limits.columns:
            raise RosterError(
                say(
                    "Row %(row)s: the objects have more than %(most)s different keys, the most "
                    "columns a roster may have.",
                    row=number,
                    most=limits.columns,
                )
            )
    lines = [Line(0, tuple(headings))]
    lines += [_line(number, row, list(headings)) for number, row in enumerate(rows, 1)]
    return Sheet(lines)


def _parsed(data: bytes | str) -> Any:
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=str,  # as written: 1.2E+05 must be seen
            parse_int=str,
            parse_constant=str,
        )
    except UnicodeDecodeError:
        raise RosterError(say("The JSON is not UTF-8. Save it again as UTF-8.")) from None
    except json.JSONDecodeError as error:
        raise RosterError(
            say(
                "The JSON breaks off at line %(line)s, column %(column)s: %(text)s.",
                line=error.lineno,
                column=error.colno,
                text=error.msg,
            )
        ) from None
    except RecursionError:
        raise RosterError(
            say("The JSON is nested too deep. Give a list of plain objects.")
        ) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else _Twice(made)


def _rows(said: Any) -> list[Any]:
    if isinstance(said, dict) and len(said) == 1:
        [said] = said.values()
    if not isinstance(said, list):
        raise RosterError(
            say("The JSON is no list of objects, such as %(example)s.", example=_EXAMPLE)
        )
    return said


def _line(number: int, row: dict[str, Any], headings: list[str]) -> Line:
    cells = tuple(_cell(row.get(heading), number, heading) for heading in headings)
    return Line(number, cells, _TWICE) if isinstance(row, _Twice) else Line(number, cells)


def _cell(value: Any, number: int, heading: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    raise RosterError(
        say(
            "Row %(row)s, “%(heading)s” holds a list or object; give it as text.",
            row=number,
            heading=heading[:60],
        )
    )
