"""A clinic in a real browser: a roster comes in, is judged, decided on, signed off and proven."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from config.register import Register
from config.vocabulary import Role
from data import members, receivers, signins, watch_alerts
from data.watch_alerts import Alert, Severity
from service.answer import PROFESSION
from service.audit import receipt
from service.audit.background import Auditor
from service.roster.read import Telling, read_roster
from service.watch import lists
from tests.conftest import Clock
from tests.e2e.browsing import _site, serving, visit
from tests.e2e.test_access import AXE, LOOKS, looked_at
from tests.service.clinics import PASSWORD, Clinic, open_clinic

ROSTER = """Name,Registration #,City,Role
Ingrith Abelquist,A1001,Ottawa,RMT
Perpetua Grindlesham,A1002,Ottawa,RMT
Annie Hollowmere-Udo,A1003,,
Somebody Else,A1001,,
Tamsin Twin,,,
Nobody Atall,Z9999,,
Casimir Larchferry,1.2E+05,,
Ingrith Abelquist,A1001,Ottawa,
"""
LONG = f"Name,Number\n{'W' * 300},{'9' * 200}\n"


@dataclass(frozen=True)
class Ward:
    """A service with a clinic; `gate` holds audits back while it is closed."""

    site: str
    app: Any
    clinic: Clinic
    gate: threading.Event

    def link(self, email: str) -> str:
        """A link with which a new person sets a password."""
        now = Clock().forward(days=2)
        with self.app.state.desk.store.begin() as db:
            ref = members.add(db, self.clinic.id, email, Role.REVIEWER, now)
            return f"/clinic/password/{signins.link(db, self.clinic.id, ref, now)}"

    def signed_in(self, context: BrowserContext) -> Page:
        """A page of a browser that the owner is signed in with."""
        cookie: Any = {"name": "gs_session", "value": self.clinic.cookie, "url": self.site}
        context.add_cookies([cookie])
        return context.new_page()


@pytest.fixture(scope="module")
def ward(ontario: Register, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    gate, judge = threading.Event(), Auditor.judge
    gate.set()

    def held_back(auditor: Auditor, audit_id: int) -> None:
        gate.wait(20)
        judge(auditor, audit_id)

    app = _site(tmp_path_factory.mktemp("ward"), ontario, "good")
    clinic = open_clinic(app.state.desk.store, "cedarlatch", Clock().forward(days=2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Auditor, "judge", held_back)
        with serving(app) as site:
            yield Ward(site, app, clinic, gate)


def csv(text: str, name: str = "staff.csv") -> Any:
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def begun(page: Page, roster: str) -> None:
    """A roster is given as a file, its columns are confirmed as guessed."""
    page.goto("/clinic/audits/new")
    page.locator("#file").set_input_files(csv(roster))
    page.locator("form[enctype] button").click()
    page.wait_for_url("**/columns/*")
    page.locator("form[action*=columns][method=post] button").click()
    page.wait_for_url("**/clinic/audits/*")


def judged(page: Page) -> None:
    """The page tells by itself that every row is judged."""
    expect(page.locator("#sign-off")).to_be_visible(timeout=20_000)


def test_from_a_link_to_a_signed_receipt(browser: Browser, ward: Ward) -> None:
    with visit(browser, ward.site, accept_downloads=True) as page:
        page.goto(ward.link("front@desk.example"))
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_role("button", name="Set this password").click()
        page.get_by_label("E-mail address").fill("front@desk.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Check a roster").click()
        page.get_by_label("File").set_input_files(csv(ROSTER))
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_label("Registration number")).to_have_value("#2")
        expect(page.locator(".grid")).to_contain_text("Perpetua Grindlesham")
        ward.gate.clear()
        page.get_by_role("button", name="Check these people").click()
        expect(page.get_by_text("0 of 8 rows are judged.")).to_be_visible()
        ward.gate.set()
        judged(page)
        first = page.locator(".judged > li").first
        for said in ("Not authorised to practise", "suspended", "Valid until", "A1002"):
            expect(first).to_contain_text(said)
        page.get_by_role("link", name="This number belongs to another name").click()
        expect(page.locator(".judged > li")).to_have_count(1)
        page.get_by_role("link", name="All rows").click()
        decide(page, 2, "Follow up", "Call the college.")
        expect(page.locator("#row-2")).to_contain_text("Call the college.")


def decide(page: Page, row: int, choice: str, why: str) -> None:
    """By keyboard alone, from the row's own disclosure on."""
    page.locator(f"#row-{row} summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.value") == "accepted"
    if choice != "Accept":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type(why)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**#row-{row}")


