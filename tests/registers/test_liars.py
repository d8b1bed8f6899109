"""Every saved page of every register, spoilt in every way an answer goes bad: nobody is confirmed.

An honest reading comes first; a spoilt page must then raise, or be told to the operator, or read
exactly as the honest one. Adding a register adds these tests.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from config.register import Catalogue, Example, Register
from config.vocabulary import AUTHORISED
from crawler.ask import Ask, CrawlError, Found, Oddity, Refused, Seen, Unreadable
from data.records import Record
from tests.registers.pages import read_as, read_pages

WALLS = sorted((Path(__file__).parents[1] / "crawler" / "walls").iterdir())
LOGIN = b'<html><title>Sign in</title><form><input name=p type="password"></form></html>'
MAINTENANCE = b"<html><head><title>Scheduled maintenance</title></head><body></body></html>"


@dataclass(frozen=True)
class Page:
    """One saved page, and the question it answers."""

    register: Register
    ask: Ask
    path: Path

    @property
    def id(self) -> str:
        return f"{self.register.id}-{self.path.stem}"

    @property
    def body(self) -> bytes:
        return self.path.read_bytes()

    @property
    def text(self) -> str:
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError:
            return self.body.decode("cp1252")

    def read(self, body: bytes, status: int = 200) -> list[Found]:
        return read_as(self.register, self.ask, self.path, body, status)


def _pages() -> Iterator[Page]:
    for register in Catalogue():
        yield from (Page(register, *told) for told in read_pages(register).answered)


PAGES = list({page.id: page for page in _pages()}.values())
each = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)


def people(found: list[Found]) -> list[Record]:
    return [one.record if isinstance(one, Seen) else one for one in found if _is_person(one)]  # type: ignore[union-attr,misc]


def _is_person(one: Found) -> bool:
    return isinstance(one, Seen | Record)


def good(found: list[Found]) -> set[str]:
    """Who would be confirmed from what was read."""
    return {one.key for one in people(found) if one.status in AUTHORISED and not one.doubts}


def told(found: list[Found]) -> set[str]:
    return {one.code for one in found if isinstance(one, Oddity)} - {"rows_read", "garbled_text"}


def test_every_platform_is_spoilt() -> None:
    assert {page.register.id for page in PAGES} == {one.id for one in Catalogue()}


@each
def test_a_wall_with_status_200_is_refused(page: Page) -> None:
    for body in (*(wall.read_bytes() for wall in WALLS if "200" in wall.name), LOGIN):
        with pytest.raises(Refused):
            page.read(body)


@each
@pytest.mark.parametrize("status", [401, 403, 405, 451])
def test_a_refusal_is_refused_whatever_its_body(page: Page, status: int) -> None:
    for body in (page.body, WALLS[0].read_bytes(), b""):
        with pytest.raises(Refused):
            page.read(body, status)


@each
@pytest.mark.parametrize("status", [204, 404, 410, 500, 503])
def test_another_status_is_unreadable_whatever_its_body(page: Page, status: int) -> None:
    for body in (page.body, b""):
        with pytest.raises(Unreadable):
            page.read(body, status)


@each
@pytest.mark.parametrize(
    "body",
    [MAINTENANCE, b"", b"   \n", b"null", b"[]", b"{}", b'"ok"', b"0", b"<", b"\x00" * 64],
    ids=repr,
)
def test_something_else_with_status_200_tells_of_nobody(page: Page, body: bytes) -> None:
    with pytest.raises(CrawlError):
        _told_of_nobody(page.read(body), page)


def _told_of_nobody(found: list[Found], page: Page) -> None:
    """Two may be read, and hold the run: an empty list of rows, and a file without a heading."""
    assert not people(found)
    empty = page.register.platform == "socrata" and page.ask.step in ("rows", "person")
    if empty or "cut_file" in told(found):
        raise Unreadable("left to the gates")


@each
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.97])
def test_a_page_that_breaks_off_is_noticed(page: Page, share: float) -> None:
    try:
        found = page.read(page.body.strip()[: int(len(page.body.strip()) * share)])
    except CrawlError:
        return
    assert told(found) & {"cut_file", "broken_row"} or _last_word(page, found)


def _last_word(page: Page, found: list[Found]) -> bool:
    """A file cut inside the last cell of a row looks whole; nobody new may come of that."""
    return page.register.platform == "bulk" and good(found) <= good(page.read(page.body))


def _accented(page: Page) -> str:
    """The page with an accent in somebody's family name."""
    text = page.text
    names = [one.name.family for one in people(page.read(page.body)) if one.name.family in text]
    spelt = text.replace(names[0], f"Ré{names[0]}") if names else text
    try:
        page.read(spelt.encode())
    except CrawlError:  # it must bear the name of the list
        return text
    return spelt


@each
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_another_encoding_reads_the_same_or_not_at_all(page: Page, encoding: str) -> None:
    text = _accented(page)
    honest = people(page.read(text.encode()))
    body = text.encode(encoding, "xmlcharrefreplace")
    try:
        found = people(page.read(body))
    except CrawlError:
        assert encoding != "utf-8"
        return
    assert [one.name for one in found] == [one.name for one in honest]
    assert [one.status for one in found] == [one.status for one in honest]


