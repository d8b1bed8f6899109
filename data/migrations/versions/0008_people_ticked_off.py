"""Whom a night finds unchanged is ticked off by number; what is staged knows whom it is about"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_WHO = (
    "SELECT registration.id FROM registration JOIN run ON run.register_id = "
    "registration.register_id WHERE run.id = staged.run_id AND registration.key = staged.key"
)
_NEVER_EMPTY = ("content_hash", "status", "facts")


def upgrade() -> None:
    op.create_table(
        "ticked",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_ticked_run_id")),
        sa.PrimaryKeyConstraint("run_id", "registration_id", name=op.f("pk_ticked")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("staged") as staged:
        staged.add_column(sa.Column("registration_id", sa.Integer(), nullable=True))
    op.execute(f"UPDATE staged SET registration_id = ({_WHO})")  # noqa: S608 - our own text
    op.execute(
        "INSERT INTO ticked SELECT run_id, registration_id FROM staged "
        "WHERE facts IS NULL AND registration_id IS NOT NULL"
    )
    op.execute("DELETE FROM staged WHERE facts IS NULL")
    with op.batch_alter_table("staged") as staged:
        for name in _NEVER_EMPTY:
            staged.alter_column(name, nullable=False)
