"""What a worried person does, in a real browser: by keyboard, on a small screen, in the dark."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import Sites, visit


@pytest.fixture
def site(days: Sites) -> str:
    """The service after two good nights."""
    return days.good


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
        expect(page.locator(".verdict")).to_contain_text("June 22, 2026")


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
        page.goto("/verify")
        check(page, "Nobody Atall", place="Montréal, Quebec")
        expect(page.get_by_role("heading", level=1)).to_contain_text("No law there says")
        expect(page.locator(".verdict")).to_contain_text("November 23, 2026")


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
