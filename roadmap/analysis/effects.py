"""What proposed changes of a plan move: whoever waits for what is changed, the ends, weights, the planned percent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from roadmap.analysis import progress
from roadmap.analysis.progress import Reported
from roadmap.analysis.schedule import Activity, CircleError, Schedule, activities, schedule
from roadmap.domain.model import Milestone, State

_OVER: Final = frozenset({State.DONE, State.CANCELLED})


@dataclass(frozen=True)
class Push:
    """A milestone that can no longer keep its planned days, since what it waits for finishes later.

    `start` and `finish` are the first days that are possible, `days` by how many those are after the planned ones;
    `before` is how many days it was pushed without the changes.
    """

    milestone: Milestone
    start: date
    finish: date
    days: int
    before: int


@dataclass(frozen=True)
class Loose:
    """A milestone that waits for one which is dropped."""

    milestone: Milestone
    dropped: str


@dataclass(frozen=True)
class Moved:
    """The last planned day, before and after the changes; None where there is nothing."""

    before: date | None
    after: date | None

    @property
    def days(self) -> int:
        """By how many days it moves; positive is later."""
        return (self.after - self.before).days if self.before and self.after else 0


@dataclass(frozen=True)
class HorizonEffect:
    """A horizon's end, the sum of its weights and the number of its milestones, before and after the changes."""

    horizon: str
    end: Moved
    weight: tuple[float, float]
    milestones: tuple[int, int]

    @property
    def changes(self) -> bool:
        """Whether anything is otherwise after the changes."""
        return bool(self.end.before != self.end.after or self.weight[0] != self.weight[1]) or (
            self.milestones[0] != self.milestones[1]
        )


@dataclass(frozen=True)
class Effects:
    """What changes move. `planned` is the programme's planned percent (0–100) on the day, before and after.

    `end` is when everything can be finished, links considered; `critical` are the milestones on the critical path
    after the changes. `circle` names those that wait for each other: then nothing can be pushed, nor has it an end.
    """

    pushed: list[Push]
    loose: list[Loose]
    end: Moved
    critical: list[str]
    horizons: list[HorizonEffect]
    planned: tuple[float | None, float | None]
    circle: tuple[str, ...] = ()


def effects(
    before: Sequence[Milestone], after: Sequence[Milestone], day: date, facts: Mapping[str, Reported] | None = None
) -> Effects:
    """What turns the plan `before` into the plan `after` moves; both without what is dropped.

    What has begun waits for nothing any more, and what is over keeps nobody waiting.

    Args:
        before: the milestones in force.
        after: the same with the changes.
        day: the day on which the planned percents are compared.
        facts: what is known of the milestones on that day.
    """
    known = facts or {}
    planned = (_planned(before, day), _planned(after, day))
    horizons, loose = list(_horizons(before, after)), list(_loose(before, after))
    to_come = [own for own in after if _waits(own, known)]
    try:
        old, new = schedule(_network(before, known)), schedule(_network(after, known))
    except CircleError as error:
        return Effects([], loose, Moved(None, None), [], horizons, planned, error.codes)
    return Effects(
        pushed=sorted(_pushed(old, new, before, to_come), key=lambda push: (-push.days, push.milestone.code)),
        loose=loose,
        end=Moved(_end(old), _end(new)),
        critical=new.critical,
        horizons=horizons,
        planned=planned,
    )


def _network(plan: Sequence[Milestone], facts: Mapping[str, Reported]) -> list[Activity]:
    """The plan as activities, as far as it is still to come."""
    return [_activity(own, activity, facts) for own, activity in zip(plan, activities(plan), strict=True)]


def _activity(own: Milestone, activity: Activity, facts: Mapping[str, Reported]) -> Activity:
    if _waits(own, facts):
        return activity
    if facts[own.code].state in _OVER:
        return Activity(own.code, 0, (), progress.expected_finish(own, facts[own.code]).toordinal())
    return replace(activity, after=())


def _waits(own: Milestone, facts: Mapping[str, Reported]) -> bool:
    """Whether it has not begun."""
    return facts.get(own.code, Reported()).state is State.NOT_STARTED


def _end(found: Schedule) -> date | None:
    return date.fromordinal(found.end) if found.times else None


def _pushed(old: Schedule, new: Schedule, before: Iterable[Milestone], after: Iterable[Milestone]) -> Iterator[Push]:
    late = {own.code: old.times[own.code].early_start - own.start.toordinal() for own in before}
    for own in after:
        times = new.times[own.code]
        days, earlier = times.early_start - own.start.toordinal(), late.get(own.code, 0)
        if days > earlier:
            start, finish = date.fromordinal(times.early_start), date.fromordinal(times.early_finish)
            yield Push(own, start, finish, days, earlier)


def _loose(before: Iterable[Milestone], after: Sequence[Milestone]) -> Iterator[Loose]:
    gone = {own.code for own in before} - {own.code for own in after}
    return (Loose(own, link.code) for own in after for link in own.after if link.code in gone)


def _horizons(before: Sequence[Milestone], after: Sequence[Milestone]) -> Iterator[HorizonEffect]:
    for code in dict.fromkeys(own.horizon for own in (*before, *after)):
        old, new = ([own for own in plan if own.horizon == code] for plan in (before, after))
        found = HorizonEffect(code, Moved(_last(old), _last(new)), (_weight(old), _weight(new)), (len(old), len(new)))
        if found.changes:
            yield found


def _last(plan: Iterable[Milestone]) -> date | None:
    return max((own.finish for own in plan), default=None)


def _weight(plan: Iterable[Milestone]) -> float:
    return sum(own.weight for own in plan)


def _planned(plan: Iterable[Milestone], day: date) -> float | None:
    return progress.roll_up((own.weight, progress.planned_percent(own, day)) for own in plan)
