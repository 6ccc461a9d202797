"""The critical path: a forward and a backward pass over finish-to-start links with lags, in days from any origin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter

from roadmap.analysis import progress
from roadmap.analysis.progress import Reported
from roadmap.domain.model import Link, Milestone, State
from roadmap.errors import RoadmapError


class CircleError(RoadmapError):
    """Activities wait for each other in a circle, so none of them can begin; `codes` names them in their order."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(f"These wait for each other in a circle: {' → '.join(codes)}; take one of the links out.")
        self.codes = tuple(codes)


@dataclass(frozen=True)
class Activity:
    """Something that takes `duration` days, begins after what it waits for, and not before the day `earliest`."""

    code: str
    duration: int
    after: tuple[Link, ...] = ()
    earliest: int = 0


@dataclass(frozen=True)
class Times:
    """The earliest and latest days on which an activity starts and finishes without moving the end."""

    early_start: int
    early_finish: int
    late_start: int
    late_finish: int

    @property
    def slack(self) -> int:
        """Total float in days: by so much it can slip without moving the end."""
        return self.late_start - self.early_start


@dataclass(frozen=True)
class Schedule:
    """The times of all activities by code, and the day on which the last one finishes."""

    times: Mapping[str, Times]
    end: int

    @property
    def critical(self) -> list[str]:
        """Those without any float, by their starts: if one of them slips, so does the end."""
        own = [code for code, times in self.times.items() if not times.slack]
        return sorted(own, key=lambda code: (self.times[code].early_start, self.times[code].early_finish, code))


def activities(milestones: Iterable[Milestone]) -> list[Activity]:
    """Milestones as activities that take their planned time and begin, at the earliest, on their planned start."""
    return [
        Activity(each.code, (each.finish - each.start).days, each.after, each.start.toordinal()) for each in milestones
    ]


def expected(plan: Iterable[tuple[Milestone, Reported]], day: date) -> list[Activity]:
    """Milestones as activities that finish when that is expected on `day`, on that day at the earliest.

    Cancelled ones are left out. What has begun waits for nothing any more; what is done takes no time and lies where it
    was done.
    """
    return [_expected(own, known, day) for own, known in plan if known.state is not State.CANCELLED]


def _expected(own: Milestone, known: Reported, day: date) -> Activity:
    finish = progress.expected_finish(own, known)
    if known.state is State.DONE:
        return Activity(own.code, 0, (), finish.toordinal())
    length = (own.finish - own.start).days
    waits_for = own.after if known.state is State.NOT_STARTED else ()
    return Activity(own.code, length, waits_for, max(finish, day).toordinal() - length)


def schedule(network: Sequence[Activity]) -> Schedule:
    """The times of the activities of `network`; links to what is not in it are left out.

    Raises:
        CircleError: some of them wait for each other.
    """
    own = {activity.code: activity for activity in network}
    links = {code: [link for link in activity.after if link.code in own] for code, activity in own.items()}
    order = _order({code: [link.code for link in before] for code, before in links.items()})
    early = _forward(own, links, order)
    end = max((early[code] + own[code].duration for code in order), default=0)
    late = _backward(own, links, order, end)
    times = {
        code: Times(early[code], early[code] + own[code].duration, late[code] - own[code].duration, late[code])
        for code in own
    }
    return Schedule(times, end)


def _order(graph: Mapping[str, Sequence[str]]) -> list[str]:
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise CircleError(error.args[1]) from None


def _forward(own: Mapping[str, Activity], links: Mapping[str, Sequence[Link]], order: Iterable[str]) -> dict[str, int]:
    """Early starts."""
    starts: dict[str, int] = {}
    for code in order:
        waits = [starts[link.code] + own[link.code].duration + link.lag_days for link in links[code]]
        starts[code] = max([own[code].earliest, *waits])
    return starts


def _backward(
    own: Mapping[str, Activity], links: Mapping[str, Sequence[Link]], order: Sequence[str], end: int
) -> dict[str, int]:
    """Late finishes."""
    finishes = dict.fromkeys(order, end)
    for code in reversed(order):
        start = finishes[code] - own[code].duration
        for link in links[code]:
            finishes[link.code] = min(finishes[link.code], start - link.lag_days)
    return finishes
