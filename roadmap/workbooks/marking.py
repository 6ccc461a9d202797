"""Marks what is wrong on a sender's own workbook, in a process of its own: a hostile one harms nobody else.

Protocol: arguments are the parser's `Request` as JSON and the number of an open file with the notes (`NOTES`); the
workbook comes on standard input, the marked one goes to standard output, a real file. Exit code 0: it is there.
Anything else: it is not, and whoever asked gives a workbook of the tracker's own instead.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from copy import copy
from typing import Any, BinaryIO, Final

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import PatternFill, Protection
from openpyxl.utils import get_column_letter, quote_sheetname

from roadmap.intake.reading.main import restrain
from roadmap.intake.reading.protocol import REFUSED, Request, UnfitError
from roadmap.intake.reading.workbooks import check_package
from roadmap.workbooks import summary
from roadmap.workbooks.looks import AMBER, AUTHOR, RED, comment, styles
from roadmap.workbooks.notes import NOTES, Mark, Notes

#: Between the tracker's comment and one that stood in the cell before.
_BEFORE: Final = "\n———\n"
_OURS: Final = {RED.fgColor.rgb, AMBER.fgColor.rgb}


def mark(source: BinaryIO, notes: Notes, target: BinaryIO) -> None:
    """Writes the workbook in `source` to `target`, as it was but for the marks and the summary of `notes`."""
    book = load_workbook(source)
    if summary.TITLE in book.sheetnames:  # of the last time that it went back
        del book[summary.TITLE]
    places: dict[int, str] = {}
    direction = True
    if notes.sheet is not None:
        sheet = book[notes.sheet]
        _clear(sheet)
        places = _marked(sheet, notes)
        direction = bool(sheet.sheet_view.rightToLeft)
    known = set(book.named_styles)
    for style in styles():
        if style.name not in known:
            book.add_named_style(style)
    summary.write(book.create_sheet(summary.TITLE), notes, places, right_to_left=direction)
    book.save(target)


def _clear(sheet: Any) -> None:  # noqa: ANN401 - openpyxl has no types
    """Takes off what the tracker marked when the same workbook went back before."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment is not None and cell.comment.author == AUTHOR:
                _unmark(cell)


def _unmark(cell: Cell) -> None:
    _, _, before = cell.comment.text.partition(_BEFORE)
    cell.comment = None
    if before:
        own = comment(before)
        own.author = ""
        cell.comment = own
    if cell.fill.fgColor.rgb in _OURS:
        cell.fill = PatternFill()


def _marked(sheet: Any, notes: Notes) -> dict[int, str]:  # noqa: ANN401
    """Puts the marks on; returns where each of `notes.marks` stands."""
    places = {}
    for number, each in enumerate(notes.marks):
        cell = _cell(sheet, each)
        _say(cell, each.text)
        cell.fill = copy(RED if each.column is not None else AMBER)
        places[number] = f"{quote_sheetname(sheet.title)}!{cell.coordinate}"
    _open(sheet, notes.opened)
    return places


def _open(sheet: Any, opened: Iterable[Mark]) -> None:  # noqa: ANN401
    """Shows and unlocks cells in which the sender has to decide something."""
    for each in opened:
        cell = _cell(sheet, each)
        _say(cell, each.text)
        cell.fill, cell.protection = copy(AMBER), Protection(locked=False)
        sheet.column_dimensions[get_column_letter(cell.column)].hidden = False


def _say(cell: Cell, text: str) -> None:
    """Adds the comment `text`, above what is said there already."""
    before = cell.comment
    said = text
    if before is not None:
        said = text + ("\n\n" if before.author == AUTHOR else _BEFORE) + before.text
    cell.comment = comment(said)


def _cell(sheet: Any, each: Mark) -> Cell:  # noqa: ANN401
    """The cell that a mark means; of merged ones the first, which is the one that is seen."""
    column = each.column or next((cell.column for cell in sheet[each.row] if cell.value is not None), 1)
    found = sheet.cell(each.row, column)
    if isinstance(found, MergedCell):
        area = next(area for area in sheet.merged_cells.ranges if found.coordinate in area)
        found = sheet.cell(area.min_row, area.min_col)
    return found


def _main(request: Request, notes: BinaryIO, source: BinaryIO, target: BinaryIO) -> int:
    try:
        check_package(source, request)
    except UnfitError as error:
        sys.stderr.write(error.code)
        return REFUSED
    mark(source, NOTES.validate_json(notes.read()), target)
    return 0


if __name__ == "__main__":
    _request = Request.of(json.loads(sys.argv[1]))
    restrain(_request.memory_bytes, _request.cpu_seconds, _request.max_unpacked_bytes)
    with (
        os.fdopen(int(sys.argv[2]), "rb") as _notes,
        open(sys.stdout.fileno(), "w+b", closefd=False) as _target,
    ):
        _code = _main(_request, _notes, sys.stdin.buffer, _target)
    sys.exit(_code)
