"""The template: written for a commission, read back by its own feed, whatever its language, calendar and format."""

from __future__ import annotations

import json
import shutil
import string
import subprocess
from dataclasses import replace
from datetime import date, datetime, time

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from typer.testing import CliRunner

from roadmap import programme
from roadmap.cli import app
from roadmap.domain.model import NATIONAL, State
from roadmap.domain.text import guarded, unguarded
from roadmap.errors import ProgrammeError, SettingsError
from roadmap.feed_options import Across
from roadmap.intake import pipeline
from roadmap.services import desk as desks
from roadmap.services import originals, templates
from tests.factories import TODAY, deliver, established, report
from tests.workbooks import opened, saved

SECOND_SHEET = "راهنما - Guide"
NOVEMBER = date(2026, 11, 30)


def midnight(*day):
    """A day as openpyxl reads it: spreadsheets know no zones."""
    return datetime.combine(date(*day), time())


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch):
    monkeypatch.setattr(desks, "today", lambda _desk: TODAY)


@pytest.fixture
def desk(engine, harbour):
    """Quay one at 90 percent with a text that a spreadsheet would run, lights in one province of two."""
    desk = established(engine, harbour)
    deliver(
        desk,
        report("Q-1", percent=90, narrative="=cmd|calc", blocker="-5% of stones"),
        report("Q-2", unit="P-1", percent=50, forecast_finish=date(2027, 6, 30)),
    )
    return desk


def values(sheet):
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def load(desk, settings, content, *, commission="quays", today=NOVEMBER, folder=None):
    path = (folder or settings.state_dir.parent) / "month.xlsx"
    path.write_bytes(content)
    return pipeline.load(desk.engine, desk.programme, settings, commission, path, today=today)


def test_each_row_has_what_stands_now_under_the_commissions_own_headers(desk, settings):
    made = templates.template(desk, settings, "quays", day=NOVEMBER)
    first, second, third = values(opened(made.content).worksheets[0])
    assert made.period_end == NOVEMBER
    assert (first["Code"], first["State"], first["Done %"], first["version"]) == ("Q-1", "doing", 90, 1)
    assert first["عنوان نقطه عطف / Milestone title"] == "اسکله یک بازسازی شد / Quay one rebuilt"
    assert (second["Place"], second["Expected"]) == ("P-1", midnight(2027, 6, 30))
    assert second["نام یگان / Unit name"] == "شمال / North"
    assert (third["Place"], third["State"], third["Done %"], third["version"]) == ("P-2", "to do", 0, None)
    assert {row["As of"] for row in (first, second, third)} == {midnight(2026, 11, 30)}


def test_while_one_unit_of_a_milestone_is_missing_its_period_is_due(desk, settings):
    """P-2 has not reported for October."""
    assert templates.template(desk, settings, "quays").period_end == date(2026, 10, 31)


def test_the_period_is_the_one_that_reports_are_due_for_while_one_is_missing(engine, harbour, settings):
    desk = established(engine, harbour)
    assert templates.template(desk, settings, "quays").period_end == date(2026, 10, 31)


def test_a_template_reads_back_through_the_feed_of_every_commission(engine, settings):
    """Seven offices: Persian and English headers, both calendars, workbooks, csv and json."""
    desk = established(engine, programme.load(start=date(2025, 1, 1)))
    for entry in desk.programme.commissions:
        made = templates.template(desk, settings, entry.code)
        path = settings.state_dir.parent / made.name
        path.write_bytes(made.content)
        with path.open("rb") as content:
            table = originals.table(content, entry.feed, settings)
        orders = originals.orders(table, entry.feed)
        assert made.rows > 0, entry.code
        assert len(orders) == len(table.rows) == made.rows, entry.code
        assert {order.report.effective for order in orders.values()} == {made.period_end}, entry.code


