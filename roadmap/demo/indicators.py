"""Illustrative values of indicators, quarter by quarter: through the known values, then on towards the targets.

Only indicators with a baseline and targets get any: where the sources promise nothing, nothing is invented. What
happens within a year (flows) is left out too, since a quarter of it would be another quantity.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from roadmap.analysis.indicators import trajectory
from roadmap.domain.calendar import month_ends
from roadmap.domain.events import IndicatorObserved
from roadmap.domain.model import NATIONAL, Cumulation, IndicatorKind, Observation, ObservationStatus
from roadmap.programme import IndicatorEntry, Programme

_SEED = 87
_MONTHS = 3
#: How much of the promised pace is really kept, drawn once an indicator.
_PACE = (0.55, 1.1)


def observations(programme: Programme, today: date) -> dict[date, list[IndicatorObserved]]:
    """Observations up to `today` by the month end that they speak for, oldest first."""
    identity = programme.programme
    days = list(month_ends(identity.start, today, identity.calendar))[_MONTHS - 1 :: _MONTHS]
    by_day: dict[date, list[IndicatorObserved]] = {day: [] for day in days}
    for entry in programme.indicators:
        for each in _observed(entry, days):
            by_day[each.effective].append(each)
    return by_day


def _observed(entry: IndicatorEntry, days: Sequence[date]) -> list[IndicatorObserved]:
    measured = entry.kind is not IndicatorKind.QUALITATIVE and entry.cumulation is not Cumulation.FLOW
    if not measured or entry.baseline is None or not entry.targets:
        return []
    known = {entry.baseline.date: entry.baseline.value}
    known |= {each.date: each.value for each in entry.observations if each.unit == NATIONAL and each.value is not None}
    pace = float(np.random.default_rng([_SEED, *entry.code.encode()]).uniform(*_PACE))
    return [
        _event(entry, day, _value(entry, day, known, pace)) for day in days if day not in known and day > min(known)
    ]


def _event(entry: IndicatorEntry, day: date, value: float) -> IndicatorObserved:
    rounded = round(value) if entry.kind is IndicatorKind.COUNT else round(value, 1)
    observation = Observation(date=day, value=float(rounded), status=ObservationStatus.ESTIMATED)
    return IndicatorObserved(effective=day, indicator=entry.code, observation=observation)


def _value(entry: IndicatorEntry, day: date, known: dict[date, float], pace: float) -> float:
    """Straight between two known values; after the last, `pace` times the trajectory's own steps."""
    last = max(date_ for date_ in known if date_ < day)
    following = min((date_ for date_ in known if date_ > day), default=None)
    if following is not None:
        return known[last] + (known[following] - known[last]) * (day - last).days / (following - last).days
    due, was_due = trajectory(entry, day), trajectory(entry, last)
    return known[last] + pace * ((due or 0.0) - (was_due or 0.0))
