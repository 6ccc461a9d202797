"""How completely and how punctually commissions report. Formulas: docs/glossary.md, section "Reporting and rejects"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from roadmap.domain.calendar import Calendar, month_end, month_start


@dataclass(frozen=True)
class Rate:
    """Reports that came for a period, of those that were expected: one for each milestone and unit."""

    complete: int
    expected: int

    @property
    def percent(self) -> float | None:
        """Rate in percent: complete / expected × 100; None where nothing was expected."""
        return 100.0 * self.complete / self.expected if self.expected else None

    @property
    def missing(self) -> int:
        """How many reports have not come."""
        return self.expected - self.complete


@dataclass(frozen=True)
class Counted:
    """A milestone's units in a period: `expected` to report, `complete` of them by now, `in_time` by the deadline."""

    expected: int
    complete: int
    in_time: int


@dataclass(frozen=True)
class Period:
    """A month of a programme's calendar; a report for one of its days is in time if it is known on the `deadline`."""

    first: date
    last: date
    deadline: date


def periods(day: date, began: date, count: int, calendar: Calendar, deadline_days: int) -> list[Period]:
    """The last `count` months that have ended by `day`, the newest first; none that ended before the day `began`."""
    ends = (last for last in _ends(due_day(day, calendar), count, calendar) if last >= began)
    return [Period(month_start(last, calendar), last, last + timedelta(days=deadline_days)) for last in ends]


def _ends(last: date, count: int, calendar: Calendar) -> Iterator[date]:
    for _ in range(count):
        yield last
        last = month_start(last, calendar) - timedelta(days=1)


def due_day(day: date, calendar: Calendar) -> date:
    """The last month's end that has been reached on `day`: the period that reports should be in for."""
    end = month_end(day, calendar)
    return end if end == day else month_start(day, calendar) - timedelta(days=1)


def completeness(counted: Iterable[Counted]) -> Rate:
    """Of the units and milestones open in a period, those with a report for a day of it."""
    own = list(counted)
    return Rate(sum(each.complete for each in own), sum(each.expected for each in own))


def timeliness(counted: Iterable[Counted]) -> Rate:
    """As `completeness`, of reports that were known at the deadline.

    What was reported in time and does not count any more (a unit that turned out to be cancelled) is not counted, so
    that of no milestone more is in time than complete.
    """
    own = list(counted)
    return Rate(sum(min(each.in_time, each.complete) for each in own), sum(each.expected for each in own))
