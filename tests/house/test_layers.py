"""The house: imports point left, every module says why it exists, names agree."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent.parent
ROOMS = ["config", "data", "crawler", "service"]
MODULES = sorted(path for room in ROOMS for path in (HOME / room).rglob("*.py"))
TESTS = sorted((HOME / "tests").rglob("*.py"))


def name(path: Path) -> str:
    return str(path.relative_to(HOME))


def imported(path: Path) -> Iterator[str]:
    """Every module imported in a file, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)} imports relatively"
            yield node.module or ""


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_point_left(path: Path) -> None:
    room = path.relative_to(HOME).parts[0]
    right = ROOMS[ROOMS.index(room) + 1 :] + ["tests"]
    assert not [one for one in imported(path) if one.split(".")[0] in right]


@pytest.mark.parametrize(
    "path", [path for path in MODULES if "versions" not in path.parts], ids=name
)
def test_a_module_says_why_it_exists(path: Path) -> None:
    words = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert len(words.split("\n\n")[0]) > 20


@pytest.mark.parametrize("path", [path for path in TESTS if path.stat().st_size], ids=name)
def test_a_test_file_says_so_too(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_httpx_has_two_homes() -> None:
    """Unmaintained: one module that asks registers, and one that asks us, would have to change."""
    homes = {name(path) for path in MODULES if "httpx" in set(imported(path))}
    assert homes == {"crawler/recheck.py", "service/client.py"}


def test_readers_do_no_io() -> None:
    """A platform turns bytes into Records; it never fetches, waits or stores."""
    doors = {
        "asyncio",
        "httpx",
        "requests",
        "scrapy",
        "socket",
        "sqlalchemy",
        "time",
        "urllib.request",
    }
    for path in [HOME / "crawler/reading.py", *(HOME / "crawler/platforms").glob("*.py")]:
        assert not doors & set(imported(path)), name(path)
