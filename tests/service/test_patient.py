"""What a patient's pages add: places, receipts with a code, the guide, what agrees, since when."""

import re
from dataclasses import replace
from html import unescape
from io import BytesIO
from urllib.parse import quote

import pytest
import segno
from fastapi.testclient import TestClient

from config.guide import read_guide
from config.jurisdiction import Coverage, Jurisdiction
from config.register import Register
from config.settings import Settings
from config.vocabulary import ADVERSE, AUTHORISED, Status
from data.records import Name
from data.store import Store
from service import shown
from tests.conftest import Clock
from tests.data.nights import Nights, person
from tests.house.reading import ease, grade
from tests.service.conftest import everybody, fill
from tests.service.test_pages import CONFIRMED, HOSTILE, service, verdict, words


@pytest.fixture
def filled(home: Settings, ontario: Register, clock: Clock) -> Settings:
    fill(home, ontario, clock)
    return home


def test_every_place_can_be_chosen_by_name(client: TestClient) -> None:
    for path in ("/", "/verify", "/guide"):
        offered = re.findall(r'<option value="([A-Z-]+)"', client.get(path).text)
        assert sorted(offered) == sorted(Coverage().places), path


def test_a_search_stays_within_the_place_chosen(client: TestClient) -> None:
    assert "1 person found" in words(client.get("/?q=Abelquist&where=CA-ON"))
    assert "We cannot confirm" in verdict(client.get("/?q=Abelquist&where=CA-BC"))[1]
    assert "No law there says" in verdict(client.get("/?q=Abelquist&where=CA-QC"))[1]
    assert 'value="CA-QC" selected' in client.get("/?q=Abelquist&where=CA-QC").text


def test_a_check_stays_within_the_place_chosen(client: TestClient) -> None:
    assert verdict(client.get("/verify", params={**CONFIRMED, "where": "CA-ON"}))[0] == "ok"
    page = client.get("/verify", params={**CONFIRMED, "where": "CA-BC"})
    assert verdict(page) == ("care", "We cannot confirm this now")
    assert f'href="{Coverage().places["CA-BC"].check_at}"' in page.text


def test_two_places_that_do_not_agree_are_asked_about(client: TestClient) -> None:
    page = client.get("/verify", params={**CONFIRMED, "where": "CA-QC", "place": "Ottawa, ON"})
    assert page.status_code == 422
    assert "You chose Quebec, but the place names Ontario" in words(page)
    assert client.get("/?q=Abelquist&where=Atlantis").status_code == 422


def test_a_clinic_where_nobody_is_listed_widens_the_search(client: TestClient) -> None:
    page = words(client.get("/?q=Abelquist&city=Nowhere"))
    assert "1 person found" in page and "These are listed elsewhere." in page
    assert "elsewhere" not in words(client.get("/?q=Abelquist&city=Ottawa"))
    assert "Not found" in verdict(client.get("/?q=Nobody+Atall&city=Nowhere"))[1]


def test_a_long_list_of_people_elsewhere_goes_on(
    home: Settings, ontario: Register, clock: Clock
) -> None:
    store = Store.of(home)
    people = [person(n, name=Name(f"An{n}", "Dahl")) for n in range(45)]
    Nights(store, ontario, clock).accept(people)
    store.close()
    with service(home, clock) as client:
        page = client.get("/?q=Dahl&city=Nowhere&where=CA-ON")
        onward = re.search(r'<a rel="next" href="([^"]+)"', page.text)
        assert onward and "city" not in onward[1] and "where=CA-ON" in onward[1]
        assert "20 more people found" in words(client.get(unescape(onward[1])))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, ["Name: Agrees", "Number: Agrees", "Clinic or city: Not compared"]),
        ({"place": "Ottawa"}, ["Clinic or city: Agrees"]),
        ({"place": "Toronto"}, ["Clinic or city: Does not agree"]),
        ({"name": "I Abelquist"}, ["Name: Agrees in part", "The initial of the given name"]),
        ({"name": "Abelquist"}, ["Name: Agrees in part", "No given name"]),
        ({"name": "Else Somebody"}, ["Name: Does not agree", "Number: Agrees"]),
        ({"name": "Tamsin Twin", "number": "A1005"}, ["Name: Agrees", "Number: Agrees"]),
        ({"name": "Annie Hollowmere-Udo", "number": "a 1003"}, ["Name: Agrees", "commonly uses"]),
        (
            {"name": "Oswin Corvantes", "number": "A1004", "place": "Ottawa"},
            ["Name: Agrees", "no clinic or city to compare"],
        ),
    ],
)
def test_each_part_of_a_receipt_says_whether_it_agrees(
    client: TestClient, asked: dict[str, str], told: list[str]
) -> None:
    page = words(client.get("/verify", params={**CONFIRMED, **asked}))
    for said in told:
        assert said in page


