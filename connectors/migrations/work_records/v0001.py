"""The first table of the work records."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "work_order",
        sa.Column("reference", sa.String, primary_key=True),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("asset", sa.String, nullable=False, index=True),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("finding", sa.Text, nullable=False),
        sa.Column("found_fault", sa.Boolean),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("closed", sa.BigInteger),
    )