def test_signed_off_exported_and_proven(browser: Browser, ward: Ward) -> None:
    context = browser.new_context(base_url=ward.site, locale="en-CA", accept_downloads=True)
    page = ward.signed_in(context)
    begun(page, ROSTER)
    judged(page)
    page.get_by_role("button", name="Sign it off").click()
    expect(page.get_by_role("alert")).to_contain_text("need a look")
    page.get_by_role("checkbox").check()
    page.get_by_label("Note").fill("Read with the owner.")
    page.get_by_role("button", name="Sign it off").click()
    expect(page.locator("main")).to_contain_text("Read with the owner.")
    assert page.locator(".deciding").count() == 0
    for name, start in (("Excel", b"PK"), ("Table", b'"Name"'), ("For programs", b'{"audit"')):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert Path(download.value.path()).read_bytes().startswith(start)
    with page.expect_download() as download:
        page.get_by_role("button", name="Signed receipt").click()
    body = receipt.check(Path(download.value.path()).read_bytes()).body
    assert body["sign_offs"][0]["who"] == ward.clinic.email
    page.get_by_role("link", name="Summary to print").click()
    page.emulate_media(media="print")
    assert page.locator(".own").is_hidden() and page.locator(".bars").is_visible()
    context.close()


TOLD = (
    ("status", Severity.CRITICAL, "authorised (Current)", "suspended (Suspended)", None),
    ("notice", Severity.HIGH, "", f"Spoken to. {'W' * 300}", None),
    ("missing_once", Severity.MEDIUM, "", "", None),
    ("expiry_ahead", Severity.LOW, "", "", date(2026, 12, 1)),
    ("name", Severity.MEDIUM, "Ann Bee", "Ann Bee / Ann See", None),
)


def watched(ward: Ward, name: str) -> str:
    """A list with alerts of every weight, one of them opened again, and a feed; its id."""
    desk, now = ward.app.state.desk, Clock().forward(days=2)
    wanted = lists.Request(name, "t", PROFESSION, ward.clinic.id)
    head = lists.add(desk, read_roster(ROSTER.encode(), Telling("staff.csv")), wanted, now)
    with desk.store.begin() as db:
        told = [
            Alert(
                head.id, ward.clinic.id, f"{head.id} {kind}", kind, weight, person="Tamsin Twin",
                register_id="ca_on_cmto", before=before, after=after, due=due,
            )
            for kind, weight, before, after, due in TOLD
        ]  # fmt: skip
        watch_alerts.keep(db, told, now)
        first = watch_alerts.alerts(db, head.id, watch_alerts.Wanted(), 1)[0]["id"]
        for done in (watch_alerts.ACKNOWLEDGED, watch_alerts.REOPENED):
            act = watch_alerts.Action(done, ward.clinic.email, "Called the college.", now)
            watch_alerts.act(db, first, act)
        receivers.add_feed(db, head, ward.clinic.email, now)
    return head.ref


def pages_of_watches(page: Page, ward: Ward) -> list[str]:
    """The addresses of pages of watch lists, none like another; the last shows what changes."""
    watch = watched(ward, "Front desk")
    found = ["/clinic/watches", "/clinic/watches/new"]
    tails = ("", "/people", "/board?days=400", "/told", "/end")
    found += [f"/clinic/watches/{watch}{tail}" for tail in tails]
    for start in ("/clinic/watches/new", f"/clinic/watches/{watch}/newer"):
        page.goto(start)
        page.locator("#rows").fill(ROSTER.replace("Nobody Atall", "Somebody New"))
        page.locator("form[enctype] button").click()
        page.wait_for_url("**/upl_*")
        found.append(page.url)
    return found


def pages(page: Page) -> list[str]:
    """The addresses of every page of a clinic, each in a state of its own."""
    begun(page, ROSTER)
    judged(page)
    audit = page.url
    page.goto("/clinic/audits/new")
    page.locator("#rows").fill("Which\tWhat\nAnn Bee\t1\n")
    page.locator("form[enctype] button").click()
    page.wait_for_url("**/columns/*")
    odd = page.url
    begun(page, LONG)
    judged(page)
    tail = ("", "/account", "/keys", "/people", "/log", "/audits/new")
    return [
        *(f"/clinic{one}" for one in tail),
        *(audit, f"{audit}/summary", f"{audit}?left=true", f"{audit}?verdict=confirmed&page=9"),
        *(odd, page.url, f"{page.url}/summary"),
    ]


