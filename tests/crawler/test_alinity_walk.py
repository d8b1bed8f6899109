"""Alinity directories that show 25 people: every beginning of a name, each person once."""

import json

import pytest

from config.vocabulary import RunState
from crawler.ask import Answer, Ask, Unreadable
from crawler.standin import Standin
from data.store import Store
from tests.conftest import Clock
from tests.crawler.drive import Crawl
from tests.crawler.reader import Reader
from tests.crawler.test_alinity import FIRST, FORM, person, sent, walk


def test_the_walk_asks_every_beginning_once() -> None:
    asked = [FIRST.memo["begins"], *FIRST.memo["pending"]]
    assert len(asked) == len(set(asked)) == 26 * 28
    assert {"sm", "o'", "de", "a "} <= set(asked) and sent(FIRST)["TextOptionB"] == "aa"


def test_an_answer_below_the_cap_leads_to_the_next_beginning() -> None:
    told = walk("sm", "Smith", "Smallwick")
    assert len(told.seen) == 2 and sent(told.asks[0])["TextOptionB"] == "zz"


def test_a_capped_answer_is_split_and_tells_only_who_is_called_just_so() -> None:
    told = walk("ng", "Ng", *[f"Ngu{chr(97 + n)}" for n in range(24)])
    assert [one.record.name.family for one in told.seen] == ["Ng"]
    assert sent(told.asks[0])["TextOptionB"] == "nga" and not told.codes
    assert told.asks[0].memo["pending"][-4:] == ("ng'", "ng ", "ng-", "zz")
    assert not walk("ng ", "Ng").seen  # was told by the search before


@pytest.mark.parametrize(
    "families",
    [["Ng"] * 25, [*["Ngu"] * 24, "Ng"], [f"Ngu{chr(122 - n)}" for n in range(25)]],
    ids=["all", "last", "unsorted"],
)
def test_more_namesakes_than_are_shown_cut_the_sweep(families: list[str]) -> None:
    assert walk("ng", *families).codes == ["cut_file"]


def test_everybody_belongs_to_one_search() -> None:
    assert not walk("ob", "O'Brien").seen and len(walk("o'", "O\u2019Brien").seen) == 1
    assert len(walk("em", "Émond").seen) == 1
    assert walk("th", "'t Hooft").codes == ["unreadable_row"]


def test_an_echo_of_another_beginning_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="something else"):
        walk("sm", "Smith", echo="First name: sm")


class Directory:
    """A tenant with the silent cap and prefix searches."""

    def __init__(self, crawl: Crawl, families: list[str]) -> None:
        self.crawl = crawl
        self.people = [
            person(family, number) for number, family in enumerate(sorted(families, key=str.lower))
        ]

    def reply(self, ask: Ask) -> Answer:
        said = FORM if ask.step == "directory" else self.search(ask)
        return Answer(ask, ask.url, 200, {}, said, self.crawl.clock())

    def search(self, ask: Ask) -> bytes:
        begins = sent(ask)["TextOptionB"].strip()
        found = [one for one in self.people if one["rl"].lower().startswith(begins)]
        body = {"EnableCaptcha": False, "SearchCriteria": [f"Last name: {begins}"]}
        return json.dumps({**body, "Records": found[:25]}).encode()


@pytest.fixture
def directory(sqlite_store: Store, clock: Clock) -> Directory:
    register = Reader("ca_pe_cpspei", family="TextOptionB").register
    crawl = Crawl(sqlite_store, register, clock, Standin([]))
    many = [f"Sma{a}{b}" for a in "abcdef" for b in "abcdef"]
    return Directory(crawl, ["Sm", "Ng", "O'Brien", "De La Rue", "Smith", *many])


def test_a_walk_names_everybody_once(directory: Directory) -> None:
    run = directory.crawl.good_night(replies=directory.reply)
    assert (run["read"], run["new"]) == (41, 41)
    issues = directory.crawl.issues(run["id"])
    assert "repeated_row" not in issues and "repeated_page" not in issues
    again = directory.crawl.good_night(replies=directory.reply)
    assert (again["read"], again["written"]) == (41, 0)


def test_a_walk_among_too_many_namesakes_is_held(directory: Directory) -> None:
    directory.people += [person("Smith", 100 + number) for number in range(30)]
    directory.people.sort(key=lambda one: str(one["rl"]).lower())
    run = directory.crawl.night(replies=directory.reply)
    assert run["state"] is RunState.HELD
    assert directory.crawl.issues(run["id"])["cut_file"] == "hold"


def test_a_directory_of_nobody_is_held(directory: Directory) -> None:
    directory.people = []
    run = directory.crawl.night(replies=directory.reply)
    assert directory.crawl.issues(run["id"])["empty"] == "hold"


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        (FORM, "unreadable"),
        (b'<html><form><input type="password"></form></html>', "refused"),
        (b'{"EnableCaptcha": true, "SearchCriteria": [], "Records": []}', "refused"),
        (b'{"EnableCaptcha": false, "SearchCriteria": [], "Records": []}', "unreadable"),
    ],
    ids=["form again", "log-in", "captcha", "filter forgotten"],
)
def test_a_session_that_ends_in_mid_walk_publishes_nothing(
    directory: Directory, ended: bytes, code: str
) -> None:
    asked: list[Ask] = []

    def reply(ask: Ask) -> Answer:
        asked.append(ask)
        if len(asked) < 300:
            return directory.reply(ask)
        return Answer(ask, ask.url, 200, {}, ended, directory.crawl.clock())

    run = directory.crawl.night(replies=reply)
    assert run["state"] is RunState.HELD
    assert directory.crawl.issues(run["id"])[code] == "hold"
    assert not directory.crawl.rows("registration")
