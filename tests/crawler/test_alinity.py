"""Alinity directories: what was really searched, the silent cap, hidden blocks, walls."""

import asyncio
import json
import re
from typing import Any
from urllib.parse import parse_qs

import pytest
from scrapy.http import Request, Response

from config.vocabulary import Status
from crawler.ask import Ask, Refused, Unreadable
from crawler.pace import Patience, Stopped
from crawler.platforms import keeps_session
from tests.crawler.reader import SAMPLES, Reader, Told, changed

PEI = Reader("ca_pe_cpspei")
WALK = Reader("ca_pe_cpspei", family="TextOptionB", details="yes", profile={"status": "pr"})
FORM = (SAMPLES / "ca_pe_cpspei" / "directory.html").read_bytes()
EVERYBODY = PEI.sample("list-everybody")
[BLANK] = PEI.read(PEI.first, FORM).asks
[FIRST] = WALK.read(WALK.first, FORM).asks
KEY = EVERYBODY["Records"][0]["rg"]
TEMPLATE = """<html><div>[[_c_]]</div><script>
$("#x").html(fwkParseStringTemplate($("#detailtemplate").html(), %s));</script></html>"""


def everybody(change: Any = lambda _: None) -> Told:
    return PEI.read(BLANK, changed(EVERYBODY, change))


def person(family: str, number: int = 1, **said: Any) -> dict[str, Any]:
    row = EVERYBODY["Records"][0]
    return {**row, "rg": f"{number:08}-b098", "rl": f"{family}, Given ({number})", **said}


def row(**said: Any) -> Any:
    return everybody(lambda body: body["Records"][0].update(said)).seen[0].record


def walk(begins: str, *families: str, echo: str | None = None) -> Told:
    memo = {**FIRST.memo, "begins": begins, "pending": ("zz",)}
    criteria = [f"Last name: {begins}" if echo is None else echo]
    rows = [person(family, number) for number, family in enumerate(families)]
    body = {"EnableCaptcha": False, "SearchCriteria": criteria, "Records": rows}
    return WALK.read(Ask(FIRST.url, "list", memo), body)


def detail(**said: Any) -> Told:
    usual = {"rg": KEY, "rl": "Arkensaw, Philippa J (0412)", "c": "[]", "cv": "hidden"}
    told = usual | {"pr": "Family Medicine Register - General"} | said
    body = TEMPLATE % json.dumps({k: v for k, v in told.items() if v is not None})
    [ask] = WALK.find(KEY)
    return WALK.read(ask, body.encode())


def sent(ask: Ask) -> dict[str, str]:
    form = parse_qs(ask.body.decode())
    said = json.loads(form["queryParameters"][0])["Parameter"]
    return {"querySID": form["querySID"][0], **{one["ID"]: one["Value"] for one in said}}


def test_a_blank_search_asks_with_every_field_of_the_form_empty() -> None:
    assert BLANK.method == "POST" and BLANK.headers["X-Requested-With"] == "XMLHttpRequest"
    assert sent(BLANK).pop("querySID") == "1000608"
    assert len(sent(BLANK)) == 8 and set(list(sent(BLANK).values())[1:]) == {""}
    assert keeps_session(PEI.platform) and PEI.register.pace.delay == 3


def test_everybody_is_read_in_one_answer() -> None:
    told = everybody()
    assert len(told.seen) == 5 and not told.asks and not told.codes
    record = told.seen[0].record
    assert (record.key, record.number, record.name.family) == (KEY, "0412", "Arkensaw")
    [place] = record.places
    assert (place.name, place.city, place.province) == (
        "Salt Marsh Health Centre",
        "Charlottetown",
        "Prince Edward Island",
    )


def test_a_street_or_suite_is_no_clinic() -> None:
    [place] = everybody().seen[3].record.places
    assert (place.name, place.city) == ("", "Summerside")


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(SearchCriteria=["Region: Queens"]),
        lambda body: body.update(SearchCriteria=None),
        lambda body: body.update(Records=[]),
        lambda body: body.update(Records=[person("Smith", n) for n in range(25)]),
        lambda body: body.update(Records=None),
        lambda body: body.update(Records=["x"]),
        lambda body: body.update(EnableCaptcha="no"),
        lambda body: body.pop("EnableCaptcha"),
    ],
    ids="filtered,no echo,nobody,capped,null,words,odd flag,no flag".split(","),
)
def test_another_answer_is_unreadable(change: Any) -> None:
    with pytest.raises(Unreadable):
        everybody(change)


