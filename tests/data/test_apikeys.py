"""API keys: strong, recognisable, kept as digests only, good until they expire or are revoked."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from config.vocabulary import Scope
from data import apikeys, members
from data.apikeys import KeyRefused, NewKey, find, make, new_secret, revoke, rotate, well_formed
from data.store import Store
from tests.conftest import NOON

READ = NewKey("front desk", frozenset({Scope.LOOKUP}), timedelta(days=30), "operator")


@pytest.fixture
def db(store: Store) -> Any:
    with store.begin() as connection:
        yield connection


@pytest.fixture
def one(db: Connection) -> int:
    return members.create(db, "one", "One", NOON)


def test_a_key_says_what_it_is_and_checks_itself() -> None:
    key = new_secret()
    assert key.startswith("gs_live_") and len(key) == 46 and well_formed(key)
    assert len({new_secret() for _ in range(100)}) == 100
    for at in range(len(key)):
        other = "x" if key[at] != "x" else "y"
        assert not well_formed(key[:at] + other + key[at + 1 :])


@pytest.mark.parametrize("text", ["", "gs_live_", "nonsense", "gs_live_" + "é" * 38, "\x00" * 46])
def test_what_is_no_key_is_found_out_without_the_store(text: str) -> None:
    assert not well_formed(text)


def test_a_key_is_good_until_it_expires(db: Connection, one: int) -> None:
    ref, key = make(db, one, READ, NOON)
    found = find(db, key, NOON)
    assert found and (found.workspace_id, found.ref, found.scopes) == (one, ref, READ.scopes)
    assert find(db, key, NOON + timedelta(days=30)) is None


def test_only_a_digest_is_kept(db: Connection, one: int) -> None:
    _, key = make(db, one, READ, NOON)
    [row] = db.execute(apikeys.key_table.select()).mappings()
    assert key not in str(dict(row)) and row["digest"] == apikeys.digest(key)
    assert len(row["hint"]) == 12


def test_a_revoked_key_is_good_for_nothing_at_once(db: Connection, one: int) -> None:
    ref, key = make(db, one, READ, NOON)
    assert revoke(db, one, ref, NOON) and find(db, key, NOON) is None
    assert revoke(db, one, ref, NOON + timedelta(days=1))
    assert apikeys.one(db, one, ref)["revoked_at"] == NOON  # type: ignore[index]


def test_nobody_revokes_or_rotates_a_key_of_others(db: Connection, one: int) -> None:
    other = members.create(db, "two", "Two", NOON)
    ref, key = make(db, one, READ, NOON)
    assert not revoke(db, other, ref, NOON) and apikeys.one(db, other, ref) is None
    assert rotate(db, other, ref, timedelta(), NOON) is None and find(db, key, NOON)


def test_rotation_overlaps(db: Connection, one: int) -> None:
    ref, old = make(db, one, READ, NOON)
    rotated = rotate(db, one, ref, timedelta(hours=1), NOON)
    assert rotated
    new = rotated[1]
    assert find(db, old, NOON) and find(db, new, NOON)
    later = NOON + timedelta(hours=1)
    assert find(db, old, later) is None
    found = find(db, new, NOON + timedelta(days=29))
    assert found and found.scopes == READ.scopes
    with pytest.raises(KeyRefused, match="ended"):
        rotate(db, one, ref, timedelta(), later)


def test_a_key_must_be_good_for_something_and_keys_are_bounded(db: Connection, one: int) -> None:
    with pytest.raises(KeyRefused, match="at least one"):
        make(db, one, NewKey("x", frozenset(), timedelta(1), ""), NOON)
    for _ in range(apikeys.MOST):
        ref, _ = make(db, one, READ, NOON)
    with pytest.raises(KeyRefused, match="Revoke"):
        make(db, one, READ, NOON)
    revoke(db, one, ref, NOON)
    make(db, one, READ, NOON)
