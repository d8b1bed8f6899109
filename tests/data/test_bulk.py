"""Rows written past SQLAlchemy are the rows that were meant, and their troubles are told alike."""

import gc

import pytest
import sqlalchemy as sa

from data import bulk
from data.nameindex import word_table
from data.staging import rotation
from data.store import Store, StoreError
from tests.conftest import Clock

WORD = "code text family given"
ALSO = "ON CONFLICT (code) DO UPDATE SET family = word.family OR excluded.family"


def words(store: Store) -> list[tuple[object, ...]]:
    with store.read() as db:
        return [tuple(row) for row in db.execute(sa.select(word_table).order_by(word_table.c.code))]


def test_rows_come_out_as_they_went_in(store: Store, clock: Clock) -> None:
    with store.begin() as db:
        at = bulk.moment(db, clock())
        rows = [("ca_on_cmto", bucket, at) for bucket in range(3)]
        assert bulk.insert(db, rotation, "register_id bucket checked_at", rows) == 3
        assert bulk.insert(db, rotation, "register_id bucket checked_at", []) == 0
        assert bulk.moment(db, None) is None
    with store.read() as db:
        assert set(db.scalars(sa.select(rotation.c.checked_at))) == {clock()}


def test_tabs_lines_and_quotes_are_letters_like_others(store: Store) -> None:
    text = "a\tb\\n\n'\"\\N é"
    with store.begin() as db:
        bulk.insert(db, word_table, WORD, [(1, text, True, False)])
    assert words(store) == [(1, text, True, False)]


def test_a_conflict_does_what_its_clause_says(store: Store) -> None:
    with store.begin() as db:
        bulk.insert(db, word_table, WORD, [(1, "a", False, True)])
        bulk.insert(db, word_table, WORD, [(1, "a", True, False), (2, "b", True, True)], ALSO)
        bulk.insert(db, word_table, WORD, [(2, "c", False, False)], "ON CONFLICT DO NOTHING")
    assert words(store) == [(1, "a", True, True), (2, "b", True, True)]


def test_what_the_database_refuses_is_no_part_of_anything(store: Store) -> None:
    with pytest.raises((StoreError, sa.exc.IntegrityError)), store.begin() as db:
        bulk.insert(db, word_table, WORD, [(1, "a", True, True)])
        bulk.insert(db, word_table, WORD, [(2, "b", True, True), (1, "a", True, True)])
    assert words(store) == []


def test_cycles_are_searched_again_afterwards() -> None:
    with pytest.raises(RuntimeError), bulk.uncollected():
        assert not gc.isenabled()
        raise RuntimeError
    assert gc.isenabled()


def test_a_new_store_has_large_pages(sqlite_store: Store) -> None:
    with sqlite_store.look() as look:
        assert look.rows("PRAGMA page_size") == [(8192,)]
        assert look.rows("PRAGMA journal_mode") == [("wal",)]
