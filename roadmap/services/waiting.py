"""What waits for the secretariat: files that are held back, and nobody has decided about yet."""

from __future__ import annotations

from dataclasses import dataclass

from roadmap.intake.holding import HELD_BACK
from roadmap.services import ledger as ledgers
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed
from roadmap.services.ledger import Line, Looked, Wanted
from roadmap.services.permissions import Action
from roadmap.store import views
from roadmap.store.log import Receipt

__all__ = ["Held", "Receipt", "held", "held_of"]


@dataclass(frozen=True)
class Held:
    """A file that is held back: its receipt, and the ledger's line that says why."""

    receipt: Receipt
    line: Line


@allowed(Action.READ_REJECTS)
def held(desk: Desk, moment: Moment) -> list[Held]:
    """Files that are held back as known at `moment`, the one that waits longest first."""
    return held_of(desk, ledgers.looked(desk, moment, oldest_first=True))


@allowed(Action.READ_REJECTS)
def held_of(desk: Desk, found: Looked) -> list[Held]:
    """The same, of a ledger that was looked through already."""
    lines = ledgers.view(desk, found, Wanted(code=HELD_BACK, oldest_first=True)).lines
    with desk.engine.connect() as connection:
        receipts = views.receipts_of(connection, {line.reject.batch for line in lines})
    return [Held(receipts[line.reject.batch], line) for line in lines]
