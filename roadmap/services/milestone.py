"""One milestone's whole story: the plan, every report, each number down to file, sheet and row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from roadmap.analysis import progress
from roadmap.domain.calendar import month_ends
from roadmap.domain.changes import Recorded, latest
from roadmap.domain.events import ProgressReported
from roadmap.domain.reviewing import Case, Fate
from roadmap.domain.text import Text
from roadmap.errors import RoadmapError
from roadmap.services import standing
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.services.standing import Line
from roadmap.store import log, views
from roadmap.store.views import Rollup, Told, reviews

__all__ = ["Entry", "MilestoneView", "PlaceLine", "Told", "TrendPoint", "milestone"]

#: So many of the reports that were sent are told.
_SENT: Final = 25


@dataclass(frozen=True)
class TrendPoint:
    """Planned and reported percent (0–100) at a month's end."""

    day: date
    planned: float
    actual: float


@dataclass(frozen=True)
class PlaceLine:
    """How far a milestone is in one province, or in the country where it has no units."""

    code: str
    title: Text
    percent: float
    units: int
    reporting: int
    last_report: date | None


@dataclass(frozen=True)
class Entry:
    """A report in the story, and the one that stood for its unit before it (None: it is the first).

    `case` is what was sent and accepted, where the report waited for review.
    """

    told: Told
    before: ProgressReported | None
    case: Case | None = None


@dataclass(frozen=True)
class MilestoneView:
    """Everything on the Milestone page, for one moment. `source` is the document that the milestone is quoted from.

    `sent` are the newest reports that were sent for review and what became of them, the newest first.
    """

    line: Line
    moment: Moment
    predecessors: list[Line]
    successors: list[Line]
    trend: list[TrendPoint]
    places: list[PlaceLine]
    story: list[Entry]
    story_length: int
    sent: list[Case]
    source: Text | None


@allowed(Action.READ_BOARD)
def milestone(desk: Desk, moment: Moment, code: str, *, page: int = 0, page_size: int = 25) -> MilestoneView:
    """The milestone `code` at `moment`, with page `page` (from 0) of its story, newest report first.

    Raises:
        RoadmapError: there is no such milestone at that moment.
    """
    everything = {line.code: line for line in standing.lines(desk, moment)}
    line = everything.get(code)
    if line is None:
        raise RoadmapError(
            f"There is no milestone {code!r} on this board; pick one from the list.",
            fa=f"نقطه عطفی با کد «{code}» در این تابلو نیست؛ یکی را از فهرست برگزینید.",
        )
    with desk.engine.connect() as connection:
        told = views.story(connection, code, moment.seq, limit=page_size, offset=page * page_size)
        history = log.reports(connection, [(code, each.unit.code) for each in told])
        length = views.story_length(connection, code, moment.seq)
        reviewed = reviews.of_streams(connection, set(history), moment.seq)
        sent = reviews.recent(connection, code, moment.seq, _SENT)
        rollups = views.rollups(connection, moment.seq, moment.day, code)
        titles = {unit.code: unit.title for unit in views.units(connection, moment.seq, "province", moment.day)}
    return MilestoneView(
        line=line,
        moment=moment,
        predecessors=[everything[link.code] for link in line.milestone.after if link.code in everything],
        successors=[other for other in everything.values() if code in {link.code for link in other.milestone.after}],
        trend=_trend(desk, moment, line),
        places=_places(rollups, titles),
        story=[Entry(each, _before(each, history[code, each.unit.code]), _accepted(each, reviewed)) for each in told],
        story_length=length,
        sent=sent[::-1],
        source=next((each.title for each in desk.programme.sources if each.code == line.milestone.source), None),
    )


def _before(told: Told, history: Sequence[Recorded]) -> ProgressReported | None:
    """What stood for the unit when `told` was written: for its own day if it corrects that, else for a day before."""
    earlier = (
        each for each in history if each.version < told.version and each.report.effective <= told.report.effective
    )
    found = latest(earlier)
    return found.report if found else None


def _accepted(told: Told, reviewed: Sequence[Case]) -> Case | None:
    """What was accepted with the batch that brought the report."""
    return next(
        (
            case
            for case in reviewed
            if case.fate is Fate.ACCEPTED
            and case.review
            and case.review.batch == told.receipt.batch
            and case.submission.report.unit == told.unit.code
        ),
        None,
    )


def _trend(desk: Desk, moment: Moment, line: Line) -> list[TrendPoint]:
    until = min(moment.day, max(line.milestone.finish, line.expected_finish))
    days = list(month_ends(line.milestone.start, until, desk.programme.programme.calendar))
    if not days:
        return []
    with desk.engine.connect() as connection:
        reported = views.percent_over_time(connection, moment.seq, days, line.code).get(line.code, [0.0] * len(days))
    return [
        TrendPoint(day, progress.planned_percent(line.milestone, day), actual)
        for day, actual in zip(days, reported, strict=True)
    ]


def _places(rollups: Sequence[Rollup], titles: dict[str, Text]) -> list[PlaceLine]:
    """The provinces of that day that have units of the milestone, the furthest first; none for a national one."""
    places = [
        PlaceLine(own.province, titles[own.province], own.percent or 0.0, own.units, own.reporting, own.last_report)
        for own in rollups
        if own.province in titles
    ]
    return sorted(places, key=lambda place: (-place.percent, place.code))
