"""What the cells of a column look like: codes, days, numbers, a few words that come again, or free text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from roadmap.domain import text
from roadmap.intake.mapping import trimmed
from roadmap.intake.parse import Cell, Row
from roadmap.intake.proposing import days, numbers
from roadmap.intake.proposing.findings import Header, Known
from roadmap.intake.proposing.vocabulary import says_nothing

#: So many rows of a sample are looked at.
LOOKED_AT: Final = 400
_EXAMPLES: Final = 3
_LONGEST_EXAMPLE: Final = 60
#: A column of choices has few words, and they are short.
_MOST_CHOICES: Final = 12
_LONGEST_CHOICE: Final = 40


@dataclass(frozen=True)
class Contents:
    """How many of the `filled` cells of a column are what; `are_choices`: a few short words come again and again."""

    header: Header
    filled: int
    milestones: int
    units: int
    days: int
    numbers: int
    known_words: dict[str, int]
    are_choices: bool

    def share(self, count: int) -> float:
        """The share of filled cells that `count` is; 0 of none."""
        return count / self.filled if self.filled else 0.0


def headers(names: Sequence[str], rows: Sequence[Row]) -> list[Header]:
    """The columns of a table, with their cells that say something."""
    return [Header(place, name.strip(), _said(place, rows[:LOOKED_AT])) for place, name in enumerate(names)]


def _said(place: int, rows: Sequence[Row]) -> tuple[tuple[int, Cell], ...]:
    cells = [(row.number, trimmed(row.cells[place])) for row in rows if place < len(row.cells)]
    return tuple((number, cell) for number, cell in cells if cell.text and not says_nothing(cell.text))


def nothing(rows: Sequence[Row], known: Sequence[str] = ()) -> tuple[str, ...]:
    """The words for an empty cell that the rows use, each once, after those that are `known` already."""
    found = (trimmed(cell).text for row in rows[:LOOKED_AT] for cell in row.cells)
    fresh = {text.folded(word): word for word in (*known, *(word for word in found if says_nothing(word)))}
    return tuple(fresh.values())


def of(header: Header, known: Known) -> Contents:
    """What stands in a column."""
    told = header.texts
    keys = [text.key(each) for each in told]
    return Contents(
        header=header,
        filled=len(told),
        milestones=sum(each in known.milestones for each in keys),
        units=sum(each in known.units for each in keys),
        days=sum(cell.kind == "date" or days.is_day(cell.text) for _, cell in header.cells),
        numbers=sum(cell.kind == "number" or numbers.is_number(cell.text) for _, cell in header.cells),
        known_words={field: sum(text.folded(each) in words for each in told) for field, words in known.words.items()},
        are_choices=_are_choices(told),
    )


def examples(header: Header) -> tuple[str, ...]:
    """The first different cells of a column."""
    return tuple(each[:_LONGEST_EXAMPLE] for each in list(dict.fromkeys(header.texts))[:_EXAMPLES])


def _are_choices(told: Sequence[str]) -> bool:
    """Whether a column has few different texts, all of them short."""
    few = len(set(told)) <= min(_MOST_CHOICES, max(1, len(told) - 1))
    return bool(told) and few and max(map(len, told)) <= _LONGEST_CHOICE
