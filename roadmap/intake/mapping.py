"""An office's own headers, words, numbers and dates become the contract's, by the rules that its feed states.

Nothing is guessed: what does not read by the feed's rule is refused with the field and the value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final

from roadmap.domain import text
from roadmap.domain.calendar import read_iso_day
from roadmap.domain.day_forms import AmbiguousDayError
from roadmap.domain.refusals import Refusal, refuse
from roadmap.domain.text import folded
from roadmap.errors import ProgrammeError
from roadmap.feed import Feed
from roadmap.feed_options import FeedOptions
from roadmap.intake.columns import find_columns
from roadmap.intake.contracts import CODE_FIELDS, KEY_FIELDS, TYPES
from roadmap.intake.parse import Cell, Row
from roadmap.intake.rejects import is_showable, shown, unreadable

#: Between the parts of a row's key.
KEY_SEPARATOR: Final = " · "
#: Invisible at a text's edge.
_BOM: Final = "\ufeff"
#: Stands where a character could not be read.
_UNREADABLE: Final = "\ufffd"
_EMPTY: Final = Cell("")
_ISO_LENGTH: Final = len("2026-03-20")
#: Cells whose meaning is remembered: codes, words and days come again row after row, free text hardly ever.
_REMEMBERED: Final = 50_000


@dataclass(frozen=True)
class Draft:
    """A row on its way into the contract: what could be read, and refusals for what could not.

    `values` leaves out empty cells; `written` has what stood in the file, for those that look at the whole batch.
    """

    number: int
    key: str
    values: Mapping[str, object]
    written: Mapping[str, str]
    refusals: tuple[Refusal, ...]


class Mapper:
    """The rules of one feed, made ready once for all rows of a file."""

    def __init__(self, feed: Feed, header: Sequence[str]) -> None:
        """Finds the fields in `header`.

        Raises:
            FileRefusedError: a required field has no column, or a field has two.
            ProgrammeError: the feed names a field that the contract does not have, or a constant or default of it
                cannot be read.
        """
        self.columns = find_columns(feed, header)
        self._options = feed.options
        self._has_words_for_nothing = bool(feed.options.nothing)
        told = feed.options.defaults | feed.options.constants
        self._otherwise = {field: Cell(told[field].strip()) for field in self.columns.sources if field in told}
        self._words = {field: _by_folded(words) for field, words in feed.values.items()}
        self._choices = {field: ", ".join(words) for field, words in feed.values.items()}
        self._readers = {field: _reader(field) for field in self.columns.sources}
        self._remembered = lru_cache(_REMEMBERED)(self._said_and_meant)
        self._check_otherwise()

    def draft(self, row: Row) -> Draft:
        """`row` read by the feed's rules."""
        sources = self.columns.sources.items()
        told = {field: self._remembered(field, tuple(_at(row, place) for place in places)) for field, places in sources}
        written = {field: said for field, (said, _) in told.items() if said}
        read = {field: told[field][1] for field in written}
        wrong = (value for value in read.values() if isinstance(value, Refusal))
        return Draft(
            number=row.number,
            key=KEY_SEPARATOR.join(written[field] for field in KEY_FIELDS if field in written),
            values={field: value for field, value in read.items() if not isinstance(value, Refusal)},
            written=written,
            refusals=(*wrong, *self._beyond(row)),
        )

    def _said_and_meant(self, field: str, cells: tuple[Cell, ...]) -> tuple[str, object]:
        """What `cells` say of `field`, as it is shown, and what that means; nothing and None if they are empty."""
        cell = self.cell(field, cells)
        return (shown(cell.text), self.meaning(field, cell)) if cell.text else ("", None)

    def cell(self, field: str, cells: Sequence[Cell]) -> Cell:
        """What a row says of `field`, trimmed, whose columns hold `cells`; empty where it says nothing.

        A single filled cell stays of its kind; several are one text. Where all are empty, the field's default or
        constant stands.
        """
        filled = [cell for cell in map(self._said, cells) if cell.text]
        if not filled:
            return self._otherwise.get(field, _EMPTY)
        return filled[0] if len(filled) == 1 else Cell(" ".join(cell.text for cell in filled))

    def says_without(self, field: str) -> bool:
        """Whether a row says something of `field` although its cells are empty."""
        return field in self._otherwise

    def _said(self, cell: Cell) -> Cell:
        bare = trimmed(cell)
        return _EMPTY if self._has_words_for_nothing and self._options.is_nothing(bare.text) else bare

    def _check_otherwise(self) -> None:
        for field, cell in self._otherwise.items():
            if isinstance(self.meaning(field, cell), Refusal):
                raise ProgrammeError(
                    f"The feed says {cell.text!r} where {field} is constant or empty, which cannot be read as it.",
                    fa=f"خوراک برای {field} مقدار ثابت یا پیش‌فرض «{cell.text}» را می‌گوید که خواندنی نیست.",
                )

    def _beyond(self, row: Row) -> list[Refusal]:
        """Cells to the right of the last header: a separator inside a text has shifted the row."""
        return [
            refuse("unexpected", str(place + 1), shown(row.cells[place].text))
            for place in range(self.columns.width, len(row.cells))
            if row.cells[place].text.strip()
        ]

    def meaning(self, field: str, cell: Cell) -> object:
        """What `cell` (trimmed, not empty) says, as the contract's type for `field`, or the refusal of it."""
        hidden = _hidden(field, cell.text)
        if hidden is not None:
            return hidden
        try:
            return self._readers[field](self._meant(field, cell), self._options)
        except AmbiguousDayError as error:
            return refuse("ambiguous_date", field, cell.text, ", ".join(map(str, error.days)))
        except ValueError:
            mixed = TYPES[field] in _COUNTED and text.digit_scripts(cell.text) > 1
            return refuse("mixed_digits", field, cell.text) if mixed else self._unreadable(field, cell)

    def _meant(self, field: str, cell: Cell) -> Cell:
        """The contract's word for a word of the office; `cell` itself where it is none."""
        words = self._words.get(field)
        known = words.get(folded(cell.text)) if words else None
        return cell if known is None else Cell(known)

    def _unreadable(self, field: str, cell: Cell) -> Refusal:
        return unreadable(field, cell.text, self._choices.get(field, ""))


