"""Where an indicator stands between baseline and target. Formulas: docs/glossary.md, section "Indicators"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from roadmap.domain.model import Direction, Indicator, Observation, ObservationStatus, Point, Status

#: How far an indicator may be short of its trajectory's value and still be on track.
_BAND = 0.15


@dataclass(frozen=True)
class Achieved:
    """The newest value, the target that is next due, and the share of the way gone (1 = target; None: no verdict)."""

    actual: float | None
    observed_on: date | None
    target: Point | None
    share: float | None


def achieved(indicator: Indicator, observations: Sequence[Observation], day: date) -> Achieved:
    """Achievement = (actual − baseline) / (target − baseline), of the newest usable observation up to `day`."""
    newest = _newest(observations, day)
    target = next_target(indicator, day)
    actual = newest.value if newest else None
    return Achieved(actual, newest.date if newest else None, target, _share(indicator, actual, target))


def next_target(indicator: Indicator, day: date) -> Point | None:
    """The first target that is due on `day` or later, else the last one; None where there is none."""
    due = [target for target in indicator.targets if target.date >= day]
    return due[0] if due else indicator.targets[-1] if indicator.targets else None


def trajectory(indicator: Indicator, day: date) -> float | None:
    """The value that is due on `day`: straight from the baseline through the targets, level after the last one.

    None before the baseline, and where there is no baseline or no target.
    """
    if indicator.baseline is None or not indicator.targets or day < indicator.baseline.date:
        return None
    points = [indicator.baseline, *indicator.targets]
    before = [point for point in points if point.date <= day][-1]
    after = next((point for point in points if point.date > day), None)
    if after is None:
        return before.value
    gone = (day - before.date).days / (after.date - before.date).days
    return before.value + (after.value - before.value) * gone


def due_share(indicator: Indicator, day: date) -> float | None:
    """The share of the way to the target next due that should be gone on `day`; beside `Achieved.share`."""
    return _share(indicator, trajectory(indicator, day), next_target(indicator, day))


def verdict(indicator: Indicator, actual: float | None, day: date) -> Status:
    """`actual` against the trajectory's value on `day`: on track down to 15% short of it, at risk below.

    Done when the last target is reached; stale, which is no verdict, without a value or a trajectory.
    """
    due = trajectory(indicator, day)
    if actual is None or due is None:
        return Status.STALE
    sense = 1 if indicator.direction is Direction.UP else -1
    if sense * (actual - indicator.targets[-1].value) >= 0:
        return Status.DONE
    return Status.ON_TRACK if sense * (due - actual) <= _BAND * abs(due) else Status.AT_RISK


def _newest(observations: Sequence[Observation], day: date) -> Observation | None:
    unusable = {ObservationStatus.MISSING, ObservationStatus.NOT_APPLICABLE}
    usable = [o for o in observations if o.date <= day and o.value is not None and o.status not in unusable]
    return max(usable, key=lambda observation: observation.date, default=None)


def _share(indicator: Indicator, actual: float | None, target: Point | None) -> float | None:
    baseline = indicator.baseline.value if indicator.baseline else None
    if actual is None or target is None or baseline is None or target.value == baseline:
        return None
    return (actual - baseline) / (target.value - baseline)
