"""Jalali and Gregorian days, months and periods.

Days are kept as Gregorian `datetime.date`; Jalali is a way to read and to write them. The conversion is jdatetime's,
which agrees with the official table for every day of 1206–1498 (see docs/decisions).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

import jdatetime

from roadmap.domain.text import Language, latin_digits

Calendar = Literal["jalali", "gregorian"]

_MONTHS: dict[tuple[Calendar, Language], tuple[str, ...]] = {
    ("jalali", "fa"): (
        "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور",
        "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
    ),
    ("jalali", "en"): (
        "Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar",
        "Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand",
    ),
    ("gregorian", "fa"): (
        "ژانویه", "فوریه", "مارس", "آوریل", "مه", "ژوئن",
        "ژوئیه", "اوت", "سپتامبر", "اکتبر", "نوامبر", "دسامبر",
    ),
    ("gregorian", "en"): (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def jalali(day: date) -> tuple[int, int, int]:
    """Year, month and day of `day` in the Jalali calendar."""
    converted = jdatetime.date.fromgregorian(date=day)
    return converted.year, converted.month, converted.day


def from_jalali(year: int, month: int, day: int) -> date:
    """The Gregorian day of a Jalali one.

    Raises:
        ValueError: there is no such day, such as 30 Esfand of a common year.
    """
    return jdatetime.date(year, month, day).togregorian()


def parts(day: date, calendar: Calendar) -> tuple[int, int, int]:
    """Year, month and day of `day` in `calendar`."""
    return jalali(day) if calendar == "jalali" else (day.year, day.month, day.day)


def from_parts(year: int, month: int, day: int, calendar: Calendar) -> date:
    """The day that `calendar` calls so; ValueError where there is none."""
    return from_jalali(year, month, day) if calendar == "jalali" else date(year, month, day)


def read_day(value: str, calendar: Calendar) -> date:
    """The day written in `value` as year, month, day (1405-08-30, 1405/8/30, Persian digits allowed).

    Raises:
        ValueError: not of that form, or no such day in `calendar`.
    """
    match = _DAY.fullmatch(latin_digits(value.strip()))
    if match is None:
        message = "not a date of the form year-month-day"
        raise ValueError(message)
    year, month, day = (int(part) for part in match.groups())
    return from_parts(year, month, day, calendar)


def read_iso_day(value: str) -> date:
    """The Gregorian day written strictly as YYYY-MM-DD; ValueError otherwise."""
    if not _ISO_DAY.fullmatch(value):
        message = "not a date of the form YYYY-MM-DD"
        raise ValueError(message)
    return date.fromisoformat(value)


def write_day(day: date, calendar: Calendar) -> str:
    """`day` as YYYY-MM-DD in `calendar`, the inverse of `read_day`."""
    year, month, number = parts(day, calendar)
    return f"{year:04}-{month:02}-{number:02}"


def month_name(month: int, language: Language, calendar: Calendar) -> str:
    """The name of month 1..12 of `calendar` in `language`."""
    return _MONTHS[calendar, language][month - 1]


def month_start(day: date, calendar: Calendar) -> date:
    """The first day of the month of `calendar` in which `day` lies."""
    year, month, _ = parts(day, calendar)
    return from_parts(year, month, 1, calendar)


def add_months(day: date, months: int, calendar: Calendar) -> date:
    """`day` moved by whole months of `calendar`; a day that the month lacks becomes its last one."""
    year, month, number = parts(day, calendar)
    years, index = divmod(month - 1 + months, 12)
    first = from_parts(year + years, index + 1, 1, calendar)
    return min(first + timedelta(days=number - 1), _month_end(first, calendar))


def month_end(day: date, calendar: Calendar) -> date:
    """The last day of the month of `calendar` in which `day` lies."""
    return _month_end(month_start(day, calendar), calendar)


def month_ends(start: date, finish: date, calendar: Calendar) -> Iterator[date]:
    """Last days of the months of `calendar` from the one of `start` to the last that ends by `finish`."""
    end = month_end(start, calendar)
    while end <= finish:
        yield end
        end = month_end(end + timedelta(days=1), calendar)


def months_between(start: date, finish: date, calendar: Calendar) -> int:
    """Whole steps of months of `calendar` from the month of `start` to that of `finish`."""
    (year, month, _), (last_year, last_month, _) = parts(start, calendar), parts(finish, calendar)
    return (last_year - year) * 12 + last_month - month


def _month_end(first: date, calendar: Calendar) -> date:
    year, month, _ = parts(first, calendar)
    following = from_parts(year + month // 12, month % 12 + 1, 1, calendar)
    return following - timedelta(days=1)
