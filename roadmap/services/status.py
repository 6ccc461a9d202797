"""One look at the whole installation, for the command line and for monitoring."""

from __future__ import annotations

from typing import Any

from roadmap.intake import holding
from roadmap.services import desk as desks
from roadmap.services import periods
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.store import views
from roadmap.store.log import Receipt


@allowed(Action.READ_QUALITY)
def status(desk: Desk) -> dict[str, Any]:
    """Counts, the chain's head and the newest delivery of each commission, as plain values fit for JSON."""
    with desk.engine.connect() as connection:
        head, counts = views.head(connection), views.counts(connection)
        rejects, last = views.reject_counts(connection, head.seq), views.last_receipts(connection, head.seq)
    rates = periods.rates(desk, desks.moment(desk), 1)
    return {
        "programme": desk.programme.programme.code,
        "commissions": len(desk.programme.commissions),
        **counts,
        "events": head.seq,
        "batches": head.batch,
        "rejected_rows": sum(rejects.values()),
        "head": {"seq": head.seq, "chain": head.chain.hex(), "recorded": head.recorded.isoformat()},
        "last_batch": {code: summary(last.get(code)) for code in desk.programme.by_commission},
        "reporting": {code: _reported(told[0]) if told else None for code, told in rates.items()},
    }


def _reported(told: periods.PeriodRates) -> dict[str, Any]:
    """How a commission reported for the last period: reports expected, that came, and that came in time."""
    return {
        "period_end": told.period.last.isoformat(),
        "expected": told.completeness.expected,
        "complete": told.completeness.complete,
        "in_time": told.timeliness.complete,
    }


def summary(receipt: Receipt | None) -> dict[str, Any] | None:
    """A receipt as plain values; None stays None."""
    if receipt is None:
        return None
    fields = (
        "batch",
        "commission",
        "channel",
        "source",
        "rows_read",
        "accepted",
        "duplicates",
        "rejected",
        "refused",
        "repeated",
    )
    told = {"held": holding.is_held(receipt), "recorded": receipt.recorded.isoformat()}
    return {name: getattr(receipt, name) for name in fields} | told
