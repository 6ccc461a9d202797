"""What came in and what was turned away: receipts, batch checks, the reject ledger, reporting rates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from roadmap.analysis.reporting import Rate, due_day, reporting_rate
from roadmap.services import standing
from roadmap.services.desk import Desk, Moment
from roadmap.store import views
from roadmap.store.log import Receipt
from roadmap.store.views import RejectRow

__all__ = ["CommissionQuality", "Quality", "Receipt", "RejectRow", "deliveries", "quality"]

_RECEIPTS = 100
_REJECTS = 500


@dataclass(frozen=True)
class CommissionQuality:
    """One commission's reporting: rate for the last period, first delivery in time, newest delivery, rejects."""

    code: str
    reporting: Rate
    last: Receipt | None
    on_time: bool | None
    rejected_rows: int


@dataclass(frozen=True)
class Quality:
    """Everything on the Data quality page."""

    period_end: date
    deadline: date
    commissions: list[CommissionQuality]
    receipts: list[Receipt]
    rejects: list[RejectRow]
    by_code: dict[str, int]


def quality(desk: Desk, moment: Moment, commission: str | None = None) -> Quality:
    """Data quality at `moment`, of all commissions or of one."""
    identity = desk.programme.programme
    period_end = due_day(moment.day, identity.calendar)
    deadline = period_end + timedelta(days=identity.reporting_deadline_days)
    with desk.engine.connect() as connection:
        received = views.receipts(
            connection, moment.seq, commission=commission, channels=("file", "form", "push"), limit=_RECEIPTS
        )
        rejected = views.rejects(connection, moment.seq, commission=commission, limit=_REJECTS)
    return Quality(
        period_end=period_end,
        deadline=deadline,
        commissions=_commissions(desk, moment, period_end, deadline),
        receipts=received,
        rejects=rejected,
        by_code=dict(Counter(row.code for row in rejected).most_common()),
    )


def deliveries(desk: Desk, wanted: set[tuple[str, str]]) -> list[Receipt]:
    """The newest receipts of those (commission, source) pairs that have come in, oldest first."""
    with desk.engine.connect() as connection:
        received = views.receipts(connection, views.head(connection).seq, channels=("file",), limit=_RECEIPTS)
    return [receipt for receipt in reversed(received) if (receipt.commission, receipt.source) in wanted]


def _commissions(desk: Desk, moment: Moment, period_end: date, deadline: date) -> list[CommissionQuality]:
    lines = standing.lines(desk, moment)
    with desk.engine.connect() as connection:
        last, counts = views.last_receipts(connection, moment.seq), views.reject_counts(connection, moment.seq)
        opens = datetime.combine(period_end, time(), desk.zone)
        arrived = views.first_arrivals(connection, moment.seq, opens)
    return [
        CommissionQuality(
            code=code,
            reporting=reporting_rate(
                ((o.milestone, o.reported) for o in lines if o.milestone.commission == code), period_end
            ),
            last=last.get(code),
            on_time=_on_time(desk, arrived.get(code), deadline, moment.day),
            rejected_rows=counts.get(code, 0),
        )
        for code in desk.programme.by_commission
    ]


def _on_time(desk: Desk, arrived: datetime | None, deadline: date, day: date) -> bool | None:
    """Whether the period's first delivery came by the deadline; None while nothing came and there is still time."""
    if arrived is None:
        return False if day > deadline else None
    return arrived.astimezone(desk.zone).date() <= deadline
