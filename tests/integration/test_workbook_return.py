"""What was sent comes back marked: the sender's own workbook, or a fresh one where that cannot be had."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import zipfile
from datetime import date

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from typer.testing import CliRunner

from roadmap.cli import app
from roadmap.errors import SettingsError
from roadmap.intake import pipeline
from roadmap.services import conflicts, handing_in, originals, returns, templates
from roadmap.services import desk as desks
from roadmap.workbooks.looks import AUTHOR
from tests.factories import TODAY, deliver, established, report
from tests.workbooks import opened, saved

SUMMARY = "خلاصه - Summary"
RED, AMBER = "FFF4A6A0", "FFFDE7B3"
DAY = date(2026, 11, 20)


@pytest.fixture
def desk(engine, harbour, monkeypatch):
    """Quay one at 90 percent, lights at 50 in one province of two."""
    monkeypatch.setattr(desks, "today", lambda _desk: TODAY)
    desk = established(engine, harbour)
    deliver(desk, report("Q-1", percent=90), report("Q-2", unit="P-1", percent=50))
    return desk


@pytest.fixture
def filled(desk, settings):
    """The template as a lead has it: beside it a sheet of notes, in it a comment and a colour of the lead's own."""
    book = opened(templates.template(desk, settings, "quays", day=DAY).content)
    sheet, notes = book.worksheets[0], book.create_sheet("Notes")
    notes["A1"], notes["A2"] = "ours", "=1+1"
    notes["A1"].font = Font(italic=True)
    sheet["G3"].comment = Comment("ask the north", "lead")
    sheet["K4"].fill = PatternFill("solid", fgColor="FF00FF00")
    return book


def sent(settings, name, content, commission="quays"):
    """Dropped into the inbox and taken from there."""
    folder = settings.inbox / commission
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    os.utime(folder / name, (1, 1))
    (receipt,) = pipeline.pull(commission, settings, today=TODAY)
    return receipt


def spoiled(book):
    """Rows 2 and 3 wrong in one and in two cells, row 4 right."""
    sheet = book.worksheets[0]
    sheet["G2"], sheet["F3"], sheet["G3"], sheet["G4"], sheet["F4"] = "ninety", "stopped", 120, 12, "doing"
    return saved(book)


def marks(sheet):
    """Colour of each cell that the tracker has commented on."""
    cells = (cell for row in sheet.iter_rows() for cell in row if cell.comment and cell.comment.author == AUTHOR)
    return {cell.coordinate: cell.fill.fgColor.rgb for cell in cells}


def test_every_bad_cell_is_red_and_says_in_both_languages_what_to_do(desk, settings, filled):
    receipt = sent(settings, "month.xlsx", spoiled(filled))
    back = returns.returned(desk, settings, receipt.batch)
    sheet = opened(back.content).worksheets[0]
    assert back.marked
    assert marks(sheet) == {"A2": AMBER, "G2": RED, "A3": AMBER, "F3": RED, "G3": RED}
    assert "عدد نیست؛ فقط عدد بنویسید" in sheet["G2"].comment.text
    assert "'ninety' in “Done %” is not a number" in sheet["G2"].comment.text
    assert "write one of: to do, doing, finished" in sheet["F3"].comment.text
    assert "This row was not taken" in sheet["A3"].comment.text
    assert sheet["A3"].comment.text.count("“") == 2


def test_everything_else_of_the_workbook_stays_as_it_was(desk, settings, filled):
    receipt = sent(settings, "month.xlsx", spoiled(filled))
    book = opened(returns.returned(desk, settings, receipt.batch).content)
    sheet = book.worksheets[0]
    assert book.sheetnames == [*filled.sheetnames, SUMMARY]
    assert (book["Notes"]["A2"].value, book["Notes"]["A1"].font.italic) == ("=1+1", True)
    assert sheet["K4"].fill.fgColor.rgb == "FF00FF00"
    assert sheet["G3"].comment.text.endswith("ask the north")
    assert sheet.column_dimensions["B"].width == filled.worksheets[0].column_dimensions["B"].width
    assert sheet.protection.sheet
    assert len(sheet.data_validations.dataValidation) == 5
    told = [[cell.value for cell in row] for row in filled.worksheets[0].iter_rows()]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == told


