"""Opens ZIP files and workbooks that are what they seem, and refuses those made to explode."""

import re
import struct
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import IO, Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from python_calamine import CalamineWorkbook

from crawler.ask import Unreadable
from data.names import clean

MEMBERS = 1000
GIB = 2**30
BOOK = 64 * 2**20  # bytes of a workbook, which is unpacked into memory
CELLS = 3_000_000  # of a sheet, empty ones too: its reader makes room for the whole rectangle
RATIO = 200
_SMALL = 2**20  # below this, no ratio is a bomb
_DIRECTORY = 2**20
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_ENCRYPTED = 0x1
# The tags of rows and cells with where they say they are; a tag ends before the next one begins.
_PLACED = re.compile(
    rb"<(?:\w+:)?(row|c)(?=[\s/>])(?:[^<]*?\sr\s*=\s*[\"']([A-Za-z]{0,3})([0-9]{0,9})[\"'])?"
)
# Members that make the reader take the archive for another kind of workbook, which we do not check.
_OTHER_BOOKS = ("mimetype", "workbook.bin", "workbook.bin.rels")


class Packed(ZipFile):
    """A ZIP that was looked through."""

    @property
    def book(self) -> bool:
        """Whether it is a workbook (Office Open XML)."""
        return "[Content_Types].xml" in self.NameToInfo


def is_zip(file: BinaryIO) -> bool:
    """Whether a file begins as a ZIP, empty ones too; leaves it at its beginning."""
    start = file.read(4)
    file.seek(0)
    return start in (b"PK\x03\x04", _END)


def open_zip(file: BinaryIO, url: str, unpacked: int) -> Packed:
    """The archive, after its directory was found believable; raises Unreadable, BadZipFile.

    `unpacked` is how many GiB a text in it may have: it is read as it is unpacked.
    """
    packed = open_listed(file, url)
    size, limit = (
        sum(member.file_size for member in packed.infolist()),
        BOOK if packed.book else unpacked * GIB,
    )
    if size > limit:
        words = f"unpack to {size // 2**20} MiB; {limit // 2**20} are allowed"
        raise Unreadable(f"The archive would {words}.", url)
    if packed.book:
        _check_book(packed, url)
    return packed


def open_listed(file: BinaryIO, url: str) -> Packed:
    """The archive, when the list of its members is short and each of a kind we read.

    Nothing is unpacked, so nothing is known of their sizes. Raises Unreadable, BadZipFile.
    """
    _check_directory(file, url)
    packed = Packed(file)
    members = packed.infolist()
    if len(members) > MEMBERS:
        raise Unreadable(f"The archive has {len(members)} members; {MEMBERS} are allowed.", url)
    if any(_strange(member) for member in members):
        raise Unreadable("The archive is encrypted or compressed in a way we do not read.", url)
    return packed


def _check_book(packed: Packed, url: str) -> None:
    """Raise when reading it would take more memory than its declared size lets expect."""
    for member in packed.infolist():
        if member.filename.rpartition("/")[2].casefold() in _OTHER_BOOKS:
            raise Unreadable("The workbook is of a kind we do not read; save it as XLSX.", url)
        with packed.open(member) as part:  # read to its end: the declared sizes are true
            if _area(part) > CELLS:
                raise Unreadable(f"A sheet of the workbook has more than {CELLS} cells.", url)


def _area(part: IO[bytes]) -> int:
    """How many cells the rectangle around all cells of a sheet has; 0 for what is no sheet."""
    row = column = rows = columns = 0
    for tag, letters, number in _placed(part):
        row = int(number) if number else row + (tag == b"row")
        column = 0 if tag == b"row" else _column(letters) if letters else column + 1
        rows, columns = max(rows, row), max(columns, column)
    return rows * columns


def _placed(part: IO[bytes]) -> Iterator[tuple[bytes, bytes, bytes]]:
    left = b""
    while chunk := part.read(_SMALL):
        whole, mark, left = (left + chunk).rpartition(b"<")
        yield from _PLACED.findall(whole)
        left = mark + left
        if len(left) > _SMALL:  # no honest tag or cell is that long
            yield b"c", b"XFD", b"1048576"
            left = b""
    yield from _PLACED.findall(left)


def _column(letters: bytes) -> int:
    """A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _check_directory(file: BinaryIO, url: str) -> None:
    """Look at the size of the list of members before anything reads it into memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_536 - 22))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise BadZipFile("it ends before the list of its members")
    count, directory = struct.unpack("<HL", tail[at + 10 : at + 16])
    if count > MEMBERS or directory > _DIRECTORY or tail[at - 20 : at - 16] == _END_64:
        raise Unreadable(f"The archive has more than {MEMBERS} members.", url)
    file.seek(0)


def _strange(member: ZipInfo) -> bool:
    known = member.compress_type in (ZIP_STORED, ZIP_DEFLATED)
    return not known or bool(member.flag_bits & _ENCRYPTED)


def pick(packed: Packed, pattern: str, url: str) -> ZipInfo:
    """The one member whose name fits; raises Unreadable when it is none, many, empty or a bomb."""
    members = [member for member in packed.infolist() if not member.is_dir()]
    fitting = [member for member in members if re.fullmatch(pattern or ".*", member.filename)]
    if len(fitting) != 1:
        names = clean(", ".join(member.filename for member in members[:10]), 200)
        words = f"{len(fitting)} members of the archive are the file to read (it has: {names})."
        raise Unreadable(words, url)
    [member] = fitting
    if not member.file_size:
        raise Unreadable(f"{clean(member.filename, 100)} in the archive is empty.", url)
    if member.file_size > max(_SMALL, RATIO * member.compress_size):
        raise Unreadable("The archive would unpack to more than its size can honestly hold.", url)
    return member


def unpack(packed: Packed, member: ZipInfo) -> BinaryIO:
    """A member's bytes, unpacked as they are read and never more than declared."""
    opened: Any = packed.open(member)
    return opened  # type: ignore[no-any-return]


def sheet_rows(
    file: BinaryIO, pattern: str, printed: Callable[[date], str], url: str
) -> Iterator[tuple[int, list[str]]]:
    """Row numbers and cells of the one sheet, as text."""
    file.seek(0)
    with CalamineWorkbook.from_filelike(file) as book:
        fitting = [name for name in book.sheet_names if re.fullmatch(pattern or ".*", name)]
        if len(fitting) != 1:
            names = clean(", ".join(book.sheet_names), 200)
            words = f"{len(fitting)} sheets are the one to read (the workbook has: {names})."
            raise Unreadable(words, url)
        sheet = book.get_sheet_by_name(fitting[0])
        first = (sheet.start or (0, 0))[0] + 1
        for number, row in enumerate(sheet.iter_rows(), first):
            cells = [_cell(value, printed) for value in row]
            if any(cells):
                yield number, cells


def _cell(value: Any, printed: Callable[[date], str]) -> str:
    """A cell as the register would print it: 123.0 is 123, midnight is a day."""
    if isinstance(value, bool):
        return str(value).casefold()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return printed(value) if type(value) is date else str(value)
