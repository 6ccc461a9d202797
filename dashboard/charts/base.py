"""What all charts share: the finished form, the time axis of either calendar, the config.

A canvas knows no direction: texts are isolated runs, the time axis is reversed for a page from right to left, and years
are explicit ticks on a scale of milliseconds, since Vega has no Jalali calendar.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

import altair as alt

from dashboard.format import Format
from dashboard.look import FONT, GROUND, LINE, MUTED, TEXT
from roadmap.domain.calendar import add_months, from_parts, month_name, parts

Row = dict[str, Any]
#: Months between two ticks, from the finest.
_STEPS: Final = (1, 3, 6, 12, 24, 60, 120)
_MOST_TICKS: Final = 9


@dataclass(frozen=True)
class Chart:
    """A chart that is ready to draw.

    Attributes:
        spec: the Vega-Lite dict, data included.
        alt: what the chart says, in a sentence.
        table: the rows behind it, under translated headings and as text.
    """

    spec: dict[str, Any]
    alt: str
    table: list[dict[str, str]] = field(default_factory=list)


def milliseconds(day: date) -> int:
    """`day` at midnight UTC, as browsers count."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def time_axis(f: Format, first: date, last: date, *, orient: str = "bottom") -> alt.X:
    """The axis from `first` to `last` for the field `x`, in the reader's calendar and direction."""
    labels = {str(milliseconds(day)): f.run(label) for day, label in ticks(f, first, last)}
    axis = alt.Axis(
        values=[int(value) for value in labels],
        labelExpr=f"{json.dumps(labels, ensure_ascii=False)}[toString(datum.value)]",
        labelOverlap="greedy",
        orient=orient,
        title=None,
    )
    return alt.X("x:Q", scale=time_scale(f, first, last), axis=axis)


def time_scale(f: Format, first: date, last: date) -> alt.Scale:
    """Milliseconds from `first` to `last`, in reading direction."""
    return alt.Scale(
        domain=[milliseconds(first), milliseconds(last)], nice=False, zero=False, reverse=f.rtl, clamp=True
    )


def ticks(f: Format, first: date, last: date) -> list[tuple[date, str]]:
    """Days to mark between `first` and `last`, at most nine, with their labels: years, or months in short spans."""
    year, *_ = parts(first, f.calendar)
    opening = from_parts(year, 1, 1, f.calendar)
    days = (last - first).days
    step = next((months for months in _STEPS if days / (months * 30.4) <= _MOST_TICKS), _STEPS[-1])
    found, day, count = [], opening, 0
    while day <= last:
        if day >= first:
            found.append((day, _tick_label(f, day, step)))
        count += 1
        day = add_months(opening, count * step, f.calendar)
    return found


def _tick_label(f: Format, day: date, step: int) -> str:
    _, month, _ = parts(day, f.calendar)
    if step >= 12 or month == 1:
        return f.year(day)
    name = month_name(month, f.language, f.calendar)
    return name if f.rtl else name[:3]


def percent_axis(f: Format) -> alt.Y:
    """The axis of the field `y`, 0..100, on the side where reading starts."""
    labels = {str(value): f.run(f.percent(value)) for value in range(0, 101, 25)}
    axis = alt.Axis(
        values=[int(value) for value in labels],
        labelExpr=f"{json.dumps(labels, ensure_ascii=False)}[toString(datum.value)]",
        orient="right" if f.rtl else "left",
        title=None,
    )
    return alt.Y("y:Q", scale=alt.Scale(domain=[0, 100]), axis=axis)


def data(rows: list[Row]) -> alt.InlineData:
    """`rows` as a chart's data."""
    return alt.InlineData(values=rows)


def finish(chart: alt.LayerChart | alt.Chart, alternative: str, table: list[dict[str, str]]) -> Chart:
    """The chart in the board's dress, as wide as its place."""
    spec = chart.properties(width="container", autosize=alt.AutoSizeParams(type="fit-x", contains="padding")).to_dict()
    return Chart({**spec, "config": CONFIG, "background": "transparent"}, alternative, table)


CONFIG: Final[dict[str, Any]] = {
    "font": FONT,
    "view": {"stroke": None},
    # The chart is told as a whole: each bar and line by itself would be a picture without a name.
    "mark": {"aria": False},
    "padding": 2,
    "axis": {
        "labelColor": MUTED, "labelFontSize": 12, "labelPadding": 6, "ticks": False,
        "domain": False, "gridColor": GROUND, "gridWidth": 1,
    },
    "axisX": {"domain": True, "domainColor": LINE},
    "legend": {
        "orient": "top", "title": None, "labelColor": TEXT, "labelFontSize": 12, "symbolStrokeWidth": 2.5,
        "symbolSize": 220, "columnPadding": 18, "offset": 4, "labelLimit": 260,
    },
    "text": {"fontSize": 12, "fill": TEXT},
}  # fmt: skip
