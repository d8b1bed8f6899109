"""Keeps the name index in step with the people: called by promotion, inside its transaction."""

from collections.abc import Iterable, Sequence
from itertools import islice
from operator import itemgetter

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from data import bulk
from data.folded import LONGEST, NOTHING, Keys, code, keys_of, neighbours, stored
from data.records import record_from
from data.tables import FoldedNames, NamePair, PlaceKey, Version, Word, WordNear

folded_table: sa.Table = FoldedNames.__table__  # type: ignore[attr-defined]
pair_table: sa.Table = NamePair.__table__  # type: ignore[attr-defined]
word_table: sa.Table = Word.__table__  # type: ignore[attr-defined]
_near: sa.Table = WordNear.__table__  # type: ignore[attr-defined]
_place: sa.Table = PlaceKey.__table__  # type: ignore[attr-defined]
_version: sa.Table = Version.__table__  # type: ignore[attr-defined]

_AT_ONCE = 50_000  # people whose keys are sorted together, to be written in the order of the index
_ASKED = 500  # codes asked for in one query
_LOCK = 7_201_932  # one publication at a time writes the dictionary (PostgreSQL)

_ALSO = (
    "ON CONFLICT (code) DO UPDATE SET family = word.family OR excluded.family, "
    "given = word.given OR excluded.given"
)
_ONCE = "ON CONFLICT DO NOTHING"
_DROP_PAIR = "DELETE FROM name_pair WHERE family = ? AND given = ? AND registration_id = ?"
_DROP_PLACE = "DELETE FROM place_key WHERE code = ? AND registration_id = ?"
_DROP_WORD = "DELETE FROM word WHERE code = ?"
_DROP_NEAR = "DELETE FROM word_near WHERE near = ? AND code = ?"

Keyed = tuple[int, str]  # a registration, and what data/folded.py stores of it


class NameIndex:
    """The tables `word`, `word_near`, `name_pair` and `place_key`, in the caller's transaction."""

    def __init__(self, db: Connection) -> None:
        """Wait for our turn to write the dictionary."""
        self.db = db
        self._known: dict[int, tuple[bool, bool]] = {}  # words we have seen stored, with their use
        if db.dialect.name == "postgresql":
            db.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})

    def add(self, people: Iterable[Keyed]) -> None:
        """Let these people, who were not in the index, be found."""
        rest = iter(people)
        while some := [(id_, keys_of(said)) for id_, said in islice(rest, _AT_ONCE)]:
            self._add_words(keys for _, keys in some)
            self._add_pairs([(*pair, id_) for id_, keys in some for pair in keys.pairs])
            self._add_places([(at, id_) for id_, keys in some for at in keys.places])

    def change(self, people: Iterable[tuple[int, str, str]]) -> None:
        """(id, before, after): let these people be found by what is said of them now."""
        moved = [(id_, keys_of(old), keys_of(new)) for id_, old, new in people if old != new]
        gone = [(*pair, i) for i, old, new in moved for pair in old.pairs - new.pairs]
        left = [(at, i) for i, old, new in moved for at in old.places - new.places]
        self._drop(_DROP_PAIR, gone)
        self._drop(_DROP_PLACE, left)
        self._add_words(new for _, _, new in moved)
        self._add_pairs([(*pair, i) for i, old, new in moved for pair in new.pairs - old.pairs])
        self._add_places([(at, i) for i, old, new in moved for at in new.places - old.places])
        self._forget({one for family, given, _ in gone for one in (family, given)} - {NOTHING})

    def _add_pairs(self, rows: list[bulk.Row]) -> None:
        bulk.insert(self.db, pair_table, "family given registration_id", _in_order(rows), _ONCE)

    def _add_places(self, rows: list[bulk.Row]) -> None:
        bulk.insert(self.db, _place, "code registration_id", _in_order(rows), _ONCE)

    def _drop(self, statement: str, rows: Sequence[bulk.Row]) -> None:
        if rows:
            if self.db.dialect.name != "sqlite":
                statement = statement.replace("?", "%s")
            self.db.exec_driver_sql(statement, list(rows))

    def _add_words(self, people: Iterable[Keys]) -> None:
        """Words nobody bore yet, with their neighbours; and words that are used in a new way."""
        families: set[str] = set()
        givens: set[str] = set()
        for keys in people:
            families.update(keys.families)
            givens.update(keys.givens)
        used = {code(text): text for text in families | givens}
        also = {code(text) for text in families}, {code(text) for text in givens}
        self._recall(used)
        rows, near = [], []
        for one, text in used.items():
            was = self._known.get(one)
            now = (one in also[0] or bool(was and was[0]), one in also[1] or bool(was and was[1]))
            if was != now:
                rows.append((one, text[:LONGEST], *now))
                self._known[one] = now
            if was is None:
                near += [(mark, one) for mark in neighbours(text[:LONGEST])]
        bulk.insert(self.db, word_table, "code text family given", _in_order(rows), _ALSO)
        bulk.insert(self.db, _near, "near code", _in_order(near), _ONCE)

    def _recall(self, wanted: Iterable[int]) -> None:
        """Look up which of these words are stored."""
        rest = iter(one for one in wanted if one not in self._known)
        columns = word_table.c
        while some := list(islice(rest, _ASKED)):
            query = sa.select(columns.code, columns.family, columns.given)
            for one, family, given in self.db.execute(query.where(columns.code.in_(some))).all():
                self._known[one] = (family, given)

    def _forget(self, codes: Iterable[int]) -> None:
        """Take words out of the dictionary that nobody bears any more: a rare name is a trace."""
        for one in sorted(codes):
            self._known.pop(one, None)
            borne = sa.or_(pair_table.c.family == one, pair_table.c.given == one)
            if self.db.scalar(sa.select(pair_table.c.family).where(borne).limit(1)) is None:
                query = sa.select(word_table.c.text).where(word_table.c.code == one)
                text = self.db.scalar(query) or ""
                self._drop(_DROP_NEAR, [(mark, one) for mark in neighbours(text)])
                self._drop(_DROP_WORD, [(one,)])


def _in_order(rows: Sequence[bulk.Row]) -> list[bulk.Row]:
    """Rows nearly in the order of the index, which is enough to write it page by page: whole rows
    take three times as long to sort."""
    return sorted(rows, key=itemgetter(0))


def rebuild(db: Connection) -> None:
    """Write the whole index anew from what is live: for a change of data/folded.py."""
    for table in ("name_pair", "place_key", "word_near", "word", "folded_names"):
        db.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - our own tables
    index = NameIndex(db)
    last = 0
    while some := _facts_after(db, last):
        last = some[-1][0]
        people = [(id_, folded_from(facts)) for id_, facts in some]
        bulk.insert(db, folded_table, "registration_id folded", people)
        index.add(people)


def folded_from(facts: str) -> str:
    """The stored form of the folded names of a record given as facts."""
    return stored(record_from(facts))


def _facts_after(db: Connection, last: int) -> Sequence[tuple[int, str]]:
    query = (
        sa.select(_version.c.registration_id, _version.c.facts)
        .where(_version.c.seen_until.is_(None), _version.c.registration_id > last)
        .order_by(_version.c.registration_id)
        .limit(_AT_ONCE)
    )
    return [(id_, facts) for id_, facts in db.execute(query)]
