"""The command line as a contract: exit codes, JSON keys, odd questions, files in the inbox."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.register import Catalogue
from crawler.standin import Standin
from tests.e2e.cli import FIRST, REGISTER, Home, Stem, lasting

LOUISIANA = "us_la_bmt"
HEADING = "Name,License #,Licensed Since,Issue Date,Expiration,Status"
ROWS = [f"TAMSIN F{n}ERROWDALE,LA{n},1/11/2010,4/1/2026,3/31/2099,ACTIVE" for n in range(1, 1601)]
FILE = "\n".join([HEADING, *ROWS, ""])
TODAY = Catalogue().get(LOUISIANA).local_day(datetime.now(UTC))
NAME = ("--name", "Ingrith Abelquist")

ANSWER = """verdict assurance reasons matches suggestions evaluated_at valid_until rules_version
query""".split()
MATCH = """register register_name key number name other_names profession status register_word
may_practise restrictions notices places first_registered expires last_checked detail_checked
last_changed valid_until official_url evidence_id""".split()
RUN = (
    """id register state started_at finished_at requests read new changed missing issues""".split()
)
LISTED = """id name platform jurisdiction profession enabled verified people last_accepted age_hours
health terms""".split()
CHANGE = "id run register key number kind before after at".split()


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["lookup", "A1001"], 0),
        (["lookup", "Ingrith Abelquist"], 0),
        (["lookup", "Nobody Atall"], 1),
        (["verify", "--number", "A1001", *NAME], 0),
        (["verify", "--number", "A1001", "--name", "Other Person"], 1),
        (["verify", "--number", "B9999", *NAME], 1),
        (["verify", *NAME], 1),
        (["verify", "--number", "A1001", *NAME, "--register", "xx_no"], 2),
        (["lookup", "A1001", "--register", "xx_no"], 2),
        (["refresh", "xx_no"], 2),
        (["export", "--register", "xx_no"], 2),
        (["lookup", ""], 2),
        (["lookup", " \t\x01\u200b"], 2),
        (["lookup", "x" * 10_000], 2),
        (["verify", "--name", "x" * 10_000], 2),
        (["verify", "--name", ""], 2),
        (["verify", "--number", "A1001"], 2),
        (["verify", "--number", "---", *NAME], 2),
        (["runs", "show", "99"], 2),
        (["runs", "approve", "99", "--why", "Why."], 2),
        (["history", "nobody"], 1),
        (["evidence", "0" * 64], 1),
        (["no-such-command"], 2),
    ],
)
def test_exit_codes(args: list[str], code: int, home: Home) -> None:
    done = home.run(*args)
    assert done.code == code, done.out + done.err
    assert done.out or done.err


ODD = """'; DROP TABLE registration; --
" OR 1=1 --
NEAR("a" "b", 5)
name:* AND -Abelquist^2
{family} : (Abel* NOT quist)
%
_
*
../../etc/passwd
${jndi:x}
{{7*7}}
<script>alert(1)</script>
\x1b[31mred
Abel\x07quist
\ud800
\u202eAbelquist
A1001'--
((((((((((
NULL
-1
0""".splitlines()


@pytest.mark.parametrize("text", ODD)
def test_odd_questions_are_only_questions(text: str, home: Home) -> None:
    said = text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    looked = home.run("lookup", "--json", "--", said)
    asked = home.run("verify", f"--number={said}", f"--name={said}", "--json")
    assert looked.code in (0, 1, 2) and asked.code in (1, 2)
    assert "\x1b" not in looked.out + asked.out + looked.err


def test_every_reading_command_speaks_json(home: Home) -> None:
    answer = home.run("verify", "--number", "A1001", *NAME, "--json").json
    assert answer.keys() >= set(ANSWER) and answer["matches"][0].keys() >= set(MATCH)
    assert home.run("lookup", "A1001", "--json").json.keys() >= set(ANSWER)
    assert home.run("runs", "--json").json["runs"][0].keys() >= set(RUN)
    assert home.run("runs", "show", "1", "--json").json.keys() >= set(RUN)
    assert home.run("registers", "--json").json["registers"][0].keys() >= set(LISTED)
    assert home.run("changes", "--json").json["changes"][0].keys() >= set(CHANGE)
    assert home.run("history", FIRST["profileId"], "--json").json["history"]
    assert home.run("doctor", "--json").json["findings"] is not None
    assert set(MATCH) <= json.loads(home.export().splitlines()[0]).keys()


def test_a_name_search_masks_the_number(home: Home) -> None:
    done = home.run("lookup", "Ingrith Abelquist", "--json")
    assert done.json["matches"][0]["number"] == "A•••1" and "A1001" not in done.out


def test_without_a_contact_nobody_is_asked(fresh: Home) -> None:
    done = fresh.run("refresh", REGISTER)
    assert (done.code, done.out) == (3, "") and "GOODSTANDING_CONTACT" in done.err
    assert fresh.run("runs", "--json").json["runs"] == []


def test_our_name_is_honest(home: Home, site: Standin) -> None:
    home.run("refresh", REGISTER, "--url", site.url, "--delay", "0", GOODSTANDING_CONTACT="a@b.org")
    agents = {request.headers["user-agent"] for request in site.requests}
    assert len(agents) == 1 and "+a@b.org" in agents.pop()
    assert not any("cookie" in request.headers for request in site.requests)


@pytest.mark.parametrize(
    "args", [("lookup", "A1001"), ("export",), ("runs",), ("refresh", LOUISIANA)]
)
def test_a_store_that_cannot_be_used_is_said(args: tuple[str, ...], fresh: Home) -> None:
    fresh.path.write_text("a file where the folder should be")
    for more in ({}, {"GOODSTANDING_DATABASE_URL": f"sqlite:///{fresh.path}/x.db"}):
        done = fresh.run(*args, **more)
        assert (done.code, done.out) == (4, "") and len(done.err.splitlines()) == 1


def test_a_wrong_setting_is_said(fresh: Home) -> None:
    done = fresh.run("registers", GOODSTANDING_FRESH_HOURS="9999")
    assert done.code == 2 and "fresh_hours" in done.err


class Inbox:
    """Files of Louisiana on their way in."""

    def __init__(self, home: Home) -> None:
        self.home, self.folder = home, home.path / "inbox" / LOUISIANA

    def put(self, name: str, text: str = FILE, encoding: str = "utf-8") -> Any:
        """Drop one file, alone, and read it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        (self.folder / name).write_bytes(text.encode(encoding))
        return self.home.run("refresh", LOUISIANA, "--json")

    def verdict(self) -> str:
        args = ("--number", "LA7", "--name", "Tamsin F7errowdale", "--json")
        verdict: str = self.home.run("verify", *args).json["verdict"]
        return verdict


def dated(days: int) -> str:
    return f"roster-{TODAY - timedelta(days)}.csv"


@pytest.fixture(scope="session")
def filed(stem: Stem, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home where yesterday's file was read; only to be copied."""
    home = Home(tmp_path_factory.mktemp("filed") / "home", stem)
    assert Inbox(home).put(dated(1)).code == 0
    return home.path


@pytest.fixture
def inbox(filed: Path, stem: Stem, tmp_path: Path) -> Inbox:
    """The inbox of a home where yesterday's file was read."""
    shutil.copytree(filed, tmp_path / "home")
    return Inbox(Home(tmp_path / "home", stem))


def test_a_file_of_yesterday_confirms(inbox: Inbox) -> None:
    assert inbox.verdict() == "confirmed"


@pytest.mark.parametrize("name", [dated(160), "roster.csv", "roster-2026-13-45.csv"])
def test_an_old_or_undated_file_confirms_nobody(name: str, fresh: Home) -> None:
    inbox = Inbox(fresh)
    assert inbox.put(name).code == 0
    assert inbox.verdict() == "cannot_confirm"
    assert fresh.run("lookup", "Nobody Atall", "--json").json["verdict"] == "cannot_confirm"


BAD_FILES = {
    "from the future": ("future_date", dated(-3), FILE, "utf-8"),
    "older than the live one": ("older", dated(9), FILE, "utf-8"),
    "cut in a row": ("cut_file", dated(0), FILE[:-30], "utf-8"),
    "cut between rows": ("shrunk", dated(0), "\n".join(FILE.splitlines()[:1400]), "utf-8"),
    "40 % of the list": ("shrunk", dated(0), "\n".join(FILE.splitlines()[:641]), "utf-8"),
    "heading changed": ("unreadable", dated(0), FILE.replace("Status", "State", 1), "utf-8"),
    "column added": ("unreadable", dated(0), FILE.replace("\n", ",x\n"), "utf-8"),
    "no heading": ("unreadable", dated(0), "\n".join(ROWS), "utf-8"),
    "other delimiter": ("unreadable", dated(0), FILE.replace(",", ";"), "utf-8"),
    "wrong encoding": ("unreadable", dated(0), FILE.replace("TAMSIN", "TÂMSIN"), "latin-1"),
    "a web page": ("unreadable", dated(0), "<html><title>Not found</title></html>", "utf-8"),
    "only the heading": ("empty", dated(0), HEADING, "utf-8"),
    "nothing": ("unreadable", dated(0), "", "utf-8"),
    "unknown words": ("withheld", dated(0), FILE.replace("ACTIVE", "ODD", 90), "utf-8"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_held_and_the_next_good_one_mends_it(name: str, inbox: Inbox) -> None:
    code, *file = BAD_FILES[name]
    before = inbox.home.export()
    done = inbox.put(*file)
    assert (done.code, done.json["state"]) == (3, "held"), done.out
    assert code in done.holds
    assert inbox.home.export() == before and inbox.verdict() == "cannot_confirm"
    assert inbox.put(dated(0)).code == 0
    assert lasting(inbox.home.export()) == lasting(before) and inbox.verdict() == "confirmed"


def test_the_newest_file_is_read(inbox: Inbox) -> None:
    (inbox.folder / "zzz.csv").write_text("not dated, so never the newest")
    assert inbox.home.run("refresh", LOUISIANA).code == 0


def test_an_empty_inbox_names_its_folder(fresh: Home) -> None:
    done = fresh.run("refresh", LOUISIANA, "--json")
    assert done.code == 3 and str(fresh.path / "inbox" / LOUISIANA) in done.holds["unreachable"]
