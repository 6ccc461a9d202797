"""What a proposal is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from roadmap.domain.calendar import Calendar
from roadmap.intake.parse import Cell

#: `sure`: nothing else fits. `likely`: the signs agree, a person has a look. `open`: the person says it.
Sureness = Literal["sure", "likely", "open"]


@dataclass(frozen=True)
class Reason:
    """Why something is proposed, or left open: a stable code and what its sentence needs (texts and counts)."""

    code: str
    said: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What a sample is held against: the plan's codes, the day, headers and words that other feeds use.

    `names` are (folded name, field, as it is written); `words` say what a folded word means, by field. `own` are the
    mapping and the words that hold for the commission now, folded likewise.
    """

    milestones: frozenset[str]
    units: frozenset[str]
    today: date
    names: tuple[tuple[str, str, str], ...] = ()
    words: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    own_names: Mapping[str, str] = field(default_factory=dict)
    own_words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Header:
    """A column of the sample by its place: its name, filled cells of it, trimmed, in the order of the rows."""

    place: int
    name: str
    cells: tuple[tuple[int, Cell], ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """What the filled cells say."""
        return tuple(cell.text for _, cell in self.cells)


@dataclass(frozen=True)
class Column:
    """What is proposed of a column: its field (None: left open, or not asked for) and why."""

    name: str
    examples: tuple[str, ...]
    filled: int
    field: str | None
    sureness: Sureness
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Word:
    """A word of a column of states or confidences: how often it is there, what it may mean, and why."""

    word: str
    count: int
    meant: str | None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Days:
    """How the sample writes days: a calendar and forms (None: left open), or readings to choose from.

    `choices` are the readings that would do, each with an example cell and the day that it then says.
    """

    calendar: Calendar | None
    forms: tuple[str, ...]
    reasons: tuple[Reason, ...]
    choices: tuple[DayChoice, ...] = ()


@dataclass(frozen=True)
class DayChoice:
    """A way to read the sample's days: what the cell `written` then says."""

    calendar: Calendar
    forms: tuple[str, ...]
    written: str
    day: date


@dataclass(frozen=True)
class Numbers:
    """How the sample marks fractions and thousands (`decimal` None: left open); `shares` means 0.45 for 45 percent."""

    decimal: str | None
    thousands: str | None
    reasons: tuple[Reason, ...]
    shares: bool = False


@dataclass(frozen=True)
class Proposal:
    """How a sample may read: its columns in their order, words by field, days, numbers, words for an empty cell."""

    columns: tuple[Column, ...]
    words: Mapping[str, tuple[Word, ...]]
    days: Days
    numbers: Numbers
    nothing: tuple[str, ...]
