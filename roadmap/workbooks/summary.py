"""The last sheet of a workbook that goes back: what became of its rows, what is wrong, how it is sent again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from openpyxl.cell.cell import Cell
from openpyxl.styles import Font
from openpyxl.worksheet.hyperlink import Hyperlink

from roadmap.domain.text import Text
from roadmap.workbooks.looks import append, cell
from roadmap.workbooks.notes import Notes, Problem

#: A sheet's name cannot hold the slash of the heading.
TITLE: Final = "خلاصه - Summary"
_HEADING: Final = "خلاصه / Summary"
_WIDTHS: Final = (26, 22, 26, 60, 60)
_COUNTS: Final = {
    "rows": "ردیف‌های خوانده‌شده / Rows read",
    "accepted": "ثبت‌شده / Accepted",
    "duplicates": "تکراری / Duplicates",
    "rejected": "برگشتی / Rejected",
}
_COLUMNS: Final = ("ردیف / Row", "ستون / Field", "مقدار / Value", "چه باید کرد", "What to do")
_WHOLE: Final = "همهٔ پرونده / Whole file"
_AGAIN: Final = (
    Text(
        fa="خانه‌های سرخ را درست کنید (یادداشت هر خانه می‌گوید چگونه)، پرونده را ذخیره کنید و دوباره بفرستید: "
        "بارگذاری در صفحهٔ کمیسیون یا گذاشتن در صندوق ورودی.",
        en="Correct the red cells (each one's comment says how), save the file and send it again: upload it on the "
        "commission's page or put it into the inbox.",
    ),
    Text(
        fa="همهٔ ردیف‌ها را بفرستید یا فقط ردیف‌های درست‌شده را؛ آنچه پیش‌تر ثبت شده تکراری شمرده می‌شود "
        "و دو بار ثبت نمی‌شود.",
        en="Send all rows or only the corrected ones; what was accepted before counts as a duplicate and is not "
        "recorded twice.",
    ),
)


def write(sheet: Any, notes: Notes, places: Mapping[int, str], *, right_to_left: bool) -> None:  # noqa: ANN401
    """Fills `sheet`, new and empty, of either kind of workbook.

    `places` says where each of `notes.marks` stands now, as a link inside the workbook names it.
    """
    sheet.sheet_view.rightToLeft = right_to_left
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for column, width in zip("ABCDE", _WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    for number, line in enumerate(_lines(sheet, notes, places), start=1):
        append(sheet, number, line, _WIDTHS)
        for each in line:
            if each.hyperlink is not None:
                each.hyperlink.ref = each.coordinate


def _lines(sheet: Any, notes: Notes, places: Mapping[int, str]) -> Iterator[list[Cell]]:  # noqa: ANN401
    yield [cell(sheet, _HEADING, "roadmap-title")]
    yield [cell(sheet, notes.source, "roadmap-cell")]
    for name, label in _COUNTS.items():
        yield [cell(sheet, label, "roadmap-cell"), cell(sheet, getattr(notes, name), "roadmap-cell")]
    yield []
    for text in (*notes.remarks, *_AGAIN):
        yield [*_gap(sheet), cell(sheet, text.fa, "roadmap-persian"), cell(sheet, text.en, "roadmap-english")]
    yield []
    if notes.problems:
        yield [cell(sheet, title, "roadmap-header") for title in _COLUMNS]
    for problem in notes.problems:
        yield _problem(sheet, problem, places.get(problem.mark) if problem.mark is not None else None)
    if notes.untold:
        yield [cell(sheet, f"… +{notes.untold}", "roadmap-cell")]


def _gap(sheet: Any) -> list[Cell]:  # noqa: ANN401
    """Nothing, up to the columns of sentences."""
    return [cell(sheet, None, "Normal") for _ in range(3)]


def _problem(sheet: Any, problem: Problem, place: str | None) -> list[Cell]:  # noqa: ANN401
    row = cell(sheet, _WHOLE if problem.row is None else problem.row, "roadmap-cell")
    if place is not None:
        row.hyperlink = Hyperlink(ref="", location=place)
        row.font = Font(underline="single", color="FF0F5C7A")
    stood = (cell(sheet, text, "roadmap-cell") for text in (problem.field, problem.value))
    told = cell(sheet, problem.text.fa, "roadmap-persian"), cell(sheet, problem.text.en, "roadmap-english")
    return [row, *stood, *told]
