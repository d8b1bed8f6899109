"""Everybody can use every page in every state: axe, sizes, colours, zoom and keyboard agree."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import Sites, visit

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
STANDARD = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# The rules that colours and widths can break; all others only look at the page's structure.
SEEN = {"runOnly": ["color-contrast", "target-size", "link-in-text-block", "meta-viewport"]}
LOOK = """async (rules) => (await axe.run(document, rules)).violations
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 120)}`))"""
STATES = {
    "empty": ("good", "/"),
    "choose from list": ("good", "/?q=Tamsin+Twin"),
    "elsewhere": ("good", "/?q=Tamsin+Twin&city=Nowhere"),
    "number only": ("good", "/?q=A1001"),
    "misread": ("good", "/?q=AI001"),
    "not found": ("good", "/?q=Nobody+Atall"),
    "form": ("good", "/verify"),
    "trouble": ("good", "/verify?number=A1001"),
    "confirmed": ("good", "/verify?name=Ingrith+Abelquist&number=A1001&place=Ottawa"),
    "conditions": ("good", "/verify?name=Annie+Hollowmere-Udo&number=A1003"),
    "not authorised": ("good", "/verify?name=Perpetua+Grindlesham&number=A1002"),
    "mismatch": ("good", "/verify?name=Somebody+Else&number=A1001"),
    "ambiguous": ("good", "/verify?name=Tamsin+Twin"),
    "cannot confirm": ("good", "/verify?name=Oswin+Corvantes&number=A1004"),
    "not regulated": ("good", "/verify?name=Nobody&where=CA-QC"),
    "entry with a notice": ("good", "/r/ca_on_cmto/k21"),
    "receipt": ("good", "/verify?name=Ingrith+Abelquist&number=A1001&receipt=1"),
    "guide": ("good", "/guide"),
    "guide of a place": ("good", "/guide?where=CA-NS"),
    "registers": ("good", "/registers"),
    "status": ("good", "/status"),
    "nothing": ("good", "/nothing"),
    "stale": ("stale", "/verify?name=Ingrith+Abelquist&number=A1001"),
    "stale list": ("stale", "/?q=Abelquist"),
    "held": ("held", "/r/ca_on_cmto/k2"),
    "held status": ("held", "/status"),
    "too many": ("busy", "/?q=A1001"),
    "outage": ("broken", "/?q=A1001"),
    "long": ("good", "/?q=" + "W" * 200),
    "long name": ("good", "/verify?number=1&name=" + "W" * 200),
}
# Colours do not hang on the width, nor sizes on the colours: two looks show every pair of them.
LOOKS = ((1440, "light", STANDARD), (320, "dark", SEEN))
# Buttons, fields and links outside running text that a thumb would miss.
SMALL = """() => [...document.querySelectorAll(
    'button:not([hidden]), input:not([type=hidden]), select, nav a, .brand, .door, summary')]
    .filter((el) => (el.closest('label') ?? el).getBoundingClientRect().height < 44)
    .map((el) => el.outerHTML.slice(0, 80))"""
WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
# What tells states apart: each has a drawing of another shape and a word.
TOLD = """() => [...document.querySelectorAll('.verdict-head, .standing, .compared li, .notice')]
    .filter((el) => !el.querySelector('svg.icon') || !el.textContent.trim()).length"""


def looked_at(page: Page, rules: dict[str, list[str]] = STANDARD) -> Iterator[str]:
    """What is wrong with the page as it is shown now."""
    yield from page.evaluate(LOOK, rules)
    yield from (f"small: {one}" for one in page.evaluate(SMALL))
    if page.evaluate(WIDE):
        yield "wider than the screen"
    if page.evaluate(TOLD):
        yield "told by colour alone"


@pytest.mark.parametrize("language", ["en-CA", "fr-CA"])
def test_axe_finds_nothing_on_any_page_in_any_state(
    browser: Browser, days: Sites, language: str
) -> None:
    context = browser.new_context(locale=language, bypass_csp=True, reduced_motion="reduce")
    context.add_init_script(path=AXE)
    page, wrong = context.new_page(), list[str]()
    for state, (day, path) in STATES.items():
        if day == "busy":
            page.goto(getattr(days, day) + path)
        page.goto(getattr(days, day) + path)
        page.evaluate("() => document.querySelectorAll('details').forEach((el) => el.open = true)")
        for width, scheme, rules in LOOKS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            wrong += [f"{state}, {width}, {scheme}: {one}" for one in looked_at(page, rules)]
    context.close()
    assert wrong == []


def test_typed_results_and_progress_are_as_legible(browser: Browser, days: Sites) -> None:
    with visit(browser, days.good, bypass_csp=True, viewport={"width": 320, "height": 700}) as page:
        page.context.add_init_script(path=AXE)
        page.goto("/")
        page.get_by_label("Name or registration number").fill("Tamsin")
        expect(page.locator(".typed .person")).to_have_count(2)
        assert list(looked_at(page)) == []
        page.goto("/r/ca_on_cmto/k3")
        page.evaluate("() => document.addEventListener('submit', (sent) => sent.preventDefault())")
        page.get_by_role("button", name="Check again now").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        assert list(looked_at(page)) == []
        page.goto("/r/ca_on_cmto/k2")
        page.get_by_role("button", name="Check again now").click()
        expect(page.locator(".live")).to_be_visible()
        assert list(looked_at(page)) == []


def test_twice_the_size_still_fits(browser: Browser, days: Sites) -> None:
    """200 % on a screen of 1280 is a screen of 640; text alone, 32 px instead of 16."""
    big: Any = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
    with visit(browser, days.good, bypass_csp=True, **big) as page:
        for path in (path for day, path in STATES.values() if day == "good"):
            if path == "/nothing" or path.startswith("/verify?number"):
                continue  # the browser complains of an answer that is an error
            page.goto(path)
            assert not page.evaluate(WIDE), path
            page.add_style_tag(content="html { font-size: 200% }")
            assert not page.evaluate(WIDE), path


def test_forced_colours_keep_every_mark_and_border(browser: Browser, days: Sites) -> None:
    with visit(browser, days.good, forced_colors="active") as page:
        page.goto("/verify?name=Ingrith+Abelquist&number=A1001")
        drawn = page.evaluate(
            """() => [...document.querySelectorAll('main svg.icon')].filter((el) => {
                 const style = getComputedStyle(el);
                 return style.stroke === 'none' || !el.getBoundingClientRect().width;
               }).length"""
        )
        assert drawn == 0
        border = "(el) => getComputedStyle(el).borderTopWidth"
        for part in (".verdict", "main button", "main input:not([type=hidden])", ".card"):
            assert page.locator(part).first.evaluate(border) != "0px", part


def test_the_keyboard_reaches_a_verdict_and_shows_where_it_is(
    browser: Browser, days: Sites
) -> None:
    with visit(browser, days.good) as page:
        page.goto("/verify")
        page.get_by_label("Name", exact=True).focus()
        for text in ("Ingrith Abelquist", "A1001", "Ottawa"):
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        ring = "() => getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(ring) == "solid"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Listed as authorised to practise"
        )
        order = list[str]()
        for _ in range(12):
            page.keyboard.press("Tab")
            order.append(page.evaluate("() => document.activeElement.textContent.trim()"))
            assert page.evaluate(ring) == "solid", order[-1]
        assert order[0] == "Skip to the content" and "Check again now" in order


def test_headings_and_landmarks_lead_through_the_page(browser: Browser, days: Sites) -> None:
    with visit(browser, days.good) as page:
        page.goto("/verify?name=Ingrith+Abelquist&number=A1001")
        for role in ("banner", "main", "contentinfo"):
            expect(page.get_by_role(role)).to_have_count(1)  # type: ignore[arg-type]
        levels = page.evaluate(
            "() => [...document.querySelectorAll('h1, h2, h3')].map((el) => +el.tagName[1])"
        )
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
