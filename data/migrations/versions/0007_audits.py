"""Audits of rosters: rows, verdicts, findings and decisions, none of which is ever changed"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0007"
down_revision = "0006"

_SHORT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sqlmodel.sql.sqltypes.UTCDateTime
_FIXED = ("audit_row", "audit_result", "audit_finding", "audit_decision")
_KEPT = ("audit_row", "audit_result", "audit_decision")  # findings are found again


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=True),
        sa.Column("who", _SHORT(length=200), nullable=False),
        sa.Column("created_at", _MOMENT(), nullable=False),
        sa.Column("finished_at", _MOMENT(), nullable=True),
        sa.Column("state", _SHORT(length=10), nullable=False),
        sa.Column("source", _SHORT(length=200), nullable=False),
        sa.Column("source_digest", _SHORT(length=64), nullable=False),
        sa.Column("sheet", _SHORT(length=200), nullable=False),
        sa.Column("headings", _SHORT(), nullable=False),
        sa.Column("columns", _SHORT(), nullable=False),
        sa.Column("notes", _SHORT(), nullable=False),
        sa.Column("profession", _SHORT(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rules_version", _SHORT(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name="fk_audit_workspace_id_workspace"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_workspace_id", "audit", ["workspace_id"])
    op.create_table(
        "audit_row",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("cells", _SHORT(), nullable=False),
        sa.Column("asked", _SHORT(), nullable=False),
        sa.Column("marks", _SHORT(), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name="fk_audit_row_audit_id"),
        sa.PrimaryKeyConstraint("audit_id", "row", name="pk_audit_row"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_result",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("judged_at", _MOMENT(), nullable=False),
        sa.Column("verdict", _SHORT(length=30), nullable=False),
        sa.Column("assurance", _SHORT(length=30), nullable=False),
        sa.Column("reasons", _SHORT(), nullable=False),
        sa.Column("refused", _SHORT(length=400), nullable=False),
        sa.Column("suggestion", _SHORT(length=1000), nullable=False),
        sa.Column("register_id", _SHORT(length=60), nullable=False),
        sa.Column("key", _SHORT(length=80), nullable=False),
        sa.Column("number", _SHORT(length=80), nullable=False),
        sa.Column("listed_as", _SHORT(length=400), nullable=False),
        sa.Column("status", _SHORT(length=32), nullable=False),
        sa.Column("register_word", _SHORT(length=400), nullable=False),
        sa.Column("alerts", _SHORT(), nullable=False),
        sa.Column("last_checked", _MOMENT(), nullable=True),
        sa.Column("valid_until", _MOMENT(), nullable=True),
        sa.Column("evidence_id", _SHORT(length=64), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name="fk_audit_result_audit_id"),
        sa.PrimaryKeyConstraint("audit_id", "row", name="pk_audit_result"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_finding",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("code", _SHORT(length=40), nullable=False),
        sa.Column("text", _SHORT(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name="fk_audit_finding_audit_id"),
        sa.PrimaryKeyConstraint("audit_id", "row", "place", name="pk_audit_finding"),
    )
    op.create_table(
        "audit_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("decision", _SHORT(length=20), nullable=False),
        sa.Column("who", _SHORT(length=200), nullable=False),
        sa.Column("why", _SHORT(length=2000), nullable=False),
        sa.Column("at", _MOMENT(), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name="fk_audit_decision_audit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_decision"),
    )
    op.create_index("ix_audit_decision_audit_id", "audit_decision", ["audit_id", "row"])
    for table in _FIXED:
        _never(table, "fixed", "UPDATE", "TRUE")
    for table in _KEPT:
        owner = "(SELECT state FROM audit WHERE id = OLD.audit_id) <> 'deleting'"
        _never(table, "kept", "DELETE", owner)


def _never(table: str, name: str, change: str, when: str) -> None:
    """Refuse a change of a row. Whole audits may be deleted: people have a right to that."""
    words = "what an audit found is never changed"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {change} ON {table} WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {when} THEN RAISE EXCEPTION '{words}'; END IF; RETURN OLD; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE {change} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_{name}()"
    )


def downgrade() -> None:
    for table in (*_FIXED[::-1], "audit"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in _FIXED:
            op.execute(f"DROP FUNCTION {table}_fixed()")
        for table in _KEPT:
            op.execute(f"DROP FUNCTION {table}_kept()")
