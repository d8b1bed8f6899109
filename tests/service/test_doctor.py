"""Each usual misconfiguration is found, and its remedy is said."""

import base64
import os
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from config.register import Register
from config.settings import Settings
from data.outbox import News, address, bury, claim, post
from data.slots import beat
from data.store import Store
from service import doctor
from service.doctor import examine
from service.outgoing import Wire, networks
from tests.conftest import Clock
from tests.service.conftest import fill

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
Told = Callable[..., str]


@pytest.fixture
def told(settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Told:
    """What the doctor says under these settings, at the frozen time."""
    monkeypatch.setenv("GOODSTANDING_HOME", str(settings.home))
    monkeypatch.setenv("GOODSTANDING_ENABLE", settings.enable)

    def say(**variables: str) -> str:
        for name, value in variables.items():
            monkeypatch.setenv(f"GOODSTANDING_{name}", value)
        wire = Wire(networks(""), lambda *_: ["93.184.215.14"])
        return "\n".join(f"{one['level']} {one['text']}" for one in examine(clock(), wire))

    return say


def test_a_new_home(told: Told) -> None:
    said = told()
    for words in ("CONTACT is not set", "Nobody is told", "No schedule", "us_la_bmt is empty"):
        assert words in said
    assert "error" not in said


def test_a_misspelt_setting_is_named(told: Told) -> None:
    assert "GOODSTANDING_CONTCAT is not a setting" in told(CONTCAT="x")


def test_a_wrong_setting_is_an_error(told: Told) -> None:
    assert "error The settings cannot be used" in told(RATE_LIMIT="many")


def test_an_unwritable_home(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    assert "cannot be written to" in told()


def test_a_full_disk(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    full = type("Usage", (), {"free": 2**20})
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: full)
    assert "Less than 500 MiB" in told()


def test_a_clock_that_went_back(
    told: Told, home: Settings, ontario: Register, clock: Clock
) -> None:
    fill(home, ontario, clock)
    assert "The clock says" not in told()
    clock.forward(days=-2)
    assert "error The clock says" in told()


def test_a_schedule_that_stopped(told: Told, home: Settings, clock: Clock) -> None:
    store = Store.of(home)
    with store.begin() as db:
        beat(db, "me", clock(), timedelta(minutes=5))
    store.close()
    assert "No schedule" not in told()
    clock.forward(minutes=6)
    assert "No schedule has been running since 2026-06-20 12:00" in told()


def test_a_stale_and_late_register(
    told: Told, home: Settings, ontario: Register, clock: Clock
) -> None:
    fill(home, ontario, clock)
    assert "ca_on_cmto is" not in told()
    clock.forward(days=3)
    said = told()
    assert "ca_on_cmto is stale" in said and "ca_on_cmto was not read for 2026-06-24" in said


def test_an_inbox_without_a_recent_file(told: Told, home: Settings, clock: Clock) -> None:
    folder = home.inbox / "us_la_bmt"
    folder.mkdir(parents=True)
    path = folder / "us_la_bmt-2026-06-20.csv"
    path.touch()
    for days, found in ((1, False), (8, True)):
        at = (clock() - timedelta(days=days)).timestamp()
        os.utime(path, (at, at))
        assert ("no new file for a week" in told()) is found


@pytest.mark.parametrize("url", ["https://10.0.0.1/x", "http://93.184.215.14/", "nonsense"])
def test_a_webhook_that_would_be_refused(told: Told, url: str) -> None:
    wire = Wire()
    found = doctor._address("GOODSTANDING_ALERT_WEBHOOK", url, wire)
    assert [one["level"] for one in found] == ["error"]
    assert "No webhook can be sent" in told(ALERT_WEBHOOK="https://hooks.example.org/")
    assert "No webhook" not in told(ALERT_WEBHOOK_SECRET=SECRET)


def test_a_mail_server_that_is_not_there(told: Told) -> None:
    where = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": "1", "ALERT_EMAIL": "a@example.org"}
    assert "ConnectionRefusedError" in told(**where)


def test_a_database_that_is_not_one(told: Told, home: Settings) -> None:
    (home.home / "goodstanding.db").write_bytes(b"not a database" * 100)
    assert "goodstanding restore" in told()


def test_a_database_without_wal_and_behind(home: Settings) -> None:
    with sqlite3.connect(home.home / "goodstanding.db") as database:
        database.execute("PRAGMA journal_mode=delete")
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    database.close()
    said = list(doctor._before_opening(home))
    assert "not in WAL mode" in said[0]["text"] and "stands at step 0000" in said[1]["text"]


def test_a_network_file_system_is_recognised(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/sda1 / ext4 rw 0 0\nserver:/x /srv/x nfs4 rw 0 0\n")
    assert doctor._filesystem(Path("/srv/x/home"), mounts) == "nfs4"
    assert doctor._filesystem(Path("/srv/xy"), mounts) == "ext4"
    assert doctor._filesystem(Path("/x"), tmp_path / "nowhere") == ""


def test_evidence_that_is_cut_off(
    told: Told, home: Settings, ontario: Register, clock: Clock
) -> None:
    fill(home, ontario, clock)
    assert "evidence files" not in told()
    [path] = (home.evidence / "ca_on_cmto").iterdir()
    path.write_bytes(path.read_bytes()[:-5])
    assert "error 1 evidence files are missing or cut off" in told()


def test_alerts_that_were_given_up(told: Told, home: Settings, clock: Clock) -> None:
    store, now = Store.of(home), clock()
    with store.begin() as db:
        post(db, News("x", "register.held", {}), now)
        address(db, "operator", [("webhook", "operator")], now)
        [parcel] = claim(db, now)
        bury(db, parcel, "gone", now)
    store.close()
    assert "1 alerts were given up" in told()


def test_nothing_to_mend(
    told: Told, home: Settings, ontario: Register, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything in order but what only a real night can bring."""
    fill(home, ontario, clock)
    store = Store.of(home)
    with store.begin() as db:
        beat(db, "me", clock(), timedelta(minutes=5))
    store.close()
    monkeypatch.setattr(doctor, "_inboxes", lambda *_: iter(()))
    said = told(CONTACT="me@example.org", PING_URL="https://ping.example.org/x")
    left = [line for line in said.splitlines() if " is never: " not in line]
    assert left == []
