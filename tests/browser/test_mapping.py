"""An office sends a file that nobody can read: its lead maps it from a sample in the browser, and the file is taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import openpyxl
import pytest
from playwright.sync_api import Page, TimeoutError, expect  # noqa: A004 - the library's name

from roadmap import programme
from roadmap.domain.calendar import write_day
from roadmap.intake import pipeline
from roadmap.services import desk as desks
from roadmap.services import mapping_feeds, people, reporting
from roadmap.settings import Settings
from roadmap.store import database
from tests.browser.board import ANSWER_MS, Board, served, settled, signed_in
from tests.conftest import HARBOUR, fresh_database
from tests.factories import established

pytestmark = pytest.mark.timeout(300)
HEADER = ("کد", "محل", "روز گزارش", "حال کار", "جلو رفته", "یادداشت")


@pytest.fixture(scope="module")
def board(server, template, tmp_path_factory) -> Iterator[Board]:
    """A board on its own database and state folder."""
    with fresh_database(server, template, "mapping_in_browser") as urls:
        engine = database.connect(urls.application)
        desk = established(engine, programme.load(HARBOUR))
        settings = Settings(
            _env_file=None, state_dir=tmp_path_factory.mktemp("board"), programme=HARBOUR, demo=False,
            database_url=urls.application, owner_database_url=urls.owner,
        )  # fmt: skip
        with served(settings, desk) as board:
            yield board
        engine.dispose()


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


def opened(board: Board, chromium, width: int) -> Page:
    page = signed_in(chromium, board.url, "lead:quays", "mapping?commission=quays", width=width)
    page.wait_for_selector("[data-testid=stFileUploaderDropzone]", timeout=ANSWER_MS)
    return page


def test_a_lead_maps_unknown_headers_in_persian_and_the_real_file_is_taken(board, chromium, tmp_path):
    day = desks.today(board.desk) - timedelta(days=3)
    sample = written(
        tmp_path / "نمونه.xlsx", day,
        ("Q-1", "", "در حال اجرا", "۸۰"), ("Q-2", "P-1", "در حال اجرا", "۴۰٫۵"), ("Q-2", "P-2", "تمام", "۱۰۰"),
    )  # fmt: skip
    page = opened(board, chromium, 390)
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
    page.context.close()
    assert mapping_feeds.present(board.desk, "quays").newest.actor in people.names(board.desk)
    inbox = board.settings.inbox / "quays"
    inbox.mkdir(parents=True)
    rows = [("Q-1", "", "در حال اجرا", "۹۰"), ("Q-2", "P-1", "تمام", "۱۰۰")]
    real = written(inbox / "آبان.xlsx", day + timedelta(days=1), *rows)
    (receipt,) = pipeline.pull("quays", board.settings)
    assert (receipt.source, receipt.accepted, receipt.rejected) == (real.name, 2, 0)
    assert reporting.present(board.desk, "Q-1").report.percent == 90
