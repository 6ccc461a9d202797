"""Where an indicator stands between baseline and target."""

from __future__ import annotations

from datetime import date

import pytest

from roadmap.analysis.indicators import Achieved, achieved, due_share, next_target, trajectory, verdict
from roadmap.domain.model import Status
from tests.factories import TODAY, indicator, observation

SPRING, SUMMER = date(2026, 3, 31), date(2026, 6, 30)


def test_achievement_is_the_share_of_the_way_from_baseline_to_target() -> None:
    result = achieved(indicator(), [observation(value=150)], TODAY)
    assert result == Achieved(150, SUMMER, indicator().targets[0], 0.5)


def test_where_down_is_better_the_way_goes_down() -> None:
    theft = indicator(direction="down", targets=[{"date": date(2026, 12, 31), "value": 60}])
    assert achieved(theft, [observation(value=90)], TODAY).share == pytest.approx(0.25)
    assert achieved(theft, [observation(value=110)], TODAY).share == pytest.approx(-0.25)


def test_the_newest_observation_counts_whatever_order_they_came_in() -> None:
    seen = [observation(date=SUMMER, value=150), observation(date=SPRING, value=120)]
    assert achieved(indicator(), seen, TODAY).actual == 150
    assert achieved(indicator(), seen, date(2026, 6, 29)).actual == 120
    assert achieved(indicator(), seen, date(2026, 3, 30)).actual is None


@pytest.mark.parametrize("unusable", [{"status": "missing"}, {"status": "not_applicable"}, {"value": None}])
def test_what_is_missing_does_not_hide_what_was_seen_before(unusable: dict[str, object]) -> None:
    seen = [observation(date=SPRING, value=120), observation(date=SUMMER, **unusable)]
    assert achieved(indicator(), seen, TODAY).observed_on == SPRING


def test_zero_is_not_missing() -> None:
    result = achieved(indicator(baseline={"date": SPRING, "value": 0}), [observation(value=0)], TODAY)
    assert (result.actual, result.share) == (0, 0)


@pytest.mark.parametrize("lacking", [{"baseline": None}, {"targets": []}, {"baseline": {"date": SPRING, "value": 200}}])
def test_without_a_way_to_go_there_is_no_verdict(lacking: dict[str, object]) -> None:
    assert achieved(indicator(**lacking), [observation()], TODAY).share is None


def test_without_an_observation_there_is_no_verdict_but_a_target() -> None:
    result = achieved(indicator(), [], TODAY)
    assert (result.actual, result.observed_on, result.share) == (None, None, None)
    assert result.target is not None


def test_the_target_is_the_next_one_that_is_due_else_the_last() -> None:
    goals = [{"date": date(year, 12, 31), "value": year} for year in (2026, 2027)]
    several = indicator(targets=goals)
    days = [TODAY, date(2026, 12, 31), date(2027, 1, 1), date(2030, 1, 1)]
    assert [next_target(several, day).value for day in days] == [2026, 2026, 2027, 2027]
    assert next_target(indicator(targets=[]), TODAY) is None


def test_the_trajectory_is_straight_between_the_points_and_level_after_the_last() -> None:
    steps = indicator(targets=[{"date": date(2026, 7, 2), "value": 300}, {"date": date(2027, 7, 2), "value": 200}])
    days = [date(2026, 1, 1), date(2026, 4, 2), date(2026, 7, 2), date(2026, 12, 31), date(2030, 1, 1)]
    assert [trajectory(steps, day) for day in days] == [100, 200, 300, pytest.approx(250, abs=0.2), 200]


@pytest.mark.parametrize("lacking", [{"baseline": None}, {"targets": []}, {"baseline": {"date": TODAY, "value": 1}}])
def test_there_is_no_trajectory_before_the_baseline_or_without_points(lacking: dict[str, object]) -> None:
    assert trajectory(indicator(**lacking), SUMMER) is None


def test_what_is_due_is_told_as_a_share_of_the_same_way_as_what_is_achieved() -> None:
    assert due_share(indicator(), date(2026, 7, 2)) == pytest.approx(0.5)


@pytest.mark.parametrize(("actual", "expected"), [(200, "done"), (128, "on_track"), (127, "at_risk"), (None, "stale")])
def test_an_indicator_is_on_track_down_to_15_percent_short(actual: float | None, expected: str) -> None:
    assert verdict(indicator(), actual, date(2026, 7, 2)) is Status(expected)


@pytest.mark.parametrize(("actual", "expected"), [(60, "done"), (92, "on_track"), (93, "at_risk")])
def test_where_down_is_better_too_much_is_what_is_short(actual: float, expected: str) -> None:
    theft = indicator(direction="down", targets=[{"date": date(2026, 12, 31), "value": 60}])
    assert verdict(theft, actual, date(2026, 7, 2)) is Status(expected)


YEAR = {
    "baseline": {"date": date(2026, 1, 1), "value": 100},
    "targets": [{"date": date(2026, 1, 11), "value": 200}, {"date": date(2026, 1, 21), "value": 220}],
}


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), 100),
        (date(2026, 1, 6), 150),
        (date(2026, 1, 11), 200),
        (date(2026, 1, 16), 210),
        (date(2026, 1, 21), 220),
        (date(2027, 1, 1), 220),
    ],
)
def test_a_trajectory_runs_straight_from_the_baseline_through_the_targets(day: date, value: float | None) -> None:
    assert trajectory(indicator(**YEAR), day) == value


def test_there_is_no_trajectory_without_a_beginning_and_an_end() -> None:
    assert trajectory(indicator(baseline=None), TODAY) is None
    assert trajectory(indicator(targets=[]), TODAY) is None


def test_the_share_that_is_due_is_where_the_trajectory_should_be() -> None:
    assert due_share(indicator(**YEAR), date(2026, 1, 6)) == pytest.approx(0.5)
    assert due_share(indicator(**YEAR), date(2026, 1, 16)) == pytest.approx(110 / 120)
    assert due_share(indicator(targets=[]), TODAY) is None


@pytest.mark.parametrize(
    ("actual", "status"),
    [
        (None, Status.STALE),
        (127, Status.AT_RISK),
        (127.5, Status.ON_TRACK),  # 15% short of the 150 that are due
        (150, Status.ON_TRACK),
        (219, Status.ON_TRACK),
        (220, Status.DONE),
    ],
)
def test_a_value_within_15_percent_of_its_trajectory_is_on_track(actual: float | None, status: Status) -> None:
    assert verdict(indicator(**YEAR), actual, date(2026, 1, 6)) is status


@pytest.mark.parametrize(
    ("actual", "status"), [(173, Status.AT_RISK), (172, Status.ON_TRACK), (100, Status.DONE), (90, Status.DONE)]
)
def test_where_down_is_better_too_much_is_at_risk(actual: float, status: Status) -> None:
    falling = indicator(
        direction="down",
        baseline={"date": date(2026, 1, 1), "value": 200},
        targets=[{"date": date(2026, 1, 21), "value": 100}],
    )
    assert verdict(falling, actual, date(2026, 1, 11)) is status


def test_without_a_trajectory_there_is_no_verdict() -> None:
    assert verdict(indicator(targets=[]), 150, TODAY) is Status.STALE
