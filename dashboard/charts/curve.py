"""The S-curve: planned, actual and forecast progress over time, with the fan of the forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import altair as alt

from dashboard.charts.base import Chart, Row, data, finish, milliseconds, percent_axis, time_axis, time_scale
from dashboard.format import Format
from dashboard.look import FORECAST, PLAN, PRIMARY, TEXT, TODAY

#: Each line's colour and dashes.
_LINES: Final = {"planned": (PLAN, [6, 4]), "actual": (PRIMARY, [1, 0]), "forecast": (FORECAST, [2, 4])}


@dataclass(frozen=True)
class CurvePoint:
    """Progress on a day, in percent (0..100). The forecast lies between `low` and `high`."""

    day: date
    planned: float
    actual: float | None = None
    forecast: float | None = None
    low: float | None = None
    high: float | None = None


def curve(points: Sequence[CurvePoint], *, today: date, f: Format, height: int = 300) -> Chart:
    """The programme's progress. `points` are in order of days and at least one."""
    first, last = points[0].day, points[-1].day
    layers = [
        _fan(points),
        _lines(points, f, first, last),
        _today(today, f, first, last),
        _latest(points, f),
        _hover(points, f),
    ]
    chart = alt.layer(*layers).properties(height=height)
    return finish(chart, _sentence(points, f), [_table_row(point, f) for point in points])


def _lines(points: Sequence[CurvePoint], f: Format, first: date, last: date) -> alt.Chart:
    known = {name: any(getattr(point, name) is not None for point in points) for name in _LINES}
    names = {name: f.run(f.say(f"curve.{name}")) for name in _LINES if known[name]}
    rows: list[Row] = [
        {"x": milliseconds(point.day), "y": value, "series": label}
        for name, label in names.items()
        for point in points
        if (value := getattr(point, name)) is not None
    ]
    domain = list(names.values())
    colours, dashes = zip(*(_LINES[name] for name in names), strict=True)
    return (
        alt.Chart(data(rows))
        .mark_line(strokeWidth=2.5, strokeCap="round", interpolate="monotone")
        .encode(
            x=time_axis(f, first, last),
            y=percent_axis(f),
            color=alt.Color("series:N", scale=alt.Scale(domain=domain, range=list(colours))),
            strokeDash=alt.StrokeDash("series:N", scale=alt.Scale(domain=domain, range=list(dashes))),
        )
    )


def _fan(points: Sequence[CurvePoint]) -> alt.Chart:
    rows: list[Row] = [
        {"x": milliseconds(point.day), "y": point.low, "high": point.high} for point in points if point.low is not None
    ]
    return (
        alt.Chart(data(rows))
        .mark_area(color=FORECAST, opacity=0.16, interpolate="monotone")
        .encode(x=alt.X("x:Q"), y=alt.Y("y:Q"), y2="high:Q")
    )


def _today(today: date, f: Format, first: date, last: date) -> alt.LayerChart:
    base = alt.Chart(data([{"x": milliseconds(today), "label": f.run(f.say("chart.today", day=f.short_day(today)))}]))
    x = alt.X("x:Q", scale=time_scale(f, first, last))
    rule = base.mark_rule(color=TODAY, strokeWidth=1.2).encode(x=x)
    near_start = (today - first) < (last - today)
    align = "left" if near_start != f.rtl else "right"
    label = base.mark_text(
        align=align, dx=6 if align == "left" else -6, baseline="bottom", dy=-4, color=TODAY, fontSize=11
    )
    return alt.layer(rule, label.encode(x=x, y=alt.value(alt.expr("height")), text="label:N"))


def _latest(points: Sequence[CurvePoint], f: Format) -> alt.LayerChart:
    known = [point for point in points if point.actual is not None][-1:]
    rows: list[Row] = [{"x": milliseconds(p.day), "y": p.actual, "label": f.run(f.percent(p.actual, 1))} for p in known]
    base = alt.Chart(data(rows)).encode(x=alt.X("x:Q"), y=alt.Y("y:Q"))
    dot = base.mark_point(filled=True, size=60, color=PRIMARY, opacity=1)
    side = "left" if not f.rtl else "right"
    label = base.mark_text(
        align=side, dx=10 if side == "left" else -10, dy=12, fontWeight=700, fontSize=14, color=TEXT
    ).encode(text="label:N")
    return alt.layer(dot, label)


def _hover(points: Sequence[CurvePoint], f: Format) -> alt.Chart:
    rows: list[Row] = [{"x": milliseconds(point.day), **_table_row(point, f)} for point in points]
    names = [name for name in rows[0] if name != "x"]
    return (
        alt.Chart(data(rows))
        .mark_rule(opacity=0.001, strokeWidth=14)
        .encode(x=alt.X("x:Q"), tooltip=[alt.Tooltip(field=name, type="nominal", title=name) for name in names])
    )


def _table_row(point: CurvePoint, f: Format) -> dict[str, str]:
    spread = "–" if point.low is None else f"{f.percent(point.low)} … {f.percent(point.high)}"
    return {
        f.say("table.day"): f.day(point.day),
        f.say("curve.planned"): f.percent(point.planned, 1),
        f.say("curve.actual"): f.percent(point.actual, 1),
        f.say("curve.forecast"): f.percent(point.forecast, 1),
        f.say("curve.range"): spread,
    }


def _sentence(points: Sequence[CurvePoint], f: Format) -> str:
    known = [point for point in points if point.actual is not None]
    if not known:
        return f.say("curve.alt_plan", last=f.day(points[-1].day))
    latest = known[-1]
    return f.say(
        "curve.alt",
        day=f.day(latest.day),
        actual=f.percent(latest.actual, 1),
        planned=f.percent(latest.planned, 1),
        last=f.day(points[-1].day),
    )
