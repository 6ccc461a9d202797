"""Where every milestone stands at a moment: plan, facts and computed status side by side. All pages start from this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from roadmap.analysis import progress
from roadmap.analysis.forecast import Forecast
from roadmap.analysis.progress import Reported
from roadmap.domain.model import Confidence, Milestone, Status
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.store import views
from roadmap.store.views import reviews


@dataclass(frozen=True)
class Line:
    """One milestone at a moment.

    Percents are 0–100, `variance_days` is positive when late, `flagged` marks a green that computes late. `rating` is
    the reviewer's judgement of the report that counts, if there is one; it stands before the lead's own.
    """

    milestone: Milestone
    reported: Reported
    planned: float
    status: Status
    expected_finish: date
    variance_days: int
    flagged: bool
    forecast: Forecast | None
    rating: Confidence | None = None

    @property
    def judged(self) -> Confidence | None:
        """The reviewer's rating if there is one, else what the lead declared."""
        return self.rating or self.reported.confidence

    @property
    def code(self) -> str:
        """The milestone's code."""
        return self.milestone.code


@dataclass(frozen=True)
class Cell:
    """Milestones of one commission in one horizon: roll-up, plan, and how many are in which status."""

    commission: str
    horizon: str
    percent: float | None
    planned: float | None
    milestones: int
    statuses: dict[Status, int]


@allowed(Action.READ_BOARD)
def lines(desk: Desk, moment: Moment, instead: Sequence[Milestone] | None = None) -> list[Line]:
    """Every milestone at `moment`, in the programme's order of commissions, then by code.

    With `instead`, where those would stand if they were the plan.
    """
    with desk.engine.connect() as connection:
        plan = views.milestones(connection, moment.seq, moment.day) if instead is None else [*instead]
        facts = views.reported(connection, moment.seq, moment.day)
        forecasts = views.forecasts(connection, moment.seq, moment.day)
        ratings = reviews.ratings(connection, moment.seq, moment.day)
    late = progress.late_predecessors(plan, facts, moment.day)
    order = {code: index for index, code in enumerate(desk.programme.by_commission)}
    plan.sort(key=lambda milestone: (order.get(milestone.commission, len(order)), milestone.start, milestone.code))
    known = _Known(facts, forecasts, ratings, late)
    return [_line(milestone, known, desk, moment.day) for milestone in plan]


@dataclass(frozen=True)
class _Known:
    """What is known of milestones by their codes; `late` are those with a predecessor that is late."""

    facts: Mapping[str, Reported]
    forecasts: Mapping[str, Forecast]
    ratings: Mapping[str, Confidence]
    late: Collection[str]


def _line(milestone: Milestone, known: _Known, desk: Desk, day: date) -> Line:
    code = milestone.code
    facts, forecast, rating = known.facts.get(code, Reported()), known.forecasts.get(code), known.ratings.get(code)
    p80, is_behind_late = forecast.p80 if forecast else None, code in known.late
    status = progress.status(milestone, facts, day, desk.rules, p80=p80, predecessor_late=is_behind_late)
    return Line(
        milestone=milestone,
        reported=facts,
        planned=progress.planned_percent(milestone, day),
        status=status,
        expected_finish=progress.expected_finish(milestone, facts),
        variance_days=progress.variance_days(milestone, facts, day),
        flagged=progress.contradicts(rating or facts.confidence, status),
        forecast=forecast,
        rating=rating,
    )


def in_force(found: Iterable[Line]) -> list[Line]:
    """Those that are not cancelled."""
    return [line for line in found if line.status is not Status.CANCELLED]


def percent(found: Iterable[Line]) -> float | None:
    """Weighted roll-up of reported percent; None of nothing."""
    return progress.roll_up((line.milestone.weight, line.reported.percent) for line in in_force(found))


def planned(found: Iterable[Line]) -> float | None:
    """Weighted roll-up of planned percent; None of nothing."""
    return progress.roll_up((line.milestone.weight, line.planned) for line in in_force(found))


def statuses(found: Iterable[Line]) -> dict[Status, int]:
    """How many milestones are in which status; every status has a number."""
    counted = Counter(line.status for line in found)
    return {status: counted[status] for status in Status}


@allowed(Action.READ_BOARD)
def cells(desk: Desk, found: Sequence[Line]) -> list[Cell]:
    """The matrix commission × horizon, in the programme's order; a pair without milestones has percent None."""
    return [
        _cell(commission.code, horizon.code, found)
        for commission in desk.programme.commissions
        for horizon in desk.programme.horizons
    ]


def _cell(commission: str, horizon: str, found: Sequence[Line]) -> Cell:
    own = [line for line in found if (line.milestone.commission, line.milestone.horizon) == (commission, horizon)]
    return Cell(commission, horizon, percent(own), planned(own), len(own), statuses(own))


def most_slipped(found: Sequence[Line], count: int) -> list[Line]:
    """Open milestones whose expected finish is after the baseline, the worst first; at most `count`."""
    open_lines = [
        line for line in found if line.status not in {Status.DONE, Status.CANCELLED} and line.variance_days > 0
    ]
    return sorted(open_lines, key=lambda line: (-line.variance_days, line.code))[:count]
