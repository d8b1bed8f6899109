"""Brings a database to today's schema with the numbered steps in migrations/."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

import data.review_tables  # noqa: F401 - with those it imports: every table is known
import data.watch_tables  # noqa: F401
from data.bulk import make_room, uncollected

FOLDER = Path(__file__).parent / "migrations"
HEAD = "0011"
_LOCK = 7_201_931  # any number, the same for every process that migrates this schema


def upgrade(engine: Engine) -> None:
    """Apply the steps the database lacks; one process at a time does it, the others wait."""
    if revision(engine) == HEAD:
        return
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        else:  # a step that copies a table drops the old one, which others refer to
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        make_room(connection)
        with uncollected():
            _apply(connection)
        connection.commit()
    engine.dispose()  # connections opened anew have every pragma again


def revision(engine: Engine) -> str | None:
    """The step the database stands at; None when it is new."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return str(found) if found else None


def _apply(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
