"""Backup and restore as an operator does them."""

from pathlib import Path

from tests.e2e.cli import Home, Stem, lasting


def test_a_home_is_restored_elsewhere(home: Home, stem: Stem, before: str, tmp_path: Path) -> None:
    path = tmp_path / "kept.tar"
    assert home.run("backup", str(path)).code == 0
    other = Home(tmp_path / "other", stem)
    assert other.run("restore", str(path), "--check").code == 0 and not other.path.exists()
    assert other.run("restore", str(path)).code == 0
    assert lasting(other.export()) == lasting(before) and other.verdict() == "confirmed"
    again = other.run("restore", str(path))
    assert again.code == 4 and "is not empty" in again.err


def test_a_cut_backup_is_refused_whole(home: Home, stem: Stem, tmp_path: Path) -> None:
    path = tmp_path / "kept.tar"
    home.run("backup", str(path))
    path.write_bytes(path.read_bytes()[:-1000])
    other = Home(tmp_path / "other", stem)
    done = other.run("restore", str(path))
    assert done.code == 4 and "cut off or altered" in done.err and not other.path.exists()
    missing = other.run("restore", str(tmp_path / "nowhere.tar"))
    assert missing.code == 4 and "cannot be read" in missing.err
