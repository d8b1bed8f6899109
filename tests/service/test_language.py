"""English and French, whole: every message has both, in plain words, and nobody is called good."""

import ast
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from config.guide import read_guide
from config.jurisdiction import Coverage
from config.vocabulary import Assurance, RunState, Status, Verdict
from data.findings import FINDINGS
from service import history, language, messages, words
from service.compared import WORDS
from service.language import LANGUAGES, accepted, catalogue, many, say, speaking
from tests.house.reading import ease, grade

CATALOGUES = {code: messages.read_catalogue(code) for code in LANGUAGES[1:]}
FRENCH = CATALOGUES["fr"]
NAMED = re.compile(r"%\((\w+)\)s")
PRAISE = {
    "en": r"\b(safe|safely|good|trusted|trust|trustworthy|reliable)\b",
    "fr": r"\b(sûre?s?|bon(ne)?s?|fiables?|confiance|sécuritaires?)\b",
}
# What may be left out of a translation: words of other systems, which are English.
MAY_LACK = {"note", "text", "register"}


def test_french_is_there_and_english_first() -> None:
    assert LANGUAGES[0] == "en" and "fr" in LANGUAGES


@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_every_message_is_translated(code: str) -> None:
    assert messages.missing(CATALOGUES[code]) == []


def _said(code: ast.AST) -> Iterator[str]:
    """Every message that a module says, wherever it stands."""
    for node in ast.walk(code):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[0]
            if node.func.id in ("say", "many", "N_", "kept") and isinstance(first, ast.Constant):
                yield first.value


def test_every_message_of_the_code_is_gathered() -> None:
    """Inside of an f-string none would be."""
    known = messages.gather()
    for path in (language.FOLDER.parent).rglob("*.py"):
        text = path.read_text("utf-8")
        if "from service.language import" in text:
            assert [one for one in _said(ast.parse(text)) if one not in known] == [], path


@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_no_catalogue_keeps_what_nobody_says(code: str) -> None:
    known = messages.gather()
    assert [one.id for one in CATALOGUES[code] if one.id and one.id not in known] == []


@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_a_translation_names_what_the_message_names(code: str) -> None:
    for one in CATALOGUES[code]:
        told = [one.string] if isinstance(one.string, str) else list(one.string)
        wanted = set(NAMED.findall(str(one.id)))
        for said in told if one.id else []:
            found = set(NAMED.findall(said))
            assert found <= wanted and wanted - found <= MAY_LACK | {"count", "num"}, one.id
            assert said.count("<strong>") == said.count("</strong>"), one.id


def test_the_tables_are_whole() -> None:
    assert set(words.STATUS) == set(Status) and set(words.VERDICT) == set(Verdict)
    assert set(history.STATE) == set(RunState)
    holds = {code for code, (level, _) in FINDINGS.items() if level.startswith("hold")}
    usual = {"unfilled", "cut_file", "broken_row", "unreadable_row", "missing_field"}
    assert holds - usual <= set(words.HELD)
    assert all(f"status_{status.value}" in words.REASON for status in Status)


def told() -> Iterator[str]:
    """Whatever a table may say of anybody or any place."""
    yield from (*words.STATUS.values(), *words.VERDICT.values(), *words.REASON.values())
    yield from (*words.HELD.values(), *words.TROUBLE.values(), *WORDS.values(), words.LISTED)
    yield from history.STATE.values()
    for place in Coverage():
        yield from filter(None, (place.note, place.doubt, place.ask))
    yield from read_guide().texts()


@pytest.mark.parametrize("message", sorted({one for one in told() if one != "minutes"}))
def test_each_status_verdict_reason_and_note_is_said_in_french(message: str) -> None:
    with speaking("fr"):
        assert say(message) not in ("", message)


def readable(code: str) -> dict[str, list[str]]:
    """Groups of whole sentences, as somebody reads them."""
    places = list(Coverage())
    groups = {
        "reasons": list(words.REASON.values()),
        "held": [*words.HELD.values(), *words.TROUBLE.values()],
        "guide": list(read_guide().texts()),
        "what to ask": [place.ask for place in places if place.ask],
        "what we know": [said for place in places for said in (place.note, place.doubt) if said],
        "pages": [
            one.id
            for one in messages.gather()
            if isinstance(one.id, str) and one.id.endswith((".", "?")) and _on_a_page(one)
        ],
    }
    with speaking(code):
        return {name: [_plain(say(one)) for one in some] for name, some in groups.items()}


