"""myLicense and its kind, asked over httpx: a session, a form, results, a person, or nothing."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from scrapy.http import Request, Response

from config.register import Catalogue, Register
from config.settings import Settings
from config.vocabulary import Status
from crawler.ask import CrawlError, Refused, Unreadable
from crawler.pace import Patience, scrapy_settings
from crawler.platforms import PLATFORMS, keeps_session
from crawler.recheck import recheck
from data.records import Record
from tests.conftest import Clock

SAMPLES = Path(__file__).parent.parent / "samples"
PAGES = {path.stem: path.read_text() for path in (SAMPLES / "us_nj_mylicense").glob("*.html")}
DEAD = '<html><span id="label_pagetitle">Error</span><p>An internal error has occurred.</p></html>'
ACTIVE, SECOND_PAGE = "18KT0099990000", "18KT0099990500"
DETAILS = {"0000": "detail-active", "0003": "detail-suspended", "0010": "detail-expired"}


def page(body: str, **headers: str) -> httpx.Response:
    return httpx.Response(200, headers=headers, stream=httpx.ByteStream(body.encode()))


def sent_on(to: str) -> httpx.Response:
    return httpx.Response(302, headers={"Location": to}, stream=httpx.ByteStream(b""))


class NewJersey:
    """The form of a session; `lies` replace single pages, by path, by what a test says."""

    def __init__(self, **lies: str) -> None:
        self.lies, self.asked = lies, list[str]()
        self.sessions = 99  # requests for which the session lives

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name == "robots.txt":
            return httpx.Response(404, stream=httpx.ByteStream(b""))
        step = "next" if b"datagrid" in request.read() else name.partition(".")[0]
        step = "post" if (step, request.method) == ("Search", "POST") else step
        self.asked.append(step)
        lie = self.lies.get(step)
        if lie is not None:
            return sent_on(lie[3:]) if lie.startswith("to:") else page(lie)
        if step == "Search":
            return page(PAGES["form"], **{"Set-Cookie": "id=1; path=/"})
        if request.headers.get("cookie") != "id=1" or len(self.asked) > self.sessions:
            return page(DEAD)
        return self.told(step, request)

    def told(self, step: str, request: httpx.Request) -> httpx.Response:
        if step == "post":
            said = parse_qs(request.read().decode(), keep_blank_values=True)
            kept = ("__VIEWSTATE", "__EVENTVALIDATION", "sch_button", "t_web_lookup__first_name")
            assert all(name in said for name in kept)
            return sent_on("SearchResults.aspx")
        if step in ("SearchResults", "next"):
            return page(PAGES["results-2" if step == "next" else "results-1"])
        return page(PAGES[DETAILS[request.url.params["result"][-4:]]])


@pytest.fixture
def ask(catalogue: Catalogue, settings: Settings, clock: Clock) -> Callable[..., Record]:
    register: Register = catalogue.get("us_nj_mylicense")

    def asked(number: str, server: NewJersey) -> Record:
        return recheck(register, number, settings, clock, httpx.MockTransport(server)).record

    return asked


def test_a_person_is_found_in_a_session(ask: Callable[..., Record]) -> None:
    server = NewJersey()
    record = ask("18kt-0099990000", server)
    assert (record.name.full, record.status) == ("Tamsin Orla Ferrowdale", Status.AUTHORISED)
    assert server.asked == ["Search", "post", "SearchResults", "next", "Details"]


def test_a_person_of_the_second_page_too(ask: Callable[..., Record]) -> None:
    assert ask(SECOND_PAGE, NewJersey()).status is Status.EXPIRED


def results(was: str, now: str) -> dict[str, str]:
    return {"SearchResults": PAGES["results-1"].replace(was, now)}


def details(was: str, now: str) -> dict[str, str]:
    return {"Details": PAGES["detail-active"].replace(was, now)}


LIES: dict[str, dict[str, str]] = {
    "the form is dead": {"Search": DEAD},
    "the form has no state": {"Search": PAGES["form"].replace("__EVENTVALIDATION", "__OTHER")},
    "the form has another field": {"Search": PAGES["form"].replace("license_no", "number")},
    "the results are dead": {"SearchResults": DEAD},
    "the form comes again": {"SearchResults": PAGES["form"]},
    "maintenance": {"SearchResults": "<html><title>Maintenance</title></html>"},
    "a page repeats": {"next": PAGES["results-1"]},
    "the person is on two pages": {
        "next": PAGES["results-2"].replace("18KT0099990500", ACTIVE),
    },
    "two people bear the number": results("18KT0099990100", ACTIVE),
    "the next page is dead": {"next": DEAD},
    "another heading": results("<td>Status</td>", "<td>Standing</td>"),
    "one heading more": results("<td>State</td>", "<td>State</td><td>Board</td>"),
    "a row too short": results("<td><span>Active</span></td>", ""),
    "a person in a styled row": results("<tr>\n", '<tr style="color:red">\n'),
    "no link": results("Details.aspx?", "Other.aspx?"),
    "the page is dead": {"Details": DEAD},
    "the page is a form": {"Details": PAGES["form"]},
    "somebody else's page": {"Details": PAGES["detail-suspended"]},
    "somebody else's number": details(ACTIVE, "18KT0099990001"),
    "a label renamed": details('id="expiration_date"', 'id="expires_on"'),
    "a label more": details("Examination", '<span id="limits">Chaperone</span>'),
    "another profession": details("Massage and Bodywork Therapy", "Cosmetology"),
}


@pytest.mark.parametrize("lie", LIES)
def test_nothing_is_told_from_another_page(ask: Callable[..., Record], lie: str) -> None:
    with pytest.raises(Unreadable):
        ask(ACTIVE, NewJersey(**LIES[lie]))


@pytest.mark.parametrize("lives", [1, 2, 3, 4])
def test_a_session_that_ends_half_way_tells_nothing(ask: Callable[..., Record], lives: int) -> None:
    server = NewJersey()
    server.sessions = lives
    with pytest.raises(Unreadable):
        ask(ACTIVE, server)


@pytest.mark.parametrize(
    ("lie", "step"),
    [
        ("to:https://evil.example/x", "post"),
        ("to:http://newjersey.mylicense.com/x", "post"),
        (PAGES["form"].replace('action="Search', 'action="//evil.example/Search'), "Search"),
        ('<html><input type="password"></html>', "post"),
        ("<html>captcha</html>", "Details"),
    ],
    ids=["host", "http", "form", "login", "captcha"],
)
def test_another_host_or_a_wall_is_a_refusal(
    ask: Callable[..., Record], lie: str, step: str
) -> None:
    server = NewJersey(**{step: lie})
    with pytest.raises(Refused):
        ask(ACTIVE, server)


class Endless(NewJersey):
    """Every page of its results has another one after it, with other people."""

    def told(self, step: str, request: httpx.Request) -> httpx.Response:
        if step == "next":
            return page(PAGES["results-1"].replace("18KT00", f"18KT{len(self.asked)}"))
        return super().told(step, request)


def test_results_without_end_are_left(ask: Callable[..., Record]) -> None:
    server = Endless()
    with pytest.raises(Unreadable, match="on and on"):
        ask(ACTIVE, server)
    assert len(server.asked) < 10


def test_a_form_is_sent_once_and_its_answer_fetched() -> None:
    """The spider too follows a form's redirect with GET, and without the form."""
    form = Request("https://x.example/Search.aspx", method="POST", body=b"a=1")
    moved = Response(form.url, status=302, headers={"Location": "Results.aspx"})
    after = Patience(0)._redirect(form, moved)
    assert (after.method, after.body, after.url) == ("GET", b"", "https://x.example/Results.aspx")


