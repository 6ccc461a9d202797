"""Completeness and timeliness of reporting, a commission and a period: the one source of every rate that is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import Connection

from roadmap.analysis.reporting import Counted, Period, Rate, completeness, periods, timeliness
from roadmap.domain.calendar import month_start
from roadmap.domain.model import Milestone
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.store import views
from roadmap.store.views.periods import Month, returned

__all__ = ["COUNT", "Period", "PeriodRates", "Rate", "completeness_now", "of_milestones", "rates"]

#: So many periods are told.
COUNT: Final = 6
#: By the codes of milestones, how their units reported for a period.
_Counts = Mapping[str, Counted]


@dataclass(frozen=True)
class PeriodRates:
    """How a commission reported for a period; it may still do so in time while its deadline has not passed."""

    period: Period
    completeness: Rate
    timeliness: Rate
    is_open: bool


@allowed(Action.READ_BOARD)
def rates(desk: Desk, moment: Moment, count: int = COUNT) -> dict[str, list[PeriodRates]]:
    """Of each commission the last `count` periods that have ended at `moment`, the newest first."""
    identity = desk.programme.programme
    told = periods(moment.day, identity.start, count, identity.calendar, identity.reporting_deadline_days)
    with desk.engine.connect() as connection:
        plan = views.milestones(connection, moment.seq, moment.day)
        counted = _counted(connection, desk, moment, told)
    return {
        code: [_rates(code, plan, *each, moment.day) for each in zip(told, counted, strict=True)]
        for code in desk.programme.by_commission
    }


@allowed(Action.READ_BOARD)
def completeness_now(desk: Desk, moment: Moment, commission: str) -> Rate:
    """How completely `commission` has reported for the last period that has ended at `moment`."""
    found = rates(desk, moment, 1)[commission]
    return found[0].completeness if found else Rate(0, 0)


@allowed(Action.READ_BOARD)
def of_milestones(desk: Desk, moment: Moment, period_end: date) -> dict[str, Rate]:
    """By the codes of milestones, the completeness of each for the period that ends on `period_end`.

    Those that have no units, or begin after the period, have none.
    """
    calendar = desk.programme.programme.calendar
    month = Month(month_start(period_end, calendar), period_end, moment.seq)
    with desk.engine.connect() as connection:
        plan = views.milestones(connection, moment.seq, moment.day)
        (found,) = returned(connection, [month], calendar)
    begun = {milestone.code for milestone in plan if milestone.start <= period_end}
    return {code: Rate(units.complete, units.expected) for code, units in found.items() if code in begun}


def _counted(connection: Connection, desk: Desk, moment: Moment, told: Sequence[Period]) -> list[_Counts]:
    """For each period what is known now, and what was at its deadline: asked at one go."""
    months = [
        *(Month(period.first, period.last, moment.seq) for period in told),
        *(Month(period.first, period.last, _known(connection, desk, moment, period)) for period in told),
    ]
    found = returned(connection, months, desk.programme.programme.calendar)
    now, then = found[: len(told)], found[len(told) :]
    return [
        {
            code: Counted(units.expected, units.complete, early[code].complete if code in early else 0)
            for code, units in known.items()
        }
        for known, early in zip(now, then, strict=True)
    ]


def _known(connection: Connection, desk: Desk, moment: Moment, period: Period) -> int:
    """Up to where the log was known at the end of the deadline, as far as `moment` knows it."""
    following = datetime.combine(period.deadline + timedelta(days=1), time(), desk.zone)
    return min(views.known_at(connection, following), moment.seq)


def _rates(commission: str, plan: Sequence[Milestone], period: Period, counts: _Counts, day: date) -> PeriodRates:
    own = list(_own(commission, plan, period, counts))
    return PeriodRates(period, completeness(own), timeliness(own), is_open=day <= period.deadline)


def _own(commission: str, plan: Sequence[Milestone], period: Period, counts: _Counts) -> Iterator[Counted]:
    """What counts of the milestones of `commission` that have begun by the period's end."""
    for milestone in plan:
        if milestone.commission == commission and milestone.start <= period.last and milestone.code in counts:
            yield counts[milestone.code]
