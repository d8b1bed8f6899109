"""docs/faults.md names a test for every fault: each must exist, and no promise be left out."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
PAGE = (HOME / "docs" / "faults.md").read_text()
HEADING = "| what goes wrong | what is live, what is said | what repairs it | test |"
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)(?:\[([^`]+)\])?`", PAGE)))
PROMISES = [*(f"T{n}" for n in range(4, 8)), *(f"{kind}{n}" for kind in "CK" for n in range(1, 7))]
PROMISES += ["W1", "W2", "W3", "W4", "E1", "E2", "R1", "R2"]


@cache
def written(path: str) -> ast.Module:
    return ast.parse((HOME / path).read_text())


@pytest.mark.parametrize(("path", "name", "case"), NAMED, ids=map("::".join, NAMED))
def test_a_named_test_exists(path: str, name: str, case: str) -> None:
    tree = written(path)
    assert any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert not case or case in words


def test_every_promise_has_a_table() -> None:
    headed = re.findall(
        r"^## (\w\d) – .+\n(?:\n[^|#].*(?:\n.+)*\n)?\n" + re.escape(HEADING), PAGE, re.M
    )
    assert headed == PROMISES


def test_every_threat_has_a_row() -> None:
    told = {int(number) for number in re.findall(r"^\| S(\d+): ", PAGE, re.M)}
    assert told == set(range(1, 25))


def test_every_row_says_what_happens_what_repairs_and_what_shows_it() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and line != HEADING]
    assert len(rows) > 100
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 4 and all(cells) and cells[3].startswith("`tests/"), row


def test_every_dependency_is_pinned_by_digest() -> None:
    lock = (HOME / "requirements.lock").read_text().replace("\\\n", "")
    pinned = [line for line in lock.splitlines() if re.match(r"\w", line)]
    assert pinned and all("==" in line and "--hash=sha256:" in line for line in pinned)
