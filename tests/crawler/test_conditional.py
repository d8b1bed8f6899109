"""A "not modified" stands for the answer we keep, at the age its server vouches for."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.ask import Answer, Ask
from crawler.conditional import Conditional, mark_of
from crawler.reading import age_of
from data.evidence import Archive
from data.run import lease
from data.staging import Staging
from data.store import Store
from tests.conftest import Clock

ASK = Ask("http://host/list", "list")
MARKS = {"etag": '"v1"', "last-modified": "Fri, 20 Nov 2026 05:00:00 GMT", "age": "30"}


def keep(store: Store, clock: Clock, headers: Mapping[str, str], ask: Ask = ASK) -> Answer:
    answer = Answer(ask, ask.url, 200, headers, b"the list", clock())
    with lease(store, "ca_on_cmto", "host", clock()) as run_id:
        archive = Archive(store.evidence, "ca_on_cmto", run_id)
        row = archive.keep(answer.url, 200, headers, answer.body, answer.at, asked=ask.labels)
        archive.close()
        staging = Staging(store, "ca_on_cmto", run_id, clock)
        staging.keep(row, mark_of(ask, answer, row["id"]))
        staging.flush()
    return answer


def test_an_answer_is_asked_for_by_its_marks(store: Store, clock: Clock) -> None:
    keep(store, clock, MARKS)
    asked = Conditional(store, "ca_on_cmto").headers(ASK)
    assert asked == {"If-None-Match": '"v1"', "If-Modified-Since": MARKS["last-modified"]}


def test_not_modified_is_an_answer_of_this_moment(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    keep(store, clock, MARKS)
    at = clock.forward(days=1)
    taken = Conditional(store, "ca_on_cmto").answer(ASK, {"age": "60"}, at, tmp_path / "large")
    assert taken and (taken.status, taken.body, taken.at) == (200, b"the list", at)
    assert taken.headers["last-modified"] == MARKS["last-modified"]
    assert age_of(taken.headers) == timedelta(seconds=60)  # the new copy's age, not the old one's


def test_an_answer_is_taken_once(store: Store, clock: Clock, tmp_path: Path) -> None:
    keep(store, clock, MARKS)
    known = Conditional(store, "ca_on_cmto")
    assert known.answer(ASK, {}, clock(), tmp_path / "large")
    assert known.answer(ASK, {}, clock(), tmp_path / "large") is None
    assert known.headers(ASK) == {}


@pytest.mark.parametrize(
    ("ask", "headers"),
    [
        (ASK, {}),
        (ASK, {"etag": "x" * 999}),
        (Ask("http://host/list", "list", bust="_"), MARKS),
        (Ask("http://host/list", "list", method="POST"), MARKS),
        (Ask("inbox:x", "file"), MARKS),
    ],
)
def test_what_is_never_asked_by_marks(
    store: Store, clock: Clock, ask: Ask, headers: Mapping[str, str]
) -> None:
    keep(store, clock, headers, ask)
    assert Conditional(store, "ca_on_cmto").headers(ask) == {}


def test_the_latest_marks_count(store: Store, clock: Clock) -> None:
    keep(store, clock, MARKS)
    keep(store, clock, {"etag": '"v2"'})
    assert Conditional(store, "ca_on_cmto").headers(ASK) == {"If-None-Match": '"v2"'}


def test_without_the_kept_answer_all_of_it_is_asked_for(store: Store, clock: Clock) -> None:
    keep(store, clock, MARKS)
    for path in store.evidence.rglob("*.gz"):
        path.unlink()
    assert Conditional(store, "ca_on_cmto").headers(ASK) == {}
