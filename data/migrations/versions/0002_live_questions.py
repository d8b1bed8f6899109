"""What live questions remember for minutes"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "live_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("register_id", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("wanted", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("rules", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("asked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("answered_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=False),
        sa.Column("facts", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("made", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("evidence_id", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_reading")),
        sa.UniqueConstraint(
            "site",
            "register_id",
            "wanted",
            name=op.f("uq_live_reading_site_register_id_wanted"),
        ),
    )
    op.create_table(
        "live_site",
        sa.Column("site", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("asked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("quiet_seconds", sa.Integer(), nullable=False),
        sa.Column("why", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("robots", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("robots_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_live_site")),
    )
    op.create_table(
        "live_client",
        sa.Column("client", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("left", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("client", name=op.f("pk_live_client")),
    )


def downgrade() -> None:
    op.drop_table("live_client")
    op.drop_table("live_site")
    op.drop_table("live_reading")
