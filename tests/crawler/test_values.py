"""Printed values become text, flags and days by closed tables, or nothing."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from crawler.ask import Unreadable
from crawler.reading import day, flag, mend, objects, published, text, texts

TORONTO = ZoneInfo("America/Toronto")


@pytest.mark.parametrize(
    "said", [True, 1, "1", "Yes", "YES ", "true", "Y", "oui", {"name": "Yes"}], ids=repr
)
def test_a_printed_yes(said: object) -> None:
    assert flag(said) is True


@pytest.mark.parametrize(
    "said", [False, 0, "0", "No", " no", "FALSE", "n", "Non", {"value": "No"}], ids=repr
)
def test_a_printed_no(said: object) -> None:
    assert flag(said) is False


@pytest.mark.parametrize(
    "said",
    [None, "", " ", "O", "o", 2, -1, 1.0, 0.0, "1.0", "t", "on", "Yes*", "Yes, with conditions"]
    + ["not authorised", "Authorised", "No longer", "null", "N/A", [], [True], ["Yes"], {}, "１"]
    + [{"value": True}, {"yes": 1}, "da", "si", "x", b"Yes"],
    ids=repr,
)
def test_anything_else_is_neither(said: object) -> None:
    assert flag(said) is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2026-03-31", date(2026, 3, 31)),
        ("2019-07-29T04:00:00.000Z", date(2019, 7, 29)),
        ("2021-01-01T05:00:00.000Z", date(2021, 1, 1)),
        ("2021-01-01T04:59:59Z", date(2020, 12, 31)),
        ("2019-07-29T03:59:00+00:00", date(2019, 7, 28)),
        ("2019-07-29T23:59:00", date(2019, 7, 29)),
        ("Jan-30-2024", date(2024, 1, 30)),
        ("Sep 19, 2019", date(2019, 9, 19)),
        ("September 19, 2019", date(2019, 9, 19)),
        ("01-Jan-2021", date(2021, 1, 1)),
        ({"value": "2026-03-31"}, date(2026, 3, 31)),
        (" 2026-03-31 ", date(2026, 3, 31)),
    ],
)
def test_dates_in_the_four_ways_they_are_printed(said: object, expected: date) -> None:
    assert day(said, TORONTO) == expected


@pytest.mark.parametrize("said", [None, "", "  ", "N/A", "-", [], {}, True], ids=repr)
def test_no_date(said: object) -> None:
    assert day(said, TORONTO) is None


@pytest.mark.parametrize(
    "said",
    "2026-02-30 2026-13-01 02/03/2026 2026/02/03 31-04-2026 Foo-01-2026 Feb-30-2026 2026 20260331 "
    "0001-01-01T00:00:00Z 0001-01-01 9999-12-31T23:59:59-12:00 2101-01-01 1899-12-31 "
    "2026-03-31Tnonsense 2026-03-31T25:00:00Z 1711843200 tomorrow ２０２６-０３-３x".split(),
)
def test_impossible_and_unknown_dates_are_refused(said: str) -> None:
    with pytest.raises(ValueError, match="."):
        day(said, TORONTO)


def test_a_pattern_of_the_register_replaces_the_four() -> None:
    assert day("3/31/2027", TORONTO, "%m/%d/%Y") == date(2027, 3, 31)
    for said in ("31/3/2027", "2027-03-31", "3/31/27", "2/29/2027"):
        with pytest.raises(ValueError, match="."):
            day(said, TORONTO, "%m/%d/%Y")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Ana\u200b", "Ana"),
        ({"name": "Active"}, "Active"),
        ({"connectedspaceid": 1, "text": "x"}, "x"),
        (7, "7"),
        (True, ""),
        (["Ana"], ""),
        ({"name": {"name": "x"}}, ""),
        ("N/A", ""),
        ("n" * 10_000, "n" * 300),
    ],
    ids=repr,
)
def test_text(said: object, expected: str) -> None:
    assert text(said) == expected


def test_long_texts_lose_their_markup() -> None:
    assert text("<p>Must <b>not</b> practise alone.</p>", 4000) == "Must not practise alone."
    assert text("<b>" * 1_000_000 + "x", 4000) == ""


def test_lists_of_words_and_objects() -> None:
    assert texts(["English", None, "", {"name": "French"}]) == ("English", "French")
    assert texts("English") == ("English",) and texts(None) == ()
    assert objects(None, "x") == [] and objects({"a": 1}, "x") == [{"a": 1}]
    for wrong in (["a"], "a", 1, [None], [[]]):
        with pytest.raises(Unreadable, match="`x`"):
            objects(wrong, "x")


@pytest.mark.parametrize(
    ("said", "mended"),
    [("RenÃ©", "René"), ("René", "René"), ("Rene", "Rene"), ("Łukasz", "Łukasz")],
)
def test_mend(said: str, mended: str) -> None:
    assert mend(said) == mended


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("Tue, 16 Jun 2026 10:00:00 GMT", datetime(2026, 6, 16, 10, tzinfo=UTC)),
        ("Tue, 16 Jun 2026 10:00:00 -0000", datetime(2026, 6, 16, 10, tzinfo=UTC)),
        ("Tue, 16 Jun 2026 10:00:00 +0200", datetime(2026, 6, 16, 8, tzinfo=UTC)),
        ("yesterday", None),
        ("Fri, 31 Dec 9999 23:00:00 -1400", None),
    ],
)
def test_published(said: str, when: datetime | None) -> None:
    assert published({"last-modified": said}) == when
    assert published({}) is None
