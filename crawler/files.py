"""Files of rows, read a line at a time however large: delimited text, also in a ZIP, and XLSX."""

import codecs
import csv
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Annotated, BinaryIO
from zipfile import BadZipFile

from pydantic import AfterValidator, BeforeValidator, Field
from python_calamine import CalamineError

from config.register import Register, Strict
from crawler.ask import Answer, Unreadable
from crawler.packing import is_zip, open_zip, pick, sheet_rows, unpack
from crawler.reading import is_html, page_title, refuse_walls
from data.names import clean

_LINE = 2**20  # characters; nothing longer is a row of a register
_GZIP = b"\x1f\x8b"
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NO_ROW: tuple[int, list[str]] = (1, [])

Row = dict[str, str]


def _encoding(name: str) -> str:
    codecs.lookup(name)
    return name


def _several(said: object) -> object:
    return [said] if isinstance(said, str) else said


Texts = Annotated[tuple[str, ...], BeforeValidator(_several)]
Encodings = Annotated[
    tuple[Annotated[str, AfterValidator(_encoding)], ...], BeforeValidator(_several)
]


class Shape(Strict):
    """How a register's file is laid out: the `options` of its YAML."""

    encoding: Encodings = Field(("utf-8",), min_length=1, description="the first that fits")
    delimiter: str = Field(",", min_length=1, max_length=1)
    quoting: bool = Field(True, description="false: a quote is a letter like any other")
    columns: tuple[str, ...] = Field((), description="in order, of a file without a heading")
    extra: tuple[int, ...] = Field((), description="how many cells a row may have beyond these")
    row_end: bool = Field(False, description="every row ends with one more delimiter")
    member: str = Field("", description="pattern of the one file to read in a ZIP")
    unpacked: int = Field(4, ge=1, le=16, description="GiB that a ZIP may unpack to")
    sheet: str = Field("", description="pattern of the one sheet to read in a workbook")
    live: bool = Field(False, description="made when asked for: as old as the answer")
    headers: dict[str, str] = Field(default_factory=dict, description="of the request")
    dated: Texts = Field((), description="patterns of the publisher's date in the file's name")
    dates: Texts = Field((), description="strptime patterns of dates in the rows")
    names: str = Field("", pattern="^(given_family|family_given)?$")


def shape_of(register: Register) -> Shape:
    """The layout a register declares; raises ValueError when its options say something else."""
    return Shape.model_validate(register.options)


def columns_of(register: Register) -> list[str]:
    """Every column a register's file must have, and no other."""
    used = [*register.fields.values(), *register.filters, *register.alerts]
    return list(dict.fromkeys([*used, *register.ignore]))


def read_rows(
    answer: Answer, columns: Iterable[str], shape: Shape
) -> Iterator[tuple[int, Row | None]]:
    """The rows of a file with their line numbers; None for a row of the wrong width.

    The heading must be exactly `columns`, in any order: a column that came or went changes what the
    file means. Raises Refused at a wall, Unreadable for that, for a wrong encoding, for an empty
    file and for one that would unpack to more than it should.
    """
    _check(answer)
    try:
        yield from _fitted(_cells(answer, shape), list(columns), shape, answer.url)
    except (csv.Error, BadZipFile, zlib.error, EOFError, CalamineError, RuntimeError) as error:
        words = f"The file is broken: {clean(str(error), 200)}."
        raise Unreadable(words, answer.url) from error


def _check(answer: Answer) -> None:
    """Raise when the answer is a wall, a web page, an error or nothing."""
    body = answer.beginning()
    refuse_walls(answer.status, body, answer.url)
    if is_html(body):
        title = page_title(body)
        raise Unreadable(f"Instead of a file there is a web page titled “{title}”.", answer.url)
    if answer.status != 200:
        raise Unreadable(f"The register answered HTTP {answer.status}.", answer.url)
    if not body.strip() or body.startswith(_GZIP):
        what = "empty" if not body.strip() else "compressed in a way we do not read"
        raise Unreadable(f"The file is {what}.", answer.url)


