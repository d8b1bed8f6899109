"""Bad nights of a register that is one web page: the same gates, through the same spider."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from crawler.invented import invent
from crawler.standin import Reply, Standin
from tests.e2e.cli import Done, Home, Stem, lasting

ISLAND = "ca_pe_cmtpei"
HEADINGS = "Name|Licence Number|License Status|Conditions|Registration Date|Expiry Date"
HEADINGS += "|Resigned Date|Employer(s)"
PEOPLE = invent(200, seed=21)


def row(index: int) -> str:
    one = PEOPLE[index]
    standing = "Modified|Supervision required" if index % 16 == 5 else "Active|"
    cells = f"{one['lastName']}, {one['firstName']}|{5000 + index}|{standing}"
    cells += "|2010-03-14|2099-12-31||Salt Marsh Massage"
    return f"<tr><td>{cells.replace('|', '</td><td>')}</td></tr>\n"


def page(many: int = len(PEOPLE)) -> str:
    heading = HEADINGS.replace("|", "</th><th>")
    rows = "".join(map(row, range(many)))
    head = f"<html><head><title>Register</title></head><body><table>\n<tr><th>{heading}</th></tr>\n"
    return f"{head}{rows}</table></body></html>\n"


GOOD = page()


class Island:
    """A home, and the nights of this register."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def night(self, text: str) -> Done:
        reply = Reply(200, text.encode(), "text/html")
        with Standin([], lambda request, other: reply if request.path == "/" else other) as site:
            return self.home.run("refresh", ISLAND, "--url", site.url, "--delay", "0", "--json")

    def accept(self) -> Any:
        done = self.night(GOOD)
        assert done.code == 0, done.out + done.err
        return done.json

    def verdict(self, index: int = 0) -> str:
        one = PEOPLE[index]
        name = f"{one['firstName']} {one['lastName']}"
        asked = ("--number", str(5000 + index), "--name", name, "--register", ISLAND)
        return str(self.home.run("verify", *asked, "--json").json["verdict"])


@pytest.fixture(scope="session")
def read(stem: Stem, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after one good night; only to be copied."""
    home = Home(tmp_path_factory.mktemp("island") / "home", stem)
    Island(home).accept()
    return home.path


@pytest.fixture
def island(read: Path, stem: Stem, tmp_path: Path) -> Island:
    shutil.copytree(read, tmp_path / "home")
    return Island(Home(tmp_path / "home", stem))


BAD = {
    "40 % of the list": ("shrunk", page(80)),
    "nobody": ("empty", page(0)),
    "cut near its end": ("unreadable", GOOD[:-900]),
    "maintenance": ("unreadable", "<html><title>Down for maintenance</title>Back soon.</html>"),
    "log-in": ("refused", "<html><title>Sign in</title><form><input type=password></form></html>"),
    "status under another heading": ("unreadable", GOOD.replace("License Status", "Standing")),
    "conditions under another heading": ("unreadable", GOOD.replace("Conditions", "Remarks")),
    "everybody suspended": ("status_shift", GOOD.replace("Active", "Suspended")),
    "conditions lost": (
        "alerts_lost",
        GOOD.replace("Modified", "Active").replace("Supervision required", ""),
    ),
    "an unknown word for many": ("withheld", GOOD.replace("Active", "Odd", 12)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_page_is_held_and_the_next_good_one_mends_it(name: str, island: Island) -> None:
    code, text = BAD[name]
    before = island.home.export()
    done = island.night(text)
    assert (done.code, done.json["state"]) == (3, "held"), done.out
    assert code in done.holds and done.json["written"] == 0
    assert island.home.export() == before and island.verdict() == "cannot_confirm"
    island.accept()
    assert lasting(island.home.export()) == lasting(before)
    assert island.verdict() == "confirmed"
    assert island.verdict(5) == "confirmed_with_conditions"


def test_a_few_people_lost_without_a_trace_come_back(island: Island) -> None:
    """Where no total is stated, nobody can see them go: they are missing, not gone."""
    before = island.home.export()
    assert island.night(page(190)).json["missing"] == 10
    assert island.verdict(195) == "cannot_confirm" and island.verdict() == "confirmed"
    island.accept()
    assert lasting(island.home.export()) == lasting(before)
    assert island.verdict(195) == "confirmed"
