"""A new register begins with a file that will not load until a person has filled it in."""

from datetime import date
from pathlib import Path

import pytest

from config.register import RegisterError, read_register
from service import scaffold

DAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The scaffold writes to a folder of the test."""
    monkeypatch.setattr(scaffold, "FOLDER", tmp_path)
    monkeypatch.setattr(scaffold, "_SAMPLES", tmp_path / "samples")
    return tmp_path


def test_a_new_register_has_file_folder_and_list(elsewhere: Path) -> None:
    said = scaffold.new("us_or_obmt", "bulk", DAY)
    assert "register check us_or_obmt" in said
    assert (elsewhere / "samples" / "us_or_obmt").is_dir()
    assert "jurisdiction: US-OR" in (elsewhere / "us_or_obmt.yml").read_text()


def test_an_unfilled_register_does_not_load(elsewhere: Path) -> None:
    scaffold.new("us_or_obmt", "bulk", DAY)
    with pytest.raises(RegisterError, match="us_or_obmt.yml"):
        read_register(elsewhere / "us_or_obmt.yml")


@pytest.mark.parametrize(
    ("id_", "platform"), [("Oregon", "bulk"), ("../us_or_x", "bulk"), ("us_or_obmt", "magic")]
)
def test_what_will_not_do_writes_nothing(elsewhere: Path, id_: str, platform: str) -> None:
    with pytest.raises(RegisterError):
        scaffold.new(id_, platform, DAY)
    assert not list(elsewhere.iterdir())


def test_a_register_is_never_overwritten(elsewhere: Path) -> None:
    scaffold.new("us_or_obmt", "bulk", DAY)
    with pytest.raises(RegisterError, match="already"):
        scaffold.new("us_or_obmt", "bulk", DAY)
    assert len(list(elsewhere.glob("*.yml"))) == 1
