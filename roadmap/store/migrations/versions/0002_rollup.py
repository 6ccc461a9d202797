"""Roll-ups by day and batch, assignments with validity; the projections are rebuilt afterwards (see `layout`).

Revision 0002 is frozen: `roadmap.store.tables` goes on, this file does not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the projections anew; the log keeps every row and loses two foreign keys that `verify` stands for."""
    op.drop_table("report")
    op.drop_table("assignment")
    _create_projections()
    op.drop_constraint(op.f("event_batch_fk"), "event", type_="foreignkey")
    op.drop_constraint(op.f("reject_batch_fk"), "reject", type_="foreignkey")
    for table in ("event", "reject"):
        op.alter_column(table, "batch", existing_type=sa.Integer(), existing_nullable=False, comment=_NO_KEY)
    op.create_index(op.f("batch_last_seq_index"), "batch", ["last_seq"], unique=False)


_NO_KEY = "no foreign key: `verify` checks it, a million rows do not wait"


def _create_projections() -> None:
    op.create_table(
        "assignment",
        sa.Column("milestone", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.Date(), nullable=False, comment="the first day on which it holds"),
        sa.Column(
            "until", sa.Date(), nullable=True, comment="the day from which it holds no more; none: it still does"
        ),
        sa.Column("province", sa.Integer(), nullable=False, comment="the province the unit lies in; 0: in none"),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("milestone", "unit", "since", name=op.f("assignment_pk")),
        comment="The units that a milestone is reported for, from when to when, and how each counts in its percent.",
    )
    op.create_index(op.f("assignment_unit_index"), "assignment", ["unit"], unique=False)
    op.create_table(
        "report",
        sa.Column("milestone", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="the event that counts"),
        sa.Column("version", sa.Integer(), nullable=False, comment="its version"),
        sa.Column(
            "versions",
            sa.Integer(),
            nullable=False,
            comment="the newest version of the stream, which a late report has",
        ),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("percent", sa.Double(), nullable=False),
        sa.Column("forecast_finish", sa.Date(), nullable=True),
        sa.Column("confidence", sa.SmallInteger(), nullable=True),
        sa.Column(
            "spent",
            sa.Double(),
            nullable=True,
            comment="as last stated: a report that is silent about money does not take it back",
        ),
        sa.Column(
            "finished_on", sa.Date(), nullable=True, comment="since when it is done without having been opened again"
        ),
        sa.PrimaryKeyConstraint("milestone", "unit", name=op.f("report_pk")),
        comment="The report that counts, for each milestone and unit: latest effective day, newest version.",
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "rollup",
        sa.Column("milestone", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("batch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("province", sa.Integer(), autoincrement=False, nullable=False, comment="0: the whole country"),
        sa.Column("units", sa.Integer(), nullable=False, comment="how many are in scope on that day"),
        sa.Column("weight", sa.Double(), nullable=False, comment="sum of their weights"),
        sa.Column("live", sa.Double(), nullable=False, comment="sum of the weights of those that are not cancelled"),
        sa.Column(
            "value", sa.Double(), nullable=False, comment="sum of weight times percent of those that are not cancelled"
        ),
        sa.Column("reporting", sa.Integer(), nullable=False),
        sa.Column(
            "not_started",
            sa.Integer(),
            nullable=False,
            comment="those that say so; the silent ones are units - reporting",
        ),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("suspended", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.SmallInteger(), nullable=True, comment="the worst among the open ones"),
        sa.Column("forecast_finish", sa.Date(), nullable=True, comment="the latest among the open ones"),
        sa.Column("finished_on", sa.Date(), nullable=True, comment="the latest among the done ones"),
        sa.Column("last_report", sa.Date(), nullable=True),
        sa.Column("spent", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("milestone", "day", "batch", "province", name=op.f("rollup_pk")),
        comment="Where a milestone stood at the end of a day, as known after a batch: newest day, then newest batch.",
    )
    op.create_table(
        "span",
        sa.Column("milestone", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("milestone", "first_seq", name=op.f("span_pk")),
        comment="Where in the log reports of a milestone stand: a batch is written sorted by milestone, unit and day.",
    )
    op.create_table(
        "reach",
        sa.Column("batch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "last_day", sa.Date(), nullable=False, comment="the latest effective day in the log up to this batch"
        ),
        sa.PrimaryKeyConstraint("batch", name=op.f("reach_pk")),
        comment="No board as known after a batch has anything to show that is later than this day.",
    )
    op.create_table(
        "layout",
        sa.Column("single", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("single", name=op.f("layout_single_row_check")),
        sa.PrimaryKeyConstraint("single", name=op.f("layout_pk")),
        comment="Which layout the projections were made in; another one than the code's means: rebuild them.",
    )