def test_days_of_a_jalali_feed_are_text_that_no_spreadsheet_turns_into_a_date(engine, settings):
    desk = established(engine, programme.load(start=date(2025, 1, 1)))
    entry = next(each for each in desk.programme.commissions if each.feed.options.date == "jalali")
    sheet = opened(templates.template(desk, settings, entry.code).content).worksheets[0]
    place = [cell.value for cell in sheet[1]].index(
        next(own for own, field in entry.feed.mapping.items() if field == "effective")
    )
    cell = sheet[2][place]
    assert (cell.value, cell.number_format) == ("1405-08-30", "@")
    (hint,) = [rule for rule in sheet.data_validations.dataValidation if cell.coordinate in rule.sqref]
    assert "1405-08-30" in hint.prompt


def test_a_row_left_as_it_is_is_a_duplicate_of_what_was_reported_for_that_day(desk, settings):
    made = templates.template(desk, settings, "quays", day=date(2026, 10, 31))
    receipt = load(desk, settings, made.content, today=TODAY)
    assert (receipt.rows_read, receipt.accepted, receipt.duplicates) == (3, 1, 2)


def test_a_filled_in_template_of_a_csv_commission_is_taken_and_the_next_has_the_new_versions(desk, settings):
    book = opened(templates.template(desk, settings, "quays").content)
    sheet = book.worksheets[0]
    sheet["G2"], sheet["F3"], sheet["G3"] = 95.5, "finished", 100
    receipt = load(desk, settings, saved(book))
    assert (receipt.rows_read, receipt.accepted, receipt.rejected) == (3, 3, 0)
    first, second, _ = values(opened(templates.template(desk, settings, "quays", day=NOVEMBER).content).worksheets[0])
    assert (first["Done %"], first["version"], second["State"], second["version"]) == (95.5, 2, "finished", 2)


def test_no_cell_of_a_template_runs_as_a_formula(desk, settings):
    sheet = opened(templates.template(desk, settings, "quays").content).worksheets[0]
    first = values(sheet)[0]
    assert (first["Remarks"], first["blocker"]) == ("'=cmd|calc", "'-5% of stones")
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@given(st.text())
def test_what_is_guarded_comes_back_as_it_was(text):
    assert unguarded(guarded(text)) == text or text.startswith("'")
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_codes_and_titles_are_locked_and_everything_else_is_open(desk, settings):
    sheet = opened(templates.template(desk, settings, "quays").content).worksheets[0]
    assert (sheet.protection.sheet, sheet.protection.password) == (True, None)
    locked = [cell.column_letter for cell in sheet[2] if cell.protection.locked]
    assert locked == ["A", "B", "C", "D", "N"]


def test_the_sheet_is_laid_out_to_be_read_and_printed(desk, settings):
    book = opened(templates.template(desk, settings, "quays").content)
    sheet = book.worksheets[0]
    assert [each.sheet_view.rightToLeft for each in book] == [True, True]
    assert sheet.freeze_panes == "C2"
    assert sheet.column_dimensions["N"].hidden
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$1"


def test_states_are_picked_from_the_feeds_own_words_and_percent_is_held_to_its_range(desk, settings):
    book = opened(templates.template(desk, settings, "quays").content)
    rules = {str(rule.sqref): rule for rule in book.worksheets[0].data_validations.dataValidation}
    percent = rules["G2:G4"]
    assert (percent.type, percent.formula1, percent.formula2, percent.errorStyle) == ("decimal", "0", "100", "stop")
    assert "۰ تا ۱۰۰" in percent.error
    assert "0 to 100" in percent.error
    offered = [listed(book, rules[cells].formula1) for cells in ("F2:F4", "I2:I4")]
    assert offered == [["to do", "doing", "finished", "suspended", "cancelled"], ["green", "amber", "red"]]


def listed(book, formula):
    title, _, cells = formula.rpartition("!")
    return [row[0].value for row in book[title.strip("'")][cells.replace("$", "")]]


