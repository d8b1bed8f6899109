"""What a roster is: lines of cells as a file holds them, before anybody asks what they mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from service.language import N_, say
from service.words import count

MIB = 2**20
MOST_ROWS, MOST_COLUMNS, MOST_LETTERS = 50_000, 100, 10_000
NOTHING_ODD: Mapping[int, str] = {}


class RosterError(ValueError):
    """A roster is refused whole: says where in the file and what to do. Nothing was kept of it.

    `option` is what only the command line adds: how it is told there what the sentence asks for.
    """

    def __init__(self, said: str, option: str = "") -> None:
        """What is wrong with it, in the language that is spoken."""
        super().__init__(said)
        self.option = option


class Part(StrEnum):
    """What a column of a roster can be."""

    NAME = "name"
    GIVEN = "given"
    FAMILY = "family"
    NUMBER = "number"
    PROVINCE = "province"
    CITY = "city"
    CLINIC = "clinic"
    ROLE = "role"
    REGISTER = "register"


# In sentences a part is called by its code, which is English, or by what other languages call it.
PARTS = (
    N_("name"),
    N_("given"),
    N_("family"),
    N_("number"),
    N_("province"),
    N_("city"),
    N_("clinic"),
    N_("role"),
    N_("register"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a roster may be; none of them may be lifted by whoever sends one."""

    bytes: int = 10 * MIB
    unpacked: int = 100 * MIB
    rows: int = MOST_ROWS
    columns: int = MOST_COLUMNS
    letters: int = MOST_LETTERS


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number in the file (from 1), its cells, and what is odd about which of them.

    `odd` goes from the place of a cell (from 0) to a code; the place -1 stands for the whole row.
    """

    number: int
    cells: tuple[str, ...]
    odd: Mapping[int, str] = field(default_factory=lambda: NOTHING_ODD)

    @property
    def empty(self) -> bool:
        """Whether nothing is written in it."""
        return not any(cell and not cell.isspace() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All lines of one sheet, headings too; `notes` tell what was assumed to read it."""

    lines: list[Line]
    name: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a roster came from: the name of its file and the digest of its bytes."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster whose columns are known: `columns` goes from what is meant to the place (from 0)."""

    source: Source
    sheet: str
    headings: tuple[str, ...]
    columns: Mapping[Part, int]
    lines: list[Line]
    notes: tuple[str, ...] = ()

    def named(self) -> Iterator[tuple[Part, str]]:
        """The columns that are read, by their headings, for somebody to confirm."""
        for part, place in self.columns.items():
            yield part, self.headings[place] or column_name(place)


def column_name(place: int) -> str:
    """The letter a spreadsheet gives a column: 0 is A, 26 is AA."""
    letters = ""
    while place >= 0:
        place, rest = divmod(place, 26)
        letters, place = chr(65 + rest) + letters, place - 1
    return letters


def where(sheet: str, number: int, place: int | None = None) -> str:
    """A place in a file as people find it: sheet, row, column."""
    parts = [say("sheet “%(sheet)s”", sheet=sheet)] if sheet else []
    parts.append(say("row %(row)s", row=number))
    parts += [say("column %(column)s", column=column_name(place))] if place is not None else []
    return ", ".join(parts)


def too_wide(limits: Limits, at: str, columns: int) -> str:
    """What is said of a row with too many columns."""
    return say(
        "%(where)s has %(count)s columns; a roster may have %(most)s. Take out the columns that "
        "are not about names and numbers.",
        where=at[:1].upper() + at[1:],
        count=columns,
        most=limits.columns,
    )


def bounded(sheet: Sheet, limits: Limits) -> Sheet:
    """The sheet without the empty lines behind the last filled one; raises RosterError."""
    lines = sheet.lines
    while lines and lines[-1].empty:
        lines.pop()
    if not lines:
        raise RosterError(
            say("The file is empty: it has no rows. Give one with headings and people.")
        )
    if len(lines) > limits.rows + 1:
        raise RosterError(too_many_rows(limits, sheet.name))
    for place, line in enumerate(lines):
        _bound_cells(line, sheet.name, limits)
        if any(not _storable(cell) for cell in line.cells):
            lines[place] = replace(line, cells=tuple(map(_stored, line.cells)))
    return sheet


def _storable(cell: str) -> bool:
    """Whether every store and report can hold a text: no zero characters, no half letters."""
    return "\0" not in cell and (cell.isascii() or not any("\ud800" <= a <= "\udfff" for a in cell))


def _stored(cell: str) -> str:
    """The text with a mark where a letter was lost."""
    return "".join("\ufffd" if a == "\0" or "\ud800" <= a <= "\udfff" else a for a in cell)


def too_many_rows(limits: Limits, sheet: str = "") -> str:
    """What is said of a roster with too many rows."""
    return say(
        "%(what)s has more than %(most)s rows, the most a roster may have. Split it into several "
        "files.",
        what=say("Sheet “%(sheet)s”", sheet=sheet) if sheet else say("The file"),
        most=count(limits.rows),
    )


def _bound_cells(line: Line, sheet: str, limits: Limits) -> None:
    if len(line.cells) > limits.columns:
        raise RosterError(too_wide(limits, where(sheet, line.number), len(line.cells)))
    for place, cell in enumerate(line.cells):
        if len(cell) > limits.letters:
            raise RosterError(
                say(
                    "The cell at %(where)s holds %(count)s characters; %(most)s are allowed. A "
                    "quotation mark that is never closed may be why.",
                    where=where(sheet, line.number, place),
                    count=count(len(cell)),
                    most=count(limits.letters),
                )
            )
