"""A home after one good night, made once and copied; a register that is what it should be."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.standin import Standin
from tests.e2e.cli import PEOPLE, Home, Stem


@pytest.fixture(scope="session")
def stem() -> Iterator[Stem]:
    with Stem() as process:
        yield process


@pytest.fixture(scope="session")
def settled(stem: Stem, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after one accepted night; only to be copied."""
    made = Home(tmp_path_factory.mktemp("settled") / "home", stem)
    with Standin(PEOPLE) as site:
        made.accept(site.url)
    return made


@pytest.fixture(scope="session")
def before(settled: Home) -> str:
    """What is live in `settled`."""
    return settled.export()


@pytest.fixture
def home(settled: Home, stem: Stem, tmp_path: Path) -> Home:
    """A home after one accepted night, to be used up."""
    shutil.copytree(settled.path, tmp_path / "home")
    return Home(tmp_path / "home", stem)


@pytest.fixture
def fresh(stem: Stem, tmp_path: Path) -> Home:
    """A home where nothing has been read."""
    return Home(tmp_path / "home", stem)


@pytest.fixture
def site() -> Iterator[Standin]:
    """The register that `settled` was read from."""
    with Standin(PEOPLE) as running:
        yield running
