"""A clinic's list from the command line: made, told of a night, acknowledged, changed, removed."""

import json
from pathlib import Path

from crawler.invented import Person
from crawler.standin import Standin
from tests.e2e.cli import FIRST, PEOPLE, WITNESS, Home

THIRD = PEOPLE[2]
CAUTION = {"name": "Oral Caution", "summary": "Invented caution."}


def roster(path: Path, *people: Person) -> str:
    lines = [f"{one['firstName']} {one['lastName']},{one['registrationNumber']}" for one in people]
    path.write_text("\n".join(["Name,Registration number", *lines]))
    return str(path)


def test_a_list_is_looked_after_from_the_command_line(home: Home, tmp_path: Path) -> None:
    made = home.run("watch", "add", "Front desk", roster(tmp_path / "a.csv", FIRST, WITNESS))
    assert made.code == 0 and "2 people" in made.out
    assert home.run("watch", "alerts").code == 0
    people = [{**FIRST, "publicNotices": [CAUTION]} if one is FIRST else one for one in PEOPLE]
    with Standin(people) as site:
        home.accept(site.url, "--full")
    told = home.run("watch", "alerts", "Front desk", "--open", "--json")
    alerts = told.json["alerts"]
    assert told.code == 1 and "notice" in {one["kind"] for one in alerts}
    assert {one["person"] for one in alerts} == {f"{FIRST['firstName']} {FIRST['lastName']}"}
    for one in alerts:
        assert home.run("watch", "ack", str(one["id"]), "--why", "seen").code == 0
    assert home.run("watch", "alerts", "--open").code == 0
    assert home.run("watch", "reopen", "999", "--why", "x").code == 2

    newer = roster(tmp_path / "b.csv", WITNESS, THIRD)
    shown = home.run("watch", "update", "front desk", newer, "--json").json
    assert (len(shown["added"]), len(shown["removed"]), shown["applied"]) == (1, 1, False)
    assert home.run("watch", "update", "front desk", newer, "--apply", "0" * 16).code == 2
    done = home.run("watch", "update", "front desk", newer, "--apply", shown["token"], "--json")
    assert done.json["applied"] is True
    listed = home.run("watch", "show", "front desk", "--json").json["people"]
    assert [one["number"] for one in listed] == [
        one["registrationNumber"] for one in (WITNESS, THIRD)
    ]
    assert home.run("watch", "board", "front desk", "--json").json["people"] >= 0

    inside = ("watch", "receivers", "add", "front desk", "--webhook", "https://127.0.0.1/")
    assert home.run(*inside, GOODSTANDING_WATCH_SECRET="s" * 32).code == 2
    secret = home.run(
        *inside, GOODSTANDING_WATCH_SECRET="s" * 32, GOODSTANDING_WEBHOOK_ALLOW="127.0.0.0/8"
    )
    assert secret.code == 0 and secret.out.startswith("whsec_")
    sent = home.run("watch", "receivers", "list", "front desk", "--json").json
    assert sent["receivers"][0]["address"] == "https://127.0.0.1/…"
    feed = home.run("watch", "feed", "add", "front desk")
    assert "/feeds/" in feed.out and ".ics" in feed.out
    [kept] = json.loads(home.run("watch", "feed", "list", "front desk", "--json").out)["feeds"]
    assert home.run("watch", "feed", "revoke", "front desk", kept["ref"]).code == 0
    assert home.run("watch", "remove", "front desk", "--yes").code == 0
    assert home.run("watch", "list", "--json").json["watches"] == []
