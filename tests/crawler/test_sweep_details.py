"""Detail pages that fail, lie or belong to somebody else: nobody is confirmed by them."""

import json
from typing import Any

import pytest

from config.vocabulary import AUTHORISED, RunState
from crawler.standin import Reply, Request
from data.staging import bucket_of
from tests.crawler.drive import Crawl, is_detail, is_list
from tests.crawler.test_sweep import LISTED, current, details, edit
from tests.crawler.test_sweep_faults import body, held

BROKEN = Reply(200, b"<html><title>Oops</title></html>", "text/html")


def of(key: str) -> Any:
    return lambda request: is_detail(request) and request.query["id"] == key


def key_of(crawl: Crawl, position: int = 3) -> str:
    return str(crawl.standin.people[current(crawl, position)[0]]["profileId"])


def test_a_new_person_without_a_detail_page_is_withheld(crawl: Crawl) -> None:
    key = key_of(crawl)
    crawl.tamper(of(key), lambda _: BROKEN)
    run = crawl.good_night()
    assert crawl.live(key)["doubts"] == "detail_unread"
    assert crawl.live(key)["status"] not in AUTHORISED
    assert crawl.issues(run["id"])["detail_unread"] == "warn"


def test_a_changed_person_without_a_detail_page_keeps_facts_and_is_withheld(crawl: Crawl) -> None:
    crawl.good_night()
    key = key_of(crawl)
    edit(crawl, current(crawl, 3)[0], city="Elsewhere")
    crawl.tamper(of(key), lambda _: BROKEN)
    crawl.good_night()
    assert crawl.live(key)["doubts"] == "detail_unread"
    assert crawl.live(key)["status"] in AUTHORISED


def test_a_suspended_person_without_a_detail_page_is_not_authorised(crawl: Crawl) -> None:
    crawl.good_night()
    key = key_of(crawl)
    edit(crawl, current(crawl, 3)[0], registrationStatus="Suspended", authorizedToPractice=False)
    crawl.tamper(of(key), lambda _: BROKEN)
    crawl.good_night()
    assert crawl.live(key)["status"] == "suspended"


def test_the_withheld_are_read_again_and_released(crawl: Crawl) -> None:
    key = key_of(crawl)
    crawl.tamper(of(key), lambda _: BROKEN)
    crawl.good_night()
    crawl.standin.tamper = None
    crawl.good_night()
    assert (crawl.live(key)["doubts"], crawl.live(key)["status"]) == ("", "authorised")


def rotation_fails(crawl: Crawl, reply: Reply | None) -> str:
    """A night on which somebody unchanged is due and their page fails; their key."""
    crawl.good_night()
    due = crawl.sweep.staging.due_buckets(crawl.clock())
    key = next(row["key"] for row in crawl.rows("registration") if row["bucket"] in due)
    crawl.tamper(of(key), lambda _: reply)
    crawl.good_night()
    return str(key)


def test_a_rotation_page_that_does_not_come_changes_nothing(crawl: Crawl) -> None:
    key = rotation_fails(crawl, None)
    assert (crawl.live(key)["doubts"], crawl.rows("run")[-1]["written"]) == ("", 0)
    stamps = {row["bucket"]: row["checked_at"] for row in crawl.rows("rotation")}
    assert stamps[bucket_of(key)] < crawl.clock()


def test_a_rotation_page_that_is_wrong_withholds(crawl: Crawl) -> None:
    assert crawl.live(rotation_fails(crawl, BROKEN))["doubts"] == "detail_unread"


@pytest.mark.parametrize("reply", [None, BROKEN], ids=["silence", "nonsense"])
def test_ten_failing_pages_in_a_row_stop(crawl: Crawl, reply: Reply | None) -> None:
    crawl.good_night()
    crawl.tamper(is_detail, lambda _: reply)
    assert crawl.night(full=True)["state"] is RunState.HELD
    assert len(details(crawl)) == 10


