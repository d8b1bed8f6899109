"""Asking live, with every manner: what a lying, dying or slow register can and cannot do to us."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from config.jurisdiction import Coverage
from config.register import Catalogue, Register
from config.settings import Settings
from config.vocabulary import Status, Verdict
from crawler.invented import Person, invent
from crawler.recheck import recheck
from data.evidence import find
from data.ingest import state
from data.records import Record
from data.run import lease
from data.store import Store
from service.answer import Answer, Query
from service.asking import PATIENCE, Asking, Means
from service.desk import Desk
from service.live import look_again
from service.verify import registration, verify
from tests.conftest import Clock
from tests.data.nights import Nights, person

PEOPLE = invent(3, numbers=True)
FIRST, SECOND, THIRD = PEOPLE
HERE = "https://register.example"
Server = Callable[[httpx.Request], httpx.Response]


def query(whom: Person = FIRST) -> Query:
    name = f"{whom['firstName']} {whom['lastName']}"
    return Query(number=whom["registrationNumber"], name=name)


def page(body: Any = b"", status: int = 200, **headers: str) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=said, stream=httpx.ByteStream(raw))


def honest(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/robots.txt":
        return page(status=404)
    return page(next(one for one in PEOPLE if one["profileId"] == request.url.params["id"]))


class Town:
    """A register that notes when it was asked, and people who ask about it through our doors."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self.desk, self.clock, self.server = desk, clock, honest
        self.asked: list[tuple[datetime, str]] = []
        self.slept = 0.0
        self.means = Means(None, httpx.MockTransport(self.answer), self.tick, self.sleep)

    def tick(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def answer(self, request: httpx.Request) -> httpx.Response:
        at = self.clock() + timedelta(seconds=self.slept)
        self.asked.append((at, request.url.path))
        return self.server(request)

    def look(self, *said: Any) -> Any:
        return look_again(*said, means=self.means)

    def verify(self, whom: Person = FIRST, desk: Desk | None = None, **changed: str) -> Answer:
        """A live check at the time of the clock, which then goes on by what it took."""
        self.slept = 0.0
        given = query(whom).model_copy(update=changed)
        answer = verify(desk or self.desk, given, self.clock(), self.look)
        self.clock.forward(seconds=self.slept)
        return answer

    def entry(self, whom: Person = FIRST) -> Answer:
        """A live check of one registration, without a name."""
        found = registration(self.desk, "ca_on_cmto", whom["profileId"], self.clock(), self.look)
        assert found
        return found

    @property
    def paths(self) -> list[str]:
        return [path.rsplit("/", 2)[-2] or "robots" for _, path in self.asked]


def move(desk: Desk, url: str, source: str) -> None:
    """Say where the stored data came from."""
    with desk.store.begin() as db:
        db.execute(state.update().values(url=url, source=source))


def on_record(ontario: Register, settings: Settings, clock: Clock) -> list[Record]:
    """What a night reads: the three people, and others."""
    three = (
        recheck(ontario.at(HERE), one["profileId"], settings, clock, httpx.MockTransport(honest))
        for one in PEOPLE
    )
    return [*(one.record for one in three), *(person(100 + n) for n in range(200))]


@pytest.fixture
def desk(home: Settings, ontario: Register, catalogue: Catalogue, clock: Clock) -> Iterator[Desk]:
    """A desk over three people of a register, read from a real-looking address."""
    store = Store.of(home)
    Nights(store, ontario, clock).accept(on_record(ontario, home, clock))
    made = Desk(store, catalogue, Coverage(), home)
    move(made, HERE, "register.example")
    yield made
    store.close()


@pytest.fixture
def town(desk: Desk, clock: Clock) -> Town:
    return Town(desk, clock)


@pytest.fixture
def next_door(home: Settings, catalogue: Catalogue) -> Iterator[Desk]:
    """Another process: the same store, opened again."""
    store = Store.of(home)
    yield Desk(store, catalogue, Coverage(), home)
    store.close()


def told(answer: Answer) -> tuple[str, str]:
    return answer.reasons[0].code, answer.reasons[0].text


def test_checked_just_now_and_minutes_ago(town: Town, clock: Clock, next_door: Desk) -> None:
    first = town.verify()
    assert told(first) == ("rechecked", "Checked just now, at the register itself.")
    clock.forward(minutes=4)
    second = town.verify(desk=next_door)
    assert told(second)[1].startswith("Checked 4 minutes ago, at the register itself.")
    assert town.paths == ["robots", "get"]
    assert first.verdict is second.verdict is Verdict.CONFIRMED
    assert second.matches[0].last_checked == town.asked[0][0] + timedelta(seconds=1)
    assert find(next_door.store, str(second.matches[0].evidence_id))


def test_after_its_minutes_the_register_is_asked_again(town: Town, clock: Clock) -> None:
    town.verify()
    clock.forward(minutes=10)
    assert told(town.verify())[1].startswith("Checked just now")
    assert town.paths == ["robots", "get", "robots", "get"]


def test_nobody_is_asked_twice_in_a_second(town: Town, next_door: Desk) -> None:
    for whom, desk in ((FIRST, town.desk), (SECOND, next_door), (THIRD, town.desk)):
        town.verify(whom, desk)
    moments = [at for at, _ in town.asked]
    assert town.paths == ["robots", "get", "get", "get"]
    gaps = [(b - a).total_seconds() for a, b in zip(moments, moments[1:], strict=False)]
    assert min(gaps) >= 1


def test_a_crawl_delay_is_kept(town: Town) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        robots = request.url.path == "/robots.txt"
        return page(b"User-agent: *\nCrawl-delay: 7") if robots else honest(request)

    town.server = slow
    town.verify()
    (first, _), (second, _) = town.asked
    assert (second - first).total_seconds() == 7


def test_too_long_a_crawl_delay_is_not_waited_for(town: Town, clock: Clock) -> None:
    town.server = lambda _request: page(b"User-agent: *\nCrawl-delay: 60")
    assert told(town.verify())[0] == "not_rechecked" and town.paths == ["robots"]
    town.server = honest
    clock.forward(minutes=1)
    assert told(town.verify())[0] == "rechecked"


def test_no_live_row_is_changed(town: Town) -> None:
    kept = [name for name in SQLModel.metadata.tables if not name.startswith("live_")]
    kept.remove("evidence")

    def rows() -> dict[str, Any]:
        with town.desk.store.read() as db:
            return {
                name: db.execute(sa.select(SQLModel.metadata.tables[name])).all() for name in kept
            }

    before = rows()
    town.server = lambda request: (
        page(status=404) if "robots" in request.url.path else page(suspended())
    )
    assert town.verify().verdict is Verdict.NOT_AUTHORISED
    assert rows() == before


def suspended() -> Person:
    changed = {"registrationStatus": "Suspended", "authorizedToPractice": "No"}
    return {**FIRST, **changed}


def test_a_remembered_answer_is_judged_like_a_new_one(town: Town) -> None:
    town.verify()
    assert town.verify(name="Somebody Else").verdict is Verdict.MISMATCH
    assert town.entry().verdict is Verdict.AMBIGUOUS
    assert town.paths == ["robots", "get"]


def test_one_registration_is_checked_without_confirming_anybody(town: Town, clock: Clock) -> None:
    clock.forward(hours=40)
    answer = town.entry()
    assert told(answer)[0] == "rechecked"
    assert (answer.verdict, answer.assurance) == (Verdict.AMBIGUOUS, "number_only")
    assert "name_not_given" in [reason.code for reason in answer.reasons]


@pytest.mark.parametrize("hours", [0, 40])
def test_an_entry_that_lapsed_says_so_without_a_name(town: Town, clock: Clock, hours: int) -> None:
    clock.forward(hours=hours)
    town.server = lambda request: (
        page(status=404) if "robots" in request.url.path else page(suspended())
    )
    assert town.entry().verdict is Verdict.NOT_AUTHORISED


def says(body: Any = b"", status: int = 200, **headers: str) -> Server:
    """A register whose robots.txt is fine, and whose answer is this."""
    return lambda request: (
        page(status=404) if request.url.path == "/robots.txt" else page(body, status, **headers)
    )


def robots(body: bytes = b"", status: int = 200, **headers: str) -> Server:
    """A register with this robots.txt."""
    return lambda request: (
        page(body, status, **headers) if request.url.path == "/robots.txt" else honest(request)
    )


WALL = b"<html><title>Human verification</title><script src=awswaf></script></html>"
OF_THIS_PERSON: dict[str, Server] = {
    "number changed": says({**FIRST, "registrationNumber": "A9999"}),
    "number gone": says({**FIRST, "registrationNumber": ""}),
    "another person's page": says(SECOND),
    "nobody": says({"errorCode": "1", "result": []}),
    "not found": says(b"{}", 404),
    "a web page": says(b"<html><title>Maintenance</title>"),
    "cut": says(json.dumps(FIRST).encode()[:-9]),
    "huge": says(b" " * (17 * 2**20)),
    "a cache that hides its age": says(FIRST, Age="some"),
    "robots forbids": robots(b"User-agent: *\nDisallow: /rest/"),
}
OF_THE_SITE: dict[str, tuple[Server, int]] = {
    "wall with 200": (says(WALL), 15),
    "log-in form": (says(b"<html><input type=password>"), 15),
    "refused": (says(b"", 403), 15),
    "another host": (says(b"", 302, Location="https://evil.example/"), 2),
    "server error": (says(b"", 500), 2),
    "robots unreadable": (robots(b"", 503), 2),
    "robots sends us away": (robots(b"", 301, Location="https://evil.example/robots.txt"), 2),
    "robots is a wall": (robots(WALL), 15),
    "robots is huge": (robots(b"#" * 600_000), 2),
    "too many": (says(b"", 429), 2),
    "asks us to wait": (says(b"", 429, Retry_After="3600"), 60),
    "asks us to wait until": (says(b"", 503, Retry_After="Sun, 21 Jun 2026 14:00:00 GMT"), 120),
    "robots asks us to wait": (robots(b"", 429, Retry_After="3600"), 60),
    "asks us to wait for ever": (says(b"", 429, Retry_After="9" * 30), 24 * 60),
}


@pytest.mark.parametrize("name", OF_THIS_PERSON)
def test_one_bad_answer_changes_nothing_and_is_not_asked_for_again(
    name: str, town: Town, next_door: Desk, clock: Clock
) -> None:
    stored = verify(town.desk, query(), clock())
    town.server = OF_THIS_PERSON[name]
    first = town.verify()
    requests = len(town.asked)
    again = town.verify(desk=next_door)
    for answer in (first, again):
        code, text = told(answer)
        assert code == "not_rechecked" and "The stored answer stands, as read on" in text
        assert answer.matches == stored.matches
        assert answer.verdict is Verdict.CONFIRMED
    assert len(town.asked) == requests <= 2
    town.server = honest
    others = "not_rechecked" if name == "robots forbids" else "rechecked"
    assert told(town.verify(SECOND))[0] == others


@pytest.mark.parametrize("name", OF_THE_SITE)
def test_a_site_in_trouble_is_left_alone_by_everybody(
    name: str, town: Town, next_door: Desk, clock: Clock
) -> None:
    town.server, minutes = OF_THE_SITE[name]
    answer = town.verify()
    assert told(answer)[0] == "not_rechecked" and answer.verdict is Verdict.CONFIRMED
    requests = len(town.asked)
    town.server = honest
    clock.forward(minutes=minutes, seconds=-5)
    waiting = town.verify(SECOND, desk=next_door)
    assert told(waiting)[0] == "not_rechecked" and "leave it alone until" in told(waiting)[1]
    assert len(town.asked) == requests
    clock.forward(seconds=10)
    assert told(town.verify(SECOND, desk=next_door))[0] == "rechecked"


def test_no_connection_leaves_the_site_alone(town: Town) -> None:
    def dead(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    town.server = dead
    assert "did not answer" in told(town.verify())[1]
    town.verify(SECOND)
    assert len(town.asked) == 1


@pytest.mark.parametrize("name", ["number changed", "another person's page"])
def test_a_stale_answer_stays_stale_after_a_bad_look(name: str, town: Town, clock: Clock) -> None:
    clock.forward(hours=40)
    town.server = OF_THIS_PERSON[name]
    assert town.verify().verdict is town.verify().verdict is Verdict.CANNOT_CONFIRM


def test_a_stale_or_held_register_confirms_from_a_kept_answer_only_for_its_minutes(
    town: Town, ontario: Register, clock: Clock
) -> None:
    Nights(town.desk.store, ontario, clock).run([person(1)])  # held: almost everybody is gone
    clock.forward(hours=40)
    assert verify(town.desk, query(), clock()).verdict is Verdict.CANNOT_CONFIRM
    assert town.verify().verdict is Verdict.CONFIRMED
    clock.forward(minutes=9)
    assert town.verify().verdict is Verdict.CONFIRMED
    town.server = says(b"", 500)
    clock.forward(minutes=1)
    assert town.verify().verdict is Verdict.CANNOT_CONFIRM


def test_a_night_is_newer_than_what_was_told_before_it(
    town: Town, ontario: Register, clock: Clock
) -> None:
    clock.forward(hours=23, minutes=55)
    town.verify()
    clock.forward(days=-1, minutes=1)  # so that the night, a day later, is over a minute after this
    move(town.desk, "", "loopback")
    lapsed = {"status": Status.SUSPENDED, "may_practise": False}
    first, *others = on_record(ontario, town.desk.settings, clock)
    Nights(town.desk.store, ontario, clock).accept([replace(first, **lapsed), *others])
    move(town.desk, HERE, "register.example")
    assert verify(town.desk, query(), clock()).verdict is Verdict.NOT_AUTHORISED
    before = len(town.asked)
    town.server = says(b"", 500)
    assert town.verify().verdict is Verdict.NOT_AUTHORISED
    assert len(town.asked) > before


def test_an_old_copy_stays_old_when_it_is_remembered(town: Town) -> None:
    town.server = says(FIRST, Age=str(40 * 3600))
    first, second = town.verify(), town.verify()
    assert first.verdict is second.verdict is Verdict.CANNOT_CONFIRM
    assert "What it sent was made on" in told(first)[1]
    assert town.paths == ["robots", "get"]


def test_two_at_once_are_one_request(town: Town, next_door: Desk, clock: Clock) -> None:
    def slowly(request: httpx.Request) -> httpx.Response:
        threading.Event().wait(0.3)
        return honest(request)

    town.server = slowly
    means = Means(None, town.means.transport)

    def ask(desk: Desk) -> Answer:
        look = lambda *said: look_again(*said, means=means)  # noqa: E731
        return verify(desk, query(), clock(), look)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, [town.desk, next_door] * 2))
    assert town.paths == ["robots", "get"]
    assert [told(answer)[0] for answer in answers] == ["rechecked"] * 4
    assert {answer.verdict for answer in answers} == {Verdict.CONFIRMED}


