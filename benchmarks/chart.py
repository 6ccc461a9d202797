"""Draws docs/benchmarks.svg from build/bench.json: how intake and board reads grow with the size.

Run by the benchmarks' own interpreter (`make bench` does), which has the drawing library.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import altair as alt

_ROWS = re.compile(r"intake, ([\d,]+) rows: (.+)")
_EVENTS = re.compile(r"(.+), ([\d,]+) events: .*p95")
_WAYS = {
    "naive peer": "pydantic + ORM",
    "contract peer": "dlt, contract",
    "arrow peer": "dlt, not validated",
    "whole, warm": "whole intake",
    "bare COPY, the unit": "bare COPY",
}
_FIGURE = 380, 300


def main(source: str, target: str) -> None:
    """Reads the figures in `source` and writes the chart to `target`."""
    figures = json.loads(Path(source).read_text("utf-8"))
    intake = _curve(_intake(figures), "rows of the file", "s", "A file's way into the log, seconds")
    reads = _curve(_reads(figures), "events in the log", "ms", "Reads and one report, ms (95th percentile)")
    chart = alt.hconcat(intake, reads, spacing=40).resolve_scale(color="independent")
    styled = chart.configure_view(stroke=None).configure_axis(gridColor="#e8e8e8", domain=False, tickSize=0)
    styled.configure_title(anchor="start", fontSize=13).save(Path(target))


def _intake(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    bare: dict[int, float] = {}
    points = []
    for figure in figures:
        match = _ROWS.fullmatch(figure["name"])
        if match is None or match[2] not in _WAYS:
            continue
        rows = _number(match[1])
        if match[2] == "bare COPY, the unit":
            bare[rows] = figure["value"]
        seconds = figure["value"] * (1 if figure["unit"] == "s" else bare[rows])
        points.append({"size": rows, "value": seconds, "way": _WAYS[match[2]]})
    return points


def _reads(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = ((_EVENTS.fullmatch(figure["name"]), figure["value"]) for figure in figures)
    return [{"size": _number(match[2]), "value": value, "way": match[1]} for match, value in found if match]


def _number(written: str) -> int:
    return int(written.replace(",", ""))


def _curve(points: list[dict[str, Any]], size: str, unit: str, heading: str) -> alt.Chart:
    """Both axes logarithmic; ticks where something was measured; the legend in the order of the last values."""
    sizes = sorted({point["size"] for point in points})
    newest = {point["way"]: point["value"] for point in sorted(points, key=lambda point: point["size"])}
    ways = sorted(newest, key=lambda way: -newest[way])
    width, height = _FIGURE
    return (
        alt.Chart(alt.Data(values=points), title=heading, width=width, height=height)
        .mark_line(point={"size": 50}, strokeWidth=2)
        .encode(
            alt.X("size:Q", title=size)
            .scale(type="log", nice=False, padding=20)
            .axis(values=sizes, format=".2~s", grid=False),
            alt.Y("value:Q", title=unit).scale(type="log", nice=False),
            alt.Color("way:N", title=None)
            .scale(domain=ways, scheme="tableau10")
            .legend(orient="right", symbolType="stroke"),
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
