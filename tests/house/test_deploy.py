"""The files in deploy/ parse, and every command, option and setting in them exists."""

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from apscheduler.triggers.cron import CronTrigger
from typer.main import get_command

from config.settings import Settings
from service.cli import app

FOLDER = Path(__file__).parents[2] / "deploy"
FILES = sorted(FOLDER.iterdir())
COMMANDS: Any = get_command(app).commands  # type: ignore[attr-defined]


def ids(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_settings_in_it_exist(path: Path) -> None:
    for name in re.findall(r"GOODSTANDING_([A-Z_]+[A-Z])", path.read_text()):
        assert name.lower() in Settings.model_fields


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_commands_in_it_exist(path: Path) -> None:
    told = "".join(line for line in path.read_text().splitlines(True) if line[0] != "#")
    calls = re.findall(r"goodstanding,? (refresh|up|backup|serve|schedule)\b[ ,]*(--\w+)?", told)
    for command, option in calls:
        options = {word for one in COMMANDS[command].params for word in one.opts}
        assert not option or option in options
    assert calls or path.suffix == ".timer"


@pytest.mark.parametrize("path", [one for one in FILES if one.suffix in (".service", ".timer")])
def test_units_parse(path: Path) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text())
    assert unit["Unit"]["Description"]
    assert set(unit.sections()) <= {"Unit", "Service", "Timer", "Install"}


def test_the_stop_is_longer_than_ours() -> None:
    """Twenty seconds for the runs, ten to end them, and some."""
    patience = Settings.model_fields["stop_seconds"].default + 10
    unit = (FOLDER / "goodstanding.service").read_text()
    assert int(re.findall(r"TimeoutStopSec=(\d+)", unit)[0]) > patience
    grace = yaml.safe_load((FOLDER / "compose.yml").read_text())["services"]["goodstanding"]
    assert int(grace["stop_grace_period"].rstrip("s")) > patience


def test_the_cronjob_is_one_at_a_time_and_longer_than_a_run() -> None:
    job = yaml.safe_load((FOLDER / "cronjob.yaml").read_text())
    assert (job["kind"], job["spec"]["concurrencyPolicy"]) == ("CronJob", "Forbid")
    CronTrigger.from_crontab(job["spec"]["schedule"])
    limit = job["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"]
    assert limit > Settings.model_fields["run_hours"].default * 3600


def test_crontab_lines_have_five_times_and_a_command() -> None:
    for line in (FOLDER / "crontab").read_text().splitlines():
        if line[0] != "#":
            *times, command = line.split(maxsplit=5)
            CronTrigger.from_crontab(" ".join(times))
            assert "goodstanding" in command and not re.search(r"(?<!\\)%", command)


def test_every_setting_is_in_the_readme() -> None:
    said = (FOLDER.parent / "README.md").read_text() + (
        FOLDER.parent / "docs/operations.md"
    ).read_text()
    missing = [name for name in Settings.model_fields if f"GOODSTANDING_{name.upper()}" not in said]
    assert missing == []


def test_every_command_is_in_the_readme() -> None:
    said = (FOLDER.parent / "README.md").read_text()
    assert [name for name in COMMANDS if not re.search(rf"\b{name}\b", said)] == []
