"""Workspaces: their people, keys, sign-ins, access log, and answers kept for repeated requests"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"

_SHORT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sqlmodel.sql.sqltypes.UTCDateTime
_APPEND_ONLY = "What is in the access log is never altered."


def _text(name, length=None):
    return sa.Column(name, _SHORT(length=length), nullable=False)


def _moment(name, nullable=False):
    return sa.Column(name, _MOMENT(), nullable=nullable)


def _id():
    return sa.Column("id", sa.Integer(), nullable=False)


def _of(table, kind):
    """The column that says whose a row of `table` is, and its constraint."""
    name = f"{kind}_id"
    return (
        sa.Column(name, sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint([name], [f"{kind}.id"], name=f"fk_{table}_{name}"),
    )


def _one(table, *columns):
    name = f"uq_{table}_{'_'.join(columns)}"
    return sa.UniqueConstraint(*columns, name=name)


def upgrade() -> None:
    op.create_table(
        "workspace",
        _id(),
        _text("name", 40),
        _text("title", 200),
        _moment("created_at"),
        sa.Column("record_days", sa.Integer(), nullable=False),
        sa.Column("log_days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspace"),
        _one("workspace", "name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "member",
        _id(),
        *_of("member", "workspace"),
        _text("ref", 40),
        _text("email", 254),
        sa.Column(
            "role",
            sa.Enum("owner", "reviewer", "reader", name="role", native_enum=False, length=16),
            nullable=False,
        ),
        _text("password", 200),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_member"),
        _one("member", "ref"),
        _one("member", "workspace_id", "email"),
    )
    op.create_table(
        "sign_in",
        _id(),
        *_of("sign_in", "workspace"),
        *_of("sign_in", "member"),
        _text("digest", 64),
        _moment("started_at"),
        _moment("seen_at"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in"),
        _one("sign_in", "digest"),
    )
    op.create_table(
        "one_time_link",
        _text("digest", 64),
        *_of("one_time_link", "workspace"),
        *_of("one_time_link", "member"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("digest", name="pk_one_time_link"),
    )
    op.create_table(
        "api_key",
        _id(),
        *_of("api_key", "workspace"),
        _text("ref", 40),
        _text("label", 100),
        _text("digest", 64),
        _text("hint", 20),
        _text("scopes", 200),
        _moment("created_at"),
        _text("created_by", 60),
        _moment("expires_at"),
        _moment("revoked_at", nullable=True),
        _moment("last_used_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        _one("api_key", "digest"),
        _one("api_key", "ref"),
    )
    op.create_table(
        "access_log",
        _id(),
        *_of("access_log", "workspace"),
        _moment("at"),
        _text("who", 60),
        _text("action", 100),
        _text("subject", 100),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_log"),
    )
    op.create_table(
        "replay",
        _id(),
        *_of("replay", "workspace"),
        _text("digest", 64),
        _text("request", 64),
        _moment("at"),
        sa.Column("status", sa.Integer(), nullable=True),
        _text("headers"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_replay"),
        _one("replay", "workspace_id", "digest"),
    )
    op.create_table(
        "attempts",
        _text("subject", 64),
        _moment("since"),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_attempts"),
    )
    for table, column in (
        ("sign_in", "workspace_id"),
        ("sign_in", "member_id"),
        ("one_time_link", "workspace_id"),
        ("one_time_link", "member_id"),
        ("api_key", "workspace_id"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_access_log_workspace_id", "access_log", ["workspace_id", "id"])
    _never_altered()


def _never_altered() -> None:
    """The database itself refuses to alter a line of the access log."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER access_log_append_only BEFORE UPDATE ON access_log "
            f"BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION access_log_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_APPEND_ONLY}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER access_log_append_only BEFORE UPDATE ON access_log "
        "FOR EACH ROW EXECUTE FUNCTION access_log_append_only()"
    )
