"""The province map: shapes from a static file (replaceable by official boundaries), values from the views."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import altair as alt

from dashboard.charts.base import Chart, Row, data, finish
from dashboard.format import Format
from dashboard.look import NO_DATA, SHADES

SHAPES: Final = "app/static/provinces.json"


@dataclass(frozen=True)
class ProvinceValue:
    """A province (ISO 3166-2 code) and its value; None is no data, which is not zero."""

    code: str
    title: str
    value: float | None


def provinces(
    values: Sequence[ProvinceValue],
    *,
    measure: str,
    write: Callable[[float | None], str],
    f: Format,
    shapes: str = SHAPES,
    height: int = 330,
) -> Chart:
    """A map in five shades of as many provinces each. `measure` names the value, `write` writes it."""
    bounds = _bounds([each.value for each in values if each.value is not None])
    labels = _labels(bounds, write, f)
    rows: list[Row] = [
        {"code": each.code, "band": labels[_band(each.value, bounds)], **_table_row(each, measure, write, f)}
        for each in values
    ]
    names = list(_table_row(values[0], measure, write, f)) if values else []
    lookup = alt.LookupData(data=data(rows), key="code", fields=["band", *names])
    shades = [*SHADES[: len(labels) - 1], NO_DATA]
    chart = (
        alt.Chart(alt.UrlData(url=shapes, format=alt.JsonDataFormat(type="json", property="features")))
        .mark_geoshape(stroke="white", strokeWidth=0.8, strokeJoin="round")
        .transform_lookup(lookup="id", from_=lookup)
        .encode(
            color=alt.Color(
                "band:N",
                scale=alt.Scale(domain=labels, range=shades),
                legend=alt.Legend(
                    orient="none",
                    legendX=4,
                    legendY=height - 18 * len(labels),
                    direction="vertical",
                    symbolType="square",
                    symbolStrokeWidth=0,
                    symbolSize=130,
                    rowPadding=1,
                ),
            ),
            tooltip=[alt.Tooltip(field=name, type="nominal", title=name) for name in names],
        )
        .project(type="conicConformal", parallels=[29, 36], rotate=[-53.7, 0, 0])
        .properties(height=height)
    )
    return finish(
        chart, _sentence(values, measure, write, f), [_table_row(v, measure, write, f) for v in _ranked(values)]
    )


def _bounds(known: Sequence[float]) -> list[float]:
    """Values at which a new shade begins, so that the shades hold as many provinces each."""
    ordered = sorted(known)
    found = {ordered[len(ordered) * part // len(SHADES)] for part in range(1, len(SHADES))} if ordered else set()
    return sorted(bound for bound in found if bound > ordered[0])


def _band(value: float | None, bounds: Sequence[float]) -> int:
    """Which label a value has; the last one says that there is none."""
    return len(bounds) + 1 if value is None else bisect_right(bounds, value)


def _labels(bounds: Sequence[float], write: Callable[[float | None], str], f: Format) -> list[str]:
    if not bounds:
        return [f.run(f.say("map.any")), f.run(f.say("map.none"))]
    between = [f.say("map.between", low=write(low), high=write(high)) for low, high in pairwise(bounds)]
    ends = [f.say("map.below", high=write(bounds[0])), *between, f.say("map.above", low=write(bounds[-1]))]
    return [*(f.run(label) for label in ends), f.run(f.say("map.none"))]


def _ranked(values: Sequence[ProvinceValue]) -> list[ProvinceValue]:
    return sorted(values, key=lambda each: (each.value is None, -(each.value or 0), each.code))


def _table_row(each: ProvinceValue, measure: str, write: Callable[[float | None], str], f: Format) -> dict[str, str]:
    return {f.say("map.province"): each.title, measure: write(each.value)}


def _sentence(values: Sequence[ProvinceValue], measure: str, write: Callable[[float | None], str], f: Format) -> str:
    known = [each for each in _ranked(values) if each.value is not None]
    if not known:
        return f.say("map.alt_none", measure=measure)
    best, least = known[0], known[-1]
    return f.say(
        "map.alt",
        measure=measure,
        count=f.number(len(known)),
        best=best.title,
        most=write(best.value),
        least=least.title,
        fewest=write(least.value),
    )
