"""Roll-ups count the reports of a month; the projections are rebuilt afterwards (see `layout`).

Revision 0004 is frozen: `roadmap.store.tables` goes on, this file does not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OTHER = "the same in the other calendar"
_COLUMNS = {
    "expected_jalali": "not cancelled, nor done before the day's month",
    "complete_jalali": "those of them with a report for a day of that month",
    "expected_gregorian": _OTHER,
    "complete_gregorian": _OTHER,
}


def upgrade() -> None:
    """Adds the counts; the roll-ups are emptied, since none of them knows its own."""
    op.execute("truncate table rollup")
    for name, comment in _COLUMNS.items():
        op.add_column("rollup", sa.Column(name, sa.Integer(), nullable=False, comment=comment))
