"""The operator's commands about workspaces, and that none of them makes `--help` slow."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from config.settings import Settings
from data import apikeys
from data.members import MemberRefused
from data.store import Store
from service.cli import app


@pytest.fixture
def run(home: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("GOODSTANDING_HOME", str(home.home))
    monkeypatch.setenv("GOODSTANDING_PUBLIC_URL", "https://goodstanding.example/")

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, ["workspace", *words])

    return call


def test_from_nothing_to_a_key_and_back(run: Any, home: Settings) -> None:
    made = run("create", "cedarlatch", "--title", "Cedarlatch", "--owner", "ann@x.example")
    assert "https://goodstanding.example/clinic/password/" in made.stdout
    key = run(
        "keys", "create", "cedarlatch", "--scope", "lookup", "--scope", "admin"
    ).stdout.strip()
    assert apikeys.well_formed(key)
    listed = run("keys", "list", "cedarlatch").stdout
    ref = listed.split()[0]
    assert "good" in listed and "admin lookup" in listed and key not in listed
    other = run("keys", "rotate", "cedarlatch", ref, "--overlap", "0").stdout.strip()
    assert apikeys.well_formed(other) and "ended" in run("keys", "list", "cedarlatch").stdout
    assert run("keys", "revoke", "cedarlatch", ref).exit_code == 0
    assert "1 people, 2 keys" in run("list").stdout
    log = run("log", "cedarlatch").stdout
    assert [word in log for word in ("keys rotate", "keys revoke", "people invite")] == [True] * 3
    gone = run("delete", "cedarlatch", "--yes").stdout
    assert "2 api_key" in gone and "no workspace" in run("list").stdout
    assert b"ann@x.example" not in (home.home / "goodstanding.db").read_bytes()


def test_people_come_change_and_go(run: Any) -> None:
    run("create", "cedarlatch", "--owner", "ann@x.example")
    assert run("people", "invite", "cedarlatch", "bo@x.example", "--role", "owner").exit_code == 0
    assert "/clinic/password/" in run("people", "link", "cedarlatch", "bo@x.example").stdout
    assert run("people", "role", "cedarlatch", "bo@x.example", "reader").exit_code == 0
    refused = run("people", "remove", "cedarlatch", "ann@x.example")
    assert isinstance(refused.exception, MemberRefused) and "only owner" in str(refused.exception)
    assert run("people", "remove", "cedarlatch", "bo@x.example").exit_code == 0
    assert "bo@" not in run("people", "list", "cedarlatch").stdout


def test_retention_is_set_and_honoured(run: Any, home: Settings) -> None:
    run("create", "cedarlatch")
    assert "access log 30 days" in run("retention", "cedarlatch", "--log", "30").stdout
    with Store.of(home).begin() as db:
        db.exec_driver_sql(
            "INSERT INTO access_log (workspace_id, at, who, action, subject, count) "
            "VALUES (1, '2020-01-01 00:00:00', 'x', 'x', '', 0)"
        )
    assert "'access_log': 1" in run("retention", "cedarlatch", "--prune").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "list", "nowhere"),
        ("keys", "create", "cedarlatch", "--scope", "everything"),
        ("keys", "revoke", "cedarlatch", "key_0"),
        ("keys", "rotate", "cedarlatch", "key_0"),
        ("people", "remove", "cedarlatch", "nobody@x.example"),
        ("people", "invite", "cedarlatch", "bo@x.example", "--role", "king"),
        ("delete", "nowhere", "--yes"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_usage(run: Any, words: tuple[str, ...]) -> None:
    run("create", "cedarlatch")
    done = run(*words)
    assert done.exit_code == 2 and done.stderr


def test_deleting_asks_first(run: Any) -> None:
    run("create", "cedarlatch")
    assert run("delete", "cedarlatch").exit_code == 1
    assert "cedarlatch" in run("list").stdout


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, service.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"argon2", "fastapi", "httpx", "mcp", "pydantic", "scrapy", "sqlalchemy", "sqlmodel"}
    assert set(done.stdout.split()) & heavy == set()


def test_without_the_extra_mcp_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOODSTANDING_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "mcp", None)
    for name in [one for one in sys.modules if one.startswith(("mcp.", "service.assistant"))]:
        monkeypatch.delitem(sys.modules, name)
    done = CliRunner().invoke(app, ["mcp"])
    assert done.exit_code == 2 and "goodstanding[mcp]" in done.stderr
