import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

import dashboard
from dashboard.charts import CurvePoint, ProvinceValue, curve, provinces
from dashboard.charts.base import milliseconds, ticks
from dashboard.format import Format

FA, EN = Format("fa"), Format("en")
TODAY = date(2026, 11, 21)
SHAPES = Path(dashboard.__file__).parent / "static" / "provinces.json"


def points(months=60, known=20):
    days = [date(2025, 3, 21) + timedelta(30 * month) for month in range(months)]
    return [
        CurvePoint(day, min(100, i * 2), i * 1.8 if i < known else None, *((i * 1.7, i, i * 1.9) if i >= known else ()))
        for i, day in enumerate(days)
    ]


def values(count=31):
    return [ProvinceValue(f"IR-{i:02}", f"Province {i}", None if i == 3 else 50.0 + i) for i in range(count)]


def charts(f):
    return {
        "curve": curve(points(), today=TODAY, f=f),
        "provinces": provinces(values(), measure="Share", write=f.percent, f=f),
    }


@pytest.mark.parametrize("f", [FA, EN], ids=["fa", "en"])
@pytest.mark.parametrize("name", ["curve", "provinces"])
def test_every_chart_has_words_and_a_table_and_needs_no_other_host(name, f):
    made = charts(f)[name]
    assert len(made.alt) > 20
    assert made.table
    assert len({tuple(row) for row in made.table}) == 1
    text = json.dumps({key: value for key, value in made.spec.items() if key != "$schema"})
    assert "http" not in text


def scales(spec):
    found = [spec.get("encoding", {}).get("x", {}).get("scale")]
    return [scale for scale in found if scale] + [s for layer in spec.get("layer", []) for s in scales(layer)]


def test_time_runs_from_right_to_left_in_persian():
    assert {scale["reverse"] for scale in scales(charts(FA)["curve"].spec)} == {True}
    assert {scale["reverse"] for scale in scales(charts(EN)["curve"].spec)} == {False}


def test_years_are_marked_on_the_first_day_of_the_readers_calendar():
    span = date(2025, 1, 1), date(2030, 1, 1)
    assert [(day, label) for day, label in ticks(FA, *span)][:2] == [
        (date(2025, 3, 21), "۱۴۰۴"),
        (date(2026, 3, 21), "۱۴۰۵"),
    ]
    assert ticks(EN, *span)[0] == (date(2025, 1, 1), "2025")


@pytest.mark.parametrize("days", [20, 100, 400, 1000, 4000, 20000])
@pytest.mark.parametrize("f", [FA, EN], ids=["fa", "en"])
def test_an_axis_has_a_few_ticks_however_long_the_span(f, days):
    found = ticks(f, TODAY, TODAY + timedelta(days))
    assert len(found) <= 10
    assert all(TODAY <= day <= TODAY + timedelta(days) for day, _ in found)


def test_days_are_counted_as_browsers_do():
    assert milliseconds(date(1970, 1, 2)) == 86_400_000


def test_the_curve_says_where_actual_stands_against_plan():
    assert "34.2% actual against 38.0% planned" in charts(EN)["curve"].alt
    assert "nothing has been reported" in curve(points(known=0), today=TODAY, f=EN).alt


def test_a_province_without_data_is_neither_zero_nor_last_shade():
    made = provinces(values(), measure="Share", write=EN.percent, f=EN)
    assert made.table[-1] == {"Province": "Province 3", "Share": "–"}
    assert "the most in Province 30 with 80%, the least in Province 0 with 50%" in made.alt
    assert "no data yet" in provinces([], measure="Share", write=EN.percent, f=EN).alt


def test_equal_values_make_one_shade():
    same = [ProvinceValue(f"IR-{i:02}", "x", 5.0) for i in range(31)]
    flat = json.dumps(provinces(same, measure="Share", write=EN.percent, f=EN).spec)
    assert "with data" in flat


def test_the_shapes_are_the_31_provinces_small_and_wound_as_d3_wants():
    shapes = json.loads(SHAPES.read_text())
    assert sorted(each["id"] for each in shapes["features"]) == [f"IR-{i:02}" for i in range(31)]
    assert SHAPES.stat().st_size < 120_000
    for each in shapes["features"]:
        for ring, *_ in each["geometry"]["coordinates"]:
            assert sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) < 0
