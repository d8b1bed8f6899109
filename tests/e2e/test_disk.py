"""A store that is full, locked or read-only: reads go on, and the next night mends it."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest

from config.jurisdiction import Coverage
from config.register import Catalogue
from config.settings import Settings
from config.vocabulary import Verdict
from crawler.standin import Reply, Request, Standin
from data.store import Store
from service.answer import Query
from service.desk import Desk
from service.verify import verify
from tests.e2e.cli import PEOPLE, REGISTER, Done, Home, lasting, until
from tests.e2e.test_killed import NEXT, after, assert_mended, assert_whole

__all__ = ["after"]
KEPT = "What was published before is untouched"


def staged(home: Home) -> int:
    with closing(sqlite3.connect(home.path / "goodstanding.db")) as db:
        [[count]] = db.execute("SELECT count(*) FROM staged").fetchall()
    return int(count)


def assert_said(done: Done, *words: str) -> None:
    """Trouble with the store, its cause, what was kept and what to do."""
    assert (done.code, done.out) == (4, ""), done.out + done.err
    assert all(word in done.err for word in (KEPT, *words)), done.err


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("evidence", ("File too large", "Free some disk space")),
        ("staging", ("I/O error", "goodstanding doctor")),
        ("promoting", ("I/O error", "goodstanding doctor")),
    ],
)
def test_a_disk_that_fills_up(
    moment: str, words: tuple[str, ...], home: Home, before: str, after: tuple[str, int]
) -> None:
    """The system refuses to write on: as a full disk does, but that SQLite calls it otherwise."""
    with Standin(NEXT) as site:
        assert_said(home.refresh(site.url, ILL=f"full_disk:{moment}"), *words)
    assert home.export() == before and (staged(home) > 0) is (moment == "promoting")
    assert_whole(home, before, after[0])
    assert_mended(home, after[0])
    assert staged(home) == 0


def test_a_disk_that_is_full_from_the_beginning(fresh: Home, after: tuple[str, int]) -> None:
    assert fresh.run("runs").code == 0  # the tables are made
    with Standin(NEXT) as site:
        assert_said(fresh.refresh(site.url, ILL="full_store:8"), "is full", "Free some disk space")
    assert fresh.export() == "" and fresh.verdict() == "cannot_confirm"
    assert_mended(fresh, after[0])


@contextmanager
def writing(home: Home) -> Iterator[sqlite3.Connection]:
    """Another process that writes to the store, and does not end."""
    path = home.path / "goodstanding.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield db


def test_a_locked_store_is_told_and_answered_from(
    home: Home, before: str, after: tuple[str, int]
) -> None:
    with Standin(NEXT) as site, writing(home):
        assert_said(home.refresh(site.url, ILL="hasty_store:1"), "locked", "Another process")
        assert site.requests == [] and home.verdict() == "confirmed"
        assert home.export() == before
    assert_mended(home, after[0])


def test_a_publication_waits_for_its_turn(home: Home, after: tuple[str, int]) -> None:
    """Somebody writes when the last answer has come, and ends a while later."""
    expected, usual = after
    with writing(home) as db:
        db.execute("ROLLBACK")
        timer = threading.Timer(1, db.execute, ["ROLLBACK"])

        def lock(_: Request, honest: Reply) -> Reply:
            if len(site.requests) == usual:
                db.execute("BEGIN IMMEDIATE")
                timer.start()
            return honest

        with Standin(NEXT, lock) as site:
            home.accept(site.url)
        timer.join()
    assert lasting(home.export(), "last_changed") == lasting(expected, "last_changed")


def test_a_store_locked_too_long_at_publication(
    home: Home, before: str, after: tuple[str, int]
) -> None:
    expected, usual = after
    with writing(home) as db:
        db.execute("ROLLBACK")

        def lock(_: Request, honest: Reply) -> Reply:
            if len(site.requests) == usual:
                db.execute("BEGIN IMMEDIATE")
            return honest

        with Standin(NEXT, lock) as site:
            assert_said(home.refresh(site.url, ILL="hasty_store:1"), "locked", "Another process")
        assert home.export() == before and home.verdict() == "confirmed"
    assert_mended(home, expected)


def test_a_store_that_may_only_be_read(home: Home, before: str) -> None:
    url = f"sqlite:///file:{home.path}/goodstanding.db?mode=ro&uri=true"
    place = {"GOODSTANDING_DATABASE_URL": url}
    with Standin(PEOPLE) as site:
        assert_said(home.refresh(site.url, **place), "readonly")
        assert site.requests == []
        assert home.run("export", **place).out == before and home.verdict() == "confirmed"
        home.accept(site.url)


def test_look_ups_go_on_while_a_night_goes_live(home: Home, after: tuple[str, int]) -> None:
    """Promise K6: no error, and each answer of one day only, the old or the new."""
    settings = Settings(home=home.path, enable=REGISTER)
    desk = Desk(Store.of(settings), Catalogue(enable=REGISTER), Coverage(), settings)
    over, answers = threading.Event(), list[tuple[Verdict, str]]()

    def ask() -> None:
        while not over.is_set():
            for person in PEOPLE[:12]:
                name = f"{person['firstName']} {person['lastName']}"
                asked = Query(number=person["registrationNumber"], name=name)
                answer = verify(desk, asked, datetime.now(UTC))
                answers.append((answer.verdict, str(answer.matches[0].last_checked)))

    asking = threading.Thread(target=ask)
    asking.start()
    with Standin(NEXT) as site:
        home.accept(site.url)
    until(lambda: len({when for _, when in answers}) == 2)
    over.set()
    asking.join()
    assert len(answers) > 100
    assert lasting(home.export(), "last_changed") == lasting(after[0], "last_changed")
    desk.store.close()
