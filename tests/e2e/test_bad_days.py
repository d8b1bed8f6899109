"""A good night, then a bad one: what a register may do to us, and what must come of it."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from crawler.invented import Person
from crawler.standin import MISSING, Reply, Request, Standin, Tamper
from tests.e2e.cli import FIRST, PEOPLE, WITNESS, Done, Home, lasting

WALL = b"""<!DOCTYPE html>
<html lang="en"><head><title>Human Verification</title>
<script>window.gokuProps = {"key":"invented","context":"invented"};</script></head>
<body><div id="captcha-container"></div><!-- awswaf challenge --></body></html>
"""
LOGIN = b"<html><title>Sign in</title><form><input name=pw type=password></form></html>"
REPAIRS = b"<html><head><title>Down for maintenance</title></head><body>Back soon.</body></html>"
FORBIDDEN = Reply(200, b"User-agent: *\nDisallow: /\n", "text/plain")
MIB = 2**20
BLANK = b'{"errorCode":"0","errorMessage":"","resultCount":120,"result":[' + b" " * 20 * MIB + b"]}"


def page(status: int, body: bytes = b"", kind: str = "text/html", **headers: str) -> Tamper:
    """The register proper always answers this; robots.txt stays what it is."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return register(lambda *_: Reply(status, body, kind, named))


def register(tamper: Tamper) -> Tamper:
    return lambda request, honest: tamper(request, honest) if _asked(request) else honest


def _asked(request: Request) -> bool:
    return request.path.startswith("/rest/")


def once(tamper: Tamper) -> Tamper:
    """Only the first answer of the register proper is tampered with."""
    seen: list[Request] = []

    def first(request: Request, honest: Reply) -> Reply | None:
        seen.append(request)
        return tamper(request, honest) if len(seen) == 1 else honest

    return register(first)


def said(change: Callable[[Request, Any], None], where: str = "/rest/") -> Tamper:
    """Answers rewritten by `change`, as JSON."""

    def tamper(request: Request, honest: Reply) -> Reply:
        if where not in request.path or honest is MISSING:
            return honest
        body = json.loads(honest.body)
        change(request, body)
        return replace(honest, body=json.dumps(body).encode())

    return tamper


def lists(change: Callable[[Request, Any], None]) -> Tamper:
    return said(change, "/search/")


def people(change: Callable[[Person], None], where: str = "/rest/") -> Tamper:
    """Everybody rewritten, in lists or on their own pages, or both."""

    def every(request: Request, body: Any) -> None:
        for person in [body] if "/get/" in request.path else body["result"]:
            change(person)

    return said(every, where)


def renamed(old: str, new: str, where: str) -> Tamper:
    return people(lambda person: person.update({new: person.pop(old)}), where)


def count(more: int, status: str = "") -> Tamper:
    """The stated total is off, of one list or of all of them."""

    def change(request: Request, body: Any) -> None:
        if request.query["registrationStatus"] == status or not status:
            body["resultCount"] += more

    return lists(change)


def _emptied(_: Request, body: Any) -> None:
    body.update(resultCount=0, result=[])


def _rowless(_: Request, body: Any) -> None:
    body["result"] = []


def _failing(_: Request, body: Any) -> None:
    body.update(errorCode="1", errorMessage="Invented failure")


def _repeating() -> Tamper:
    """The second page of a list is the first again."""
    whole = Standin(PEOPLE)

    def tamper(request: Request, honest: Reply) -> Reply:
        if request.query.get("skip") != "10":
            return honest
        return whole._honest(replace(request, query=request.query | {"skip": "0"}))

    return tamper


def _twice(request: Request, body: Any) -> None:
    """The first person stands in a second list too."""
    if request.query["registrationStatus"] == "Suspended" and body["result"]:
        row = {key: FIRST.get(key) for key in body["result"][0]}
        body.update(resultCount=body["resultCount"] + 1, result=[*body["result"], row])


def _unfiltered() -> Tamper:
    """Every list holds everybody."""
    whole = Standin(PEOPLE)

    def tamper(request: Request, honest: Reply) -> Reply:
        if "registrationStatus" not in request.query:
            return honest
        return whole._honest(replace(request, query=request.query | {"registrationStatus": "all"}))

    return tamper


def _aged(seconds: int) -> Tamper:
    """A cache says how long it has had its copy."""
    return register(lambda _, honest: replace(honest, headers={"Age": str(seconds)}))


def _bomb() -> Tamper:
    return page(200, gzip.compress(BLANK), "application/json", Content_Encoding="gzip")


def _unlimited() -> Tamper:
    """The limits inside a workplace have another name."""

    def change(person: Person) -> None:
        for place in person["placesOfPractice"]:
            place["limits"] = place.pop("practiceLimitations")

    return people(change, "/get/")


