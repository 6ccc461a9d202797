from __future__ import annotations

import gc
import re
import threading
import weakref
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from roadmap.domain.model import NATIONAL
from roadmap.errors import StoreError
from roadmap.intake import quality, quality_frame
from roadmap.intake.quality_rules import Surroundings
from roadmap.intake.vector import SUITE

AROUND = Surroundings("quays", frozenset({"A-1", "A-2"}), date(2025, 1, 1), date(2026, 11, 21), max_rows=100)
KEY = "milestone, unit, effective"
BROKEN = {"suite": "contract · file.csv", "expectation": "expect_column_values_to_be_in_set", "column": "state"}


def row(number=2, **changes):
    sound = {
        "milestone": "A-1",
        "unit": f"P-{number}",
        "effective": date(2026, 10, 31),
        "state": "in_progress",
        "percent": 40.0,
        "forecast_finish": date(2027, 1, 1),
        "explained": False,
    }
    return sound | changes


def sound(*numbers):
    return [row(number) for number in numbers]


def inspect(tmp_path, *segments, name="file.csv"):
    """What is kept of a batch that comes in `segments`, and its page: as many as there are, see `in_segments_of`."""
    verdict, page = judge(tmp_path, *segments, name=name)
    return verdict.checks, page


def judge(tmp_path, *segments, name="file.csv"):
    page = tmp_path / "quays" / "page.html"
    suite = quality.Suite(AROUND, name)
    for rows in segments:
        suite.add(pl.DataFrame(rows, schema=SUITE))
    return suite.close(page), page


def in_segments_of(monkeypatch, rows):
    monkeypatch.setattr(quality, "_SEGMENT", rows)
    monkeypatch.setattr(quality, "_FIRST_SEGMENT", rows)


def failures(found):
    return {entry["column"]: (entry["unexpected_count"], entry["examples"]) for entry in found["failed"]}


def test_a_plausible_batch_passes_and_has_a_page(tmp_path):
    found, page = inspect(tmp_path, [row(), row(3), row(4, forecast_finish=None)])
    assert found == {
        "success": True,
        "evaluated": 9,
        "failed": [],
        "told": [],
        "errors": [],
        "held": [],
        "suites": [
            {"name": "contract · file.csv", "success": True, "evaluated": 7},
            {"name": "quays · file.csv", "success": True, "evaluated": 2},
        ],
        "profile": {"rows": 3, "newest": "2026-10-31", "step": None},
    }
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
    whole = quality_frame.rows
    monkeypatch.setattr(quality_frame, "rows", lambda segment: whole(segment).drop(columns="state"))
    found, _ = inspect(tmp_path, [row()])
    assert not found["success"]
    assert found["failed"] == []
    assert found["errors"] == found["held"] == [BROKEN]


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_what_breaks_in_one_segment_is_an_error_of_the_batch(monkeypatch, tmp_path, broken):
    whole, turns = quality_frame.rows, iter(range(3))
    monkeypatch.setattr(
        quality_frame, "rows", lambda rows: whole(rows).drop(columns="state" if next(turns) == broken else [])
    )
    in_segments_of(monkeypatch, 1)
    found, page = inspect(tmp_path, *([row(number, percent=300.0, state="شاید")] for number in range(3)))
    assert found["errors"] == found["held"] == [BROKEN]
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

    whole = quality_frame.rows
    monkeypatch.setattr(quality_frame, "rows", lambda segment: whole(segment).assign(percent=[Hostile()]))
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
    whole, frames = quality_frame.rows, []

    def remembered(segment):
        frame = whole(segment)
        frames.append(weakref.ref(frame))
        return frame

    monkeypatch.setattr(quality_frame, "rows", remembered)
    in_segments_of(monkeypatch, 1)
    inspect(tmp_path, [row()], [row(3)])
    gc.collect()
    assert [frame() for frame in frames] == [None, None]


