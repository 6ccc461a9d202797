"""How the tracker's workbooks look, and the one way in which a value gets into a cell of theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side

from roadmap.domain.text import Text, guarded

#: Who the tracker's comments are by; with that and `RED`, marks are found again when a workbook comes a second time.
AUTHOR: Final = "Roadmap tracker"
RED: Final = PatternFill("solid", fgColor="FFF4A6A0")
AMBER: Final = PatternFill("solid", fgColor="FFFDE7B3")
#: Text that a person types stays text: a spreadsheet makes no date of 1405-08-30.
AS_TEXT: Final = "@"
ISO_DAY: Final = "yyyy-mm-dd"

_LINE: Final = Side(style="thin", color="FFD5DCE2")
_BORDER: Final = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_TOP: Final = Alignment(vertical="top")
_WRAPPED: Final = Alignment(vertical="top", wrap_text=True)
#: Each language in its own direction, whichever way the sheet runs.
_PERSIAN: Final = Alignment(horizontal="right", vertical="top", wrap_text=True, readingOrder=2)
_ENGLISH: Final = Alignment(horizontal="left", vertical="top", wrap_text=True, readingOrder=1)
_OPEN: Final = Protection(locked=False)

#: What XML cannot hold, and so no workbook.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_COMMENT_WIDTH: Final = 380
_LINE_HEIGHT, _LINE_LETTERS = 19, 52
_ROW_HEIGHT, _MOST_LINES = 15, 8


def styles() -> list[NamedStyle]:
    """The styles that the tracker's own sheets use, by name; new ones for each workbook, as openpyxl wants it."""
    return [
        NamedStyle(
            "roadmap-header",
            font=Font(bold=True, color="FFFFFFFF"),
            fill=PatternFill("solid", fgColor="FF0F5C7A"),
            alignment=Alignment(vertical="center", wrap_text=True),
            border=_BORDER,
        ),
        NamedStyle("roadmap-key", fill=PatternFill("solid", fgColor="FFEEF2F5"), alignment=_WRAPPED, border=_BORDER),
        NamedStyle("roadmap-text", alignment=_WRAPPED, border=_BORDER, protection=_OPEN, number_format=AS_TEXT),
        NamedStyle("roadmap-number", alignment=_TOP, border=_BORDER, protection=_OPEN),
        NamedStyle("roadmap-day", alignment=_TOP, border=_BORDER, protection=_OPEN, number_format=ISO_DAY),
        NamedStyle("roadmap-title", font=Font(bold=True, size=14)),
        NamedStyle("roadmap-persian", alignment=_PERSIAN, border=_BORDER),
        NamedStyle("roadmap-english", alignment=_ENGLISH, border=_BORDER),
        NamedStyle("roadmap-cell", alignment=_WRAPPED, border=_BORDER),
    ]


def cell(sheet: Any, value: float | date | str | None, style: str) -> Cell:  # noqa: ANN401 - either kind of sheet
    """A cell to append to `sheet`; a text in it is never run as a formula."""
    made: Cell = WriteOnlyCell(sheet, written(value))
    made.style = style
    return made


def written(value: float | date | str | None) -> float | date | str | None:
    """`value` as a cell may hold it."""
    return guarded(_UNWRITABLE.sub("\ufffd", value)) if isinstance(value, str) else value


def append(sheet: Any, number: int, cells: Sequence[Cell], widths: Sequence[float]) -> None:  # noqa: ANN401
    """Adds the row `number`, high enough for its texts in columns of those `widths`: not every program sees to that."""
    lines = max((_lines(str(each.value or ""), width) for each, width in zip(cells, widths, strict=False)), default=1)
    sheet.row_dimensions[number].height = _ROW_HEIGHT * min(lines, _MOST_LINES)
    sheet.append(cells)


def _lines(text: str, width: float) -> int:
    return sum(1 + int(len(line) // width) for line in text.splitlines() or [""])


def comment(text: str) -> Comment:
    """The tracker's comment, its box as high as the text needs."""
    lines = sum(1 + len(line) // _LINE_LETTERS for line in text.splitlines())
    return Comment(_UNWRITABLE.sub("\ufffd", text), AUTHOR, height=_LINE_HEIGHT * (lines + 1), width=_COMMENT_WIDTH)


def both(text: Text) -> str:
    """`text` in both languages, one below the other."""
    return f"{text.fa}\n{text.en}"
