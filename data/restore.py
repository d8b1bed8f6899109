"""Restores a backup into an empty home: verified to the last byte before anything is written."""

import gzip
import hashlib
import json
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from config.settings import Settings
from data import migrate
from data.backup import (
    CHUNK,
    MAGIC,
    MANIFEST,
    POSTGRES,
    SQLITE,
    TRAILER,
    BackupError,
    create,
    run_postgres,
)
from data.store import Store

_UNTOUCHED = "Nothing was restored and nothing was changed; use another backup."


def verify(path: Path) -> dict[str, Any]:
    """The manifest of a backup that is whole; raises BackupError for one that is not."""
    try:
        with _opened(path) as (tar, members):
            return _manifest(tar, members)
    except (OSError, tarfile.TarError, ValueError, KeyError, EOFError) as error:
        raise BackupError(f"{path} cannot be read as a backup: {error}. {_UNTOUCHED}") from error


@contextmanager
def _opened(path: Path) -> Iterator[tuple[tarfile.TarFile, dict[str, tarfile.TarInfo]]]:
    _check_whole(path)
    with tarfile.open(path, "r:") as tar:
        yield tar, {member.name: member for member in tar.getmembers() if member.isfile()}


def _check_whole(path: Path) -> None:
    """Every byte is what it was when the backup was made."""
    left = path.stat().st_size - TRAILER
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while left > 0 and (data := file.read(min(left, CHUNK))):
            digest.update(data)
            left -= len(data)
        if left or file.read() != MAGIC + digest.hexdigest().encode() + b"\n":
            raise BackupError(f"{path} was cut off or altered, or is no backup. {_UNTOUCHED}")


def _manifest(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo]) -> dict[str, Any]:
    file = tar.extractfile(members[MANIFEST])
    manifest: dict[str, Any] = json.load(file) if file else {}
    names = [one["name"] for one in manifest["files"]]
    if manifest["format"] != 1 or sorted([*names, MANIFEST]) != sorted(members):
        raise BackupError(f"This version cannot read the backup. {_UNTOUCHED}")
    if manifest["schema"] > migrate.HEAD:
        raise BackupError(
            f"The backup was made by a newer Good Standing ({manifest['goodstanding']}). Update "
            f"first. {_UNTOUCHED}"
        )
    for name in names:
        if name.startswith("/") or ".." in Path(name).parts:
            raise BackupError(f"The backup names a file outside of the home. {_UNTOUCHED}")
    return manifest


def restore(path: Path, settings: Settings) -> dict[str, Any]:
    """Put a backup into an empty home, brought up to today's schema; its manifest.

    Raises BackupError before anything is changed: for a home or database that holds something, and
    for a backup that is not whole.
    """
    manifest = verify(path)
    url = make_url(settings.url)
    home = settings.home
    if home.exists() and any(home.iterdir()):
        raise BackupError(
            f"{home.resolve()} is not empty. Nothing was changed: restore into an empty folder "
            "(GOODSTANDING_HOME), then stop the old service and start the new one."
        )
    dump = SQLITE if url.get_backend_name() == "sqlite" else POSTGRES
    if dump not in [one["name"] for one in manifest["files"]]:
        raise BackupError(
            "The backup is of another kind of database than GOODSTANDING_DATABASE_URL names. "
            + _UNTOUCHED
        )
    fresh = home.with_name(f".{home.name}.restoring")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        with _opened(path) as (tar, members):
            _unpack(tar, members, manifest, fresh)
        _load(fresh, url, settings)
        fresh.rename(home)  # all of it appears at once
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    Store.of(settings).close()  # brings the schema up to date
    return manifest


def _unpack(
    tar: tarfile.TarFile,
    members: dict[str, tarfile.TarInfo],
    manifest: dict[str, Any],
    folder: Path,
) -> None:
    for one in manifest["files"]:
        target, digest = folder / one["name"], hashlib.sha256()
        target.parent.mkdir(parents=True, exist_ok=True)
        source = tar.extractfile(members[one["name"]])
        with create(target) as file:
            while source and (data := source.read(CHUNK)):
                digest.update(data)
                file.write(data)
        if digest.hexdigest() != one["sha256"]:
            raise BackupError(f"{one['name']} is not what the manifest says. {_UNTOUCHED}")


def _load(folder: Path, url: URL, settings: Settings) -> None:
    """Turn the dump into the database that the settings name."""
    if url.get_backend_name() != "sqlite":
        _refuse_filled(url)
        run_postgres(
            "pg_restore", url, "--exit-on-error", "--single-transaction", str(folder / POSTGRES)
        )
        (folder / POSTGRES).unlink()
        return
    place = Path(str(url.database))
    inside = settings.home.resolve() in place.resolve().parents
    if not inside and place.exists():
        raise BackupError(f"{place} exists already. Nothing was changed.")
    target = folder / place.resolve().relative_to(settings.home.resolve()) if inside else place
    target.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / SQLITE) as packed, create(target) as file:
        shutil.copyfileobj(packed, file, CHUNK)
    (folder / SQLITE).unlink()
    with closing(sqlite3.connect(target)) as database:
        [(said,)] = database.execute("PRAGMA quick_check").fetchall()[:1]
    if said != "ok":
        raise BackupError(f"The database in the backup is damaged: {said}. {_UNTOUCHED}")


def _refuse_filled(url: URL) -> None:
    engine = sa.create_engine(url)
    try:
        if sa.inspect(engine).get_table_names():
            raise BackupError(
                f"The database {url.database} is not empty. Nothing was changed: create a new one, "
                "and name it in GOODSTANDING_DATABASE_URL."
            )
    finally:
        engine.dispose()
