"""Takes raw answers out of evidence files: those whose time is over, or that tell of the erased.

A file is never changed in place: what stays is written to the next file name, then one transaction
points the store there and chains both files, then the old file goes. Killed anywhere, the same
command does the rest.
"""

import os
import re
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config.vocabulary import RunState
from data import warc
from data.alerts import run_table
from data.chain import append_file, state_table
from data.evidence import digest_of, evidence_table, locked
from data.staging import version
from data.store import Store
from data.warc import Kept

Stays = bytes | bool  # True: as it is; bytes: with this body; False: not at all
_CHUNK = 1 << 20
_NAME = re.compile(r"(.+?)(?:\.([0-9]+))?\.warc\.gz")


@dataclass(slots=True)
class Rewritten:
    """What became of the records of some files."""

    dropped: int = 0
    redacted: int = 0
    damaged: list[str] = field(default_factory=list)
    # Look into bodies, and let a damaged file lose what cannot be read in it; else it stays.
    thorough: bool = False

    @property
    def touched(self) -> int:
        """Records that are not as they were."""
        return self.dropped + self.redacted


@dataclass(slots=True)
class _Copy:
    """A file on its way to its next name: old offset → (offset, length, digest of another body)."""

    places: dict[int, tuple[int, int, str]] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)


def rewrite(
    store: Store, path: Path, stays: Callable[[Kept], Stays], now: datetime, tell: Rewritten
) -> None:
    """Leave in this file what `stays`; one in which everything does is not touched."""
    with closing(locked(path)):
        target = _following(path)
        with target.open("wb") as file:
            copy = _copied(path, file, stays, tell)
            file.flush()
            os.fsync(file.fileno())
        if not copy.gone and not any(digest for *_, digest in copy.places.values()):
            target.unlink()
            return
        if not copy.places:
            target.unlink()
        with store.begin() as db:
            _point(db, store, (path, target), copy)
            for one in (path, target):
                _chain(db, store, one, path, now)
        path.unlink()


def _following(path: Path) -> Path:
    found = _NAME.fullmatch(path.name)
    assert found is not None  # noqa: S101 - only *.warc.gz are rewritten
    return path.with_name(f"{found[1]}.{int(found[2] or 1) + 1}.warc.gz")


def _copied(path: Path, file: BinaryIO, stays: Callable[[Kept], Stays], tell: Rewritten) -> _Copy:
    copy = _Copy()
    with path.open("rb") as source:
        try:
            for kept in warc.walk(path, bodies=tell.thorough):
                _copy(kept, (source, file), stays(kept), copy)
        except warc.Damaged as error:
            tell.damaged.append(f"{path.name}: {error}")
            if not tell.thorough:
                return _Copy()
            copy.gone.append(-1)
    tell.dropped += len(copy.gone)
    tell.redacted += sum(bool(digest) for *_, digest in copy.places.values())
    return copy


def _copy(kept: Kept, files: tuple[BinaryIO, BinaryIO], stays: Stays, copy: _Copy) -> None:
    source, file = files
    offset, digest = file.tell(), ""
    if stays is False:
        copy.gone.append(kept.offset)
        return
    if stays is True:
        source.seek(kept.offset)
        for size in [*[_CHUNK] * (kept.length // _CHUNK), kept.length % _CHUNK]:
            file.write(source.read(size))
    else:
        digest = digest_of(stays)
        warc.write(file, replace(kept.said, digest=digest), BytesIO(stays))
    copy.places[kept.offset] = (offset, file.tell() - offset, digest)


def _point(db: Connection, store: Store, paths: tuple[Path, Path], copy: _Copy) -> None:
    """Let the store know where everything is now."""
    old, new = (str(path.relative_to(store.evidence)) for path in paths)
    columns = evidence_table.c
    rows = db.execute(
        sa.select(columns.id, columns.offset, columns.redacted).where(columns.file == old)
    )
    for id_, offset, redacted in rows.all():
        place = copy.places.get(offset)
        values: dict[str, object] = {"file": "", "offset": 0, "length": 0, "redacted": ""}
        if place:
            values = {"file": new, "offset": place[0], "length": place[1]}
            values["redacted"] = place[2] or redacted
        db.execute(evidence_table.update().where(columns.id == id_).values(values))


def _chain(db: Connection, store: Store, path: Path, old: Path, now: datetime) -> None:
    if path.name.startswith("run-"):
        name = str(path.relative_to(store.evidence))
        append_file(db, store.evidence, name, now, gone=path == old)


def prune(store: Store, register_id: str, before: datetime, now: datetime) -> Rewritten:
    """Take out raw answers from before that no version rests on that is open, or was until then.

    The file of the run that is live stays whole.
    """
    tell = Rewritten()
    with store.read() as db:
        wanted = _wanted(db, register_id, before)
        old = _old_runs(db, register_id, before)
    for path in sorted((store.evidence / register_id).glob("*.warc.gz")):
        with suppress(FileNotFoundError):
            if _may_hold_old(path, old):
                rewrite(store, path, lambda kept: _stays(kept, wanted, before), now, tell)
    return tell


def _stays(kept: Kept, wanted: set[str], before: datetime) -> bool:
    return kept.said.at >= before or (kept.body is not None and kept.said.digest in wanted)


def _wanted(db: Connection, register_id: str, before: datetime) -> set[str]:
    """Digests of the answers that versions rest on, and of what is left of redacted ones."""
    rests = sa.or_(version.c.seen_until.is_(None), version.c.seen_until >= before)
    query = (
        sa.select(evidence_table.c.id, evidence_table.c.redacted)
        .where(evidence_table.c.register_id == register_id)
        .where(
            sa.select(version.c.id)
            .where(version.c.evidence_id == evidence_table.c.id, rests)
            .exists()
        )
    )
    return {digest for row in db.execute(query) for digest in row if digest}


def _old_runs(db: Connection, register_id: str, before: datetime) -> set[str]:
    live = sa.select(state_table.c.run_id).where(state_table.c.id == register_id)
    query = sa.select(run_table.c.id).where(
        run_table.c.register_id == register_id,
        run_table.c.started_at < before,
        run_table.c.state != RunState.RUNNING,
        run_table.c.id.not_in(live),
    )
    return {f"run-{id_}" for id_ in db.scalars(query)}


def _may_hold_old(path: Path, old: set[str]) -> bool:
    name = path.name.partition(".")[0]
    return name == "live" or name in old
