"""A sweep reads everybody once, re-reads who changed, and takes its seventh of the rest."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from config.register import Pace
from config.vocabulary import RunState
from crawler.standin import STATUSES
from crawler.sweep import _SEARCH_MISSING
from data.staging import Staging, bucket_of
from tests.crawler.drive import Crawl, is_detail, is_list

LISTED = 103


def edit(crawl: Crawl, which: int, **said: Any) -> str:
    """Change a person at the register; their key."""
    crawl.standin.people[which] |= said
    crawl.standin.refresh()
    return str(crawl.standin.people[which]["profileId"])


def details(crawl: Crawl) -> list[str]:
    return [request.query["id"] for request in crawl.asked(is_detail)]


def current(crawl: Crawl, *positions: int) -> list[int]:
    """Positions of people who may practise and have no notices."""
    people = crawl.standin.people
    plain = [i for i, one in enumerate(people) if one["authorizedToPractice"]]
    plain = [i for i in plain if not one_notices(people[i])]
    return [plain[position] for position in positions]


def one_notices(one: dict[str, Any]) -> bool:
    return bool(one["publicNotices"] or one["hasPublicNotices"])


def test_the_first_night_reads_everybody(crawl: Crawl) -> None:
    run = crawl.good_night()
    assert (run["stated"], run["read"], run["new"], run["details"]) == (LISTED,) * 4
    assert {row["key"] for row in crawl.rows("registration")} == set(details(crawl))
    assert len({row["bucket"] for row in crawl.rows("rotation")}) == 7


def test_pages_follow_the_rows_received(crawl: Crawl) -> None:
    crawl.good_night()
    skips = [int(request.query["skip"]) for request in crawl.asked(is_list)]
    listed = sum(one["registrationStatus"] == "Current" for one in crawl.standin.people)
    assert skips == list(range(0, listed, 10))
    assert all(len(crawl.asked(lambda r, s=s: is_list(r, s))) >= 1 for s in STATUSES)


def test_a_quiet_night_reads_the_lists_and_a_seventh(crawl: Crawl) -> None:
    crawl.good_night()
    run = crawl.good_night()
    oldest = {bucket_of(key) for key in details(crawl) if key not in alerted(crawl)}
    assert oldest == {0} and run["written"] == 0
    assert 5 < run["details"] < 45
    stamps = {row["bucket"]: row["checked_at"] for row in crawl.rows("rotation")}
    assert stamps[0] == crawl.clock() and stamps[1] == crawl.clock() - timedelta(days=1)


def alerted(crawl: Crawl) -> set[str]:
    people = crawl.standin.people
    return {one["profileId"] for one in people if one_notices(one)}


def test_in_a_week_everybody_is_read_again(crawl: Crawl) -> None:
    crawl.good_night()
    read: set[str] = set()
    for _ in range(7):
        crawl.good_night()
        read |= set(details(crawl))
    assert len(read) == LISTED


def test_full_reads_everybody_again(crawl: Crawl) -> None:
    crawl.good_night()
    assert crawl.good_night(full=True)["details"] == LISTED


def test_whoever_changed_is_read_the_same_night(crawl: Crawl) -> None:
    crawl.good_night()
    [which] = current(crawl, 3)
    key = edit(crawl, which, city="Elsewhere")
    crawl.good_night()
    assert key in details(crawl)


def test_alerted_people_are_read_every_night(crawl: Crawl) -> None:
    crawl.good_night()
    crawl.good_night()
    assert alerted(crawl) and alerted(crawl) <= set(details(crawl))


def test_the_nights_limit_is_kept_at_the_cost_of_the_alerted_in_turn(crawl: Crawl) -> None:
    crawl.good_night()
    unhurried = crawl.good_night()["requests"]
    limit = unhurried + _SEARCH_MISSING - len(alerted(crawl)) // 2
    pace = Pace(delay=0, requests=limit)
    crawl.register = crawl.register.model_copy(update={"pace": pace})
    read: list[set[str]] = []
    early: list[set[str]] = []  # of the alerted, those whose turn it was not
    for _ in range(7):
        due = Staging(crawl.store, crawl.register.id, 0, crawl.clock).due_buckets(crawl.clock())
        assert crawl.good_night()["requests"] <= limit
        read.append(set(details(crawl)))
        early.append({key for key in alerted(crawl) & read[-1] if bucket_of(key) not in due})
    assert len(set.union(*read)) == LISTED  # everybody all the same
    assert all(0 < len(one) < len(alerted(crawl)) for one in early)
    assert set.union(*early) == alerted(crawl)  # not the same ones always


def test_whoever_must_be_read_is_read_whatever_the_limit(crawl: Crawl) -> None:
    crawl.good_night()
    pace = Pace(delay=0, requests=0)
    crawl.register = crawl.register.model_copy(update={"pace": pace})
    [which] = current(crawl, 3)
    key = edit(crawl, which, city="Elsewhere")
    newly = edit(crawl, current(crawl, 4)[0], publicNotices=["An undertaking."])
    crawl.good_night()
    assert {key, newly} <= set(details(crawl))
    assert {bucket_of(read) for read in details(crawl)} >= {0}


def test_a_suspension_is_told_the_next_night(crawl: Crawl) -> None:
    crawl.good_night()
    [which] = current(crawl, 3)
    key = edit(crawl, which, registrationStatus="Suspended", authorizedToPractice=False)
    run = crawl.good_night()
    assert crawl.told(run["id"]) == [(key, "status")]


def test_somebody_who_left_is_missing_without_being_searched(crawl: Crawl) -> None:
    crawl.good_night()
    gone = crawl.standin.people.pop()["profileId"]
    crawl.standin.refresh()
    run = crawl.good_night()
    assert crawl.told(run["id"]) == [(gone, "missing")]
    assert gone not in details(crawl)


def test_whoever_returns_is_read(crawl: Crawl) -> None:
    crawl.good_night()
    person = crawl.standin.people.pop()
    crawl.standin.refresh()
    crawl.good_night()
    crawl.standin.people = [*crawl.standin.people, person]
    run = crawl.good_night()
    assert crawl.told(run["id"]) == [(person["profileId"], "returned")]
    assert person["profileId"] in details(crawl)


def test_a_status_word_without_a_list_is_found_in_the_whole_list(crawl: Crawl) -> None:
    [which] = current(crawl, 3)
    key = edit(crawl, which, registrationStatus="Dormant")
    run = crawl.good_night()
    assert (run["read"], crawl.live(key)["doubts"]) == (LISTED, "unknown_word")
    assert crawl.issues(run["id"])["withheld"] == "withhold"


def test_the_whole_list_does_not_make_others_look_changed(crawl: Crawl) -> None:
    [which] = current(crawl, 3)
    edit(crawl, which, registrationStatus="Dormant")
    crawl.good_night()
    run = crawl.good_night()
    assert run["written"] == 0 and run["details"] < 45


@pytest.mark.parametrize(("age", "seconds"), [("3600", 3600), ("3600, 7200", 7200), ("0", 0)])
def test_a_copy_from_a_cache_is_as_old_as_it_says(crawl: Crawl, age: str, seconds: int) -> None:
    crawl.tamper(is_list, lambda reply: replace(reply, headers={"age": age}))
    run = crawl.good_night()
    assert run["as_of"] == crawl.clock() - timedelta(seconds=seconds)


@pytest.mark.parametrize("age", ["-5", "old", "3600, old", "1.5"])
def test_a_copy_that_does_not_say_how_old_it_is_holds_the_run(crawl: Crawl, age: str) -> None:
    crawl.tamper(is_list, lambda reply: replace(reply, headers={"age": age}))
    run = crawl.night()
    assert run["state"] is RunState.HELD
    assert crawl.issues(run["id"])["unreadable"] == "hold"


def test_the_facts_are_as_old_as_the_beginning_of_the_sweep(crawl: Crawl) -> None:
    began = crawl.clock() + timedelta(days=1)
    crawl.tamper(is_detail, lambda reply: (crawl.clock.forward(seconds=1), reply)[1])
    assert crawl.good_night()["as_of"] == began


def test_every_answer_is_kept_and_facts_rest_on_one(crawl: Crawl) -> None:
    crawl.good_night()
    rests = {row["evidence_id"] for row in crawl.rows("version")}
    assert len(rests) == LISTED
    assert rests < {row["id"] for row in crawl.rows("evidence")}
    assert crawl.sweep.requests == len(crawl.standin.requests)
