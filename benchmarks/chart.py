"""Draws docs/benchmarks.svg from build/bench.json: how intake and board reads grow with the size.

Run by the benchmarks' own interpreter (`make bench` does), which has the drawing library.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import altair as alt

_ROWS = re.compile(r"intake, ([\d,]+) rows: (.+)")
_EVENTS = re.compile(r"(.+), ([\d,]+) events: .*p95")
_WAYS = {
    "bare COPY, the unit": "bare COPY",
    "whole, warm": "whole intake",
    "naive peer": "pydantic + ORM",
    "contract peer": "dlt, contract",
    "arrow peer": "dlt, not validated",
}


def main(source: str, target: str) -> None:
    """Reads the figures in `source` and writes the chart to `target`."""
    figures = json.loads(Path(source).read_text("utf-8"))
    chart = alt.hconcat(_intake(figures), _reads(figures)).configure_view(stroke=None).configure_axis(grid=True)
    chart.save(Path(target))


def _intake(figures: list[dict[str, object]]) -> alt.Chart:
    bare: dict[int, float] = {}
    points = []
    for figure in figures:
        match = _ROWS.fullmatch(str(figure["name"]))
        if match is None or match[2] not in _WAYS:
            continue
        rows, value = int(match[1].replace(",", "")), float(str(figure["value"]))
        if match[2] == "bare COPY, the unit":
            bare[rows] = value
        seconds = value if figure["unit"] == "s" else value * bare[rows]
        points.append({"rows": rows, "seconds": seconds, "way": _WAYS[match[2]]})
    return _curve(points, "rows", "rows of the file", "way", "A file's way into the log")


def _reads(figures: list[dict[str, object]]) -> alt.Chart:
    points = [
        {"events": int(match[2].replace(",", "")), "seconds": float(str(figure["value"])) / 1000, "way": match[1]}
        for figure in figures
        if (match := _EVENTS.fullmatch(str(figure["name"])))
    ]
    return _curve(points, "events", "events in the log", "way", "Reading and reporting, 95th percentile")


def _curve(points: list[dict[str, object]], size: str, title: str, way: str, heading: str) -> alt.Chart:
    return (
        alt.Chart(alt.Data(values=points), title=heading, width=380, height=320)
        .mark_line(point=True)
        .encode(
            alt.X(f"{size}:Q", title=title).scale(type="log"),
            alt.Y("seconds:Q", title="seconds").scale(type="log"),
            alt.Color(f"{way}:N", title=None).legend(orient="bottom", columns=3),
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
