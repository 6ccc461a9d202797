"""Days as offices write them: `DD.MM.YYYY`, `Q YYYY` for a quarter and a year, `jalali YYYY/MM/DD`.

A form is a text in which YYYY, YY, MM, MONTH, DD and Q stand for a year, a month, its name, a day and a quarter, and
everything else for itself. A form without a day means the last day of its month, quarter or year. The first word may
name the calendar of the form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Final, get_args

from roadmap.domain import text
from roadmap.domain.calendar import Calendar, from_parts, month_end, month_name

#: How a quarter is written, by its number: Q1, T1, 1Q, 1° trimestre, a season of the Jalali year, its ordinal word.
_SEASONS: Final = ("بهار", "تابستان", "پاییز|پائیز", "زمستان")
_ORDINALS: Final = ("اول|نخست|یکم", "دوم", "سوم", "چهارم")
_QUARTERS: Final = tuple(
    re.compile(
        rf"[qt] ?{number}|{number} ?(?:q|t|[°ºª.]? ?(?:trimestre|quarter))|(?:فصل )?(?:{season})"
        rf"|(?:سه ?ماهه[ٔی]?|فصل) (?:{ordinal}|{number})"
    )
    for number, season, ordinal in zip(range(1, 5), _SEASONS, _ORDINALS, strict=True)
)
#: Those of them that name a season: only the Jalali year has its quarters there.
_SEASON: Final = re.compile("|".join(_SEASONS))
_PIECES: Final = {
    "YYYY": r"(?P<year>[0-9]{4})",
    "YY": r"(?P<short>[0-9]{2})",
    "MONTH": r"(?P<name>[^\W\d_]+)",
    "MM": r"(?P<month>[0-9]{1,2})",
    "DD": r"(?P<day>[0-9]{1,2})",
    "Q": r"(?P<quarter>.+?)",
}
_PIECE: Final = re.compile("(" + "|".join(_PIECES) + ")")
_SHORTENED: Final = 3
#: Two digits of a Jalali year from here on are of the fourteenth century: 1378 to 1477 are about 2000 to 2099.
_TURN: Final = 78
#: Years that a plan of ours can speak of, generously.
_OUR_TIME: Final = range(1900, 2200)


class AmbiguousDayError(ValueError):
    """A text that two of the forms it may be written in read as different days."""

    def __init__(self, days: Sequence[date]) -> None:
        super().__init__("read as different days: " + ", ".join(map(str, days)))
        self.days = tuple(days)


@dataclass(frozen=True)
class DayForm:
    """One way to write a day: what it looks like, and the calendar it counts in."""

    pattern: re.Pattern[str]
    calendar: Calendar

    def read(self, written: str) -> date:
        """The day that `written` (Latin digits, single spaces, small letters) says; ValueError if it is not so."""
        match = self.pattern.fullmatch(written)
        if match is None:
            message = "not of this form"
            raise ValueError(message)
        found = match.groupdict()
        year = int(found["year"]) if found.get("year") else _century(int(found["short"]), self.calendar)
        month = self._month(found)
        first = from_parts(year, month, int(found.get("day") or 1), self.calendar)
        return first if found.get("day") else month_end(first, self.calendar)

    def _month(self, found: dict[str, str]) -> int:
        if found.get("month"):
            return int(found["month"])
        if found.get("name"):
            return _named_month(found["name"], self.calendar)
        return 3 * _quarter(found["quarter"], self.calendar) if found.get("quarter") else 12


@lru_cache
def day_form(written: str, calendar: Calendar) -> DayForm:
    """The form `written`, in `calendar` unless it names one itself.

    Raises:
        ValueError: it has no year, holds a piece twice or one without the piece above it, or letters of its own.
    """
    first, _, rest = written.partition(" ")
    if first in get_args(Calendar):
        return day_form(rest, "jalali" if first == "jalali" else "gregorian")
    tokens = [token for token in _PIECE.split(written) if token]
    pieces = [token for token in tokens if token in _PIECES]
    _check(written, tokens, pieces)
    touching = any(one in _PIECES and other in _PIECES for one, other in pairwise(tokens))
    pattern = "".join(_PIECES.get(token) or re.escape(token).replace(r"\ ", " ?") for token in tokens)
    return DayForm(re.compile(pattern.replace("{1,2}", "{2}") if touching else pattern), calendar)


def _check(written: str, tokens: Sequence[str], pieces: Sequence[str]) -> None:
    others = "".join(token for token in tokens if token not in _PIECES)
    years, months = (sum(piece in group for piece in pieces) for group in (("YYYY", "YY"), ("MM", "MONTH", "Q")))
    lone_day = "DD" in pieces and (not months or "Q" in pieces)
    if years != 1 or months > 1 or pieces.count("DD") > 1 or lone_day or any(map(str.isalnum, others)):
        message = (
            f"{written!r} is no form of a day: write it with one of YYYY and YY, at most one of MM, MONTH and Q, and DD"
            " only beside a month, such as DD.MM.YYYY or Q YYYY"
        )
        raise ValueError(message)


def read_by_forms(value: str, forms: Sequence[str], calendar: Calendar) -> date:
    """The day written in `value` in one of `forms`, which count in `calendar` unless they name another.

    Where one form reads a day of our time and another one of centuries away, the year is of the first one's calendar:
    no Jalali year of our time is also a Gregorian one.

    Raises:
        AmbiguousDayError: two forms read different days in it.
        ValueError: it is written in none of them, or no such day exists.
    """
    written = _plain(value)
    days: dict[date, None] = {}
    for form in forms:
        try:
            days[day_form(form, calendar).read(written)] = None
        except ValueError:
            continue
    meant = [day for day in days if day.year in _OUR_TIME] or list(days)
    if len(meant) > 1:
        raise AmbiguousDayError(meant)
    if not meant:
        message = "a day in none of the forms " + ", ".join(forms)
        raise ValueError(message)
    return meant[0]


def _plain(value: str) -> str:
    return " ".join(text.key(value.replace("\u200c", " ")).casefold().split())


def _century(short: int, calendar: Calendar) -> int:
    """The year that two digits mean, between 2000 and 2099 or about then."""
    if calendar == "gregorian":
        return 2000 + short
    return (1300 if short >= _TURN else 1400) + short


def _quarter(written: str, calendar: Calendar) -> int:
    number = next((number for number, words in enumerate(_QUARTERS, start=1) if words.fullmatch(written)), None)
    if number is None or (calendar == "gregorian" and _SEASON.search(written)):
        message = "not a quarter"
        raise ValueError(message)
    return number


def _named_month(written: str, calendar: Calendar) -> int:
    """The number of the month of that name, in either language; Latin names may be cut to three letters."""
    for number in range(1, 13):
        persian, english = (_plain(month_name(number, language, calendar)) for language in text.LANGUAGES)
        if written in {persian, english} or (calendar == "gregorian" and written == english[:_SHORTENED]):
            return number
    message = "not the name of a month"
    raise ValueError(message)
