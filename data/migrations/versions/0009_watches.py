"""Watch lists: people, alerts, what was done about them, receivers, feeds"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"

_SHORT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.create_table(
        "watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=True),
        sa.Column("ref", _SHORT(length=40), nullable=False),
        sa.Column("name", _SHORT(length=80), nullable=False),
        sa.Column("profession", _SHORT(length=60), nullable=False),
        sa.Column("source", _SHORT(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT(), nullable=False),
        sa.Column("created_by", _SHORT(length=200), nullable=False),
        sa.Column("updated_at", _MOMENT(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name="fk_watch_workspace_id_workspace"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_watch"),
        sa.UniqueConstraint("ref", name="uq_watch_ref"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_watch_workspace_id", "watch", ["workspace_id"])
    op.create_table(
        "watch_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("person_key", _SHORT(length=64), nullable=False),
        sa.Column("name", _SHORT(length=400), nullable=False),
        sa.Column("asked", _SHORT(), nullable=False),
        sa.Column("marks", _SHORT(), nullable=False),
        sa.Column("added_at", _MOMENT(), nullable=False),
        sa.Column("judged_at", _MOMENT(), nullable=False),
        sa.Column("verdict", _SHORT(length=30), nullable=False),
        sa.Column("reasons", _SHORT(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("register_id", _SHORT(length=60), nullable=False),
        sa.Column("register_key", _SHORT(length=80), nullable=False),
        sa.Column("assurance", _SHORT(length=30), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name="fk_watch_person_watch_id_watch"),
        sa.PrimaryKeyConstraint("id", name="pk_watch_person"),
        sa.UniqueConstraint("watch_id", "person_key", name="uq_watch_person_watch_id_person_key"),
        sqlite_autoincrement=True,
    )
    for column in ("registration_id", "register_id"):
        op.create_index(f"ix_watch_person_{column}", "watch_person", [column])
    _alerts()
    _told()


def _alerts() -> None:
    op.create_table(
        "watch_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=True),
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("dedupe", _SHORT(length=120), nullable=False),
        sa.Column("batch", _SHORT(length=60), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("person", _SHORT(length=400), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("register_id", _SHORT(length=60), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("kind", _SHORT(length=20), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("before", _SHORT(), nullable=False),
        sa.Column("after", _SHORT(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("raised_at", _MOMENT(), nullable=False),
        sa.Column("state", _SHORT(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name="fk_watch_alert_workspace_id_workspace"
        ),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name="fk_watch_alert_watch_id_watch"),
        sa.PrimaryKeyConstraint("id", name="pk_watch_alert"),
        sa.UniqueConstraint("dedupe", name="uq_watch_alert_dedupe"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_watch_alert_watch_id", "watch_alert", ["watch_id", "id"])
    for column in ("workspace_id", "batch", "person_id", "registration_id"):
        op.create_index(f"ix_watch_alert_{column}", "watch_alert", [column])
    op.create_table(
        "watch_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("state", _SHORT(length=16), nullable=False),
        sa.Column("who", _SHORT(length=200), nullable=False),
        sa.Column("why", _SHORT(length=2000), nullable=False),
        sa.Column("at", _MOMENT(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["watch_alert.id"], name="fk_watch_action_alert_id_watch_alert"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_watch_action"),
    )
    op.create_index("ix_watch_action_alert_id", "watch_action", ["alert_id"])


def _told() -> None:
    op.create_table(
        "watch_receiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("ref", _SHORT(length=40), nullable=False),
        sa.Column("channel", _SHORT(length=10), nullable=False),
        sa.Column("address", _SHORT(length=2000), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT(), nullable=False),
        sa.Column("created_by", _SHORT(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watch.id"], name="fk_watch_receiver_watch_id_watch"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_watch_receiver"),
        sa.UniqueConstraint("ref", name="uq_watch_receiver_ref"),
    )
    op.create_table(
        "watch_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("ref", _SHORT(length=40), nullable=False),
        sa.Column("digest", _SHORT(length=64), nullable=False),
        sa.Column("created_at", _MOMENT(), nullable=False),
        sa.Column("created_by", _SHORT(length=200), nullable=False),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name="fk_watch_feed_watch_id_watch"),
        sa.PrimaryKeyConstraint("id", name="pk_watch_feed"),
        sa.UniqueConstraint("ref", name="uq_watch_feed_ref"),
        sa.UniqueConstraint("digest", name="uq_watch_feed_digest"),
    )
    for table in ("watch_receiver", "watch_feed"):
        op.create_index(f"ix_{table}_watch_id", table, ["watch_id"])
    op.create_table(
        "watch_todo",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("register_id", _SHORT(length=60), nullable=False),
        sa.Column("at", _MOMENT(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_watch_todo"),
    )


def downgrade() -> None:
    for table in (
        *("watch_todo", "watch_feed", "watch_receiver", "watch_action", "watch_alert"),
        *("watch_person", "watch"),
    ):
        op.drop_table(table)