def everybody(**facts: Any) -> list[Person]:
    return [{**person, **facts} for person in PEOPLE]


def some(many: int, **facts: Any) -> list[Person]:
    """The register with `facts` for the first so many authorised people."""
    chosen = [one["profileId"] for one in PEOPLE if one["authorizedToPractice"]][:many]
    return [{**one, **facts} if one["profileId"] in chosen else one for one in PEOPLE]


@dataclass(frozen=True)
class Bad:
    """What the register does, and what the run must say of it."""

    code: str
    words: str
    tamper: Tamper | None = None
    people: list[Person] | None = None
    most: int = 300  # requests
    full: bool = False


def cut(at: int) -> Tamper:
    """Valid length, half a body."""
    return register(lambda _, honest: replace(honest, body=honest.body[:at]))


HELD = {
    "always 500": Bad("unreachable", "HTTP 500", page(500), most=5),
    "429 for an hour": Bad("unreachable", "60 minutes", page(429, Retry_After="3600"), most=2),
    "maintenance page": Bad("unreadable", "Down for maintenance", page(200, REPAIRS), most=4),
    "challenge": Bad("refused", "Human Verification", page(200, WALL), most=3),
    "challenge on 405": Bad("refused", "405", page(405, WALL), most=3),
    "403": Bad("refused", "403", page(403, b"<html>Forbidden</html>"), most=3),
    "log-in page": Bad("refused", "log-in", page(200, LOGIN), most=3),
    "truncated JSON": Bad("unreadable", "JSON", cut(90), most=4),
    "cut body": Bad(
        "unreachable", "tries", register(lambda _, honest: replace(honest, cut=60)), most=5
    ),
    "reset": Bad("unreachable", "tries", register(lambda *_: None), most=20),
    "robots.txt 503": Bad(
        "unreachable",
        "robots.txt",
        lambda request, honest: honest if _asked(request) else Reply(503, b""),
        most=4,
    ),
    "robots.txt forbids": Bad(
        "refused",
        "robots.txt",
        lambda request, honest: honest if _asked(request) else FORBIDDEN,
        most=1,
    ),
    "other host": Bad(
        "refused", "another host", page(302, Location="http://localhost:9/rest/"), most=2
    ),
    "redirect loop": Bad("unreadable", "redirects", page(302, Location="/rest/again"), most=15),
    "huge page": Bad("unreadable", "16 MiB", page(200, BLANK, "application/json"), most=4),
    "gzip bomb": Bad("unreadable", "16 MiB", _bomb(), most=4),
    "nobody listed": Bad("empty", "Nobody", lists(_emptied)),
    "no rows": Bad("incomplete", "name 0 different", lists(_rowless)),
    "error inside": Bad("unreadable", "Invented failure", said(_failing), most=4),
    "flag renamed in rows": Bad(
        "missing_field",
        "authorizedToPractice",
        renamed("authorizedToPractice", "authorisedToPractise", "/search/"),
    ),
    "notices renamed in rows": Bad(
        "missing_field", "publicNotices", renamed("publicNotices", "notices", "/search/")
    ),
    "flag renamed in details": Bad(
        "missing_field",
        "authorizedToPractice",
        renamed("authorizedToPractice", "authorisedToPractise", "/get/"),
    ),
    "notices renamed in details": Bad(
        "missing_field", "publicNotices", renamed("publicNotices", "notices", "/get/")
    ),
    "word renamed in details": Bad(
        "missing_field", "registrationStatus", renamed("registrationStatus", "status", "/get/")
    ),
    "class renamed in details": Bad(
        "missing_field", "registrationCategory", renamed("registrationCategory", "class", "/get/")
    ),
    "limits renamed in workplaces": Bad("missing_field", "practiceLimitations", _unlimited()),
    "unknown word for 5 %": Bad("withheld", "unknown", people=some(6, registrationStatus="Odd")),
    "unknown class for 5 %": Bad(
        "withheld", "unknown", people=some(6, registrationCategory="Odd"), full=True
    ),
    "count too high": Bad("incomplete", "135", count(15)),
    "one count too high": Bad("incomplete", "112 people; 97", count(15, "Current")),
    "one count too low": Bad("incomplete", "87 people; 90 came", count(-10, "Current")),
    "whole count too high": Bad("incomplete", "135", count(15, "all")),
    "whole count too low": Bad("incomplete", "118", count(-2, "all")),
    "page repeated": Bad("repeated_page", "sent already", _repeating()),
    "40 % of the list": Bad("shrunk", "48", people=PEOPLE[:48]),
    "twice the list": Bad(
        "grown",
        "240",
        people=[*PEOPLE, *[{**one, "profileId": one["id"]} for one in PEOPLE]],
        most=600,
    ),
    "all suspended": Bad(
        "status_shift",
        "would change status",
        people=everybody(registrationStatus="Suspended", authorizedToPractice=False),
    ),
    "nobody may practise": Bad(
        "withheld", "contradicts", people=everybody(authorizedToPractice=False)
    ),
    "filter ignored": Bad("listed_twice", "two lists", _unfiltered(), most=600),
    "an old copy": Bad("older", "older than the live data", _aged(7200)),
    "in two lists": Bad("listed_twice", "two lists", lists(_twice)),
}


