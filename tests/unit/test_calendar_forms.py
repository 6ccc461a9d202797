"""Days by the forms that a feed states."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.domain.calendar import month_name, parts
from roadmap.domain.day_forms import AmbiguousDayError, day_form, read_by_forms
from roadmap.domain.text import persian_digits


@pytest.mark.parametrize(
    ("form", "written", "day"),
    [
        ("Q YYYY", "Q1 2021", date(2021, 3, 31)),
        ("Q YYYY", "T4 2021", date(2021, 12, 31)),
        ("Q YYYY", " q2  2026 ", date(2026, 6, 30)),
        ("Q YYYY", "3 trimestre 2026", date(2026, 9, 30)),
        ("YYYY - Q", "2021 - 4° trimestre", date(2021, 12, 31)),
        ("YYYYQ", "2021Q4", date(2021, 12, 31)),
        ("jalali Q YYYY", "بهار ۱۴۰۵", date(2026, 6, 21)),
        ("jalali Q YYYY", "فصل پائيز ۱۴۰۵", date(2026, 12, 21)),
        ("jalali Q YYYY", "سه‌ماههٔ چهارم ۱۴۰۳", date(2025, 3, 20)),
        ("jalali Q YYYY", "سه ماهه 1 1405", date(2026, 6, 21)),
        ("DD/MM/YYYY", "31/12/2012", date(2012, 12, 31)),
        ("MM/DD/YYYY", "12/31/2012", date(2012, 12, 31)),
        ("DD.MM.YY", "9.4.19", date(2019, 4, 9)),
        ("YYYYMMDD", "20140102", date(2014, 1, 2)),
        ("MONTH-YY", "Aug-14", date(2014, 8, 31)),
        ("MONTH YYYY", "AUGUST 2014", date(2014, 8, 31)),
        ("DD MONTH YYYY", "1 august 2014", date(2014, 8, 1)),
        ("jalali DD MONTH YYYY", "۳۰ آبان ۱۴۰۵", date(2026, 11, 21)),
        ("jalali YY/MM/DD", "۰۵/۸/۳۰", date(2026, 11, 21)),
        ("jalali YY/MM/DD", "98/1/1", date(2019, 3, 21)),
        ("YYYY", "2026", date(2026, 12, 31)),
        ("jalali YYYY", "۱۴۰۳", date(2025, 3, 20)),
        ("MM/YYYY", "2/2024", date(2024, 2, 29)),
    ],
)
def test_a_day_is_read_by_its_form_and_a_span_is_its_last_day(form, written, day):
    assert read_by_forms(written, [form], "gregorian") == day


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("Q YYYY", "Q5 2021"),
        ("Q YYYY", "2021"),
        ("Q YYYY", "بهار 2026"),
        ("DD/MM/YYYY", "31/12/12"),
        ("DD/MM/YYYY", "31-12-2012"),
        ("DD/MM/YYYY", "30/2/2026"),
        ("YYYYMMDD", "2014112"),
        ("MONTH YYYY", "Foo 2026"),
        ("MONTH YYYY", "ma 2026"),
        ("jalali YYYY-MM-DD", "1404-12-30"),
        ("YYYY-MM-DD", "2026-03-20T10:00"),
        ("YYYY-MM-DD", "TBC"),
        ("YYYY", "०१२३"),
        ("YYYY", "9999"),
    ],
)
def test_what_is_not_of_the_form_or_no_day_is_refused(form, written):
    with pytest.raises(ValueError, match="in none of the forms"):
        read_by_forms(written, [form], "gregorian")


def test_a_day_that_two_forms_read_differently_is_refused_with_both():
    forms = ["DD/MM/YYYY", "MM/DD/YYYY"]
    with pytest.raises(AmbiguousDayError, match="2014-01-02, 2014-02-01") as caught:
        read_by_forms("02/01/2014", forms, "gregorian")
    assert set(caught.value.days) == {date(2014, 1, 2), date(2014, 2, 1)}
    assert read_by_forms("31/01/2014", forms, "gregorian") == date(2014, 1, 31)
    assert read_by_forms("02/02/2014", forms, "gregorian") == date(2014, 2, 2)


def test_a_year_tells_the_two_calendars_apart():
    forms = ["YYYY-MM-DD", "gregorian YYYY-MM-DD"]
    assert read_by_forms("1405-08-30", forms, "jalali") == read_by_forms("2026-11-21", forms, "jalali")


@pytest.mark.parametrize(
    "form", ["DD", "MM-DD", "YYYY-YY", "YYYY-MM-MM", "YYYY-MM-Q", "Q YYYY DD", "week YYYY", "", "jalali"]
)
def test_a_form_that_says_no_day_is_told_at_once(form):
    with pytest.raises(ValueError, match="is no form of a day"):
        day_form(form, "gregorian")


@given(
    day=st.dates(date(2001, 1, 1), date(2098, 12, 31)),
    form=st.sampled_from(["YYYY/MM/DD", "DD.MM.YYYY", "YYYYMMDD", "DD MONTH YYYY", "YY-MM-DD"]),
    calendar=st.sampled_from(["jalali", "gregorian"]),
    persian=st.booleans(),
)
def test_a_day_reads_back_from_every_form(day, form, calendar, persian):
    year, month, number = parts(day, calendar)
    written = (
        form.replace("YYYY", f"{year:04}").replace("YY", f"{year % 100:02}").replace("MM", f"{month:02}")
    ).replace("DD", f"{number:02}")
    written = written.replace("MONTH", month_name(month, "fa" if persian else "en", calendar))
    assert read_by_forms(persian_digits(written) if persian else written, [form], calendar) == day


@given(day=st.dates(date(2001, 1, 1), date(2098, 12, 31)), calendar=st.sampled_from(["jalali", "gregorian"]))
def test_the_last_day_of_a_quarter_ends_it(day, calendar):
    year, month, _ = parts(day, calendar)
    quarter = (month - 1) // 3 + 1
    last = read_by_forms(f"Q{quarter} {year}", ["Q YYYY"], calendar)
    assert last >= day
    assert parts(last, calendar)[:2] == (year, 3 * quarter)
    assert parts(last + timedelta(days=1), calendar)[2] == 1
