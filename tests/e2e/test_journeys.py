"""Eight patients in a real browser, on a telephone: what each of them wants to know, and learns."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.browsing import Sites, visit

PHONE = {"width": 390, "height": 844}
CONFIRMED = "Listed as authorised to practise"


@contextmanager
def phone(browser: Browser, site: str, language: str = "en-CA") -> Iterator[Page]:
    with visit(browser, site, viewport=PHONE, has_touch=True, locale=language) as page:
        page.goto("/")
        yield page


def look_for(page: Page, text: str, city: str = "", where: str = "") -> None:
    page.get_by_label("Name or registration number").fill(text)
    page.get_by_label("City or clinic").fill(city)
    page.locator("#search-where").select_option(where)
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/?q=*")


def check(page: Page, name: str, number: str, place: str = "") -> None:
    form = page.locator('form[action="/verify"][method="get"]')
    form.get_by_label("Name").fill(name)
    form.get_by_label("Registration number").fill(number)
    form.get_by_label("Clinic or city").fill(place)
    form.get_by_role("button").tap()


def headline(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def test_who_knows_the_number(browser: Browser, days: Sites) -> None:
    with phone(browser, days.good) as page:
        page.get_by_role("link", name="Have a receipt?").tap()
        check(page, "Ingrith Abelquist", "A1001", "Cedarlatch Massage Clinic")
        expect(headline(page)).to_have_text(CONFIRMED)
        said = page.locator(".lead")
        expect(said).to_contain_text("when we read it today, June 22, 2026, at 08:00 EDT")
        expect(said).to_contain_text("less than an hour ago")
        for part in ("Name: Agrees", "Number: Agrees", "Clinic or city: Agrees"):
            expect(page.locator(".compared")).to_contain_text(part)
        expect(page.locator(".facts")).to_contain_text("General Certificate / Current")
        page.get_by_role("link", name="A receipt to print").tap()
        expect(page.get_by_role("img", name="A code that leads")).to_be_visible()
        expect(page.get_by_role("button", name="Print")).to_be_visible()


def test_who_knows_a_first_name_and_the_clinic(browser: Browser, days: Sites) -> None:
    with phone(browser, days.good) as page:
        look_for(page, "Ingrith", city="Cedarlatch Massage Clinic")
        expect(headline(page)).to_contain_text("1 person found")
        expect(page.locator(".person")).to_contain_text("No family name was asked about.")
        look_for(page, "Ingrith", city="Cedar something")
        expect(page.locator(".trouble")).to_contain_text("These are listed elsewhere.")
        expect(page.get_by_role("main")).to_contain_text("A name alone confirms nobody")
        expect(page.get_by_role("main")).not_to_contain_text("A1001")
        page.get_by_role("link", name="Ingrith Sunniva Abelquist").tap()
        expect(headline(page)).to_have_text("Listed. Now check whose it is")
        expect(page.get_by_role("main")).to_contain_text("A•••1")


def test_who_misspells_the_name(browser: Browser, days: Sites) -> None:
    with phone(browser, days.good) as page:
        look_for(page, "Anneliese Holowmere-Udo")
        expect(page.locator(".person")).to_contain_text("The family name differs by one letter.")
        expect(page.locator(".person")).to_contain_text("shows a restriction")
        page.get_by_role("link", name="Anneliese Hollowmere-Udo").tap()
        expect(page.locator(".notice")).to_be_in_viewport()


def test_who_knows_a_former_name(browser: Browser, days: Sites) -> None:
    with phone(browser, days.good) as page:
        look_for(page, "Wilhelmina Sorrelcott")
        expect(page.locator(".person")).to_contain_text("formerly Wilhelmina Sorrelcott")
        page.get_by_role("link", name="Wilhelmina Thistlewick").tap()
        check(page, "Wilhelmina Sorrelcott", "A1020")
        expect(headline(page)).to_have_text(CONFIRMED)
        expect(page.locator(".compared")).to_contain_text("It is a former name of the person.")


def test_who_meets_two_of_one_name(browser: Browser, days: Sites) -> None:
    with phone(browser, days.good) as page:
        look_for(page, "Tamsin Twin", where="CA-ON")
        expect(headline(page)).to_contain_text("2 people found")
        page.get_by_role("link", name="None of these?").tap()
        expect(headline(page)).to_have_text("Not enough to tell who is meant")
        check(page, "Tamsin Twin", "A1005")
        expect(headline(page)).to_have_text(CONFIRMED)
        check(page, "Tamsin Twin", "A1001")
        expect(headline(page)).to_have_text("This number belongs to another name")
        expect(page.locator(".compared")).to_contain_text("Name: Does not agree")


def test_whose_therapist_has_expired(browser: Browser, days: Sites) -> None:
    with phone(browser, days.good) as page:
        look_for(page, "Casimir Larchferry")
        expect(page.locator(".person")).to_contain_text("Listed as: expired")
        page.get_by_role("link", name="Casimir Larchferry").tap()
        expect(headline(page)).to_have_text("Not authorised to practise")
        expect(page.locator(".next")).to_be_in_viewport(ratio=1)
        expect(page.get_by_role("main")).to_contain_text("December 31, 2025")


def test_who_lives_where_no_law_registers_anybody(browser: Browser, days: Sites) -> None:
    with phone(browser, days.good, "fr-CA") as page:
        page.get_by_label("Nom ou numéro d’inscription").fill("Ingrith Abelquist")
        page.locator("#search-where").select_option(label="Québec")
        page.get_by_role("button", name="Chercher").tap()
        expect(headline(page)).to_have_text("Aucune loi n’y dit qui peut exercer la massothérapie")
        expect(page.locator(".verdict")).to_contain_text("à quelle association")
        page.get_by_role("link", name="Ce qu’il faut demander").tap()
        expect(page.get_by_role("main")).to_contain_text("Ici, aucune loi ne dit qui peut exercer.")
        page.get_by_role("link", name="English").tap()
        expect(headline(page)).to_have_text("A short guide")
        expect(page.locator("#chosen")).to_contain_text("Quebec")


def test_who_comes_on_the_day_of_an_outage(browser: Browser, days: Sites) -> None:
    with phone(browser, days.stale) as page:
        look_for(page, "Ingrith Abelquist")
        expect(page.locator(".trouble")).to_contain_text("too old to answer from")
        page.get_by_role("link", name="Ingrith Sunniva Abelquist").tap()
        expect(headline(page)).to_have_text("We cannot confirm this now")
        expect(page.locator(".lead")).to_contain_text("3 days ago")
        page.get_by_role("link", name="Public Register of Massage").first.is_visible()
    with phone(browser, days.held) as page:
        look_for(page, "Perpetua Grindlesham")
        page.get_by_role("link", name="Perpetua Grindlesham").tap()
        expect(headline(page)).to_have_text("We cannot confirm this now")
        expect(page.locator(".reasons")).to_contain_text("did not list this person as authorised")
        page.get_by_role("button", name="Check again now").tap()
        expect(page.locator(".live")).to_contain_text("got no answer we can use")
    with visit(browser, days.broken, forgiving=True) as page:
        page.goto("/?q=A1001")
        expect(headline(page)).to_have_text("We cannot look that up right now")
        expect(page.get_by_role("link", name="Go to the official registers")).to_be_visible()


def test_results_appear_while_a_name_is_typed(browser: Browser, days: Sites) -> None:
    with phone(browser, days.good) as page:
        box = page.get_by_label("Name or registration number")
        box.press_sequentially("Tamsin", delay=20)
        expect(page.locator(".typed .person")).to_have_count(2)
        expect(page.locator(".typed-said")).to_have_text("2 people found")
        box.fill("Nobody Atall")
        expect(page.locator(".typed-said")).to_have_text("Nobody found so far")
        box.fill("A1001")
        expect(page.locator(".typed")).to_be_hidden()
        box.fill("Ab")
        expect(page.locator(".typed-said")).to_have_text("")
        box.fill("Abelquist")
        page.locator(".typed").get_by_role("link").tap()
        expect(headline(page)).to_have_text("Listed. Now check whose it is")


def test_typing_stops_before_the_button_does(browser: Browser, days: Sites) -> None:
    with visit(browser, days.few, forgiving=True, viewport=PHONE) as page:
        page.goto("/")
        box = page.get_by_label("Name or registration number")
        for name in ("Tamsin", "Ingrith", "Casimir"):
            box.fill(name)
            with page.expect_response("**/found?*"):
                pass
        expect(page.locator(".typed-said")).to_have_text("Press Search to go on.")
        page.get_by_role("button", name="Search").click()
        expect(headline(page)).to_contain_text("1 person found")


def test_a_slow_register_shows_that_it_is_being_asked(browser: Browser, days: Sites) -> None:
    with visit(browser, days.good) as page:
        page.goto("/r/ca_on_cmto/k5")
        stay = "() => document.addEventListener('submit', (sent) => sent.preventDefault())"
        page.evaluate(stay)  # as if the answer took its time
        page.get_by_role("button", name="Check again now").click()
        expect(page.locator(".asking-said")).to_have_text(
            "We are asking the register. Please wait."
        )
        expect(page.get_by_role("button", name="Check again now")).to_be_disabled()
        expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page.locator(".seconds")).to_have_text("1 s")