@pytest.mark.parametrize("name", HELD)
def test_a_bad_night_is_held_and_the_next_good_one_mends_it(
    name: str, home: Home, site: Standin, before: str
) -> None:
    bad = HELD[name]
    with Standin(bad.people or PEOPLE, bad.tamper) as sick:
        done = home.refresh(sick.url, *(["--full"] if bad.full else []))
    assert_held(done, bad)
    assert len(sick.requests) <= bad.most
    assert home.export() == before
    assert home.verdict() == "cannot_confirm"
    home.accept(site.url)
    assert lasting(home.export()) == lasting(before)
    assert home.verdict() == "confirmed"


def assert_held(done: Done, bad: Bad) -> None:
    assert (done.code, done.json["state"]) == (3, "held"), done.out + done.err
    assert bad.words in done.holds[bad.code] and done.holds[bad.code][-1] in ".?"
    assert done.json["written"] == done.json["new"] == done.json["changed"] == 0
    assert done.peak < 300


def like(printed: Callable[[bool], Any], where: str = "/rest/") -> Tamper:
    """The yes or no printed in another way."""
    name = "authorizedToPractice"
    return people(lambda person: person.update({name: printed(person[name])}), where)


PASSING: dict[str, Tamper] = {
    "503 once": once(lambda *_: Reply(503, b"")),
    "429 for a second": once(lambda *_: Reply(429, b"", headers={"Retry-After": "1"})),
    "reset once": once(lambda *_: None),
    "cut once": once(lambda _, honest: replace(honest, cut=20)),
    "maintenance page once": once(lambda *_: Reply(200, REPAIRS, "text/html")),
    "empty page once": once(said(_rowless)),
    "on to itself": once(lambda request, _: Reply(301, b"", headers={"Location": request.path})),
    "one list hides its last page": count(-7, "Current"),
    "Yes and No": like(lambda may: "Yes" if may else "No"),
    "true and false": like(lambda may: str(may).lower()),
    "digits as text": like(lambda may: str(int(may)), "/search/"),
    "digits": like(int),
    "robots.txt allows": lambda request, honest: (
        honest if _asked(request) else Reply(200, b"User-agent: *\nCrawl-delay: 0\n", "text/plain")
    ),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_waited_out_and_read_right(name: str, home: Home, before: str) -> None:
    with Standin(PEOPLE, PASSING[name]) as site:
        run = home.accept(site.url)
    assert (run["new"], run["changed"], run["missing"]) == (0, 0, 0)
    assert lasting(home.export()) == lasting(before) and home.export() != before
    assert home.verdict() == "confirmed"


def test_retry_after_is_honoured(home: Home) -> None:
    with Standin(PEOPLE, once(lambda *_: Reply(429, b"", headers={"Retry-After": "1"}))) as site:
        home.accept(site.url)
    _robots, refused, again = site.requests[:3]
    assert again.query == refused.query and again.at - refused.at >= 1


def _first(**facts: Any) -> list[Person]:
    return [{**FIRST, **facts}, *PEOPLE[1:]]


def _stranger(request: Request, honest: Reply) -> Reply:
    """The page of somebody else."""
    asked = request.query.get("id") == FIRST["profileId"]
    return Reply(200, json.dumps(WITNESS).encode()) if asked else honest


def _own_page(**facts: Any) -> Tamper:
    """The first person's page says something else than the list."""
    mine = FIRST["profileId"]
    return people(lambda one: one.update(facts if one["profileId"] == mine else {}), "/get/")


def _lost(request: Request, honest: Reply) -> Reply:
    return MISSING if request.query.get("id") == FIRST["profileId"] else honest


WITHHELD: dict[str, tuple[Tamper | None, list[Person]]] = {
    "unknown word": (None, _first(registrationStatus="Odd")),
    "unknown class": (None, _first(registrationCategory="Odd")),
    "flag against word": (None, _first(authorizedToPractice=False)),
    "flag unreadable": (None, _first(authorizedToPractice="maybe")),
    "flag null": (None, _first(authorizedToPractice=None)),
    "suspended and allowed": (None, _first(registrationStatus="Suspended")),
    "impossible expiry": (None, _first(currentExpirationDate="31/31/2026")),
    "number shared": (None, _first(registrationNumber=WITNESS["registrationNumber"])),
    "page of another": (_stranger, PEOPLE),
    "page lost": (_lost, PEOPLE),
    "page of another name": (_own_page(lastName="Otherwise"), PEOPLE),
    "page of another word": (_own_page(registrationStatus="Suspended"), PEOPLE),
    "page without right": (_own_page(authorizedToPractice=False), PEOPLE),
    "notice only in the list": (
        people(lambda one: one.update(publicNotices=[]), "/get/"),
        _first(publicNotices=[{"name": "Term", "summary": "Invented."}]),
    ),
}


@pytest.mark.parametrize("name", WITHHELD)
def test_doubtful_people_are_withheld_alone(
    name: str, home: Home, site: Standin, before: str
) -> None:
    tamper, said_of = WITHHELD[name]
    with Standin(said_of, tamper) as sick:
        done = home.refresh(sick.url, "--full")
    assert done.code == 0, done.out
    assert FIRST["profileId"] in done.codes["withheld"]
    assert home.verdict(said_of[0]) == "cannot_confirm"
    assert home.verdict(PEOPLE[2]) == "confirmed"
    home.accept(site.url)
    assert lasting(home.export(), "last_changed", "evidence_id") == lasting(
        before, "last_changed", "evidence_id"
    )


def spelt(printed: bytes) -> Tamper:
    """The first person's family name as these bytes of JSON, everywhere."""
    return register(
        lambda _, honest: replace(honest, body=honest.body.replace(b"Abelquist", printed))
    )


SPELLINGS = {
    "NUL": b"Abel\\u0000quist",
    "half a character": b"Abel\\ud800quist",
    "the other half": b"\\udc00Abelquist",
    "right to left": b"\\u202eAbelquist\\u202c",
    "zero width": b"Abel\\u200bquist",
    "spaces": b"  Abelquist\\t\\n",
    "decomposed": "Abelqui\u0301st".encode(),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_odd_letters_neither_break_nor_hide_anybody(name: str, home: Home) -> None:
    with Standin(PEOPLE, spelt(SPELLINGS[name])) as site:
        home.accept(site.url)
    shown = home.person(FIRST["profileId"])["name"]
    assert shown.isprintable() and shown.startswith("Ingrith Sunniva Abelqu")
    assert home.verdict() == "confirmed"


@pytest.mark.parametrize("printed", [b"A" * 5000, b"<script>alert(1)</script>", "أمل".encode()])
def test_strange_names_are_kept_as_text(printed: bytes, home: Home) -> None:
    with Standin(PEOPLE, spelt(printed)) as site:
        home.accept(site.url)
    shown = home.person(FIRST["profileId"])["name"].removeprefix("Ingrith Sunniva ")
    assert len(shown) <= 300 and printed.decode().startswith(shown)
    assert home.verdict() == "mismatch"
    assert home.verdict(lastName=shown[:150]) == ("confirmed" if len(shown) < 150 else "mismatch")


def test_a_notice_is_kept_as_text(home: Home) -> None:
    notice = {"name": "<b>Term</b>", "summary": "<script>alert('x')</script> under \0supervision"}
    with Standin(_first(publicNotices=[notice])) as site:
        home.accept(site.url)
    [shown] = home.person(FIRST["profileId"])["restrictions"]
    assert "supervision" in shown["text"] and "<" not in shown["text"]
    assert home.verdict() == "confirmed_with_conditions"


def test_somebody_in_another_list_is_read_anew(home: Home) -> None:
    facts = {"registrationStatus": "Suspended", "authorizedToPractice": False}
    with Standin(_first(**facts)) as site:
        assert home.accept(site.url)["changed"] == 1
    assert home.verdict() == "not_authorised"


def test_somebody_who_moves_while_lists_are_read_is_not_confirmed(
    home: Home, before: str, site: Standin
) -> None:
    facts = {"registrationStatus": "Suspended", "authorizedToPractice": False}

    def move(request: Request, honest: Reply) -> Reply:
        if request.query.get("registrationStatus") == "Deceased":
            moving.people = _first(**facts)
        return honest

    with Standin(PEOPLE, move) as moving:
        assert "listed_twice" in home.refresh(moving.url).holds
    assert home.export() == before and home.verdict() == "cannot_confirm"
    site.people = moving.people
    home.accept(site.url)
    assert home.verdict() == "not_authorised"