def test_what_breaks_while_a_segment_is_judged_is_raised_to_the_caller(monkeypatch):
    def gone(_):
        raise StoreError("gone")

    in_segments_of(monkeypatch, 1)
    around = replace(AROUND, standing=gone, milestone_numbers=pl.DataFrame({"milestone": "A-1", "subject": 1}))
    segment = pl.DataFrame([row()], schema=SUITE)
    with quality.Suite(around, "file.csv") as suite:
        suite.add(segment)
        with pytest.raises(StoreError, match="gone"):
            suite.add(segment)


def test_nothing_runs_any_more_after_a_suite_that_was_not_closed(monkeypatch):
    in_segments_of(monkeypatch, 1)
    with quality.Suite(AROUND, "file.csv") as suite:
        suite.add(pl.DataFrame([row()], schema=SUITE))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("suite")]


def test_the_suite_draws_no_progress_bar_and_says_nothing(tmp_path, capfd):
    inspect(tmp_path, [row()])
    assert capfd.readouterr() == ("", "")


def many(count, odd, **changes):
    """`count` rows, the first `odd` of them with `changes`."""
    return [row(number, **(changes if number < odd else {})) for number in range(count)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"milestone": "Z-9"}, "11 of 20 rows name a milestone that this commission does not have"),
        ({"effective": date(2027, 1, 1)}, "11 of 20 rows are of a day before the plan begins or after today"),
        ({"effective": date(1405, 8, 9)}, "11 of 20 rows are of a day before the plan begins or after today"),
        (
            {"percent": 0.4},
            "11 of 20 rows that have begun stand below one percent, as if percents were written as fractions",
        ),
        ({"percent": 400.0}, "11 of 20 rows have a percent below 0 or above 100"),
    ],
)
def test_a_batch_is_held_back_when_more_than_half_of_it_is_odd(tmp_path, changes, told):
    verdict, _ = judge(tmp_path, many(20, 11, **changes))
    assert verdict.held is not None
    assert verdict.held.code == "held_back"
    assert told in verdict.held.en
    (grave,) = [entry for entry in verdict.checks["failed"] if entry["severity"] == "critical"]
    assert verdict.checks["held"] == [{name: grave[name] for name in ("suite", "expectation", "column")}]


def test_what_holds_a_batch_back_is_put_in_persian_figures(tmp_path):
    verdict, _ = judge(tmp_path, many(1200, 1100, milestone="Z-9"))
    assert "۱٬۱۰۰ ردیف از ۱٬۲۰۰ ردیف کد نقطه عطفی را دارد که از این کمیسیون نیست" in verdict.held.fa


@pytest.mark.parametrize("changes", [{"milestone": "Z-9"}, {"percent": 0.4}, {"effective": date(2027, 1, 1)}])
@pytest.mark.parametrize(("count", "odd"), [(20, 10), (19, 19), (90, 5)])
def test_half_of_a_batch_or_a_few_rows_are_told_and_hold_nothing_back(tmp_path, changes, count, odd):
    verdict, _ = judge(tmp_path, many(count, odd, **changes))
    assert verdict.held is None
    assert [entry["severity"] for entry in verdict.checks["failed"]] == ["warning"]


def test_rows_that_are_turned_away_one_by_one_hold_nothing_back(tmp_path):
    verdict, _ = judge(tmp_path, many(40, 40, state="شاید"))
    assert verdict.held is None


def test_more_than_half_is_a_matter_of_the_whole_file_not_of_a_segment(tmp_path, monkeypatch):
    in_segments_of(monkeypatch, 10)
    odd, right = many(10, 10, milestone="Z-9"), sound(*range(10, 20))
    assert judge(tmp_path, odd, odd, right)[0].held is not None
    assert judge(tmp_path, odd, right)[0].held is None


def test_a_check_that_breaks_holds_the_batch_back(monkeypatch, tmp_path):
    whole = quality_frame.rows
    monkeypatch.setattr(quality_frame, "rows", lambda segment: whole(segment).drop(columns="state"))
    verdict, _ = judge(tmp_path, [row()])
    assert "(expect_column_values_to_be_in_set) could not be run" in verdict.held.en


def test_both_suites_are_named_on_the_page(tmp_path):
    html = inspect(tmp_path, [row()])[1].read_text(encoding="utf-8")
    assert "contract · file.csv" in html
    assert "quays · file.csv" in html
