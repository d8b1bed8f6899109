"""Backups: one file with a consistent database, the evidence it refers to, and its own checksum.

The file is a plain tar (`tar tf` shows it) followed by the SHA-256 of everything before, so that a
backup that was cut or altered anywhere is refused whole, before anything is written.
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.engine import URL

from config.vocabulary import RunState
from data import migrate
from data.evidence import evidence_table
from data.run import run_table
from data.store import Store

MAGIC = b"\ngoodstanding-backup-1 sha256 "
TRAILER = len(MAGIC) + 64 + 1
MANIFEST = "manifest.json"
SQLITE, POSTGRES = "goodstanding.db.gz", "goodstanding.pgdump"
CHUNK = 2**20


class BackupError(Exception):
    """A backup cannot be made or restored; says why, and what was left untouched."""


class _Hashed(io.RawIOBase):
    """A file to write to that knows the SHA-256 of what it was given."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return self.file.write(data)


def backup(store: Store, path: Path, now: datetime) -> dict[str, Any]:
    """Write a backup of everything accepted so far to `path`, while runs and look-ups go on.

    The manifest that stands in it. Raises BackupError; then there is no file.
    """
    if path.exists():
        raise BackupError(f"{path} exists already. Nothing was written; name another file.")
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with create(part) as file, tempfile.TemporaryDirectory(dir=path.parent) as folder:
            hashed = _Hashed(file)
            with tarfile.open(fileobj=hashed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                manifest = _fill(tar, store, Path(folder), now)
            file.write(MAGIC + hashed.digest.hexdigest().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def create(path: Path) -> BinaryIO:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _fill(tar: tarfile.TarFile, store: Store, folder: Path, now: datetime) -> dict[str, Any]:
    """Database first, then the evidence it speaks of, then the manifest of both."""
    dump = _dump(store.engine.url, folder)
    files = [_add(tar, dump.name, dump, dump.stat().st_size)]
    for name, length in _evidence(store):
        files.append(_add(tar, f"evidence/{name}", store.evidence / name, length))
    manifest = {
        "format": 1,
        "goodstanding": version("goodstanding"),
        "schema": migrate.HEAD,
        "made_at": now.isoformat(),
        "files": files,
    }
    body = json.dumps(manifest, indent=1).encode()
    member = tarfile.TarInfo(MANIFEST)
    member.size = len(body)
    tar.addfile(member, io.BytesIO(body))
    return manifest


def _dump(url: URL, folder: Path) -> Path:
    """The database at one moment, as a file."""
    if url.get_backend_name() == "sqlite":
        plain, path = folder / "plain.db", folder / SQLITE
        with (
            closing(sqlite3.connect(str(url.database))) as source,
            closing(sqlite3.connect(plain)) as target,
        ):
            source.backup(target)
        with plain.open("rb") as file, gzip.open(path, "wb", compresslevel=1) as packed:
            shutil.copyfileobj(file, packed, CHUNK)
        return path
    path = folder / POSTGRES
    run_postgres("pg_dump", url, "--format=custom", f"--file={path}")
    return path


def run_postgres(program: str, url: URL, *words: str) -> None:
    """Run a program of PostgreSQL's; the password goes by the environment, not the process list."""
    if shutil.which(program) is None:
        raise BackupError(
            f"{program} is not installed here, and a PostgreSQL store needs it. Install "
            "PostgreSQL's client programs, of the server's version. Nothing was changed."
        )
    plain = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string(hide_password=False)
    env = {**os.environ, "PGPASSWORD": str(url.password or "")}
    command = [program, "--no-owner", "--no-privileges", *words, "--dbname", plain]
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()[-500:]}")


def _evidence(store: Store) -> Iterator[tuple[str, int]]:
    """Evidence files, each with how much of it belongs to the dump.

    A file that is being written to is cut after the last answer that the database speaks of; one
    whose run has ended is kept whole. What ended after the dump is of no harm.
    """
    end = sa.func.max(evidence_table.c.offset + evidence_table.c.length)
    query = sa.select(evidence_table.c.file, end).group_by(evidence_table.c.file)
    with store.read() as db:
        ends = {str(file): int(last) for file, last in db.execute(query).all()}
        ended = sa.select(run_table.c.register_id, run_table.c.id).where(
            run_table.c.state != RunState.RUNNING, run_table.c.finished_at.is_not(None)
        )
        whole = {f"{register}/run-{id_}.warc.gz" for register, id_ in db.execute(ended).all()}
    for name in sorted(ends.keys() | whole):
        path = store.evidence / name
        if not path.is_file():
            if name in ends:
                raise BackupError(
                    f"The evidence file {path} is missing, though the store rests on it. Put it "
                    "back, then back up again. No backup was written."
                )
            continue
        size = path.stat().st_size
        yield name, size if name in whole else min(size, ends[name])


def _add(tar: tarfile.TarFile, name: str, path: Path, length: int) -> dict[str, Any]:
    """Copy the first `length` bytes of a file; its line in the manifest."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = length, 0o600
    with path.open("rb") as file:
        watched = _Watched(file)
        tar.addfile(member, watched)
    return {"name": name, "size": length, "sha256": watched.digest.hexdigest()}


class _Watched:
    """A file to read from that knows the SHA-256 of what it gave."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.digest.update(data)
        return data
