"""A Record survives being written down, and its hash moves exactly with its facts."""

import json
from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.vocabulary import ChangeKind, NameKind, Status
from data.diff import changes
from data.records import Name, Notice, Part, Place, Record, record_from
from tests.data.nights import person

words = st.text(max_size=12)
days = st.none() | st.dates(date(1900, 1, 1), date(2100, 12, 31))
names = st.builds(Name, words, words, words, st.sampled_from(NameKind))
notices = st.lists(st.builds(Notice, words, days, days, words), max_size=2).map(tuple)
FIELDS = {
    **dict.fromkeys(("register", "key", "number", "profession", "category", "word"), words),
    "name": names,
    "status": st.sampled_from(Status),
    "other_names": st.lists(names, max_size=2).map(tuple),
    "may_practise": st.none() | st.booleans(),
    **dict.fromkeys(("restrictions", "notices"), notices),
    **dict.fromkeys(("first_registered", "effective", "expires"), days),
    "places": st.lists(st.builds(Place, words, words, words), max_size=2).map(tuple),
    **dict.fromkeys(("languages", "doubts"), st.lists(words, max_size=2).map(tuple)),
    "source_url": words,
}
records = st.builds(Record, **FIELDS)

NOTICE = Notice("Caution", date(2026, 1, 2))


def test_no_field_is_left_out_here() -> None:
    assert FIELDS.keys() == {one.name for one in fields(Record)}


@given(records)
def test_a_record_is_read_back_as_it_was(record: Record) -> None:
    assert record_from(record.facts) == record
    assert record_from(record.facts).content_hash == record.content_hash


@given(records)
def test_facts_are_canonical_and_whole(record: Record) -> None:
    said = json.loads(record.facts)
    again = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert again == record.facts
    assert said.keys() == {one.name for one in fields(Record)}


@given(records, records)
def test_hashes_agree_exactly_when_facts_do(one: Record, other: Record) -> None:
    assert (one.content_hash == other.content_hash) is (one == other)


def test_facts_of_another_day_are_understood() -> None:
    said = json.loads(person(1).facts)
    del said["languages"], said["doubts"]
    assert record_from(json.dumps(said | {"shoe_size": 44})) == person(1)


def test_doubts_are_sorted_and_said_once() -> None:
    assert person(1, doubts=("b",)).doubted("c", "a", "b").doubts == ("a", "b", "c")


def test_names_and_full_name() -> None:
    former = Name("Ana", "Dahl", kind=NameKind.FORMER)
    record = person(1, name=Name("Ana", "Lume", "M"), other_names=(former,))
    assert [name.full for name in record.names] == ["Ana M Lume", "Ana Dahl"]


def test_nothing_private_has_a_field() -> None:
    kept = {field.name for kind in (Record, Name, Notice, Place) for field in fields(kind)}
    assert not kept & {"address", "email", "phone", "gender", "birth", "postal_code"}


@given(records)
def test_a_record_does_not_differ_from_itself(record: Record) -> None:
    assert not list(changes(record, record))


@pytest.mark.parametrize(
    ("after", "kind", "words"),
    [
        (
            {"status": Status.SUSPENDED, "word": "Suspended"},
            ChangeKind.STATUS,
            "suspended (General",
        ),
        ({"category": "Inactive"}, ChangeKind.STATUS, "authorised (Inactive / Current / may"),
        ({"may_practise": False}, ChangeKind.STATUS, "/ may not practise)"),
        ({"notices": (NOTICE,)}, ChangeKind.NOTICE, "Caution"),
        ({"restrictions": (NOTICE,)}, ChangeKind.RESTRICTION, "Caution"),
        ({"name": Name("Ana", "Dahl")}, ChangeKind.NAME, "Ana Dahl"),
        ({"expires": date(2027, 3, 31)}, ChangeKind.OTHER, "2027-03-31"),
        ({"places": (Place("Clinic", "Ottawa"),)}, ChangeKind.OTHER, "Clinic, Ottawa"),
    ],
)
def test_a_change_has_its_kind_and_words(
    after: dict[str, object], kind: ChangeKind, words: str
) -> None:
    [found] = changes(person(1), person(1, **after))
    assert found.kind is kind and words in found.after and words not in found.before


def test_the_order_of_notices_is_no_change() -> None:
    two = (NOTICE, Notice("Undertaking"))
    assert not list(changes(person(1, notices=two), person(1, notices=two[::-1])))


@pytest.mark.parametrize(
    ("part", "settled"),
    [
        (Part("a", [2, 2], {"x", "y"}, 2), True),
        (Part("a", [2, 3], {"x", "y"}, 2), False),
        (Part("a", [3], {"x", "y"}, 2), False),
        (Part("a", [2], {"x", "y"}, 3), False),
        (Part("a", [2], {"x", "y"}, 2, repeated_pages=1), False),
        (Part("a", [], {"x", "y"}, 2), False),
    ],
)
def test_a_list_is_settled_when_it_never_wavered(part: Part, settled: bool) -> None:
    assert part.settled is settled


def test_parts_count_repeats_and_the_last_total() -> None:
    part = replace(Part("a", [5, 4], {"x"}, 3))
    assert (part.repeated, part.total) == (2, 4)
