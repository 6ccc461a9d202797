from datetime import date, timedelta

import pytest

from dashboard.format import Format

FA, EN = Format("fa"), Format("en")
TODAY = date(2026, 11, 21)
LRI, PDI = "\u2066", "\u2069"


def test_numbers_have_the_digits_and_marks_of_the_language():
    assert FA.number(1234.5, 1) == "۱٬۲۳۴٫۵"
    assert EN.number(1234.5, 1) == "1,234.5"


def test_a_sign_stays_on_its_side_of_the_number():
    assert EN.number(-12) == f"{LRI}\u221212{PDI}"
    assert FA.percent(2.7, 1, sign=True) == f"{LRI}+۲٫۷٪{PDI}"


@pytest.mark.parametrize("value", [-0.2, 0.2, 0])
def test_what_rounds_to_zero_has_no_sign(value):
    assert EN.number(value, sign=True) == "0"


def test_no_value_is_a_dash_and_not_a_zero():
    assert (FA.number(None), FA.percent(None), FA.day(None), FA.short_day(None)) == ("–",) * 4


def test_compact_numbers_keep_only_the_decimals_that_matter():
    assert [EN.compact(value) for value in (12.0, 12.34, 1234.5, None)] == ["12", "12.3", "1,234", "–"]


def test_days_are_jalali_in_persian_and_gregorian_in_english():
    assert (FA.day(TODAY), EN.day(TODAY)) == ("۳۰ آبان ۱۴۰۵", "21 November 2026")
    assert (FA.short_day(TODAY), EN.short_day(TODAY)) == ("۱۴۰۵/۰۸/۳۰", "21 Nov 2026")
    assert (FA.month(TODAY), EN.month(TODAY)) == ("آبان ۱۴۰۵", "November 2026")
    assert (FA.year(TODAY), EN.year(TODAY)) == ("۱۴۰۵", "2026")


@pytest.mark.parametrize(
    ("days", "fa", "en"),
    [(0, "طبق برنامه", "as planned"), (1, "۱ روز دیرتر", "1 day later"), (-45, "۴۵ روز زودتر", "45 days earlier"),
     (150, "۵ ماه دیرتر", "5 months later")],
)  # fmt: skip
def test_a_slip_is_told_in_words(days, fa, en):
    assert (FA.slip(days), EN.slip(days)) == (fa, en)


@pytest.mark.parametrize(
    ("days", "en"), [(-1, "yesterday"), (0, "today"), (1, "tomorrow"), (12, "in 12 days"), (-90, "3 months ago")]
)
def test_a_day_is_told_from_today(days, en):
    assert EN.from_day(TODAY + timedelta(days), TODAY) == en


def test_facts_on_one_line_keep_their_own_direction():
    assert EN.join(["TE-S01", "", "فناوری"]) == "\u2068TE-S01\u2069 · \u2068فناوری\u2069"
