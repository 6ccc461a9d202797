"""The Overview and Commission pages of the small programme, every number computed by hand.

Three milestones on 21 November 2026. Q-1 (weight 3) was due on 31 October and is at 90; Q-2 (weight 1) runs to the
end of 2027 in two provinces, at 50 and 10; C-1 (weight 2) waits for Q-1 and has begun on 1 November, without a report.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine

from roadmap.analysis.reporting import Rate
from roadmap.domain.model import Status
from roadmap.domain.refusals import refuse
from roadmap.errors import ProgrammeError
from roadmap.programme import Programme
from roadmap.services import commission as commissions
from roadmap.services import desk as desks
from roadmap.services import overview as overviews
from roadmap.services import refresh
from roadmap.services.commission import CommissionView, Money
from roadmap.services.desk import Desk, Moment
from roadmap.services.overview import Overview
from roadmap.services.standing import Line
from roadmap.store import log, views
from tests.factories import TODAY, deliver, established, report

SEPTEMBER, OCTOBER = date(2026, 9, 30), date(2026, 10, 31)
Q1_FORECAST = date(2026, 12, 10)  # forty days after its due day

#: Planned percents on 21 November: 324 of Q-2's 729 days, 20 of C-1's 607.
Q2_PLANNED, C1_PLANNED = 100 * 324 / 729, 100 * 20 / 607


@pytest.fixture
def desk(engine: Engine, harbour: Programme) -> Desk:
    """The small programme with the deliveries of October and November."""
    desk = established(engine, harbour)
    deliver(
        desk,
        report("Q-1", effective=SEPTEMBER, percent=70),
        report("Q-2", unit="P-1", effective=SEPTEMBER, percent=30),
        report("Q-2", unit="P-2", effective=SEPTEMBER, percent=10),
        on=date(2026, 10, 5),
    )
    late = {"confidence": "green", "forecast_finish": Q1_FORECAST, "spent": 60}
    deliver(
        desk,
        report("Q-1", effective=OCTOBER, percent=90, **late),
        report("Q-2", unit="P-1", effective=OCTOBER, percent=50),
        on=date(2026, 11, 5),
    )
    return desk


def board(desk: Desk, day: date = TODAY, *, known: date | None = None, horizon: str | None = None) -> Overview:
    return overviews.overview(desk, desks.moment(desk, day=day, known=known), horizon)


def by_code(lines: list[Line]) -> dict[str, Line]:
    return {line.code: line for line in lines}


def test_the_whole_is_the_weighted_mean_of_its_milestones(desk: Desk) -> None:
    found = board(desk)
    assert found.percent == pytest.approx((3 * 90 + 1 * 30 + 2 * 0) / 6)
    assert found.planned == pytest.approx((3 * 100 + 1 * Q2_PLANNED + 2 * C1_PLANNED) / 6)


def test_every_milestone_has_its_computed_status(desk: Desk) -> None:
    found = board(desk)
    assert [(line.code, line.status) for line in found.lines] == [
        ("Q-1", Status.LATE),
        ("Q-2", Status.ON_TRACK),
        ("C-1", Status.AT_RISK),  # its predecessor is late
    ]
    assert found.statuses == dict.fromkeys(Status, 0) | {Status.LATE: 1, Status.ON_TRACK: 1, Status.AT_RISK: 1}
    assert found.finished_share == 0


def test_a_green_that_computes_late_is_flagged_with_its_variance(desk: Desk) -> None:
    quay = by_code(board(desk).lines)["Q-1"]
    assert (quay.flagged, quay.expected_finish, quay.variance_days) == (True, Q1_FORECAST, 40)
    assert [line.code for line in board(desk).slips] == ["Q-1"]


def test_the_matrix_has_a_cell_for_every_commission_and_horizon(desk: Desk) -> None:
    cells = {(cell.commission, cell.horizon): cell for cell in board(desk).cells}
    assert list(cells) == [("quays", "near"), ("quays", "far"), ("cranes", "near"), ("cranes", "far")]
    assert (cells["quays", "near"].percent, cells["quays", "near"].planned) == (90, 100)
    assert cells["quays", "far"].percent == pytest.approx(30)
    assert (cells["cranes", "near"].percent, cells["cranes", "near"].milestones) == (None, 0)
    assert cells["cranes", "far"].statuses[Status.AT_RISK] == 1


def test_provinces_are_ranked_by_what_is_reported_for_them(desk: Desk) -> None:
    ranked = [(line.code, line.percent, line.milestones) for line in board(desk).provinces]
    assert ranked == [("P-1", 50, 1), ("P-2", 10, 1)]


def test_the_key_indicator_is_halfway_to_its_target_and_behind_its_trajectory(desk: Desk) -> None:
    [line] = board(desk).indicators
    assert (line.result.actual, line.result.share) == (150, 0.5)
    assert line.due == pytest.approx(385 / 425)  # days gone since the baseline, of those to the target
    assert line.status is Status.AT_RISK  # 150 is more than 15% short of 190.6


def test_the_curve_runs_from_the_past_through_today_into_the_forecast(desk: Desk) -> None:
    points = {point.day: point for point in board(desk).curve}
    assert list(points) == sorted(points)
    assert (min(points), max(points)) == (date(2025, 11, 30), date(2028, 6, 30))
    assert points[date(2026, 8, 31)].actual == 0
    assert points[SEPTEMBER].actual == pytest.approx((3 * 70 + 20) / 6)
    assert points[OCTOBER].actual == pytest.approx(50)
    now = points[TODAY]
    assert (now.actual, now.forecast, now.low, now.high) == pytest.approx((50, 50, 50, 50))
    following = points[date(2026, 11, 30)]
    assert following.actual is None
    # Nine days on: Q-1 has 9 of its 19 left, Q-2 9 of 405, C-1 9 of 587.
    expected = (3 * (90 + 10 * 9 / 19) + 1 * (30 + 70 * 9 / 405) + 2 * (100 * 9 / 587)) / 6
    assert following.forecast == pytest.approx(expected)
    assert (points[date(2028, 6, 30)].forecast, points[date(2028, 6, 30)].planned) == (100, 100)


def test_what_changed_in_the_last_month_is_told_with_its_gravity(desk: Desk) -> None:
    found = board(desk)
    assert found.since == date(2026, 10, 21)
    assert [(change.kind, change.line.code, change.days) for change in found.changes] == [("became_late", "Q-1", 40)]


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ({}, {"state": "done", "percent": 100}, ["finished"]),
        ({"forecast_finish": date(2027, 12, 31)}, {"forecast_finish": date(2028, 1, 20)}, ["slipped"]),
        ({"forecast_finish": date(2028, 1, 20)}, {"forecast_finish": date(2027, 12, 31)}, ["recovered"]),
        ({"forecast_finish": date(2027, 12, 31)}, {"forecast_finish": date(2028, 1, 6)}, []),
        ({"state": "done", "percent": 100}, {"state": "done", "percent": 100}, []),
    ],
)
def test_finishing_slipping_and_recovering_are_changes_and_a_few_days_are_not(
    engine: Engine, harbour: Programme, before: dict[str, object], after: dict[str, object], kinds: list[str]
) -> None:
    desk = established(engine, harbour)
    for day, values in ((SEPTEMBER, before), (date(2026, 11, 15), after)):
        both = [report("Q-2", unit=unit, effective=day, **values) for unit in ("P-1", "P-2")]
        deliver(desk, *both, on=day)
    assert [change.kind for change in board(desk).changes if change.line.code == "Q-2"] == kinds


def test_a_change_is_measured_against_what_was_known_then(desk: Desk) -> None:
    """What is true for 15 October but came in on 10 November was no news on 21 October."""
    told = {"effective": date(2026, 10, 15), "percent": 45, "forecast_finish": date(2028, 3, 1)}
    again = {"effective": date(2026, 11, 8), "percent": 50, "forecast_finish": date(2028, 3, 1)}
    deliver(
        desk,
        *(report("Q-2", unit=unit, **each) for unit in ("P-1", "P-2") for each in (told, again)),
        on=date(2026, 11, 10),
    )
    changes = [(change.kind, change.line.code, change.days) for change in board(desk).changes]
    assert changes == [("became_late", "Q-1", 40), ("slipped", "Q-2", 61)]


def test_one_horizon_shows_its_own_milestones_beside_the_whole_matrix(desk: Desk) -> None:
    found = board(desk, horizon="near")
    assert ([line.code for line in found.lines], found.percent) == (["Q-1"], 90)
    assert found.provinces == []
    assert len(found.cells) == 4
    assert max(point.day for point in found.curve) == date(2026, 12, 31)


def test_an_empty_horizon_has_no_percent_and_no_curve(desk: Desk) -> None:
    found = board(desk, horizon="elsewhere")
    assert (found.percent, found.planned, found.finished_share) == (None, None, None)
    assert (found.curve, found.slips, found.changes) == ([], [], [])


def test_the_board_of_an_earlier_day_is_seen_with_todays_knowledge(desk: Desk) -> None:
    assert board(desk, SEPTEMBER).percent == pytest.approx((3 * 70 + 20) / 6)


def test_the_board_as_it_was_known_does_not_know_what_came_later(desk: Desk) -> None:
    found = board(desk, TODAY, known=date(2026, 10, 31))
    assert found.percent == pytest.approx((3 * 70 + 20) / 6)
    assert found.moment.known == date(2026, 10, 31)
    assert by_code(found.lines)["Q-1"].variance_days == (TODAY - OCTOBER).days  # no forecast yet: as late as today
    assert board(desk, TODAY, known=date(2025, 10, 1)).lines == []


def test_late_data_is_right_in_both_readings(desk: Desk) -> None:
    """A correction of September that comes in on 20 November."""
    correction = report("Q-1", effective=date(2026, 9, 15), percent=65)
    deliver(desk, correction, on=date(2026, 11, 20))
    mid_september = date(2026, 9, 20)
    assert by_code(board(desk, mid_september).lines)["Q-1"].reported.percent == 65
    assert by_code(board(desk, mid_september, known=date(2026, 11, 19)).lines)["Q-1"].reported.percent == 0
    assert by_code(board(desk).lines)["Q-1"].reported.percent == 90


def test_the_end_of_a_day_is_midnight_in_the_programmes_zone(desk: Desk) -> None:
    """20:31 UTC is past midnight in Tehran (UTC+3:30): what came then was known on the next day."""
    with log.writing(desk.engine, lambda: datetime(2026, 11, 18, 20, 31, tzinfo=UTC)) as writer:
        delivery = log.Delivery(channel="form", source="s", digest="d", actor="lead", commission="quays")
        new = log.NewEvent(report("Q-1", effective=date(2026, 11, 17), percent=95))
        seq = writer.append(delivery, log.Outcome(events=[new])).last_seq
    assert desks.moment(desk, known=date(2026, 11, 18)).seq == seq - 1
    assert desks.moment(desk, known=date(2026, 11, 19)).seq == seq


def test_rejected_rows_are_counted_as_they_were_known(desk: Desk) -> None:
    rejected = log.Rejected("Q-1", (refuse("missing", "percent"),), "Report", 9)
    deliver(desk, rejected=(rejected,), on=date(2026, 11, 18))
    assert board(desk).rejected_rows == 1
    assert board(desk, known=date(2026, 10, 31)).rejected_rows == 0


def test_after_a_refresh_the_forecast_draws_the_band(desk: Desk) -> None:
    refresh.refresh_at(desk, TODAY)
    found = board(desk)
    for line in found.lines:
        assert line.forecast.p20 <= line.forecast.p50 <= line.forecast.p80
    future = [point for point in found.curve if point.day > TODAY]
    assert all(point.low <= point.forecast <= point.high for point in future)
    assert any(point.low < point.high for point in future)


def page(desk: Desk, code: str, moment: Moment | None = None) -> CommissionView:
    return commissions.commission(desk, moment or desks.moment(desk, day=TODAY), code)


def test_a_commissions_page_has_its_own_numbers(desk: Desk) -> None:
    found = page(desk, "quays")
    assert found.commission.title.en == "Quays"
    assert found.percent == pytest.approx((3 * 90 + 30) / 4)
    assert found.planned == pytest.approx((300 + Q2_PLANNED) / 4)
    assert [line.code for line in found.lines] == ["Q-1", "Q-2"]
    assert found.money == Money(asked=100, allocated=80, spent=60)
    assert {cell.horizon for cell in found.cells} == {"near", "far"}
    assert {point.day: point.actual for point in found.curve}[OCTOBER] == pytest.approx(75)


def test_a_commissions_page_tells_how_well_it_reports(desk: Desk) -> None:
    quays, cranes = page(desk, "quays"), page(desk, "cranes")
    assert (quays.period_end, quays.reporting) == (OCTOBER, Rate(2, 3))
    assert cranes.reporting == Rate(0, 0)  # C-1 began after the period
    assert [receipt.accepted for receipt in quays.receipts] == [2, 3]
    assert (quays.rejected_rows, cranes.receipts) == (0, [])


def test_a_commission_that_is_not_there_is_told(desk: Desk) -> None:
    with pytest.raises(ProgrammeError, match="docks"):
        page(desk, "docks")


def test_the_moment_is_now_unless_another_is_asked_for(desk: Desk) -> None:
    with desk.engine.connect() as connection:
        newest = views.head(connection).seq
    assert desks.moment(desk) == Moment(day=desks.today(desk), seq=newest)
