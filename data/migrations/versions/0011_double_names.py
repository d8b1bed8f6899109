"""Double family names leave the dictionary of the name index: their halves stand in it"""

from alembic import op

from data.nameindex import rebuild

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    rebuild(op.get_bind())


def downgrade() -> None:
    """Nothing: an older version finds what it needs."""
