"""The log, its rejects and its projections; the log's tables refuse every change.

Revision 0001 is frozen: `roadmap.store.tables` goes on, this file does not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = ("event", "batch", "reject", "subject")
_GENESIS = "sha256('roadmap log'::bytea)"


def upgrade() -> None:
    """Creates everything and the head row of an empty log."""
    _create_tables()
    for table in _APPEND_ONLY:
        _guard(table)
    op.execute(f"insert into head (seq, batch, chain, recorded) values (0, 0, {_GENESIS}, '1970-01-01T00:00:00Z')")


def _guard(table: str) -> None:
    """Nobody, the owner included, changes or empties `table` while the trigger stands."""
    op.execute(_REFUSE)
    for event, level in (("update or delete", "row"), ("truncate", "statement")):
        op.execute(
            f"create trigger {table}_no_{event.split()[0]} before {event} on {table} "
            f"for each {level} execute function refuse_change()"
        )


_REFUSE = """
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'table % is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end $$
"""


def _create_tables() -> None:
    op.create_table(
        "assignment",
        sa.Column("milestone", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("milestone", "unit", name=op.f("assignment_pk")),
        comment="The units that a milestone is reported for, and how each counts in its percent.",
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("commission", sa.Text(), server_default="", nullable=False, comment="empty: the programme's own"),
        sa.Column("channel", sa.Text(), nullable=False, comment="programme, history, file or form"),
        sa.Column("source", sa.Text(), nullable=False, comment="file name, or what stands for it"),
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256 of the content"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=True, comment="the run that took it in"),
        sa.Column(
            "recorded", sa.DateTime(timezone=True), nullable=False, comment="when we learned it; never goes back"
        ),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False, comment="first_seq - 1 for a batch without events"),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column(
            "refused", sa.Boolean(), server_default=sa.false(), nullable=False, comment="the whole file was refused"
        ),
        sa.Column("checks", sa.Text(), nullable=True, comment="outcome of the batch checks, JSON"),
        sa.Column("root", sa.LargeBinary(), nullable=False, comment="Merkle root (RFC 6962) of the events' hashes"),
        sa.Column(
            "reject_root",
            sa.LargeBinary(),
            nullable=False,
            comment="Merkle root of the hashes of the batch's rejects",
        ),
        sa.Column(
            "chain", sa.LargeBinary(), nullable=False, comment="hash over the chain before, both roots and this receipt"
        ),
        sa.CheckConstraint("last_seq >= first_seq - 1", name=op.f("batch_sequence_check")),
        sa.CheckConstraint(
            "rows_read = accepted + duplicates + rejected", name=op.f("batch_every_row_accounted_for_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("batch_pk")),
        sa.UniqueConstraint("commission", "digest", name=op.f("batch_commission_key")),
    )
    op.create_index(op.f("batch_recorded_index"), "batch", ["recorded"], unique=False)
    op.create_table(
        "forecast",
        sa.Column("milestone", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "seq", sa.BigInteger(), autoincrement=False, nullable=False, comment="the log's head it was computed from"
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("p20", sa.Date(), nullable=False),
        sa.Column("p50", sa.Date(), nullable=False),
        sa.Column("p80", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("milestone", "seq", name=op.f("forecast_pk")),
        comment="Every forecast is kept, so that it can be scored later.",
    )
    op.create_table(
        "head",
        sa.Column("single", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("single", name=op.f("head_single_row_check")),
        sa.PrimaryKeyConstraint("single", name=op.f("head_pk")),
        comment="Last number given out, one row: updated inside every append, so that commit order is number order.",
    )
    op.create_table(
        "indicator",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("commission", sa.Text(), nullable=False),
        sa.Column("baseline", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("indicator_pk")),
        sa.UniqueConstraint("code", name=op.f("indicator_code_key")),
    )
    op.create_table(
        "milestone",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("commission", sa.Text(), nullable=False),
        sa.Column("horizon", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("baseline", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("milestone_pk")),
        sa.UniqueConstraint("code", name=op.f("milestone_code_key")),
    )
    op.create_index(op.f("milestone_commission_index"), "milestone", ["commission"], unique=False)
    op.create_table(
        "report",
        sa.Column("milestone", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("percent", sa.Double(), nullable=False),
        sa.Column("forecast_finish", sa.Date(), nullable=True),
        sa.Column("confidence", sa.SmallInteger(), nullable=True),
        sa.Column("spent", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("milestone", "unit", name=op.f("report_pk")),
        comment="The report that counts, for each milestone and unit: latest effective day, newest version.",
    )
    op.create_table(
        "subject",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("subject_pk")),
        sa.UniqueConstraint("kind", "code", name=op.f("subject_kind_key")),
        comment="Short numbers for the codes of units, milestones and indicators.",
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("province", sa.Integer(), nullable=True, comment="the province it lies in, itself for a province"),
        sa.Column("visits", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.Boolean(), nullable=False),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("unit_pk")),
        sa.UniqueConstraint("code", name=op.f("unit_code_key")),
    )
    op.create_table(
        "event",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("type", sa.SmallInteger(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=True),
        sa.Column("percent", sa.Double(), nullable=True),
        sa.Column("forecast_finish", sa.Date(), nullable=True),
        sa.Column("confidence", sa.SmallInteger(), nullable=True),
        sa.Column("spent", sa.Double(), nullable=True),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=True, comment="the other fields, canonical JSON"),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"], name=op.f("event_batch_fk")),
        sa.PrimaryKeyConstraint("seq", name=op.f("event_pk")),
        sa.UniqueConstraint("type", "subject", "unit", "version", name="event_stream_version_key"),
    )
    op.create_table(
        "reject",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("commission", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=True, comment="none: the whole file"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("fa", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"], name=op.f("reject_batch_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("reject_pk")),
    )
    op.create_index(op.f("reject_batch_index"), "reject", ["batch"], unique=False)
