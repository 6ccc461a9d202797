"""How completely commissions report: never more than all of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.analysis.progress import Reported
from roadmap.analysis.reporting import Rate, due_day, reporting_rate
from roadmap.domain.calendar import from_jalali
from roadmap.domain.model import Milestone, State
from tests.factories import milestone, reported

PERIOD_END = date(2026, 10, 31)

days = st.dates(date(2026, 8, 1), date(2026, 12, 31))


@st.composite
def facts(draw: st.DrawFn) -> tuple[Milestone, Reported]:
    start, length = draw(days), draw(st.integers(0, 90))
    plan = milestone(start=start, finish=start + timedelta(days=length))
    known = reported(
        state=draw(st.sampled_from(State)),
        last_report=draw(st.none() | days),
        finished_on=draw(st.none() | days),
    )
    return plan, known


@given(st.lists(facts()), days)
def test_a_rate_never_passes_100(known: list[tuple[Milestone, Reported]], period_end: date) -> None:
    rate = reporting_rate(known, period_end)
    assert 0 <= rate.complete <= rate.expected <= len(known)
    assert rate.percent is None or 0 <= rate.percent <= 100


@pytest.mark.parametrize(
    ("known", "rate"),
    [
        (reported(last_report=PERIOD_END), Rate(1, 1)),
        (reported(last_report=date(2026, 11, 10)), Rate(1, 1)),
        (reported(last_report=date(2026, 10, 30)), Rate(0, 1)),
        (Reported(), Rate(0, 1)),
        (reported(state=State.CANCELLED), Rate(0, 0)),
        (reported(state=State.DONE, finished_on=date(2026, 9, 30), last_report=date(2026, 9, 30)), Rate(0, 0)),
        (reported(state=State.DONE, finished_on=PERIOD_END, last_report=PERIOD_END), Rate(1, 1)),
    ],
)
def test_only_what_was_open_in_the_period_is_expected(known: Reported, rate: Rate) -> None:
    assert reporting_rate([(milestone(), known)], PERIOD_END) == rate


def test_what_begins_after_the_period_is_not_expected() -> None:
    assert reporting_rate([(milestone(start=date(2026, 11, 1)), Reported())], PERIOD_END) == Rate(0, 0)
    assert reporting_rate([(milestone(start=PERIOD_END), Reported())], PERIOD_END) == Rate(0, 1)


def test_a_rate_of_nothing_is_no_number() -> None:
    assert Rate(0, 0).percent is None
    assert Rate(0, 4).percent == 0
    assert Rate(3, 4).percent == 75


def test_reports_are_due_for_the_last_month_that_has_ended() -> None:
    assert due_day(date(2026, 11, 21), "gregorian") == date(2026, 10, 31)
    assert due_day(date(2026, 11, 30), "gregorian") == date(2026, 11, 30)
    assert due_day(from_jalali(1404, 1, 1), "jalali") == from_jalali(1403, 12, 30)
