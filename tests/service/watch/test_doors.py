"""Watch lists over the API, and by the addresses of feeds and calendars."""

from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest

from data.records import Notice
from service.watch import words
from tests.service.watch.doors import CROWD, PEOPLE, Door

ATOM = "{http://www.w3.org/2005/Atom}"


def test_a_list_from_its_making_to_an_acknowledged_alert(door: Door) -> None:
    watch = door.make()
    noticed = replace(CROWD[0], notices=(Notice("Said something."),))
    door.nights.accept([noticed, CROWD[1].doubted("conflicting_rows"), *CROWD[2:]])
    told = door.ask("GET", f"/{watch}").json()
    assert told["standings"] == {"authorised": 2, "withheld": 1}
    assert told["waiting"] == {"critical": 0, "high": 2, "medium": 0, "low": 0}
    first = door.ask("GET", f"/{watch}/alerts?limit=1").json()
    rest = door.ask("GET", f"/{watch}/alerts?cursor={first['next_cursor']}").json()
    alerts = [*first["alerts"], *rest["alerts"]]
    assert [(one["person"], one["kind"]) for one in alerts] == [
        (CROWD[1].name.full, "doubt"),
        (CROWD[0].name.full, "notice"),
    ]
    which = f"/{watch}/alerts/{alerts[1]['id']}"
    assert door.ask("POST", f"{which}/acknowledge", {"why": "  "}).status_code == 422
    done = door.ask("POST", f"{which}/acknowledge", {"why": "spoke to her"}).json()
    assert done["state"] == "acknowledged" and done["actions"][0]["why"] == "spoke to her"
    assert len(door.ask("GET", f"/{watch}/alerts?waiting=true").json()["alerts"]) == 1
    assert door.ask("POST", f"{which}/reopen", {"why": "again"}).json()["state"] == "reopened"
    lines = door.ask("GET", f"/{watch}/alerts", accept="application/x-ndjson").text.splitlines()
    assert len(lines) == 2


def test_a_difference_is_shown_and_then_applied(door: Door) -> None:
    watch = door.make()
    newer = [*PEOPLE[1:], {"name": CROWD[5].name.full, "number": CROWD[5].number}]
    shown = door.ask("POST", f"/{watch}/people", {"people": newer}).json()
    assert (shown["applied"], len(shown["added"]), len(shown["removed"])) == (False, 1, 1)
    wrong = door.ask("POST", f"/{watch}/people", {"people": PEOPLE, "apply": shown["token"]})
    assert wrong.status_code == 409
    right = {"people": newer, "apply": shown["token"]}
    assert door.ask("POST", f"/{watch}/people", right).json()["applied"] is True
    page = door.ask("GET", f"/{watch}/people?limit=2").json()
    rest = door.ask("GET", f"/{watch}/people?limit=2&cursor={page['next_cursor']}").json()
    found = [*page["people"], *rest["people"]]
    assert [one["key"] for one in found] == ["k1", "k2", "k5"]
    assert {one["standing"] for one in found} == {"authorised"}


def test_the_same_request_twice_makes_one_list(door: Door) -> None:
    body = {"name": "Once", "people": PEOPLE}
    first, second = (door.ask("POST", "", body, **{"Idempotency-Key": "abc"}) for _ in range(2))
    assert first.json() == second.json() and len(door.ask("GET", "").json()["watches"]) == 1
    assert door.ask("POST", "", body).status_code == 409


@pytest.mark.parametrize(
    "address",
    ["https://127.0.0.1/", "http://example.org/", "https://[::1]/", "ftp://x/", "nothing"],
)
def test_a_webhook_that_leads_inside_is_refused(door: Door, address: str) -> None:
    watch = door.make()
    said = door.ask("POST", f"/{watch}/receivers", {"channel": "webhook", "address": address})
    assert said.status_code == 422 and door.ask("GET", f"/{watch}/receivers").json() == {
        "receivers": [],
        "deliveries": [],
    }


def test_a_feed_is_read_without_a_key_holds_no_number_and_ends_when_revoked(door: Door) -> None:
    watch = door.make()
    made = door.ask("POST", f"/{watch}/feeds").json()
    noticed = replace(CROWD[0], notices=(Notice("Said <b>something</b>."),))
    door.nights.accept([noticed, *CROWD[1:]])
    for kind in ("atom", "calendar"):
        answer = door.client.get(made[kind].removeprefix("http://127.0.0.1:8000"))
        assert answer.status_code == 200 and "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["cache-control"] == "no-store"
        assert not any(one.number in answer.text for one in CROWD[:3])
        assert "something" not in answer.text
    secret = made["atom"].split("/")[-2]
    assert len(secret) >= 43 and secret not in str(door.nights.rows("watch_feed"))
    assert secret not in door.ask("GET", f"/{watch}/feeds").text
    assert door.ask("DELETE", f"/{watch}/feeds/{made['id']}").status_code == 204
    gone = door.client.get(f"/feeds/{secret}/alerts.atom")
    never = door.client.get(f"/feeds/{'x' * 43}/alerts.atom")
    assert gone.status_code == never.status_code == 404
    assert gone.text.replace(secret, "x" * 43) == never.text


def test_a_feed_says_what_happened_and_whether_silence_means_anything(door: Door) -> None:
    watch = door.make()
    address = door.ask("POST", f"/{watch}/feeds").json()["atom"]
    there = address.removeprefix("http://127.0.0.1:8000")
    door.nights.accept([CROWD[0].doubted("conflicting_rows"), *CROWD[1:]])
    feed = ElementTree.fromstring(door.client.get(there).text)  # noqa: S314 - ours
    titles = [one.text for one in feed.iter(f"{ATOM}title")]
    assert titles[1:] == [words.DAILY["watch.attention"], f"High: {CROWD[0].name.full}"]
    door.nights.clock.forward(days=3)
    assert words.DAILY["watch.cannot_say"] in door.client.get(there).text


def test_a_calendar_holds_the_days_ahead(door: Door) -> None:
    name = replace(CROWD[0].name, given="Ana; Bénédicte\\,", family="Ó" * 60)
    mine = replace(CROWD[0], name=name, expires=date(2026, 9, 1))
    door.nights.accept([mine, *CROWD[1:]])
    watch = door.make(people=[{"name": name.full, "number": mine.number}])
    address = door.ask("POST", f"/{watch}/feeds").json()["calendar"]
    raw = door.client.get(address.removeprefix("http://127.0.0.1:8000")).content
    lines = raw.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR" and all(len(line) <= 75 for line in lines)
    whole = raw.replace(b"\r\n ", b"").decode()
    assert "DTSTART;VALUE=DATE:20260901" in whole
    assert f"SUMMARY:Ana\\; Bénédicte\\\\\\, {'Ó' * 60}" in whole
    board = door.ask("GET", f"/{watch}/board?days=100").json()
    assert [(one["due"], one["renewed"]) for one in board["board"]] == [("2026-09-01", False)]
