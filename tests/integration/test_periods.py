"""Completeness and timeliness of a commission and period: what the roll-ups count is what the reports say."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import get_args

import pytest
from sqlalchemy import Engine

from roadmap.analysis.reporting import Rate
from roadmap.domain.calendar import Calendar, month_end, month_start
from roadmap.domain.model import State
from roadmap.programme import Programme
from roadmap.services import commission, periods, quality, reporting
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.periods import PeriodRates
from roadmap.store.views.periods import Month, returned
from tests import histories
from tests.factories import TODAY, deliver, established, report
from tests.histories import DAYS, FIRST_DAY, chronicle

AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)


@pytest.fixture
def desk(engine: Engine, harbour: Programme) -> Desk:
    return established(engine, harbour)


@pytest.mark.parametrize("calendar", get_args(Calendar))
@pytest.mark.parametrize("seed", range(4))
def test_a_month_as_known_at_any_event_is_what_the_reports_say_unit_by_unit(
    planned: Desk, plan: Programme, seed: int, calendar: Calendar
) -> None:
    known = chronicle(planned, plan, seed)
    random = Random(seed)  # noqa: S311 - chance, not secrecy
    days = [FIRST_DAY + timedelta(days=random.randrange(-5, DAYS + 40)) for _ in range(6)]
    ends = [(month_start(day, calendar), month_end(day, calendar)) for day in days]
    asked = [(first, last, seq) for first, last in ends for seq in known]
    with planned.engine.connect() as connection:
        found = returned(connection, [Month(*each) for each in asked], calendar)
    assert any(complete for each in found for _, complete in each.values())
    for (first, last, seq), counts in zip(asked, found, strict=True):
        assert counts == histories.month(known[seq], first, last)


@pytest.mark.parametrize("seed", range(3))
def test_no_rate_passes_100_and_no_more_is_in_time_than_complete(planned: Desk, plan: Programme, seed: int) -> None:
    chronicle(planned, plan, seed)
    for day in (date(2026, 5, 1), date(2026, 4, 15), date(2026, 7, 1)):
        for told in periods.rates(planned, desks.moment(planned, day=day)).values():
            for each in told:
                assert 0 <= each.timeliness.complete <= each.completeness.complete <= each.completeness.expected


def rates(desk: Desk, code: str = "quays", day: date = TODAY, known: date | None = None) -> list[PeriodRates]:
    return periods.rates(desk, desks.moment(desk, day=day, known=known))[code]


def figures(told: PeriodRates) -> tuple[int, int, int]:
    return told.timeliness.complete, told.completeness.complete, told.completeness.expected


def test_rates_by_hand_of_three_months(desk: Desk) -> None:
    """The quays have one national milestone and one of two provinces: three reports a month, in time until the 10th.

    For August all came, P-2 on 11 September. For September the first came on 5 October, nothing of the provinces.
    For October P-1 is done on the 15th, known on 10 November; the rest is missing.
    """
    august = [report("Q-1", effective=AUGUST), report("Q-2", unit="P-1", effective=AUGUST)]
    deliver(desk, *august, on=date(2026, 9, 10))
    deliver(desk, report("Q-2", unit="P-2", effective=date(2026, 8, 20)), on=date(2026, 9, 11))
    deliver(desk, report("Q-1", effective=SEPTEMBER), on=date(2026, 10, 5))
    done = report("Q-2", unit="P-1", effective=date(2026, 10, 15), state=State.DONE, percent=100)
    deliver(desk, done, on=date(2026, 11, 10))
    told = rates(desk)
    assert [each.period.last for each in told[:3]] == [OCTOBER, SEPTEMBER, AUGUST]
    assert [figures(each) for each in told] == [(1, 1, 3), (1, 1, 3), (2, 3, 3), (0, 0, 3), (0, 0, 3), (0, 0, 3)]
    assert [each.is_open for each in told] == [False] * 6


def test_what_is_done_is_expected_in_the_month_in_which_it_was_done_and_not_after(desk: Desk) -> None:
    deliver(desk, report("Q-1", effective=date(2026, 9, 15), state=State.DONE, percent=100), on=date(2026, 9, 20))
    deliver(desk, report("Q-1", effective=OCTOBER, state=State.DONE, percent=100), on=date(2026, 11, 1))
    october, september, august, *_ = rates(desk)
    assert [figures(each) for each in (october, september, august)] == [(0, 0, 2), (1, 1, 3), (0, 0, 3)]


def test_a_later_report_stands_for_its_own_month_alone(desk: Desk) -> None:
    deliver(desk, report("Q-1", effective=date(2026, 11, 15)), on=date(2026, 11, 16))
    assert figures(rates(desk)[0]) == (0, 0, 3)


def test_what_begins_after_the_month_is_not_expected(desk: Desk) -> None:
    """C-1 begins on 1 November."""
    assert rates(desk, "cranes")[0].completeness == Rate(0, 0)
    assert rates(desk, "cranes", date(2026, 12, 1))[0].completeness == Rate(0, 1)


def test_a_period_is_open_until_its_deadline_has_passed(desk: Desk) -> None:
    assert [rates(desk, day=date(2026, 11, day))[0].is_open for day in (10, 11)] == [True, False]


def test_a_board_of_an_earlier_knowledge_knows_no_later_report(desk: Desk) -> None:
    deliver(desk, report("Q-1", effective=OCTOBER), on=date(2026, 11, 5))
    deliver(desk, report("Q-2", unit="P-1", effective=OCTOBER), on=date(2026, 11, 12))
    assert figures(rates(desk, known=date(2026, 11, 4))[0]) == (0, 0, 3)
    assert figures(rates(desk, known=date(2026, 11, 6))[0]) == (1, 1, 3)
    assert figures(rates(desk)[0]) == (1, 2, 3)


def test_every_page_tells_the_same_rate_and_what_is_due_is_what_it_misses(desk: Desk) -> None:
    deliver(desk, report("Q-1", effective=OCTOBER), report("Q-2", unit="P-1", effective=OCTOBER), on=date(2026, 11, 5))
    moment = desks.moment(desk, day=TODAY)
    rate = rates(desk)[0].completeness
    assert rate == Rate(2, 3)
    assert commission.commission(desk, moment, "quays").reporting == rate
    shown = next(each for each in quality.quality(desk, moment).commissions if each.code == "quays")
    assert shown.periods[0].completeness == rate
    assert [line.code for line in reporting.due(desk, moment, "quays").due] == ["Q-2"]
