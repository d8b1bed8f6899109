"""The folder where an operator drops files of registers that cannot be fetched."""

from pathlib import Path

from config.register import Register
from crawler.ask import Unreachable
from crawler.platforms.bulk import named_date


def newest(folder: Path, register: Register) -> Path:
    """The file with the latest publisher's date in its name; raises Unreachable when there is none.

    Files without a date in their name come last: their age cannot be known.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [path for path in folder.iterdir() if path.is_file() and path.name[0] != "."]
    if not files:
        raise Unreachable(
            f"The inbox of {register.id} is empty. Save the register's file, with its date in the "
            f"name (for example {register.id}-2026-11-20.csv), in {folder.resolve()}."
        )
    return max(files, key=lambda path: _rank(register, path))


def _rank(register: Register, path: Path) -> tuple[float, str]:
    dated = named_date(register, path.name)
    return (dated.timestamp() if dated else float("-inf"), path.name)
