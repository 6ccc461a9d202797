"""Jalali and Gregorian days, months and periods."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.domain import calendar
from roadmap.domain.calendar import Calendar
from roadmap.domain.text import LANGUAGES, persian_digits

CALENDARS: tuple[Calendar, ...] = ("jalali", "gregorian")
FIRST, LAST = calendar.from_jalali(1206, 1, 1), calendar.from_jalali(1498, 12, 29)
#: In the calendar's cycle of 33 years these are leap (the table of Iran's official calendar).
LEAP_REMAINDERS = {1, 5, 9, 13, 17, 22, 26, 30}

days = st.dates(FIRST, LAST)
calendars = st.sampled_from(CALENDARS)
#: Steps of months that stay within the years above, from wherever they begin.
near_days = st.dates(date(1950, 1, 1), date(2050, 12, 31))
steps = st.integers(-600, 600)


@pytest.mark.parametrize(
    ("gregorian", "jalali"),
    [
        (date(1979, 2, 11), (1357, 11, 22)),
        (date(2024, 3, 20), (1403, 1, 1)),
        (date(2025, 3, 20), (1403, 12, 30)),
        (date(2025, 3, 21), (1404, 1, 1)),
        (date(2026, 3, 20), (1404, 12, 29)),
        (date(2026, 11, 21), (1405, 8, 30)),
    ],
)
def test_a_day_is_called_in_both_calendars_as_the_printed_ones_call_it(
    gregorian: date, jalali: tuple[int, int, int]
) -> None:
    assert calendar.jalali(gregorian) == jalali
    assert calendar.from_jalali(*jalali) == gregorian


def test_30_esfand_is_a_day_of_a_leap_year_only() -> None:
    assert calendar.read_day("1403-12-30", "jalali") == date(2025, 3, 20)
    with pytest.raises(ValueError, match="day"):
        calendar.read_day("1404-12-30", "jalali")


def test_every_day_of_three_centuries_has_its_own_name_and_follows_the_one_before() -> None:
    day, parts, leap_years = FIRST, calendar.jalali(FIRST), set()
    while day < LAST:
        day += timedelta(days=1)
        following = calendar.jalali(day)
        assert following in successors(parts), day
        assert calendar.from_jalali(*following) == day
        parts = following
        leap_years |= {parts[0]} if parts[1:] == (12, 30) else set()
    assert parts == (1498, 12, 29)
    assert leap_years == {year for year in range(1206, 1498) if year % 33 in LEAP_REMAINDERS}


def successors(parts: tuple[int, int, int]) -> set[tuple[int, int, int]]:
    """What may come after a day: six months of 31 days, five of 30, and Esfand of 29 or 30."""
    year, month, day = parts
    tomorrow, next_month = (year, month, day + 1), (year + month // 12, month % 12 + 1, 1)
    if month == 12:
        return {29: {tomorrow, next_month}, 30: {next_month}}.get(day, {tomorrow})
    return {next_month} if day == (31 if month <= 6 else 30) else {tomorrow}


@given(days, calendars)
def test_what_is_written_reads_back(day: date, of: Calendar) -> None:
    written = calendar.write_day(day, of)
    assert calendar.read_day(written, of) == day
    assert calendar.read_day(f"  {persian_digits(written).replace('-', '/')} ", of) == day


@pytest.mark.parametrize(
    "written",
    ["", "1405", "1405-8", "05-08-30", "1405.08.30", "1405-08-30 10:00", "30-08-1405", "1405-13-01", "1405-07-31"],
)
def test_what_is_no_day_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        calendar.read_day(written, "jalali")


@pytest.mark.parametrize(
    "written", ["2026-1-5", "20260105", "2026-02-30", "۲۰۲۶-۰۱-۰۵", "2026-01-05T00:00", " 2026-01-05"]
)
def test_an_iso_day_is_read_strictly(written: str) -> None:
    assert calendar.read_iso_day("2026-01-05") == date(2026, 1, 5)
    with pytest.raises(ValueError, match=r"."):
        calendar.read_iso_day(written)


@given(near_days, st.integers(0, 900), calendars)
def test_month_ends_are_all_the_last_days_of_months_in_between(start: date, length: int, of: Calendar) -> None:
    finish = start + timedelta(days=length)
    every_day = (start + timedelta(days=number) for number in range(length + 1))
    last_days = [day for day in every_day if calendar.parts(day + timedelta(days=1), of)[2] == 1]
    assert list(calendar.month_ends(start, finish, of)) == last_days


def test_there_is_no_month_end_in_a_span_that_ends_before_one() -> None:
    assert list(calendar.month_ends(date(2026, 11, 1), date(2026, 11, 29), "gregorian")) == []


@given(near_days, calendars)
def test_a_month_begins_on_its_first_day_and_ends_on_its_last(day: date, of: Calendar) -> None:
    first, last = calendar.month_start(day, of), calendar.month_end(day, of)
    assert first <= day <= last
    assert calendar.parts(first, of) == (*calendar.parts(day, of)[:2], 1)
    assert calendar.parts(last, of)[:2] == calendar.parts(day, of)[:2]
    assert calendar.parts(last + timedelta(days=1), of)[2] == 1


@pytest.mark.parametrize(
    ("day", "months", "of", "moved"),
    [
        (date(2026, 1, 31), 1, "gregorian", date(2026, 2, 28)),
        (date(2024, 1, 31), 1, "gregorian", date(2024, 2, 29)),
        (date(2026, 3, 31), -13, "gregorian", date(2025, 2, 28)),
        (calendar.from_jalali(1403, 12, 30), 12, "jalali", calendar.from_jalali(1404, 12, 29)),
        (calendar.from_jalali(1404, 6, 31), 1, "jalali", calendar.from_jalali(1404, 7, 30)),
        (calendar.from_jalali(1404, 1, 15), -1, "jalali", calendar.from_jalali(1403, 12, 15)),
    ],
)
def test_a_day_that_the_month_lacks_becomes_its_last_one(day: date, months: int, of: Calendar, moved: date) -> None:
    assert calendar.add_months(day, months, of) == moved


@given(st.lists(near_days, min_size=2, max_size=5).map(sorted), steps, calendars)
def test_moving_by_months_keeps_the_order_of_days(several: list[date], months: int, of: Calendar) -> None:
    moved = [calendar.add_months(day, months, of) for day in several]
    assert all(earlier <= later for earlier, later in pairwise(moved))


@given(near_days, steps, calendars)
def test_moving_by_months_is_counted_by_months_between(day: date, months: int, of: Calendar) -> None:
    moved = calendar.add_months(day, months, of)
    assert calendar.months_between(day, moved, of) == months
    assert calendar.months_between(moved, day, of) == -months


@pytest.mark.parametrize("of", CALENDARS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_month_has_a_name_of_its_own(of: Calendar, language: str) -> None:
    names = [calendar.month_name(month, language, of) for month in range(1, 13)]
    assert len(set(names)) == 12
    assert all(name.isascii() == (language == "en") for name in names)
