"""The commands `audit` and `receipt`: what they print, write, and end with."""

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from config.settings import Settings
from data.audits import NoAudit
from data.store import StoreError
from service import clinic, console
from service.cli import _exit_code, app, main
from service.desk import Desk
from service.roster.shape import RosterError
from tests.conftest import Clock

ROSTER = (
    "Prénom;Nom;Nº de permis;Ville;Notes\n"
    "Ingrith;Abelquist;A1001;Ottawa;=1+1\n"
    "Perpetua;Grindlesham;A1002;;\n"
    "Nobody;Atall;1,2E+05;;\n"
)
Run = Callable[..., Result]


@pytest.fixture
def run(office: Desk, office_clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """The command line over the office, in a folder with a roster."""
    for module in (clinic, console):
        monkeypatch.setattr(module, "the_desk", lambda: office)
        monkeypatch.setattr(module, "utc_now", office_clock)
    monkeypatch.setenv("GOODSTANDING_HOME", str(office.settings.home))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "staff.csv").write_bytes(ROSTER.encode("cp1252"))

    def command(*args: str, text: str | None = None) -> Result:
        return CliRunner().invoke(app, list(args), input=text, env={"USER": "tester"})

    return command


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_roster_is_audited_into_every_kind_of_report(run: Run, tmp_path: Path) -> None:
    outputs = [f"out{kind}" for kind in (".csv", ".xlsx", ".json", ".html")]
    done = run("audit", "staff.csv", *[word for name in outputs for word in ("-o", name)])
    assert done.exit_code == 1, done.output
    assert all((tmp_path / name).stat().st_size > 500 for name in outputs)
    rows = _rows(tmp_path / "out.csv")
    assert [row["verdict"] for row in rows] == ["confirmed", "not_authorised", "cannot_confirm"]
    assert [row["Nom"] for row in rows] == ["Abelquist", "Grindlesham", "Atall"]
    assert rows[0]["Notes"] == "'=1+1" and "1.2E+05" in rows[2]["doubts"]
    assert "number: Nº de permis" in done.stderr and "Windows-1252" in done.stderr
    assert "3 rows" in done.stdout


def test_options_may_stand_before_the_file_and_rows_be_pasted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("Name,Number\nIngrith Abelquist,A1001\n")
    assert run("audit", "-o", "out.csv", "one.csv").exit_code == 0
    pasted = run("audit", "-", "--json", text="Name\tNumber\nIngrith Abelquist\tA1001\n")
    assert pasted.exit_code == 0
    assert json.loads(pasted.stdout)["rows"][0]["verdict"] == "confirmed"


def test_columns_and_profession_can_be_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("Who,Ref,Number\nIngrith Abelquist,A1001,7\n")
    told = run("audit", "odd.csv", "--columns", "name=Who, number=#2", "--json")
    assert told.exit_code == 0
    assert json.loads(told.stdout)["audit"]["columns"] == {"name": "Who", "number": "Ref"}
    assert run("audit", "odd.csv", "--columns", "name").exit_code == 2


def test_audits_are_listed_shown_decided_and_deleted(run: Run, tmp_path: Path) -> None:
    made = json.loads(run("audit", "staff.csv", "--json").stdout)["audit"]["id"]
    listed = json.loads(run("audit", "list", "--json").stdout)["audits"]
    assert listed[0]["id"] == made and listed[0]["who"] == "tester"
    assert run("audit", "decide", str(made), "2", "rejected", "--why", "left us").exit_code == 0
    assert run("audit", "decide", str(made), "2", "maybe", "--why", "x").exit_code == 2
    assert run("audit", "decide", str(made), "2", "accepted", "--why", " ").exit_code == 2
    shown = run("audit", "show", str(made), "-o", "again.csv")
    assert shown.exit_code == 1
    assert "rejected by tester" in _rows(tmp_path / "again.csv")[1]["decision"]
    assert run("audit", "resume", str(made)).exit_code == 1
    assert run("audit", "delete", str(made), "--yes").exit_code == 0
    assert isinstance(run("audit", "show", str(made)).exception, NoAudit)


def test_receipts_are_made_and_checked(run: Run, tmp_path: Path) -> None:
    made = json.loads(run("audit", "staff.csv", "--json").stdout)["audit"]["id"]
    assert run("receipt", "make", "--audit", str(made), "-o", "a.json").exit_code == 0
    person = ("--name", "Ingrith Abelquist", "--number", "A1001")
    assert run("receipt", "make", *person, "-o", "b.json").exit_code == 0
    assert run("receipt", "make", "-o", "c.json").exit_code == 2
    key = run("receipt", "key").stdout.strip()
    for name in ("a.json", "b.json"):
        checked = run("receipt", "check", name, "--key", key)
        assert checked.exit_code == 0 and key in checked.stdout
    changed = (tmp_path / "b.json").read_bytes().replace(b"A1001", b"A1002")
    (tmp_path / "b.json").write_bytes(changed)
    done = run("receipt", "check", "b.json", "--json")
    assert done.exit_code == 1 and json.loads(done.stdout)["valid"] is False


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("audit", "staff.csv", "-o", "out.pdf"), "ends in none of .csv, .html, .json, .xlsx"),
        (("audit", "staff.csv", "-o", "nowhere/out.csv"), "There is no folder"),
        (("receipt", "check", "nowhere.json"), "does not exist"),
    ],
)
def test_what_cannot_be_written_is_said_before_the_work(
    run: Run, args: Iterable[str], words: str
) -> None:
    done = run(*args)
    assert done.exit_code == 2 and words in " ".join(done.stderr.split())


def test_refusals_end_as_usage_and_a_missing_file_as_trouble(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    assert _exit_code(run("audit", "bad.csv").exception or ValueError()) == 2
    assert _exit_code(run("audit", "nowhere.csv").exception or ValueError()) == 4
    assert [_exit_code(one("x")) for one in (RosterError, NoAudit, StoreError)] == [2, 2, 4]


def test_the_command_line_alone_adds_its_options(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bad.csv").write_text("Name,Number,Number\nAna Ng,A1,A2\n")
    refused = str(run("audit", "bad.csv").exception)
    assert refused.endswith("or say which to read.")
    monkeypatch.setattr("sys.argv", ["goodstanding", "audit", "bad.csv"])
    with pytest.raises(SystemExit):
        main()
    assert f"{refused} Use --columns number=#2." in " ".join(capsys.readouterr().err.split())


def test_the_key_is_kept_where_the_settings_say(run: Run, office: Desk) -> None:
    assert len(run("receipt", "key").stdout.strip()) == 64
    assert Settings().home == office.settings.home
