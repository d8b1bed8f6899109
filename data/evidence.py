"""Keeps raw answers as WARC files, so that every fact can be read again from what we were sent."""

import gzip
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from data.store import Store
from data.tables import Evidence

evidence_table: sa.Table = Evidence.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One raw answer as it is kept."""

    id: str
    url: str
    fetched_at: datetime
    status: int
    body: bytes


def digest_of(body: bytes | Path) -> str:
    """The SHA-256 by which evidence is found."""
    with body.open("rb") if isinstance(body, Path) else io.BytesIO(body) as payload:
        return hashlib.file_digest(payload, "sha256").hexdigest()


class Archive:
    """The WARC file of one run, written before anything is parsed: a bad page is evidence too."""

    def __init__(
        self,
        folder: Path,
        register_id: str,
        run_id: int | None,
        kept: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """Open `folder`/REGISTER/run-N.warc.gz for appending; live.warc.gz for a re-check.

        `kept` tells whether a file of that digest is there already.
        """
        self.register_id, self.run_id, self.kept = register_id, run_id, kept
        path = folder / register_id / (f"run-{run_id}.warc.gz" if run_id else "live.warc.gz")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.name = str(path.relative_to(folder))
        self.file = path.open("ab")
        self.writer = WARCWriter(self.file, gzip=True)

    def keep(
        self, url: str, status: int, headers: dict[str, str], body: bytes | Path, at: datetime
    ) -> dict[str, Any]:
        """Append one answer; the row says where it is, for `index` once something rests on it.

        A file is copied without ever being in memory, and only if it is not kept already.
        """
        offset = self.file.tell()
        with body.open("rb") if isinstance(body, Path) else io.BytesIO(body) as payload:
            digest = digest_of(body)
            if isinstance(body, bytes):
                self._write(self.writer, (url, status, headers, at), payload)
            elif not self.kept(digest):
                with gzip.GzipFile(fileobj=self.file, mode="wb", compresslevel=1) as member:
                    plain = WARCWriter(member, gzip=False)
                    self._write(plain, (url, status, headers, at), payload)
        self.file.flush()
        return {
            "id": digest,
            "run_id": self.run_id,
            "register_id": self.register_id,
            "url": url[:2000],
            "status": status,
            "fetched_at": at,
            "file": self.name,
            "offset": offset,
            "length": self.file.tell() - offset,
        }

    def _write(
        self, writer: WARCWriter, said: tuple[str, int, dict[str, str], datetime], payload: BinaryIO
    ) -> None:
        url, status, headers, at = said
        lines = [(name, value) for name, value in headers.items() if name != "content-encoding"]
        http = StatusAndHeaders(f"{status} ", lines, protocol="HTTP/1.1")
        length = payload.seek(0, io.SEEK_END)
        payload.seek(0)
        record = writer.create_warc_record(
            url,
            "response",
            payload=payload,
            length=length,
            http_headers=http,
            warc_headers_dict={"WARC-Date": at.strftime("%Y-%m-%dT%H:%M:%SZ")},
        )
        writer.write_record(record)

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def index(db: Connection, rows: list[dict[str, Any]]) -> None:
    """Remember where answers are that registrations rest on; the same bytes are kept once."""
    wanted = {row["id"]: row for row in rows}
    known = sa.select(evidence_table.c.id).where(evidence_table.c.id.in_(wanted))
    for there in db.scalars(known).all():
        del wanted[there]
    if wanted:  # another process may keep the same bytes at this moment
        insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
        db.execute(insert(evidence_table).on_conflict_do_nothing(), list(wanted.values()))


def is_kept(store: Store, evidence_id: str) -> bool:
    """Whether these bytes are in one of our files."""
    query = sa.select(evidence_table.c.file).where(evidence_table.c.id == evidence_id)
    with store.read() as db:
        name = db.scalar(query)
    return name is not None and (store.evidence / name).is_file()


def find(store: Store, evidence_id: str) -> Exhibit | None:
    """The raw answer of that id; None when there is none, ValueError when it was altered."""
    with store.read() as db:
        query = sa.select(evidence_table).where(evidence_table.c.id == evidence_id)
        row = db.execute(query).mappings().first()
    if row is None:
        return None
    body = _body(store.evidence / row["file"], row["offset"])
    if body is None or hashlib.sha256(body).hexdigest() != evidence_id:
        raise ValueError(f"The evidence file {row['file']} does not hold what was stored there.")
    return Exhibit(row["id"], row["url"], row["fetched_at"], row["status"], body)


def _body(path: Path, offset: int) -> bytes | None:
    """The body kept at `offset`; None when the file is lost or damaged there."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            record = next(iter(ArchiveIterator(file)))
            return bytes(record.raw_stream.read())
    except Exception:  # a damaged archive makes its reader stumble in a dozen ways
        return None
