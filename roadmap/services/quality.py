"""What came in, and how completely and punctually commissions report; what was turned away is in `ledger`."""

from __future__ import annotations

from dataclasses import dataclass

from roadmap.services import periods
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed
from roadmap.services.periods import PeriodRates
from roadmap.services.permissions import Action
from roadmap.store import views
from roadmap.store.log import Receipt

__all__ = ["CommissionQuality", "Quality", "Receipt", "arrived", "deliveries", "quality"]

_RECEIPTS = 100


@dataclass(frozen=True)
class CommissionQuality:
    """One commission's reporting: its rates, the newest period first, and its newest delivery."""

    code: str
    periods: list[PeriodRates]
    last: Receipt | None


@dataclass(frozen=True)
class Quality:
    """How all commissions report, and receipts of all or of one, the newest first."""

    commissions: list[CommissionQuality]
    receipts: list[Receipt]


@allowed(Action.READ_QUALITY)
def quality(desk: Desk, moment: Moment, commission: str | None = None) -> Quality:
    """Data quality at `moment`, with the receipts of all commissions or of one."""
    with desk.engine.connect() as connection:
        received = views.receipts(
            connection, moment.seq, commission=commission, channels=("file", "form", "push"), limit=_RECEIPTS
        )
        last = views.last_receipts(connection, moment.seq)
    rates = periods.rates(desk, moment)
    commissions = [CommissionQuality(code, told, last.get(code)) for code, told in rates.items()]
    return Quality(commissions, received)


@allowed(Action.READ_QUALITY)
def deliveries(desk: Desk, wanted: set[tuple[str, str]]) -> list[Receipt]:
    """The newest receipts of those (commission, source) pairs that have come in, oldest first."""
    with desk.engine.connect() as connection:
        received = views.receipts(connection, views.head(connection).seq, channels=("file",), limit=_RECEIPTS)
    return [receipt for receipt in reversed(received) if (receipt.commission, receipt.source) in wanted]


@allowed(Action.READ_QUALITY)
def arrived(desk: Desk, after: int) -> list[Receipt]:
    """The newest receipts of files, of those after the batch `after`, oldest first."""
    with desk.engine.connect() as connection:
        received = views.receipts(connection, views.head(connection).seq, channels=("file",), limit=_RECEIPTS)
    return [receipt for receipt in reversed(received) if receipt.batch > after]
