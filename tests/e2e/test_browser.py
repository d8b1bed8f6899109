"""What a worried person does, in a real browser: by keyboard, on a small screen, in the dark."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from config.jurisdiction import Coverage
from config.register import Register
from config.settings import Settings
from crawler.ask import Answer, Ask, Unreadable
from crawler.recheck import Rechecked
from data.ingest import state
from service.api import the_second_look, the_time
from service.app import create_app
from service.live import look_again
from tests.conftest import Clock
from tests.service.conftest import everybody, fill, frozen

FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync
    --disable-background-networking --disable-component-update""".split()
PAGES = """/ /?q=Tamsin+Twin /?q=A1001 /?q=Nobody+Atall /verify /registers /status /r/ca_on_cmto/k3
    /verify?name=Ingrith+Abelquist&number=A1001 /verify?name=Annie+Hollowmere-Udo&number=A1003
    /verify?name=Perpetua+Grindlesham&number=A1002 /verify?name=Somebody+Else&number=A1001
    /verify?name=Oswin+Corvantes&number=A1004 /verify?name=Nobody&place=Quebec""".split()
PAGES += [start + "W" * 200 for start in ("/?q=", "/verify?name=", "/verify?number=1&name=")]
# The texts whose contrast with what is painted behind them is below WCAG AA.
PALE = """() => {
  const rgb = (said) => said.match(/[0-9.]+/g).map(Number);
  const light = (said) => {
    const [r, g, b] = rgb(said).map((c) => c / 255)
      .map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = (el) => {
    for (; el; el = el.parentElement) {
      const colour = getComputedStyle(el).backgroundColor;
      if ((rgb(colour)[3] ?? 1) === 1) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const written = (el) => [...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  return [...document.body.querySelectorAll('*')].filter(written).filter((el) => {
    const style = getComputedStyle(el), size = parseFloat(style.fontSize);
    const [a, b] = [light(style.color), light(behind(el))].sort((x, y) => y - x);
    const enough = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    return (a + .05) / (b + .05) < enough;
  }).map((el) => el.outerHTML.slice(0, 80));
}"""
# Buttons, fields and links outside running text that a thumb would miss.
SMALL = """() => [...document.querySelectorAll(
    'button, input:not([type=hidden]), select, nav a, .brand, .door')]
    .filter((el) => el.getBoundingClientRect().height < 44)
    .map((el) => el.outerHTML.slice(0, 80))"""
WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


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


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The app on a free port of this machine, up inside the block."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, ontario: Register) -> Iterator[str]:
    """The service over one good night."""
    clock, home = Clock(), tmp_path_factory.mktemp("browser")
    settings = Settings(home=home, database_url="", rate_limit=0, public_numbers="masked")
    fill(settings, ontario, clock)
    app = create_app(settings.model_copy(update={"live_limit": 0}))
    with app.state.desk.store.begin() as db:
        db.execute(state.update().values(url="http://127.0.0.1:9"))
    app.dependency_overrides[the_time] = lambda: frozen(clock)
    app.dependency_overrides[the_second_look] = lambda: partial(look_again, ask=tells)
    with serving(app) as url:
        yield url


def tells(_register: Register, key: str) -> Rechecked:
    """The register of these tests, asked live: Perpetua's page does not open."""
    record = next(one for one in everybody() if one.key == key)
    if record.name.given == "Perpetua":
        raise Unreadable("The register answered HTTP 404.")
    page = Answer(Ask("http://x/", "detail"), "http://x/", 200, {}, b"raw", Clock().forward(days=1))
    return Rechecked(record, page)


@pytest.fixture(scope="module")
def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    home = {"HOME": str(tmp_path_factory.mktemp("home")), "PATH": os.environ["PATH"]}
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS, env=home)
        yield opened
        opened.close()


@contextmanager
def visit(browser: Browser, site: str, **how: Any) -> Iterator[Page]:
    """A page whose every complaint and every request to somebody else fails the test."""
    context = browser.new_context(base_url=site, **how)
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert not complaints
    assert all(url.startswith(site) for url in asked)


def check(page: Page, name: str, number: str = "", place: str = "") -> None:
    """Fill in the form that checks a person, and send it."""
    form = page.locator('form[action="/verify"][method="get"]')
    for label, text in (("Name", name), ("Registration number", number), ("Clinic", place)):
        form.get_by_label(label).fill(text)
    form.get_by_role("button").click()


def test_from_a_name_to_a_confirmation_without_javascript(browser: Browser, site: str) -> None:
    with visit(browser, site, java_script_enabled=False) as page:
        page.goto("/")
        page.get_by_label("Name or registration number").fill("ingrith abelquist")
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("1 person found")
        expect(page.get_by_role("main")).not_to_contain_text("A1001")
        page.get_by_role("link", name="Ingrith Sunniva Abelquist").click()
        expect(page).to_have_url(f"{site}/r/ca_on_cmto/k1")
        check(page, "Ingrith Abelquist", "a 1001")
        headline = page.get_by_role("heading", level=1)
        expect(headline).to_have_text("Listed as authorised to practise")
        expect(page.locator(".verdict")).to_contain_text("21 June 2026")


