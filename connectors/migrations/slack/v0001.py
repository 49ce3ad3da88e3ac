"""The first tables of Slack: what was taken, buttons, cards and threads."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "taken",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("done", sa.BigInteger),
    )
    op.create_table(
        "button",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("proposal", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("verb", sa.String, nullable=False),
        sa.UniqueConstraint("proposal", "digest", "verb"),
    )
    op.create_table(
        "posted",
        sa.Column("topic", sa.String, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("ts", sa.String, nullable=False),
        sa.Column("shown", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
