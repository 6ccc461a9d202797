"""Milestones as bars of the timelines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from dashboard.format import Format
from dashboard.markup import Target
from dashboard.timeline import Bar
from roadmap.services.critical_path import CriticalPath
from roadmap.services.standing import Line


def story(code: str) -> Target:
    """A milestone's own page."""
    return Target("milestone", (("milestone", code),))


#: The days that another plan has for milestones, by code: where a bar is to be compared with that.
Ghosts = Mapping[str, tuple[date, date]]


def bar(
    line: Line,
    facts: tuple[str, ...],
    f: Format,
    *,
    role: str = "",
    ghosts: Ghosts | None = None,
    path: CriticalPath | None = None,
) -> Bar:
    """`line` with `facts` under its title: promised, expected by its lead, and how sure the forecast makes that.

    The ghost behind it is the plan that `line` is of, or what `ghosts` has in its place; with `path` it has its slack.
    """
    forecast, expected = line.forecast, line.expected_finish
    planned = (line.milestone.start, line.milestone.finish)
    ghost = planned if ghosts is None else ghosts.get(line.code)
    return Bar(
        code=line.code,
        title=line.milestone.title.in_(f.language),
        planned_start=line.milestone.start,
        planned_finish=line.milestone.finish,
        start=min(line.milestone.start, expected),
        finish=expected,
        percent=line.reported.percent,
        status=line.status,
        early_finish=forecast.p50 if forecast else None,
        late_finish=forecast.p80 if forecast else None,
        slip=line.variance_days,
        facts=facts,
        target=story(line.code),
        role=role,
        ghost=None if ghost == planned else ghost,
        is_new=ghost is None,
        slack=path.slack.get(line.code) if path else None,
    )