# Facts without which nothing may be concluded; the others may be missing, and that is told.
DECISIVE = "number key name family status category reason may_practise".split()


def _columns(page: Page) -> dict[str, str]:
    """Our facts by the columns or labels of this page."""
    options = page.register.options
    if page.ask.step in ("form", "directory", "count"):
        return {}
    if page.ask.step == "detail":
        return {**page.register.fields, **options.get("profile", {}), **options.get("page", {})}
    return options.get("list") or page.register.fields


def _alone(column: str) -> re.Pattern[bytes]:
    return re.compile(rf"(?<![\w]){re.escape(column)}(?![\w])".encode())


RENAMED = [
    (page, column)
    for page in PAGES
    for fact, column in _columns(page).items()
    if fact in DECISIVE and _alone(column).search(page.body)
]


@pytest.mark.parametrize(("page", "column"), RENAMED, ids=[f"{p.id}-{c}" for p, c in RENAMED])
def test_a_decisive_column_under_another_name_confirms_nobody(page: Page, column: str) -> None:
    """Where the fact stands twice (a page and its list), it may be read from the other place."""
    try:
        found = page.read(_alone(column).sub(b"Zz" + column.encode()[1:], page.body))
    except CrawlError:
        return
    assert told(found) or not people(found)
    honest = {one.key: (one.name, one.status, one.number) for one in people(page.read(page.body))}
    for one in people(found):
        assert one.key not in good(found) or honest[one.key] == (one.name, one.status, one.number)


def _more(body: Any) -> Any:
    """JSON with one more key in every object that has several."""
    if isinstance(body, dict):
        said = {name: _more(value) for name, value in body.items()}
        return said | {"zzWarning": "Chaperone"} if len(said) > 2 else said
    return [_more(one) for one in body] if isinstance(body, list) else body


LISTED = [page for page in PAGES if page.path.suffix == ".json"]
# A list of providers confirms nobody whatever it says; a portal's columns stand in a list of labels
# (tests/crawler/test_thentia_portal.py).
STRICT = [
    page
    for page in LISTED
    if page.register.platform != "nppes" and page.register.options.get("dialect") != "portal"
]


@pytest.mark.parametrize("page", STRICT, ids=lambda page: page.id)
def test_a_key_nobody_declared_is_told(page: Page) -> None:
    try:
        found = page.read(json.dumps(_more(json.loads(page.body))).encode())
    except CrawlError:
        return
    assert "undeclared_field" in told(found) or not people(found)


FILES = [page for page in PAGES if page.ask.step == "file"]


@pytest.mark.parametrize("page", FILES, ids=lambda page: page.id)
def test_a_column_more_or_less_in_a_file(page: Page) -> None:
    mark = page.register.options.get("delimiter", ",").encode()
    end = b"\r\n" if b"\r\n" in page.body else b"\n"
    rows = page.body.removesuffix(end).split(end)
    wider = end.join(row + mark + b"New" for row in rows) + end
    narrower = end.join(row.rpartition(mark)[0] for row in rows) + end
    for body in (wider, narrower):
        try:
            found = page.read(body)
        except CrawlError:
            continue
        assert not good(found)


@cache
def _printed(day: date) -> list[str]:
    forms = ["%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%B %d, %Y", "%b %d, %Y", "%b-%d-%Y"]
    shapes = [day.strftime(form) for form in forms]
    return [*shapes, f"{day.month}/{day.day}/{day.year}", f"{day:%b} {day.day}, {day.year}"]


def _dated() -> Iterator[tuple[Page, Example, str]]:
    for page in PAGES:
        for one in page.register.examples:
            text = page.text
            printed = (
                [said for said in _printed(one.expires) if said in text] if one.expires else []
            )
            if printed and one.key in good(page.read(page.body)):
                yield page, one, printed[0]


DATED = list(_dated())


@pytest.mark.parametrize(
    ("page", "one", "printed"), DATED, ids=[f"{page.id}-{one.key}" for page, one, _ in DATED]
)
@pytest.mark.parametrize("said", ["Never", "31/31/2027", "2922-06-30", "30.06.27", "soon"])
def test_an_expiry_that_is_no_date_confirms_nobody(
    page: Page, one: Example, printed: str, said: str
) -> None:
    body = page.body.replace(printed.encode(), said.encode())
    try:
        found = page.read(body)
    except CrawlError:
        return
    assert one.key not in good(found) and "bad_date" in told(found)


def test_the_tests_above_spoil_something_everywhere() -> None:
    """Platforms that a kind of fault does not reach are named here, so that none is forgotten."""
    every = {one.platform for one in Catalogue()}
    assert every - {page.register.platform for page, _ in RENAMED} == {"nppes"}
    assert every - {page.register.platform for page, *_ in DATED} == {"nppes", "alinity"}
    assert {page.register.platform for page in FILES} == {"bulk"}
    assert {page.register.platform for page in STRICT} == {"alinity", "keyed", "socrata", "thentia"}
