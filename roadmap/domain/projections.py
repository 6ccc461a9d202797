"""Folds events into state: a plain loop. Replay, projections and "as of last spring" are this same fold.

The store keeps the same state in tables, by SQL, because it has to answer for millions of rows; a test holds the
two against each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from roadmap.domain.changes import Recorded, Stream, latest
from roadmap.domain.events import (
    Event,
    IndicatorBaselined,
    IndicatorObserved,
    MilestoneBaselined,
    ProgressReported,
    UnitOpened,
)
from roadmap.domain.model import Indicator, Milestone, Observation, Unit


@dataclass
class Standing:
    """Everything the programme is, after a number of events."""

    units: dict[str, Unit] = field(default_factory=dict)
    milestones: dict[str, Milestone] = field(default_factory=dict)
    indicators: dict[str, Indicator] = field(default_factory=dict)
    observations: dict[str, list[Observation]] = field(default_factory=dict)
    reports: dict[Stream, list[Recorded]] = field(default_factory=dict)

    def latest_reports(self) -> dict[Stream, Recorded]:
        """The report that counts, for each stream."""
        newest = {stream: latest(history) for stream, history in self.reports.items()}
        return {stream: recorded for stream, recorded in newest.items() if recorded is not None}


def fold(events: Iterable[Event], standing: Standing | None = None) -> Standing:
    """The state after `events`, in their order, starting from `standing` or from nothing."""
    state = standing or Standing()
    for event in events:
        apply(state, event)
    return state


def apply(state: Standing, event: Event) -> None:
    """Moves `state` on by one event."""
    match event:
        case UnitOpened():
            state.units[event.unit.code] = event.unit
        case MilestoneBaselined():
            state.milestones[event.milestone.code] = event.milestone
        case IndicatorBaselined():
            state.indicators[event.indicator.code] = event.indicator
        case IndicatorObserved():
            state.observations.setdefault(event.indicator, []).append(event.observation)
        case ProgressReported():
            history = state.reports.setdefault((event.milestone, event.unit), [])
            history.append(Recorded(len(history) + 1, event))
        case _:
            pass  # about how reports come in, who may do what, or what is to be decided: it changes no figure