def test_the_captcha_flag_refuses() -> None:
    with pytest.raises(Refused, match="captcha"):
        everybody(lambda body: body.update(EnableCaptcha=True))


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_by_status_refuses(status: int) -> None:
    with pytest.raises(Refused):
        PEI.read(BLANK, b"{}", status)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'<html><input type="password"></html>', Refused),
        (FORM.replace(b"1000608", b""), Unreadable),
        (FORM.replace(b"initializeForm", b"start"), Unreadable),
        (b"{}", Unreadable),
    ],
    ids=["log-in", "no query", "no form", "no page"],
)
def test_another_form_is_not_searched_with(body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        PEI.read(PEI.first, body)


def test_a_form_without_the_family_name_is_not_walked() -> None:
    with pytest.raises(Unreadable, match="form"):
        WALK.read(WALK.first, FORM.replace(b"TextOptionB", b"TextOptionZ"))


async def _redirected() -> None:
    moved = Response(PEI.first.url, 301, {"Location": "https://other.alinityapp.com/"})
    await Patience(0).process_response(Request(PEI.first.url), moved)


def test_a_renamed_tenant_is_not_followed() -> None:
    with pytest.raises(Stopped, match="another host"):
        asyncio.run(_redirected())
    with pytest.raises(Unreadable):
        PEI.read(PEI.first, FORM, 301)


def test_a_condition_that_is_shown_restricts_and_a_hidden_one_is_not_read() -> None:
    said = "<ul><li>Supervision</li><li>No surgery</li></ul>"
    record = row(c=said, cv="")
    assert [one.text for one in record.restrictions] == [
        "Condition: Supervision",
        "Condition: No surgery",
    ]
    assert record.status is Status.AUTHORISED_CONDITIONS
    hidden = row(c=said, cv="hidden")
    assert (hidden.status, hidden.restrictions) == (Status.AUTHORISED, ())


@pytest.mark.parametrize("said", [["x"], {"a": 1}, True, "see office", '["x"]'], ids=repr)
def test_conditions_of_an_unknown_shape_restrict(said: Any) -> None:
    assert row(c=said, cv="").status is Status.AUTHORISED_CONDITIONS


@pytest.mark.parametrize("said", [None, "", "[]", " [] ", "<ul></ul>"], ids=repr)
def test_no_conditions(said: Any) -> None:
    assert row(c=said, cv="").restrictions == ()


def test_a_row_that_does_not_tell_of_conditions_is_withheld() -> None:
    told = everybody(lambda body: body["Records"][0].pop("c"))
    assert told.seen[0].record.doubts == ("missing_field",) and told.codes == ["missing_field"]


def test_a_number_changes_at_a_constant_key() -> None:
    provisional, full = (row(rl=f"Chevarien, Noémie ({number})") for number in ("T811", "811"))
    assert (provisional.key, full.key) == (KEY, KEY)
    assert (provisional.number, full.number) == ("T811", "811")


def test_an_unknown_register_never_passes_and_irc_is_no_status() -> None:
    assert row(prl="Emeritus Register").doubts == ("unknown_word",)
    assert row(irc=True).status is row(irc=False).status is Status.AUTHORISED


@pytest.mark.parametrize(
    ("said", "day"),
    [("01-Jan-2026", "2026-01-01"), ("2026-01-01T04:00:00Z", "2026-01-01"), ("", "None")],
)
def test_dates_of_another_tenant(said: str, day: str) -> None:
    reader = Reader("ca_pe_cpspei")
    fields = {**reader.register.fields, "expires": "ex"}
    reader.register = reader.register.model_copy(update={"fields": fields})
    told = reader.read(BLANK, changed(EVERYBODY, lambda body: body["Records"][0].update(ex=said)))
    assert str(told.seen[0].record.expires) == day


def test_a_page_is_read_from_its_data_not_its_template() -> None:
    record = detail(c="<ul><li>Supervision (a})</li></ul>", cv="").record
    assert (record.key, record.number) == (KEY, "0412")
    assert record.restrictions[0].text == "Condition: Supervision (a})"
    assert detail(c="<ul><li>Supervision</li></ul>").record.status is Status.AUTHORISED


def test_a_page_without_conditions_is_withheld() -> None:
    told = detail(c=None)
    assert told.record.doubts == ("missing_field",) and told.codes == ["missing_field"]


@pytest.mark.parametrize("said", [{"rg": "9" * 8}, {"rg": None}, {"rg": ""}], ids=repr)
def test_the_page_of_another_person_is_unreadable(said: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="of whom we asked"):
        detail(**said)


def test_a_page_without_key_must_bear_name_and_number_of_the_list() -> None:
    [seen] = walk("ar", "Arkensaw").seen
    assert seen.detail
    body = TEMPLATE % json.dumps({"rl": "Arkensaw, Given (0)", "c": "[]", "pr": "x"})
    assert WALK.read(seen.detail, body.encode()).record.key == seen.record.key
    with pytest.raises(Unreadable):
        WALK.read(seen.detail, body.replace("(0)", "(1)").encode())


def test_a_page_without_data_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        WALK.read(WALK.find(KEY)[0], re.sub("fwk", "x", TEMPLATE).encode())
    assert WALK.find("0412") == []
