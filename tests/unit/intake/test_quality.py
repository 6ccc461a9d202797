from __future__ import annotations

import re
from datetime import date

import pytest

from roadmap.domain.model import State
from roadmap.intake import quality
from roadmap.intake.mapping import Draft

AROUND = quality.Surroundings(frozenset({"A-1", "A-2"}), date(2025, 1, 1), date(2026, 11, 21), max_rows=100)


def draft(number=2, written=(), **changes):
    sound = {
        "milestone": "A-1",
        "unit": f"P-{number}",
        "effective": date(2026, 10, 31),
        "state": State.IN_PROGRESS,
        "percent": 40.0,
        "forecast_finish": date(2027, 1, 1),
    }
    values = {field: value for field, value in (sound | changes).items() if value is not None}
    return Draft(number, "key", values, dict(written), ())


def inspect(tmp_path, *drafts, name="quays · file.csv"):
    page = tmp_path / "quays" / "page.html"
    return quality.inspect(drafts, AROUND, name=name, page=page), page


def test_a_plausible_batch_passes_and_has_a_page(tmp_path):
    found, page = inspect(tmp_path, draft(), draft(3), draft(4, forecast_finish=None))
    assert found == {"success": True, "evaluated": 9, "failed": [], "errors": []}
    assert "Successful Expectations" in page.read_text(encoding="utf-8")


def test_a_forecast_in_the_past_is_odd_only_for_work_that_goes_on(tmp_path):
    past = date(2026, 1, 1)
    assert inspect(tmp_path, draft(state=State.DONE, percent=100.0, forecast_finish=past))[0]["success"]
    found, _ = inspect(tmp_path, draft(forecast_finish=past))
    assert [entry["column"] for entry in found["failed"]] == ["forecast_open, effective"]
    assert found["failed"][0]["examples"] == ["2026-01-01 · 2026-10-31"]


@pytest.mark.parametrize(
    ("changes", "expectation", "column", "example"),
    [
        ({"milestone": "Z-9"}, "in_set", "milestone", "Z-9"),
        ({"effective": date(1405, 1, 1)}, "between", "effective", "1405-01-01"),
        ({"effective": date(2646, 1, 1), "forecast_finish": None}, "between", "effective", "2646-01-01"),
        ({"effective": None}, "not_be_null", "effective", "—"),
        ({"state": None, "written": {"state": "شاید"}}, "in_set", "state", "شاید"),
        ({"percent": 300.0}, "between", "percent", "300.0"),
        ({"percent": 0.4}, "between", "percent_begun", "0.4"),  # a percentage that Excel holds as a fraction
    ],
)
def test_what_is_odd_about_a_batch_is_named_with_examples(tmp_path, changes, expectation, column, example):
    found, _ = inspect(tmp_path, draft(**changes))
    (failure,) = found["failed"]
    assert expectation in failure["expectation"]
    assert (failure["column"], failure["unexpected_count"], failure["examples"]) == (column, 1, [example])


def test_rows_of_the_same_key_are_odd_also_where_the_unit_is_left_out(tmp_path):
    found, _ = inspect(tmp_path, draft(unit=None), draft(3, unit="national"))
    assert [entry["column"] for entry in found["failed"]] == ["milestone, unit, effective"]


def test_a_file_without_rows_is_odd(tmp_path):
    found, _ = inspect(tmp_path)
    assert [entry["expectation"] for entry in found["failed"]] == ["expect_table_row_count_to_be_between"]


def test_an_expectation_that_breaks_is_an_error_not_a_pass_and_not_a_failure(monkeypatch, tmp_path):
    whole = quality._frame
    monkeypatch.setattr(quality, "_frame", lambda drafts: whole(drafts).drop(columns="state"))
    found, _ = inspect(tmp_path, draft())
    assert not found["success"]
    assert found["failed"] == []
    assert found["errors"] == [{"expectation": "expect_column_values_to_be_in_set", "column": "state"}]


def test_the_page_fetches_nothing_and_runs_nothing_that_stood_in_a_cell(tmp_path):
    _, page = inspect(tmp_path, draft(milestone="<script>alert(1)</script>"), name="<img src=x>")
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html
    assert "<img" not in html
    assert "default-src 'none'" in html
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)


def test_the_suite_draws_no_progress_bar_and_says_nothing(tmp_path, capfd):
    inspect(tmp_path, draft())
    assert capfd.readouterr() == ("", "")
