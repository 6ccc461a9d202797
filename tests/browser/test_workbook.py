"""The lead's month end in a real browser: template down, filled in, up again, answer and marked workbook."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from roadmap.domain.text import persian_digits
from roadmap.services import desk as desks
from roadmap.services import reporting
from tests.browser.board import ANSWER_MS, Board, People
from tests.factories import deliver, report

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module", autouse=True)
def standing(board: Board) -> None:
    """What the depots have reported before."""
    day = desks.today(board.desk) - timedelta(days=60)
    reports = [report("D-1", percent=90, effective=day), report("D-2", unit="P-1", percent=50, effective=day)]
    deliver(board.desk, *reports, commission="depots")


def opened(crew: People, language: str, width: int) -> Page:
    page = crew.window("lead:depots", "commission?commission=depots", language, width=width)
    page.wait_for_selector("[data-testid=stFileUploaderDropzone]", timeout=ANSWER_MS)
    return page


def download(page: Page, link: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.locator(link).first.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def hand_in(page: Page, path: Path) -> None:
    page.set_input_files("[data-testid=stFileUploaderDropzoneInput]", path)
    expect(page.get_by_text(path.name).first).to_be_visible()
    page.locator(".st-key-workbook-send button").click()
    expect(page.locator(".st-key-workbook-answer")).to_contain_text(path.name, timeout=ANSWER_MS)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_lead_gets_the_template_sends_it_and_gets_it_back_marked(board, crew, tmp_path, language, width):
    page = opened(crew, language, width)
    blank = download(page, "a[href^='workbooks/template']", tmp_path)
    filled = spoiled(blank, tmp_path / f"month-{language}-{width}.xlsx", desks.today(board.desk))
    hand_in(page, filled)
    answer = page.locator(".st-key-workbook-answer")
    expect(answer).to_contain_text("عدد نیست" if language == "fa" else "is not a number")
    expect(answer).to_contain_text(persian_digits("3") if language == "fa" else "3 rows read")
    back = openpyxl.load_workbook(download(page, ".st-key-workbook-answer a[href^='workbooks/return']", tmp_path))
    assert back.worksheets[0]["G2"].fill.fgColor.rgb == "FFF4A6A0"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("[data-testid=stException]").count() == 0
    page.close()


def spoiled(blank: Path, target: Path, day: date) -> Path:
    """The template for a day that has come, with one percent that is none; of another content for each name."""
    book = openpyxl.load_workbook(blank)
    sheet = book.worksheets[0]
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, 5).value = day
    sheet["G2"], sheet["K3"] = "ninety", target.stem
    book.save(target)
    return target


def test_the_uploader_speaks_the_readers_language(crew):
    for language, word in (("fa", "گزیدن پرونده"), ("en", "Choose a file")):
        page = opened(crew, language, 1440)
        said = page.locator("[class*=st-key-workbook-file] button p").first
        assert said.evaluate("e => getComputedStyle(e, '::after').content") == f'"{word}"'
        expect(page.locator("[data-testid=stFileUploaderDropzoneInstructions]")).to_be_hidden()
        page.close()


def test_of_a_stale_row_the_person_chooses_in_the_browser(board, crew, tmp_path):
    page = opened(crew, "en", 1440)
    today = desks.today(board.desk)
    book = openpyxl.load_workbook(download(page, "a[href^='workbooks/template']", tmp_path))
    rows = [cell.row for cell in book.worksheets[0]["A"] if cell.value == "D-1"]
    book.worksheets[0].cell(rows[0], 5).value, book.worksheets[0].cell(rows[0], 7).value = today, 91
    book.worksheets[0].delete_rows(rows[0] + 1, 50)
    book.save(tmp_path / "mine.xlsx")
    newer = report("D-1", percent=97, effective=today - timedelta(days=1))
    deliver(board.desk, newer, commission="depots", on=today)
    hand_in(page, tmp_path / "mine.xlsx")
    page.get_by_role("button", name="Take my row").click()
    expect(page.get_by_role("button", name="Take my row")).to_have_count(0, timeout=ANSWER_MS)
    assert reporting.present(board.desk, "D-1").report.percent == 91
    page.close()
