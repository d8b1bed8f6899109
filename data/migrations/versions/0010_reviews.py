"""Rosters wait until their columns are confirmed; audits take turns, and are signed off"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0010"
down_revision = "0009"

_SHORT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sqlmodel.sql.sqltypes.UTCDateTime
_WORDS = "what an audit found is never changed"


def upgrade() -> None:
    op.create_table(
        "audit_upload",
        sa.Column("ref", _SHORT(length=40), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("who", _SHORT(length=200), nullable=False),
        sa.Column("created_at", _MOMENT(), nullable=False),
        sa.Column("name", _SHORT(length=200), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name="fk_audit_upload_workspace_id_workspace"
        ),
        sa.PrimaryKeyConstraint("ref", name="pk_audit_upload"),
    )
    op.create_index("ix_audit_upload_workspace_id", "audit_upload", ["workspace_id"])
    op.create_table(
        "audit_turn",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("owner", _SHORT(length=40), nullable=False),
        sa.Column("beat_at", _MOMENT(), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name="fk_audit_turn_audit_id_audit"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name="fk_audit_turn_workspace_id_workspace"
        ),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_audit_turn"),
    )
    op.create_table(
        "audit_sign_off",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("action", _SHORT(length=10), nullable=False),
        sa.Column("who", _SHORT(length=200), nullable=False),
        sa.Column("why", _SHORT(length=2000), nullable=False),
        sa.Column("left_open", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audit.id"], name="fk_audit_sign_off_audit_id_audit"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit_sign_off"),
    )
    op.create_index("ix_audit_sign_off_audit_id", "audit_sign_off", ["audit_id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER audit_sign_off_fixed BEFORE UPDATE ON audit_sign_off "
            f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
        )
    else:
        op.execute(
            "CREATE FUNCTION audit_sign_off_fixed() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_WORDS}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_sign_off_fixed BEFORE UPDATE ON audit_sign_off "
            "FOR EACH ROW EXECUTE FUNCTION audit_sign_off_fixed()"
        )


def downgrade() -> None:
    for table in ("audit_sign_off", "audit_turn", "audit_upload"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_sign_off_fixed()")
