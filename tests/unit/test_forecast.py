"""Monte Carlo forecasts: repeatable, ordered, and pushed by what comes before."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from roadmap.analysis.forecast import DRAWS, Forecast, Foreseen, errors, forecast, record
from roadmap.analysis.progress import Reported
from roadmap.domain.model import Milestone, State
from tests.factories import TODAY, milestone, reported

NEXT_YEAR = {"start": date(2027, 1, 1), "finish": date(2027, 4, 11)}  # a hundred days


def finished(code: str, days: int, commission: str = "alpha") -> tuple[Milestone, Reported]:
    """A milestone planned for a hundred days, and the facts that it took `days`."""
    start = date(2026, 1, 1)
    plan = milestone(code, commission=commission, start=start, finish=start + timedelta(days=100))
    done = start + timedelta(days=days)
    return plan, reported(state=State.DONE, percent=100, finished_on=done, last_report=done)


def foreseen(*pairs: tuple[Milestone, Reported], draws: int = 2_000, seed: int = 1) -> dict[str, Forecast]:
    facts = {plan.code: known for plan, known in pairs}
    return forecast([plan for plan, _ in pairs], facts, TODAY, draws=draws, seed=seed)


def pairs() -> list[tuple[Milestone, Reported]]:
    ratios = np.linspace(80, 180, 12).astype(int).tolist()
    past = [finished(f"past-{number}", days) for number, days in enumerate(ratios)]
    return [
        *past,
        (milestone("running", finish=date(2027, 6, 30)), reported()),
        (milestone("first", **NEXT_YEAR), Reported()),
        (milestone("second", start=date(2027, 4, 12), finish=date(2027, 8, 1), after=[{"code": "first"}]), Reported()),
    ]


def test_the_same_seed_gives_the_same_forecast_and_another_seed_nearly() -> None:
    first, again, other = foreseen(*pairs()), foreseen(*pairs()), foreseen(*pairs(), seed=2)
    assert first == again
    assert first != other
    assert all(abs((first[code].p50 - other[code].p50).days) < 30 for code in first)


def test_ten_thousand_draws_are_made_unless_told_otherwise() -> None:
    assert DRAWS == 10_000


def test_percentiles_are_in_order_and_in_the_future() -> None:
    for made in foreseen(*pairs()).values():
        assert TODAY < made.p20 <= made.p50 <= made.p80


def test_only_what_is_open_is_forecast() -> None:
    dropped = milestone("dropped"), reported(state=State.CANCELLED)
    assert set(foreseen(*pairs(), dropped)) == {"running", "first", "second"}


def test_a_record_of_one_ratio_is_repeated_exactly() -> None:
    """Everything took twice its time, so a hundred days from 1 January take two hundred."""
    past = [finished(f"past-{number}", 200) for number in range(3)]
    made = foreseen(*past, (milestone("next", **NEXT_YEAR), Reported()))["next"]
    assert made == Forecast(*[date(2027, 1, 1) + timedelta(days=200)] * 3)


def test_a_late_predecessor_pushes_its_successor() -> None:
    past = finished("past", 100)
    late = milestone("late", finish=date(2026, 12, 31)), reported(forecast_finish=date(2027, 6, 1))
    waiting = milestone("waiting", **NEXT_YEAR, after=[{"code": "late", "lag_days": 10}])
    alone = milestone("alone", **NEXT_YEAR)
    made = foreseen(past, late, (waiting, Reported()), (alone, Reported()))
    assert made["alone"].p50 == date(2027, 4, 11)
    assert made["late"].p50 == date(2027, 6, 1)
    assert made["waiting"].p50 == date(2027, 6, 1) + timedelta(days=10 + 100)


def test_a_predecessor_that_is_done_holds_nobody_up() -> None:
    past = finished("past", 100)
    waiting = milestone("waiting", **NEXT_YEAR, after=[{"code": "past"}, {"code": "elsewhere"}])
    assert foreseen(past, (waiting, Reported()))["waiting"].p80 == date(2027, 4, 11)


def test_what_is_overdue_is_not_forecast_into_the_past() -> None:
    made = foreseen(finished("past", 50), (milestone("over", finish=date(2026, 6, 1)), reported()))
    assert made["over"] == Forecast(*[TODAY + timedelta(days=1)] * 3)


def test_while_nothing_was_ever_finished_the_plan_has_a_plain_spread() -> None:
    made = foreseen((milestone("next", **NEXT_YEAR), Reported()))["next"]
    assert date(2027, 1, 1) < made.p20 < date(2027, 4, 11) <= made.p50 < made.p80


def test_a_commission_with_a_long_record_is_judged_by_its_own() -> None:
    swift = [finished(f"swift-{number}", 80, "swift") for number in range(60)]
    slow = [finished(f"slow-{number}", 200, "slow") for number in range(60)]
    plans = [(milestone(code, commission=code, **NEXT_YEAR), Reported()) for code in ("swift", "slow", "new")]
    made = foreseen(*swift, *slow, *plans)
    assert made["swift"].p50 < made["slow"].p50
    assert (made["swift"].p80 - date(2027, 1, 1)).days == 80
    assert made["new"].p20 == made["swift"].p20
    assert made["new"].p80 == made["slow"].p80


def test_the_record_is_actual_over_planned_duration_by_commission() -> None:
    known = [finished("A", 150), finished("B", 80, "beta"), (milestone("C"), reported())]
    facts = {plan.code: fact for plan, fact in known}
    assert record([plan for plan, _ in known], facts) == {"alpha": [1.5], "beta": [0.8]}


@pytest.mark.parametrize("day", [date(2025, 12, 1), date(2026, 1, 1)])
def test_what_was_done_before_it_was_to_begin_counts_as_one_day(day: date) -> None:
    plan, _ = finished("A", 0)
    assert record([plan], {"A": reported(state=State.DONE, finished_on=day)}) == {"alpha": [0.01]}


def seen(days_left: int, days_taken: int, commission: str = "alpha") -> Foreseen:
    """A forecast of `days_left` more days, where it took `days_taken`."""
    day = date(2026, 3, 1)
    return Foreseen(commission, day, day + timedelta(days=days_left), day + timedelta(days=days_taken))


def test_the_error_of_a_forecast_is_time_taken_over_time_foreseen() -> None:
    known = [seen(100, 150), seen(100, 80, "beta"), seen(40, 0), seen(5, 50)]
    assert errors(known) == {"alpha": [1.5, 1 / 40], "beta": [0.8]}


def test_what_is_under_way_is_late_by_the_errors_of_past_forecasts_not_by_past_durations() -> None:
    running = milestone("running", finish=TODAY + timedelta(days=60)), reported()
    waiting = milestone("waiting", **NEXT_YEAR), Reported()
    facts = {plan.code: known for plan, known in (finished("past", 200), running, waiting)}
    plans = [finished("past", 200)[0], running[0], waiting[0]]
    made = forecast(plans, facts, TODAY, past=[seen(100, 150)], draws=100)
    assert made["running"].p50 == TODAY + timedelta(days=90)
    assert made["waiting"].p50 == date(2027, 1, 1) + timedelta(days=200)


def outlook(days: int, took: int, commission: str = "alpha") -> Foreseen:
    """A lead who said that it would take `days` more, when it took `took`."""
    begun = date(2026, 3, 1)
    return Foreseen(commission, begun, begun + timedelta(days=days), begun + timedelta(days=took))


def test_an_error_is_the_time_it_took_over_the_time_that_was_foreseen() -> None:
    past = [outlook(100, 150), outlook(50, 40), outlook(40, 40, "beta"), outlook(21, 0)]
    assert errors(past) == {"alpha": [1.5, 0.8, pytest.approx(1 / 21)], "beta": [1.0]}


def test_a_forecast_of_a_few_days_is_no_measure() -> None:
    assert errors([outlook(20, 60), outlook(-5, 60)]) == {}


def test_work_under_way_slips_as_its_leads_forecasts_did_and_new_work_as_durations_did() -> None:
    past = [finished("past", 100)]
    running = milestone("running", finish=date(2027, 6, 30)), reported(forecast_finish=TODAY + timedelta(days=100))
    waiting = milestone("waiting", **NEXT_YEAR), Reported()
    facts = {plan.code: known for plan, known in (*past, running, waiting)}
    plans = [plan for plan, _ in (*past, running, waiting)]
    made = forecast(plans, facts, TODAY, past=[outlook(100, 150)], draws=100)
    assert made["running"] == Forecast(*[TODAY + timedelta(days=150)] * 3)
    assert made["waiting"] == Forecast(*[date(2027, 4, 11)] * 3)
