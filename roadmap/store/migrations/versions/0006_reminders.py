"""Reminders on their way to people, and how each person wants them.

Revision 0006 is frozen: `roadmap.store.tables` goes on, this file does not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STATES = "state in ('waiting', 'sent', 'dropped', 'failed')"


def upgrade() -> None:
    """Makes both tables, empty."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column(
            "place", sa.Text(), nullable=False, comment="mail, or what stands for an address of the person's own"
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="report_due, action_overdue …"),
        sa.Column("subject", sa.Text(), nullable=False, comment="code or number of what waits"),
        sa.Column("period", sa.Text(), nullable=False, comment="since when it waits, and the week of waiting"),
        sa.Column("matter", sa.Text(), nullable=False, comment="what the reminder says, JSON"),
        sa.Column("planned", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("digest", sa.Text(), comment="the digest it went into, or is tried with; it stays there"),
        sa.Column("begun", sa.DateTime(timezone=True), comment="when that digest was put together"),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), comment="none: at once"),
        sa.Column("sent", sa.DateTime(timezone=True), comment="when the server had taken it"),
        sa.Column("error", sa.Text(), comment="why the last try failed"),
        sa.PrimaryKeyConstraint("id", name=op.f("outbox_pk")),
        sa.UniqueConstraint("person", "place", "kind", "subject", "period", name="outbox_once_key"),
        sa.CheckConstraint(_STATES, name=op.f("outbox_state_check")),
        sa.CheckConstraint("(state = 'sent') = (sent is not null)", name=op.f("outbox_sent_check")),
        comment="Reminders: each planned once, marked after the server took it; a dropped one is not due any more.",
    )
    op.create_index(op.f("outbox_digest_index"), "outbox", ["digest"])
    waiting = sa.text("state = 'waiting'")
    op.create_index("outbox_waiting_index", "outbox", ["person", "place"], postgresql_where=waiting)
    op.create_table(
        "digest",
        sa.Column("person", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column(
            "places",
            sa.Text(),
            nullable=False,
            comment="addresses of the person's own beside mail, JSON; they hold secrets",
        ),
        sa.PrimaryKeyConstraint("person", name=op.f("digest_pk")),
        sa.CheckConstraint("frequency in ('daily', 'weekly', 'none')", name=op.f("digest_frequency_check")),
        sa.CheckConstraint("language in ('fa', 'en')", name=op.f("digest_language_check")),
        comment="How a person wants to be reminded; without a row: daily, by mail.",
    )