def test_a_receipt_carries_the_whole_answer_and_a_code(client: TestClient) -> None:
    page = client.get("/verify", params={**CONFIRMED, "receipt": "1"})
    for said in (
        "Receipt of a check",
        "A1001",
        "authorised to practise",
        "Valid until",
        "Evidence",
    ):
        assert said in words(page)
    assert 'src="/qr/ca_on_cmto/k1"' in page.text
    assert 'href="/verify?name=Ingrith+Abelquist&amp;number=A1001"' in page.text


def test_the_receipt_of_a_mismatch_says_nothing_of_the_other(client: TestClient) -> None:
    page = client.get("/verify?name=Somebody+Else&number=A1001&receipt=1")
    assert "belongs to another name" in words(page) and "Ingrith" not in page.text


def test_a_receipt_of_nobody_has_no_code(client: TestClient) -> None:
    page = client.get("/verify?name=Nobody+Atall&number=Z9&receipt=1")
    assert "Not found in the register" in words(page) and "/qr/" not in page.text


def test_the_code_tells_no_number(home: Settings, ontario: Register, clock: Clock) -> None:
    store = Store.of(home)
    [one] = [one for one in everybody() if one.key == "k1"]
    Nights(store, ontario, clock).accept([replace(one, key="A1001")])
    store.close()
    with service(home, clock) as client:
        page = client.get("/verify", params={**CONFIRMED, "receipt": "1"})
        code = re.search(r'src="(/qr/[^"]+)"', page.text)
        assert code and "A1001" not in code[1]
        entry = client.get(code[1].replace("/qr/", "/r/"))
    assert entry.status_code == 200 and "A1001" not in entry.text


@pytest.mark.parametrize(
    ("changed", "site"),
    [
        ({}, "http://testserver"),
        ({"public_url": "https://check.example/"}, "https://check.example"),
    ],
)
def test_the_code_leads_to_the_entry(
    filled: Settings, clock: Clock, changed: dict[str, str], site: str
) -> None:
    wanted = BytesIO()
    segno.make(f"{site}/r/ca_on_cmto/k%201", error="m").save(
        wanted, kind="svg", scale=4, border=3, light="#fff", xmldecl=False
    )
    with service(filled, clock, **changed) as client:
        drawn = client.get("/qr/ca_on_cmto/k%201")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.content == wanted.getvalue()


