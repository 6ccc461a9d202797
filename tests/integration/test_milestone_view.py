"""One milestone's whole story, down to file, sheet and row."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from roadmap.errors import RoadmapError
from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services import milestone as milestones
from roadmap.services.desk import Desk
from roadmap.services.milestone import MilestoneView
from tests.factories import TODAY, deliver, established, report

AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)


@pytest.fixture
def desk(engine: Engine, harbour: Programme) -> Desk:
    desk = established(engine, harbour)
    deliver(
        desk,
        report("Q-2", unit="P-1", effective=SEPTEMBER, percent=30),
        report("Q-2", unit="P-2", effective=SEPTEMBER, percent=10),
        on=date(2026, 10, 5),
    )
    deliver(desk, report("Q-2", unit="P-1", effective=OCTOBER, percent=50), on=date(2026, 11, 5))
    deliver(desk, report("Q-2", unit="P-1", effective=AUGUST, percent=20), on=date(2026, 11, 6))
    deliver(desk, report("Q-2", unit="P-1", effective=OCTOBER, percent=55), on=date(2026, 11, 7))
    return desk


def page(desk: Desk, code: str, *, known: date | None = None, **paging: int) -> MilestoneView:
    return milestones.milestone(desk, desks.moment(desk, day=TODAY, known=known), code, **paging)


def test_every_report_is_followed_down_to_file_sheet_and_row(desk: Desk) -> None:
    story = [entry.told for entry in page(desk, "Q-2").story]
    assert [(told.report.effective, told.report.unit, told.report.percent) for told in story] == [
        (OCTOBER, "P-1", 55),
        (OCTOBER, "P-1", 50),
        (SEPTEMBER, "P-2", 10),
        (SEPTEMBER, "P-1", 30),
        (AUGUST, "P-1", 20),
    ]
    second = story[2]
    assert (second.receipt.source, second.sheet, second.row) == ("quays-2026-10-05.csv", "Report", 3)
    assert (second.receipt.actor, second.unit.title.en, second.version) == ("inbox", "South", 1)


def test_every_report_is_told_beside_what_stood_before_it(desk: Desk) -> None:
    before = [entry.before and entry.before.percent for entry in page(desk, "Q-2").story]
    # The correction replaces 50; 50 came after 30; the late 20 of August came when nothing stood before August.
    assert before == [50, 30, None, None, None]


def test_a_story_is_told_page_by_page(desk: Desk) -> None:
    pages = [page(desk, "Q-2", page=number, page_size=2) for number in range(3)]
    assert [len(found.story) for found in pages] == [2, 2, 1]
    assert {found.story_length for found in pages} == {5}
    seqs = [entry.told.seq for found in pages for entry in found.story]
    assert len(set(seqs)) == 5


def test_the_trend_has_plan_and_report_at_every_month_end(desk: Desk) -> None:
    trend = {point.day: point for point in page(desk, "Q-2").trend}
    assert (min(trend), max(trend), len(trend)) == (date(2026, 1, 31), OCTOBER, 10)
    assert [trend[day].actual for day in (date(2026, 7, 31), AUGUST, SEPTEMBER, OCTOBER)] == pytest.approx(
        [0, 10, 20, 32.5]
    )
    assert trend[AUGUST].planned == pytest.approx(100 * 242 / 729)


def test_the_trend_of_what_has_just_begun_is_empty(desk: Desk) -> None:
    assert page(desk, "C-1").trend == []


def test_provinces_are_listed_the_furthest_first(desk: Desk) -> None:
    places = page(desk, "Q-2").places
    assert [(p.code, p.percent, p.units, p.reporting, p.last_report) for p in places] == [
        ("P-1", 55, 1, 1, OCTOBER),
        ("P-2", 10, 1, 1, SEPTEMBER),
    ]
    assert page(desk, "Q-1").places == []


def test_who_waits_for_whom_is_shown_both_ways(desk: Desk) -> None:
    assert [line.code for line in page(desk, "Q-1").successors] == ["C-1"]
    assert [line.code for line in page(desk, "C-1").predecessors] == ["Q-1"]
    assert page(desk, "Q-2").predecessors == page(desk, "Q-2").successors == []


def test_a_document_that_is_quoted_is_named(desk: Desk, harbour: Programme) -> None:
    assert page(desk, "Q-1").source is None


def test_the_story_as_it_was_known_ends_there(desk: Desk) -> None:
    then = page(desk, "Q-2", known=date(2026, 11, 5))
    assert then.story_length == len(then.story) == 3
    assert then.line.reported.percent == pytest.approx(30)


def test_a_milestone_that_is_not_there_is_told(desk: Desk) -> None:
    with pytest.raises(RoadmapError, match="no milestone 'Q-9' on this board"):
        page(desk, "Q-9")
    with pytest.raises(RoadmapError, match="'Q-1'"):
        page(desk, "Q-1", known=date(2020, 1, 1))
