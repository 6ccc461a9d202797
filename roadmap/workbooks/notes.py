"""What is to be said on a workbook that goes back: which cells are wrong and why, and what became of all rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from roadmap.domain.text import Text


@dataclass(frozen=True)
class Mark:
    """A cell (row and column from 1; column None: the first filled one of the row) and what its comment says."""

    row: int
    column: int | None
    text: str


@dataclass(frozen=True)
class Problem:
    """A line of the summary's table: where in the sender's file (row None: all of it), what stood there, what to do.

    `mark` is the number in `Notes.marks` of the cell that it is about, if there is one.
    """

    row: int | None
    field: str
    value: str
    text: Text
    mark: int | None = None


@dataclass(frozen=True)
class Notes:
    """All that goes onto one workbook. `sheet` is the one that was read; `remarks` are told at the summary's top."""

    source: str
    sheet: str | None
    rows: int
    accepted: int
    duplicates: int
    rejected: int
    marks: tuple[Mark, ...] = ()
    opened: tuple[Mark, ...] = ()
    problems: tuple[Problem, ...] = ()
    untold: int = 0
    remarks: tuple[Text, ...] = ()


#: Carries notes to the process that marks a workbook, as JSON.
NOTES: Final[TypeAdapter[Notes]] = TypeAdapter(Notes)
