"""How completely and punctually commissions report: never more than all of it, and never more in time than at all."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from roadmap.analysis.reporting import Counted, Period, Rate, completeness, due_day, periods, timeliness
from roadmap.domain.calendar import from_jalali


@st.composite
def milestones(draw: st.DrawFn) -> Counted:
    """What a milestone's units came to; at the deadline others may have counted than now."""
    expected = draw(st.integers(0, 40))
    return Counted(expected, draw(st.integers(0, expected)), draw(st.integers(0, 60)))


@given(st.lists(milestones()))
def test_a_rate_never_passes_100_and_no_more_is_in_time_than_complete(counted: list[Counted]) -> None:
    complete, in_time = completeness(counted), timeliness(counted)
    assert 0 <= in_time.complete <= complete.complete <= complete.expected == in_time.expected
    for rate in (complete, in_time):
        assert rate.percent is None or 0 <= rate.percent <= 100
        assert rate.missing == rate.expected - rate.complete


def test_rates_by_hand_of_a_national_and_a_scoped_milestone() -> None:
    """One report of one, and 20 of 31 of which 12 in time: 21 of 32 came, 13 of them in time."""
    counted = [Counted(1, 1, 1), Counted(31, 20, 12)]
    assert (completeness(counted), timeliness(counted)) == (Rate(21, 32), Rate(13, 32))
    assert Rate(21, 32).percent == 65.625


def test_what_was_in_time_and_counts_no_more_is_not_in_time() -> None:
    assert timeliness([Counted(2, 1, 2), Counted(3, 3, 0)]) == Rate(1, 5)


def test_a_rate_of_nothing_is_no_number() -> None:
    assert Rate(0, 0).percent is None
    assert Rate(0, 4).percent == 0
    assert Rate(3, 4).percent == 75


def test_reports_are_due_for_the_last_month_that_has_ended() -> None:
    assert due_day(date(2026, 11, 21), "gregorian") == date(2026, 10, 31)
    assert due_day(date(2026, 11, 30), "gregorian") == date(2026, 11, 30)
    assert due_day(from_jalali(1404, 1, 1), "jalali") == from_jalali(1403, 12, 30)


def test_periods_are_the_months_that_have_ended_newest_first_since_the_programme_began() -> None:
    found = periods(date(2026, 11, 21), date(2026, 9, 15), 6, "gregorian", 10)
    assert found == [
        Period(date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 10)),
        Period(date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 10)),
    ]
    jalali = periods(from_jalali(1404, 1, 5), date(2020, 1, 1), 2, "jalali", 5)
    assert [each.first for each in jalali] == [from_jalali(1403, 12, 1), from_jalali(1403, 11, 1)]
    assert jalali[0].deadline == from_jalali(1404, 1, 5)
