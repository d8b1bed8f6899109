"""Lets Alembic run inside our own connection and transaction."""

from alembic import context
from sqlmodel import SQLModel

import data.tables  # noqa: F401 - fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
context.run_migrations()
