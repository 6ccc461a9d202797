"""Four people, four windows, in Persian: a report is returned, corrected, accepted; a date moves by a decision."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from roadmap import programme
from roadmap.services import baselines, standing
from roadmap.services import desk as desks
from roadmap.settings import Settings
from roadmap.store import database
from tests.browser.board import ANSWER_MS, Board, served, settled, signed_in
from tests.conftest import HARBOUR, fresh_database
from tests.factories import deliver, established, report

pytestmark = pytest.mark.timeout(300)
RETURNED = "سندی که به آن اشاره کرده‌اید پیوست نیست."
WHY = "مصالح اسکله پنج ماه دیرتر می‌رسد."


@pytest.fixture(scope="module")
def board(server, template, tmp_path_factory) -> Iterator[Board]:
    """A board whose forms wait for review, with one report of the quays that counts."""
    folder = tmp_path_factory.mktemp("story")
    path = reviewed(folder)
    with fresh_database(server, template, "people_story") as urls:
        engine = database.connect(urls.application)
        desk = established(engine, programme.load(path))
        deliver(desk, report("Q-1", percent=40, effective=desks.today(desk) - timedelta(days=60)))
        settings = Settings(
            _env_file=None, state_dir=folder / "state", programme=path, demo=False,
            database_url=urls.application, owner_database_url=urls.owner,
        )  # fmt: skip
        with served(settings, desk) as running:
            yield running
        engine.dispose()


def reviewed(folder: Path) -> Path:
    """The harbour's programme file, with forms that wait for review."""
    shutil.copy(HARBOUR.with_suffix(".csv"), folder)
    path = folder / HARBOUR.name
    path.write_text(HARBOUR.read_text("utf-8").replace("[programme]", '[programme]\nreview = "forms"', 1), "utf-8")
    return path


@pytest.fixture
def windows(board: Board, chromium: Browser) -> Iterator[Windows]:
    """The windows of four people."""
    opened = Windows(board, chromium)
    yield opened
    opened.close()


class Windows:
    """A window for each person, signed in at the first look."""

    def __init__(self, board: Board, chromium: Browser):
        self._board, self._chromium, self._pages = board, chromium, {}

    def show(self, person: str, path: str = "") -> Page:
        """The window of `person` at `path`."""
        if person not in self._pages:
            self._pages[person] = signed_in(self._chromium, self._board.url, person, path)
        else:
            self._pages[person].goto(f"{self._board.url}/{path}")
        settled(self._pages[person])
        return self._pages[person]

    def close(self) -> None:
        """Closes all of them."""
        for page in self._pages.values():
            page.context.close()


def at(page: Page, start: str, end: str = "") -> Locator:
    """The element whose Streamlit key begins and ends so."""
    ending = f'[class*="{end}"]' if end else ""
    return page.locator(f'[class*="st-key-{start}"]{ending}').first


def write(field: Locator, value: str) -> None:
    """Types into a field and leaves it; the page is drawn anew."""
    field.fill(value)
    field.press("Tab")
    settled(field.page)


def says(page: Page, sentence: str) -> None:
    expect(page.get_by_text(sentence).first).to_be_visible(timeout=ANSWER_MS)


def send(page: Page, percent: str, narrative: str) -> None:
    """Fills the lead's form for Q-1 and sends it."""
    write(at(page, "report-Q-1-national-", "-percent").locator("input"), percent)
    write(at(page, "report-Q-1-national-", "-narrative").locator("textarea"), narrative)
    at(page, "report-Q-1-national-", "-send").get_by_role("button").click()
    says(page, "در انتظار بررسی دبیرخانه است")


def test_a_report_is_sent_returned_corrected_accepted_and_seen_live(board: Board, windows: Windows) -> None:
    executive = windows.show("executive", "milestone?milestone=Q-1")
    says(executive, "۴۰٪")
    send(windows.show("lead:quays", "report?milestone=Q-1"), "55", "سند پیوست است.")
    assert percent(board) == 40

    secretariat = windows.show("secretariat", "review")
    says(secretariat, "سند پیوست است.")
    secretariat.get_by_role("button", name="برگرداندن").first.click()
    write(at(secretariat, "review-reason-").locator("textarea"), RETURNED)
    at(secretariat, "review-return-").get_by_role("button").click()
    says(secretariat, "با دلیل به کمیسیون برگشت")

    lead = windows.show("lead:quays", "report")
    says(lead, RETURNED)
    lead.locator(".st-key-report-returned a").first.click()
    settled(lead)
    send(lead, "60", "سند اکنون پیوست است.")
    assert percent(board) == 40

    secretariat = windows.show("secretariat", "review")
    secretariat.locator('[class*="st-key-review-accept-"] button:not([disabled])').first.click()
    says(secretariat, "پذیرفته شد و به حساب می‌آید")
    assert percent(board) == 60
    says(executive, "۶۰٪")  # nobody has touched that window
    says(executive, "سند اکنون پیوست است.")


def percent(board: Board) -> float:
    lines = standing.lines(board.desk, desks.moment(board.desk))
    return next(line.reported.percent for line in lines if line.code == "Q-1")


def ghost(page: Page) -> str:
    """Where the ghost bar of Q-1 stands on the Roadmap."""
    row = page.locator('a.b-row[href*="milestone=Q-1"]').first
    expect(row).to_be_visible(timeout=ANSWER_MS)
    return row.locator(".b-ghost").get_attribute("style")


def test_a_date_moves_by_a_decision_and_the_ghost_bar_with_it(board: Board, windows: Windows) -> None:
    executive = windows.show("executive", "roadmap")
    before = ghost(executive)
    finish = planned_finish(board)

    lead = windows.show("lead:quays", "decisions?view=propose&kind=change&milestone=Q-1")
    write(at(lead, "proposing-change-", "-Q-1-finish").locator("input"), "۱۴۰۶/۰۳/۳۱")
    lead.get_by_role("button", name="افزودن به پیشنهاد").click()
    says(lead, "چه جابه‌جا می‌شود")
    write(at(lead, "proposing-reason-").locator("textarea"), WHY)
    lead.locator('[class*="st-key-FormSubmitter-proposing-send-"] button').click()
    settled(lead)

    secretariat = windows.show("secretariat", "decisions")
    says(secretariat, WHY)
    decide(secretariat, "check", "کامل و روشن است.", "آمادهٔ تصمیم")
    assert planned_finish(board) == finish

    commander = windows.show("commander", "decisions")
    at(commander, "deciding-sure-").locator("label").click()
    decide(commander, "decide", "با این تغییر موافقم.", "تصویب")
    settled(commander)
    expect(commander.get_by_text("برنامهٔ مصوب ۲").first).to_be_visible(timeout=ANSWER_MS)
    assert planned_finish(board) > finish
    assert [each.number for each in baselines.baselines(board.desk, desks.moment(board.desk))] == [1, 2]
    expect(executive.locator('a.b-row[href*="milestone=Q-1"] .b-ghost').first).not_to_have_attribute(
        "style", before, timeout=ANSWER_MS
    )


def planned_finish(board: Board) -> object:
    lines = standing.lines(board.desk, desks.moment(board.desk))
    return next(line.milestone.finish for line in lines if line.code == "Q-1")


def decide(page: Page, form: str, reason: str, button: str) -> None:
    """Gives the reason in a form about a proposal and presses one of its buttons."""
    name = {"check": "remark", "decide": "reason"}[form]
    write(at(page, f"deciding-{name}-").locator("textarea"), reason)
    page.get_by_role("button", name=button).first.click()
    settled(page)
