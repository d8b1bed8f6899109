"""The pages: every state reads well, anything typed is escaped, and no page needs a script."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from config.jurisdiction import Coverage
from config.register import Register
from config.settings import Settings
from config.vocabulary import Health, Status, Verdict
from data.records import Name
from data.store import Store
from service import shown
from service.api import the_time
from service.app import create_app
from tests.conftest import Clock
from tests.data.nights import Nights, person
from tests.service.conftest import fill, frozen

PAGES = ["/", "/?q=Abelquist", "/verify", "/r/ca_on_cmto/k1", "/registers", "/guide"]
PLACES = Coverage().places
CONFIRMED = {"name": "Ingrith Abelquist", "number": "A1001"}
HOSTILE: list[str | bytes] = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} %s %(x)s",
    "a\u202eb\u200bc",
    "A\0B",
    "🦊 \ud83e",
    b"\xff\xfe",
    "x" * 10_000,
    "' OR 1=1 --",
]


@contextmanager
def service(settings: Settings, clock: Clock, **changed: Any) -> Iterator[TestClient]:
    app = create_app(settings.model_copy(update=changed), clock=lambda: 0.0)
    app.dependency_overrides[the_time] = lambda: frozen(clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def filled(home: Settings, ontario: Register, clock: Clock) -> Settings:
    fill(home, ontario, clock)
    return home


def words(page: Response) -> str:
    """What a reader sees of the main part, on one line."""
    main = page.text.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def verdict(page: Response) -> tuple[str, str]:
    """The tone and the headline of the verdict."""
    tone = re.search(r'class="verdict tone-(\w+)"', page.text)
    headline = re.search(r'id="verdict">([^<]*)<', page.text)
    assert tone and headline, words(page)
    return tone[1], headline[1]


@pytest.mark.parametrize("url", [*PAGES, "/static/site.css", "/static/icon.svg"])
def test_head_is_answered_like_get(client: TestClient, url: str) -> None:
    got, head = client.get(url), client.head(url)
    assert got.status_code == head.status_code == 200
    assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize("url", PAGES)
def test_a_page_needs_no_script_and_stays_small(client: TestClient, url: str) -> None:
    page = client.get(url)
    assert page.text.count("<script") == 1 == page.text.count('<script src="/static/site.js?')
    assert " style=" not in page.text and "<style" not in page.text
    assert not re.search(r'(src|href)="(https?:)?//[^"]*\.(css|js|woff2?|png)', page.text)
    weight = len(page.content) + sum(
        len(client.get(path).content) for path in re.findall(r'"(/static/[^"]+)"', page.text)
    )
    assert weight < (120_000 if url == "/registers" else 70_000)  # before it is packed


@pytest.mark.parametrize("url", PAGES)
def test_a_page_has_landmarks_labels_and_one_heading(client: TestClient, url: str) -> None:
    text = client.get(url).text
    assert '<html lang="en">' in text and 'href="#main"' in text
    assert text.count("<h1") == text.count("<main") == text.count("<header") == 1
    fields = re.findall(r'<(?:input|select) id="([^"]+)"', text)
    assert all(f'<label for="{field}"' in text for field in fields)
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_a_search_by_name_gives_a_choice_and_no_verdict(client: TestClient) -> None:
    page = client.get("/", params={"q": "Ingrith Abelquist"})
    assert 'class="verdict' not in page.text and "A1001" not in page.text
    assert 'href="/r/ca_on_cmto/k1"' in page.text
    for said in ("1 person found", "A•••1", "authorised to practise", "Ottawa", "EDT"):
        assert said in words(page)
    assert "General Certificate / Current" in words(page)
    assert "A name alone confirms nobody" in words(page)


def test_namesakes_are_all_listed(client: TestClient) -> None:
    page = client.get("/", params={"q": "Tamsin Twin"})
    assert "2 people found" in words(page)
    assert {"/r/ca_on_cmto/k5", "/r/ca_on_cmto/k6"} <= set(re.findall('"(/r/[^"]+)"', page.text))


def test_a_number_alone_asks_for_the_name(client: TestClient) -> None:
    page = client.get("/", params={"q": "A1001"})
    assert verdict(page)[0] == "open"
    assert "Whose number is it?" in words(page)
    assert 'id="number" name="number" class="short" value="A1001"' in page.text


def test_nobody_is_found_in_plain_words(client: TestClient) -> None:
    page = client.get("/", params={"q": "Nobody Atall"})
    assert verdict(page) == ("open", "Not found in the register")
    assert "not proof of wrongdoing" in words(page)
    assert "Make sure yourself" in words(page)


def test_a_search_shows_the_age_of_old_data(client: TestClient, clock: Clock) -> None:
    clock.forward(days=3)
    page = client.get("/", params={"q": "Abelquist"})
    assert "3 days ago" in words(page) and "too old to answer from" in words(page)


def test_an_empty_search_is_the_start_page(client: TestClient) -> None:
    assert client.get("/?q=").status_code == 200
    page = client.get("/", params={"q": " \u202e "})
    assert page.status_code == 422 and 'role="alert"' in page.text


@pytest.mark.parametrize(
    ("asked", "tone", "said"),
    [
        (CONFIRMED, "ok", "Listed as authorised to practise"),
        ({"name": "Annie Hollowmere-Udo", "number": "A1003"}, "care", "condition or notice"),
        ({"name": "Perpetua Grindlesham", "number": "A1002"}, "no", "Not authorised"),
        ({"name": "Somebody Else", "number": "A1001"}, "no", "belongs to another name"),
        ({"name": "Tamsin Twin"}, "open", "Not enough to tell"),
        ({"name": "Nobody Atall", "number": "Z9"}, "open", "Not found"),
        ({"name": "Oswin Corvantes", "number": "A1004"}, "care", "cannot confirm"),
        ({"name": "Nobody Atall", "place": "Quebec"}, "open", "No law there says"),
    ],
)
def test_every_verdict_has_its_card(
    client: TestClient, asked: dict[str, str], tone: str, said: str
) -> None:
    page = client.get("/verify", params=asked)
    assert page.status_code == 200
    assert verdict(page)[0] == tone
    assert said in verdict(page)[1]


def test_a_confirmation_says_when_why_and_where_to_make_sure(client: TestClient) -> None:
    page = client.get("/verify", params=CONFIRMED)
    for said in ("Last checked", "EDT", "less than an hour ago", "Valid until", "Evidence"):
        assert said in words(page)
    assert "The number is the one the register prints." in words(page)
    assert "What this does not tell you" in words(page)
    assert 'href="https://cmto.ca.thentiacloud.net/webs/cmto/register/"' in page.text
    assert "A1001" in words(page) and "Cedarlatch Massage Clinic, Ottawa" in words(page)


def test_a_fact_that_does_not_fit_stands_out(client: TestClient) -> None:
    page = client.get("/verify", params={**CONFIRMED, "place": "Toronto"})
    assert "Clinic or city: Does not agree Toronto The register shows another clinic" in words(page)


def test_a_restriction_stands_in_the_card_and_is_escaped(client: TestClient) -> None:
    page = client.get("/verify", params={"name": "Anneliese Hollowmere-Udo", "number": "A1003"})
    card = page.text.partition("<article")[2].partition("</article>")[0]
    assert "Chaperone &lt;script&gt;alert(1)&lt;/script&gt;" in card
    assert "<script>" not in page.text


def test_old_data_confirms_nobody(client: TestClient, clock: Clock) -> None:
    clock.forward(days=3)
    page = client.get("/verify", params=CONFIRMED)
    assert verdict(page) == ("care", "We cannot confirm this now")
    assert "3 days ago" in words(page)


def test_a_question_without_a_name_keeps_what_was_typed(client: TestClient) -> None:
    page = client.get("/verify", params={"number": "A1001"})
    assert page.status_code == 422
    assert "No name was given" in words(page) and 'value="A1001"' in page.text


def test_a_place_we_do_not_read_leads_to_its_own_register(client: TestClient) -> None:
    page = client.get("/verify", params={"name": "Nobody Atall", "place": "BC"})
    assert verdict(page)[1] == "We cannot confirm this now"
    assert f'href="{PLACES["CA-BC"].check_at}"' in page.text
    assert "thentiacloud" not in page.text


@pytest.mark.parametrize(("key", "shown"), [("k1", "A•••1"), ("A1001", "A1001")])
def test_one_registration(client: TestClient, key: str, shown: str) -> None:
    page = client.get(f"/r/ca_on_cmto/{key}")
    assert verdict(page) == ("open", "Listed. Now check whose it is")
    assert f"Number {shown}" in words(page)


@pytest.mark.parametrize("url", ["/r/ca_on_cmto/nobody", "/r/nowhere/k1", "/r/a/b/c", "/nothing"])
def test_nothing_there_is_a_page(client: TestClient, url: str) -> None:
    page = client.get(url)
    assert page.status_code == 404 and client.head(url).status_code == 404
    assert "Nothing is here" in words(page) and 'href="/registers"' in page.text


def test_registers_and_places_without_one(client: TestClient) -> None:
    seen = words(client.get("/registers"))
    for said in ("Up to date", "209", "Not read yet", "not yet tried on the real register"):
        assert said in seen
    quebec = PLACES["CA-QC"]
    assert all(said in seen for said in (quebec.name, quebec.source, "November 23, 2026"))
    assert PLACES["CA-BC"].body in seen


@pytest.mark.parametrize("field", ["q", "name", "number", "place", "register"])
def test_anything_typed_is_bounded_and_escaped(filled: Settings, clock: Clock, field: str) -> None:
    path, usual = ("/", {}) if field == "q" else ("/verify", CONFIRMED)
    start = f"{path}?{urlencode(usual)}&{field}="
    with service(filled, clock) as client:
        for text in HOSTILE:
            raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
            page = client.get(start + quote(raw))
            assert page.status_code in (200, 404, 422), text
            assert len(page.content) < 30_000  # a choice of every place is most of it
            assert page.text.count("<script") == 1, text
            assert not re.search("<script>|<img|\u202e|\0", page.text), text


@pytest.mark.parametrize("url", ["/r/ca_on_cmto/%00", "/r/%ED%A0%80/%FF", "/r/x/" + "y" * 9000])
def test_strange_addresses_are_not_found(filled: Settings, clock: Clock, url: str) -> None:
    with service(filled, clock) as client:
        assert client.get(url).status_code == 404


@pytest.mark.parametrize(("url", "status"), [("/?q=" + "x" * 201, 422), ("/?q=a&register=x", 404)])
def test_an_unanswerable_question_is_a_friendly_page(
    client: TestClient, url: str, status: int
) -> None:
    page = client.get(url)
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")


def test_look_ups_are_limited_and_empty_forms_are_not(filled: Settings, clock: Clock) -> None:
    with service(filled, clock, rate_limit=2) as client:
        assert [client.get(url).status_code for url in ["/", "/verify"] * 2] == [200] * 4
        codes = [client.get(url).status_code for url in ("/?q=A1001", "/r/ca_on_cmto/k1")]
        assert codes == [200, 200]
        refused = client.get("/verify", params=CONFIRMED)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    assert "Too many look-ups" in words(refused)


def test_only_reading_is_allowed(client: TestClient) -> None:
    refused = client.post("/registers")
    assert refused.status_code == 405 and "GET" in refused.headers["allow"]
    assert "That cannot be done here" in words(refused)


def test_a_broken_store_says_so(filled: Settings, clock: Clock) -> None:
    file = filled.home / "goodstanding.db"
    with service(filled, clock) as client:
        with closing(sqlite3.connect(file)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        # In place and as long as before: whoever has it mapped into memory would die of a cut file.
        with file.open("r+b") as spoilt:
            spoilt.write(b"no page" * (file.stat().st_size // 7))
        page = client.get("/verify", params=CONFIRMED)
    assert (page.status_code, page.headers["retry-after"]) == (503, "30")
    assert "nothing can be confirmed" in words(page)


@pytest.mark.parametrize("demo", [True, False])
def test_a_demonstration_says_that_everybody_is_invented(
    filled: Settings, clock: Clock, demo: bool
) -> None:
    with service(filled, clock, demo=demo) as client:
        for url in (*PAGES, "/nothing"):
            assert ("Everybody shown here is invented." in client.get(url).text) is demo


def test_no_page_calls_anybody_good(client: TestClient) -> None:
    seen = [client.get(url) for url in (*PAGES, "/?q=A1001", "/?q=Nobody Atall", "/nothing")]
    seen += [client.get("/verify", params=CONFIRMED)]
    for page in seen:
        text = page.text.replace("Good Standing", "")
        assert not re.search(r"\b(safe|good|trusted|trust)\b", text, re.IGNORECASE)


def test_registers_without_numbers_ask_for_the_place(
    home: Settings, ontario: Register, clock: Clock
) -> None:
    fill(home, ontario, clock, numbers=False)
    with service(home, clock) as client:
        assert "shows no number for this person" in words(client.get("/r/ca_on_cmto/k1"))
        page = client.get("/verify", params={"name": "Ingrith Abelquist", "place": "Ottawa"})
    assert verdict(page) == ("ok", "Listed as authorised to practise")
    assert "No number was compared" in words(page)


@pytest.mark.parametrize("path", ["/", "/verify", "/nothing", "/apiary", "/healthzz"])
def test_people_get_pages_and_machines_problems(client: TestClient, path: str) -> None:
    kinds = {client.delete(where).headers["content-type"] for where in (path, f"/api/v1{path}")}
    assert kinds == {"text/html; charset=utf-8", "application/problem+json"}


def test_every_word_has_its_look() -> None:
    assert set(shown.VERDICT_LOOK) == set(Verdict)
    assert set(shown.STATUS_ICON) == set(Status)
    shapes = [shape for _, shape in shown.VERDICT_LOOK.values()]
    assert len(shapes) == len(set(shapes))
    registers = (Path(shown.__file__).parent / "templates/registers.html").read_text()
    assert all(f'"{health}":' in registers for health in Health)


@pytest.mark.parametrize("link", ["javascript:alert(1)", " data:text/html,x", "//x.example", ""])
def test_only_web_links_of_a_register_are_followed(link: str) -> None:
    render = shown.environment("en").from_string("{{ link | web_link }}").render
    assert render(link=link) == ""
    assert render(link="https://example.org/a") == "https://example.org/a"


@pytest.fixture
def crowded(home: Settings, ontario: Register, clock: Clock) -> Settings:
    """Forty-five people of one family name."""
    store = Store.of(home)
    names = [f"Ana{one}{other}" for one in "bcd" for other in "efghijklmnopqrs"]
    people = [person(n, name=Name(name, "Dahl")) for n, name in enumerate(names)]
    Nights(store, ontario, clock).accept(people)
    store.close()
    return home


def test_a_long_list_leads_on_page_by_page(crowded: Settings, clock: Clock) -> None:
    with service(crowded, clock) as client:
        path, seen, headings = "/?q=Dahl&register=ca_on_cmto", list[str](), list[str]()
        while path:
            page = client.get(path)
            seen += re.findall(r'class="person-name"><a href="([^"]+)"', page.text)
            headings += re.findall(r"(\d+ (?:more )?people) found", page.text)
            onward = re.search(r'<a rel="next" href="([^"]+)"', page.text)
            path = unescape(onward[1]) if onward else ""
            assert not path or "register=ca_on_cmto" in path
        assert len(seen) == len(set(seen)) == 45
        assert headings == ["20 people", "20 more people", "5 more people"]
        assert "Back to the first people" in words(page)


def test_each_person_in_a_list_says_why(filled: Settings, clock: Clock) -> None:
    with service(filled, clock) as client:
        said = words(client.get("/?q=Anneliese+Holowmere-Udo"))
    assert "Why it is listed The family name differs by one letter. The given name agrees." in said
    assert "No registration number was given" not in said


def test_a_misread_number_is_hinted_at_and_not_told(filled: Settings, clock: Clock) -> None:
    with service(filled, clock) as client:
        page = client.get("/verify", params={"name": "Ingrith Abelquist", "number": "A1O01"})
        assert "Perhaps it was misread" in words(page) and "A1001" not in page.text
        page = client.get("/", params={"q": "AI001"})
        assert "Somebody bears A1001: was it misread?" in words(page)
        assert "Perhaps" not in words(client.get("/verify", params=CONFIRMED))


@pytest.mark.parametrize("cursor", ["x", "AAAA", "0", "é", "MSwyLDM", "-1", "9" * 100])
def test_a_nonsense_cursor_is_refused_in_words(filled: Settings, clock: Clock, cursor: str) -> None:
    with service(filled, clock) as client:
        page = client.get("/", params={"q": "Abelquist", "cursor": cursor})
    assert page.status_code in (200, 422)
    assert page.status_code == 200 or "no cursor of ours" in words(page)
