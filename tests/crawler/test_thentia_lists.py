"""Ontario's list pages: the envelope is a contract, rows are counted as they come."""

from pathlib import Path
from typing import Any

import pytest

from config.register import Register
from config.vocabulary import AUTHORISED
from crawler.ask import Ask, Oddity, Seen, Total, Unreadable
from tests.crawler.profiles import THENTIA, envelope, read, read_list, row, seen_row, without

SAMPLES = Path(__file__).parent.parent / "samples" / "ca_on_cmto"
KEYS = [f"61b2988000f1c7ca000000{number:02x}" for number in range(12)]


def rows(count: int) -> list[dict[str, Any]]:
    return [row(profileId=key) for key in KEYS[:count]]


def asks(found: list[Any]) -> list[Ask]:
    return [one for one in found if isinstance(one, Ask)]


def test_the_questions_of_a_sweep(ontario: Register) -> None:
    first, *lists = THENTIA.start(ontario)
    assert (first.step, first.memo["part"]) == ("count", "all")
    assert [ask.memo["part"] for ask in lists] == ontario.options["lists"]
    assert all(ask.bust == "_" and "take=10" in ask.url for ask in [first, *lists])


def test_the_saved_pages(ontario: Register) -> None:
    first = read_list(ontario, (SAMPLES / "list-first.json").read_bytes(), "all")
    last = read_list(ontario, (SAMPLES / "list-last.json").read_bytes(), "all", skip=20)
    assert [sum(isinstance(one, Seen) for one in page) for page in (first, last)] == [10, 3]
    assert [ask.memo["skip"] for ask in asks(first)] == [10] and not asks(last)


@pytest.mark.parametrize("count", [1, 7, 10, 12])
def test_skip_moves_by_the_rows_received(ontario: Register, count: int) -> None:
    [following] = asks(read_list(ontario, envelope(*rows(count), count=50), skip=20))
    assert following.memo["skip"] == 20 + count
    assert f"skip={20 + count}&" in following.url


def test_the_last_page_asks_nothing(ontario: Register) -> None:
    assert not asks(read_list(ontario, envelope(*rows(3), count=23), skip=20))
    assert not asks(read_list(ontario, envelope(count=0)))


def test_a_total_is_stated_for_its_list(ontario: Register) -> None:
    [total] = [one for one in read_list(ontario, envelope(count=0)) if isinstance(one, Total)]
    assert (total.part, total.count, total.again.memo["skip"]) == ("Current", 0, 0)


def test_an_empty_page_is_asked_thrice_then_told(ontario: Register) -> None:
    found: list[Any] = read_list(ontario, (SAMPLES / "list-broken-empty.json").read_bytes())
    for _ in range(2):
        [again] = asks(found)
        found = read(ontario, again, envelope(count=23))
    assert not asks(found)
    assert [one.code for one in found if isinstance(one, Oddity)] == ["empty_page"]


@pytest.mark.parametrize(
    "body",
    [
        [],
        None,
        {},
        envelope(errorCode="1", errorMessage="Session expired"),
        envelope(errorCode=None),
        without(envelope(), "errorCode"),
        without(envelope(), "resultCount"),
        {"totalCount": 1} | without(envelope(row()), "resultCount"),
        without(envelope(), "result"),
        envelope(count="23"),
        envelope(count=-1),
        envelope(count=True),
        envelope(count=1.0),
        envelope(count=10**30),
        envelope(result=None),
        envelope(result={"dataResults": []}),
        envelope(result="none"),
    ],
    ids=repr,
)
def test_another_envelope_is_unreadable(ontario: Register, body: object) -> None:
    with pytest.raises(Unreadable):
        read_list(ontario, body)


@pytest.mark.parametrize(
    "wrong",
    [None, "x", 3, [], {}, {"profileId": None}, {"profileId": ["x"]}, {"profileId": "k" * 81}],
    ids=repr,
)
def test_a_row_of_nobody_is_told_and_the_others_are_read(ontario: Register, wrong: object) -> None:
    found = read_list(ontario, envelope(wrong, row()))
    assert [one.code for one in found if isinstance(one, Oddity)] == ["unreadable_row"]
    assert sum(isinstance(one, Seen) for one in found) == 1


def test_a_listing_alone_never_authorises(ontario: Register) -> None:
    seen = seen_row(ontario, row())
    assert seen.record.word == "Current" and seen.record.status not in AUTHORISED
    assert seen.detail and seen.detail.memo["key"] == seen.record.key


def test_a_notice_in_the_row_alerts(ontario: Register) -> None:
    assert seen_row(ontario, row(publicNotices=[{"name": "Caution"}])).alert
    assert not seen_row(ontario, row()).alert


@pytest.mark.parametrize("name", ["firstName", "lastName", "authorizedToPractice"])
def test_a_needed_field_that_is_gone_is_told(ontario: Register, name: str) -> None:
    found = read_list(ontario, envelope(without(row(), name)))
    [seen] = [one for one in found if isinstance(one, Seen)]
    assert seen.record.doubts == ("missing_field",)
    assert [one.code for one in found if isinstance(one, Oddity)] == ["missing_field"]


def test_the_digest_moves_with_the_row_the_list_and_our_reading(ontario: Register) -> None:
    usual = seen_row(ontario, row()).digest
    assert usual == seen_row(ontario, row()).digest
    assert usual != seen_row(ontario, row(city="Elsewhere")).digest
    other = ontario.model_copy(update={"restriction_words": ["other"]})
    assert usual != seen_row(other, row()).digest
    [moved] = [
        one for one in read_list(ontario, envelope(row()), "Suspended") if isinstance(one, Seen)
    ]
    assert usual != moved.digest


def test_find_asks_for_the_profile_of_a_key_and_searches_for_a_name(ontario: Register) -> None:
    [by_key] = THENTIA.find(ontario, KEYS[1])
    [by_name] = THENTIA.find(ontario, "Abelquist & sons")
    assert (by_key.step, by_name.step) == ("detail", "list")
    assert "keyword=Abelquist+%26+sons" in by_name.url
