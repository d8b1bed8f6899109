"""The operator proves what was published: evidence, replay, the hash chain, erasures."""

import json
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.jurisdiction import Coverage
from config.register import Catalogue
from config.settings import Settings
from crawler.invented import changed
from crawler.replay import read_again
from crawler.standin import Standin
from data import warc
from data.evidence import find
from data.lookup import Registered
from data.store import Store
from service.answer import Query
from service.candidates import Finder, Found
from service.desk import Desk
from service.verify import judged, question
from tests.e2e.cli import FIRST, PEOPLE, REGISTER, Home, Stem, lasting, until

SECOND = changed(PEOPLE, 0.2, seed=11)
GONE = FIRST
ERASE = ("erase", GONE["profileId"], "--why", "A request.", "--register", REGISTER)
PRUNE = ("evidence", "prune", "--days", "1")


@pytest.fixture(scope="session")
def two_nights(settled: Home, stem: Stem, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after two accepted nights, in the second of which a fifth of them changed."""
    path = tmp_path_factory.mktemp("two_nights") / "home"
    shutil.copytree(settled.path, path)
    home = Home(path, stem)
    with Standin(SECOND) as site:
        home.accept(site.url)
    return home


@pytest.fixture
def kept(two_nights: Home, stem: Stem, tmp_path: Path) -> Home:
    """The same, to be used up."""
    shutil.copytree(two_nights.path, tmp_path / "home")
    return Home(tmp_path / "home", stem)


@pytest.fixture(scope="session")
def desk(two_nights: Home) -> Iterator[Desk]:
    settings = Settings(home=two_nights.path, enable=REGISTER)
    store = Store.of(settings)
    yield Desk(store, Catalogue(enable=REGISTER), Coverage(), settings)
    store.close()


def rederived(desk: Desk, live: Registered) -> Registered:
    """The registration with its facts read anew from the raw answer they rest on."""
    exhibit = find(desk.store, live.evidence_id or "")
    assert exhibit is not None
    records = read_again(desk.catalogue.get(REGISTER), exhibit)
    [record] = [one for one, whole in records if whole and one.key == live.record.key]
    return live._replace(told=record, doubts=record.doubts)


def test_every_verdict_follows_from_the_raw_answers(desk: Desk) -> None:
    """Promise E2, over everybody: conditions, suspensions and resignations among them."""
    now, verdicts = datetime.now(UTC), set()
    for person in SECOND:
        name = f"{person['firstName']} {person['lastName']}"
        asked = question(desk, Query(number=person["registrationNumber"], name=name))
        with desk.store.look() as look:
            conditions = desk.conditions(look, now)
            finder = Finder(desk, look, conditions, asked)
            given = finder.find()
            again = [finder.candidate(rederived(desk, one.registered)) for one in given.candidates]
        assert given.candidates
        verdict = judged(given, conditions, asked, now)
        anew = judged(Found(again, given.searched), conditions, asked, now)
        assert (anew.verdict, anew.reasons) == (verdict.verdict, verdict.reasons)
        verdicts.add(verdict.verdict)
    assert len(SECOND) >= 50 and len(verdicts) >= 3


def test_an_answer_is_printed_and_read_again(two_nights: Home) -> None:
    id_ = two_nights.person(GONE["profileId"])["evidence_id"]
    told = two_nights.run("evidence", id_, "--json").json
    [one] = [one for one in told["people"] if one["key"] == GONE["profileId"]]
    assert (told["id"], told["register"], told["trouble"]) == (id_, REGISTER, "")
    assert one["live"] and one["differs"] == []
    printed = two_nights.run("evidence", id_)
    assert printed.code == 0 and GONE["lastName"] in printed.out


def test_an_answer_that_is_not_kept_is_said_to_be_so(two_nights: Home) -> None:
    done = two_nights.run("evidence", "0" * 64)
    assert done.code == 1 and "There is no evidence" in done.err


def test_pruning_keeps_what_anything_rests_on(kept: Home) -> None:
    before = kept.export()
    done = kept.run(*PRUNE, "--json")
    assert (done.code, done.json["damaged"]) == (0, [])
    assert kept.export() == before
    assert kept.run("audit-log", "verify").code == 0
    assert kept.run("replay", "2").code == 0


def test_both_runs_are_derived_again_as_published(two_nights: Home) -> None:
    for run in ("1", "2"):
        done = two_nights.run("replay", run, "--json")
        assert done.code == 0 and done.json["faithful"], done.out + done.err
    assert two_nights.run("replay", "99").code == 2


def test_a_fact_altered_in_the_store_is_found_twice(kept: Home) -> None:
    with closing(sqlite3.connect(kept.path / "goodstanding.db")) as db:
        spoilt = "UPDATE version SET facts = replace(facts, 'General', 'Generel') WHERE id = 7"
        assert db.execute(spoilt).rowcount == 1
        db.commit()
    log = kept.run("audit-log", "verify")
    assert log.code == 4 and "version 7" in log.out and "Nothing was changed" in log.err
    replayed = [kept.run("replay", run).code for run in ("1", "2")]
    assert 1 in replayed


def test_a_head_published_elsewhere_finds_a_cut_end(kept: Home) -> None:
    head = kept.run("audit-log", "head", "--json").json["head"]
    assert kept.run("audit-log", "verify", "--head", head).code == 0
    with closing(sqlite3.connect(kept.path / "goodstanding.db")) as db:
        db.execute("DELETE FROM chain WHERE id = (SELECT max(id) FROM chain)")
        db.commit()
    assert kept.run("audit-log", "verify", "--head", head).code == 4


def test_a_truncated_evidence_file_is_told_and_the_next_night_reads_on(kept: Home) -> None:
    before = kept.export()
    [path] = (kept.path / "evidence" / REGISTER).glob("run-1.*")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    log = kept.run("audit-log", "verify")
    assert log.code == 4 and path.name in log.out
    lost = [one["evidence_id"] for one in map(json.loads, before.splitlines())]
    told = [kept.run("evidence", id_) for id_ in lost[:20]]
    assert {one.code for one in told} == {0, 4}
    assert all("does not hold what was stored there" in one.err for one in told if one.code)
    assert kept.export() == before and kept.verdict(SECOND[1]) == "confirmed"
    with Standin(SECOND) as site:
        kept.accept(site.url)
    assert lasting(kept.export()) == lasting(before)


def assert_forgotten(home: Home) -> None:
    """Nothing under the home names the person any more, and the chain still holds."""
    marks = [GONE["profileId"].encode(), GONE["registrationNumber"].encode()]
    for path in home.path.rglob("*"):
        if path.is_file() and path.suffixes[-2:] != [".warc", ".gz"]:
            assert not any(mark in path.read_bytes() for mark in marks), path
    for path in home.path.rglob("*.warc.gz"):
        for answer in warc.walk(path):
            text = f"{answer.said}".encode() + (answer.body or b"")
            assert not any(mark in text for mark in marks), path
    assert home.run("audit-log", "verify").code == 0
    assert home.verdict(GONE) == "not_found"


def test_erasing_somebody_leaves_no_trace(kept: Home) -> None:
    others = [one for one in kept.export().splitlines() if GONE["profileId"] not in one]
    assert kept.run(*ERASE).code == 0
    assert kept.export().splitlines() == others
    assert_forgotten(kept)
    assert kept.run(*ERASE).code == 2  # nobody of that key is left


def killed(home: Home, pause: float, *command: str) -> int:
    """Run a command that dies so many seconds after it began, or was faster; its exit code."""
    pid = home.path.with_name(f"{home.path.name}.pid")
    pid.unlink(missing_ok=True)

    def kill() -> None:
        until(lambda: pid.exists() and pid.read_text())
        time.sleep(pause)
        home.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    code = home.run(*command).code
    killer.join()
    return code


@pytest.mark.parametrize("pause", [0.03, 0.08, 0.13, 0.18, 0.25])
def test_an_erasure_that_was_killed_is_finished_by_the_next(kept: Home, pause: float) -> None:
    assert killed(kept, pause, *ERASE) in (-9, 0)
    with closing(sqlite3.connect(kept.path / "goodstanding.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert kept.run(*ERASE).code in (0, 2)
    assert_forgotten(kept)


@pytest.mark.parametrize("pause", [0.03, 0.08, 0.15])
def test_pruning_that_was_killed_loses_nothing(kept: Home, pause: float) -> None:
    before = kept.export()
    assert killed(kept, pause, *PRUNE) in (-9, 0) and kept.export() == before
    assert kept.run(*PRUNE).code == 0
    assert kept.run("audit-log", "verify").code == 0
    assert kept.run("replay", "2").code == 0
