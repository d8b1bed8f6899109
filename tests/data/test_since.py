"""Since when an entry has been as it is: only of what still stands in it."""

from datetime import timedelta

import pytest

from config.register import Register
from config.vocabulary import Status
from data.lookup import by_key
from data.records import Notice, Record
from data.since import Since, since
from data.store import Store
from tests.conftest import Clock
from tests.data.nights import Nights, people, person

SUSPENDED = {"status": Status.SUSPENDED, "word": "Suspended", "may_practise": False}
OLD, NEW = Notice("Oral caution."), Notice("Referred to discipline.")


@pytest.fixture
def nights(store: Store, ontario: Register, clock: Clock) -> Nights:
    return Nights(store, ontario, clock)


def told(nights: Nights, *one: Record) -> Since:
    """After a night each in which the person was listed like this."""
    others = people(250)[2:]
    for record in one:
        nights.accept([record, *others])
    with nights.store.look() as look:
        found = by_key(look, "ca_on_cmto", "k1")
        assert found is not None
        return since(look, found)


def test_nothing_ever_changed(nights: Nights, clock: Clock) -> None:
    found = told(nights, person(1), person(1))
    assert found.status == found.first == clock.at - timedelta(days=1)
    assert found.notices == {}


def test_a_status_counts_from_its_last_change(nights: Nights, clock: Clock) -> None:
    found = told(nights, person(1), person(1, **SUSPENDED), person(1))
    assert found.status == clock.at and found.first == clock.at - timedelta(days=2)


def test_a_notice_counts_from_when_it_was_first_seen(nights: Nights, clock: Clock) -> None:
    noted = {"status": Status.AUTHORISED_NOTICE}
    found = told(
        nights,
        person(1),
        person(1, notices=(OLD,), **noted),
        person(1, notices=(OLD, NEW), **noted),
    )
    assert found.notices == {OLD.text: clock.at - timedelta(days=1), NEW.text: clock.at}


def test_what_was_taken_down_is_not_told(nights: Nights) -> None:
    noted = {"status": Status.AUTHORISED_NOTICE}
    found = told(nights, person(1, notices=(OLD,), **noted), person(1))
    assert found.notices == {}
    assert OLD.text not in repr(found)