def wrong_with(page: Page, address: str, *looks: Any) -> Iterator[str]:
    """What axe finds on a page with everything in it open, in each of these looks."""
    page.evaluate("() => document.querySelectorAll('details').forEach((d) => { d.open = 1; })")
    for width, scheme, rules in looks:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        yield from (f"{address}, {width}: {one}" for one in looked_at(page, rules))


def test_axe_finds_nothing_on_a_clinics_pages(browser: Browser, ward: Ward) -> None:
    context = browser.new_context(
        base_url=ward.site, locale="fr-CA", bypass_csp=True, reduced_motion="reduce"
    )
    context.add_init_script(path=AXE)
    page, wrong = ward.signed_in(context), list[str]()
    for address in [*pages(page), ward.link("axe@desk.example")]:
        page.goto(address)
        wrong += wrong_with(page, address, *LOOKS)
    *others, newer = pages_of_watches(page, ward)
    for address in others:
        for language, look in zip(("en", "fr"), LOOKS, strict=True):
            page.goto(f"{address}{'&' if '?' in address else '?'}lang={language}")
            wrong += wrong_with(page, address, look)
    page.goto(newer)
    page.locator("form[action*=upl_] button").click()
    wrong += wrong_with(page, "what changes", *LOOKS)
    context.clear_cookies()
    page.goto("/clinic?lang=en")
    assert page.url.endswith("/clinic/sign-in")
    wrong += [f"sign-in: {one}" for one in looked_at(page)]
    context.close()
    assert wrong == [], "\n".join(wrong[:20])


def test_without_scripts_it_goes_on(browser: Browser, ward: Ward) -> None:
    context = browser.new_context(base_url=ward.site, java_script_enabled=False, locale="en-CA")
    page = ward.signed_in(context)
    ward.gate.clear()
    begun(page, ROSTER)
    expect(page.get_by_text("0 of 8 rows are judged.")).to_be_visible()
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("heading", name="It was stopped")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    ward.gate.set()
    for _ in range(100):
        page.get_by_role("link", name="Look again").click()
        if page.locator("#sign-off").count():
            break
        page.wait_for_timeout(100)
    expect(page.locator(".judged > li")).to_have_count(8)
    context.close()


def test_a_list_is_made_minded_changed_and_ended_without_scripts(
    browser: Browser, ward: Ward
) -> None:
    context = browser.new_context(base_url=ward.site, java_script_enabled=False, locale="en-CA")
    page = ward.signed_in(context)
    page.goto("/clinic")
    page.get_by_role("link", name="Watch lists").click()
    page.get_by_role("link", name="New list").click()
    page.get_by_label("Or paste rows").fill(ROSTER)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name of the list").fill("Night shift")
    page.get_by_role("button", name="Watch these people").click()
    expect(page.get_by_role("heading", name="Night shift")).to_be_visible()
    page.get_by_role("link", name="Give a newer file").click()
    page.get_by_label("Or paste rows").fill(ROSTER.replace("Tamsin Twin", "Annie Newcome"))
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Show what changes").click()
    expect(page.locator("main")).to_contain_text("Annie Newcome")
    page.get_by_role("button", name="Apply these changes").click()
    expect(page.get_by_role("table")).to_contain_text("Annie Newcome")
    expect(page.get_by_role("table")).not_to_contain_text("Tamsin Twin")
    minded(page, watched(ward, "Day shift"))
    page.get_by_role("link", name="End this list").click()
    page.get_by_role("button", name="Delete this list").click()
    expect(page.get_by_role("link", name="Night shift")).to_be_visible()
    assert page.get_by_role("link", name="Day shift").count() == 0
    context.close()


def minded(page: Page, watch: str) -> None:
    """The weightiest alert is acknowledged, and found again among all."""
    page.goto(f"/clinic/watches/{watch}")
    first = page.locator(".judged > li").first
    expect(first).to_contain_text("suspended (Suspended)")
    first.locator("summary").click()
    first.get_by_label("What is done about it").fill("She stays at home.")
    first.get_by_role("button", name="Acknowledge it").click()
    expect(page.locator(".judged > li").first).not_to_contain_text("suspended")
    page.get_by_role("link", name="All alerts").click()
    expect(page.locator(".judged > li").first).to_contain_text("She stays at home.")
