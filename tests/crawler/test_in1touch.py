"""in1touch rosters: columns without headings, a banner that counts, and what they may lie about."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest

from config.register import Catalogue, Register
from config.vocabulary import RunState, Status
from crawler.ask import Answer, Ask, Found, Oddity, Refused, Seen, Total, Unreadable
from crawler.platforms import PLATFORMS
from crawler.standin import Standin
from data.store import Store
from tests.conftest import Clock
from tests.crawler.drive import Crawl
from tests.crawler.reader import AT, SAMPLES

ROSTER = PLATFORMS["in1touch"]
FORM, PAGE = ((SAMPLES / "ca_sk_scpp" / f"{name}.html").read_text() for name in ("form", "list-1"))
LINK = '<a href="/client/roster/clientRosterDetails.html?clientId=90001&amp;clientRosterId=484">'


@pytest.fixture
def register(catalogue: Catalogue) -> Register:
    return catalogue.get("ca_sk_scpp")


def read(register: Register, ask: Ask, body: str | bytes, status: int = 200) -> list[Found]:
    raw = body if isinstance(body, bytes) else body.encode()
    return list(ROSTER.read(register, Answer(ask, ask.url, status, {}, raw, AT)))


def first_page(register: Register) -> Ask:
    [form] = ROSTER.start(register)
    [ask] = read(register, form, FORM)
    assert isinstance(ask, Ask)
    return ask


def people(found: list[Found]) -> list[Seen]:
    return [one for one in found if isinstance(one, Seen)]


def codes(found: list[Found]) -> list[str]:
    return [one.code for one in found if isinstance(one, Oddity)]


def test_the_form_is_sent_back_with_its_hidden_fields_and_a_page(register: Register) -> None:
    ask = first_page(register)
    said = parse_qs(ask.body.decode(), keep_blank_values=True)
    assert ask.url == "https://saskpharm.ca/client/roster/clientRosterView.html"
    assert said["clientRosterId"] == ["484"] and said["page"] == ["1"]
    assert said["clientForm.subscriptionFilter.status"] == ["Active"]


def test_rows_become_people(register: Register) -> None:
    found = read(register, first_page(register), PAGE)
    records = [one.record for one in people(found)]
    assert [(one.key, one.status) for one in records] == [
        ("90001", Status.AUTHORISED),
        ("90002", Status.INACTIVE),
        ("90003", Status.AUTHORISED),
    ]
    assert [one.count for one in found if isinstance(one, Total)] == [3]
    assert not [one for one in found if isinstance(one, Ask)]


def test_a_banner_of_more_asks_for_the_next_page(register: Register) -> None:
    found = read(register, first_page(register), PAGE.replace("3 Profiles", "1,996 Profiles"))
    [ask] = [one for one in found if isinstance(one, Ask)]
    assert b"page=2" in ask.body and ask.memo["first"] == 4
    with pytest.raises(Unreadable, match="1 to 3 of 3"):  # the first page again
        read(register, ask, PAGE)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("3 Profiles found, displaying 1 to 3.", ""),
        ("3 Profiles found", "Several Profiles found"),
        ("3 Profiles found", ", Profiles found"),
        ("3 Profiles found", f"{'3' * 5000} Profiles found"),
        ("displaying 1 to 3", "displaying 1 to 2"),
        ("3 Profiles found", "2 Profiles found"),
        ("displaying 1 to 3", "displaying 26 to 28"),
        ("clientRoster-484", "clientRoster-485"),
        ('id="rosterRecords"', 'id="records"'),
        ('<div class="row registryBlock odd">', '<div class="row">'),
    ],
    ids="banner words commas endless few total place roster list row".split(),
)
def test_another_page_is_unreadable(register: Register, was: str, now: str) -> None:
    assert was in PAGE
    with pytest.raises(Unreadable):
        read(register, first_page(register), PAGE.replace(was, now))


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('<div class="col-lg-2">Jan 1, 2026</div>', ""),
        (
            '<div class="col-lg-3">Practising</div>',
            '<div class="col-lg-3">Practising</div><div class="col-lg-1">Regina</div>',
        ),
        (LINK, "<a>"),
        (LINK, LINK + "More</a>" + LINK.replace("90001", "90009")),
        (LINK, LINK.replace("clientId=90001", "memberId=90001")),
        (LINK, LINK.replace("90001", "x")),
    ],
    ids="column gone,column more,no link,two links,other link,no number".split(","),
)
def test_a_row_with_other_columns_is_told(register: Register, was: str, now: str) -> None:
    assert was in PAGE
    found = read(register, first_page(register), PAGE.replace(was, now, 1))
    assert (codes(found), len(people(found))) == (["broken_row"], 2)


def test_columns_in_another_order_authorise_nobody(register: Register) -> None:
    swapped = PAGE.replace("Dec 31, 2026", "X").replace("Jan 1, 2026", "Dec 31, 2026")
    found = people(read(register, first_page(register), swapped.replace("X", "Jan 1, 2026")))
    assert {one.record.doubts for one in found} == {("bad_date",)}
    moved = PAGE.replace("Practising", "Regina")
    records = [one.record for one in people(read(register, first_page(register), moved))]
    assert {one.status for one in records} == {Status.UNRECOGNISED}


def test_an_impossible_expiry_withholds(register: Register) -> None:
    for said in ("Never", "Feb 30, 2026", "31/12/2026"):
        body = PAGE.replace("Dec 31, 2026", said)
        found = people(read(register, first_page(register), body))
        assert {one.record.doubts for one in found} == {("bad_date",)}


def test_walls_and_other_answers(register: Register) -> None:
    ask = first_page(register)
    with pytest.raises(Refused, match="log-in"):
        read(register, ask, '<html><form><input type="password"></form></html>')
    with pytest.raises(Refused):
        read(register, ask, "<html><title>captcha</title></html>")
    with pytest.raises(Unreadable, match="not utf-8"):
        read(register, ask, PAGE.replace("Philippa", "Ren\u00e9").encode("cp1252"))
    with pytest.raises(Unreadable, match="something else"):
        read(register, ask, b'{"result": []}')
    with pytest.raises(Unreadable, match="500"):
        read(register, ask, PAGE, status=500)
    with pytest.raises(Unreadable, match="no search form"):
        read(register, next(iter(ROSTER.start(register))), "<html>Members</html>")


def test_a_form_that_leads_to_another_host_is_refused(register: Register) -> None:
    [form] = ROSTER.start(register)
    with pytest.raises(Refused, match="another host"):
        read(register, form, FORM.replace('action="/', 'action="https://elsewhere.example/'))


def test_a_form_of_any_roster_breaks_nothing(register: Register) -> None:
    [form] = ROSTER.start(register)
    [ask] = read(register, form, FORM.replace('value="484"', 'value="4&quot;]8"'))
    assert isinstance(ask, Ask)
    with pytest.raises(Unreadable, match="roster that was asked for"):
        read(register, ask, PAGE)


def test_one_person_cannot_be_asked_for(register: Register) -> None:
    assert not list(ROSTER.find(register, "90001"))


@pytest.fixture
def crawl(sqlite_store: Store, register: Register, clock: Clock) -> Crawl:
    return Crawl(sqlite_store, register, clock, Standin([]))


def roster(crawl: Crawl, pages: int, stuck: bool = False) -> Callable[[Ask], Answer]:
    """A roster of so many pages of three; stuck, it sends the first one for ever."""

    def reply(ask: Ask) -> Answer:
        body: Any = FORM
        if ask.step == "list":
            at = 0 if stuck else ask.memo["page"] - 1
            shown = f"{3 * pages} Profiles found, displaying {3 * at + 1} to {3 * at + 3}."
            body = PAGE.replace("3 Profiles found, displaying 1 to 3.", shown)
            body = body.replace("clientId=9", f"clientId={at + 1}9")
        return Answer(ask, ask.url, 200, {}, body.encode(), crawl.clock())

    return reply


def test_a_sweep_reads_every_page(crawl: Crawl) -> None:
    run = crawl.good_night(replies=roster(crawl, 4))
    assert (run["read"], run["requests"]) == (12, 5)


def test_pages_that_repeat_are_held(crawl: Crawl) -> None:
    run = crawl.night(roster(crawl, 4, stuck=True))
    assert run["state"] is RunState.HELD and "unreadable" in crawl.issues(run["id"])
