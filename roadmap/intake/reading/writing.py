"""Writes the records of a table, and sees that the limits are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Final

from roadmap.intake.reading import layout
from roadmap.intake.reading.protocol import (
    DATE,
    FIELD_END,
    NUMBER,
    RECORD_END,
    Cells,
    Opened,
    Request,
    UnfitError,
    bare,
    told,
)

#: Rows that are tested together at least: more of them cost less, and are halved where there is an odd one among them.
_BLOCK_ROWS: Final = 32
#: Most bytes that a character takes in UTF-8.
_WIDEST: Final = 4


def write(opened: Opened, request: Request, target: BinaryIO) -> None:
    """Writes header and rows, without empty rows, seeing that the limits are kept."""
    number, header = _header(opened, request)
    rows, joined = opened.rows, opened.joined
    if request.fill_down:
        rows, joined = layout.filled_down(rows, header, request.fill_down), list
    if request.across is None:
        _write_head(opened, header, 0, target)
        records = Records(len(header), request, told=opened.told)
        _write_records(_blocks(number, rows, joined, records), request, target)
    else:
        seen = (cells if opened.told else told(cells) for cells in rows)
        laid = layout.laid_across(request.across, header, enumerate(seen, start=number + 1))
        if len(laid.header) > request.max_columns:
            raise UnfitError("too_many_columns", row=number, limit=request.max_columns)
        _write_head(opened, laid.header, laid.left_out, target)
        records = Records(len(laid.header), request, told=True)
        _write_records((records.alone(place, cells) for place, cells in laid.rows), request, target)


def _write_head(opened: Opened, header: Cells, left_out: int, target: BinaryIO) -> None:
    head = {"sheet": opened.sheet, "unread": opened.unread, "header": header, "left_out": left_out}
    target.write(json.dumps(head, ensure_ascii=False).encode() + b"\n")


def _blocks(number: int, rows: Iterator[Cells], joined: Callable[[], list[str]], records: Records) -> Iterator[str]:
    """The records of the rows that follow the row `number`, as many at a time as are quickly tested."""
    while True:
        if lines := joined():
            yield records.of_joined(number + 1, lines)
            number += len(lines)
        elif block := list(islice(rows, _BLOCK_ROWS)):
            yield records.of(number + 1, block)
            number += len(block)
        else:
            return


def _write_records(texts: Iterable[str], request: Request, target: BinaryIO) -> None:
    written = 0
    for text in texts:
        target.write(text.encode())
        written += text.count(RECORD_END)
        if written > request.max_rows:
            raise UnfitError("too_many_rows", limit=request.max_rows)


def _header(opened: Opened, request: Request) -> tuple[int, Cells]:
    """The first row with anything in it, and its number."""
    for number, cells in enumerate(opened.rows, start=opened.first):
        if filled := _filled(number, cells if opened.told else told(cells), request):
            return number, [bare(name) for name in filled]
    raise UnfitError("empty_file")


@dataclass(frozen=True)
class Records:
    """Makes the records of a table whose header has `width` names; cells are `told` or not, as in `Opened`.

    Rows that are as they should be are tested and written together, which is what makes a million of them cheap. The
    rows of a block that does not pass are looked at cell by cell.
    """

    width: int
    request: Request
    told: bool

    def of(self, number: int, rows: list[Cells]) -> str:
        """The records of `rows`, of which the first has this `number`."""
        is_even = set(map(len, rows)) == {self.width}
        text = self._together(number, list(map(FIELD_END.join, rows))) if is_even else None
        if text is None:
            text = "".join([self.alone(place, cells) for place, cells in enumerate(rows, start=number)])
        return text

    def of_joined(self, number: int, lines: list[str]) -> str:
        """`of`, of rows whose cells are joined by `FIELD_END`, however many."""
        text = self._together(number, lines)
        if text is not None:
            return text
        if len(lines) <= _BLOCK_ROWS:
            return self.of(number, [line.split(FIELD_END) for line in lines])
        half = len(lines) // 2
        return self.of_joined(number, lines[:half]) + self.of_joined(number + half, lines[half:])

    def _together(self, number: int, lines: list[str]) -> str | None:
        """The records of `lines` if each has the header's width, is short, not empty and free of marks; else None."""
        if {line.count(FIELD_END) for line in lines} != {self.width - 1}:
            return None
        if len(max(lines, key=len)) * _WIDEST > self.request.max_cell_bytes:
            return None
        if "" in lines or any(map(str.isspace, lines)):  # the separator counts as space
            return None
        text = "".join([f"{place}{FIELD_END}{line}{FIELD_END}{RECORD_END}" for place, line in enumerate(lines, number)])
        return text if self.told or _is_free(text, len(lines)) else None

    def alone(self, number: int, cells: Cells) -> str:
        """The record of one row as it may come: short, long, empty, or with anything in its cells."""
        seen = cells if self.told else told(cells)
        filled = _filled(number, seen, self.request)
        if not filled:
            return ""
        within = seen[: self.width] + [""] * (self.width - len(seen))
        surplus = enumerate(filled[self.width :], start=self.width + 1)
        beyond = [(place, cell) for place, cell in surplus if cell.strip()]
        return FIELD_END.join([str(number), *within, json.dumps(beyond) if beyond else ""]) + RECORD_END


def _is_free(text: str, records: int) -> bool:
    """Whether `text` holds the other marks of the protocol only where the protocol put them."""
    return text.count(RECORD_END) == records and NUMBER not in text and DATE not in text


def _filled(number: int, cells: Cells, request: Request) -> Cells:
    """`cells`, told, without the empty ones at the end.

    Raises:
        UnfitError: more or longer ones are left than the limits allow.
    """
    length = len(cells)
    while length and not cells[length - 1].strip():
        length -= 1
    filled = cells[:length]
    if length > request.max_columns:
        raise UnfitError("too_many_columns", row=number, limit=request.max_columns)
    longest = max(map(len, filled), default=0) * _WIDEST
    if longest > request.max_cell_bytes and any(len(bare(cell).encode()) > request.max_cell_bytes for cell in filled):
        raise UnfitError("cell_too_long", row=number, limit=request.max_cell_bytes)
    return filled
