"""Rows that were made on an older version than the one that stands: both are shown, a person says which is to stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from roadmap.domain.changes import Recorded, ReportProgress
from roadmap.domain.events import ProgressReported
from roadmap.errors import FileRefusedError
from roadmap.services import about, originals, reporting
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.services.reporting import Answer
from roadmap.settings import Settings
from roadmap.store.log import Receipt
from roadmap.store.views import RejectRow
from roadmap.store.views.standing_reports import standing_reports

#: Why a row is refused that says something else than what somebody reported meanwhile.
CODES: Final = frozenset({"stale_version", "conflict"})


@dataclass(frozen=True)
class Conflict:
    """A row of a file and what stands instead (None: nothing any more that the row could be held against)."""

    row: int
    mine: ProgressReported
    standing: Recorded | None


@allowed(Action.READ_DELIVERY, about.receipt)
def of(desk: Desk, settings: Settings, receipt: Receipt, problems: Sequence[RejectRow]) -> list[Conflict]:
    """The conflicts of a delivery that are still open, by row; `problems` are the ledger's lines of it.

    None if the file is not kept.
    """
    numbers = {row.row for row in problems if row.code in CODES and row.row is not None}
    if not numbers:
        return []
    feed = desk.commission(receipt.commission).feed
    with originals.original(settings, receipt) as content:
        if content is None:
            return []
        try:
            orders = originals.orders(originals.table(content, feed, settings, numbers), feed)
        except FileRefusedError:
            return []
    with desk.engine.connect() as connection:
        stands = standing_reports(connection, {order.report.milestone for order in orders.values()})
    found = [Conflict(number, order.report, stands.get(order.stream)) for number, order in sorted(orders.items())]
    return [each for each in found if each.standing is None or each.standing.report != each.mine]


@allowed(Action.REPORT, "commission")
def take_mine(desk: Desk, conflict: Conflict, *, commission: str, day: date | None = None) -> Answer:
    """Sends the row again as a report on the version that the person was shown; who came meanwhile is shown again."""
    version = conflict.standing.version if conflict.standing else None
    return reporting.report(desk, ReportProgress(conflict.mine, version), commission=commission, day=day)
