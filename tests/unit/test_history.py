"""The illustrative history: repeatable, growing at its end only, and nothing in it that would be refused."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from roadmap import organisation, programme
from roadmap.demo import history
from roadmap.domain.calendar import add_months, month_end, month_start
from roadmap.domain.changes import Accepted, Recorded, Reference, ReportProgress, Stream, decide
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import State, Unit
from roadmap.programme import Programme
from tests.factories import TODAY

ByDay = dict[date, list[ProgressReported]]


@pytest.fixture(scope="module")
def plan() -> Programme:
    """The shipped plan as a demonstration of today has it: begun two years ago."""
    return programme.load(start=add_months(month_start(TODAY, "jalali"), -24, "jalali"))


@pytest.fixture(scope="module")
def units(plan: Programme) -> list[Unit]:
    return organisation.units(plan)


@pytest.fixture(scope="module")
def to_the_end(plan: Programme, units: list[Unit]) -> ByDay:
    """The history as it will be when everything is done."""
    return history.reports(plan, units, date(2036, 1, 1))


@pytest.fixture(scope="module")
def by_day(plan: Programme, units: list[Unit]) -> ByDay:
    return history.reports(plan, units, TODAY)


def test_the_same_day_gives_the_same_history(plan: Programme, units: list[Unit], by_day: ByDay) -> None:
    assert history.reports(plan, units, TODAY) == by_day


def test_there_are_two_years_of_month_ends_up_to_today(plan: Programme, by_day: ByDay) -> None:
    days = list(by_day)
    assert days == sorted(days)
    assert [month_end(day, "jalali") for day in days] == days
    assert days[0] == month_end(plan.programme.start, "jalali")
    assert days[-1] <= TODAY < month_end(days[-1] + timedelta(days=1), "jalali")
    assert len(days) in {24, 25}
    assert all(report.effective == day for day, reports in by_day.items() for report in reports)


@pytest.mark.parametrize("ahead", [1, 800])
def test_a_later_day_only_adds_months(
    plan: Programme, units: list[Unit], by_day: ByDay, to_the_end: ByDay, ahead: int
) -> None:
    """Seen from the end: a demonstration that runs on must not tell its past in another way."""
    later = history.reports(plan, units, TODAY + timedelta(days=ahead))
    assert [day for day in later if later[day] != to_the_end[day]] == []
    assert list(later)[: len(by_day)] == list(by_day)


def test_every_report_to_the_end_of_the_programme_would_be_taken(
    plan: Programme, units: list[Unit], to_the_end: ByDay
) -> None:
    reference = Reference(
        milestones={milestone.code: milestone for milestone in plan.milestones},
        units={unit.code: unit for unit in units},
    )
    present: dict[Stream, list[Recorded]] = {}
    for day, reports in to_the_end.items():
        for commission in plan.by_commission:
            own = [r for r in reports if reference.milestones[r.milestone].commission == commission]
            orders = [ReportProgress(report) for report in own]
            named = {order.stream: present.get(order.stream, []) for order in orders}
            verdicts = decide(orders, commission=commission, reference=reference, present=named, today=day)
            assert [verdict for verdict in verdicts if not isinstance(verdict, Accepted)] == []
            for order, verdict in zip(orders, verdicts, strict=True):
                present.setdefault(order.stream, []).append(Recorded(verdict.version, order.report))


def test_progress_never_goes_back_and_ends_with_done(to_the_end: ByDay) -> None:
    for story in stories(to_the_end).values():
        assert all(earlier.percent <= later.percent for earlier, later in pairwise(story))
        assert [report.state for report in story].index(State.DONE) == len(story) - 1


def test_some_work_rests_and_is_taken_up_again(to_the_end: ByDay) -> None:
    rested = [s for s in stories(to_the_end).values() if any(report.state is State.SUSPENDED for report in s)]
    assert rested
    assert all(story[0].state is not State.SUSPENDED for story in rested)


def stories(by_day: ByDay) -> dict[Stream, list[ProgressReported]]:
    """The reports of each milestone and unit, oldest first."""
    found: dict[Stream, list[ProgressReported]] = {}
    for reports in by_day.values():
        for report in reports:
            found.setdefault((report.milestone, report.unit), []).append(report)
    return found


def test_state_and_percent_agree_and_no_open_forecast_lies_in_the_past(by_day: ByDay) -> None:
    for reports in by_day.values():
        for report in reports:
            assert (report.state is State.DONE) == (report.percent == 100)
            assert (report.state is State.NOT_STARTED) == (report.percent == 0)
            assert report.forecast_finish is None or report.forecast_finish >= report.effective
            assert (report.state is State.DONE) >= (report.confidence is None and report.forecast_finish is None)


def test_a_board_of_it_shows_something_of_everything(by_day: ByDay) -> None:
    reports = [report for reports in by_day.values() for report in reports]
    states = Counter(report.state for report in reports)
    assert set(states) >= {State.NOT_STARTED, State.IN_PROGRESS, State.DONE}
    assert {report.confidence for report in reports} == {"green", "amber", "red", None}
    assert any(report.blocker for report in reports)
    newest = {stream: story[-1] for stream, story in stories(by_day).items()}
    assert any(report.state is State.DONE for report in newest.values())
    assert any(report.state is State.IN_PROGRESS for report in newest.values())


def test_every_month_of_every_begun_milestone_is_told(plan: Programme, by_day: ByDay) -> None:
    told = stories(by_day)
    for milestone in plan.milestones:
        story = told.get((milestone.code, "national"))
        if milestone.scope == "national" and milestone.start <= max(by_day):
            days = [day for day in by_day if milestone.start <= day <= story[-1].effective]
            assert [report.effective for report in story] == days, milestone.code


def test_a_programme_of_another_field_has_a_history_too(harbour: Programme) -> None:
    by_day = history.reports(harbour, organisation.units(harbour), TODAY)
    assert {report.milestone for reports in by_day.values() for report in reports} == {"Q-1", "Q-2", "C-1"} - {
        milestone.code for milestone in harbour.milestones if milestone.start > max(by_day)
    }
