"""Registers as HTML tables: read by their headings, and nothing else taken for one."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from config.register import Catalogue, Register
from config.vocabulary import RunState, Status
from crawler.ask import Answer, Ask, Found, Oddity, Refused, Seen, Unreadable
from crawler.platforms import PLATFORMS
from crawler.standin import Standin
from data.records import Record
from data.store import Store
from tests.conftest import Clock
from tests.crawler.drive import Crawl

TABLE = PLATFORMS["table"]
WALLS = Path(__file__).parent / "walls"
PAGE = (Path(__file__).parent.parent / "samples/ca_nb_cmtnb/list.html").read_text()
DETAIL = (Path(__file__).parent.parent / "samples/us_va_dhp/detail-active.html").read_text()
URL = "https://register.example/list"
LIST = Ask(URL, "list", {"page": 1})
ONE = Ask(URL, "detail", {"wanted": "0019999901"})
FIRST = "Arseneault, Mirabel"


@pytest.fixture
def register(catalogue: Catalogue) -> Register:
    return catalogue.get("ca_nb_cmtnb").at(URL)


@pytest.fixture
def virginia(catalogue: Catalogue) -> Register:
    return catalogue.get("us_va_dhp")


def read(register: Register, body: str | bytes, ask: Ask = LIST) -> list[Found]:
    raw = body.encode() if isinstance(body, str) else body
    at = datetime(2026, 6, 20, tzinfo=UTC)
    return list(TABLE.read(register, Answer(ask, ask.url, 200, {}, raw, at)))


def people(found: list[Found]) -> list[Record]:
    return [one.record for one in found if isinstance(one, Seen)]


def codes(found: list[Found]) -> list[str]:
    return [one.code for one in found if isinstance(one, Oddity)]


def with_options(register: Register, **options: object) -> Register:
    return register.model_copy(update={"options": {**register.options, **options}})


def test_rows_become_people(register: Register) -> None:
    first, second, third = people(read(register, PAGE))
    assert (first.name.full, first.number, first.expires) == (
        "Mirabel Arseneault",
        "NB-99041",
        date(2026, 12, 31),
    )
    assert (second.status, third.status) == (Status.RESIGNED, Status.AUTHORISED_NOTICE)


def test_columns_are_found_by_their_words(register: Register) -> None:
    """Two columns change places, heading and cells."""
    table = PAGE.replace(
        "<th>Name</th><th>Licence Number</th>", "<th>Licence Number</th><th>Name</th>"
    )
    cells = f"<td>{FIRST}</td><td>NB-99041</td>"
    table = table.replace(cells, f"<td>NB-99041</td><td>{FIRST}</td>")
    assert people(read(register, table))[0].name.family == "Arseneault"


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("License Status", "Standing"),
        ("<th>Name</th>", "<th>Name</th><th>Warnings</th>"),
        ("<th>Conditions</th>", ""),
        ("<th>Conditions</th>", "<th>Name</th>"),
        ("<table>", "<table><tr><td>News</td></tr></table><table>"),
        ("<table>", "<div>"),
    ],
)
def test_another_shape_is_unreadable(register: Register, was: str, now: str) -> None:
    with pytest.raises(Unreadable):
        read(register, PAGE.replace(was, now))


@pytest.mark.parametrize(
    "row",
    [
        "<tr><td>Short, Row</td><td>NB-1</td></tr>",
        "<tr><td>Wide, Row</td>" + "<td>Active</td>" * 8 + "</tr>",
        '<tr><td colspan="8">Only the first 100 are shown</td></tr>',
    ],
)
def test_a_row_of_the_wrong_width_is_told(register: Register, row: str) -> None:
    found = read(register, PAGE.replace("</tbody>", row + "</tbody>"))
    assert codes(found) == ["broken_row"] and len(people(found)) == 3


def test_a_table_inside_a_cell_stays_inside(register: Register) -> None:
    nested = f"<table><tr><td>{FIRST}</td><td></td></tr></table>"
    page = PAGE.replace(f"<td>{FIRST}</td>", f"<td>{nested}</td>")
    found = read(with_options(register, table="body > table"), page)
    assert not codes(found) and people(found)[0].name.family == "Arseneault"


@pytest.mark.parametrize("wall", sorted(WALLS.iterdir()), ids=lambda path: path.name)
def test_a_wall_is_no_list(register: Register, wall: Path) -> None:
    with pytest.raises((Refused, Unreadable)):
        read(register, wall.read_bytes())


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_login_form_is_a_wall(register: Register, mark: str) -> None:
    with pytest.raises(Refused, match="log-in form"):
        read(register, mark + PAGE.replace("<table>", '<input type="password"><table>'))


@pytest.mark.parametrize("body", ["", "{}", "<html><title>Maintenance</title></html>"])
def test_anything_else_is_unreadable(register: Register, body: str) -> None:
    with pytest.raises(Unreadable):
        read(register, body)


def test_the_encoding_is_the_declared_one(register: Register) -> None:
    raw = PAGE.replace("Mirabel", "Zoé").encode("cp1252")
    assert people(read(with_options(register, encoding="cp1252"), raw))[0].name.given == "Zoé"
    with pytest.raises(Unreadable, match="not utf-8"):
        read(register, raw)


@pytest.mark.parametrize(
    ("said", "expires", "doubts"),
    [
        ("2026-12-31", date(2026, 12, 31), ()),
        ("12/31/2026", date(2026, 12, 31), ()),
        ("December 31, 2026", date(2026, 12, 31), ()),
        ("", None, ()),
        ("31/12/2026", None, ("bad_date",)),
        ("Never", None, ("bad_date",)),
    ],
)
def test_dates_in_declared_forms_only(
    register: Register, said: str, expires: date | None, doubts: tuple[str, ...]
) -> None:
    dated = with_options(register, dates=["%m/%d/%Y", ""])
    first = people(read(dated, PAGE.replace("2026-12-31", said, 1)))[0]
    assert (first.expires, first.doubts) == (expires, doubts)


def test_a_next_page_is_a_link_or_a_number(register: Register) -> None:
    linked = PAGE.replace("</body>", '<a class="next" href="/list?p=2">Next</a></body>')
    by_link = read(with_options(register, next="a.next"), linked)[-1]
    by_number = read(with_options(register, page="p"), PAGE)[-1]
    for ask in (by_link, by_number):
        assert isinstance(ask, Ask) and (ask.url, ask.memo["page"]) == (f"{URL}?p=2", 2)
    empty = PAGE[: PAGE.index("<tbody>")] + "</table></body></html>"
    assert not read(with_options(register, page="p"), empty)


def test_a_link_to_another_host_is_refused(register: Register) -> None:
    linked = PAGE.replace("</body>", '<a class="next" href="//evil.example/2">Next</a></body>')
    with pytest.raises(Refused, match=r"another host \(evil.example\)"):
        read(with_options(register, next="a.next"), linked)


def test_another_professions_numbers_are_left_out(register: Register) -> None:
    assert not people(read(with_options(register, numbers=r"RMT-\d+"), PAGE))


def test_a_person_has_a_page(virginia: Register) -> None:
    [one] = read(virginia, DETAIL, ONE)
    assert isinstance(one, Record)
    assert (one.status, one.expires) == (Status.AUTHORISED, date(2028, 7, 31))


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("0019999901", "0019999902"),
        ("License Status", "Status"),
        ("</table></body>", "<tr><th>Restrictions</th><td>Many</td></tr></table></body>"),
        ("<body>", "<body>Your search returned too many records."),
        ("<th>License Number</th>", "<td>License Number</td>"),
    ],
)
def test_another_page_is_not_that_person(virginia: Register, was: str, now: str) -> None:
    with pytest.raises(Unreadable):
        read(virginia, DETAIL.replace(was, now), ONE)


def test_an_unknown_mark_on_the_page_is_doubted(virginia: Register) -> None:
    [*_, one] = read(virginia, DETAIL.replace("<td>No</td>", "<td>See order</td>"), ONE)
    assert isinstance(one, Record) and one.doubts == ("unknown_alert",)


def test_a_search_sends_the_number_as_the_register_writes_it(virginia: Register) -> None:
    [ask] = TABLE.find(virginia, "19999901")
    assert (ask.method, ask.body, ask.step) == ("POST", b"LicenseNo=0019999901", "detail")
    assert not list(TABLE.start(virginia))


@pytest.fixture
def crawl(sqlite_store: Store, register: Register, clock: Clock) -> Crawl:
    small = register.expect.model_copy(update={"records_min": 1})
    paged = with_options(register, page="p").model_copy(update={"expect": small})
    return Crawl(sqlite_store, paged, clock, Standin([]))


def pages(crawl: Crawl, last: int, repeat: bool = False) -> Callable[[Ask], Answer]:
    """A list of `last` pages, each with numbers of its own, or all with the first one's."""

    def reply(ask: Ask) -> Answer:
        number = ask.memo["page"]
        page = PAGE if number <= last else PAGE[: PAGE.index("<tbody>")] + "</table></html>"
        body = page if repeat else page.replace("NB-99", f"NB-{number}9")
        return Answer(ask, ask.url, 200, {}, body.encode(), crawl.clock())

    return reply


def test_a_sweep_reads_every_page(crawl: Crawl) -> None:
    run = crawl.good_night(replies=pages(crawl, 3))
    assert (run["read"], run["new"]) == (9, 9)


def test_pages_that_repeat_are_held(crawl: Crawl) -> None:
    run = crawl.night(pages(crawl, 9, repeat=True))
    assert run["state"] is RunState.HELD and "repeated_page" in crawl.issues(run["id"])
