"""When milestones will be finished: Monte Carlo over the dependency network, slips drawn from the record.

A draw walks the network once. What is under way takes the time that its lead still gives it, times an error of a
past forecast; what has not begun takes its planned time, times a past ratio of actual to planned duration. A commission
with a short record borrows from the whole programme's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from graphlib import TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from roadmap.analysis.progress import Reported, expected_finish
from roadmap.domain.model import Milestone, State

Days = NDArray[np.float64]

DRAWS = 10_000
SEED = 20_240
#: A commission's own record counts n / (n + _SHRINKAGE); the rest is drawn from the whole programme's.
_SHRINKAGE = 4
#: A forecast of less than this is hardly one: a day more or less would make a large ratio.
_SHORTEST_OUTLOOK_DAYS = 21
#: Percentiles kept of every forecast.
_PERCENTILES = (20, 50, 80)
#: Used while the programme has finished nothing at all: a plain spread around the plan.
_NO_RECORD = (0.85, 0.95, 1.0, 1.1, 1.3)


@dataclass(frozen=True)
class Forecast:
    """Days by which a milestone is finished in 20, 50 and 80 of 100 draws."""

    p20: date
    p50: date
    p80: date


@dataclass(frozen=True)
class Foreseen:
    """A lead's past forecast: on `day` the finish was foreseen for `forecast`, and it came on `finished`."""

    commission: str
    day: date
    forecast: date
    finished: date


def errors(record: Iterable[Foreseen]) -> dict[str, list[float]]:
    """Actual / foreseen time left, of every past forecast that looked far enough ahead, by commission."""
    ratios: dict[str, list[float]] = {}
    for each in record:
        left = (each.forecast - each.day).days
        if left >= _SHORTEST_OUTLOOK_DAYS:
            ratios.setdefault(each.commission, []).append(max((each.finished - each.day).days, 1) / left)
    return ratios


def record(milestones: Iterable[Milestone], reported: Mapping[str, Reported]) -> dict[str, list[float]]:
    """Actual / planned duration of every finished milestone, by commission."""
    ratios: dict[str, list[float]] = {}
    for milestone in milestones:
        facts = reported.get(milestone.code)
        if facts and facts.finished_on and facts.state is State.DONE:
            planned = max((milestone.finish - milestone.start).days, 1)
            ratio = max((facts.finished_on - milestone.start).days, 1) / planned
            ratios.setdefault(milestone.commission, []).append(ratio)
    return ratios


def forecast(
    milestones: Sequence[Milestone],
    reported: Mapping[str, Reported],
    day: date,
    *,
    past: Iterable[Foreseen] = (),
    draws: int = DRAWS,
    seed: int = SEED,
) -> dict[str, Forecast]:
    """P20, P50 and P80 of every milestone that is still open on `day`.

    Args:
        milestones: the plan; links to milestones outside it are ignored.
        reported: what is known of them.
        day: nothing open can be finished before it.
        past: the leads' forecasts of what is finished by now; without any, durations stand in for their errors.
        draws: number of walks through the network.
        seed: the same seed gives the same forecast.
    """
    random = np.random.default_rng(seed)
    plan = {milestone.code: milestone for milestone in milestones}
    durations = record(milestones, reported)
    outlooks = errors(past) or durations
    graph = {code: [link.code for link in plan[code].after if link.code in plan] for code in plan}
    finishes: dict[str, Days] = {}
    for code in TopologicalSorter(graph).static_order():
        milestone, facts = plan[code], reported.get(code, Reported())
        begun = facts.state is not State.NOT_STARTED
        slips = _draw(outlooks if begun else durations, milestone.commission, draws, random)
        finishes[code] = _finish(milestone, facts, finishes, slips, day)
    closed = {State.DONE, State.CANCELLED}
    return {
        code: _summary(drawn, day)
        for code, drawn in finishes.items()
        if reported.get(code, Reported()).state not in closed
    }


def _draw(ratios: Mapping[str, Sequence[float]], commission: str, draws: int, random: np.random.Generator) -> Days:
    """`draws` ratios, from the commission's own record as far as it is long enough."""
    everywhere = [ratio for each in ratios.values() for ratio in each] or list(_NO_RECORD)
    own = ratios.get(commission, [])
    shared = random.choice(np.asarray(everywhere), draws)
    if not own:
        return shared
    trusted = random.random(draws) < len(own) / (len(own) + _SHRINKAGE)
    return np.where(trusted, random.choice(np.asarray(own), draws), shared)


def _finish(milestone: Milestone, facts: Reported, finishes: Mapping[str, Days], slips: Days, day: date) -> Days:
    """Finish in days after `day`, one a draw."""
    if facts.state in {State.DONE, State.CANCELLED}:
        return np.full(len(slips), float((expected_finish(milestone, facts) - day).days))
    if facts.state is State.NOT_STARTED:
        start = np.full(len(slips), float(max((milestone.start - day).days, 0)))
        for link in milestone.after:
            if link.code in finishes:
                start = np.maximum(start, finishes[link.code] + link.lag_days)
        return start + (milestone.finish - milestone.start).days * slips
    remaining = max((expected_finish(milestone, facts) - day).days, 1)
    return remaining * slips


def _summary(drawn: Days, day: date) -> Forecast:
    # The day on which it is done counts whole: rounded up, and never before tomorrow.
    low, middle, high = np.maximum(np.ceil(np.percentile(drawn, _PERCENTILES)), 1).astype(int).tolist()
    return Forecast(*(day + timedelta(days=days) for days in (low, middle, high)))
