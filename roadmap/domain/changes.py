"""Turns orders into events, or into a refusal: an order and the present state in, a verdict out, no I/O."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from roadmap.domain.events import ProgressReported
from roadmap.domain.model import TRANSITIONS, Milestone, State, Unit
from roadmap.domain.refusals import Refusal, refuse

#: A milestone and a unit: the stream that reports of the two belong to.
Stream = tuple[str, str]


@dataclass(frozen=True)
class ReportProgress:
    """An order: take this report. `base_version` is the stream's version that the person was looking at, if any."""

    report: ProgressReported
    base_version: int | None = None

    @property
    def stream(self) -> Stream:
        """Where the report belongs."""
        return self.report.milestone, self.report.unit


@dataclass(frozen=True)
class Recorded:
    """A report that is in the log already, with its version in its stream (1, 2, …)."""

    version: int
    report: ProgressReported


@dataclass(frozen=True)
class Accepted:
    """The order becomes this event, at this version of its stream."""

    event: ProgressReported
    version: int


@dataclass(frozen=True)
class Duplicate:
    """The same report stands in the log already: nothing to do."""


Verdict = Accepted | Duplicate | Refusal


@dataclass(frozen=True)
class Reference:
    """What reports refer to: milestones and units in force, by code."""

    milestones: Mapping[str, Milestone]
    units: Mapping[str, Unit]


def decide(
    orders: Sequence[ReportProgress],
    *,
    commission: str,
    reference: Reference,
    present: Mapping[Stream, Sequence[Recorded]],
    today: date,
) -> list[Verdict]:
    """A verdict for each of `orders`, in order; orders see what those before them in the batch have changed.

    Args:
        orders: the reports that somebody wants to be taken.
        commission: the sender; it may only report on its own milestones.
        reference: milestones and units that may be named.
        present: what the log holds of every stream the orders name, oldest version first.
        today: reports for a later day are refused.
    """
    histories = defaultdict(_History, {stream: _History(recorded) for stream, recorded in present.items()})
    first_row: dict[tuple[Stream, date], int] = {}
    verdicts: list[Verdict] = []
    for index, order in enumerate(orders):
        history = histories[order.stream]
        row = first_row.setdefault((order.stream, order.report.effective), index)
        verdict = _refers(order.report, commission, reference, today) or _fits(order, history, repeats=row != index)
        if isinstance(verdict, Accepted):
            history.add(Recorded(verdict.version, verdict.event))
        verdicts.append(verdict)
    return verdicts


class _History:
    """What a stream holds: its newest report, and of each day the report that counts, found without a search of all."""

    def __init__(self, recorded: Iterable[Recorded] = ()) -> None:
        """Takes what is `recorded`, oldest version first."""
        self.newest: Recorded | None = None
        self._days: list[date] = []
        self._counts: dict[date, ProgressReported] = {}
        for each in recorded:
            self.add(each)

    def add(self, recorded: Recorded) -> None:
        """Takes one more, of a newer version than all before."""
        day = recorded.report.effective
        if day not in self._counts:
            insort(self._days, day)
        self._counts[day] = recorded.report
        self.newest = recorded

    def on(self, day: date) -> ProgressReported | None:
        """The report that counts on `day` itself."""
        return self._counts.get(day)

    def before(self, day: date) -> ProgressReported | None:
        """The report that counts on the last day before `day` that has any."""
        place = bisect_left(self._days, day)
        return self._counts[self._days[place - 1]] if place else None

    def after(self, day: date) -> ProgressReported | None:
        """The report that counts on the first day after `day` that has any."""
        place = bisect_right(self._days, day)
        return self._counts[self._days[place]] if place < len(self._days) else None


def _refers(report: ProgressReported, commission: str, reference: Reference, today: date) -> Refusal | None:
    """What is wrong with the things that `report` names, if anything."""
    milestone = reference.milestones.get(report.milestone)
    if milestone is None:
        return refuse("unknown_milestone", "milestone", report.milestone)
    if milestone.commission != commission:
        return refuse("foreign_milestone", "milestone", report.milestone)
    if milestone.dropped:
        return refuse("dropped_milestone", "milestone", report.milestone)
    misplaced = _placed(report, milestone, reference.units.get(report.unit))
    if misplaced is None and report.effective > today:
        return refuse("future", "effective", report.effective)
    return misplaced


def _placed(report: ProgressReported, milestone: Milestone, unit: Unit | None) -> Refusal | None:
    """What is wrong with the unit that `report` names, if anything."""
    if unit is None:
        return refuse("unknown_unit", "unit", report.unit)
    return None if unit.in_scope(milestone.scope) else refuse("unit_out_of_scope", "unit", report.unit)


def _fits(order: ReportProgress, history: _History, *, repeats: bool) -> Verdict:
    """Whether the report fits what its stream holds."""
    same_day, newest = history.on(order.report.effective), history.newest
    if same_day == order.report:
        return Duplicate()
    version = newest.version if newest else 0
    if order.base_version is not None and order.base_version != version:
        return refuse("stale_version", "percent", brief(order.report), brief(newest.report) if newest else "—")
    if same_day is not None and order.base_version is None:
        code = "repeated" if repeats else "conflict"
        return refuse(code, "percent", brief(order.report), brief(same_day))
    return _moves(order.report, history) or Accepted(order.report, version + 1)


def _moves(report: ProgressReported, history: _History) -> Refusal | None:
    """Refuses a state that the one before it (in effective time) may not lead to, or that may not lead to the next."""
    before, after = history.before(report.effective), history.after(report.effective)
    if before is not None and not may_follow(before.state, report.state):
        return refuse("transition", "state", report.state.value, before.state.value)
    if after is not None and not may_follow(report.state, after.state):
        return refuse("transition_after", "state", report.state.value, f"{after.state.value}, {after.effective}")
    return None


def may_follow(state: State, following: State) -> bool:
    """Whether a report may say `following` where the one before it (in effective time) said `state`."""
    return following == state or following in TRANSITIONS[state]


def latest(history: Iterable[Recorded]) -> Recorded | None:
    """The report that counts: of the latest effective day, its newest version; None for an empty history."""
    return max(history, key=lambda recorded: (recorded.report.effective, recorded.version), default=None)


def brief(report: ProgressReported) -> str:
    """A report in a refusal's sentence."""
    return f"{report.state.value}, {report.percent:g}%"
