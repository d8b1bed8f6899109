"""One run a register at a time, over threads, processes and machines."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from config.vocabulary import RunState
from data.run import (
    SILENCE,
    Busy,
    Issue,
    LostLease,
    add_issues,
    end_dead_runs,
    lease,
    run_table,
    update_run,
)
from data.store import Store
from tests.conftest import Clock
from tests.data.nights import Nights, people

ELSEWHERE = "elsewhere:/var/locks"


def move_elsewhere(store: Store, run_id: int) -> None:
    with store.begin() as db:
        update_run(db, run_id, owner=ELSEWHERE)


def test_a_second_run_is_busy_while_the_first_lives(store: Store, clock: Clock) -> None:
    with (
        lease(store, "ca_on_cmto", "host", clock()),
        pytest.raises(Busy, match="Another process on this machine"),
        lease(store, "ca_on_cmto", "host", clock()),
    ):
        pass


def test_another_register_is_not_busy(store: Store, clock: Clock) -> None:
    with (
        lease(store, "ca_on_cmto", "host", clock()) as one,
        lease(store, "us_la_bmt", "inbox", clock()) as other,
    ):
        assert one != other


def test_two_registers_of_one_host_are_never_read_at_once(store: Store, clock: Clock) -> None:
    with (
        lease(store, "us_xx_one", "data.example.org", clock()) as run_id,
        pytest.raises(Busy, match="same host"),
        lease(store, "us_xx_two", "data.example.org", clock()),
    ):
        pass
    with store.begin() as db:
        update_run(db, run_id, state=RunState.ACCEPTED)
    with lease(store, "us_xx_two", "data.example.org", clock()):
        pass


@pytest.mark.parametrize("source", ["inbox", "loopback"])
def test_files_and_stand_ins_are_no_host(store: Store, clock: Clock, source: str) -> None:
    with (
        lease(store, "us_xx_one", source, clock()) as one,
        lease(store, "us_xx_two", source, clock()) as two,
    ):
        assert one != two


def test_attempts_at_a_slot_are_numbered(store: Store, clock: Clock) -> None:
    for attempt in (1, 2):
        with lease(store, "ca_on_cmto", "host", clock(), f"2026-06-20#{attempt}") as run_id:
            with store.begin() as db:
                update_run(db, run_id, state=RunState.HELD)
            found = run_table.select().where(run_table.c.id == run_id)
        with store.read() as db:
            assert db.execute(found).mappings().one()["attempt"] == attempt
    for again in ("2026-06-20", "2026-06-20#1", "2026-06-20#2", "2026-06-20#4"):
        with pytest.raises(Busy), lease(store, "ca_on_cmto", "host", clock(), again):
            pass


def test_a_process_of_its_own_holds_the_lease(store: Store, clock: Clock) -> None:
    code = (
        "import fcntl, sys, pathlib; p = pathlib.Path(sys.argv[1]); p.mkdir(parents=True); "
        "f = (p / 'ca_on_cmto.lock').open('w'); fcntl.flock(f, fcntl.LOCK_EX); print('locked'); "
        "sys.stdout.flush(); sys.stdin.read()"
    )
    locks = store.evidence.parent / "locks"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code, locks], stdin=pipe, stdout=pipe) as other:
        assert other.stdout and other.stdout.readline() == b"locked\n"
        with pytest.raises(Busy), lease(store, "ca_on_cmto", "host", clock()):
            pass
        other.communicate()
    with lease(store, "ca_on_cmto", "host", clock()) as run_id:
        assert run_id


def test_a_dead_run_of_this_machine_is_taken_over_at_once(nights: Nights) -> None:
    with lease(nights.store, "ca_on_cmto", "host", nights.clock()) as dead:
        pass  # its process ends here without a word
    with lease(nights.store, "ca_on_cmto", "host", nights.clock()):
        row = nights.row(dead)
    assert (row["state"], row["finished_at"]) == (RunState.FAILED, nights.clock())
    assert nights.issues(dead) == {"interrupted": "hold"}


def test_what_a_dead_run_staged_never_goes_live(nights: Nights) -> None:
    with lease(nights.store, "ca_on_cmto", "loopback", nights.clock()) as dead:
        nights.stage(dead, people(3), [])
    nights.accept(people(2))
    assert [row["key"] for row in nights.rows("registration")] == ["k0", "k1"]
    assert not nights.rows("staged")


@pytest.mark.parametrize(("silent", "taken"), [(SILENCE, False), (SILENCE * 1.01, True)])
def test_a_run_elsewhere_is_dead_when_silent(
    nights: Nights, silent: timedelta, taken: bool
) -> None:
    with lease(nights.store, "ca_on_cmto", "host", nights.clock()) as far:
        move_elsewhere(nights.store, far)
    later = nights.clock() + silent
    if taken:
        with lease(nights.store, "ca_on_cmto", "host", later):
            assert nights.row(far)["state"] is RunState.FAILED
    else:
        with pytest.raises(Busy), lease(nights.store, "ca_on_cmto", "host", later):
            pass


def test_a_clock_that_jumps_ahead_kills_no_run_of_this_machine(nights: Nights) -> None:
    with lease(nights.store, "ca_on_cmto", "host", nights.clock()) as run_id:
        assert end_dead_runs(nights.store, nights.clock.forward(hours=5)) == []
        assert nights.row(run_id)["state"] is RunState.RUNNING
    assert end_dead_runs(nights.store, nights.clock()) == [run_id]


def test_silence_is_shorter_than_the_promise() -> None:
    assert timedelta(seconds=60) < SILENCE < timedelta(minutes=2)


def test_a_flush_keeps_the_lease(nights: Nights) -> None:
    with lease(nights.store, "ca_on_cmto", "host", nights.clock()) as run_id:
        nights.clock.forward(seconds=90)
        nights.stage(run_id, [], [])
        assert nights.row(run_id)["heartbeat"] == nights.clock()


def test_a_lost_lease_publishes_nothing(nights: Nights) -> None:
    with lease(nights.store, "ca_on_cmto", "host", nights.clock()) as run_id:
        with nights.store.begin() as db:
            update_run(db, run_id, state=RunState.FAILED)
        with pytest.raises(LostLease, match="taken over"):
            nights.stage(run_id, people(3), [])
    assert not nights.rows("staged")


def test_one_run_a_night_slot(store: Store, clock: Clock) -> None:
    with lease(store, "ca_on_cmto", "host", clock(), "2026-06-20") as run_id, store.begin() as db:
        update_run(db, run_id, state=RunState.ACCEPTED)
    with (
        pytest.raises(Busy, match="done already"),
        lease(store, "ca_on_cmto", "host", clock(), "2026-06-20"),
    ):
        pass


def test_a_night_whose_run_died_can_be_run_again(nights: Nights) -> None:
    with lease(nights.store, "ca_on_cmto", "host", nights.clock(), "2026-06-20"):
        pass
    with lease(nights.store, "ca_on_cmto", "host", nights.clock(), "2026-06-20") as again:
        assert nights.row(again)["slot"] == "2026-06-20"


def test_of_many_starters_one_gets_the_run(store: Store, clock: Clock, tmp_path: Path) -> None:
    """Each starter with its own lock folder, as on machines of their own."""

    def start(number: int) -> bool:
        here = Store.__new__(Store)
        here.engine, here.evidence = store.engine, tmp_path / str(number) / "evidence"
        try:
            with lease(here, "ca_on_cmto", "host", clock()):
                return True
        except Busy:
            return False

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(start, range(6))) == 1


def test_issues_are_bounded(nights: Nights) -> None:
    from config.vocabulary import Level

    with (
        lease(nights.store, "ca_on_cmto", "host", nights.clock()) as run_id,
        nights.store.begin() as db,
    ):
        add_issues(db, run_id, [Issue("c" * 99, Level.WARN, "t" * 9999, 1, ("e" * 999,) * 99)])
    [row] = nights.rows("run_issue")
    assert len(row["code"]) == 60 and len(row["text"]) == 2000 and len(row["examples"]) < 2100


def test_ids_of_runs_rise(store: Store, clock: Clock) -> None:
    ids = []
    for _ in range(3):
        with lease(store, "ca_on_cmto", "host", clock()) as run_id:
            ids.append(run_id)
    assert ids == sorted(set(ids))
    with store.read() as db:
        states = db.execute(run_table.select()).mappings().all()
    assert [row["state"] for row in states].count(RunState.RUNNING) == 1
