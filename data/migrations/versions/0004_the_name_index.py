"""Names are found through a dictionary and pairs of words; the plain name tables go"""

import sqlalchemy as sa
from alembic import op

from data.nameindex import folded_from, rebuild

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "folded_names",
        sa.Column("registration_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_folded_names_registration_id")
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_folded_names")),
    )
    op.create_table(
        "word",
        sa.Column("code", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.String(length=60), nullable=False),
        sa.Column("family", sa.Boolean(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_word")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "word_near",
        sa.Column("near", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("near", "code", name=op.f("pk_word_near")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "name_pair",
        sa.Column("family", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("family", "given", "registration_id", name=op.f("pk_name_pair")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_name_pair_given", "name_pair", ["given", "family"])
    op.create_table(
        "place_key",
        sa.Column("code", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", "registration_id", name=op.f("pk_place_key")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("staged") as staged:
        staged.add_column(sa.Column("folded", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("staged") as staged:
        staged.alter_column("folded", server_default=None)
    op.drop_table("staged_name")
    op.drop_table("registration_name")
    _fill()


def _fill() -> None:
    """Index what is live, and fold what held runs have staged: one may yet be approved."""
    db = op.get_bind()
    rebuild(db)
    waiting = "SELECT run_id, key, facts FROM staged WHERE facts IS NOT NULL"
    fold = sa.text("UPDATE staged SET folded = :folded WHERE run_id = :run AND key = :key")
    for run, key, facts in db.execute(sa.text(waiting)).all():
        db.execute(fold, {"folded": folded_from(facts), "run": run, "key": key})
