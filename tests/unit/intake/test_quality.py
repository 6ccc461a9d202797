from __future__ import annotations

import gc
import re
import weakref
from datetime import date

import polars as pl
import pytest

from roadmap.domain.model import NATIONAL
from roadmap.intake import quality
from roadmap.intake.vector import SUITE

AROUND = quality.Surroundings(frozenset({"A-1", "A-2"}), date(2025, 1, 1), date(2026, 11, 21), max_rows=100)
KEY = "milestone, unit, effective"


def row(number=2, **changes):
    sound = {
        "milestone": "A-1",
        "unit": f"P-{number}",
        "effective": date(2026, 10, 31),
        "state": "in_progress",
        "percent": 40.0,
        "forecast_finish": date(2027, 1, 1),
    }
    return sound | changes


def sound(*numbers):
    return [row(number) for number in numbers]


def inspect(tmp_path, *segments, name="quays · file.csv"):
    """The outcome and the page of a batch that comes in `segments`: as many as there are, see `in_segments_of`."""
    page = tmp_path / "quays" / "page.html"
    suite = quality.Suite(AROUND, name)
    for rows in segments:
        suite.add(pl.DataFrame(rows, schema=SUITE))
    return suite.close(page), page


def in_segments_of(monkeypatch, rows):
    monkeypatch.setattr(quality, "_SEGMENT", rows)


def failures(found):
    return {entry["column"]: (entry["unexpected_count"], entry["examples"]) for entry in found["failed"]}


def test_a_plausible_batch_passes_and_has_a_page(tmp_path):
    found, page = inspect(tmp_path, [row(), row(3), row(4, forecast_finish=None)])
    assert found == {"success": True, "evaluated": 9, "failed": [], "errors": []}
    assert "Successful Expectations" in page.read_text(encoding="utf-8")


def test_a_forecast_in_the_past_is_odd_only_for_work_that_goes_on(tmp_path):
    past = date(2026, 1, 1)
    assert inspect(tmp_path, [row(state="done", percent=100.0, forecast_finish=past)])[0]["success"]
    found, _ = inspect(tmp_path, [row(forecast_finish=past)])
    assert failures(found) == {"forecast_open, effective": (1, ["2026-01-01 · 2026-10-31"])}


@pytest.mark.parametrize(
    ("changes", "expectation", "column", "example"),
    [
        ({"milestone": "Z-9"}, "in_set", "milestone", "Z-9"),
        ({"effective": date(1405, 1, 1)}, "between", "effective", "1405-01-01"),
        ({"effective": date(2646, 1, 1), "forecast_finish": None}, "between", "effective", "2646-01-01"),
        ({"effective": None}, "not_be_null", "effective", "—"),
        ({"state": "شاید"}, "in_set", "state", "شاید"),
        ({"percent": 300.0}, "between", "percent", "300.0"),
        ({"percent": 0.4}, "between", "percent_begun", "0.4"),  # a percentage that Excel holds as a fraction
    ],
)
def test_what_is_odd_about_a_batch_is_named_with_examples(tmp_path, changes, expectation, column, example):
    found, _ = inspect(tmp_path, [row(**changes)])
    (failure,) = found["failed"]
    assert expectation in failure["expectation"]
    assert (failure["column"], failure["unexpected_count"], failure["examples"]) == (column, 1, [example])


def test_nothing_is_odd_about_what_is_not_said(tmp_path):
    silent = row(milestone=None, state=None, percent=None, forecast_finish=None)
    assert inspect(tmp_path, [silent])[0]["success"]


def test_rows_of_the_same_key_are_odd(tmp_path):
    found, _ = inspect(tmp_path, [row(unit=NATIONAL), row(3, unit=NATIONAL), row(4)])
    assert failures(found) == {KEY: (2, ["A-1 · national · 2026-10-31"] * 2)}


@pytest.mark.parametrize("segments", [(), ([],), ([], [])])
def test_a_file_without_rows_is_odd(tmp_path, segments):
    found, _ = inspect(tmp_path, *segments)
    assert [entry["expectation"] for entry in found["failed"]] == ["expect_table_row_count_to_be_between"]
    assert found["evaluated"] == 9


def test_three_segments_are_judged_as_one(tmp_path, monkeypatch):
    segments = [
        [row(1, milestone="Z-1"), row(2, percent=0.4), row(3, percent=0.0)],
        [row(4), row(4), row(5, effective=date(1405, 1, 1)), row(6, effective=None, forecast_finish=None)],
        [row(7, milestone="Z-2", percent=300.0), row(8, state="شاید"), row(9, forecast_finish=date(2026, 1, 1))],
    ]
    in_one, page = inspect(tmp_path, [*segments[0], *segments[1], *segments[2]])
    page_of_one = page.read_text(encoding="utf-8")
    in_segments_of(monkeypatch, 3)
    assert inspect(tmp_path, *segments)[0] == in_one
    assert page.read_text(encoding="utf-8") == page_of_one
    assert failures(in_one) == {
        "milestone": (2, ["Z-1", "Z-2"]),
        KEY: (2, ["A-1 · P-4 · 2026-10-31"] * 2),
        "effective": (1, ["1405-01-01"]),
        "state": (1, ["شاید"]),
        "percent": (1, ["300.0"]),
        "percent_begun": (1, ["0.4"]),
        "forecast_open, effective": (1, ["2026-01-01 · 2026-10-31"]),
    }