def _cells(answer: Answer, shape: Shape) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row, the heading's too."""
    with answer.open() as file:
        if not is_zip(file):
            yield from _delimited(answer.open, shape, answer.url)
            return
        with open_zip(file, answer.url, shape.unpacked) as packed:
            if packed.book:
                yield from sheet_rows(file, shape.sheet, _printer(shape), answer.url)
            else:
                member = pick(packed, shape.member, answer.url)
                yield from _delimited(lambda: unpack(packed, member), shape, answer.url)


def _printer(shape: Shape) -> Callable[[date], str]:
    """How a workbook's dates are to be printed, so that they are read as the register's own."""
    return lambda day: day.strftime(shape.dates[0]) if shape.dates else day.isoformat()


def _delimited(
    opener: Callable[[], BinaryIO], shape: Shape, url: str
) -> Iterator[tuple[int, list[str]]]:
    encoding = _encoding_of(opener, shape)
    with opener() as raw, io.TextIOWrapper(raw, encoding, newline="") as text:
        lines = _lines(text, url)
        reader = csv.reader(
            lines,
            delimiter=shape.delimiter,
            quoting=csv.QUOTE_MINIMAL if shape.quoting else csv.QUOTE_NONE,
            strict=True,
        )
        for cells in reader:
            if cells:
                yield reader.line_num, cells


def _lines(text: io.TextIOWrapper, url: str) -> Iterator[str]:
    """The lines of a text; a file without line ends must not end up in memory."""
    number = 0
    try:
        while line := text.readline(_LINE):
            if len(line) == _LINE:
                raise Unreadable("The file has a line of more than a million characters.", url)
            if "\0" in line:
                raise Unreadable(f"The file is not {text.encoding}: it holds zero bytes.", url)
            number += 1
            yield line
    except UnicodeDecodeError as error:
        words = f"The file is not {text.encoding}: it cannot be read some way after line {number}."
        raise Unreadable(words, url) from error


def _encoding_of(opener: Callable[[], BinaryIO], shape: Shape) -> str:
    """The encoding a byte-order mark tells, or the first declared one that the whole file is in."""
    with opener() as raw:
        start = raw.read(3)
    told = next((name for mark, name in _MARKS.items() if start.startswith(mark)), "")
    fits = (name for name in shape.encoding[:-1] if told or _is_in(opener, name))
    return told or next(fits, shape.encoding[-1])


def _is_in(opener: Callable[[], BinaryIO], name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    with opener() as raw:
        try:
            for chunk in iter(lambda: raw.read(2**18), b""):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _fitted(
    rows: Iterator[tuple[int, list[str]]], columns: list[str], shape: Shape, url: str
) -> Iterator[tuple[int, Row | None]]:
    """Every row by its columns' names."""
    heading = [clean(cell) for cell in shape.columns or next(rows, _NO_ROW)[1]]
    _check_heading(heading, columns, url)
    width = len(heading)
    for line, cells in rows:
        whole = len(cells) == width and not shape.row_end
        if whole or _surplus_fits(cells[width:], len(cells) - width, shape):
            yield line, dict(zip(heading, cells, strict=False))
        else:
            yield line, None


def _surplus_fits(surplus: list[str], more: int, shape: Shape) -> bool:
    """Whether a row has exactly the cells beyond the named ones that were declared."""
    return surplus == [""] if shape.row_end else more in shape.extra


def _check_heading(heading: list[str], columns: list[str], url: str) -> None:
    if sorted(heading) == sorted(columns):
        return
    lost = ", ".join(sorted(set(columns) - set(heading))) or "none"
    new = ", ".join(sorted(set(heading) - set(columns))) or "none"
    raise Unreadable(
        f"The columns of the file have changed (missing: {lost}; new: {clean(new, 200)}).", url
    )
