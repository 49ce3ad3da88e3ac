"""The first tables of the catalogue: documents and their passages."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "document",
        sa.Column("key", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("slug", sa.String, nullable=False, index=True),
        sa.Column("number", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("file", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("classes", sa.Text, nullable=False),
        sa.Column("sites", sa.Text, nullable=False),
        sa.Column("passages", sa.Integer, nullable=False),
        sa.Column("status", sa.String, nullable=False, index=True),
        sa.Column("filed", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.Column("ended_by", sa.String, nullable=False),
    )
    op.create_table(
        "passage",
        sa.Column("document", sa.Integer, sa.ForeignKey("document.key"), primary_key=True),
        sa.Column("id", sa.String, primary_key=True, index=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
