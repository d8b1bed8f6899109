"""Wrong types anywhere end in a complaint or a doubt, never in a crash or an authorisation."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.register import Register
from config.vocabulary import AUTHORISED
from crawler.ask import Seen, Unreadable
from crawler.reading import flag
from data.records import record_from
from tests.crawler.profiles import ALLOWED, envelope, profile, read_list, read_profile, row

WRONG: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    10**400,
    1.5,
    1e300,
    "",
    "x" * 5000,
    "\x00\u202e\ud800",
    "=1+1",
    "<script>alert(1)</script>",
    "0001-01-01T00:00:00Z",
    [],
    [None],
    [[]],
    ["x"],
    [1],
    [{}],
    {},
    {"name": None},
    {"name": {"name": "x"}},
    {"x": {"y": ["z"]}},
    {"length": True},
    [{"practiceLimitations": [{"x": []}], "employerName": []}],
    [{"effectiveDate": [], "endDate": {}, "url": 3, "name": {}, "visible": "maybe"}],
]
DECISIVE = ("registrationStatus", "registrationCategory", "authorizedToPractice", "lastName")
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def check(register: Register, said: dict[str, Any]) -> None:
    """A profile is read, or refused as Unreadable; and an unread flag authorises nobody."""
    with contextlib.suppress(Unreadable):
        record, _ = read_profile(register, said)
        assert record_from(record.facts) == record
        assert record.facts.encode().isascii() or "\x00" not in record.facts
        if flag(said["authorizedToPractice"]) is not True:
            assert record.status not in AUTHORISED
        if record.status in AUTHORISED:
            assert record.word == "Current" and record.category == "General Certificate"


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_every_field_of_a_profile_may_be_wrong(ontario: Register, name: str) -> None:
    for wrong in WRONG:
        check(ontario, profile(**{name: wrong}))


@pytest.mark.parametrize("name", sorted(ALLOWED["placesOfPractice"][0]))
def test_every_field_of_a_workplace_may_be_wrong(ontario: Register, name: str) -> None:
    for wrong in WRONG:
        place = ALLOWED["placesOfPractice"][0] | {name: wrong}
        check(ontario, profile(placesOfPractice=[place]))


@pytest.mark.parametrize("name", sorted(row()))
def test_every_field_of_a_row_may_be_wrong(ontario: Register, name: str) -> None:
    for wrong in WRONG:
        found = read_list(ontario, envelope(row(**{name: wrong})))
        assert all(one.record.status not in AUTHORISED for one in found if isinstance(one, Seen))


@pytest.mark.parametrize("name", DECISIVE)
@pytest.mark.parametrize(
    "wrong", [None, "", [], {}, 7, "Perhaps", ["Current"], {"Yes": 1}], ids=repr
)
def test_a_broken_decisive_field_never_authorises(
    ontario: Register, name: str, wrong: object
) -> None:
    record, _ = read_profile(ontario, profile(**{name: wrong}))
    if name != "lastName":
        assert record.status not in AUTHORISED and record.doubts
    assert record.name.family != "Abelquist" or name != "lastName"


@given(name=st.sampled_from(sorted(ALLOWED)), wrong=anything)
def test_a_profile_with_anything_in_it(ontario: Register, name: str, wrong: object) -> None:
    check(ontario, profile(**{name: wrong}))


@given(body=anything)
def test_a_page_with_anything_in_it(ontario: Register, body: object) -> None:
    for read in (read_list, read_profile):
        with pytest.raises(Unreadable):
            read(ontario, body)


@given(rows=st.lists(anything, max_size=4), count=st.integers(0, 9))
def test_rows_of_anything_are_read_or_told(ontario: Register, rows: list[Any], count: int) -> None:
    found = read_list(ontario, envelope(*rows, count=count))
    assert len([one for one in found if isinstance(one, Seen)]) <= len(rows)
