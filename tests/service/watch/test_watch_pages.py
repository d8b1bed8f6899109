"""Watch lists on pages: how they stand, alerts, people, renewals, feeds; made, changed, ended."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.vocabulary import Role, Status
from data import members, watches
from data.records import Notice, Record
from service.language import speaking
from service.watch import lists, pages, roster_pages, telling
from tests.service.watch.doors import CROWD, PEOPLE, Door

NOTICED = replace(CROWD[0], notices=(Notice("Said something."),))
SUSPENDED = replace(CROWD[1], status=Status.SUSPENDED, word="Suspended", may_practise=False)


def text(answer: Any) -> str:
    """What a page says, without its markup."""
    assert answer.status_code == 200, answer.text[:500]
    return words(answer.text)


def words(page: str) -> str:
    said = re.sub(r"<[^>]+>", " ", page[page.index("<main") :])
    return " ".join(said.split())


def night(door: Door, *changed: Record) -> None:
    known = {one.key: one for one in changed}
    door.nights.accept([known.get(one.key, one) for one in CROWD])


def alert_of(door: Door, watch: str, kind: str) -> int:
    found = door.ask("GET", f"/{watch}/alerts").json()["alerts"]
    return next(int(one["id"]) for one in found if one["kind"] == kind)


def test_every_list_says_whether_all_is_clear_or_why_not(door: Door) -> None:
    assert "Nobody is watched yet." in text(door.page("/watches"))
    watch = door.make()
    told = text(door.page("/watches"))
    for said in ("Front desk", "3 people watched", "All clear", "no daily message yet"):
        assert said in told
    night(door, NOTICED, SUSPENDED)
    told = text(door.page("/watches"))
    for said in ("Needs attention", "1 person cannot be confirmed today.", "2 alerts wait"):
        assert said in told
    assert "Critical: 1" in told and "High: 1" in told and "All clear" not in told
    door.nights.clock.forward(days=3)
    told = text(door.page(f"/watches/{watch}"))
    assert "Nothing can be said today" in told and "not read for too long" in told
    assert "All clear" not in told
    home = door.page("")
    assert 'href="/clinic/watches"' in home.text


def test_alerts_stand_by_weight_with_what_was_and_is(door: Door) -> None:
    watch = door.make()
    night(door, NOTICED, SUSPENDED)
    told = text(door.page(f"/watches/{watch}"))
    order = [SUSPENDED.name.full, NOTICED.name.full, "Said something."]
    places = [told.index(one) for one in order]
    assert places == sorted(places)
    assert "Before authorised to practise (General Certificate / Current / may practise)" in told
    assert "Now suspended (General Certificate / Suspended / may not practise)" in told
    french = text(door.page(f"/watches/{watch}", lang="fr"))
    assert "Critique" in french and "Le registre affiche maintenant un autre statut." in french
    assert "Avant autorisation d’exercer (" in french


def test_an_alert_is_acknowledged_and_opened_again_with_who_and_why(door: Door) -> None:
    watch = door.make()
    night(door, NOTICED)
    alert = alert_of(door, watch, "notice")
    path = f"/watches/{watch}/alerts/{alert}"
    blank = door.post(f"{path}/acknowledge", why="  ")
    assert blank.status_code == 422 and "Say why, in a few words." in blank.text
    assert door.ask("GET", f"/{watch}/alerts/{alert}").json()["actions"] == []
    done = door.post(f"{path}/acknowledge", why="Spoke to her.")
    assert (done.status_code, done.headers["location"][:15]) == (303, "/clinic/watches")
    assert "No alert waits for anybody." in text(door.page(f"/watches/{watch}"))
    told = text(door.page(f"/watches/{watch}", all="true"))
    assert f"Acknowledged · {door.clinic.email}" in told and "Spoke to her." in told
    door.post(f"{path}/reopen", why="<b>Not yet</b>")
    page = door.page(f"/watches/{watch}")
    assert "Spoke to her." in page.text and "&lt;b&gt;Not yet&lt;/b&gt;" in page.text
    assert "1 alert waits for somebody." in text(page)


def test_more_alerts_than_a_page_holds_go_on(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ALERTS", 2)
    watch = door.make()
    night(door, *(replace(one, notices=(Notice(f"Of {one.key}."),)) for one in CROWD[:3]))
    both = [door.page(f"/watches/{watch}", page=n).text for n in ("1", "2")]
    found = [set(re.findall(r'id="alert-(\d+)"', page)) for page in both]
    assert [len(one) for one in found] == [2, 1] and not found[0] & found[1]
    assert 'rel="next"' in both[0] and 'rel="next"' not in both[1]


@pytest.mark.parametrize(
    ("kind", "after", "said"),
    [
        ("found", "not_found", ("Introuvable au registre", "")),
        ("unclear", "ambiguous", ("Impossible de savoir de qui il s’agit", "")),
        ("restored", "authorised (Current)", ("autorisation d’exercer", "Current")),
        ("deadline_ahead", "2", ("2 personnes de cette liste", "")),
        ("name", "Ann Bee\nBea Bee", ("", "Ann Bee / Bea Bee")),
        ("notice", "Said something.", ("", "Said something.")),
        ("delisted", "", ("", "")),
    ],
)
def test_what_was_and_is_stands_in_the_readers_words(
    kind: str, after: str, said: tuple[str, str]
) -> None:
    with speaking("fr"):
        assert telling.read({"kind": kind, "after": after}, "after") == said


def test_every_refusal_of_a_list_has_its_words() -> None:
    sources = (Path(one.__file__).read_text("utf-8") for one in (watches, lists, roster_pages))
    codes = {code for one in sources for code in re.findall(r'WatchRefused\(\s*"(\w+)"', one)}
    assert len(codes) >= 7 and codes <= set(telling.REFUSED)


def test_people_say_how_they_stand_and_when_that_was_read(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = door.make(people=[*PEOPLE, {"name": "Nobody Atall", "number": "Z9"}])
    night(door, SUSPENDED)
    told = text(door.page(f"/watches/{watch}/people"))
    for said in ("Everybody 4", "not found 1", "suspended 1", "authorised to practise 2"):
        assert said in told
    assert "Nobody Atall Z9 not found Not found in the register – looked for" in told
    only = text(door.page(f"/watches/{watch}/people", how="suspended"))
    assert SUSPENDED.name.full in only and CROWD[0].name.full not in only
    read = f"{door.nights.clock.at:%Y}"
    assert read in only[only.index(SUSPENDED.name.full) :]
    monkeypatch.setattr(pages, "PEOPLE", 3)
    page = door.page(f"/watches/{watch}/people")
    after = re.search(r"after=(\d+)", page.text)
    assert after and "Nobody Atall" not in page.text
    rest = text(door.page(f"/watches/{watch}/people", after=after[1]))
    assert "Nobody Atall" in rest and SUSPENDED.name.full not in rest


def test_the_board_shows_who_has_not_renewed(door: Door) -> None:
    mine = replace(CROWD[0], expires=date(2026, 9, 1))
    night(door, mine)
    watch = door.make()
    near = text(door.page(f"/watches/{watch}/board", days="0"))
    assert "Nobody, as far as the registers tell." in near
    far = text(door.page(f"/watches/{watch}/board", days="400"))
    assert mine.name.full in far and "September 1, 2026" in far
    assert "not yet, says the register" in far


def test_feeds_are_made_shown_once_and_ended(door: Door) -> None:
    watch = door.make()
    made = door.post(f"/watches/{watch}/feeds")
    found = re.search(r"/feeds/([\w-]{43})/alerts\.atom", made.text)
    assert made.status_code == 200 and found and "deadlines.ics" in made.text
    address = f"/feeds/{found[1]}/alerts.atom"
    assert door.client.get(address).status_code == 200
    page = door.page(f"/watches/{watch}/told")
    assert found[1] not in page.text and door.clinic.email in page.text
    [feed] = door.ask("GET", f"/{watch}/feeds").json()["feeds"]
    assert door.post(f"/watches/{watch}/feeds/{feed['id']}/revoke").status_code == 303
    assert door.client.get(address).status_code == 404
    for _ in range(10):
        door.post(f"/watches/{watch}/feeds")
    most = door.post(f"/watches/{watch}/feeds")
    assert most.status_code == 409 and "as many feeds as it may" in most.text


def test_who_is_told_is_named_without_the_address_of_a_webhook(door: Door) -> None:
    watch = door.make()
    assert "Nobody gets a message" in text(door.page(f"/watches/{watch}/told"))
    door.ask("POST", f"/{watch}/receivers", {"channel": "email", "address": "desk@clinic.example"})
    assert "By e-mail: desk@clinic.example" in text(door.page(f"/watches/{watch}/told"))


def test_a_reader_sees_and_changes_nothing(door: Door) -> None:
    watch = door.make()
    night(door, NOTICED)
    with door.nights.store.begin() as db:
        members.add(db, door.clinic.id, "reader@x.example", Role.READER, door.nights.clock.at)
    for tail in ("", f"/{watch}", f"/{watch}/people", f"/{watch}/told"):
        page = door.page(f"/watches{tail}", "reader@x.example")
        assert page.status_code == 200
        assert page.text.count('method="post"') == 1, "only to sign out"
        assert "/newer" not in page.text and "/end" not in page.text
    for tail in ("/new", f"/{watch}/newer", f"/{watch}/end"):
        assert door.page(f"/watches{tail}", "reader@x.example").status_code == 403


def test_who_saw_which_list_is_written_down_without_names(door: Door) -> None:
    watch = door.make()
    door.page(f"/watches/{watch}/people")
    lines = door.ask("GET", "/../workspace/access-log").json()["lines"]
    seen = [one for one in lines if one["action"] == "GET /clinic/watches/{watch}/people"]
    assert [(one["subject"], one["count"]) for one in seen] == [(watch, 3)]
    assert not any(one["name"] in str(lines) for one in PEOPLE)


ROWS = "Name,Registration #\n" + "".join(f"{one['name']},{one['number']}\n" for one in PEOPLE)


def uploaded(door: Door, rows: str, path: str = "/watches/new") -> str:
    given = door.post(path, rows=rows)
    assert given.status_code == 303, given.text
    return str(given.headers["location"].removeprefix("/clinic"))


def test_a_pasted_roster_becomes_a_list_once_its_columns_are_confirmed(door: Door) -> None:
    columns = uploaded(door, ROWS)
    assert PEOPLE[0]["name"] in text(door.page(columns))
    assert door.ask("GET", "").json()["watches"] == []
    unnamed = door.post(columns, name="#1", number="#2")
    assert unnamed.status_code == 422 and "Give the list a name" in unnamed.text
    made = door.post(columns, name="#1", number="#2", called="Front desk")
    [known] = door.ask("GET", "").json()["watches"]
    assert made.headers["location"] == f"/clinic/watches/{known['id']}"
    assert known["standings"] == {"authorised": 3} and known["created_by"] == door.clinic.email
    again = door.post(uploaded(door, ROWS), name="#1", number="#2", called="front DESK")
    assert again.status_code == 422 and "There is a list of this name already." in again.text
    assert 'value="front DESK"' in again.text


def test_a_roster_may_be_larger_than_other_forms(door: Door) -> None:
    watch, large = door.make(), ROWS.replace("Name,", f"{'x' * 70_000},Name,", 1)
    for path in ("/watches/new", f"/watches/{watch}/newer"):
        assert door.post(path, rows=large).status_code == 303
    assert door.post(f"/watches/{watch}/end", rows=large).status_code == 413


def test_a_roster_that_cannot_be_read_says_why(door: Door) -> None:
    assert door.post("/watches/new", rows=" ").status_code == 422
    columns = uploaded(door, ROWS)
    said = door.post(columns, name="", number="", called="Front desk")
    assert said.status_code == 422 and 'role="alert"' in said.text
    assert door.page("/watches/columns/upl_no").status_code == 404


def test_a_page_takes_on_so_many_people_and_no_more(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_pages, "MOST", 2)
    columns = uploaded(door, ROWS)
    said = door.post(columns, name="#1", number="#2", called="Front desk")
    assert said.status_code == 422 and "A page takes on 2,000 people at most." in said.text
    assert door.ask("GET", "").json()["watches"] == []


def test_everybody_of_a_finished_audit_is_watched(door: Door) -> None:
    rows = [*PEOPLE, PEOPLE[0], {"name": "Nobody Atall", "number": "Z9"}]
    made = door.ask("POST", "/../audits", rows)
    audit = made.json()["id"]
    while door.ask("GET", f"/../audits/{audit}").json()["state"] != "done":
        pass
    assert f"/clinic/watches/from/{audit}" in door.page(f"/audits/{audit}").text
    assert f"/clinic/watches/from/{audit}" in door.page("/watches/new").text
    assert "4 people" in text(door.page(f"/watches/from/{audit}"))
    assert door.post(f"/watches/from/{audit}", called=" ").status_code == 422
    assert door.post(f"/watches/from/{audit}", called="Front desk").status_code == 303
    [known] = door.ask("GET", "").json()["watches"]
    assert known["standings"] == {"authorised": 3, "not_found": 1}


NEWER = "Name,Registration #\n" + "".join(
    f"{one.name.full},{one.number}\n" for one in (*CROWD[1:3], CROWD[5], CROWD[5])
)


def test_a_newer_file_shows_what_changes_before_it_applies(door: Door) -> None:
    watch = door.make()
    columns = uploaded(door, NEWER, f"/watches/{watch}/newer")
    assert "Show what changes" in text(door.page(columns))
    shown = door.post(columns, name="#1", number="#2")
    told = text(shown)
    for said in ("Added: 1", "Taken off: 1", "Kept: 2", "name somebody twice: 1"):
        assert said in told
    assert CROWD[5].name.full in told and CROWD[0].name.full in told
    token = re.search(r'name="apply" value="(\w+)"', shown.text)
    assert token and door.ask("GET", f"/{watch}").json()["revision"] == 1
    wrong = door.post(columns, name="#1", number="#2", apply="0" * 16)
    assert wrong.status_code == 409 and "Nothing was changed now." in wrong.text
    assert door.ask("GET", f"/{watch}").json()["revision"] == 1
    assert door.post(columns, name="#1", number="#2", apply=token[1]).status_code == 303
    found = door.ask("GET", f"/{watch}/people").json()["people"]
    assert [one["key"] for one in found] == ["k1", "k2", "k5"]
    assert door.page(columns).status_code == 404


def test_a_newer_file_that_changes_nobody_offers_nothing(door: Door) -> None:
    watch = door.make()
    columns = uploaded(door, ROWS, f"/watches/{watch}/newer")
    shown = door.post(columns, name="#1", number="#2")
    assert "Nobody is added or taken off." in text(shown) and 'name="apply"' not in shown.text


def test_a_list_is_ended_only_after_the_question(door: Door) -> None:
    watch = door.make()
    night(door, NOTICED)
    asked = text(door.page(f"/watches/{watch}/end"))
    assert "3 people watched" in asked and "1 alert still waits for somebody." in asked
    assert len(door.ask("GET", "").json()["watches"]) == 1
    ended = door.post(f"/watches/{watch}/end")
    assert ended.headers["location"] == "/clinic/watches"
    assert door.ask("GET", "").json()["watches"] == []
    assert door.page(f"/watches/{watch}").status_code == 404