def test_nine_in_a_row_do_not(crawl: Crawl) -> None:
    crawl.good_night()
    left = iter(range(9))
    crawl.tamper(is_detail, lambda reply: reply if next(left, None) is None else None)
    assert crawl.good_night(full=True)["details"] == LISTED - 9


def test_the_page_of_another_person_is_not_believed(crawl: Crawl) -> None:
    key, other = key_of(crawl, 3), key_of(crawl, 4)
    query = {"id": other}
    page = crawl.standin._honest(Request(0.0, "GET", "/rest/public/profile/get/", query, {}))
    crawl.tamper(of(key), lambda _: page)
    crawl.good_night()
    assert crawl.live(key)["doubts"] == "detail_unread"
    assert not crawl.live(other)["doubts"]


@pytest.mark.parametrize(
    "lie",
    [
        {"registrationStatus": "Suspended", "authorizedToPractice": False},
        {"authorizedToPractice": False, "registrationCategory": "Inactive Certificate"},
        {"lastName": "Somebody"},
        {"registrationStatus": "Dormant"},
    ],
    ids=repr,
)
def test_a_detail_page_that_contradicts_its_list_withholds(
    crawl: Crawl, lie: dict[str, Any]
) -> None:
    key = key_of(crawl)
    crawl.tamper(of(key), body(lambda said: said.update(lie)))
    run = crawl.good_night()
    assert "list_detail_conflict" in crawl.live(key)["doubts"]
    assert crawl.issues(run["id"])["withheld"] == "withhold"


def test_a_notice_only_the_list_shows_withholds(crawl: Crawl) -> None:
    key = key_of(crawl)

    def post(said: dict[str, Any]) -> None:
        for row in said["result"]:
            if row["profileId"] == key:
                row["publicNotices"] = [{"name": "Interim order"}]

    crawl.tamper(is_list, body(post))
    crawl.good_night()
    assert crawl.live(key)["doubts"] == "list_detail_conflict"


def test_a_notice_is_live_the_next_night(crawl: Crawl) -> None:
    crawl.good_night()
    [which] = current(crawl, 3)
    key = edit(crawl, which, publicNotices=[{"name": "Caution"}], hasPublicNotices=True)
    run = crawl.good_night()
    assert crawl.live(key)["status"] == "authorised_notice"
    assert crawl.told(run["id"]) == [(key, "notice"), (key, "status")]


def test_a_limit_inside_a_workplace_is_read_within_a_week(crawl: Crawl) -> None:
    crawl.good_night()
    person = crawl.standin.people[current(crawl, 3)[0]]
    person["placesOfPractice"] = [{"practiceLimitations": ["No minors"]}]
    for _ in range(7):
        crawl.good_night()
    assert crawl.live(person["profileId"])["status"] == "authorised_conditions"


def test_too_many_contradictions_hold(crawl: Crawl) -> None:
    crawl.good_night()
    crawl.tamper(is_detail, body(lambda said: said.update(lastName="Somebody")))
    held(crawl, "withheld")


def test_a_detail_wall_in_mid_sweep_publishes_nothing(crawl: Crawl) -> None:
    crawl.good_night()
    edit(crawl, current(crawl, 3)[0], city="Elsewhere")
    crawl.tamper(is_detail, lambda _: Reply(200, json.dumps({}).encode()))
    run = crawl.night(full=True)
    assert run["state"] is RunState.HELD and crawl.issues(run["id"])["unreadable"] == "hold"


def test_conditions_are_counted_of_those_whose_pages_are_read(crawl: Crawl) -> None:
    """So that a field that falls silent is noticed in the first night, not lost in seven."""
    crawl.good_night()
    everybody = crawl.sweep.night.alerted_still
    live = [row["status"] for row in crawl.rows("registration")]
    assert everybody == sum(status.startswith("authorised_") for status in live) > 0
    crawl.good_night()
    assert 0 < (crawl.sweep.night.alerted_still or 0) <= everybody
