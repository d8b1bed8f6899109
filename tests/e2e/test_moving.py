"""A register that moves while it is read: nobody falls between two pages unseen."""

from itertools import count
from random import Random
from typing import Any

import pytest

from crawler.invented import Person
from crawler.standin import ROW, Reply, Request, Standin, Tamper
from tests.e2e.cli import PEOPLE, WITNESS, Home, lasting
from tests.e2e.test_bad_days import Bad, assert_held, lists

NEWCOMER: Person = {**WITNESS, "lastName": "Aaberg"}
NEWCOMER |= {"id": "newcomer", "profileId": "newcomer", "registrationNumber": "Z999"}


def shuffled(most: int = 10**6) -> Tamper:
    """The first so many pages of lists each come from the list in another order."""
    chance, pages = Random(4), count(1)

    def change(request: Request, said: Any) -> None:
        if next(pages) <= most:
            word = request.query["registrationStatus"]
            rows = [one for one in PEOPLE if word in ("all", one["registrationStatus"])]
            some = chance.sample(rows, len(said["result"]))
            said["result"] = [{key: one.get(key) for key in ROW} for one in some]

    return lists(change)


def growing() -> Tamper:
    """Every answer states one person more."""
    more = count()
    return lists(lambda _, said: said.update(resultCount=said["resultCount"] + next(more)))


def doubled(after: int) -> Tamper:
    """From some page on, every list says it holds twice as many."""
    pages = count()

    def change(_: Request, said: Any) -> None:
        said["resultCount"] *= 1 + (next(pages) >= after)

    return lists(change)


HELD = {
    "another order on every page": Bad("incomplete", "came.", shuffled()),
    "totals that grow all the time": Bad("incomplete", "says it holds", growing()),
    "totals that double meanwhile": Bad("incomplete", "says it holds", doubled(8)),
}


@pytest.mark.parametrize("name", HELD)
def test_what_does_not_settle_is_held(name: str, home: Home, site: Standin, before: str) -> None:
    with Standin(PEOPLE, HELD[name].tamper) as sick:
        done = home.refresh(sick.url)
    assert_held(done, HELD[name])
    assert len(sick.requests) <= HELD[name].most
    assert home.export() == before and home.verdict() == "cannot_confirm"
    home.accept(site.url)
    assert lasting(home.export()) == lasting(before) and home.verdict() == "confirmed"


def test_an_order_that_settles_is_read_whole(home: Home, before: str) -> None:
    with Standin(PEOPLE, shuffled(6)) as site:
        run = home.accept(site.url)
    assert (run["read"], run["missing"], run["changed"]) == (120, 0, 0)
    assert lasting(home.export()) == lasting(before)


@pytest.mark.parametrize("asked", [3, 12, 20])
def test_somebody_joins_meanwhile(asked: int, home: Home) -> None:
    """Read with the others, or the night after; never half, and nobody else is touched."""

    def join(_: Request, honest: Reply) -> Reply:
        if len(moving.requests) == asked:
            moving.people = [NEWCOMER, *PEOPLE]
        return honest

    with Standin(PEOPLE, join) as moving:
        run = home.accept(moving.url)
        assert (run["read"], run["new"]) in ((120, 0), (121, 1)) and run["missing"] == 0
        run = home.accept(moving.url)
    assert (run["read"], run["missing"]) == (121, 0)
    assert home.verdict(NEWCOMER) == home.verdict() == "confirmed"


@pytest.mark.parametrize("asked", [3, 12])
def test_somebody_leaves_meanwhile(asked: int, home: Home) -> None:
    """Confirmed no more from this night on, whether or not the lists still named them."""

    def leave(_: Request, honest: Reply) -> Reply:
        if len(moving.requests) == asked:
            moving.people = PEOPLE[1:]
        return honest

    with Standin(PEOPLE, leave) as moving:
        home.accept(moving.url, "--full")
        assert home.verdict() == "cannot_confirm"
        home.accept(moving.url)
    assert home.verdict() in ("cannot_confirm", "not_found")
    assert home.verdict(PEOPLE[2]) == "confirmed"
