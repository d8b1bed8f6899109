"""The stand-in must be as awkward as the real service, and no more."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from crawler.invented import changed, invent
from crawler.standin import STATUSES, Reply, Request, Standin

SEARCH, GET = "/rest/public/profile/search/", "/rest/public/profile/get/"
ALL: dict[str, Any] = {"keyword": "all", "registrationStatus": "all", "take": 10}
PEOPLE = invent(237)
Site = tuple[Standin, httpx.Client]


@pytest.fixture
def site() -> Iterator[Site]:
    with Standin(PEOPLE) as standin, httpx.Client(base_url=standin.url, timeout=5) as client:
        yield standin, client


def ask(client: httpx.Client, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(SEARCH, params=ALL | query).json()
    return answer


def sweep(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while page := ask(client, skip=len(rows), **query)["result"]:
        rows += page
    return rows


def names(answer: dict[str, Any]) -> set[str]:
    return {row["lastName"] for row in answer["result"]}


def differ(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> int:
    return sum(before != after for before, after in zip(old, new, strict=True))


def test_pages_cover_everybody_once_by_last_name(site: Site) -> None:
    rows = sweep(site[1])
    assert len(rows) == ask(site[1])["resultCount"] == len(PEOPLE)
    assert {row["profileId"] for row in rows} == {person["profileId"] for person in PEOPLE}
    last = [row["lastName"].casefold() for row in rows]
    assert last == sorted(last)


def test_the_five_lists_make_up_all(site: Site) -> None:
    lists = [sweep(site[1], registrationStatus=status) for status in STATUSES[1:]]
    assert sum(map(len, lists)) == len(PEOPLE)
    assert len({row["id"] for rows in lists for row in rows}) == len(PEOPLE)
    assert ask(site[1], registrationStatus="Invented")["resultCount"] == 0


def test_an_odd_status_is_listed_under_all_only(site: Site) -> None:
    standin, client = site
    standin.people = [PEOPLE[0] | {"registrationStatus": "Dormant"}]
    counts = [ask(client, registrationStatus=status)["resultCount"] for status in STATUSES]
    assert counts == [1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(("take", "rows"), [(4, 4), (250, 10), (-1, 10), (0, 10), ("x", 10)])
def test_take_is_capped(site: Site, take: object, rows: int) -> None:
    assert len(ask(site[1], take=take, skip="many")["result"]) == rows


def test_keyword_is_a_substring_of_one_field(site: Site) -> None:
    assert names(ask(site[1], keyword="beLQuis")) == {"Abelquist"}
    assert "Abelquist" in names(ask(site[1], keyword="cedarlatch"))
    assert names(ask(site[1], keyword=PEOPLE[0]["profileId"])) == {"Abelquist"}
    for word in ("a", "", "no such", "h Abel"):
        assert ask(site[1], keyword=word)["resultCount"] == 0


def test_filters(site: Site) -> None:
    allowed = sum(person["authorizedToPractice"] for person in PEOPLE)
    assert ask(site[1], authorizedToPractice=1)["resultCount"] == allowed
    needled = sweep(site[1], acupunctureAuthorized=1, gender="60914e9987debc15c63d12ed")
    assert {(row["acupunctureAuthorized"], row["gender"]) for row in needled} == {(True, "Female")}
    cities = {row["city"] for row in sweep(site[1], city="Ottawa,Toronto")}
    assert cities == {"Ottawa", "Toronto"}
    french = sum("French" in person["languagesOfCare"] for person in PEOPLE)
    assert ask(site[1], language="French")["resultCount"] == french


def test_order_can_be_turned(site: Site) -> None:
    up, down = (ask(site[1], sortField="firstname", sortOrder=order) for order in ("asc", "desc"))
    assert up["result"][0]["firstName"] < down["result"][0]["firstName"]


def test_details_are_bare_and_unknown_ids_an_envelope(site: Site) -> None:
    first = PEOPLE[0]
    assert site[1].get(GET, params={"id": first["profileId"]}).json() == first
    unknown = site[1].get(GET, params={"id": first["id"]})
    assert (unknown.status_code, unknown.json()["resultCount"]) == (200, 0)


def test_other_paths(site: Site) -> None:
    for path in ("/", "/robots.txt", SEARCH.rstrip("/")):
        answer = site[1].get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html")
    assert site[1].post(SEARCH, json={}).status_code == 404
    assert site[1].head(SEARCH, params=ALL).status_code == 200


def test_robots() -> None:
    with Standin([], robots="User-agent: *\n") as standin:
        assert httpx.get(standin.url + "/robots.txt").text == "User-agent: *\n"


def test_lists_follow_replaced_and_refreshed_people(site: Site) -> None:
    standin, client = site
    standin.people = [dict(PEOPLE[0])]
    assert ask(client)["resultCount"] == 1
    standin.people[0]["lastName"] = "Newly"
    standin.refresh()
    assert names(ask(client)) == {"Newly"}


def test_requests_are_logged(site: Site) -> None:
    site[1].get(SEARCH, params={"keyword": "ott awa", "_": ""}, headers={"User-Agent": "me"})
    [request] = site[0].requests
    assert (request.method, request.path) == ("GET", SEARCH)
    assert request.query == {"keyword": "ott awa", "_": ""}
    assert request.headers["user-agent"] == "me"


def test_tamper_may_reset_and_the_next_request_works(site: Site) -> None:
    site[0].tamper = lambda _, honest: None if len(site[0].requests) == 2 else honest
    assert ask(site[1])["result"]
    with pytest.raises(httpx.ReadError):
        ask(site[1])
    assert ask(site[1])["result"]


def test_tamper_may_cut(site: Site) -> None:
    site[0].tamper = lambda _, honest: replace(honest, cut=30)
    with pytest.raises(httpx.RemoteProtocolError, match="30 bytes"):
        ask(site[1])


def test_tamper_may_delay(site: Site) -> None:
    site[0].tamper = lambda _, honest: replace(honest, delay=2.0)
    with pytest.raises(httpx.ReadTimeout):
        site[1].get(SEARCH, timeout=0.05)


def test_tamper_may_answer_anything(site: Site) -> None:
    def refuse(request: Request, _: Reply) -> Reply:
        captcha = {"x-amzn-waf-action": "captcha"}
        return Reply(405, request.query["keyword"].encode(), "text/html", captcha)

    site[0].tamper = refuse
    answer = site[1].get(SEARCH, params=ALL)
    assert (answer.status_code, answer.text) == (405, "all")
    assert answer.headers["x-amzn-waf-action"] == "captcha"


def test_invented_people_are_the_same_for_a_seed() -> None:
    assert invent(50) == invent(50) == PEOPLE[:50]
    assert differ(invent(50, seed=8), PEOPLE[:50]) == 49
    assert differ(invent(50, numbers=True), PEOPLE[:50]) == 50


def test_invented_people_look_like_the_samples() -> None:
    keys, places = set(PEOPLE[0]), set(PEOPLE[0]["placesOfPractice"][0])
    assert len(keys) == 58
    assert all(set(person) == keys for person in PEOPLE)
    assert all(set(place) == places for one in PEOPLE for place in one["placesOfPractice"])


def test_invented_mix() -> None:
    allowed = [person for person in PEOPLE if person["authorizedToPractice"]]
    assert 0.62 < len(allowed) / len(PEOPLE) < 0.82
    assert {person["registrationStatus"] for person in PEOPLE} == set(STATUSES[1:])
    assert "Emergency Certificate" in {person["registrationCategory"] for person in PEOPLE}
    assert any(place["practiceLimitations"] for place in PEOPLE[37]["placesOfPractice"])


def test_ids_and_numbers_are_unique() -> None:
    people = invent(1000, numbers=True)
    ids = {person[key] for person in people for key in ("id", "profileId")}
    assert len(ids) == 2000 and all(len(one) == 24 for one in ids)
    assert len({person["registrationNumber"] for person in people}) == 1000
    assert (people[0]["lastName"], people[0]["registrationNumber"]) == ("Abelquist", "A1001")


def test_changed_changes_a_share_of_a_copy() -> None:
    before = json.dumps(PEOPLE)
    new = changed(PEOPLE, 0.1, seed=3)
    assert differ(PEOPLE, new) == 24
    assert differ(PEOPLE, changed(PEOPLE, 1, seed=3)) == len(PEOPLE)
    assert (new, new[0]) == (changed(PEOPLE, 0.1, seed=3), PEOPLE[0])
    assert json.dumps(PEOPLE) == before