def test_few_enough_is_a_matter_of_the_whole_file_not_of_a_segment(tmp_path, monkeypatch):
    in_segments_of(monkeypatch, 2)
    pairs = [[row(0, milestone="Z-9"), row(1)], *([row(2 * pair), row(2 * pair + 1)] for pair in range(1, 10))]
    assert inspect(tmp_path, *pairs)[0]["success"]  # one of twenty
    assert failures(inspect(tmp_path, *pairs[:9])[0]) == {"milestone": (1, ["Z-9"])}  # one of eighteen


def test_more_rows_than_a_file_may_have_are_odd_however_they_come(tmp_path, monkeypatch):
    in_segments_of(monkeypatch, 60)
    found, _ = inspect(tmp_path, sound(*range(60)), sound(*range(60, 101)))
    assert [entry["expectation"] for entry in found["failed"]] == ["expect_table_row_count_to_be_between"]
    assert inspect(tmp_path, sound(*range(60)), sound(*range(60, 100)))[0]["success"]


def test_a_key_that_comes_again_in_another_segment_is_told_and_counted_once_a_row(tmp_path, monkeypatch):
    in_segments_of(monkeypatch, 2)
    found, _ = inspect(tmp_path, sound(1, 2), sound(3, 2), sound(2, 4), sound(5, 5), sound(6, 5))
    count, examples = failures(found)[KEY]
    assert count == 6  # three times P-2, three times P-5
    assert set(examples) == {"A-1 · P-2 · 2026-10-31", "A-1 · P-5 · 2026-10-31"}


def test_keys_of_nothing_repeat_as_others_do(tmp_path, monkeypatch):
    in_segments_of(monkeypatch, 1)
    empty = [row(milestone=None, unit=NATIONAL, effective=None)]
    assert failures(inspect(tmp_path, empty, empty)[0])[KEY] == (2, ["— · national · —"])


def test_an_expectation_that_breaks_is_an_error_not_a_pass_and_not_a_failure(monkeypatch, tmp_path):
    whole = quality._frame
    monkeypatch.setattr(quality, "_frame", lambda segment: whole(segment).drop(columns="state"))
    found, _ = inspect(tmp_path, [row()])
    assert not found["success"]
    assert found["failed"] == []
    assert found["errors"] == [{"expectation": "expect_column_values_to_be_in_set", "column": "state"}]


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_what_breaks_in_one_segment_is_an_error_of_the_batch(monkeypatch, tmp_path, broken):
    whole, turns = quality._frame, iter(range(3))
    monkeypatch.setattr(
        quality, "_frame", lambda rows: whole(rows).drop(columns="state" if next(turns) == broken else [])
    )
    in_segments_of(monkeypatch, 1)
    found, page = inspect(tmp_path, *([row(number, percent=300.0, state="شاید")] for number in range(3)))
    assert found["errors"] == [{"expectation": "expect_column_values_to_be_in_set", "column": "state"}]
    assert failures(found) == {"percent": (3, ["300.0"] * 3)}
    assert found["evaluated"] == 9
    assert "Error: The column" in page.read_text(encoding="utf-8")


def test_the_page_fetches_nothing_and_runs_nothing_that_stood_in_a_cell(tmp_path):
    _, page = inspect(tmp_path, [row(milestone="<script>alert(1)</script>")], name="<img src=x>")
    html = page.read_text(encoding="utf-8")
    assert "‹script›alert(1)‹/script›" in html
    assert "<script" not in html
    assert "<img" not in html
    assert "default-src 'none'" in html
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)


def test_what_an_error_says_runs_nothing_in_the_page(monkeypatch, tmp_path):
    class Hostile:
        def __ge__(self, _):
            raise ValueError("<script>alert(1)</script>")

    whole = quality._frame
    monkeypatch.setattr(quality, "_frame", lambda segment: whole(segment).assign(percent=[Hostile()]))
    found, page = inspect(tmp_path, [row()])
    assert [error["column"] for error in found["errors"]] == ["percent"]
    html = page.read_text(encoding="utf-8")
    assert "‹script›alert(1)‹/script›" in html
    assert "<script" not in html


def test_the_page_shows_days_as_days(tmp_path):
    html = inspect(tmp_path, [row(effective=date(1405, 1, 1))])[1].read_text(encoding="utf-8")
    text = " ".join(re.sub("<[^>]+>", " ", html).split())
    assert "greater than or equal to 2025-01-01 and less than or equal to 2026-11-21" in text
    assert "Unexpected Value Count 1405-01-01 1" in text


def test_nothing_of_a_batch_is_kept_once_it_is_judged(monkeypatch, tmp_path):
    whole, frames = quality._frame, []

    def remembered(segment):
        frame = whole(segment)
        frames.append(weakref.ref(frame))
        return frame

    monkeypatch.setattr(quality, "_frame", remembered)
    in_segments_of(monkeypatch, 1)
    inspect(tmp_path, [row()], [row(3)])
    gc.collect()
    assert [frame() for frame in frames] == [None, None]


def test_the_suite_draws_no_progress_bar_and_says_nothing(tmp_path, capfd):
    inspect(tmp_path, [row()])
    assert capfd.readouterr() == ("", "")
