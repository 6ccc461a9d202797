"""An office sends a file that nobody can read: its lead maps it from a sample in the browser, and the file is taken."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta

import openpyxl
import pytest
from playwright.sync_api import Page, TimeoutError, expect  # noqa: A004 - the library's name

from roadmap.domain.calendar import write_day
from roadmap.intake import pipeline
from roadmap.services import desk as desks
from roadmap.services import mapping_feeds, people, reporting
from tests.browser.board import ANSWER_MS, People, settled

pytestmark = pytest.mark.timeout(300)
HEADER = ("کد", "محل", "روز گزارش", "حال کار", "جلو رفته", "یادداشت")


def written(path, day, *rows):
    """An office's workbook: Persian headers that no feed has, Jalali days, Persian digits."""
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    for milestone, unit, state, percent in rows:
        book.active.append((milestone, unit, write_day(day, "jalali").replace("-", "/"), state, percent, ""))
    book.save(path)
    return path


def pick(page: Page, field: str, word: str) -> None:
    """Picks `word` in the list that is called `field`, as somebody does who hears the page."""
    option = page.get_by_role("option", name=re.compile(word))
    for patience in (5_000, 5_000, ANSWER_MS):
        page.get_by_role("combobox", name=re.compile(field)).click()
        with suppress(TimeoutError):  # a list closes when the page renews itself at that moment; it is opened again
            option.click(timeout=patience)
            break
    drawn(page)


def drawn(page: Page) -> None:
    page.wait_for_timeout(300)
    settled(page)


def opened(crew: People, width: int) -> Page:
    page = crew.window("lead:pilots", "mapping?commission=pilots", width=width)
    page.wait_for_selector("[data-testid=stFileUploaderDropzone]", timeout=ANSWER_MS)
    return page


def test_a_lead_maps_unknown_headers_in_persian_and_the_real_file_is_taken(board, crew, tmp_path):
    day = desks.today(board.desk) - timedelta(days=3)
    sample = written(
        tmp_path / "نمونه.xlsx", day,
        ("N-1", "", "در حال اجرا", "۸۰"), ("N-2", "P-1", "در حال اجرا", "۴۰٫۵"), ("N-2", "P-2", "تمام", "۱۰۰"),
    )  # fmt: skip
    page = opened(crew, 390)
    page.set_input_files("[data-testid=stFileUploaderDropzoneInput]", sample)
    expect(page.get_by_text(sample.name).first).to_be_visible()
    page.locator(".st-key-mapping-read button").click()
    expect(page.locator("[class*='about-0']").first).to_contain_text("کد نقطه عطف برنامه است", timeout=ANSWER_MS)
    expect(page.locator(".st-key-mapping-whole")).to_contain_text("این ستون‌ها در پرونده نیست", timeout=ANSWER_MS)
    pick(page, "فیلد ستون .جلو رفته", "درصد پیشرفت")
    pick(page, "فیلد ستون .حال کار", "وضعیت")
    pick(page, "معنای .تمام", "انجام")
    expect(page.locator(".st-key-mapping-counts")).to_contain_text("ثبت می‌شود۳", timeout=ANSWER_MS)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_text("تغییرها را دیدم").click()
    drawn(page)
    page.locator(".st-key-mapping-save button").click()
    expect(page.locator(".st-key-mapping-saved")).to_contain_text("نگاشت ثبت شد", timeout=ANSWER_MS)
    assert page.locator("[data-testid=stException]").count() == 0
    page.close()
    assert mapping_feeds.present(board.desk, "pilots").newest.actor in people.names(board.desk)
    inbox = board.settings.inbox / "pilots"
    inbox.mkdir(parents=True)
    rows = [("N-1", "", "در حال اجرا", "۹۰"), ("N-2", "P-1", "تمام", "۱۰۰")]
    real = written(inbox / "آبان.xlsx", day + timedelta(days=1), *rows)
    (receipt,) = pipeline.pull("pilots", board.settings)
    assert (receipt.source, receipt.accepted, receipt.rejected) == (real.name, 2, 0)
    assert reporting.present(board.desk, "N-1").report.percent == 90
