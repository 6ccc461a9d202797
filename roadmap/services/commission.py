"""One commission: its milestones, its money, how well it reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from roadmap.analysis.reporting import Rate, due_day
from roadmap.domain.model import Commission, Status
from roadmap.services import overview, periods, review_queue, standing
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed
from roadmap.services.overview import CurvePoint
from roadmap.services.permissions import Action
from roadmap.services.standing import Cell, Line
from roadmap.store import views
from roadmap.store.log import Receipt

_RECEIPTS = 12


@dataclass(frozen=True)
class Money:
    """Budget of milestones in the programme's currency unit."""

    asked: float
    allocated: float
    spent: float


@dataclass(frozen=True)
class CommissionView:
    """Everything on the Commission page, for one moment; `waiting` reports wait for review."""

    commission: Commission
    moment: Moment
    percent: float | None
    planned: float | None
    statuses: dict[Status, int]
    lines: list[Line]
    cells: list[Cell]
    curve: list[CurvePoint]
    money: Money
    period_end: date
    reporting: Rate
    receipts: list[Receipt]
    rejected_rows: int
    waiting: int


@allowed(Action.READ_BOARD)
def commission(desk: Desk, moment: Moment, code: str) -> CommissionView:
    """The commission `code` at `moment`; ProgrammeError where there is none."""
    entry = desk.programme.commission(code)
    everything = standing.lines(desk, moment)
    own = [line for line in everything if line.milestone.commission == code]
    period_end = due_day(moment.day, desk.programme.programme.calendar)
    with desk.engine.connect() as connection:
        received = views.receipts(connection, moment.seq, commission=code, limit=_RECEIPTS)
        rejected = views.reject_counts(connection, moment.seq).get(code, 0)
    return CommissionView(
        commission=entry.plain(),
        moment=moment,
        percent=standing.percent(own),
        planned=standing.planned(own),
        statuses=standing.statuses(own),
        lines=own,
        cells=[cell for cell in standing.cells(desk, everything) if cell.commission == code],
        curve=overview.curve(desk, moment, own),
        money=_money(own),
        period_end=period_end,
        reporting=periods.completeness_now(desk, moment, code),
        receipts=received,
        rejected_rows=rejected,
        waiting=review_queue.counts(desk, moment).get(code, 0),
    )


def _money(own: Sequence[Line]) -> Money:
    return Money(
        asked=sum(line.milestone.budget.asked for line in own),
        allocated=sum(line.milestone.budget.allocated for line in own),
        spent=sum(line.reported.spent for line in own),
    )
