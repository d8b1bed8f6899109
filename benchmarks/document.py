"""Puts a command's tables into docs/benchmarks.md, between its own marks and nowhere else."""

import platform
import re
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path

FILE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def write(block: str, text: str, file: Path = FILE) -> None:
    """Replace what stands between `<!-- BLOCK -->` and `<!-- /BLOCK -->`; raises ValueError."""
    page = file.read_text("utf-8")
    marks = re.compile(f"(<!-- {block} -->\n).*?(<!-- /{block} -->)", re.DOTALL)
    if not marks.search(page):
        raise ValueError(f"{file} has no block <!-- {block} --> … <!-- /{block} -->")
    file.write_text(marks.sub(lambda found: f"{found[1]}{text.strip()}\n{found[2]}", page), "utf-8")
    print(text.strip(), f"\n\nWritten to {file}.", sep="")


def table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    titles = [str(title) for title in head]
    cells = [[str(cell) for cell in row] for row in rows]
    lines = [titles, ["---"] * len(titles), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Where and when this was measured, in one sentence."""
    python, lite = platform.python_version(), sqlite3.sqlite_version
    day = datetime.now(UTC)
    return (
        f"{day.day} {day:%B %Y}, {cpu_count()} cores, Python {python}, SQLite {lite}, "
        f"{platform.system()}."
    )