def test_the_summary_counts_all_rows_and_lists_what_is_wrong_with_links_to_it(desk, settings, filled):
    receipt = sent(settings, "month.xlsx", spoiled(filled))
    book = opened(returns.returned(desk, settings, receipt.batch).content)
    sheet = book[SUMMARY]
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[1] for row in rows[2:6]] == [3, 1, 0, 2]
    assert sheet.sheet_view.rightToLeft
    listed = rows[rows.index(next(row for row in rows if row[0] == "ردیف / Row")) + 1 :]
    assert [row[:3] for row in listed] == [(2, "Done %", "ninety"), (3, "State", "stopped"), (3, "Done %", "120.0")]
    assert all(row[3] and row[4] for row in listed)
    links = [cell.hyperlink.location for (cell,) in sheet.iter_rows(max_col=1) if cell.hyperlink]
    assert links == ["'گزارش - Report'!G2", "'گزارش - Report'!F3", "'گزارش - Report'!G3"]


def test_a_corrected_return_is_taken_and_marks_of_what_is_right_now_are_gone_the_next_time(desk, settings, filled):
    first = sent(settings, "month.xlsx", spoiled(filled))
    book = opened(returns.returned(desk, settings, first.batch).content)
    book.worksheets[0]["G2"], book.worksheets[0]["F3"] = 95, "doing"
    second = sent(settings, "month.xlsx", saved(book))
    assert (second.accepted, second.duplicates, second.rejected) == (1, 1, 1)
    again = opened(returns.returned(desk, settings, second.batch).content)
    sheet = again.worksheets[0]
    assert marks(sheet) == {"A3": AMBER, "G3": RED}
    assert [sheet[place].fill.fill_type for place in ("G2", "F3", "A2")] == [None, None, None]
    assert sheet["G3"].comment.text.endswith("ask the north")
    assert again.sheetnames.count(SUMMARY) == 1


def test_a_merged_cell_is_marked_where_it_is_seen(desk, settings, filled):
    sheet = filled.worksheets[0]
    sheet["G2"] = "ninety"
    sheet.merge_cells("F2:G2")
    receipt = sent(settings, "month.xlsx", saved(filled))
    assert receipt.rejected == 1
    assert "F2" in marks(opened(returns.returned(desk, settings, receipt.batch).content).worksheets[0])


def test_what_is_filled_right_of_all_headers_is_marked_there(desk, settings, filled):
    filled.worksheets[0]["P2"] = "shifted"
    receipt = sent(settings, "month.xlsx", saved(filled))
    back = opened(returns.returned(desk, settings, receipt.batch).content)
    assert marks(back.worksheets[0])["P2"] == RED


CSV = "Code;Place;As of;State;Done %\nQ-1;;2026-11-20;doing;ninety\nQ-2;P-1;2026-11-20;doing;60,5\n"


def test_a_csv_sender_gets_a_workbook_with_the_rows_and_the_same_marks_and_may_send_it_back(desk, settings):
    receipt = sent(settings, "month.csv", CSV.encode())
    back = returns.returned(desk, settings, receipt.batch)
    book = opened(back.content)
    sheet = book.worksheets[0]
    assert (back.name, back.marked) == (f"month-{receipt.batch}.xlsx", False)
    assert [cell.value for cell in sheet[3]] == ["Q-2", "P-1", "2026-11-20", "doing", "60,5"]
    assert marks(sheet) == {"A2": AMBER, "E2": RED}
    sheet["E2"] = 95
    again = sent(settings, "again.xlsx", saved(book))
    assert (again.accepted, again.duplicates, again.rejected) == (1, 1, 0)


def test_a_json_sender_gets_numbers_as_numbers(desk, settings):
    rows = [{"code": "C-1", "day": "2026-11-20", "state": "in_progress", "percent": 140}, {"code": "C-9"}]
    receipt = sent(settings, "month.json", json.dumps(rows).encode(), "cranes")
    sheet = opened(returns.returned(desk, settings, receipt.batch).content).worksheets[0]
    assert sheet["D2"].value == 140
    assert marks(sheet)["D2"] == RED
    assert {"A2", "A3"} <= marks(sheet).keys()


def test_a_file_that_was_refused_whole_comes_back_with_the_reason(desk, settings, filled):
    filled.remove(filled.worksheets[0])
    receipt = sent(settings, "month.xlsx", saved(filled))
    assert receipt.refused
    back = returns.returned(desk, settings, receipt.batch)
    told = list(opened(back.content)[SUMMARY].iter_rows(values_only=True))
    assert told[-1][0] == "همهٔ پرونده / Whole file"
    assert "lacks these columns" in told[-1][4]


BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><authors><author>&b;</author></authors>
<commentList><comment ref="A1" authorId="0"><text><t>&b;</t></text></comment></commentList></comments>"""


def test_a_workbook_that_is_not_safe_to_open_is_answered_with_a_fresh_one(desk, settings, filled):
    """The reader looks at no comments; whoever marks them does, apart from everybody else."""
    content = io.BytesIO(spoiled(filled))
    hostile = io.BytesIO()
    with zipfile.ZipFile(content) as source, zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            data = BOMB.encode() if "comment" in part.filename and part.filename.endswith(".xml") else source.read(part)
            target.writestr(part.filename, data)
    receipt = sent(settings, "month.xlsx", hostile.getvalue())
    assert receipt.rejected == 2
    back = returns.returned(desk, settings, receipt.batch)
    book = opened(back.content)
    assert not back.marked
    assert marks(book.worksheets[0]).keys() == {"A2", "G2", "A3", "F3", "G3"}
    assert "could not be opened within the limits" in str(list(book[SUMMARY].values))


def test_a_workbook_that_wants_too_much_memory_is_answered_with_a_fresh_one(desk, settings, filled):
    receipt = sent(settings, "month.xlsx", spoiled(filled))
    tight = settings.model_copy(update={"parser_memory_bytes": 96 * 1024 * 1024})
    assert not returns.returned(desk, tight, receipt.batch).marked


def test_a_file_that_is_not_kept_or_was_changed_since_is_answered_with_the_list_alone(desk, settings, filled):
    receipt = sent(settings, "month.xlsx", spoiled(filled))
    (kept,) = (settings.state_dir / "done" / "quays").iterdir()
    kept.write_bytes(kept.read_bytes() + b" ")
    back = returns.returned(desk, settings, receipt.batch)
    assert opened(back.content).sheetnames == [SUMMARY]
    assert "not kept here" in str(list(opened(back.content)[SUMMARY].values))


def test_what_is_no_delivery_of_a_file_is_told(desk, settings):
    with pytest.raises(SettingsError, match="no delivery of a file with the number 999"):
        returns.returned(desk, settings, 999)


def test_the_command_writes_the_marked_workbook(desk, settings, filled, tmp_path, monkeypatch):
    monkeypatch.setattr("roadmap.settings.read", lambda **_: settings)
    receipt = sent(settings, "month.xlsx", spoiled(filled))
    out = tmp_path / "back.xlsx"
    ran = CliRunner().invoke(app, ["return", str(receipt.batch), "--out", str(out)])
    assert "the sender's own workbook, marked" in ran.stdout
    assert SUMMARY in opened(out.read_bytes()).sheetnames


def test_libreoffice_opens_and_saves_a_marked_workbook_and_it_still_loads(desk, settings, filled, tmp_path):
    receipt = sent(settings, "month.xlsx", spoiled(filled))
    (tmp_path / "back.xlsx").write_bytes(returns.returned(desk, settings, receipt.batch).content)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [shutil.which("soffice"), "--headless", profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML"]
    subprocess.run([*command, "--outdir", str(tmp_path / "out"), str(tmp_path / "back.xlsx")], check=True, timeout=240)
    book = openpyxl.load_workbook(tmp_path / "out" / "back.xlsx")
    assert book.worksheets[0]["G2"].fill.fgColor.rgb == RED
    assert "ninety" in book.worksheets[0]["G2"].comment.text
    book.worksheets[0]["G2"], book.worksheets[0]["F3"], book.worksheets[0]["G3"] = 95, "doing", 60
    again = sent(settings, "again.xlsx", saved(book))
    assert (again.rows_read, again.accepted, again.duplicates, again.rejected) == (3, 2, 1, 0)


def stale(desk, settings):
    """A template that was filled in while somebody else reported on its first row."""
    book = opened(templates.template(desk, settings, "quays", day=DAY).content)
    deliver(desk, report("Q-1", percent=97, effective=date(2026, 11, 15)), on=date(2026, 11, 15))
    book.worksheets[0]["G2"] = 91
    return book


def test_a_row_made_on_an_older_version_comes_back_with_both_values(desk, settings):
    receipt = sent(settings, "month.xlsx", saved(stale(desk, settings)))
    assert (receipt.accepted, receipt.rejected) == (2, 1)
    sheet = opened(returns.returned(desk, settings, receipt.batch).content).worksheets[0]
    told = sheet["G2"].comment.text
    assert "now: doing, 97%; your row: doing, 91%" in told
    assert "Done %: 97 → 91" in told
    assert "As of: 2026-11-15 → 2026-11-20" in told


def test_the_own_row_stands_only_if_its_sender_writes_so(desk, settings):
    receipt = sent(settings, "month.xlsx", saved(stale(desk, settings)))
    book = opened(returns.returned(desk, settings, receipt.batch).content)
    sheet = book.worksheets[0]
    assert not sheet.column_dimensions["N"].hidden
    assert (sheet["N2"].protection.locked, sheet["N2"].value) == (False, 1)
    assert "write 2 into this cell" in sheet["N2"].comment.text
    as_it_is = sent(settings, "again.xlsx", saved(book))
    assert (as_it_is.duplicates, as_it_is.rejected) == (2, 1)
    sheet["N2"] = 2
    assert sent(settings, "mine.xlsx", saved(book)).accepted == 1


def clash(desk, settings):
    content = saved(stale(desk, settings))
    receipt = handing_in.hand_in(desk, settings, "quays", "month.xlsx", content, day=TODAY)
    return receipt, handing_in.outcome(desk, settings, receipt.batch).conflicts


def test_taking_ones_own_row_sends_it_on_what_was_shown_and_ends_the_clash(desk, settings):
    receipt, (conflict,) = clash(desk, settings)
    assert (conflict.row, conflict.mine.percent) == (2, 91)
    assert (conflict.standing.version, conflict.standing.report.percent) == (2, 97)
    answer = conflicts.take_mine(desk, conflict, commission="quays", day=TODAY)
    assert (answer.taken, answer.present.report.percent) == (True, 91)
    assert handing_in.outcome(desk, settings, receipt.batch).conflicts == []


def test_whoever_comes_between_is_shown_again_and_not_overwritten(desk, settings):
    receipt, (conflict,) = clash(desk, settings)
    deliver(desk, report("Q-1", percent=98, effective=date(2026, 11, 16)), on=date(2026, 11, 16))
    answer = conflicts.take_mine(desk, conflict, commission="quays", day=TODAY)
    assert answer.refusal.code == "stale_version"
    (again,) = handing_in.outcome(desk, settings, receipt.batch).conflicts
    assert again.standing.report.percent == 98


def test_a_file_handed_in_is_kept_like_one_of_the_inbox_under_its_leads_name(desk, settings, filled):
    content = spoiled(filled)
    receipt = handing_in.hand_in(desk, settings, "quays", "../../etc/.month.xlsx", content, day=TODAY)
    assert (receipt.source, receipt.actor, receipt.rejected) == ("month.xlsx", "tester", 2)
    (kept,) = (settings.state_dir / "done" / "quays").iterdir()
    assert (kept.name, kept.read_bytes()) == (f"{receipt.batch:06}-month.xlsx", content)
    assert list((settings.inbox / "quays").iterdir()) == []
    with originals.original(settings, receipt) as found:
        assert found.seek(0, os.SEEK_END) == len(content)


def test_the_same_file_again_has_its_first_receipt(desk, settings, filled):
    content = spoiled(filled)
    first = handing_in.hand_in(desk, settings, "quays", "month.xlsx", content, day=TODAY)
    again = handing_in.hand_in(desk, settings, "quays", "other name.xlsx", content, day=TODAY)
    assert (again.batch, again.repeated) == (first.batch, True)
    assert len(list((settings.state_dir / "done" / "quays").iterdir())) == 1


def test_what_cannot_be_taken_now_stays_in_the_inbox_for_the_next_pull(desk, settings, filled, monkeypatch):
    content = spoiled(filled)

    def broken(*_):
        raise ConnectionError("away")

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "take", broken)
        with pytest.raises(handing_in.FeedUnavailableError, match="is in the inbox"):
            handing_in.hand_in(desk, settings, "quays", "month.xlsx", content, day=TODAY)
    (waiting,) = (settings.inbox / "quays").iterdir()
    os.utime(waiting, (1, 1))
    (receipt,) = pipeline.pull("quays", settings, today=TODAY)
    assert (receipt.source, receipt.rows_read) == ("month.xlsx", 3)


@pytest.mark.parametrize(
    ("given", "safe"),
    [("a/b\\c.xlsx", "c.xlsx"), ("~$month.xlsx", "$month.xlsx"), ("..", "upload"), ("", "upload"), ("گزارش.xlsx",) * 2],
)
def test_a_name_never_becomes_a_path(given, safe):
    assert handing_in.safe_name(given) == safe


def test_a_very_long_name_keeps_its_end():
    assert handing_in.safe_name("گ" * 300 + ".xlsx").endswith("گ.xlsx")
    assert len(handing_in.safe_name("گ" * 300 + ".xlsx").encode()) <= 200
