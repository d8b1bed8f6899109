"""Keeps the name index in step with the people: called by promotion, inside its transaction."""

from collections.abc import Iterable, Sequence
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from data.folded import (
    NOTHING,
    Folded,
    code,
    folded,
    neighbours,
    pairs,
    place_codes,
    read,
    vocabulary,
    write,
)
from data.records import record_from
from data.tables import FoldedNames, NamePair, Version, Word

folded_table: sa.Table = FoldedNames.__table__  # type: ignore[attr-defined]
pair_table: sa.Table = NamePair.__table__  # type: ignore[attr-defined]
word_table: sa.Table = Word.__table__  # type: ignore[attr-defined]
_version: sa.Table = Version.__table__  # type: ignore[attr-defined]

_AT_ONCE = 20_000  # people whose keys are sorted together, to be written in the order of the index
_ASKED = 500  # codes asked for in one query
_LOCK = 7_201_932  # one publication at a time writes the dictionary (PostgreSQL)

_ADD_WORD = (
    "INSERT INTO word (code, text, family, given) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (code) DO UPDATE SET family = word.family OR excluded.family, "
    "given = word.given OR excluded.given"
)
_ADD_NEAR = "INSERT INTO word_near (near, code) VALUES (?, ?) ON CONFLICT DO NOTHING"
_ADD_PAIR = (
    "INSERT INTO name_pair (family, given, registration_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
)
_ADD_PLACE = "INSERT INTO place_key (code, registration_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
_DROP_PAIR = "DELETE FROM name_pair WHERE family = ? AND given = ? AND registration_id = ?"
_DROP_PLACE = "DELETE FROM place_key WHERE code = ? AND registration_id = ?"
_DROP_WORD = "DELETE FROM word WHERE code = ?"
_DROP_NEAR = "DELETE FROM word_near WHERE near = ? AND code = ?"

Keyed = tuple[int, Folded]


class NameIndex:
    """The tables `word`, `word_near`, `name_pair` and `place_key`, in the caller's transaction."""

    def __init__(self, db: Connection) -> None:
        """Wait for our turn to write the dictionary."""
        self.db = db
        self.written = 0
        self._known: dict[int, tuple[bool, bool]] = {}  # words we have seen stored, with their use
        if db.dialect.name == "postgresql":
            db.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})

    def add(self, people: Iterable[Keyed]) -> None:
        """Let these people, who were not in the index, be found."""
        rest = iter(people)
        while some := list(islice(rest, _AT_ONCE)):
            self._add_words(said for _, said in some)
            self._do(_ADD_PAIR, sorted((*pair, id_) for id_, said in some for pair in pairs(said)))
            self._do(_ADD_PLACE, sorted((at, id_) for id_, s in some for at in place_codes(s)))

    def change(self, people: Iterable[tuple[int, Folded, Folded]]) -> None:
        """(id, before, after): let these people be found by what is said of them now."""
        moved = [one for one in people if one[1] != one[2]]
        gone = [(*pair, i) for i, old, new in moved for pair in pairs(old) - pairs(new)]
        come = [(*pair, i) for i, old, new in moved for pair in pairs(new) - pairs(old)]
        left = [(at, i) for i, old, new in moved for at in place_codes(old) - place_codes(new)]
        here = [(at, i) for i, old, new in moved for at in place_codes(new) - place_codes(old)]
        self._do(_DROP_PAIR, gone)
        self._do(_DROP_PLACE, left)
        self._add_words(new for _, _, new in moved)
        self._do(_ADD_PAIR, sorted(come))
        self._do(_ADD_PLACE, sorted(here))
        self._forget({one for family, given, _ in gone for one in (family, given)} - {NOTHING})

    def _do(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            if self.db.dialect.name != "sqlite":
                statement = statement.replace("?", "%s")
            self.db.exec_driver_sql(statement, list(rows))
            self.written += len(rows)

    def _add_words(self, people: Iterable[Folded]) -> None:
        """Words nobody bore yet, with their neighbours; and words that are used in a new way."""
        used: dict[int, tuple[str, bool, bool]] = {}
        for said in people:
            for text, (family, given) in vocabulary(said).items():
                _, also, too = used.get(code(text), ("", False, False))
                used[code(text)] = (text, family or also, given or too)
        self._recall(used)
        fresh = [(one, *said) for one, said in used.items() if one not in self._known]
        more = [
            (one, text, family, given)
            for one, (text, family, given) in used.items()
            if (was := self._known.get(one)) and (family > was[0] or given > was[1])
        ]
        self._do(_ADD_WORD, sorted(fresh + more))
        near = sorted((mark, one) for one, text, _, _ in fresh for mark in neighbours(text))
        self._do(_ADD_NEAR, near)
        for one, (_, family, given) in used.items():
            was = self._known.get(one, (False, False))
            self._known[one] = (family or was[0], given or was[1])

    def _recall(self, wanted: Iterable[int]) -> None:
        """Look up which of these words are stored."""
        rest = iter(one for one in wanted if one not in self._known)
        columns = word_table.c
        while some := list(islice(rest, _ASKED)):
            query = sa.select(columns.code, columns.family, columns.given)
            for one, family, given in self.db.execute(query.where(columns.code.in_(some))):
                self._known[one] = (family, given)

    def _forget(self, codes: Iterable[int]) -> None:
        """Take words out of the dictionary that nobody bears any more: a rare name is a trace."""
        for one in sorted(codes):
            self._known.pop(one, None)
            borne = sa.or_(pair_table.c.family == one, pair_table.c.given == one)
            if self.db.scalar(sa.select(pair_table.c.family).where(borne).limit(1)) is None:
                query = sa.select(word_table.c.text).where(word_table.c.code == one)
                text = self.db.scalar(query) or ""
                self._do(_DROP_NEAR, [(mark, one) for mark in neighbours(text)])
                self._do(_DROP_WORD, [(one,)])


def rebuild(db: Connection) -> None:
    """Write the whole index anew from what is live: for a change of data/folded.py."""
    for table in ("name_pair", "place_key", "word_near", "word", "folded_names"):
        db.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - our own tables
    index = NameIndex(db)
    last = 0
    while some := _facts_after(db, last):
        last = some[-1][0]
        people = [(id_, folded_from(facts)) for id_, facts in some]
        rows = [{"registration_id": id_, "folded": said} for id_, said in people]
        db.execute(folded_table.insert(), rows)
        index.add((id_, read(said)) for id_, said in people)


def folded_from(facts: str) -> str:
    """The stored form of the folded names of a record given as facts."""
    return write(folded(record_from(facts)))


def _facts_after(db: Connection, last: int) -> Sequence[tuple[int, str]]:
    query = (
        sa.select(_version.c.registration_id, _version.c.facts)
        .where(_version.c.seen_until.is_(None), _version.c.registration_id > last)
        .order_by(_version.c.registration_id)
        .limit(_AT_ONCE)
    )
    return [(id_, facts) for id_, facts in db.execute(query)]
