"""Proposals that a lead has begun to put together; and what a person's last sign-in said of their roles.

Revision 0008 is frozen: `roadmap.store.tables` goes on, this file does not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table of drafts, empty; nobody's last sign-in is known to have said anything."""
    op.create_table(
        "proposal_draft",
        sa.Column("actor", sa.Text(), nullable=False, comment="who writes it, as the log calls them"),
        sa.Column("commission", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="what was put together, JSON"),
        sa.Column("saved", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor", "commission", name=op.f("proposal_draft_pk")),
        comment="Proposals that are being put together; no part of the log.",
    )
    claimed = sa.Column(
        "claimed",
        sa.Text(),
        server_default="[]",
        nullable=False,
        comment="values of the role claim that gave roles at the last sign-in, JSON",
    )
    op.add_column("person", claimed)
