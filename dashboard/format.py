"""Numbers, days and texts as a reader of one language expects them; no Streamlit here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dashboard import texts
from roadmap.domain.calendar import Calendar, month_name, parts
from roadmap.domain.text import Language, persian_digits

_FSI, _LRI, _RLI, _PDI = "\u2068", "\u2066", "\u2067", "\u2069"
_MINUS: Final = "\u2212"
_MARKS: Final[dict[Language, dict[int, str]]] = {
    "en": {},
    "fa": str.maketrans({",": "٬", ".": "٫"}),
}
_PERCENT: Final[dict[Language, str]] = {"en": "%", "fa": "٪"}
_NONE: Final = "–"
_MONTH = 30.44


@dataclass(frozen=True)
class Format:
    """How `language` writes what the board shows. Days are Jalali in Persian, Gregorian in English."""

    language: Language

    @property
    def calendar(self) -> Calendar:
        """The calendar in which days are shown and entered."""
        return "jalali" if self.language == "fa" else "gregorian"

    @property
    def rtl(self) -> bool:
        """Whether the page runs from right to left."""
        return self.language == "fa"

    @property
    def say(self) -> texts.Catalogue:
        """The texts of the language."""
        return texts.load(self.language)

    def number(self, value: float | None, digits: int = 0, *, sign: bool = False) -> str:
        """`value` with grouped thousands; `sign` also writes a plus. No value is a dash, which is not a zero."""
        if value is None:
            return _NONE
        rounded = round(value, digits)
        text = self._digits(f"{abs(rounded):,.{digits}f}")
        mark = _MINUS if rounded < 0 else "+" if sign and rounded > 0 else ""
        return f"{_LRI}{mark}{text}{_PDI}" if mark else text

    def compact(self, value: float | None) -> str:
        """`value` with as many decimals as it needs: at most one, none from 100 on."""
        return self.number(value, 0 if value is None or abs(value) >= 100 or float(value).is_integer() else 1)

    def percent(self, value: float | None, digits: int = 0, *, sign: bool = False) -> str:
        """`value` (0..100) with the percent sign of the language."""
        if value is None:
            return _NONE
        number = self.number(value, digits, sign=sign)
        return number.replace(_PDI, "") + _PERCENT[self.language] + (_PDI if _PDI in number else "")

    def day(self, value: date | None) -> str:
        """Day, month and year: 30 آبان 1405 in Persian digits, or 21 November 2026."""
        if value is None:
            return _NONE
        year, month, number = parts(value, self.calendar)
        return self._plain(f"{number} {month_name(month, self.language, self.calendar)} {year}")

    def short_day(self, value: date | None) -> str:
        """A day for narrow places: 1405/08/30 in Persian digits, or 21 Nov 2026."""
        if value is None:
            return _NONE
        year, month, number = parts(value, self.calendar)
        if self.calendar == "jalali":
            return self._plain(f"{year}/{month:02}/{number:02}")
        return f"{number} {month_name(month, self.language, self.calendar)[:3]} {year}"

    def month(self, value: date) -> str:
        """Month and year."""
        year, month, _ = parts(value, self.calendar)
        return self._plain(f"{month_name(month, self.language, self.calendar)} {year}")

    def year(self, value: date) -> str:
        """The year."""
        return self._plain(str(parts(value, self.calendar)[0]))

    def duration(self, days: int) -> str:
        """A length of time without its sign, in days up to two months, in months from then on."""
        length = abs(days)
        if length < 61:
            return self.say("time.days", n=length, count=self.number(length))
        months = round(length / _MONTH)
        return self.say("time.months", n=months, count=self.number(months))

    def slip(self, days: int) -> str:
        """A movement against the plan, in words: later, earlier or on the day."""
        if days == 0:
            return self.say("time.on_plan")
        return self.say("time.later" if days > 0 else "time.earlier", length=self.duration(days))

    def from_day(self, value: date, today: date) -> str:
        """Where `value` lies from `today`, in words."""
        days = (value - today).days
        if abs(days) <= 1:
            return self.say(("time.yesterday", "time.today", "time.tomorrow")[days + 1])
        return self.say("time.ahead" if days > 0 else "time.ago", length=self.duration(days))

    def isolate(self, text: str) -> str:
        """`text` kept in its own direction among others (first strong letter decides)."""
        return f"{_FSI}{text}{_PDI}"

    def run(self, text: str) -> str:
        """`text` as one run in the direction of the page, for canvases, which know of none."""
        return f"{_RLI if self.rtl else _LRI}{text}{_PDI}"

    def join(self, items: Sequence[str]) -> str:
        """Short facts on one line, each in its own direction."""
        return " · ".join(self.isolate(item) for item in items if item)

    def _digits(self, text: str) -> str:
        return self._plain(text.translate(_MARKS[self.language]))

    def _plain(self, text: str) -> str:
        return persian_digits(text) if self.language == "fa" else text