def test_a_clock_set_back_makes_no_answer_younger(town: Town, clock: Clock) -> None:
    town.verify()
    clock.forward(hours=-2)
    answer = town.verify()
    assert told(answer)[1].startswith("Checked just now")
    assert town.paths.count("get") == 2
    assert answer.matches[0].last_checked and answer.matches[0].last_checked <= clock()


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_store_that_cannot_be_written_asks_nobody(town: Town, where: str) -> None:
    def read_only(_connection: Any, _record: Any, _proxy: Any = None) -> None:
        _connection.execute("PRAGMA query_only = ON")

    def spoil() -> None:
        sa.event.listen(town.desk.store.engine, "checkout", read_only)
        town.desk.store.engine.dispose()

    def then_spoil(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/robots.txt":
            spoil()
        return honest(request)

    if where == "before":
        spoil()
    town.server = then_spoil
    answer = town.verify()
    assert told(answer)[0] == "not_rechecked" and "store cannot keep" in told(answer)[1]
    assert answer.verdict is Verdict.CONFIRMED  # the stored one, which is fresh
    assert len(town.asked) == (0 if where == "before" else 2)


def test_an_answer_that_cannot_be_kept_as_evidence_is_not_used(town: Town) -> None:
    blocked = town.desk.store.evidence / "ca_on_cmto" / "live.warc.gz"
    blocked.mkdir(parents=True)
    town.server = says(suspended())
    answer = town.verify()
    assert told(answer)[0] == "not_rechecked" and answer.verdict is Verdict.CONFIRMED


def test_people_who_wait_too_long_are_told(town: Town, clock: Clock) -> None:
    """Somebody else is asking, and does not come to an end."""
    where = town.desk.catalogue.get("ca_on_cmto").at(HERE)
    other = Asking(town.desk, where, SECOND["profileId"], clock(), town.means)
    other.memory.enter(other.subject, clock())
    answer = town.verify()
    assert "Too many people" in told(answer)[1] and town.asked == []
    assert town.slept < PATIENCE


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"enabled": False}, "switched off"),
        ({"automated": "forbidden"}, "do not let programs ask"),
        ({"automated": "permission"}, "do not let programs ask"),
        ({"contact": ""}, "CONTACT"),
    ],
)
def test_a_register_that_may_not_be_asked_is_not(
    town: Town, changed: dict[str, Any], said: str
) -> None:
    register = town.desk.catalogue.get("ca_on_cmto")
    terms = register.terms.model_copy(
        update={"automated": changed.get("automated", register.terms.automated)}
    )
    update = {"terms": terms, "enabled": changed.get("enabled", True)}
    town.desk.catalogue.registers[register.id] = register.model_copy(update=update)
    contact = changed.get("contact", "tests@example.org")
    settings = town.desk.settings.model_copy(update={"contact": contact})
    try:
        desk = Desk(town.desk.store, town.desk.catalogue, Coverage(), settings)
        answer = town.verify(desk=desk)
    finally:
        town.desk.catalogue.registers[register.id] = register
    assert told(answer)[0] == "not_rechecked" and said in told(answer)[1]
    assert answer.verdict is Verdict.CONFIRMED and town.asked == []


def test_a_register_read_from_files_has_nobody_to_ask(town: Town) -> None:
    move(town.desk, "", "inbox")
    assert "Not checked again." in told(town.verify())[1] and town.asked == []


@pytest.mark.parametrize("name", ["Nobody Atall", "Vesper Quillmoor101 Quillmoor102"])
def test_a_question_about_nobody_in_particular_says_so(town: Town, name: str) -> None:
    answer = town.verify(number="Z99999", name=name)
    assert told(answer)[0] == "not_rechecked" and "does not tell whom" in told(answer)[1]
    assert town.asked == []


def test_a_night_at_the_same_host_goes_first(town: Town, ontario: Register, clock: Clock) -> None:
    with lease(town.desk.store, ontario.id, "register.example", clock()):
        answer = town.verify()
    assert "being read right now" in told(answer)[1] and town.asked == []
