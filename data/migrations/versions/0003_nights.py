"""Several tries at a slot, one run a host, the outbox, and the heartbeat of a schedule"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"

_READS_A_HOST = "state = 'running' AND source NOT IN ('', 'inbox', 'loopback')"
_SHORT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    with op.batch_alter_table("run") as batch_op:
        batch_op.add_column(sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"))
        batch_op.drop_constraint("uq_run_register_id_slot", type_="unique")
        batch_op.create_unique_constraint(
            "uq_run_register_id_slot_attempt", ["register_id", "slot", "attempt"]
        )
    with op.batch_alter_table("run") as batch_op:
        batch_op.alter_column("attempt", server_default=None)
    op.create_index(
        "ix_run_one_a_host",
        "run",
        ["source"],
        unique=True,
        sqlite_where=sa.text(_READS_A_HOST),
        postgresql_where=sa.text(_READS_A_HOST),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", _SHORT(length=40), nullable=False),
        sa.Column("topic", _SHORT(length=160), nullable=False),
        sa.Column("kind", _SHORT(length=40), nullable=False),
        sa.Column("audience", _SHORT(length=60), nullable=False),
        sa.Column("facts", _SHORT(), nullable=False),
        sa.Column("created_at", _MOMENT(), nullable=False),
        sa.Column("addressed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("ref", name="uq_message_ref"),
        sa.UniqueConstraint("topic", name="uq_message_topic"),
    )
    op.create_index("ix_message_addressed", "message", ["addressed"])
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("channel", _SHORT(length=10), nullable=False),
        sa.Column("target", _SHORT(length=60), nullable=False),
        sa.Column("state", _SHORT(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", _MOMENT(), nullable=False),
        sa.Column("settled_at", _MOMENT(), nullable=True),
        sa.Column("trouble", _SHORT(length=200), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_delivery_message_id"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint(
            "message_id", "channel", "target", name="uq_delivery_message_id_channel_target"
        ),
    )
    op.create_index("ix_delivery_state_next_at", "delivery", ["state", "next_at"])
    op.create_table(
        "heartbeat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", _SHORT(length=300), nullable=False),
        sa.Column("at", _MOMENT(), nullable=False),
        sa.Column("expected_by", _MOMENT(), nullable=False),
        sa.Column("pinged_at", _MOMENT(), nullable=True),
        sa.Column("pinged_well", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_heartbeat"),
    )


def downgrade() -> None:
    op.drop_table("heartbeat")
    op.drop_table("delivery")
    op.drop_table("message")
    op.drop_index("ix_run_one_a_host", "run")
    with op.batch_alter_table("run") as batch_op:
        batch_op.drop_constraint("uq_run_register_id_slot_attempt", type_="unique")
        batch_op.create_unique_constraint("uq_run_register_id_slot", ["register_id", "slot"])
        batch_op.drop_column("attempt")
