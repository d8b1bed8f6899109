"""A home after one good night, made once and copied; a register that is what it should be.

And a browser, with the pages as they are on good and bad days.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from config.register import Catalogue
from crawler.standin import Standin
from tests.e2e.browsing import FLAGS, Sites, sites
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


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser, installed where it is missing; without one this fails, it never skips."""
    if not shutil.which("chromium") and os.geteuid() == 0:
        apt = ["apt-get", "-o", "DPkg::Lock::Timeout=600", "-q", "-y"]
        for words in (["update"], ["install", "--no-install-recommends", "chromium"]):
            subprocess.run([*apt, *words], check=True, stdout=subprocess.DEVNULL)
    found = shutil.which("chromium")
    assert found, "Install chromium (Debian: apt-get install chromium), then run this again."
    return found


@pytest.fixture(scope="session")
def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    home = {"HOME": str(tmp_path_factory.mktemp("home")), "PATH": os.environ["PATH"]}
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS, env=home)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """The pages on every kind of day."""
    with sites(tmp_path_factory.mktemp("days"), Catalogue().get("ca_on_cmto")) as served:
        yield served