def test_redirects_come_to_an_end(ask: Callable[..., Record]) -> None:
    loop = "to:SearchResults.aspx"
    with pytest.raises(CrawlError, match="HTTP 302"):
        ask(ACTIVE, NewJersey(SearchResults=loop))


@pytest.mark.parametrize(
    ("lies", "doubt"),
    [
        (results("<span>Active</span>", "<span>Expired</span>"), "list_detail_conflict"),
        (results("Orla Ferrowdale", "Orla Other"), "list_detail_conflict"),
        (details("Currently there is no", "There is"), "unknown_alert"),
        (details('sec_lic_substatus">', 'sec_lic_substatus">Under order'), "unknown_word"),
        (details("11/30/2026", "Never"), "bad_date"),
        (details(">Massage and Bodywork Therapist<", ">Student<"), "unknown_class"),
    ],
)
def test_what_disagrees_or_is_unknown_is_doubted(
    ask: Callable[..., Record], lies: dict[str, str], doubt: str
) -> None:
    assert doubt in ask(ACTIVE, NewJersey(**lies)).doubts


def nevada(request: httpx.Request) -> httpx.Response:
    """Two pages of results, and no pages of people."""
    if request.url.path == "/robots.txt":
        return httpx.Response(404, stream=httpx.ByteStream(b""))
    step = "results-2" if b"Page%242" in request.read() else "results-1"
    step = "form" if request.method == "GET" else step
    return page((SAMPLES / f"us_nv_bmt/{step}.html").read_text())


@pytest.mark.parametrize("number", ["NVMT.99900", "NVMT.99905"])
def test_the_answer_kept_is_the_one_that_shows_the_person(
    catalogue: Catalogue, settings: Settings, clock: Clock, number: str
) -> None:
    transport = httpx.MockTransport(nevada)
    found = recheck(catalogue.get("us_nv_bmt"), number, settings, clock, transport)
    assert found.record.number == number and number.encode() in found.answer.body


def test_only_platforms_that_ask_get_cookies(settings: Settings) -> None:
    assert keeps_session(PLATFORMS["webforms"]) and not keeps_session(PLATFORMS["thentia"])
    assert scrapy_settings(settings, 1.0)["COOKIES_ENABLED"] is False
    assert scrapy_settings(settings, 1.0, cookies=True)["COOKIES_ENABLED"] is True