def test_what_does_not_report_for_the_period_is_told_and_can_be_asked_for(desk, settings):
    deliver(desk, report("Q-1", effective=date(2026, 11, 15), state=State.DONE, percent=100), on=date(2026, 11, 16))
    made = templates.template(desk, settings, "quays", day=date(2026, 12, 31))
    assert [(each.milestone.code, each.rows) for each in made.left_out] == [("Q-1", 1)]
    told = [row for row in opened(made.content)[SECOND_SHEET].iter_rows(values_only=True) if row[0] == "Q-1"]
    assert told == [
        (
            "Q-1",
            "اسکله یک بازسازی شد: پیش از این دوره پایان یافته است.",
            "Quay one rebuilt: it was finished before this period.",
        )
    ]
    asked = templates.template(desk, settings, "quays", day=date(2026, 12, 31), only=["Q-1"])
    assert [row["Code"] for row in values(opened(asked.content).worksheets[0])] == ["Q-1"]


def test_milestones_that_do_not_fit_are_left_out_whole_the_longest_first(desk, settings):
    made = templates.template(desk, settings.model_copy(update={"max_workbook_rows": 2}), "quays")
    assert (made.rows, [each.milestone.code for each in made.left_out]) == (1, ["Q-2"])
    assert "did not fit" in made.left_out[0].reason.en


def test_an_unknown_commission_and_a_foreign_milestone_are_told(desk, settings):
    with pytest.raises(ProgrammeError, match="no commission 'ships'"):
        templates.template(desk, settings, "ships")
    with pytest.raises(SettingsError, match="quays has no milestone C-1; it has: Q-1, Q-2"):
        templates.template(desk, settings, "quays", only=["C-1"])


def laid_out(desk, mapping, **options):
    """`desk` with a programme in which the files of the quays are laid out so."""
    entry = desk.programme.commission("quays")
    told = {"mapping": mapping, "options": entry.feed.options.model_copy(update=options)}
    other = entry.model_copy(update={"feed": entry.feed.model_copy(update=told)})
    plan = desk.programme.model_copy(update={"commissions": (other, *desk.programme.commissions[1:])})
    plan.__dict__.pop("by_commission", None)  # made of the commissions once
    return replace(desk, programme=plan)


def test_a_template_reads_back_through_a_feed_that_joins_columns_and_fills_others_down(desk, settings):
    mapping = {own: field for own, field in desk.programme.commission("quays").feed.mapping.items() if own != "Code"}
    joined = {"milestone": ("Line", "Number"), "blocker": ("Trouble",)}
    office = laid_out(desk, mapping, joined=joined, fill_down=("line", "Place", "As of"))
    book = opened(templates.template(office, settings, "quays", day=NOVEMBER).content)
    assert [(row["Line"], row["Place"]) for row in values(book.worksheets[0])] == [
        ("Q-1", "national"),
        ("Q-2", "P-1"),
        ("Q-2", "P-2"),
    ]
    book.worksheets[0]["G2"] = 95
    receipt = load(office, settings, saved(book))
    assert (receipt.rows_read, receipt.accepted, receipt.rejected) == (3, 3, 0)
    first, *_ = values(opened(templates.template(office, settings, "quays", day=NOVEMBER).content).worksheets[0])
    assert (first["Line"], first["Done %"], first["Trouble"]) == ("Q-1", 95, "'-5% of stones")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"across": Across(keys=("Code",), header="Place", cell="Done %")}, "(across)"),
        ({"fill_down": ("Code", "Remarks")}, "Remarks from the row above (fill_down)"),
        ({"fill_down": ("Group",)}, "Group from the row above (fill_down)"),
        ({"joined": {"evidence": ("Proof", "Remarks")}}, "(joined)"),
        ({"joined": {"evidence": ("Remarks",)}}, "(joined)"),
    ],
)
def test_a_feed_that_would_read_something_else_has_no_template_and_says_why(desk, settings, options, why):
    office = laid_out(desk, desk.programme.commission("quays").feed.mapping, **options)
    with pytest.raises(SettingsError) as refused:
        templates.template(office, settings, "quays")
    assert why in str(refused.value)
    assert "این کمیسیون کارپوشه ندارد" in refused.value.fa


