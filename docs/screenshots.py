"""Makes docs/screenshot.png and docs/screenshots/*.png: `make screenshots`.

Starts the demonstration, whose people are all invented, in a folder of its own, and stops it.
Needs Debian's chromium and the `dev` extra.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-gpu"]
PHONE, DESK = (390, 844), (1280, 960)


class Shot(NamedTuple):
    """A picture: its file, what it shows, and how."""

    name: str
    path: str
    size: tuple[int, int] = PHONE
    language: str = "en-CA"
    colours: str = "light"


SHOTS = [
    Shot("../screenshot", "/verify?name=Ingrith+Abelquist&number=A1001&place=Ottawa", DESK),
    Shot("start", "/"),
    Shot("choose", "/?q=Rosalith"),
    Shot("confirmed", "/verify?name=Ingrith+Abelquist&number=A1001&place=Ottawa"),
    Shot("notice-dark", "/verify?name=Dariith+Farnsweather&number=H72631", colours="dark"),
    Shot("suspended", "/verify?name=Fenourne+Vrelong&number=R64353"),
    Shot("mismatch-fr", "/verify?name=Rosalith+Tancozadeh&number=A1001", language="fr-CA"),
    Shot("unregulated-fr", "/?q=Rosalith+Tancozadeh&where=CA-QC", language="fr-CA"),
    Shot("guide", "/guide?where=CA-ON", DESK),
    Shot("receipt", "/verify?name=Ingrith+Abelquist&number=A1001&receipt=1", DESK),
]


def main() -> None:
    """Every picture, of the same demonstration."""
    (HERE / "screenshots").mkdir(exist_ok=True)
    with demonstration() as site, sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for shot in SHOTS:
            take(browser, site, shot)
        browser.close()


def take(browser: Browser, site: str, shot: Shot) -> None:
    """One picture, as large as the screen."""
    width, height = shot.size
    page = browser.new_page(
        viewport={"width": width, "height": height},
        locale=shot.language,
        color_scheme=shot.colours,  # type: ignore[arg-type]
    )
    answer = page.goto(site + shot.path)
    assert answer and answer.ok, shot  # noqa: S101 - a picture of an error helps nobody
    page.screenshot(path=HERE / "screenshots" / f"{shot.name}.png")
    page.close()


@contextmanager
def demonstration() -> Iterator[str]:
    """The address of a demonstration that runs inside the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = f"http://127.0.0.1:{port}"
    words = [sys.executable, "-m", "service", "demo", "--port", str(port)]
    with tempfile.TemporaryDirectory() as home:
        told = {**os.environ, "GOODSTANDING_HOME": home, "GOODSTANDING_RATE_LIMIT": "0"}
        running = subprocess.Popen(words, env=told, start_new_session=True)  # noqa: S603 - our own
        try:
            wait(site)
            yield site
        finally:
            os.killpg(running.pid, signal.SIGTERM)
            running.wait()


def wait(site: str) -> None:
    """Until the pages are served, two minutes at most."""
    for _ in range(1200):
        try:
            urllib.request.urlopen(f"{site}/healthz")  # noqa: S310 - our own machine
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise SystemExit("The demonstration did not start.")


if __name__ == "__main__":
    main()
