"""The numbered steps and the tables say the same, on both databases, whoever comes first."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from data import migrate
from data.store import Store, StoreError

real_upgrade = command.upgrade


def test_an_empty_database_is_brought_up_to_date(empty_url: str, tmp_path: Path) -> None:
    store = Store(empty_url, tmp_path)
    assert migrate.revision(store.engine) == migrate.HEAD
    assert set(SQLModel.metadata.tables) <= set(sa.inspect(store.engine).get_table_names())
    store.close()


def test_head_is_the_newest_step() -> None:
    steps = sorted(path.name for path in (migrate.FOLDER / "versions").glob("*.py"))
    assert steps[-1].startswith(migrate.HEAD)


def test_models_and_steps_do_not_differ(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_store_of_the_first_step_keeps_its_runs(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", partial(_upgrade_to, "0001"))
        patch.setattr(migrate, "HEAD", "0001")
        engine = sa.create_engine(empty_url)
        migrate.upgrade(engine)
    with engine.begin() as db:
        db.exec_driver_sql(
            "INSERT INTO run (id, register_id, slot, state, owner, heartbeat, started_at, source, "
            "url, complete, requests, read, details, new, changed, missing, written, decided_by, "
            "decided_why) VALUES (7, 'a', '2026-01-01', 'held', 'o', '2026-01-01 00:00:00', "
            "'2026-01-01 00:00:00', 'h', '', "
            "true, 1, 1, 1, 1, 1, 1, 1, '', '')"
        )
        db.exec_driver_sql(
            "INSERT INTO run_issue (run_id, code, level, text, count, examples) "
            "VALUES (7, 'shrunk', 'hold', 'words', 1, '')"
        )
    engine.dispose()
    store = Store(empty_url, tmp_path)
    with store.begin() as db:
        found = db.exec_driver_sql("SELECT id, slot, attempt FROM run").all()
        assert [tuple(row) for row in found] == [(7, "2026-01-01", 1)]
        assert db.exec_driver_sql("SELECT run_id FROM run_issue").scalar() == 7
    with pytest.raises(sa.exc.IntegrityError), store.begin() as db:  # keys are minded again
        db.exec_driver_sql("DELETE FROM run")
    store.close()


def test_what_a_held_run_found_unchanged_is_ticked_off(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", partial(_upgrade_to, "0005"))
        patch.setattr(migrate, "HEAD", "0005")
        engine = sa.create_engine(empty_url)
        migrate.upgrade(engine)
    known = {"content_hash": "c", "listing_digest": "l", "number_key": "", "status": "expired"}
    known |= {"doubts": "", "bucket": 1}
    seen = dict.fromkeys(("first_seen", "last_changed"), "2026-01-01 00:00:00")
    with engine.begin() as db:
        counts = dict.fromkeys("requests read details new changed missing written".split(), 1)
        said = dict.fromkeys("url decided_by decided_why".split(), "")
        times = dict.fromkeys(("heartbeat", "started_at"), "2026-01-01 00:00:00")
        run = {"id": 7, "register_id": "a", "attempt": 1, "state": "held", "owner": "o"}
        _insert(db, "run", run | counts | said | times | {"source": "h", "complete": True})
        for id_ in (3, 4):
            who = {"id": id_, "register_id": "a", "key": f"k{id_}", "ref": f"r{id_}"}
            _insert(db, "registration", who | known | seen | {"shared": False, "absent": 0})
        for key, facts in (("k3", None), ("k4", "{}"), ("k5", "{}")):
            said = {"run_id": 7, "key": key, "ref": "", "facts": facts, "folded": ""}
            _insert(db, "staged", said | known)
    engine.dispose()
    store = Store(empty_url, tmp_path)
    with store.read() as db:
        staged = db.exec_driver_sql("SELECT key, registration_id FROM staged ORDER BY key").all()
        assert [tuple(row) for row in staged] == [("k4", 4), ("k5", None)]
        assert db.exec_driver_sql("SELECT registration_id FROM ticked WHERE run_id = 7").all() == [
            (3,)
        ]
    store.close()


def _insert(db: sa.Connection, table: str, row: dict[str, Any]) -> None:
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    db.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608


def _upgrade_to(revision: str, config: Config, _head: str) -> None:
    real_upgrade(config, revision)


def test_opening_twice_changes_nothing(store: Store) -> None:
    migrate.upgrade(store.engine)
    assert migrate.revision(store.engine) == migrate.HEAD


def test_threads_that_migrate_at_once_all_succeed(empty_url: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: Store(empty_url, tmp_path), range(4)))
    assert {migrate.revision(store.engine) for store in stores} == {migrate.HEAD}
    for store in stores:
        store.close()


def test_processes_that_migrate_at_once_all_succeed(empty_url: str, tmp_path: Path) -> None:
    code = "import sys; from data.store import Store; from pathlib import Path; "
    code += "Store(sys.argv[1], Path(sys.argv[2]))"
    command = [sys.executable, "-c", code, empty_url, str(tmp_path)]
    running = [subprocess.Popen(command) for _ in range(2)]
    assert [one.wait() for one in running] == [0, 0]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////dev/null/x.db", "cannot be used"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/x", "cannot be used"),
        ("nonsense", "cannot be used"),
        ("sqlite:///{folder}", "unable to open"),
    ],
)
def test_a_store_that_cannot_be_opened_says_so(url: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=words):
        Store(url.format(folder=tmp_path), tmp_path)


def test_a_transaction_is_written_whole_or_not_at_all(store: Store) -> None:
    insert = "INSERT INTO rotation VALUES ('r', {}, '2026-01-01 00:00:00')"
    with pytest.raises(RuntimeError), store.begin() as db:
        db.exec_driver_sql(insert.format(1))
        raise RuntimeError
    with pytest.raises(StoreError), store.begin() as db:
        db.exec_driver_sql(insert.format(2))
        db.exec_driver_sql("INSERT INTO nowhere VALUES (1)")
    with store.read() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM rotation").scalar() == 0


@pytest.mark.parametrize("count", [2, 12, 40])
def test_a_step_that_breaks_off_is_taken_again(count: int, empty_url: str, tmp_path: Path) -> None:
    """As when the process is killed after so many statements: all of them or none are there."""
    engine, left = sa.create_engine(empty_url), iter(range(count))

    @sa.event.listens_for(engine, "before_cursor_execute")
    def die(*_: object) -> None:
        next(left)

    with pytest.raises((StopIteration, RuntimeError)):
        migrate.upgrade(engine)
    engine.dispose()
    untouched = sa.create_engine(empty_url)
    assert sa.inspect(untouched).get_table_names() == []
    untouched.dispose()
    Store(empty_url, tmp_path).close()
