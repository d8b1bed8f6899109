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
    Shot("status", "/status", DESK),
]


PASSWORD = "quince-ladder-mosaic"  # noqa: S105 - of a demonstration that ends with the pictures
ROSTER = """Name	Registration number	Province
Ingrith Abelquist	A1001	ON
Dariith Farnsweather	H72631	ON
Fenourne Vrelong	R64353	ON
Rosalith Tancozadeh	A1001	ON
Ingrith Abelqvist	A1OO1	ON
"""


def main() -> None:
    """Every picture, of the same demonstration."""
    (HERE / "screenshots").mkdir(exist_ok=True)
    with demonstration() as (site, home), sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for shot in SHOTS:
            take(browser, site, shot)
        take_review(browser, site, home)
        browser.close()


def take_review(browser: Browser, site: str, home: str) -> None:
    """A roster that was checked, as a clinic reviews it; and the watch list made of it."""
    make = ["workspace", "create", "cedarlatch", "--title", "Cedarlatch Massage Clinic"]
    told = goodstanding(home, *make, "--owner", "front@desk.example")
    link = next(word for word in told.split() if "/clinic/" in word)
    context = browser.new_context(viewport={"width": 1280, "height": 960}, base_url=site)
    page = context.new_page()
    page.goto(link[link.index("/clinic/") :])
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set this password").click()
    page.get_by_label("E-mail address").fill("front@desk.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/clinic/audits/new")
    page.locator("#rows").fill(ROSTER)
    page.locator("form[enctype] button").click()
    page.get_by_role("button", name="Check these people").click()
    page.get_by_role("link", name="Summary to print").wait_for()
    page.screenshot(path=HERE / "screenshots" / "review.png", full_page=True)
    page.goto("/clinic/watches/from/1")
    page.locator("input[name=called]").fill("Front desk")
    page.get_by_role("button", name="Watch these people").click()
    page.get_by_role("link", name="Renewals").wait_for()
    page.screenshot(path=HERE / "screenshots" / "watch.png", full_page=True)
    context.close()


def goodstanding(home: str, *words: str) -> str:
    """What the command says in the folder of the demonstration."""
    told = {**os.environ, "GOODSTANDING_HOME": home}
    command = [sys.executable, "-m", "service", *words]
    return subprocess.run(command, env=told, check=True, capture_output=True, text=True).stdout  # noqa: S603


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
def demonstration() -> Iterator[tuple[str, str]]:
    """The address and the folder of a demonstration that runs inside the block."""
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
            yield site, f"{home}/demo"
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
