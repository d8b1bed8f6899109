"""People of a clinic in a real browser: from the link to the key, and every page usable by all."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from config.settings import Settings
from data import signins
from service.app import create_app
from tests.e2e.browsing import serving, visit
from tests.e2e.test_access import AXE, LOOKS, looked_at
from tests.service.clinics import PASSWORD, Clinic, open_clinic, signed_in

NOW = datetime.now(UTC)


class Office:
    """A service with one clinic, and links for its owner."""

    def __init__(self, home: Path) -> None:
        self.app = create_app(Settings(home=home, rate_limit=0))
        self.clinic: Clinic = open_clinic(self.app.state.desk.store, "cedarlatch", NOW)

    def link(self) -> str:
        with self.app.state.desk.store.begin() as db:
            return str(signins.link(db, self.clinic.id, self.clinic.owner, NOW))

    def cookie(self) -> str:
        with self.app.state.desk.store.begin() as db:
            return signed_in(db, self.clinic.name, self.clinic.email, NOW)


@pytest.fixture(scope="module")
def office(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Office:
    home = tmp_path_factory.mktemp("office")
    shutil.copy(sqlite_template, home / "goodstanding.db")
    return Office(home)


@pytest.fixture(scope="module")
def site(office: Office) -> Iterator[str]:
    with serving(office.app) as address:
        yield address


def sign_in(page: Page, office: Office, password: str = PASSWORD) -> None:
    page.goto("/clinic/sign-in?workspace=cedarlatch")
    page.locator("#email").fill(office.clinic.email)
    page.locator("#password").fill(password)
    page.locator("main button").click()


def test_from_the_link_to_a_key_and_out(browser: Browser, office: Office, site: str) -> None:
    """Without a script, as nothing here needs one."""
    with visit(browser, site, java_script_enabled=False, forgiving=True) as page:
        page.goto(f"/clinic/password/{office.link()}")
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_role("button", name="Set this password").click()
        expect(page.get_by_label("Workspace", exact=True)).to_have_value("cedarlatch")
        sign_in(page, office, "not-the-password")
        expect(page.get_by_role("main")).to_contain_text("Nobody was signed in")
        sign_in(page, office)
        expect(page).to_have_url(f"{site}/clinic")
        page.get_by_role("link", name="Keys").click()
        page.get_by_label("What it is for").fill("booking system")
        page.get_by_label("verify people").check()
        page.get_by_role("button", name="Make it").click()
        expect(page.get_by_role("region", name="Your new key")).to_contain_text("gs_live_")
        page.get_by_role("button", name="Revoke booking system").click()
        expect(page.get_by_role("main")).to_contain_text("Revoked less than an hour ago")
        page.get_by_role("link", name="People").click()
        page.get_by_role("textbox", name="E-mail address").fill("bo@cedarlatch.example")
        page.get_by_role("button", name="Make a link for them").click()
        expect(page.get_by_role("region", name="Their link")).to_contain_text("/clinic/password/")
        page.get_by_role("link", name="Who saw what").click()
        expect(page.get_by_role("table")).to_contain_text("sign in")
        page.get_by_role("link", name="Account", exact=True).click()
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.goto("/clinic")
        expect(page).to_have_url(f"{site}/clinic/sign-in")


@pytest.mark.parametrize("language", ["en-CA", "fr-CA"])
def test_everybody_can_use_every_page(
    browser: Browser, office: Office, site: str, language: str
) -> None:
    context = browser.new_context(
        base_url=site, locale=language, bypass_csp=True, reduced_motion="reduce"
    )
    context.add_init_script(path=AXE)
    page, wrong = context.new_page(), list[str]()
    paths = [f"/clinic/password/{office.link()}", "/clinic/sign-in"]
    paths += [f"/clinic{rest}" for rest in ("", "/keys", "/people", "/log")]
    for path in paths:
        if path == "/clinic":
            cookie = {"name": "gs_session", "value": office.cookie(), "url": site}
            context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(path)
        assert page.url == site + path
        for width, scheme, rules in LOOKS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            wrong += [f"{path[:20]}, {width}: {one}" for one in looked_at(page, rules)]
    context.close()
    assert wrong == []
