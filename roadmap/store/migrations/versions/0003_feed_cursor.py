"""How far each commission's feed was asked.

Revision 0003 is frozen: `roadmap.store.tables` goes on, this file does not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table of cursors, empty: every feed is asked from the start."""
    op.create_table(
        "feed_cursor",
        sa.Column("commission", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False, comment="what the feed was asked up to, JSON"),
        sa.Column("batch", sa.Integer(), nullable=False, comment="the receipt that it was written with"),
        sa.PrimaryKeyConstraint("commission", name=op.f("feed_cursor_pk")),
        comment="How far each commission's feed was asked; without it a feed is asked from the start.",
    )
