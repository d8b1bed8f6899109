"""Reads one workbook in a process of its own, whose memory is bounded, and prints its sheets.

Parsers of old and packed formats can be made to take any memory and time; what happens to this
process happens to nobody else. Run as `python -m service.roster.unpack MIB MOST_ROWS < FILE`: a
line of JSON for each sheet's name, merged ranges and rows. It imports nothing of ours.
"""

import io
import json
import resource
import sys
from datetime import date, datetime, time
from typing import Any

from python_calamine import (
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

_SECONDS = 30  # of processor time
_ROUNDED = 10**15  # from here on a spreadsheet no longer keeps every digit
PASSWORD, BROKEN, TOO_LARGE = 3, 4, 5


def main() -> int:
    """Print the workbook on stdin; the exit code says what went wrong."""
    allowed, most_rows = int(sys.argv[1]), int(sys.argv[2])
    data = sys.stdin.buffer.read()
    bound(allowed)
    try:
        for name, merged, rows in sheets(data, most_rows):
            sys.stdout.write(json.dumps([name, merged]) + "\n")
            for number, cells in rows:
                sys.stdout.write(json.dumps([number, cells]) + "\n")
    except PasswordError:
        return PASSWORD
    except MemoryError:
        return TOO_LARGE
    except Exception as error:
        sys.stderr.write(str(error)[:500])
        return BROKEN
    return 0


def bound(mib: int) -> None:
    """No more than some seconds, and (on Linux) this many MiB beyond what is in use."""
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    if sys.platform == "linux":
        with open("/proc/self/statm") as statm:  # noqa: PTH123 - no pathlib: it starts faster
            used = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + mib * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def sheets(data: bytes, most_rows: int) -> Any:
    """(name, merged ranges, rows) of every visible worksheet; rows beyond the limit are cut."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for about in book.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet or about.visible != SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_name(about.name)
        yield about.name, _merged(sheet), _rows(sheet, most_rows)


def _merged(sheet: Any) -> list[Any]:
    try:
        return [[*start, *end] for start, end in sheet.merged_cell_ranges or []]
    except Exception:  # formats that keep none
        return []


def _rows(sheet: Any, most_rows: int) -> Any:
    first = (sheet.start or (0, 0))[0] + 1
    left = [""] * (sheet.start or (0, 0))[1]
    for number, row in enumerate(sheet.iter_rows(), first):
        if number - first > most_rows + 1:
            return
        yield number, [*left, *map(cell, row)]


def cell(value: Any) -> Any:
    """Text as it stands; of anything else [its kind, as text]."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float | int):
        return _number(value)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return ["date" if isinstance(value, date | datetime) else "time", str(value)]


def _number(value: float) -> list[str]:
    """123.0 is 123; a fraction may have lost zeros, a very large number digits."""
    if abs(value) >= _ROUNDED:
        return ["rounded", repr(value)]
    return ["whole", str(int(value))] if value == int(value) else ["fraction", repr(value)]


if __name__ == "__main__":
    sys.exit(main())
