"""Delimited text → lines: whatever the delimiter and the encoding, or a refusal that says why."""

import codecs
import csv
import io
from collections.abc import Iterator

from service.language import N_, kept, say
from service.roster.headings import recognised
from service.roster.shape import NOTHING_ODD, Limits, Line, RosterError, Sheet, too_many_rows

DELIMITERS = ",;\t|"
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOKED_AT = 30  # lines to learn the delimiter from
_SAMPLE = 200_000  # characters
_WIDE = {-1: "too_many_cells"}
_SHORT = {-1: "too_few_cells"}


def read_text(data: bytes | str, limits: Limits) -> Sheet:
    """The lines of delimited text, pasted or of a file; raises RosterError."""
    text, notes = (data, ()) if isinstance(data, str) else decoded(data)
    text = text.removeprefix("\ufeff")
    told, text = _told_delimiter(text)
    delimiter = told or _delimiter(text)
    lines = list(_lines(text, delimiter, limits))
    return Sheet(_fitted(lines), notes=(*notes, kept(_ENDS, mark=_NAMES[delimiter])))


_ENDS = N_("Columns end at %(mark)s.")
_NAMES = {",": N_("a comma"), ";": N_("a semicolon"), "\t": N_("a tab"), "|": N_("a vertical bar")}
_UNSAID = N_("Read as %(encoding)s, which the file does not say.")
_WINDOWS = N_("Read as Windows-1252. If accents look wrong, save the file as CSV UTF-8.")


def decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text and what was assumed of its encoding; raises RosterError."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _strictly(data, name), ()
    if guess := _wide(data):
        return _strictly(data, guess), (kept(_UNSAID, encoding=guess.upper()),)
    if b"\0" in data:
        raise RosterError(
            say("This is no text: it holds zero bytes. Save it as CSV UTF-8 or as XLSX.")
        )
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        return _western(data, error)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise RosterError(
            say(
                "Row %(row)s is not written in %(encoding)s, which the file says it is. Save it "
                "again as CSV UTF-8.",
                row=row,
                encoding=encoding.upper(),
            )
        ) from None


def _wide(data: bytes) -> str:
    """UTF-16 that does not say so: every other byte of Western text is zero."""
    start = data[:2000]
    if len(start) < 4 or len(data) % 2:
        return ""
    half = len(start) // 2
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if start[offset::2].count(0) > 0.7 * half and not start[1 - offset :: 2].count(0):
            return name
    return ""


def _western(data: bytes, error: UnicodeDecodeError) -> tuple[str, tuple[str, ...]]:
    """Windows text, unless parts of it are UTF-8: then nobody knows what its letters are."""
    row = data[: error.start].count(b"\n") + 1
    if _holds_utf8(data):
        raise RosterError(
            say(
                "The file mixes encodings: row %(row)s is not UTF-8, other rows are. Open it where "
                "the accents look right and save it as CSV UTF-8.",
                row=row,
            )
        )
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise RosterError(
            say(
                "Row %(row)s holds letters that are neither UTF-8 nor Windows-1252. Save the file "
                "as CSV UTF-8.",
                row=row,
            )
        ) from None
    return text, (kept(_WINDOWS),)


def _holds_utf8(data: bytes) -> bool:
    """Whether some line has letters that only UTF-8 writes so."""
    for line in data.split(b"\n"):
        if not line.isascii():
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                continue
            return True
    return False


def _told_delimiter(text: str) -> tuple[str, str]:
    """The delimiter that a first line `sep=;` tells spreadsheets, and the rest."""
    first, _, rest = text.partition("\n")
    said = first.strip().strip('"')
    if len(said) == 5 and said.casefold().startswith("sep=") and said[4] in DELIMITERS:
        return said[4], rest
    return ("\t", rest) if said.casefold() == "sep=" else ("", text)


def _delimiter(text: str) -> str:
    """The delimiter under which headings are recognised and rows are equally wide."""
    sample = text[:_SAMPLE]
    return max(DELIMITERS, key=lambda one: _fitness(sample, one))


def _fitness(sample: str, delimiter: str) -> tuple[int, int, int]:
    rows = _some(sample, delimiter)
    filled = [row for row in rows if any(row)]
    if not filled:
        return 0, 0, 0
    width = max(len(row) for row in filled)
    known = max(len(recognised(row)) for row in filled[:10])
    even = sum(len(row) == width for row in filled) if width > 1 else 0
    return known, even, width


def _some(sample: str, delimiter: str) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            found.append(row)
            if len(found) == _LOOKED_AT:
                break
    except csv.Error:
        pass  # reading the whole file will say where
    return found


def _lines(text: str, delimiter: str, limits: Limits) -> Iterator[Line]:
    """Every row with the number of the line of text it begins at; lines without anything are none.

    A quotation mark that opens and never closes would swallow people: that is refused.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number, rows = 1, 0
    try:
        for cells in reader:
            if cells:
                rows += 1
                yield Line(number, tuple(cells))
            if rows > limits.rows + 1:
                raise RosterError(too_many_rows(limits))
            number = reader.line_num + 1
    except csv.Error as error:
        raise RosterError(
            say(
                "Row %(row)s cannot be taken apart (%(text)s). Look for a quotation mark without "
                "its partner, or save the file again as CSV UTF-8.",
                row=number,
                text=error,
            )
        ) from None


def _fitted(lines: list[Line]) -> list[Line]:
    """Rows that are wider or narrower than the headings are told so, and filled up."""
    usual = max((len(line.cells) for line in lines[:1]), default=0)
    return [_fit(line, usual) if len(line.cells) != usual else line for line in lines]


def _fit(line: Line, usual: int) -> Line:
    if len(line.cells) < usual:
        return Line(line.number, line.cells + ("",) * (usual - len(line.cells)), _SHORT)
    odd = _WIDE if any(line.cells[usual:]) else NOTHING_ODD
    return Line(line.number, line.cells if odd else line.cells[:usual], odd)