@pytest.mark.parametrize(
    "path", ["/qr/nowhere/k1", "/qr/ca_on_cmto/", "/qr/ca_on_cmto/" + "x" * 201]
)
def test_no_code_of_what_is_no_entry(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_an_entry_says_since_when(home: Settings, ontario: Register, clock: Clock) -> None:
    store, everyone = Store.of(home), [*everybody(), *(person(100 + n) for n in range(200))]
    nights = Nights(store, ontario, clock)
    nights.accept(everyone)
    suspended = replace(everyone[0], status=Status.SUSPENDED, word="Suspended", may_practise=False)
    nights.accept([suspended, *everyone[1:]])
    store.close()
    with service(home, clock) as client:
        page = words(client.get("/r/ca_on_cmto/k1"))
        other = words(client.get("/r/ca_on_cmto/k2"))
        restricted = words(client.get("/r/ca_on_cmto/k3"))
    assert "We first read this entry on June 21, 2026" in page
    assert "We have seen this status since June 22, 2026" in page
    assert "We have never seen another status." in other
    assert "We have seen this notice since June 21, 2026, 08:00 EDT: Chaperone" in restricted


def test_a_missing_person_has_no_since(home: Settings, ontario: Register, clock: Clock) -> None:
    store, everyone = Store.of(home), everybody()
    nights = Nights(store, ontario, clock)
    more = [person(100 + n, number=f"B{n}") for n in range(200)]
    nights.accept([*everyone, *more])
    nights.accept([*everyone[1:], *more])
    store.close()
    with service(home, clock) as client:
        page = words(client.get("/r/ca_on_cmto/k1"))
    assert "missing from the latest reading" in page and "Since when" not in page


def test_the_guide_is_sourced_and_dated(client: TestClient) -> None:
    page = client.get("/guide")
    for part in read_guide().parts:
        section = page.text.partition(f'<h2 id="{part.id}"')[2].partition("</section>")[0]
        assert part.source.partition(" ")[0] in section and "November 25, 2026" in section
    for place in ("Ontario", "Quebec", "Nova Scotia", "Nunavut"):
        assert place in words(page)


@pytest.mark.parametrize("known", list(Coverage()), ids=lambda one: one.code)
def test_the_guide_of_a_place(client: TestClient, known: Jurisdiction) -> None:
    page = client.get(f"/guide?where={known.code}")
    chosen = page.text.partition('id="chosen"')[2].partition("</div>\n</section>")[0]
    assert ("A law says who may practise here." in chosen) is known.regulated
    assert ("What to ask instead." in chosen) is bool(known.ask)
    assert known.source.replace("&", "&amp;").replace("'", "&#39;") in chosen
    assert all(title in chosen for title in known.titles)
    if known.code in read_guide().complaints:
        assert f'href="{read_guide().complaints[known.code].link}"' in chosen


def test_complaints_are_of_places_we_know() -> None:
    guide, places = read_guide(), Coverage().places
    assert set(guide.complaints) <= set(places)
    regulated = {place.code for place in Coverage() if place.regulated and place.code[:2] == "CA"}
    assert regulated <= set(guide.complaints)


def test_a_correction_names_who_runs_the_site(filled: Settings, clock: Clock) -> None:
    with service(filled, clock, contact="desk@example.org") as client:
        assert "The people who run this site: desk@example.org" in words(client.get("/guide"))


def test_the_first_page_weighs_little_with_all_it_needs(client: TestClient) -> None:
    weight = 0
    for path in ("/", *re.findall(r'"(/static/[^"]+)"', client.get("/").text)):
        with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as sent:
            weight += sum(len(part) for part in sent.iter_raw()) + len(str(sent.headers))
    assert weight <= 50_000


def test_files_are_kept_for_ever_by_their_own_address(client: TestClient) -> None:
    address = shown.asset("site.css")
    assert "immutable" in client.get(address).headers["cache-control"]
    for other in ("/static/site.css", "/static/site.css?0", "/static/nothing.css?x"):
        assert "immutable" not in client.get(other).headers["cache-control"]


def test_no_page_may_be_indexed_or_load_from_elsewhere(client: TestClient) -> None:
    for path in ("/", "/?q=Abelquist", "/r/ca_on_cmto/k1", "/guide", "/nothing", "/found?q=Twin"):
        page = client.get(path)
        assert "noindex" in page.headers["x-robots-tag"], path
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
        assert path.startswith("/found") or '<meta name="robots" content="noindex' in page.text
        assert not re.search(r'src="(https?:)?//', page.text)


def test_typed_results_are_few_and_no_number_is_looked_up(client: TestClient) -> None:
    page = client.get("/found?q=Tamsin")
    assert page.text.count("<li") == 2 and 'data-said="2 people found"' in page.text
    assert "A1005" not in page.text and "<html" not in page.text
    assert 'data-said="More than 5 people found"' in client.get("/found?q=Vesper").text
    assert client.get("/found?q=A1001").status_code == 204
    assert client.get("/found?q=").status_code == 204
    assert "Nobody found so far" in client.get("/found?q=Nobody+Atall").text
    assert "1 personne trouvée" in client.get("/found?q=Abelquist&lang=fr").text


def test_typing_leaves_look_ups_for_the_button(filled: Settings, clock: Clock) -> None:
    with service(filled, clock, rate_limit=6) as client:
        codes = [client.get("/found?q=Twin").status_code for _ in range(6)]
        assert codes == [200] * 4 + [429] * 2
        assert client.get("/found?q=A1001").status_code == 204
        assert [client.get("/?q=Twin").status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    "start",
    [
        *(f"/?q=Abelquist&{field}=" for field in ("where", "city", "register", "cursor", "lang")),
        *(f"/verify?name=Twin&{field}=" for field in ("where", "place", "receipt", "lang")),
        *(f"/found?{field}=" for field in ("q", "q=Abelquist&city")),
        "/guide?where=",
        "/r/ca_on_cmto/k1?lang=",
        "/qr/ca_on_cmto/",
        "/?",
    ],
)
def test_whatever_is_sent_is_text(filled: Settings, clock: Clock, start: str) -> None:
    with service(filled, clock) as client:
        for text in HOSTILE:
            raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
            page = client.get(start + quote(raw))
            assert page.status_code < 500, text
            assert len(page.content) < 60_000
            assert not re.search("<script>|<img src=x|\u202e|\0", page.text), text


ANSWERS = """/verify?name=Ingrith+Abelquist&number=A1001 /verify?name=Somebody+Else&number=A1001
    /verify?name=Annie+Hollowmere-Udo&number=A1003 /verify?name=Perpetua+Grindlesham&number=A1002
    /verify?name=Tamsin+Twin /verify?name=Oswin+Corvantes&number=A1004 /verify?name=N&where=CA-QC
    /?q=Nobody+Atall /?q=A1001 /r/ca_on_cmto/k3""".split()


@pytest.mark.parametrize("path", ANSWERS)
def test_a_whole_answer_is_plain_in_both_languages(client: TestClient, path: str) -> None:
    spoken = {
        code: client.get(path, headers={"Accept-Language": code}).text for code in ("en", "fr")
    }
    assert grade(_card(spoken["en"])) <= 8
    assert ease(_card(spoken["fr"])) >= 60


def _card(page: str) -> str:
    """The sentences of the card of an answer, in which every line ends."""
    card = page.partition("<article")[2].partition("</article>")[0].partition(">")[2]
    card = re.sub(r"<(dl|form|svg).*?</\1>", " ", card, flags=re.DOTALL)
    said = re.sub(r"</(p|li|h1|h2)>", ". ", card)
    return re.sub(r"([.?!:])\s*\.", r"\1", unescape(re.sub(r"<[^>]+>", " ", said)))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_status_has_its_words_on_a_page(
    home: Settings, ontario: Register, clock: Clock, language: str
) -> None:
    store, printed = Store.of(home), [*sorted(AUTHORISED), *sorted(ADVERSE), Status.UNRECOGNISED]
    people = [person(100 + n) for n in range(200)]
    for n, status in enumerate(printed):
        people.append(person(n, status=status, may_practise=status not in ADVERSE))
    Nights(store, ontario, clock).accept(people)
    store.close()
    with service(home, clock) as client:
        for n, status in enumerate(printed):
            page = client.get(f"/r/ca_on_cmto/k{n}?lang={language}")
            with shown.language.speaking(language):
                assert shown.words.status(status) in words(page).replace("&#39;", "'")
