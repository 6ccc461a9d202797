"""Planned percent, roll-up, computed status, variance and BEI, by the formulas of the glossary."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.analysis import progress
from roadmap.analysis.progress import Reported, Rules
from roadmap.domain.model import Confidence, State, Status
from tests.factories import TODAY, milestone, reported

RULES = Rules(tolerance_points=10, stale_after=timedelta(days=38))
DUE = date(2026, 12, 31)


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        (date(2025, 12, 31), 0),
        (date(2026, 1, 1), 0),
        (date(2026, 1, 2), 10),
        (date(2026, 1, 6), 50),
        (date(2026, 1, 10), 90),
        (date(2026, 1, 11), 100),
        (date(2027, 1, 1), 100),
    ],
)
def test_the_plan_is_a_straight_line_from_start_to_finish(day: date, percent: float) -> None:
    ten_days = milestone(start=date(2026, 1, 1), finish=date(2026, 1, 11))
    assert progress.planned_percent(ten_days, day) == pytest.approx(percent)


def test_a_plan_of_one_day_is_done_on_that_day() -> None:
    one_day = milestone(start=DUE, finish=DUE)
    assert progress.planned_percent(one_day, DUE - timedelta(days=1)) == 0
    assert progress.planned_percent(one_day, DUE) == 100


def test_the_rest_is_done_evenly_until_the_finish() -> None:
    finish = TODAY + timedelta(days=10)
    days = [TODAY + timedelta(days=ahead) for ahead in (-1, 0, 1, 5, 10, 11)]
    towards = [progress.percent_towards(reported(percent=40), TODAY, finish, day) for day in days]
    assert towards == pytest.approx([40, 40, 46, 70, 100, 100])


def test_a_roll_up_is_weighted() -> None:
    assert progress.roll_up([(3, 40), (1, 0), (1, 100)]) == pytest.approx(44)


def test_a_roll_up_of_nothing_is_no_number() -> None:
    assert progress.roll_up([]) is None
    assert progress.roll_up([(1, 0)]) == 0


@given(st.lists(st.tuples(st.floats(0.1, 100), st.floats(0, 100)), min_size=1))
def test_a_roll_up_lies_between_its_parts(parts: list[tuple[float, float]]) -> None:
    percents = [percent for _, percent in parts]
    rolled = progress.roll_up(parts)
    assert min(percents) - 1e-9 <= rolled <= max(percents) + 1e-9


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({"not_started": 4}, State.NOT_STARTED),
        ({"cancelled": 4}, State.CANCELLED),
        ({"done": 4}, State.DONE),
        ({"done": 3, "cancelled": 1}, State.DONE),
        ({"not_started": 3, "cancelled": 1}, State.NOT_STARTED),
        ({"suspended": 4}, State.SUSPENDED),
        ({"suspended": 1, "done": 1, "cancelled": 1, "not_started": 1}, State.SUSPENDED),
        ({"suspended": 1, "done": 1}, State.IN_PROGRESS),
        ({"done": 1, "not_started": 3}, State.IN_PROGRESS),
        ({}, State.IN_PROGRESS),
    ],
)
def test_the_state_of_the_whole_follows_from_its_units(counts: dict[str, int], state: State) -> None:
    none = dict.fromkeys(("done", "cancelled", "suspended", "not_started"), 0)
    assert progress.whole_state(units=4, **(none | counts)) is state


def test_a_finish_is_expected_when_it_was_done_else_forecast_else_planned() -> None:
    done, told = date(2026, 11, 1), date(2027, 2, 1)
    assert progress.expected_finish(milestone(), Reported()) == DUE
    assert progress.expected_finish(milestone(), reported(forecast_finish=told)) == told
    assert progress.expected_finish(milestone(), reported(forecast_finish=told, finished_on=done)) == done


@pytest.mark.parametrize(
    ("facts", "day", "days"),
    [
        (Reported(), TODAY, 0),
        (reported(forecast_finish=date(2027, 1, 10)), TODAY, 10),
        (reported(forecast_finish=date(2026, 12, 21)), TODAY, -10),
        (reported(), DUE + timedelta(days=3), 3),
        (reported(forecast_finish=date(2027, 1, 10)), DUE + timedelta(days=3), 10),
        (reported(forecast_finish=date(2027, 1, 1)), DUE + timedelta(days=3), 3),
        (reported(state=State.DONE, finished_on=date(2026, 12, 1)), DUE + timedelta(days=99), -30),
        (reported(state=State.CANCELLED), DUE + timedelta(days=99), 0),
    ],
)
def test_variance_is_expected_minus_baseline_finish(facts: Reported, day: date, days: int) -> None:
    assert progress.variance_days(milestone(), facts, day) == days


def status(facts: Reported, day: date = date(2026, 5, 1), **more: object) -> Status:
    """Computed status on 1 May 2026, where a third of the year's plan has gone by."""
    return progress.status(milestone(), facts, day, RULES, **more)


def april(**changes: object) -> Reported:
    """On its planned curve on 1 May, reported the day before."""
    return reported(**({"percent": 33.0, "last_report": date(2026, 4, 30)} | changes))


