"""Real schedules in real processes: one run a slot, a graceful stop, a kill, and cron's way."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from config.register import Catalogue
from crawler.invented import invent
from data.alerts import run_table
from data.store import Store
from tests.e2e.cli import ROOT, environment, until
from tests.service.test_outgoing import receiver, says

ROSTER = "us_la_bmt"


def drop_roster(home: Path, people: int = 40) -> None:
    """A roster of invented people in the inbox, of today."""
    today = Catalogue().get(ROSTER).local_day(datetime.now(UTC))
    rows = ["Name,License #,Licensed Since,Issue Date,Expiration,Status"]
    for index, one in enumerate(invent(people, seed=11)):
        name = f"{one['firstName']} {one['lastName']}".upper()
        dates = f"4/1/{today.year},3/31/{today.year + 1}"
        rows.append(f"{name},LA{9000 + index},1/11/2010,{dates},ACTIVE")
    folder = home / "inbox" / ROSTER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{ROSTER}-{today:%Y-%m-%d}.csv").write_text("\r\n".join(rows) + "\r\n")


def world(home: Path, **more: str) -> dict[str, str]:
    """A roster of forty is believed only where everybody is invented."""
    return environment(home, GOODSTANDING_DEMO="1", **more)


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "service", *words]


def call(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    env = world(home, **more)
    return subprocess.run(
        command(*words), env=env, cwd=ROOT, check=False, capture_output=True, text=True
    )


@contextmanager
def schedules(home: Path, count: int = 1, **more: str) -> Iterator[list[subprocess.Popen[str]]]:
    """So many schedules on one home, ended at the end."""
    started = [
        subprocess.Popen(
            command("schedule"), env=world(home, **more), cwd=ROOT, text=True,
            stderr=subprocess.PIPE,
        )
        for _ in range(count)
    ]  # fmt: skip
    try:
        yield started
    finally:
        for one in started:
            one.kill()
            one.communicate()


def runs(home: Path) -> list[Any]:
    if not (home / "goodstanding.db").exists():
        return []
    store = Store(f"sqlite:///{home / 'goodstanding.db'}", home / "evidence")
    with store.read() as db:
        found = list(db.execute(sa.select(run_table).order_by(run_table.c.id)).mappings())
    store.close()
    return found


def states(home: Path) -> list[str]:
    return [run["state"].value for run in runs(home)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    drop_roster(tmp_path / "home")
    return tmp_path / "home"


def test_two_schedules_started_at_once_read_a_slot_once(home: Path) -> None:
    with schedules(home, 2) as both:
        until(lambda: "accepted" in states(home))
        for one in both:
            one.send_signal(signal.SIGTERM)
        told = [one.communicate(timeout=60)[1] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert states(home) == ["accepted"]
    events = [json.loads(line)["event"] for text in told for line in text.splitlines()]
    assert events.count("schedule_stopped") == 2


def test_a_stop_ends_what_takes_too_long_and_the_next_start_recovers(home: Path) -> None:
    drop_roster(home, 6_000)
    with schedules(home, GOODSTANDING_STOP_SECONDS="0") as [one]:
        until(lambda: "running" in states(home))
        one.send_signal(signal.SIGTERM)
        one.communicate(timeout=60)
    assert "accepted" not in states(home)
    drop_roster(home)
    done = call(home, "refresh", ROSTER)
    assert done.returncode == 0 and states(home) == ["failed", "accepted"]


def test_a_killed_run_is_taken_over_by_the_schedule(home: Path) -> None:
    drop_roster(home, 6_000)
    with schedules(home):
        until(lambda: "running" in states(home))
        drop_roster(home)
        [pid] = children_of(os.getpid(), ROSTER)
        os.kill(pid, signal.SIGKILL)
        until(lambda: "accepted" in states(home), 120)
    assert [(run["state"].value, run["attempt"]) for run in runs(home)] == [
        ("failed", 1),
        ("accepted", 2),
    ]


def children_of(mine: int, word: str) -> list[int]:
    """Processes below ours with this word in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if word.encode() in words and b"--slot" in words and mine in ancestors(int(path.name)):
            found.append(int(path.name))
    return found


def ancestors(pid: int) -> Iterator[int]:
    while pid > 1:
        stat = Path(f"/proc/{pid}/stat").read_text()
        pid = int(stat.rpartition(")")[2].split()[1])
        yield pid


def test_cron_reads_what_is_owed_and_nothing_twice(home: Path) -> None:
    first = call(home, "refresh", "--due")
    assert (first.returncode, states(home)) == (0, ["accepted"]), first.stderr
    assert call(home, "refresh", "--due").returncode == 0
    assert states(home) == ["accepted"]


def test_cron_hears_of_a_held_night(home: Path) -> None:
    [roster] = (home / "inbox" / ROSTER).iterdir()
    roster.write_text("nothing,that,we,know\n1,2,3,4\n")
    assert call(home, "refresh", "--due").returncode == 3
    assert states(home) == ["held"]


def test_a_held_night_reaches_the_operator_signed(home: Path) -> None:
    [roster] = (home / "inbox" / ROSTER).iterdir()
    roster.write_text("nothing,that,we,know\n1,2,3,4\n")
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    with receiver(says(204)) as there:
        told = {
            "GOODSTANDING_ALERT_WEBHOOK": there.url,
            "GOODSTANDING_ALERT_WEBHOOK_SECRET": secret,
            "GOODSTANDING_WEBHOOK_ALLOW": "127.0.0.0/8",
        }
        call(home, "refresh", "--due", **told)
        assert call(home, "alerts", "test", **told).returncode == 0
    kinds = [json.loads(body)["type"] for _, body in there.got]
    assert kinds == ["register.held", "test"]
    assert all(headers["webhook-signature"].startswith("v1,") for headers, _ in there.got)
    listed = call(home, "alerts", "--json").stdout
    assert [one["state"] for one in json.loads(listed)["alerts"]] == ["sent", "sent"]
    assert "register.held" in call(home, "alerts").stdout


def test_without_receivers_a_test_says_so(home: Path) -> None:
    done = call(home, "alerts", "test")
    assert done.returncode == 1 and "No alerts are set up" in done.stderr


def test_due_names_nothing_else(home: Path) -> None:
    assert call(home, "refresh", ROSTER, "--due").returncode == 2


def test_a_run_may_not_have_more_memory_than_its_bound() -> None:
    code = (
        "from config.settings import Settings; from service.child import bound; "
        "bound(Settings(run_mib=512)); bytearray(600 * 2**20)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 1 and "MemoryError" in done.stderr


def test_up_serves_and_reads_and_stops(home: Path) -> None:
    with subprocess.Popen(
        command("up", "--port", "0"), env=world(home), cwd=ROOT, text=True,
        stderr=subprocess.PIPE,
    ) as both:  # fmt: skip
        until(lambda: "accepted" in states(home))
        both.send_signal(signal.SIGTERM)
        said = both.communicate(timeout=60)[1]
    assert both.returncode in (0, -signal.SIGTERM), said
    assert re.search('"event": "schedule_stopped"', said)
