"""The files of single registers: what is odd about each, and that it never confirms anybody."""

import re
from datetime import UTC, date, datetime

import pytest

from config.register import Catalogue, Register
from config.vocabulary import AUTHORISED, Status
from crawler.ask import Answer, Ask, AsOf, Found, Oddity, Unreadable
from crawler.files import shape_of
from crawler.platforms import PLATFORMS
from data.gates import Night, holds, judge
from data.records import Record
from tests.crawler.test_bulk import codes, seen
from tests.crawler.test_bulk_packed import zipped
from tests.registers.pages import SAMPLES

AT = datetime(2026, 6, 20, 12, tzinfo=UTC)
BULK = [register for register in Catalogue() if register.platform == "bulk"]


def of(register_id: str) -> Register:
    return Catalogue().get(register_id)


def sample(register_id: str) -> bytes:
    return next((SAMPLES / register_id).glob("file-*")).read_bytes()


def read(register_id: str, body: bytes, at: datetime = AT, url: str = "file:///x") -> list[Found]:
    register = of(register_id)
    [ask] = PLATFORMS["bulk"].start(register)
    return list(PLATFORMS["bulk"].read(register, Answer(ask, url, 200, {}, body, at)))


def people(register_id: str, body: bytes, at: datetime = AT) -> dict[str, Record]:
    records = [one.record for one in seen(read(register_id, body, at))]
    return {record.number: record for record in records}


def told(found: list[Found]) -> list[int]:
    """The numbers of the sentence on rows: all, ours, others, broken."""
    [words] = [one.text for one in found if isinstance(one, Oddity) and one.code == "rows_read"]
    return [int(number) for number in re.findall(r"\d+", words)]


@pytest.mark.parametrize("register", BULK, ids=lambda register: register.id)
def test_options_are_what_the_reader_knows(register: Register) -> None:
    assert shape_of(register).encoding
    [ask] = PLATFORMS["bulk"].start(register)
    assert (ask.stream, ask.headers["Accept"]) == (True, "*/*")


@pytest.mark.parametrize("register", BULK, ids=lambda register: register.id)
def test_nothing_private_is_read(register: Register) -> None:
    used = {*register.fields.values(), *register.alerts, *register.keep}
    private = "(?i)mail|phone|birth|address(?! (City|State) Name)|zip"
    assert not [name for name in used if re.search(private, name)]


@pytest.mark.parametrize(
    ("register_id", "rows"),
    [
        ("us_tx_tdlr", [10, 6, 4, 0]),
        ("us_fl_mqa", [9, 8, 1, 0]),
        ("us_fl_mqa_all", [9, 8, 1, 0]),
        ("us_fl_mqa_status", [9, 8, 1, 0]),
        ("us_oh_elicense", [5, 4, 1, 0]),
        ("us_mo_mopro", [5, 5, 0, 0]),
        ("us_cms_npidata", [7, 4, 3, 0]),
    ],
)
def test_rows_in_are_rows_out(register_id: str, rows: list[int]) -> None:
    found = read(register_id, sample(register_id))
    assert told(found) == rows and rows[0] == sum(rows[1:]) and len(seen(found)) == rows[1]


@pytest.mark.parametrize("register_id", ["us_tx_tdlr", "us_fl_mqa_all", "us_oh_elicense"])
def test_a_filter_that_keeps_nobody_is_an_outage(register_id: str) -> None:
    register, body = of(register_id), sample(register_id)
    for kept in (b"Massage Therapist", b"|MA|"):
        body = body.replace(kept, kept.replace(b"MA", b"XX").replace(b"Massage", b"Bodywork"))
    found = read(register_id, body)
    night = Night(complete=True, bounded=False, people=len(seen(found)), as_of=AT)
    findings = judge(register, night, AT)
    assert holds(findings) and "empty" in {finding.code for finding in findings}


def test_texas_expiry_is_the_only_status() -> None:
    last = datetime(2027, 5, 13, 4, tzinfo=UTC)  # 23:00 of 12 May in Texas
    for at, status in ((last, Status.AUTHORISED), (last.replace(hour=6), Status.EXPIRED)):
        assert people("us_tx_tdlr", sample("us_tx_tdlr"), at)["999001"].status is status


@pytest.mark.parametrize("dirty", [" Never", " 01/01/1900", " 06/30/2922", " 31/12/2027", ""])
def test_texas_dirty_dates_withhold(dirty: str) -> None:
    body = sample("us_tx_tdlr").replace(b" 05/12/2027", dirty.encode())
    one = people("us_tx_tdlr", body)["999001"]
    assert one.status is Status.UNRECOGNISED and one.expires is None and one.doubts


