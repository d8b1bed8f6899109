"""Reads and writes the records of evidence files: WARC, each record gzipped by itself."""

import gzip
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

_VERSION = "1.1"  # whose dates have fractions of a second
_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
_DIGEST = "sha256:"
_CHUNK = 1 << 20
# Ours, beside the standard's: which question was answered, and what its reader must know.
QUESTION, STEP, MEMO = "GoodStanding-Question", "GoodStanding-Step", "GoodStanding-Memo"


class Damaged(ValueError):
    """An evidence file cannot be read from here on: cut off, or altered."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer said beside its body; `asked` holds QUESTION, STEP and MEMO."""

    url: str
    status: int
    headers: Mapping[str, str]
    at: datetime
    digest: str
    asked: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """One record of a file, and where it is; without a body where other records hold it."""

    said: Said
    offset: int
    length: int
    body: bytes | None


def write(file: BinaryIO, said: Said, payload: BinaryIO, quick: bool = False) -> None:
    """Append a response; `quick` packs less well, for what is large, and holds none in memory."""
    length = payload.seek(0, io.SEEK_END)
    payload.seek(0)
    writer = WARCWriter(file, gzip=not quick, warc_version=_VERSION)
    record = writer.create_warc_record(
        said.url,
        "response",
        payload=payload,
        length=length,
        http_headers=_http(said),
        warc_headers_dict=_labels(said) | {"WARC-Payload-Digest": _DIGEST + said.digest},
    )
    if not quick:
        writer.write_record(record)
        return
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as member:
        WARCWriter(member, gzip=False, warc_version=_VERSION).write_record(record)


def write_again(file: BinaryIO, said: Said, first: tuple[str, datetime]) -> None:
    """Append a revisit: the same bytes came again; `first` is where and when they came before."""
    writer = WARCWriter(file, gzip=True, warc_version=_VERSION)
    url, at = first
    record = writer.create_revisit_record(
        said.url,
        _DIGEST + said.digest,
        url,
        at.strftime(_MOMENT),
        http_headers=_http(said),
        warc_headers_dict=_labels(said),
    )
    writer.write_record(record)


def _http(said: Said) -> StatusAndHeaders:
    lines = [(name, value) for name, value in said.headers.items() if name != "content-encoding"]
    return StatusAndHeaders(f"{said.status} ", lines, protocol="HTTP/1.1")


def _labels(said: Said) -> dict[str, str]:
    return {"WARC-Date": said.at.strftime(_MOMENT), **said.asked}


def walk(path: Path, bodies: bool = True) -> Iterator[Kept]:
    """Every record in order; raises Damaged where the file cannot be read, FileNotFoundError.

    Without `bodies` none is ever in memory, and those that are there are empty.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        reader = ArchiveIterator(file)
        end = 0
        while True:
            try:
                record = next(reader, None)
                if record is None:
                    break
                said, body = _said(record), _body(record, bodies)
                reader.read_to_end(record)
                offset, length = reader.get_record_offset(), reader.get_record_length()
            except Exception as error:  # a damaged file makes its reader stumble in a dozen ways
                raise Damaged(f"It cannot be read beyond byte {end:,}.") from error
            end = offset + length
            yield Kept(said, offset, length, body)
        if end != size:
            raise Damaged(f"It ends in a broken record, at byte {end:,}.")


def read_at(path: Path, offset: int) -> Kept | None:
    """The record at `offset`; None when the file is lost or damaged there."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            record = next(iter(ArchiveIterator(file)))
            return Kept(_said(record), offset, 0, _body(record))
    except Exception:  # as above
        return None


def copy_body(path: Path, offset: int, target: Path) -> Said | None:
    """Write a body to a file without holding it in memory; None when it cannot be read."""
    try:
        with path.open("rb") as file, target.open("wb") as into:
            file.seek(offset)
            record = next(iter(ArchiveIterator(file)))
            said = _said(record)
            while chunk := record.raw_stream.read(_CHUNK):
                into.write(chunk)
            return said
    except Exception:  # as above
        return None


def _body(record: Any, wanted: bool = True) -> bytes | None:
    body = bytes(record.raw_stream.read()) if wanted else b""
    while record.raw_stream.read(_CHUNK):
        pass
    if getattr(record.raw_stream, "limit", 0):  # warcio calls a record whole that ends too early
        raise EOFError
    return None if record.rec_type == "revisit" else body


def _said(record: Any) -> Said:
    head = record.rec_headers
    asked = {name: head.get_header(name) for name in (QUESTION, STEP, MEMO)}
    return Said(
        head.get_header("WARC-Target-URI"),
        int(record.http_headers.get_statuscode()),
        {name.lower(): value for name, value in record.http_headers.headers},
        _moment(head.get_header("WARC-Date")),
        (head.get_header("WARC-Payload-Digest") or "").removeprefix(_DIGEST),
        {name: value for name, value in asked.items() if value is not None},
    )


def _moment(said: str) -> datetime:
    return datetime.fromisoformat(said.removesuffix("Z")).replace(tzinfo=UTC)
