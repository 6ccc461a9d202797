"""What a line of the reject ledger is about: its key, kept as it was written, read again by the feed's rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from roadmap.domain.calendar import read_iso_day
from roadmap.domain.model import NATIONAL
from roadmap.domain.text import folded
from roadmap.feed import Feed
from roadmap.intake.contracts import KEY_FIELDS
from roadmap.intake.mapping import KEY_SEPARATOR

_MILESTONE_ONLY: Final = 1
_WITHOUT_UNIT_OR_DAY: Final = 2
_ISO_LENGTH: Final = len("2026-03-20")
#: A day that a file holds as a date is kept in Gregorian years; an office's own Jalali ones are far below.
_FIRST_GREGORIAN_YEAR: Final = 1700


@dataclass(frozen=True)
class RowKey:
    """The milestone and unit that a row names, as codes that need not exist; `day` None where it cannot be read."""

    milestone: str
    unit: str
    day: date | None


def read_key(key: str, feed: Feed) -> RowKey | None:
    """The key that `mapping` put together of a row's filled key fields; None where its parts cannot be told apart."""
    parts = key.split(KEY_SEPARATOR)
    if not key or len(parts) > len(KEY_FIELDS):
        return None
    milestone = _code("milestone", parts[0], feed)
    if len(parts) == _MILESTONE_ONLY:
        return RowKey(milestone, NATIONAL, None)
    day = _day(parts[-1], feed)
    if len(parts) == _WITHOUT_UNIT_OR_DAY and day is not None:
        return RowKey(milestone, NATIONAL, day)
    return RowKey(milestone, _code("unit", parts[1], feed), day)


def _code(field: str, written: str, feed: Feed) -> str:
    words = feed.values.get(field, {})
    meant = next((code for word, code in words.items() if folded(word) == folded(written)), written)
    return feed.options.code(meant)


def _day(written: str, feed: Feed) -> date | None:
    """The day that a cell says: of one that the file held as a date its ISO text, else by the feed's rule."""
    try:
        held = read_iso_day(written[:_ISO_LENGTH])
    except ValueError:
        held = None
    if held is not None and held.year >= _FIRST_GREGORIAN_YEAR:
        return held
    try:
        return feed.options.day(written)
    except ValueError:
        return None
