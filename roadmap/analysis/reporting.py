"""How completely commissions report. Formula: docs/glossary.md, section "Reporting"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from roadmap.analysis.progress import Reported
from roadmap.domain.calendar import Calendar, month_end, month_start
from roadmap.domain.model import Milestone, State


@dataclass(frozen=True)
class Rate:
    """Milestones that have reported for a period, of those that were expected to."""

    complete: int
    expected: int

    @property
    def percent(self) -> float | None:
        """Rate in percent: complete / expected × 100; None where nothing was expected."""
        return 100.0 * self.complete / self.expected if self.expected else None


def due_day(day: date, calendar: Calendar) -> date:
    """The last month's end that has been reached on `day`: the period that reports should be in for."""
    end = month_end(day, calendar)
    return end if end == day else month_start(day, calendar) - timedelta(days=1)


def reporting_rate(facts: Iterable[tuple[Milestone, Reported]], period_end: date) -> Rate:
    """Of the milestones open at `period_end` (begun, not finished before), how many have a report for it."""
    open_ones = [(milestone, reported) for milestone, reported in facts if expected(milestone, reported, period_end)]
    return Rate(len(open_ones) - sum(misses(*each, period_end) for each in open_ones), len(open_ones))


def misses(milestone: Milestone, reported: Reported, period_end: date) -> bool:
    """Whether a report of a milestone open at `period_end` has not come yet."""
    return expected(milestone, reported, period_end) and (
        reported.last_report is None or reported.last_report < period_end
    )


def expected(milestone: Milestone, reported: Reported, period_end: date) -> bool:
    """Whether a report of `milestone` for `period_end` is wanted: begun by then, not finished before, not cancelled."""
    if milestone.start > period_end or reported.state is State.CANCELLED:
        return False
    return reported.finished_on is None or reported.finished_on >= period_end
