"""Milestones over time as HTML: what was promised (a ghost bar), what is now expected, and how sure that is.

Rows are links in the page's own direction: titles wrap instead of being cut, and the keyboard and a screen reader
reach each. The name stands beside its bar where there is room and above it where there is not (board.css).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dashboard.charts.base import ticks
from dashboard.format import Format
from dashboard.look import MARKS
from dashboard.markup import Html, Target, link, sign, tag, text
from roadmap.domain.model import Status

_MARGIN: Final = timedelta(20)
#: Two points and what ties them: the sign of the critical path, in the square from -1 to 1 as the states' signs.
_TIED: Final = "M-.6,-.4A.4,.4,0,0,1,-.23,-.15H.23A.4,.4,0,1,1,.23,.15H-.23A.4,.4,0,1,1,-.6,-.4Z"


@dataclass(frozen=True)
class Bar:
    """A milestone on the time axis.

    Attributes:
        planned_start, planned_finish: as the plan that is looked at promises.
        ghost: what is compared with it, where that is not the same: another baseline's days.
        is_new: there is nothing to be compared with.
        slack: by how many days it may still slip before the programme's end does; 0 is on the critical path, None
            where that is not asked, or it is over.
        start, finish: when the work began, or is to begin, and when it ended, or is expected to.
        early_finish, late_finish: done by then with even odds, and with 80% certainty; None without a forecast.
        percent: how much is done, 0..100.
        facts: what stands under the title.
        role: `chosen`, `before` or `after` where a milestone and what it hangs together with are marked.
    """

    code: str
    title: str
    planned_start: date
    planned_finish: date
    start: date
    finish: date
    percent: float
    status: Status
    early_finish: date | None = None
    late_finish: date | None = None
    slip: int = 0
    facts: tuple[str, ...] = ()
    target: Target | None = None
    role: str = ""
    ghost: tuple[date, date] | None = None
    is_new: bool = False
    slack: int | None = None

    @property
    def is_critical(self) -> bool:
        """Whether a slip of it moves the programme's end."""
        return self.slack == 0

    @property
    def days(self) -> list[date]:
        """Every day that has to be on the axis."""
        known = (self.planned_start, self.planned_finish, self.start, self.finish, self.early_finish, self.late_finish)
        return [day for day in (*known, *(self.ghost or ())) if day]


@dataclass(frozen=True)
class Group:
    """Bars under a heading; one without a title stands alone."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class _Axis:
    """Days as shares of the axis, from where reading starts."""

    first: date
    last: date

    def at(self, day: date) -> str:
        return f"{100 * (day - self.first).days / (self.last - self.first).days:.2f}%"

    def span(self, start: date, finish: date) -> str:
        share = 100 * max((finish - start).days, 0) / (self.last - self.first).days
        return f"inset-inline-start:{self.at(start)};inline-size:{share:.2f}%"


def timeline(groups: Sequence[Group], *, today: date, f: Format) -> Html:
    """The groups in their order on one axis, with a line for `today`, the day that the board stands for."""
    days = [today, *(day for group in groups for bar in group.bars for day in bar.days)]
    axis = _Axis(min(days) - _MARGIN, max(days) + _MARGIN)
    body = (_group(group, axis, f) for group in groups)
    return tag("div", _scale(axis, today, f), *body, class_="b-time")


def _scale(axis: _Axis, today: date, f: Format) -> Html:
    """The axis' labels, and its lines behind all rows."""
    marks = ticks(f, axis.first, axis.last)
    labels = (tag("span", label, style=f"inset-inline-start:{axis.at(day)}") for day, label in marks)
    lines = (tag("i", style=f"inset-inline-start:{axis.at(day)}") for day, _ in marks)
    now = f"inset-inline-start:{axis.at(today)}"
    head = tag("div", tag("b", f.short_day(today), style=now), *labels, class_="b-scale", aria_hidden="true")
    return Html(head + tag("div", *lines, tag("b", style=now), class_="b-grid", aria_hidden="true"))


def _group(group: Group, axis: _Axis, f: Format) -> Html:
    heading = tag("h4", group.title) if group.title else Html("")
    return Html(heading + tag("ul", *(_row(bar, axis, f) for bar in group.bars)))


def _row(bar: Bar, axis: _Axis, f: Format) -> Html:
    words = spoken(bar, f)
    about = [f.join(bar.facts)] if bar.facts else []
    path = [critical(f.say("critical.path"))] if bar.is_critical else []
    name = tag("span", text(bar.title, "b-what"), tag("small", *about, *path) if about or path else Html(""))
    slip = tag("span", f.slip(bar.slip) if bar.slip else "", class_="b-aside", style=f"color:{MARKS[bar.status].ink}")
    parts = (
        tag("span", sign(bar.status), name, slip, class_="b-name"),
        _track(bar, axis),
        tag("span", words, class_="b-hidden"),
    )
    inner = link(bar.target, *parts, class_=f"b-row b-{bar.role}" if bar.role else "b-row")
    return tag("li", inner, title=words)


def critical(label: str) -> Html:
    """The mark of the critical path: a sign and words."""
    tied = tag("svg", tag("path", d=_TIED), class_="b-sign", viewBox="-1 -1 2 2", aria_hidden="true")
    return tag("span", tied, label, class_="b-critical")


def _track(bar: Bar, axis: _Axis) -> Html:
    mark = MARKS[bar.status]
    done = bar.start + (bar.finish - bar.start) * (bar.percent / 100)
    ghost = bar.ghost or (bar.planned_start, bar.planned_finish)
    shapes = [
        Html("") if bar.is_new else tag("i", class_="b-ghost", style=axis.span(*ghost)),
        tag("i", class_="b-rest", style=f"{axis.span(bar.start, bar.finish)};background:{mark.colour}"),
        tag("i", class_="b-done", style=f"{axis.span(bar.start, done)};background:{mark.colour}"),
        tag("b", class_="b-due", style=f"inset-inline-start:{axis.at(bar.planned_finish)}"),
    ]
    if bar.is_critical:
        shapes.append(tag("i", class_="b-tied", style=axis.span(bar.start, bar.finish)))
    if bar.early_finish and bar.late_finish:
        shapes.append(tag("i", class_="b-whisker", style=axis.span(bar.early_finish, bar.late_finish)))
    shapes.append(tag("span", sign(bar.status), class_="b-end", style=f"inset-inline-start:{axis.at(bar.finish)}"))
    return tag("span", *shapes, class_="b-track", aria_hidden="true")


def spoken(bar: Bar, f: Format) -> str:
    """What the bar shows, in words."""
    sure = f.say("timeline.certain", p50=f.day(bar.early_finish), p80=f.day(bar.late_finish)) if bar.late_finish else ""
    told = f.say(
        "timeline.spoken",
        state=f.say(f"status.{bar.status.value}"),
        percent=f.percent(bar.percent),
        promised=f.day(bar.planned_finish),
        expected=f.day(bar.finish),
    )
    was = f.say("timeline.ghost", start=f.day(bar.ghost[0]), finish=f.day(bar.ghost[1])) if bar.ghost else ""
    return told + sure + was + _slack(bar, f)


def _slack(bar: Bar, f: Format) -> str:
    if bar.slack is None:
        return ""
    if bar.is_critical:
        return f.say("timeline.critical")
    return f.say("timeline.slack", n=bar.slack, days=f.number(bar.slack))
