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
from unicodedata import combining, normalize

from roadmap.domain import text
from roadmap.domain.calendar import read_day, read_iso_day
from roadmap.domain.refusals import Refusal, refuse
from roadmap.errors import ProgrammeError
from roadmap.intake.contracts import CODE_FIELDS, KEY_FIELDS, REQUIRED, TYPES
from roadmap.intake.parse import Cell, Row
from roadmap.intake.rejects import is_showable, shown, unreadable
from roadmap.intake.unfit import refuse_file
from roadmap.programme import Feed, FeedOptions

#: Between the parts of a row's key.
KEY_SEPARATOR: Final = " · "
#: Invisible at a text's edge (byte-order mark), or written where others write a space (zero-width non-joiner).
_BOM, _NON_JOINER = "\ufeff", "\u200c"
#: Stands where a character could not be read.
_UNREADABLE: Final = "\ufffd"
_EMPTY: Final = Cell("")
_ISO_LENGTH: Final = len("2026-03-20")
#: Cells whose meaning is remembered: codes, words and days come again row after row, free text hardly ever.
_REMEMBERED: Final = 50_000


@dataclass(frozen=True)
class Columns:
    """Where in a table each contract field stands, and which columns nobody asked for."""

    places: Mapping[str, int]
    unused: tuple[str, ...]
    width: int


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
            ProgrammeError: the feed maps to a field that the contract does not have.
        """
        self.columns = find_columns(feed, header)
        self._options = feed.options
        self._words = {field: _by_folded(words) for field, words in feed.values.items()}
        self._choices = {field: ", ".join(words) for field, words in feed.values.items()}
        self._readers = {field: _reader(field) for field in self.columns.places}
        self._remembered = lru_cache(_REMEMBERED)(self._meaning)

    def draft(self, row: Row) -> Draft:
        """`row` read by the feed's rules."""
        cells = {field: _cell(row, place) for field, place in self.columns.places.items()}
        filled = {field: cell for field, cell in cells.items() if cell.text}
        written = {field: shown(cell.text) for field, cell in filled.items()}
        read = {field: self.meaning(field, cell) for field, cell in filled.items()}
        wrong = (value for value in read.values() if isinstance(value, Refusal))
        return Draft(
            number=row.number,
            key=KEY_SEPARATOR.join(written[field] for field in KEY_FIELDS if field in written),
            values={field: value for field, value in read.items() if not isinstance(value, Refusal)},
            written=written,
            refusals=(*wrong, *self._beyond(row)),
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
        return self._remembered(field, cell)

    def _meaning(self, field: str, cell: Cell) -> object:
        hidden = _hidden(field, cell.text)
        if hidden is not None:
            return hidden
        try:
            return self._readers[field](self._meant(field, cell), self._options)
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
    """`cell` without what nobody sees at its edges; it is empty if nothing is left."""
    bare = cell.text.replace(_BOM, "").strip()
    return cell if bare == cell.text else Cell(bare, cell.kind)


def _hidden(field: str, written: str) -> Refusal | None:
    """The refusal of characters that nobody sees or reads; of these only the last is printable to Python."""
    if written.isprintable() and _UNREADABLE not in written:
        return None
    if text.has_bidi_controls(written):
        return refuse("bidi_controls", field)
    return None if is_showable(written) else refuse("control_characters", field, shown(written))


def _cell(row: Row, place: int) -> Cell:
    return trimmed(row.cells[place]) if place < len(row.cells) else _EMPTY


def find_columns(feed: Feed, header: Sequence[str]) -> Columns:
    """Where the contract's fields stand in `header`; a contract's own name stands for a field that is not found else.

    Raises:
        FileRefusedError: a required field has no column, or a field has two.
        ProgrammeError: the feed maps to a field that the contract does not have.
    """
    foreign = sorted(set(feed.mapping.values()) - set(TYPES))
    if foreign:
        known = ", ".join(TYPES)
        message = f"The feed maps columns to {', '.join(foreign)}, which the contract does not have; it has: {known}."
        raise ProgrammeError(message)
    own = _by_folded(feed.mapping)
    fields = [own.get(folded(name)) for name in header]
    for place, name in enumerate(header):
        if fields[place] is None and folded(name) in TYPES and folded(name) not in fields:
            fields[place] = folded(name)
    _check_columns(feed, header, fields)
    return Columns(
        places={field: place for place, field in enumerate(fields) if field is not None},
        unused=tuple(_name(header, place) for place, field in enumerate(fields) if field is None),
        width=len(header),
    )


def _check_columns(feed: Feed, header: Sequence[str], fields: Sequence[str | None]) -> None:
    repeated = next((place for place, field in enumerate(fields) if field and field in fields[:place]), None)
    if repeated is not None:
        raise refuse_file("repeated_column", column=_name(header, repeated))
    missing = [field for field in REQUIRED if field not in fields]
    if missing:
        own = {field: name for name, field in reversed(feed.mapping.items())}
        raise refuse_file("missing_columns", columns=", ".join(own.get(field, field) for field in missing))


def _name(header: Sequence[str], place: int) -> str:
    return shown(header[place].strip()) or str(place + 1)


def folded(words: str) -> str:
    """`words` as headers and choices are compared: one form of letters, digits, spaces and case.

    Hamza, vowel signs and accents do not count, since every office writes them in another way.
    """
    spaced = words.replace(_BOM, "").replace(_NON_JOINER, " ")
    bare = "".join(letter for letter in normalize("NFKD", spaced) if not combining(letter))
    return " ".join(text.key(bare).split()).casefold()


def _by_folded(words: Mapping[str, str]) -> dict[str, str]:
    return {folded(own): meant for own, meant in words.items()}


def _reader(field: str) -> Callable[[Cell, FeedOptions], object]:
    if field in CODE_FIELDS:
        return _code
    wanted = TYPES[field]
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return lambda cell, _: wanted(folded(cell.text))
    return _READERS[wanted]


def _code(cell: Cell, _: FeedOptions) -> str:
    return text.key(cell.text)


def _text(cell: Cell, _: FeedOptions) -> str:
    return cell.text


def _day(cell: Cell, options: FeedOptions) -> date:
    """A day; one that the file itself holds as a date is Gregorian, and its time of day does not matter."""
    if cell.kind == "date":
        return read_iso_day(cell.text[:_ISO_LENGTH])
    _refuse_mixed(cell.text)
    return read_day(cell.text, options.date)


def _number(cell: Cell, options: FeedOptions) -> float:
    """A number; one that the file itself holds as a number does not follow the feed's decimal mark."""
    value = float(cell.text) if cell.kind == "number" else text.number(cell.text, decimal=options.decimal)
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


def _refuse_mixed(written: str) -> None:
    if text.digit_scripts(written) > 1:
        message = "digits of two scripts in one date"
        raise ValueError(message)


_READERS: Final[dict[object, Callable[[Cell, FeedOptions], object]]] = {
    str: _text,
    date: _day,
    float: _number,
    int: _whole,
}
_COUNTED: Final = frozenset({date, float, int})
