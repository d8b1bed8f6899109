"""A register file is read as text, whole and strictly, or refused by name."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.register import (
    Catalogue,
    Register,
    RegisterError,
    UnknownRegister,
    read_register,
)
from config.settings import MAX_AGE_HOURS

BASE = """\
name: An Invented Roster
regulator: An Invented Board
jurisdiction: US-LA
profession: massage therapist
titles: [massage therapist]
covers: Nobody.
official_url: https://register.example/
verified: false
terms: {automated: unstated, note: none, read: "2026-06-20"}
platform: bulk
timezone: America/Chicago
fresh_hours: 168
active_only: true
options:
  names: given_family
fields: {number: No, name: Name, status: Status}
status: {ACTIVE: authorised}
expect:
  records_min: 1500
  repeats: 0.005
examples:
  - {key: LA9990, number: LA9990, name: TAMSIN FERROWDALE, status: authorised}
"""


def write(folder: Path, text: str, name: str = "us_la_bmt.yml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def changed(tmp_path: Path, old: str, new: str) -> Register:
    assert BASE.count(old) == 1
    return read_register(write(tmp_path, BASE.replace(old, new)))


def test_words_stay_words(tmp_path: Path) -> None:
    read = changed(
        tmp_path, "status: {ACTIVE: authorised}", "status: {ON: authorised, NO: revoked}"
    )
    assert list(read.status) == ["ON", "NO"]
    number = changed(tmp_path, "key: LA9990, number: LA9990", "key: 007, number: 1.10").examples[0]
    assert (number.key, number.number) == ("007", "1.10")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("platform: bulk", "platform: bulk\nplatform: bulk", "said twice"),
        ("platform: bulk", "platform: bulk\nplatfrom: x", "platfrom"),
        ("  names: given_family", "  names: a\n  names: b", "said twice"),
        ("records_min: 1500", "records_min: many", "records_min"),
        ("records_min: 1500", "records_least: 1500", "records_least"),
        ("records_min: 1500", "records_min: 0", "records_min"),
        ("repeats: 0.005", "repeats: 0.5", "repeats"),
        ("fresh_hours: 168", "fresh_hours: 169", "fresh_hours"),
        ("fresh_hours: 168", "fresh_hours: nan", "fresh_hours"),
        ("active_only: true", "active_only: perhaps", "active_only"),
        ("status: {ACTIVE: authorised}", "status: {ACTIVE: fine}", "ACTIVE"),
        ("status: {ACTIVE: authorised}", "status: ACTIVE", "status"),
        ("jurisdiction: US-LA", "jurisdiction: Louisiana", "jurisdiction"),
        ("timezone: America/Chicago", "timezone: America/Nowhere", "America/Nowhere"),
        ("timezone: America/Chicago", "timezone: America", "not a time zone"),
        ("timezone: America/Chicago", "timezone: ../../etc/passwd", "timezone"),
        ("platform: bulk", "", "platform"),
        ("platform: bulk", "id: ca_on_cmto\nplatform: bulk", "not the name of the file"),
        ("platform: bulk", "platform: [bulk", "cannot be used"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(RegisterError, match=r"us_la_bmt\.yml cannot be used") as raised:
        changed(tmp_path, old, new)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("confirms: false", "a word means authorised"),
        (
            "number_forms: [{given: A, printed: B, digits: 4, source: x},"
            " {given: A, printed: C, digits: 4, source: x}]",
            "begin alike",
        ),
        ("number_forms: [{given: a1, printed: B, digits: 4, source: x}]", "given"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, more: str, words: str) -> None:
    with pytest.raises(RegisterError, match=words):
        changed(tmp_path, "platform: bulk", f"platform: bulk\n{more}")


def test_numbered_columns_are_spelt_out(tmp_path: Path) -> None:
    read = changed(tmp_path, "platform: bulk", 'platform: bulk\nignore: ["Code_[2-4]", "Odd [x]"]')
    assert read.ignore == ["Code_2", "Code_3", "Code_4", "Odd [x]"]


@pytest.mark.parametrize("raw", [b"", b"- a\n- b\n", b"just words", b"\xff\xfe\x00", b"a: \x00"])
def test_what_is_no_register_file_is_refused_by_name(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "ca_on_x.yml"
    path.write_bytes(raw)
    with pytest.raises(RegisterError, match=r"ca_on_x\.yml cannot be used"):
        read_register(path)


@pytest.mark.parametrize(
    "name", ["Ontario.yml", "ca.yml", "ca_on.yml", "CA_ON_CMTO.yml", "c-o-x.yml"]
)
def test_the_name_of_the_file_is_an_id(tmp_path: Path, name: str) -> None:
    with pytest.raises(RegisterError, match="id"):
        read_register(write(tmp_path, BASE, name))


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match=r"gone\.yml"):
        read_register(tmp_path / "gone.yml")


@pytest.mark.parametrize("deadline", ["13-01", "02-30", "02-29", "00-10", "1-11", "11/01", "٠١-٠١"])
def test_a_deadline_exists_every_year(tmp_path: Path, deadline: str) -> None:
    wave = f'renewal: [{{deadline: "{deadline}", source: x}}]\nplatform: bulk'
    with pytest.raises(RegisterError, match="deadline"):
        changed(tmp_path, "platform: bulk", wave)


def test_a_register_cannot_be_changed(ontario: Register) -> None:
    with pytest.raises(ValidationError):
        ontario.fresh_hours = 9  # type: ignore[misc]
    assert ontario.at("http://127.0.0.1:1").url != ontario.url


def test_the_catalogue_knows_an_extra_folder(tmp_path: Path) -> None:
    write(tmp_path, BASE, "us_tx_extra.yml")
    write(tmp_path, BASE.replace("records_min: 1500", "records_min: 9"))
    known = Catalogue(tmp_path)
    assert known.get("us_tx_extra").id == "us_tx_extra"
    assert known.get("us_la_bmt").expect.records_min == 9
    assert {register.id for register in Catalogue()} < {register.id for register in known}


def test_an_extra_folder_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="GOODSTANDING_REGISTERS"):
        Catalogue(tmp_path / "nowhere")


def test_one_wrong_file_stops_everything(tmp_path: Path) -> None:
    write(tmp_path, "nonsense", "us_tx_wrong.yml")
    with pytest.raises(RegisterError, match=r"us_tx_wrong\.yml"):
        Catalogue(tmp_path)


@pytest.mark.parametrize("wanted", ["ca_on_nobody", "", "../settings", "CA_ON_CMTO", "x" * 999])
def test_an_unknown_id_names_the_known(catalogue: Catalogue, wanted: str) -> None:
    with pytest.raises(UnknownRegister, match="Known here: .*ca_on_cmto") as raised:
        catalogue.get(wanted)
    assert len(str(raised.value)) < 2000


def test_the_reading_digest_moves_with_what_is_read(ontario: Register) -> None:
    other = ontario.model_copy(update={"category": {}})
    assert other.reading_digest != ontario.reading_digest
    assert ontario.model_copy(update={"notes": "x"}).reading_digest == ontario.reading_digest


@pytest.mark.parametrize(
    ("day", "covered"),
    [((10, 28), False), ((10, 29), True), ((11, 4), True), ((11, 5), False), ((12, 29), True)]
    + [((1, 4), True), ((1, 5), False), ((6, 15), False)],
)
def test_renewal_waves_reach_over_the_new_year(
    ontario: Register, day: tuple[int, int], covered: bool
) -> None:
    assert (ontario.in_renewal(date(2026, *day)) is not None) is covered


@pytest.mark.parametrize(
    ("day", "deadline"),
    [
        (date(2026, 6, 1), date(2026, 11, 1)),
        (date(2026, 11, 1), date(2026, 11, 1)),
        (date(2026, 11, 2), date(2027, 1, 1)),
    ],
)
def test_the_next_deadline(ontario: Register, day: date, deadline: date) -> None:
    assert ontario.next_deadline(day) == deadline


def test_no_deadline(catalogue: Catalogue) -> None:
    assert catalogue.get("us_tx_tdlr").next_deadline(date(2026, 6, 1)) is None


JUNE, OCTOBER = datetime(2026, 6, 20, tzinfo=UTC), datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("own", "moment", "usual", "hours"),
    [
        (0, JUNE, 36, 36),
        (0, OCTOBER, 36, 24),
        (0, OCTOBER, 12, 12),
        (72, JUNE, 36, 72),
        (12, JUNE, 36, 12),
        (0, JUNE, 9999, MAX_AGE_HOURS),
        (9999, JUNE, 36, MAX_AGE_HOURS),
        (9999, OCTOBER, 9999, MAX_AGE_HOURS),
    ],
)
def test_the_age_budget_and_its_cap(
    ontario: Register, own: float, moment: datetime, usual: float, hours: float
) -> None:
    register = ontario.model_copy(update={"fresh_hours": own})  # past every validation
    assert register.age_budget(moment, usual, 24) == timedelta(hours=hours)


def test_the_budget_narrows_by_the_calendar_of_the_register(ontario: Register) -> None:
    before = datetime(2026, 10, 29, 3, 59, tzinfo=UTC)  # 28 October in Toronto
    assert ontario.age_budget(before, 36, 24) == timedelta(hours=36)
    assert ontario.age_budget(before + timedelta(minutes=1), 36, 24) == timedelta(hours=24)