def test_the_command_writes_the_file_and_says_what_is_not_in_it(desk, settings, tmp_path, monkeypatch):
    monkeypatch.setattr("roadmap.settings.read", lambda **_: settings)
    out = tmp_path / "quays.xlsx"
    ran = CliRunner().invoke(app, ["template", "quays", "--out", str(out), "--milestone", "Q-1", "--json"])
    told = json.loads(ran.stdout)
    assert (told["rows"], [each["milestone"] for each in told["left_out"]]) == (1, ["Q-2"])
    assert opened(out.read_bytes()).sheetnames[1] == SECOND_SHEET
    wrong = CliRunner().invoke(app, ["template", "quays", "--day", "30 Aban"])
    assert wrong.exit_code == 1
    assert "is no day of the gregorian calendar" in wrong.stderr


def test_libreoffice_opens_and_saves_a_template_and_it_still_loads_with_the_same_rows(desk, settings, tmp_path):
    made = templates.template(desk, settings, "quays", day=NOVEMBER)
    again = through_libreoffice(made.content, tmp_path)
    before, after = opened(made.content).worksheets[0], opened(again).worksheets[0]
    assert values(after) == values(before)
    assert after.protection.sheet
    assert after.column_dimensions["N"].hidden
    assert {rule.type for rule in after.data_validations.dataValidation} >= {"list", "decimal"}
    receipt = load(desk, settings, again)
    assert (receipt.rows_read, receipt.accepted, receipt.rejected) == (3, 3, 0)


def through_libreoffice(content, folder):
    """What LibreOffice Calc makes of a workbook when it opens it and saves it as xlsx."""
    (folder / "in").mkdir()
    (folder / "in" / "book.xlsx").write_bytes(content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [shutil.which("soffice"), "--headless", profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML"]
    subprocess.run([*command, "--outdir", str(folder), str(folder / "in" / "book.xlsx")], check=True, timeout=240)
    return (folder / "book.xlsx").read_bytes()


#: What a lead may type into a cell: words, numbers, days, formulas, what the office says, and nothing.
TYPED = st.one_of(
    st.none(),
    st.text(string.printable + "۰۱۲۳۴۵۶۷۸۹٫٬یكآ‌\u202e", max_size=12).filter(lambda text: text.isprintable()),
    st.sampled_from(["doing", "finished", "to do", "Q-1", "P-1", NATIONAL, "۴۵", "1۲", "2026-11-01", "=1+1", "100%"]),
    st.integers(-5, 120),
    st.floats(-1, 101),
    st.booleans(),
    st.datetimes(midnight(1990, 1, 1), midnight(2030, 1, 1)),
)
ROWS = st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(range(1, 15), TYPED)), max_size=12)


@examples(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(ROWS)
def test_whatever_is_typed_each_row_ends_accepted_duplicate_or_rejected(desk, settings, typed):
    book = opened(templates.template(desk, settings, "quays", day=date(2026, 11, 10)).content)
    sheet = book.worksheets[0]
    for number, cells in enumerate(typed, start=3):  # over the template's own last rows, and below them
        for column, value in cells.items():
            sheet.cell(number, column).value = value
    rows = sum(any(filled(value) for value in row) for row in sheet.iter_rows(min_row=2, values_only=True))
    receipt = load(desk, settings, saved(book), today=TODAY)
    assert not receipt.refused
    assert receipt.rows_read == rows
    assert receipt.accepted + receipt.duplicates + receipt.rejected == rows


def filled(value):
    # openpyxl computes no formulas, so one that it writes has no value to read.
    return value is not None and str(value).strip() != "" and not str(value).startswith("=")
