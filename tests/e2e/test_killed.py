"""A refresh may die at any moment, or meet another one: what is live is a whole day, old or new."""

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from crawler.invented import changed
from crawler.standin import Reply, Request, Standin
from tests.e2e.cli import PATIENCE, PEOPLE, REGISTER, ROOT, Home, Stem, environment, lasting, until

NEXT = changed(PEOPLE, 0.1, seed=5)


@pytest.fixture(scope="session")
def after(settled: Home, stem: Stem, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, int]:
    """What an undisturbed second night publishes, and how many requests it takes."""
    path = tmp_path_factory.mktemp("after") / "home"
    shutil.copytree(settled.path, path)
    home = Home(path, stem)
    with Standin(NEXT) as site:
        home.accept(site.url)
    return home.export(), len(site.requests)


def said(export: str) -> list[dict[str, object]]:
    return lasting(export, "last_changed")


def assert_mended(home: Home, expected: str) -> None:
    """The next run needs no hand."""
    with Standin(NEXT) as site:
        home.accept(site.url)
    assert said(home.export()) == said(expected)
    states = [run["state"] for run in home.run("runs", "--json").json["runs"]]
    assert states[0] == "accepted" and "running" not in states


def assert_whole(home: Home, before: str, expected: str) -> None:
    """The store is intact, and answers from one day."""
    with closing(sqlite3.connect(home.path / "goodstanding.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    live = home.export()
    assert live == before or said(live) == said(expected)
    assert home.verdict() == "confirmed"


@pytest.mark.parametrize("share", [0, 0.3, 0.6, 0.9])
def test_killed_while_reading(
    share: float, home: Home, before: str, after: tuple[str, int]
) -> None:
    expected, usual = after

    def kill(_: Request, honest: Reply) -> Reply:
        if len(site.requests) > share * usual:
            home.kill()
        return honest

    with Standin(NEXT, kill) as site:
        assert home.refresh(site.url).code == -9
    assert home.export() == before
    assert_whole(home, before, expected)
    assert_mended(home, expected)


@pytest.mark.parametrize("pause", [0.002, 0.02, 0.04, 0.07, 0.12])
def test_killed_around_publication(
    pause: float, home: Home, before: str, after: tuple[str, int]
) -> None:
    expected, usual = after
    timer = threading.Timer(pause, home.kill)

    def kill(_: Request, honest: Reply) -> Reply:
        if len(site.requests) == usual:
            timer.start()
        return honest

    with Standin(NEXT, kill) as site:
        assert home.refresh(site.url).code in (-9, 0)
        timer.cancel()
    assert_whole(home, before, expected)
    assert_mended(home, expected)


def test_killed_in_the_first_night_of_all(fresh: Home, after: tuple[str, int]) -> None:
    def kill(_: Request, honest: Reply) -> Reply:
        if len(site.requests) == 40:
            fresh.kill()
        return honest

    with Standin(NEXT, kill) as site:
        assert fresh.refresh(site.url).code == -9
    assert fresh.export() == "" and fresh.verdict() == "cannot_confirm"
    assert_mended(fresh, after[0])


def test_a_killed_run_is_told(home: Home) -> None:
    def kill(_: Request, honest: Reply) -> Reply:
        home.kill()
        return honest

    with Standin(NEXT, kill) as site:
        home.refresh(site.url)
        site.tamper = None
        home.accept(site.url)
    _, killed, _ = home.run("runs", "--json").json["runs"]
    assert (killed["state"], [one["code"] for one in killed["issues"]]) == (
        "failed",
        ["interrupted"],
    )


@pytest.fixture
def slow() -> Iterator[tuple[Standin, threading.Event]]:
    """A register that answers nothing until it is told to."""
    go = threading.Event()

    def wait(_: Request, honest: Reply) -> Reply:
        go.wait(PATIENCE)
        return honest

    with Standin(PEOPLE, wait) as site:
        yield site, go
        go.set()


def test_two_at_once(home: Home, slow: tuple[Standin, threading.Event]) -> None:
    site, go = slow
    command = [sys.executable, "-m", "service", "refresh", REGISTER, "--url", site.url]
    with subprocess.Popen(
        [*command, "--delay", "0"],
        env=environment(home.path),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as first:
        until(lambda: site.requests)
        second = home.refresh(site.url)
        assert (second.code, second.out, len(site.requests)) == (3, "", 1)
        assert "Another process on this machine is reading ca_on_cmto" in second.err
        assert home.verdict() == "confirmed"
        go.set()
        out, err = first.communicate(timeout=PATIENCE)
    assert (first.returncode, err) == (0, "") and "ACCEPTED" in out
