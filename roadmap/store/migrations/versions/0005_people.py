"""People and their sessions: what the log, which forgets nothing, must not hold.

Revision 0005 is frozen: `roadmap.store.tables` goes on, this file does not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes both tables, empty: nobody may do anything until the operator gives somebody a role."""
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("issuer", sa.Text(), comment="the provider that signs this person in"),
        sa.Column("subject", sa.Text(), comment="what the provider calls this person; none before the first sign-in"),
        sa.Column("name", sa.Text(), comment="none once it is erased"),
        sa.Column("email", sa.Text()),
        sa.Column("language", sa.Text(), server_default="fa", nullable=False, comment="the one last read in"),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("person_pk")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("person_issuer_key")),
        sa.CheckConstraint("language in ('fa', 'en')", name=op.f("person_language_check")),
        comment="Whoever signs in. The log knows a person by number alone, so that a name can be erased.",
    )
    op.create_table(
        "session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False, comment="SHA-256 of what tells one sign-in from another"),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True)),
        sa.Column("why", sa.Text(), comment="signed_out, idle, absolute, operator or deactivated"),
        sa.Column("ended_by", sa.Text(), comment="the actor who ended it, if somebody did"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("session_person_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("session_pk")),
        sa.UniqueConstraint("key", name=op.f("session_key_key")),
        sa.CheckConstraint("(ended is null) = (why is null)", name=op.f("session_ended_check")),
        comment="Every sign-in, open until it is ended or has lasted long enough.",
    )
    op.create_index(op.f("session_person_index"), "session", ["person"])