def _on_a_page(message: messages.Message) -> bool:
    return any("templates" in file for file, _ in message.locations)


def _plain(said: str) -> str:
    said = NAMED.sub("three", re.sub(r"<[^>]+>|\*", "", said))
    return said if said.endswith((".", "?")) else f"{said}."


def test_english_needs_no_more_than_eight_years_of_school() -> None:
    grades = {name: grade(" ".join(some)) for name, some in readable("en").items()}
    assert max(grades.values()) <= 8, grades


def test_french_is_as_plain() -> None:
    points = {name: ease(" ".join(some)) for name, some in readable("fr").items()}
    assert min(points.values()) >= 60, points


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_message_calls_anybody_good(code: str) -> None:
    known = messages.gather() if code == "en" else CATALOGUES[code]
    for one in known:
        said = str(one.id if code == "en" else one.string).replace("Good Standing", "")
        assert not re.search(PRAISE[code], said, re.IGNORECASE), said


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en-CA,fr;q=0.9", "en"),
        ("en;q=0.1, FR;q=0.2", "fr"),
        ("de, fr;q=0.5", "fr"),
        ("fr;q=0, en", "en"),
        ("de-CH", "en"),
        ("", "en"),
        (";q=x,,\0;q=2", "en"),
        ("*" * 9999, "en"),
    ],
)
def test_the_browser_says_which(header: str, code: str) -> None:
    assert accepted(header) == code


def test_a_choice_weighs_more_than_the_browser_and_lasts(client: TestClient) -> None:
    english = {"Accept-Language": "en"}
    assert '<html lang="fr">' in client.get("/?lang=fr", headers=english).text
    assert '<html lang="fr">' in client.get("/verify", headers=english).text
    back = client.get("/guide?lang=en", headers={"Accept-Language": "fr"})
    assert '<html lang="en">' in back.text and "samesite=lax" in back.headers["set-cookie"].lower()
    assert client.get("/").headers["content-language"] == "en"


def test_no_choice_leaves_no_cookie(client: TestClient) -> None:
    for path in ("/", "/?lang=xx", "/?lang=../../etc"):
        page = client.get(path, headers={"Accept-Language": "fr"})
        assert "set-cookie" not in page.headers and '<html lang="fr">' in page.text
        assert "Accept-Language" in page.headers["vary"]


def test_the_switch_leads_to_the_same_question(client: TestClient) -> None:
    page = client.get("/?q=Tamsin+Twin&where=CA-ON")
    assert 'href="/?q=Tamsin+Twin&amp;where=CA-ON&amp;lang=fr"' in page.text


def test_programs_are_spoken_to_in_english(client: TestClient) -> None:
    french = {"Accept-Language": "fr"}
    answer = client.get("/api/v1/lookup?q=A1001", headers=french).json()
    assert "listed Ingrith" in answer["summary"]
    assert "No register" in client.get("/api/v1/lookup?q=a&register=x", headers=french).text
    client.get("/?q=A1001", headers=french)
    assert (
        client.get("/api/v1/lookup?q=A1001", headers=french).json()["summary"] == answer["summary"]
    )


def test_a_language_without_a_catalogue_is_english() -> None:
    with speaking("xx"):
        assert say("Not found in the register") == "Not found in the register"
    assert catalogue("xx") is catalogue("xx")


def test_numbers_have_their_forms() -> None:
    with speaking("fr"):
        assert [many("%(count)s day", "%(count)s days", n) for n in (0, 1, 2)] == [
            "0 jour",
            "1 jour",
            "2 jours",
        ]


def test_of_a_request_without_a_word() -> None:
    assert language.of(Request({"type": "http", "query_string": b"", "headers": []})) == "en"


def test_headlines_of_a_number_alone() -> None:
    with speaking("fr"):
        said = words.headline(Verdict.AMBIGUOUS, Assurance.NUMBER_ONLY)
        assert said != words.headline(Verdict.AMBIGUOUS, None)
