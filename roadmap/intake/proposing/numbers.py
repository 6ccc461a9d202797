"""Which marks the numbers of a sample use for fractions and thousands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Final

from roadmap.domain import text
from roadmap.intake.parse import Cell
from roadmap.intake.proposing.findings import Header, Numbers, Reason

#: A decimal mark and the one between thousands (None: any that is left over).
Marks = tuple[str, str | None]
_MARKS: Final[tuple[Marks, ...]] = (
    (".", None),
    (",", None),
    ("٫", None),
    *((decimal, thousands) for decimal, thousands in product((".", ","), ("'", "’"))),
)
_HIGHEST_PERCENT: Final = 100


def is_number(written: str) -> bool:
    """Whether `written` is a number by any of the marks."""
    return any(_read(written, marks) is not None for marks in _MARKS)


def value(cell: Cell, decimal: str, thousands: str | None) -> float | None:
    """The number in `cell` by those marks; None if there is none."""
    return float(cell.text) if cell.kind == "number" else _read(cell.text, (decimal, thousands))


def of(columns: Sequence[tuple[str, Header]], present: Marks = (".", None)) -> Numbers:
    """Which marks the numbers of `columns` (field and column) use; the `present` ones where they read the same."""
    cells = [(field, cell) for field, header in columns for _, cell in header.cells]
    written = [(field, cell.text) for field, cell in cells if cell.kind != "number" and is_number(cell.text)]
    whole = [marks for marks in (present, *_MARKS) if all(_read(text, marks) is not None for _, text in written)]
    fitting = [marks for marks in whole if all(_fits(field, text, marks) for field, text in written)] or whole
    readings = {tuple(_read(text, marks) for _, text in written): marks for marks in reversed(fitting)}
    if len(readings) != 1:
        example = written[0][1] if written else ""
        code = "numbers_ambiguous" if readings else "numbers_unclear"
        return Numbers(None, None, (Reason(code, {"example": _doubtful(written) or example}),))
    ((decimal, thousands),) = readings.values()
    reason = Reason("numbers_read", {"count": len(written)}) if written else Reason("numbers_typed")
    percents = [value(cell, decimal, thousands) for field, cell in cells if field == "percent"]
    return Numbers(decimal, thousands, (reason,), shares=_are_shares([each for each in percents if each is not None]))


def _are_shares(percents: Sequence[float]) -> bool:
    """Whether percents are written as shares of one: none above 1, some between 0 and 1."""
    return bool(percents) and max(percents) <= 1 and any(0 < each < 1 for each in percents)


def _fits(field: str, written: str, marks: Marks) -> bool:
    found = _read(written, marks)
    return found is not None and (field != "percent" or 0 <= found <= _HIGHEST_PERCENT)


def _doubtful(written: Sequence[tuple[str, str]]) -> str:
    """The first text that two of the marks read differently."""
    for _, told in written:
        if len({_read(told, marks) for marks in _MARKS} - {None}) > 1:
            return told
    return ""


def _read(written: str, marks: Marks) -> float | None:
    try:
        return text.number(written, decimal=marks[0], thousands=marks[1])
    except ValueError:
        return None
