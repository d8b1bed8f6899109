"""The environment is read once, and no configuration widens a cap."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import MAX_AGE_HOURS, Settings
from config.vocabulary import ADVERSE, AUTHORISED, Status


def test_defaults(settings: Settings) -> None:
    assert (settings.fresh_hours, settings.deadline_fresh_hours) == (36, 24)
    assert (settings.public_numbers, settings.rate_limit) == ("masked", 30)
    assert settings.url == f"sqlite:///{settings.home / 'goodstanding.db'}"
    assert settings.inbox.parent == settings.evidence.parent == settings.home


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOODSTANDING_HOME", "/srv/x")
    monkeypatch.setenv("GOODSTANDING_DATABASE_URL", "postgresql+psycopg://db/x")
    made = Settings()
    assert (made.home, made.url) == (Path("/srv/x"), "postgresql+psycopg://db/x")


@pytest.mark.parametrize("name", ["FRESH_HOURS", "DEADLINE_FRESH_HOURS"])
@pytest.mark.parametrize("value", ["168.1", "1e9", "inf", "nan", "0", "-1", "many"])
def test_no_age_over_seven_days(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"GOODSTANDING_{name}", value)
    with pytest.raises(ValidationError):
        Settings()
    assert MAX_AGE_HOURS == 168


@pytest.mark.parametrize(
    ("name", "value"), [("PUBLIC_NUMBERS", "all"), ("RATE_LIMIT", "-1"), ("DEMO", "perhaps")]
)
def test_wrong_values_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"GOODSTANDING_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_settings_are_frozen(settings: Settings) -> None:
    with pytest.raises(ValidationError):
        settings.contact = "x"  # type: ignore[misc]


def test_we_say_who_we_are(settings: Settings) -> None:
    assert settings.user_agent.startswith("GoodStanding/")
    assert settings.user_agent.endswith("; +tests@example.org)")
    assert "+" not in Settings(contact="").user_agent


def test_no_status_is_both_good_and_bad() -> None:
    assert not AUTHORISED & ADVERSE
    assert set(Status) - AUTHORISED - ADVERSE == {"missing_once", "delisted", "unrecognised"}
