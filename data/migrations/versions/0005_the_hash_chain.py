"""Versions and runs are chained; evidence may be redacted; a server's own marks of its pages"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from data.chain import adopt

revision = "0005"
down_revision = "0004"

_SHORT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":  # where numbers would be given again
        for table in ("registration", "version"):
            with op.batch_alter_table(
                table, recreate="always", table_kwargs={"sqlite_autoincrement": True}
            ):
                pass
    with op.batch_alter_table("evidence") as evidence:
        evidence.add_column(
            sa.Column("redacted", _SHORT(length=64), nullable=False, server_default="")
        )
    with op.batch_alter_table("evidence") as evidence:
        evidence.alter_column("redacted", server_default=None)
    op.create_table(
        "chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", _SHORT(length=40), nullable=False),
        sa.Column("subject", _SHORT(length=400), nullable=False),
        sa.Column("content", _SHORT(length=64), nullable=False),
        sa.Column("hash", _SHORT(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chain"),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", _SHORT(length=60), nullable=False),
        sa.Column("at", _MOMENT(), nullable=False),
        sa.Column("who", _SHORT(length=200), nullable=False),
        sa.Column("why", _SHORT(length=2000), nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
    )
    op.create_table(
        "seal",
        sa.Column("version_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=True),
        sa.Column("erasure_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasure.id"], name="fk_seal_erasure_id"),
        sa.PrimaryKeyConstraint("version_id", name="pk_seal"),
    )
    op.create_table(
        "validator",
        sa.Column("question", _SHORT(length=64), nullable=False),
        sa.Column("register_id", _SHORT(length=60), nullable=False),
        sa.Column("evidence_id", _SHORT(length=64), nullable=False),
        sa.Column("etag", _SHORT(length=200), nullable=False),
        sa.Column("modified", _SHORT(length=60), nullable=False),
        sa.PrimaryKeyConstraint("question", name="pk_validator"),
    )
    adopt(op.get_bind())
