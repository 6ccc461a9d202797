"""How an office's table is laid out and how it writes days, numbers and nothing at all: what a feed's options say.

The same options read the table that a programme's milestones come from (`roadmap.plan_table`).
"""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from roadmap.domain import text
from roadmap.domain.calendar import Calendar, read_day
from roadmap.domain.day_forms import day_form, read_by_forms
from roadmap.domain.model import Value

_Header = Annotated[str, Field(min_length=1)]


class Across(Value):
    """A table with one thing down and another across: each filled cell below a header becomes a row of its own.

    The columns `keys` go into each of these rows, the header into a column named `header`, the cell into one named
    `cell`. With `record`, a pattern, some rows of the table belong together: those whose first key begins with a text
    that it fits. They become one row a header, with a column for each different rest of the key (`cell` where nothing
    is left of it); the text that fits becomes the key. Rows that do not fit belong to no record.
    """

    keys: Annotated[tuple[_Header, ...], Field(min_length=1)]
    header: _Header
    cell: _Header
    record: str | None = None

    @field_validator("record")
    @classmethod
    def _is_a_pattern(cls, record: str | None) -> str | None:
        try:
            re.compile(record or "")
        except re.error as error:
            message = f"{record!r} is no pattern: {error}"
            raise ValueError(message) from None
        return record


class FeedOptions(Value):
    """How a feed writes dates and numbers, and where in the file its rows are.

    `dates` are the forms that days come in (see `domain.day_forms`), in the calendar `date` unless a form names its
    own; without any, days are year-month-day. `thousands` is the only mark that parts thousands; without it, any that
    the decimal mark leaves over. With `hyphenate`, a code has a hyphen for what a code cannot hold, as codes of a
    plan's table have. A cell with one of the words `nothing` is empty. `joined` makes a field of several columns, as
    far as the file has them, a space between their cells. `constants` hold in every row, `defaults` where a cell is
    empty, both written as the office would write them. A column of `fill_down` that is empty has what stands above it,
    as in merged cells.
    """

    date: Calendar = "jalali"
    dates: tuple[str, ...] = ()
    decimal: Literal[".", ",", "٫"] = "."
    thousands: Literal[".", ",", "٬", "'", "’", " "] | None = None
    encoding: Literal["utf-8", "windows-1252", "windows-1256"] = "utf-8"
    sheet: str | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    hyphenate: bool = False
    nothing: tuple[str, ...] = ()
    joined: dict[str, Annotated[tuple[_Header, ...], Field(min_length=1)]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    defaults: dict[str, str] = Field(default_factory=dict)
    fill_down: tuple[_Header, ...] = ()
    across: Across | None = None

    @model_validator(mode="after")
    def _can_be_followed(self) -> Self:
        for form in self.dates:
            try:
                day_form(form, self.date)
            except ValueError as error:
                raise PydanticCustomError("day_form", "{why}", {"why": str(error), "form": form}) from None
        if self.thousands == self.decimal:
            sentence = "{mark} cannot be both the decimal mark and the one between thousands"
            raise PydanticCustomError("two_marks", sentence, {"mark": self.decimal})
        both = sorted(self.constants.keys() & (self.joined.keys() | self.defaults.keys()))
        if both:
            message = f"{', '.join(both)} cannot be constant and also come from columns or have a default"
            raise ValueError(message)
        return self

    @cached_property
    def _nothing(self) -> frozenset[str]:
        return frozenset(map(text.folded, self.nothing))

    def is_nothing(self, written: str) -> bool:
        """Whether the office writes this where it has nothing to say."""
        return bool(self._nothing) and text.folded(written) in self._nothing

    def code(self, written: str) -> str:
        """The code that `written` says, in one form of letters and digits."""
        return text.hyphenated(written) if self.hyphenate else text.key(written)

    def day(self, written: str) -> dt.date:
        """The day that `written` says.

        Raises:
            AmbiguousDayError: two of the forms read different days in it.
            ValueError: it is no day in any of the forms, or has digits of two scripts.
        """
        if text.digit_scripts(written) > 1:
            message = "digits of two scripts in one date"
            raise ValueError(message)
        return read_by_forms(written, self.dates, self.date) if self.dates else read_day(written, self.date)

    def number(self, written: str) -> float:
        """The finite number that `written` says; ValueError if it says none."""
        value = text.number(written, decimal=self.decimal, thousands=self.thousands)
        if not math.isfinite(value):
            message = "not a finite number"
            raise ValueError(message)
        return value
