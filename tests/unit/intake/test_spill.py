"""What was read of a file waits on the disk and is handed out by whole milestones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from roadmap.domain.refusals import refuse
from roadmap.intake import spill as spilling
from roadmap.intake.spill import Spill
from roadmap.intake.vector import Refused
from roadmap.store.frames import ORDERS


@pytest.fixture
def spill(tmp_path: Path) -> Iterator[Spill]:
    """An empty spill."""
    with Spill(tmp_path) as opened:
        yield opened


def orders(*rows: tuple[int, str]) -> pl.DataFrame:
    """An ORDERS frame of (row, milestone) pairs."""
    own = {"key": "key", "unit": "national", "effective": date(2026, 1, 31), "state": 1, "percent": 50.0}
    return pl.DataFrame([own | {"row": row, "milestone": code} for row, code in rows], schema=ORDERS)


def told(spill: Spill) -> list[dict[str, list[int]]]:
    """The rows of each milestone, bucket by bucket."""
    return [dict(bucket.group_by("milestone").agg("row").iter_rows()) for bucket in spill.buckets()]


@pytest.mark.parametrize("rows_of_a_file", [1, 100])
def test_a_milestone_is_whole_in_its_bucket_and_in_the_order_of_the_file(
    spill: Spill, rows_of_a_file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spilling, "FILE_ROWS", rows_of_a_file)
    spill.add(orders((2, "B"), (3, "C")), [])
    spill.add(orders((5, "A"), (6, "C"), (7, "B"), (8, "A")), [])
    monkeypatch.setattr(spilling, "BUCKET_ROWS", 4)
    assert told(spill) == [{"A": [5, 8], "B": [2, 7]}, {"C": [3, 6]}]
    monkeypatch.setattr(spilling, "BUCKET_ROWS", 1)
    assert told(spill) == [{"A": [5, 8]}, {"B": [2, 7]}, {"C": [3, 6]}]


def test_all_columns_come_back_as_they_were(spill: Spill) -> None:
    frame = orders((2, "A"), (3, "B")).with_columns(payload=pl.Series([None, '{"narrative":"کار"}']))
    spill.add(frame, [])
    (bucket,) = spill.buckets()
    assert bucket.equals(frame)


def test_refused_rows_come_back_chunk_by_chunk_with_all_that_is_wrong(spill: Spill) -> None:
    both = Refused(2, "A · 2026", (refuse("missing", "percent"), refuse("not_a_date", "effective", "۳۰ اسفند")))
    other = Refused(9, "", (refuse("missing", "milestone"),))
    spill.add(orders(), [both])
    spill.add(orders((5, "A")), [])
    spill.add(orders(), [other])
    assert [frame.drop("sheet", "fa", "en").rows() for frame in spill.refused()] == [
        [(0, 2, both.key, "percent", "", "missing"), (0, 2, both.key, "effective", "۳۰ اسفند", "not_a_date")],
        [(0, 9, "", "milestone", "", "missing")],
    ]
    texts = [row for frame in spill.refused() for row in frame.select("fa", "en").iter_rows()]
    assert texts == [(told.text.fa, told.text.en) for told in (*both.refusals, *other.refusals)]


def test_a_file_of_which_nothing_is_left_has_no_bucket(spill: Spill) -> None:
    spill.add(orders(), [])
    assert list(spill.buckets()) == []
    assert list(spill.refused()) == []


def test_nothing_is_left_on_the_disk_not_even_by_a_process_that_is_killed(tmp_path: Path) -> None:
    with Spill(tmp_path) as spill:
        spill.add(orders((5, "A")), [Refused(9, "", (refuse("missing", "milestone"),))])
        assert list(tmp_path.iterdir()) == []


def test_two_refused_rows_that_one_row_of_the_file_became_stay_two(tmp_path):
    wrong = (refuse("missing", "unit"),)
    with Spill(tmp_path) as spill:
        spill.add(pl.DataFrame(schema=ORDERS), [Refused(2, "A-1", wrong), Refused(2, "A-1", wrong)])
        assert [frame["place"].to_list() for frame in spill.refused()] == [[0, 1]]
