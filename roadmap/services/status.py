"""One look at the whole installation, for the command line and for monitoring."""

from __future__ import annotations

from typing import Any

from roadmap.services.desk import Desk
from roadmap.store import views
from roadmap.store.log import Receipt


def status(desk: Desk) -> dict[str, Any]:
    """Counts, the chain's head and the newest delivery of each commission, as plain values fit for JSON."""
    with desk.engine.connect() as connection:
        head, counts = views.head(connection), views.counts(connection)
        rejects, last = views.reject_counts(connection, head.seq), views.last_receipts(connection, head.seq)
    return {
        "programme": desk.programme.programme.code,
        "commissions": len(desk.programme.commissions),
        **counts,
        "events": head.seq,
        "batches": head.batch,
        "rejected_rows": sum(rejects.values()),
        "head": {"seq": head.seq, "chain": head.chain.hex(), "recorded": head.recorded.isoformat()},
        "last_batch": {code: summary(last.get(code)) for code in desk.programme.by_commission},
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
    return {name: getattr(receipt, name) for name in fields} | {"recorded": receipt.recorded.isoformat()}
