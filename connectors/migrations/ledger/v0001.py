"""The first tables of the ledger: state and audit chain."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# sorted by code point everywhere: PostgreSQL would follow its language
_TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "state",
        sa.Column("key", _TEXT, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
        sa.Column("kind", _TEXT, nullable=False, index=True),
        sa.Column("actor", _TEXT, nullable=False, index=True),
        sa.Column("subject", _TEXT, nullable=False, index=True),
        sa.Column("stored", sa.LargeBinary, nullable=False),
    )
