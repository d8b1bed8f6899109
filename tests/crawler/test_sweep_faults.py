"""What a register can do wrong, and what must follow: nobody is lost, nobody wrongly confirmed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.vocabulary import RunState
from crawler.ask import Ask
from crawler.invented import invent
from crawler.platforms.thentia import Thentia
from crawler.standin import Reply, Request
from tests.crawler.drive import Crawl, is_detail, is_list
from tests.crawler.test_sweep import LISTED, current, details, edit

WALL = (Path(__file__).parent / "walls" / "waf-challenge-200.html").read_bytes()


def body(change: Callable[[dict[str, Any]], Any]) -> Callable[[Reply], Reply]:
    """A reply whose JSON is changed in place."""

    def spoil(reply: Reply) -> Reply:
        said = json.loads(reply.body)
        change(said)
        return replace(reply, body=json.dumps(said).encode())

    return spoil


def page(skip: int, status: str = "Current") -> Callable[[Request], bool]:
    return lambda request: is_list(request, status) and request.query["skip"] == str(skip)


def held(crawl: Crawl, code: str) -> None:
    """The night is held for this reason, and what was live stays."""
    before = [crawl.rows(table) for table in ("registration", "register")]
    run = crawl.night()
    assert run["state"] is RunState.HELD
    assert crawl.issues(run["id"])[code] == "hold"
    assert [crawl.rows(table) for table in ("registration", "register")] == before


def test_an_empty_page_once_is_asked_again(crawl: Crawl) -> None:
    empty = iter([True])
    crawl.tamper(
        page(20),
        lambda reply: body(lambda said: said.update(result=[]))(reply) if next(empty, 0) else reply,
    )
    assert crawl.good_night()["read"] == LISTED


def test_an_empty_page_for_good_holds(crawl: Crawl) -> None:
    crawl.good_night()
    crawl.tamper(page(20), body(lambda said: said.update(result=[])))
    held(crawl, "incomplete")


@pytest.mark.parametrize("lie", [3, -3, 1000])
def test_a_lying_total_of_a_list_holds(crawl: Crawl, lie: int) -> None:
    crawl.good_night()
    change = body(lambda said: said.update(resultCount=max(0, said["resultCount"] + lie)))
    crawl.tamper(is_list, change)
    held(crawl, "incomplete")


@pytest.mark.parametrize("lie", [5, -5])
def test_a_lying_total_of_the_register_holds(crawl: Crawl, lie: int) -> None:
    crawl.good_night()
    change = body(lambda said: said.update(resultCount=said["resultCount"] + lie))
    crawl.tamper(lambda request: is_list(request, "all"), change)
    held(crawl, "incomplete")


def test_nobody_at_all_holds(crawl: Crawl) -> None:
    crawl.good_night()
    crawl.standin.people = []
    held(crawl, "empty")


def test_a_page_sent_twice_is_noticed(crawl: Crawl) -> None:
    crawl.good_night()
    first = crawl.standin.answer(crawl.asked(page(0))[0])
    crawl.tamper(page(10), lambda _: first)
    held(crawl, "repeated_page")


def test_a_truncated_list_is_made_up_from_the_whole_one(crawl: Crawl) -> None:
    crawl.good_night()
    crawl.tamper(is_list, body(lambda said: said.update(result=said["result"][:1], resultCount=1)))
    run = crawl.good_night()
    assert (run["read"], run["missing"], run["changed"]) == (LISTED, 0, 0)


def test_an_order_that_shifts_is_read_a_second_time(crawl: Crawl) -> None:
    """The last row of the first page is the first of the second, once; somebody falls between."""
    turns = iter([True])

    def shift(reply: Reply) -> Reply:
        if not next(turns, False):
            return reply
        earlier = json.loads(crawl.standin._honest(crawl.asked(page(0))[0]).body)["result"][-1]
        return body(lambda said: said["result"].__setitem__(0, earlier))(reply)

    crawl.tamper(page(10), shift)
    run = crawl.good_night()
    assert (run["read"], len(crawl.asked(page(0)))) == (LISTED, 2)


def test_a_list_that_moves_while_read_loses_nobody(crawl: Crawl) -> None:
    """Somebody early in the list resigns after the first page: everybody else moves up one."""
    crawl.good_night()
    [which] = current(crawl, 1)
    moves = iter([True])

    def resign(reply: Reply) -> Reply:
        if next(moves, False):
            edit(crawl, which, registrationStatus="Resigned", authorizedToPractice=False)
        return reply

    crawl.tamper(page(0), resign)
    run = crawl.good_night()
    assert (run["read"], run["missing"]) == (LISTED, 0)


def test_people_the_lists_lost_are_asked_for_by_key(crawl: Crawl) -> None:
    crawl.good_night()
    lost = crawl.standin.people[current(crawl, 3)[0]]["profileId"]

    def drop(said: dict[str, Any]) -> None:
        said["result"] = [row for row in said["result"] if row["profileId"] != lost]

    crawl.tamper(lambda request: not is_detail(request), body(drop))
    run = crawl.night()
    assert lost in details(crawl)
    assert crawl.issues(run["id"])["only_by_detail"] == "warn"


def test_a_wall_stops_at_once(crawl: Crawl) -> None:
    crawl.good_night()
    crawl.tamper(page(20), lambda _: Reply(200, WALL, "text/html"))
    held(crawl, "refused")
    assert crawl.standin.requests[-1].query["skip"] == "20"
    assert len(crawl.asked(page(20))) == 1


def test_a_wall_before_the_details_stops_at_once(crawl: Crawl) -> None:
    crawl.tamper(is_detail, lambda _: Reply(403, b"", "text/html"))
    held(crawl, "refused")
    assert len(details(crawl)) == 1


@pytest.mark.parametrize(
    ("reply", "tries"),
    [
        (Reply(200, b"<html><title>Maintenance</title></html>", "text/html"), 3),
        (Reply(200, b'{"errorCode": "7", "errorMessage": "down"}'), 3),
        (Reply(200, b'{"resultCount"'), 3),
        (Reply(404, b"", "text/html"), 3),
        (None, 1),
    ],
    ids=["maintenance", "inner error", "cut", "404", "reset"],
)
def test_an_outage_is_not_an_empty_register(crawl: Crawl, reply: Reply | None, tries: int) -> None:
    crawl.good_night()
    crawl.tamper(lambda _: True, lambda _: reply)
    held(crawl, "unreadable" if reply else "unreachable")
    assert len(crawl.standin.requests) == tries


def test_a_page_that_cannot_be_read_once_is_asked_again(crawl: Crawl) -> None:
    broken = iter([True])
    crawl.tamper(page(20), lambda reply: replace(reply, cut=99) if next(broken, 0) else reply)
    assert crawl.good_night()["read"] == LISTED


def test_renamed_envelope_and_fields_hold(crawl: Crawl) -> None:
    crawl.good_night()

    def rename(said: dict[str, Any]) -> None:
        for row in said["result"]:
            row["mayPractise"] = row.pop("authorizedToPractice")

    crawl.tamper(is_list, body(rename))
    held(crawl, "withheld")


def test_an_empty_page_that_a_second_look_fills_is_only_told(crawl: Crawl) -> None:
    crawl.good_night()
    empty = body(lambda said: said.update(result=[]))
    thrice = iter(range(3))
    crawl.tamper(page(20), lambda reply: reply if next(thrice, None) is None else empty(reply))
    run = crawl.night()
    assert run["state"] is RunState.ACCEPTED
    assert crawl.issues(run["id"])["empty_page"] == "warn"


def test_a_person_in_two_lists_is_withheld_even_after_a_second_look(crawl: Crawl) -> None:
    """1,100 people, so that one person twice is within the tolerance of the gate."""
    crawl.standin.people = invent(1100)
    crawl.good_night()
    row = json.loads(crawl.reply(first_page(crawl)).body)["result"][0]
    key = row["profileId"]
    wobble = iter([1])

    def change(request: Request, reply: Reply) -> Reply:
        if is_list(request, "Suspended"):
            said = json.loads(reply.body)
            said["resultCount"] += 1
            said["result"] += [row] if len(said["result"]) < 10 else []
            return replace(reply, body=json.dumps(said).encode())
        if page(0)(request):
            return body(
                lambda said: said.update(resultCount=said["resultCount"] + next(wobble, 0))
            )(reply)
        return reply

    crawl.standin.tamper = change
    run = crawl.good_night()
    assert crawl.issues(run["id"])["listed_twice"] == "warn"
    assert "listed_twice" in crawl.live(key)["doubts"]


def first_page(crawl: Crawl) -> Ask:
    lists = [ask for ask in Thentia().start(crawl.register) if ask.memo["part"] == "Current"]
    return lists[0]