def test_the_number_of_somebody_else_is_a_mismatch(browser: Browser, site: str) -> None:
    with visit(browser, site) as page:
        page.goto("/verify")
        check(page, "Somebody Else", "A1001")
        headline = page.get_by_role("heading", level=1)
        expect(headline).to_have_text("This number belongs to another name")
        expect(page.locator(".verdict")).not_to_contain_text("authorised")
        check(page, "Ingrith Vandermossen-Abelquist Abelquist", "A1002")
        expect(headline).to_have_text("This number belongs to another name")


def test_a_place_without_a_register_says_what_to_ask(browser: Browser, site: str) -> None:
    with visit(browser, site) as page:
        page.goto("/")
        check(page, "Nobody Atall", place="Montréal, Quebec")
        expect(page.get_by_role("heading", level=1)).to_contain_text("No law there says")
        expect(page.locator(".verdict")).to_contain_text(Coverage().places["CA-QC"].as_of)


def test_a_restriction_is_seen_without_scrolling(browser: Browser, site: str) -> None:
    with visit(browser, site, viewport={"width": 390, "height": 844}) as page:
        page.goto("/verify?name=Annie+Hollowmere-Udo&number=A1003")
        expect(page.locator(".notice")).to_be_in_viewport(ratio=1)


def test_the_keyboard_is_enough(browser: Browser, site: str) -> None:
    with visit(browser, site) as page:
        page.goto("/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_label("Name or registration number")).to_be_focused()
        page.keyboard.type("A1001")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Listed.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_is_legible(browser: Browser, site: str, scheme: Any, width: int) -> None:
    viewport: Any = {"width": width, "height": 640}
    with visit(browser, site, color_scheme=scheme, viewport=viewport) as page:
        for path in PAGES:
            page.goto(path)
            assert page.evaluate(PALE) == [], path
            assert page.evaluate(SMALL) == [], path
            assert not page.evaluate(WIDE), path


@pytest.mark.parametrize("script", [True, False])
def test_the_register_is_asked_again_with_a_button(
    browser: Browser, site: str, script: bool
) -> None:
    with visit(browser, site, java_script_enabled=script) as page:
        page.goto("/verify?name=Ingrith+Abelquist&number=A1001")
        page.get_by_role("button", name="Check again now").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Listed as authorised to practise"
        )
        expect(page.locator(".verdict")).to_contain_text("at the register itself.")
        expect(page.get_by_role("button", name="Check again now")).to_have_count(0)
        page.reload()  # the browser sends the form again; the answer is kept
        expect(page.locator(".verdict")).to_contain_text("at the register itself.")


@pytest.mark.parametrize("script", [True, False])
def test_an_entry_is_asked_again_and_a_failure_keeps_what_is_stored(
    browser: Browser, site: str, script: bool
) -> None:
    with visit(browser, site, java_script_enabled=script) as page:
        page.goto("/r/ca_on_cmto/k2")
        page.get_by_role("button", name="Check again now").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".live")).to_contain_text("The stored answer stands, as read on")
        expect(page.get_by_role("heading", level=1)).to_have_text("Not authorised to practise")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", ["/r/ca_on_cmto/k2", "/r/ca_on_cmto/k3"])
def test_a_page_after_asking_is_legible(
    browser: Browser, site: str, path: str, width: int, scheme: Any
) -> None:
    viewport: Any = {"width": width, "height": 640}
    with visit(browser, site, color_scheme=scheme, viewport=viewport) as page:
        page.goto(path)
        page.get_by_role("button", name="Check again now").click()
        expect(page.locator(".live")).to_be_visible()
        assert page.evaluate(PALE) == [] and page.evaluate(SMALL) == []
        assert not page.evaluate(WIDE)


def test_another_site_cannot_press_the_button(browser: Browser, site: str) -> None:
    evil = f'<form method="post" action="{site}/r/ca_on_cmto/k4"><button>Win</button></form>'
    page = browser.new_context().new_page()
    page.route("http://evil.localhost/", lambda to: to.fulfill(body=evil, content_type="text/html"))
    page.goto("http://evil.localhost/")
    with page.expect_response(f"{site}/r/ca_on_cmto/k4") as refused:
        page.get_by_role("button").click()
    assert refused.value.status == 403
    page.context.close()


def test_an_answer_prints_without_forms(browser: Browser, site: str, tmp_path: Path) -> None:
    with visit(browser, site) as page:
        page.goto("/verify?name=Ingrith+Abelquist&number=A1001")
        page.emulate_media(media="print")
        for form in page.locator("form").all():
            expect(form).to_be_hidden()
        expect(page.locator(".verdict")).to_be_visible()
        page.pdf(path=tmp_path / "answer.pdf")
        assert (tmp_path / "answer.pdf").read_bytes().startswith(b"%PDF")
