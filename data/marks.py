"""Remembers by what a server recognises an answer it gave (ETag, Last-Modified)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from data.store import Store
from data.tables import Validator

validator: sa.Table = Validator.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Mark:
    """One answer's marks; empty where the server gave none."""

    question: str
    evidence_id: str
    etag: str
    modified: str


def marks(store: Store, register_id: str) -> dict[str, Mark]:
    """Everything remembered of a register, by question."""
    columns = validator.c
    query = sa.select(columns.question, columns.evidence_id, columns.etag, columns.modified)
    with store.read() as db:
        rows = db.execute(query.where(columns.register_id == register_id)).all()
    return {row.question: Mark(*row) for row in rows}


def save_marks(db: Connection, register_id: str, found: Sequence[Mark]) -> None:
    """Remember these instead of what was remembered of the same questions."""
    if not found:
        return
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    last = {mark.question: {**asdict(mark), "register_id": register_id} for mark in found}
    statement = insert(validator)
    names = ("register_id", "evidence_id", "etag", "modified")
    values = {name: statement.excluded[name] for name in names}
    statement = statement.on_conflict_do_update(index_elements=["question"], set_=values)
    db.execute(statement, list(last.values()))
