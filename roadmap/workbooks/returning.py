"""A delivery as a workbook that goes back: the sender's own, marked; or a fresh one with the same rows."""

from __future__ import annotations

import json
import logging
import math
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from io import BytesIO
from typing import IO, Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.utils import get_column_letter, quote_sheetname

from roadmap.feed import Feed
from roadmap.intake import parse
from roadmap.intake.inbox import staging
from roadmap.intake.parse import Cell, Row
from roadmap.settings import Settings
from roadmap.workbooks import marking, summary
from roadmap.workbooks.looks import AMBER, RED, cell, comment, styles
from roadmap.workbooks.notes import NOTES, Mark, Notes
from roadmap.workbooks.template import SHEET

_logger = logging.getLogger(__name__)

_TOLD_OF_A_CRASH: Final = 2_000
_WIDTH: Final = 20


class UnmarkableError(Exception):
    """The sender's workbook cannot be opened within the limits, so it cannot be marked."""


@dataclass(frozen=True)
class Rows:
    """Rows of a sender's file, read apart: the header, and some or all of the rows under it."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]


def marked(content: IO[bytes], notes: Notes, feed: Feed, settings: Settings) -> bytes:
    """The workbook in `content`, a real file, with `notes` on it; opened by a process that cannot harm this one.

    Raises:
        UnmarkableError: it is no sound workbook, or wants more than the parser's limits allow.
    """
    request = parse.request_for(feed, settings)
    folder = staging(settings)
    with (
        tempfile.TemporaryFile(dir=folder) as told,
        tempfile.TemporaryFile(dir=folder) as output,
        tempfile.TemporaryFile(dir=folder) as complaints,
    ):
        told.write(NOTES.dump_json(notes))
        told.seek(0)
        content.seek(0)
        command = [sys.executable, "-I", "-m", marking.__name__, json.dumps(asdict(request)), str(told.fileno())]
        try:
            code = subprocess.run(
                command,
                stdin=content,
                stdout=output,
                stderr=complaints,
                env=parse.environment(),
                pass_fds=(told.fileno(),),
                timeout=request.cpu_seconds * parse.PATIENCE,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            code = None
        complaints.seek(0)
        if code != 0:
            _logger.warning("Marking ended with code %s: %s", code, complaints.read()[-_TOLD_OF_A_CRASH:].decode())
            raise UnmarkableError
        output.seek(0)
        return output.read()


def fresh(table: Rows | None, notes: Notes, *, right_to_left: bool) -> bytes:
    """A new workbook with the rows of `table` and `notes` on them; with the summary alone where there are no rows."""
    book = Workbook(write_only=True)
    for style in styles():
        book.add_named_style(style)
    places = _written(book, table, notes, right_to_left=right_to_left) if table else {}
    summary.write(book.create_sheet(summary.TITLE), notes, places, right_to_left=right_to_left)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _written(book: Any, table: Rows, notes: Notes, *, right_to_left: bool) -> dict[int, str]:  # noqa: ANN401
    """Adds the sheet with the rows; returns where each of `notes.marks` stands on it."""
    sheet = book.create_sheet(notes.sheet or SHEET)
    sheet.sheet_view.rightToLeft = right_to_left
    sheet.freeze_panes = "A2"
    for place in range(len(table.header)):
        sheet.column_dimensions[get_column_letter(place + 1)].width = _WIDTH
    sheet.append([cell(sheet, name, "roadmap-header") for name in table.header])
    marks: defaultdict[int, list[tuple[int | None, Mark]]] = defaultdict(list)
    for number, each in enumerate(notes.marks):
        marks[each.row].append((number, each))
    for each in notes.opened:
        marks[each.row].append((None, each))
    places: dict[int, str] = {}
    for position, row in enumerate(table.rows, start=2):
        wanted = marks.get(row.number, ())
        sheet.append(_row(sheet, row, len(table.header), [each for _, each in wanted]))
        where = quote_sheetname(sheet.title)
        places |= {
            number: f"{where}!{get_column_letter(each.column or 1)}{position}"
            for number, each in wanted
            if number is not None
        }
    return places


def _row(sheet: Any, row: Row, width: int, marks: Sequence[Mark]) -> list[SheetCell]:  # noqa: ANN401
    """The cells of a row, up to its last filled or marked one."""
    reach = max([width, len(row.cells), *(mark.column or 1 for mark in marks)])
    values = [_value(each) for each in row.cells] + [None] * (reach - len(row.cells))
    made = [cell(sheet, value, "roadmap-cell") for value in values]
    for place, texts in _by_place(marks).items():
        made[place - 1].comment = comment("\n\n".join(texts))
        made[place - 1].fill = RED if any((mark.column or 1) == place and mark.column for mark in marks) else AMBER
    return made


def _by_place(marks: Iterable[Mark]) -> Mapping[int, list[str]]:
    """What is said at each column; the first column stands in for a whole row."""
    texts: defaultdict[int, list[str]] = defaultdict(list)
    for mark in marks:
        texts[mark.column or 1].append(mark.text)
    return texts


def _value(found: Cell) -> float | date | str | None:
    """A cell of a file as a cell of a workbook: what the file typed keeps its type."""
    try:
        if found.kind == "number":
            number = float(found.text)
            return number if math.isfinite(number) else found.text
        return datetime.fromisoformat(found.text) if found.kind == "date" else found.text or None
    except ValueError:
        return found.text
