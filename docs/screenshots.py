"""Makes docs/screenshot.png from a running demonstration.

    goodstanding demo --port 8123        # in another window
    python docs/screenshots.py http://127.0.0.1:8123

Needs Debian's chromium and the `dev` extra.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ANSWER = "/verify?name=Ingrith+Abelquist&number=A1001"
WHERE = Path(__file__).with_name("screenshot.png")
SIZE = {"width": 1280, "height": 960}


def main(site: str) -> None:
    """One confirmed answer, as wide as a desktop shows it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport=SIZE, color_scheme="light")  # type: ignore[arg-type]
        page.goto(site + ANSWER)
        page.screenshot(path=WHERE)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