def test_what_goes_by_plan_is_on_track() -> None:
    assert status(april()) is Status.ON_TRACK


@pytest.mark.parametrize("day", [date(2025, 12, 1), date(2026, 5, 1), DUE + timedelta(days=99)])
@pytest.mark.parametrize("state", [State.CANCELLED, State.DONE])
def test_what_is_finished_or_cancelled_is_never_late_or_stale(state: State, day: date) -> None:
    assert status(reported(state=state, last_report=None), day, predecessor_late=True) == Status(state.value)


def test_what_is_past_its_due_day_is_late_from_the_day_after() -> None:
    almost = reported(percent=95, last_report=DUE)
    assert status(almost, DUE) is Status.ON_TRACK
    assert status(almost, DUE + timedelta(days=1)) is Status.LATE


def test_late_is_more_than_stale() -> None:
    assert status(Reported(), DUE + timedelta(days=99)) is Status.LATE


def test_what_has_not_begun_is_not_due_until_its_start() -> None:
    eve = date(2025, 12, 31)
    assert status(Reported(), eve, predecessor_late=True) is Status.NOT_DUE
    assert status(Reported(), date(2026, 1, 1)) is Status.ON_TRACK
    assert status(reported(percent=1, last_report=eve), eve) is Status.ON_TRACK


def test_a_report_that_is_older_than_the_rule_is_stale() -> None:
    day = date(2026, 5, 1)
    assert status(april(last_report=day - timedelta(days=38))) is Status.ON_TRACK
    assert status(april(last_report=day - timedelta(days=39))) is Status.STALE


def test_what_never_reported_is_stale_a_period_after_its_start() -> None:
    assert status(Reported(), date(2026, 1, 1) + timedelta(days=38)) is Status.AT_RISK
    assert status(Reported(), date(2026, 1, 1) + timedelta(days=39)) is Status.STALE


def test_what_is_stale_cannot_be_trusted_to_be_only_at_risk() -> None:
    assert status(april(last_report=date(2026, 1, 1)), predecessor_late=True, p80=date(2028, 1, 1)) is Status.STALE


def test_a_late_predecessor_puts_at_risk() -> None:
    assert status(april(), predecessor_late=True) is Status.AT_RISK


def test_a_forecast_after_the_due_day_puts_at_risk() -> None:
    assert status(april(), p80=DUE) is Status.ON_TRACK
    assert status(april(), p80=DUE + timedelta(days=1)) is Status.AT_RISK


def test_without_a_forecast_the_leads_own_date_counts() -> None:
    later = april(forecast_finish=DUE + timedelta(days=1))
    assert status(later) is Status.AT_RISK
    assert status(later, p80=DUE) is Status.ON_TRACK


def test_what_is_behind_the_plan_by_more_than_the_tolerance_is_at_risk() -> None:
    planned = progress.planned_percent(milestone(), date(2026, 5, 1))
    assert status(april(percent=planned - 10)) is Status.ON_TRACK
    assert status(april(percent=planned - 10.1)) is Status.AT_RISK


@pytest.mark.parametrize("declared", [*Confidence, None])
@pytest.mark.parametrize("computed", Status)
def test_only_a_green_that_computes_late_or_at_risk_contradicts(declared: Confidence | None, computed: Status) -> None:
    expected = declared is Confidence.GREEN and computed in {Status.LATE, Status.AT_RISK}
    assert progress.contradicts(declared, computed) is expected


def test_who_waits_for_what_is_overdue_has_a_late_predecessor() -> None:
    day = date(2026, 7, 1)
    plan = [
        milestone("over", finish=date(2026, 6, 30)),
        milestone("done", finish=date(2026, 6, 30)),
        milestone("dropped", finish=date(2026, 6, 30)),
        milestone("today", finish=day),
        *(milestone(f"after-{code}", after=[{"code": code}]) for code in ("over", "done", "dropped", "today", "lost")),
        milestone("grandchild", after=[{"code": "after-over"}]),
    ]
    facts = {"done": reported(state=State.DONE), "dropped": reported(state=State.CANCELLED), "today": reported()}
    assert progress.late_predecessors(plan, facts, day) == {"after-over"}


def test_bei_is_finished_over_due() -> None:
    plan = [milestone(code, finish=date(2026, 6, 30)) for code in "ABCD"] + [milestone("later")]
    facts = {"A": reported(state=State.DONE), "B": reported(), "C": reported(state=State.CANCELLED)}
    assert progress.finished_share(plan, facts, date(2026, 7, 1)) == pytest.approx(1 / 3)


def test_bei_counts_what_was_finished_ahead_of_its_time() -> None:
    plan = [milestone("A", finish=date(2026, 6, 30)), milestone("later")]
    facts = {code: reported(state=State.DONE) for code in ("A", "later")}
    assert progress.finished_share(plan, facts, date(2026, 7, 1)) == 2


def test_there_is_no_bei_while_nothing_is_due() -> None:
    assert progress.finished_share([milestone()], {"A-1": reported(state=State.DONE)}, DUE) is None
