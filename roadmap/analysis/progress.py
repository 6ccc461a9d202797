"""Progress: planned percent, roll-up, computed status, variance. Formulas: docs/glossary.md, section "Progress"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from roadmap.domain.model import Confidence, Milestone, State, Status


@dataclass(frozen=True)
class Reported:
    """What is known of one milestone over all its units on a day.

    `percent` is the weighted mean of its units (0–100, units without a report count 0); `units` how many are in
    scope, `reporting` how many have reported, `done` how many are finished; `state` that of the whole.
    """

    percent: float = 0.0
    units: int = 1
    reporting: int = 0
    done: int = 0
    state: State = State.NOT_STARTED
    confidence: Confidence | None = None
    forecast_finish: date | None = None
    finished_on: date | None = None
    last_report: date | None = None
    spent: float = 0.0


def whole_state(*, units: int, done: int, cancelled: int, suspended: int, not_started: int) -> State:
    """The state of a milestone from how many of its `units` are in which state; cancelled ones do not count."""
    if cancelled == units:
        return State.CANCELLED
    if done + cancelled == units:
        return State.DONE
    if not_started + cancelled == units:
        return State.NOT_STARTED
    if suspended and suspended + done + cancelled + not_started == units:
        return State.SUSPENDED
    return State.IN_PROGRESS


@dataclass(frozen=True)
class Rules:
    """The programme's own thresholds."""

    tolerance_points: float
    stale_after: timedelta


def planned_percent(milestone: Milestone, day: date) -> float:
    """Planned percent (0–100) on `day`: linear from planned start to planned finish; a one-day plan steps."""
    if day >= milestone.finish:
        return 100.0
    if day <= milestone.start:
        return 0.0
    return 100.0 * (day - milestone.start).days / (milestone.finish - milestone.start).days


def percent_towards(reported: Reported, begin: date, finish: date, day: date) -> float:
    """Percent (0–100) on a later `day` if the rest is done evenly between `begin` and `finish`."""
    if day >= finish:
        return 100.0
    if day <= begin:
        return reported.percent
    return reported.percent + (100.0 - reported.percent) * (day - begin).days / (finish - begin).days


def roll_up(parts: Iterable[tuple[float, float]]) -> float | None:
    """Σ w·percent / Σ w over pairs (weight, percent); None where nothing is in force: zero is not missing."""
    total = value = 0.0
    for weight, percent in parts:
        total += weight
        value += weight * percent
    return value / total if total else None


def expected_finish(milestone: Milestone, reported: Reported) -> date:
    """When it is, or was, finished: the day it was done, else the lead's forecast, else the plan."""
    return reported.finished_on or reported.forecast_finish or milestone.finish


def variance_days(milestone: Milestone, reported: Reported, day: date) -> int:
    """Days between expected and baseline finish, positive is late; an open milestone is at least as late as `day`."""
    expected = expected_finish(milestone, reported)
    if reported.state not in {State.DONE, State.CANCELLED} and day > milestone.finish:
        expected = max(expected, day)
    return (expected - milestone.finish).days


def status(
    milestone: Milestone,
    reported: Reported,
    day: date,
    rules: Rules,
    *,
    p80: date | None = None,
    predecessor_late: bool = False,
) -> Status:
    """The computed status on `day`, from plan and facts only.

    At risk: the forecast's P80 (the lead's own date while there is none) is after the due day, or the milestone is
    behind its planned curve by more than the tolerance, or a predecessor is late.

    Order matters: what is finished is not late, what is late is more than stale, what is stale cannot be trusted to
    be on track.
    """
    verdicts = (
        (Status.CANCELLED, reported.state is State.CANCELLED),
        (Status.DONE, reported.state is State.DONE),
        (Status.LATE, day > milestone.finish),
        (Status.NOT_DUE, day < milestone.start and reported.state is State.NOT_STARTED),
        (Status.STALE, _is_stale(milestone, reported, day, rules)),
        (Status.AT_RISK, predecessor_late or _is_at_risk(milestone, reported, day, rules, p80)),
    )
    return next((status for status, holds in verdicts if holds), Status.ON_TRACK)


def contradicts(declared: Confidence | None, computed: Status) -> bool:
    """Whether a declared green computes late or at risk: a signal of its own."""
    return declared is Confidence.GREEN and computed in {Status.LATE, Status.AT_RISK}


def _is_stale(milestone: Milestone, reported: Reported, day: date, rules: Rules) -> bool:
    since = reported.last_report or milestone.start
    return day - since > rules.stale_after


def _is_at_risk(milestone: Milestone, reported: Reported, day: date, rules: Rules, p80: date | None) -> bool:
    behind = planned_percent(milestone, day) - reported.percent
    return (p80 or expected_finish(milestone, reported)) > milestone.finish or behind > rules.tolerance_points


def late_predecessors(milestones: Iterable[Milestone], reported: dict[str, Reported], day: date) -> set[str]:
    """Codes of milestones that have a predecessor past its due day and not done."""
    plan = {milestone.code: milestone for milestone in milestones}
    late = {
        code
        for code, milestone in plan.items()
        if day > milestone.finish and reported.get(code, Reported()).state not in {State.DONE, State.CANCELLED}
    }
    return {code for code, milestone in plan.items() if any(link.code in late for link in milestone.after)}


def finished_share(milestones: Iterable[Milestone], reported: dict[str, Reported], day: date) -> float | None:
    """BEI: milestones finished / milestones whose baseline finish has passed (goal ≥ 0.95); None where none is due."""
    due = finished = 0
    for milestone in milestones:
        facts = reported.get(milestone.code, Reported())
        due += milestone.finish < day and facts.state is not State.CANCELLED
        finished += facts.state is State.DONE
    return finished / due if due else None
