"""What is marked on a workbook, in this process; that it happens in one of its own is tested with real returns."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from roadmap.workbooks import marking, summary
from roadmap.workbooks.looks import AMBER, AUTHOR, RED
from roadmap.workbooks.notes import Mark, Notes
from tests.workbooks import opened, saved


@pytest.fixture
def book():
    """A header and two rows; the second has a comment of its sender's and two merged cells."""
    made = Workbook()
    sheet = made.active
    sheet.title = "Report"
    for row in (["Code", "State", "Done %"], ["Q-1", "doing", "ninety"], ["Q-2", "stopped", None]):
        sheet.append(row)
    sheet["A3"].comment = Comment("ask the north", "lead")
    sheet.merge_cells("B3:C3")
    return made


def notes(*marks, opened=(), sheet="Report"):
    return Notes("month.xlsx", sheet, 2, 0, 0, 2, marks=marks, opened=opened)


def marked(book, told):
    target = io.BytesIO()
    marking.mark(io.BytesIO(saved(book)), told, target)
    return opened(target.getvalue())


def test_a_cell_is_red_and_a_whole_row_amber_at_its_first_filled_cell(book):
    book.active["A2"] = None
    sheet = marked(book, notes(Mark(2, 3, "no number"), Mark(2, None, "not taken"))).active
    assert (sheet["C2"].fill.fgColor.rgb, sheet["C2"].comment.text) == (RED.fgColor.rgb, "no number")
    assert (sheet["B2"].fill.fgColor.rgb, sheet["B2"].comment.author) == (AMBER.fgColor.rgb, AUTHOR)


def test_the_mark_of_a_merged_cell_stands_on_the_one_that_is_seen(book):
    sheet = marked(book, notes(Mark(3, 3, "no number"))).active
    assert sheet["B3"].comment.text == "no number"


def test_two_marks_of_one_cell_are_both_told_above_what_its_sender_said(book):
    sheet = marked(book, notes(Mark(3, 1, "unknown"), Mark(3, None, "not taken"))).active
    assert sheet["A3"].comment.text == "not taken\n\nunknown\n———\nask the north"


def test_what_was_marked_before_is_taken_off_and_the_senders_own_stays(book):
    book.active["B2"].fill = PatternFill("solid", fgColor="FF00FF00")
    first = marked(book, notes(Mark(2, 3, "no number"), Mark(2, 2, "unknown"), Mark(3, 1, "not taken")))
    first.active["B2"].fill = PatternFill("solid", fgColor="FF00FF00")
    again = marked(first, notes())
    sheet = again.active
    assert [sheet[place].comment for place in ("C2", "B2")] == [None, None]
    assert (sheet["C2"].fill.fill_type, sheet["B2"].fill.fgColor.rgb) == (None, "FF00FF00")
    assert (sheet["A3"].comment.text, sheet["A3"].comment.author) == ("ask the north", "None")
    assert again.sheetnames == ["Report", summary.TITLE]


def test_a_cell_in_which_something_is_to_be_decided_is_shown_and_open(book):
    book.active.column_dimensions["C"].hidden = True
    sheet = marked(book, notes(opened=(Mark(2, 3, "take or leave"),))).active
    assert (sheet["C2"].protection.locked, sheet["A2"].protection.locked) == (False, True)
    assert not sheet.column_dimensions["C"].hidden


def test_a_workbook_of_which_no_sheet_was_read_gets_the_summary_alone(book):
    made = marked(book, notes(sheet=None))
    assert made.sheetnames == ["Report", summary.TITLE]
    assert made["Report"]["C2"].comment is None