def test_texas_untyped_twins_and_other_types_are_nobody() -> None:
    body = sample("us_tx_tdlr")
    found = people("us_tx_tdlr", body)
    assert {one.category for one in found.values()} == {"Massage Therapist"}
    twin = body.replace(b'"","999002"," 11/30/2026"', b'"","999002"," 11/30/2020"')
    assert twin != body and people("us_tx_tdlr", twin) == found


def test_texas_subtypes_are_different_registrations() -> None:
    line = sample("us_tx_tdlr").splitlines(keepends=True)[:2]
    other = line[1].replace(b'"HARRIS","","","","N"', b'"HARRIS","","","X","N"')
    keys = [one.record.key for one in seen(read("us_tx_tdlr", b"".join([*line, other])))]
    assert keys == ["Massage Therapist 999001", "Massage Therapist 999001 X"]


def test_a_row_without_a_number_is_told_whatever_else_is_in_its_key() -> None:
    body = sample("us_tx_tdlr").replace(b'"999001"," 05', b'""," 05')
    assert codes(read("us_tx_tdlr", body)) == ["unreadable_row", "rows_read"]


def test_florida_rows_with_a_pipe_too_many_are_told() -> None:
    row = b"1401|Massage Therapist|1|||MA|999|||CLEAR|SPLIT|PIPE" + b"|" * 29 + b"\r\n"
    head, _, rest = sample("us_fl_mqa_all").partition(b"\n")
    found = read("us_fl_mqa_all", head + b"\n" + row + rest)
    assert codes(found) == ["broken_row", "rows_read"] and told(found) == [10, 8, 1, 1]
    assert [one.example for one in found if isinstance(one, Oddity)][0] == "line 2"


@pytest.mark.parametrize("lost", [3, 60, 200])
def test_a_florida_file_cut_anywhere_in_its_last_row_holds(lost: int) -> None:
    body = sample("us_fl_mqa_all")[:-lost]
    assert "cut_file" in codes(read("us_fl_mqa_all", body))


def test_florida_flags_are_closed_words() -> None:
    body = sample("us_fl_mqa_status").replace(b"ASHGROVIAN|Y|N|N|N", b"ASHGROVIAN|N|?|N|N")
    assert people("us_fl_mqa_status", body)["MA999908"].doubts == ("unknown_alert",)
    body = body.replace(b"ASHGROVIAN|N|?|N|N", b"ASHGROVIAN|N|Y|N|N")
    one = people("us_fl_mqa_status", body)["MA999908"]
    assert one.status is Status.AUTHORISED_CONDITIONS and one.restrictions


def test_florida_fields_in_another_order_confirm_nobody() -> None:
    """There is no heading to compare: the closed words must notice."""
    body = re.sub(
        rb"(?m)^(\w+\|\w+\|\w+)\|(\w*)\|([\w ]+)\|", rb"\1|\3|\2|", sample("us_fl_mqa_status")
    )
    found = people("us_fl_mqa_status", body)
    assert len(found) == 8 and not AUTHORISED & {one.status for one in found.values()}


def test_missouri_in_its_zip() -> None:
    text = sample("us_mo_mopro")
    about = ("filedesc_MST.txt", b"Description")
    found = read("us_mo_mopro", zipped(("MST.txt", text), about))
    assert seen(found) == seen(read("us_mo_mopro", text))
    with pytest.raises(Unreadable, match="MST.txt in the archive is empty"):
        read("us_mo_mopro", zipped(("MST.txt", b""), about))


def test_missouri_dates_and_fallback_encoding() -> None:
    body = sample("us_mo_mopro").replace(b"Odalys", "Odÿlys".encode("latin-1"))
    one = people("us_mo_mopro", body)["2012099903"]
    assert (one.name.given, one.expires) == ("Odÿlys", date(2021, 1, 31))


def test_a_file_made_when_asked_is_as_old_as_the_answer() -> None:
    body = sample("us_fl_mqa")
    live = read("us_fl_mqa", body, url="https://host/export")
    assert not [one for one in live if isinstance(one, AsOf)]
    assert [one.when for one in read("us_fl_mqa", body) if isinstance(one, AsOf)] == [None]


def test_another_profession_reads_alike() -> None:
    one = people("ca_on_cpo", sample("ca_on_cpo"))["99001"]
    assert (one.profession, one.status) == ("physiotherapist", Status.AUTHORISED)
    assert not hasattr(Ask, "phone") and "613" not in one.facts
