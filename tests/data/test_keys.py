"""Compact sets and maps of keys do what sets and maps do."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.keys import Digests, Keys
from data.staging import Staging
from tests.data.nights import Nights, person


@given(st.lists(st.text(max_size=5)))
def test_a_set_of_keys(texts: list[str]) -> None:
    keys = Keys(texts)
    assert len(keys) == len(set(texts)) == len(set(keys))
    assert all(text in keys for text in texts) and "never said" not in keys


def test_many_keys_in_few_bytes() -> None:
    digests = Digests()
    for number in range(50_000):
        assert digests.say(f"k{number}", f"said {number}")
        assert not digests.say(f"k{number // 2}", f"again {number // 2}")
    assert len(digests) == 50_000 and "k50000" not in digests
    assert digests.same("k3", "said 3") and not digests.same("k3", "again 3")
    assert digests.same("k49999", "said 49999") and not digests.same("k50000", "said 50000")
    kept = [one for one in vars(digests).values() if isinstance(one, array)]
    assert sum(len(one) * one.itemsize for one in kept) < 50_000 * 48


def test_no_key_is_lost_while_a_map_grows() -> None:
    for place in range(40):
        digests, keys = Digests(), Keys()
        texts = [f"{place} {number}" for number in range(1500)]
        for text in texts:
            digests.say(text, text)
            keys.add(text)
        assert all(digests.same(text, text) and text in keys for text in texts)


def test_two_keys_of_the_same_64_bits_are_both_staged(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "data.keys._mark", lambda text: 7 if text.startswith("k") else (hash(text) & 2**64 - 1) | 1
    )
    run = nights.accept([person(1), person(2)])
    assert run["new"] == 2


def test_an_unchanged_person_is_in_the_set(nights: Nights) -> None:
    nights.accept([person(1)])
    staging = Staging(nights.store, "ca_on_cmto", 2, nights.clock)
    staging.unchanged("k1")
    assert "k1" in staging.hashes and not staging.hashes.same("k1", "anything")
