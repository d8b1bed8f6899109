"""Every published fact can be read again from the evidence, offline, and changed readers show."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from config.register import Register
from config.vocabulary import Status
from crawler import refresh
from crawler.invented import changed, invent
from crawler.replay import NoReplay, beside_live, read_again, replay
from crawler.standin import Standin
from data.chaincheck import verify
from data.evidence import Gone, find
from data.retention import prune
from data.store import Store
from tests.conftest import Clock
from tests.crawler.drive import Crawl

PEOPLE = invent(60, numbers=True)


@pytest.fixture
def crawl(sqlite_store: Store, ontario: Register, clock: Clock) -> Iterator[Crawl]:
    """Two nights, in the second of which a tenth changed."""
    made = Crawl(sqlite_store, ontario, clock, Standin(PEOPLE))
    made.good_night()
    made.standin.people = changed(PEOPLE, 0.1, 3)
    made.good_night()
    return made


def file_of(crawl: Crawl, run_id: int) -> Path:
    [path] = (crawl.store.evidence / crawl.register.id).glob(f"run-{run_id}.*")
    return path


@pytest.mark.parametrize("run_id", [1, 2])
def test_a_run_comes_out_again(crawl: Crawl, run_id: int) -> None:
    told = replay(crawl.store, crawl.register, run_id)
    mine = [row for row in crawl.rows("version") if row["run_id"] == run_id]
    assert told.faithful and told.read >= len(mine) and told.same == told.read


def test_every_standing_is_read_again_from_its_one_page(crawl: Crawl) -> None:
    """Promise E2: what a verdict rests on, person by person."""
    rows = [row for row in crawl.rows("version") if row["seen_until"] is None]
    assert len(rows) >= 50
    for row in rows:
        exhibit = find(crawl.store, row["evidence_id"])
        assert exhibit
        [(record, whole)] = read_again(crawl.register, exhibit)
        assert whole and record.facts == row["facts"]


def test_other_words_read_otherwise(crawl: Crawl) -> None:
    words = {**crawl.register.status, "Current": Status.RESIGNED}
    other = crawl.register.model_copy(update={"status": words})
    told = replay(crawl.store, other, 1)
    assert not told.faithful and {one.fact for one in told.differs} >= {"status"}
    row = next(row for row in crawl.rows("version") if '"word":"Current"' in row["facts"])
    exhibit = find(crawl.store, row["evidence_id"])
    assert exhibit
    [(record, _)] = read_again(other, exhibit)
    assert {one.fact for one in beside_live(crawl.store, other, record) or []} >= {"status"}


def test_a_cut_file_is_told_and_nothing_breaks(crawl: Crawl) -> None:
    path = file_of(crawl, 1)
    path.write_bytes(path.read_bytes()[:-100])
    told = replay(crawl.store, crawl.register, 1)
    assert not told.faithful and "cannot be read beyond byte" in told.damage
    path.unlink()
    with pytest.raises(NoReplay, match="No answers of run 1"):
        replay(crawl.store, crawl.register, 1)


def test_a_repeat_is_kept_as_a_revisit_and_replayed(crawl: Crawl) -> None:
    from functools import partial

    from data import evidence, warc

    archive = evidence.Archive(
        crawl.store.evidence, crawl.register.id, 9, partial(evidence.first_kept, crawl.store)
    )
    body = next(warc.walk(file_of(crawl, 1))).body
    assert body
    row = archive.keep("http://127.0.0.1/", 200, {}, body, crawl.clock())
    archive.close()
    assert row["length"] < 700
    [kept] = warc.walk(file_of(crawl, 9))
    assert kept.body is None and kept.said.digest == row["id"]


def test_what_nothing_rests_on_is_pruned(crawl: Crawl) -> None:
    """All but what open versions rest on; the live run stays whole, and the chain holds."""
    now = crawl.clock.forward(days=100)
    before = crawl.clock() - timedelta(days=90)
    told = prune(crawl.store, crawl.register.id, before, now)
    assert told.dropped > 0 and verify(crawl.store) == []
    for row in crawl.rows("version"):
        if row["seen_until"] is None:
            assert find(crawl.store, row["evidence_id"])
        else:
            with pytest.raises(Gone):
                find(crawl.store, row["evidence_id"])
    assert replay(crawl.store, crawl.register, 2).faithful
    assert not replay(crawl.store, crawl.register, 1).faithful
    assert prune(crawl.store, crawl.register.id, before, now).dropped == 0


def test_what_is_young_stays(crawl: Crawl) -> None:
    before = crawl.clock() - timedelta(days=30)
    assert prune(crawl.store, crawl.register.id, before, crawl.clock()).dropped == 0


def test_a_damaged_file_is_left_alone(crawl: Crawl) -> None:
    path = file_of(crawl, 1)
    path.write_bytes(path.read_bytes()[:-100])
    honest = path.read_bytes()
    now = crawl.clock.forward(days=100)
    told = prune(crawl.store, crawl.register.id, now - timedelta(days=90), now)
    assert told.damaged and told.dropped == 0 and path.read_bytes() == honest


def test_a_pruned_answer_that_comes_again_is_kept_again(crawl: Crawl) -> None:
    old = next(row for row in crawl.rows("version") if row["seen_until"])
    now = crawl.clock.forward(days=100)
    prune(crawl.store, crawl.register.id, now - timedelta(days=90), now)
    crawl.standin.people = PEOPLE
    crawl.good_night()
    assert find(crawl.store, old["evidence_id"])


def test_a_night_stands_though_old_answers_cannot_be_taken_out(
    crawl: Crawl, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(refresh, "prune", full)
    refresh._prune(crawl.store, crawl.register.id, 90, crawl.clock())
    assert "No space left" in caplog.text and "evidence prune" in caplog.text