def trimmed(cell: Cell) -> Cell:
    """`cell` without what nobody sees at its edges, nor the guard of an export; it is empty if nothing is left."""
    bare = text.unguarded(cell.text.replace(_BOM, "").strip()).strip()
    return cell if bare == cell.text else Cell(bare, cell.kind)


def _hidden(field: str, written: str) -> Refusal | None:
    """The refusal of characters that nobody sees or reads; of these only the last is printable to Python."""
    if written.isprintable() and _UNREADABLE not in written:
        return None
    if text.has_bidi_controls(written):
        return refuse("bidi_controls", field)
    return None if is_showable(written) else refuse("control_characters", field, shown(written))


def _at(row: Row, place: int) -> Cell:
    return row.cells[place] if place < len(row.cells) else _EMPTY


def _by_folded(words: Mapping[str, str]) -> dict[str, str]:
    return {folded(own): meant for own, meant in words.items()}


def _reader(field: str) -> Callable[[Cell, FeedOptions], object]:
    if field in CODE_FIELDS:
        return _code
    wanted = TYPES[field]
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return lambda cell, _: wanted(folded(cell.text))
    return _READERS[wanted]


def _code(cell: Cell, options: FeedOptions) -> str:
    return options.code(cell.text)


def _text(cell: Cell, _: FeedOptions) -> str:
    return cell.text


def _day(cell: Cell, options: FeedOptions) -> date:
    """A day; one that the file itself holds as a date is Gregorian, and its time of day does not matter."""
    if cell.kind == "date":
        return read_iso_day(cell.text[:_ISO_LENGTH])
    return options.day(cell.text)


def _number(cell: Cell, options: FeedOptions) -> float:
    """A number; one that the file itself holds as a number does not follow the feed's marks."""
    if cell.kind != "number":
        return options.number(cell.text)
    value = float(cell.text)
    if not math.isfinite(value):
        message = "not a finite number"
        raise ValueError(message)
    return value


def _whole(cell: Cell, options: FeedOptions) -> int:
    value = _number(cell, options)
    if not value.is_integer():
        message = "not a whole number"
        raise ValueError(message)
    return int(value)


_READERS: Final[dict[object, Callable[[Cell, FeedOptions], object]]] = {
    str: _text,
    date: _day,
    float: _number,
    int: _whole,
}
_COUNTED: Final = frozenset({date, float, int})
