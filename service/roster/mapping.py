"""What the columns of a roster seem to be, with its first rows, for somebody to confirm."""

from collections.abc import Mapping as Told
from dataclasses import dataclass, field, replace

from data.uploads import Upload
from service.language import N_
from service.roster.headings import recognised
from service.roster.read import Telling, read_roster
from service.roster.shape import Part, Roster, RosterError, column_name
from service.roster.workbook import OLE, ZIP

_FIRST = 5
_LONG = 60  # characters of a cell
_NAME_ONLY = {part.value: "" for part in Part} | {Part.NAME.value: "#1"}


PART = {
    Part.NAME: N_("Whole name"),
    Part.GIVEN: N_("Given name"),
    Part.FAMILY: N_("Family name"),
    Part.NUMBER: N_("Registration number"),
    Part.PROVINCE: N_("Province or state"),
    Part.CITY: N_("City"),
    Part.CLINIC: N_("Clinic"),
    Part.ROLE: N_("Role or profession"),
    Part.REGISTER: N_("Register or college"),
}


@dataclass(frozen=True, slots=True)
class Mapping:
    """A roster as it was read: headings (by place from 1), guess, first rows, what was assumed.

    `notes` are as they are kept, in English (service/retold.py says them anew). `trouble`, in the
    language that is spoken, is what keeps it from being audited as it is; without headings nobody
    can mend it here.
    """

    name: str
    workbook: bool
    sheet: str = ""
    headings: tuple[str, ...] = ()
    columns: Told[str, int] = field(default_factory=dict)
    first: tuple[tuple[str, ...], ...] = ()
    rows: int = 0
    notes: tuple[str, ...] = ()
    trouble: str = ""

    def chosen(self, told: Told[str, str]) -> "Mapping":
        """The same with the columns that somebody chose (`#3`) in the place of the guess."""
        places = {part: said[1:] for part, said in told.items() if said.startswith("#")}
        columns = {part: int(said) for part, said in places.items() if said[:6].isdecimal()}
        return replace(self, columns=columns)


def told_columns(said: Told[str, str]) -> dict[str, str]:
    """The columns that a form says, by part."""
    return {part.value: said.get(part.value, "") for part in Part}


def mapped(upload: Upload, sheet: str = "") -> Mapping:
    """How an upload would be read."""
    known = Mapping(upload.name, upload.data.startswith((ZIP, OLE)), sheet)
    try:
        return _mapped(known, read_roster(upload.data, Telling(upload.name, sheet)))
    except RosterError as error:
        trouble = str(error)
    try:  # perhaps only the headings are not understood
        read = read_roster(upload.data, Telling(upload.name, sheet, _NAME_ONLY))
    except RosterError:
        return replace(known, trouble=trouble)
    guess = {part.value: place + 1 for part, place in recognised(read.headings).items()}
    return replace(_mapped(known, read), columns=guess, trouble=trouble)


def _mapped(known: Mapping, roster: Roster) -> Mapping:
    headings = tuple(one or column_name(place) for place, one in enumerate(roster.headings))
    return replace(
        known,
        sheet=roster.sheet,
        headings=headings,
        columns={part.value: place + 1 for part, place in roster.columns.items()},
        first=tuple(tuple(cell[:_LONG] for cell in line.cells) for line in roster.lines[:_FIRST]),
        rows=len(roster.lines),
        notes=roster.notes,
    )
