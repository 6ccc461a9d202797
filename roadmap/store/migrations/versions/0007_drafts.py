"""Reports that somebody has begun to write: kept until they are sent or thrown away.

Revision 0007 is frozen: `roadmap.store.tables` goes on, this file does not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table of drafts, empty."""
    op.create_table(
        "draft",
        sa.Column("actor", sa.Text(), nullable=False, comment="who writes it, as the log calls them"),
        sa.Column("milestone", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("commission", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False, comment="what was typed, by the contract's names, JSON"),
        sa.Column("base_version", sa.Integer(), nullable=False, comment="the stream's version it was begun on"),
        sa.Column("seen", sa.BigInteger(), nullable=False, comment="the submission it was begun on; 0: none"),
        sa.Column("saved", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor", "milestone", "unit", name=op.f("draft_pk")),
        comment="Reports that are being written; no part of the log.",
    )
