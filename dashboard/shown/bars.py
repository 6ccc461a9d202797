"""Milestones as bars of the timelines."""

from __future__ import annotations

from dashboard.format import Format
from dashboard.markup import Target
from dashboard.timeline import Bar
from roadmap.services.standing import Line


def story(code: str) -> Target:
    """A milestone's own page."""
    return Target("milestone", (("milestone", code),))


def bar(line: Line, facts: tuple[str, ...], f: Format, *, role: str = "") -> Bar:
    """`line` with `facts` under its title: promised, expected by its lead, and how sure the forecast makes that."""
    forecast, expected = line.forecast, line.expected_finish
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
    )
