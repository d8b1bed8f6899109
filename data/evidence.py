"""Keeps raw answers as WARC files, so that every fact can be read again from what we were sent."""

import fcntl
import hashlib
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from data import warc
from data.chain import moment_text, raw
from data.reader import moment_there
from data.store import Store
from data.tables import Evidence
from data.warc import Kept, Said

evidence_table: sa.Table = Evidence.__table__  # type: ignore[attr-defined]

LIVE = "live.warc.gz"  # what live re-checks were told; no run, and not in the chain
_AT_ONCE = 1000  # ids asked for in one query
_FIRST = "SELECT file, url, fetched_at, redacted FROM evidence WHERE id = ?"
First = tuple[str, datetime]  # where and when bytes came for the first time


class Gone(ValueError):
    """The answer was kept once, and its body was taken out since: says why."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One raw answer as it is kept. `redacted`: an erased person was taken out of its body."""

    id: str
    url: str
    fetched_at: datetime
    status: int
    body: bytes
    run_id: int | None = None
    register_id: str = ""
    said: Said | None = None
    redacted: bool = False


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
        kept: Callable[[str], First | None] = lambda _: None,
    ) -> None:
        """Open `folder`/REGISTER/run-N.warc.gz for appending; live.warc.gz for a re-check.

        `kept` tells where an answer of that digest is kept already, if it is.
        """
        self.register_id, self.run_id, self.kept = register_id, run_id, kept
        path = folder / register_id / (f"run-{run_id}.warc.gz" if run_id else LIVE)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.name = str(path.relative_to(folder))
        self.file = locked(path)

    def keep(
        self,
        url: str,
        status: int,
        headers: Mapping[str, str],
        body: bytes | Path,
        at: datetime,
        *,
        asked: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Append one answer; the row says where it is, for `index`.

        Bytes that are kept already are only referred to. A file is copied without ever being in
        memory. `asked` tells of the question (see warc.QUESTION).
        """
        offset = self.file.tell()
        digest = digest_of(body)
        said = Said(url, status, headers, at, digest, asked or {})
        if first := self.kept(digest):
            warc.write_again(self.file, said, first)
        elif isinstance(body, bytes):
            warc.write(self.file, said, io.BytesIO(body))
        else:
            with body.open("rb") as payload:
                warc.write(self.file, said, payload, quick=True)
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
            "redacted": "",
        }

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def locked(path: Path) -> BinaryIO:
    """The file opened to append, ours alone until it is closed; never one that was replaced."""
    while True:
        file = path.open("ab")
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                return file
        file.close()


def index(db: Connection, rows: list[dict[str, Any]]) -> None:
    """Remember where answers are; the same bytes once, unless they were taken out since."""
    wanted = {row["id"]: row for row in rows}
    there = sa.and_(evidence_table.c.file != "", evidence_table.c.redacted == "")
    known = sa.select(evidence_table.c.id).where(evidence_table.c.id.in_(wanted), there)
    for id_ in db.scalars(known).all():
        del wanted[id_]
    if wanted:  # another process may keep the same bytes at this moment
        insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
        statement = insert(evidence_table)
        columns = [column.name for column in evidence_table.c if column.name != "id"]
        statement = statement.on_conflict_do_update(
            index_elements=["id"],
            set_={name: statement.excluded[name] for name in columns},
            where=sa.not_(there),
        )
        db.execute(statement, list(wanted.values()))


def evidence_of(db: Connection, ids: Sequence[str]) -> Iterator[sa.RowMapping]:
    """What is known of where these raw answers came from, by id; unknown ones are left out."""
    for start in range(0, len(ids), _AT_ONCE):
        wanted = evidence_table.c.id.in_(ids[start : start + _AT_ONCE])
        yield from db.execute(sa.select(evidence_table).where(wanted)).mappings().all()


def first_kept(store: Store, evidence_id: str) -> First | None:
    """Where and when these bytes came first, if they are whole in one of our files."""
    with store.look() as look:  # asked for every answer of a night
        rows = look.rows(_FIRST, evidence_id)
    for file, url, fetched_at, redacted in rows:
        if file and not redacted and (store.evidence / file).is_file():
            return url, moment_there(fetched_at)
    return None


def find(store: Store, evidence_id: str) -> Exhibit | None:
    """The raw answer of that id; None when there is none.

    Raises Gone when its body was taken out, ValueError when it was altered or lost.
    """
    with store.read() as db:
        query = sa.select(evidence_table).where(evidence_table.c.id == evidence_id)
        row = db.execute(query).mappings().first()
    if row is None:
        return None
    if not row["file"]:
        raise Gone(
            f"The body of {evidence_id} was taken out, because its time was over or because "
            "somebody it named was erased. Its digest is kept."
        )
    kept = warc.read_at(store.evidence / row["file"], row["offset"])
    if kept is None or (trouble := _trouble(row, kept)):
        raise ValueError(
            f"The evidence file {row['file']} does not hold what was stored there"
            f"{'' if kept is None else f' ({trouble})'}. The facts stand in the store; "
            "`goodstanding audit-log verify` tells what else was altered."
        )
    return Exhibit(
        row["id"],
        row["url"],
        row["fetched_at"],
        row["status"],
        kept.body or b"",
        row["run_id"],
        row["register_id"],
        kept.said,
        bool(row["redacted"]),
    )


def take(store: Store, evidence_id: str, large: Path | None) -> Kept | None:
    """The whole record of an answer; its body in the file `large` where one is given.

    None when it is not there as it came.
    """
    columns = evidence_table.c
    query = sa.select(columns.file, columns.offset).where(
        columns.id == evidence_id, columns.file != "", columns.redacted == ""
    )
    with store.read() as db:
        row = db.execute(query).first()
    if row is None:
        return None
    if large is not None:
        said = warc.copy_body(store.evidence / row.file, row.offset, large)
        same = said is not None and digest_of(large) == evidence_id
        return Kept(said, row.offset, 0, None) if said and same else None
    kept = warc.read_at(store.evidence / row.file, row.offset)
    same = kept is not None and kept.body is not None and digest_of(kept.body) == evidence_id
    return kept if same else None


def _trouble(row: sa.RowMapping, kept: Kept) -> str:
    """What is wrong with a record of ours; empty when it is as its row says."""
    body = hashlib.sha256(kept.body).hexdigest() if kept.body is not None else ""
    if body != (row["redacted"] or row["id"]):
        return "another body"
    folder, _, name = row["file"].rpartition("/")
    owner = f"run-{row['run_id']}." if row["run_id"] else "live."
    if folder != row["register_id"] or not name.startswith(owner):
        return "another run's"
    said = (kept.said.url[:2000], kept.said.status, moment_text(kept.said.at))
    stored = (row["url"], row["status"], moment_text(row["fetched_at"]))
    return "" if said == stored else "another answer"


def altered(store: Store, db: Connection) -> Iterator[tuple[str, str]]:
    """(where, in words) for every answer that is not as it was kept; reads every file."""
    columns = evidence_table.c
    query = sa.select(*map(raw, columns)).where(columns.file != "").order_by(columns.file)
    known: tuple[str, dict[int, Kept]] = ("", {})
    for row in db.execute(query.execution_options(yield_per=1000)).mappings():
        if row["file"] != known[0]:
            known = (row["file"], _walked(store.evidence / row["file"]))
        kept = known[1].get(row["offset"])
        if kept is None or kept.length != row["length"] or _trouble(row, kept):
            yield f"evidence {row['id'][:12]}", "the answer is not as it was kept"


def _walked(path: Path) -> dict[int, Kept]:
    """The records of a file by offset, up to where it can be read."""
    found: dict[int, Kept] = {}
    with suppress(warc.Damaged, OSError):
        for kept in warc.walk(path):
            found[kept.offset] = kept
    return found
