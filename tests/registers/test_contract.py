"""Every register file must read its own saved pages: adding a YAML adds these tests."""

import json
from functools import cache

import pytest

from config.register import FOLDER, Catalogue, Example, Register
from config.vocabulary import Status
from tests.registers.pages import SAMPLES, Pages, read_pages, saved

REGISTERS = list(Catalogue())
EXAMPLES = [(register, example) for register in REGISTERS for example in register.examples]
# Oddities that mean the register file does not describe its own saved page.
UNDECLARED = "undeclared_field missing_field broken_row unreadable_row bad_date cut_file".split()

every_register = pytest.mark.parametrize("register", REGISTERS, ids=lambda register: register.id)


@cache
def pages_of(register_id: str) -> Pages:
    return read_pages(Catalogue().get(register_id))


def test_files_ids_and_samples_bear_the_same_names() -> None:
    stems = {path.stem for path in FOLDER.iterdir()}
    assert stems == {register.id for register in REGISTERS}
    assert stems == {path.name for path in SAMPLES.iterdir()}


@every_register
def test_a_register_has_saved_pages_and_examples(register: Register) -> None:
    assert saved(register.id), "save a page with invented people"
    assert register.examples, "name people of the saved page, by hand"
    assert {example.key for example in register.examples} <= set(pages_of(register.id).records)


@pytest.mark.parametrize(
    ("register", "example"), EXAMPLES, ids=[f"{r.id}-{e.key}" for r, e in EXAMPLES]
)
def test_an_example_is_read_as_written(register: Register, example: Example) -> None:
    record = pages_of(register.id).records[example.key]
    assert (record.name.full, record.status) == (example.name, example.status)
    assert not example.number or record.number == example.number
    assert not example.expires or record.expires == example.expires


@every_register
def test_the_renewal_calendar_has_a_source_or_says_why_there_is_none(register: Register) -> None:
    assert bool(register.renewal) != bool(register.renewal_note)
    assert all(len(renewal.source) > 10 for renewal in register.renewal)


@every_register
def test_a_register_says_where_it_stands(register: Register) -> None:
    """Who is in it, what was read of terms and robots.txt, and what of it is only inferred."""
    assert len(register.covers) > 20 and register.titles and "robots" in register.terms.note
    assert register.verified or "nferred" in register.notes
    assert register.lookup_only or register.expect.filled


@every_register
def test_nothing_unseen_or_unwanted_is_on_by_default(register: Register) -> None:
    assert register.verified or not register.enabled
    if register.terms.automated in ("permission", "forbidden"):
        assert not register.enabled
    assert register.profession == "massage therapist" or not register.enabled


@every_register
def test_every_word_is_known(register: Register) -> None:
    expected = {one.key for one in register.examples if one.status is Status.UNRECOGNISED}
    found = pages_of(register.id).records.values()
    assert {one.key for one in found if one.status is Status.UNRECOGNISED} == expected
    doubted = {one.key for one in found if one.doubts}
    assert doubted == expected if register.confirms else doubted <= expected


@every_register
def test_every_field_is_declared(register: Register) -> None:
    assert not [odd for odd in pages_of(register.id).oddities if odd.code in UNDECLARED]


@every_register
def test_the_reading_is_the_one_committed(register: Register) -> None:
    """A second opinion on the examples; delete expected.json to accept a new reading."""
    path = SAMPLES / register.id / "expected.json"
    records = sorted(pages_of(register.id).records.values(), key=lambda record: record.key)
    read = [json.loads(record.facts) for record in records]
    if not path.exists():
        path.write_text(json.dumps(read, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        pytest.fail(f"{path.name} of {register.id} was written: look at it, then commit it")
    assert read == json.loads(path.read_text())
