"""Four people, four windows, in Persian: a report is returned, corrected, accepted; a date moves by a decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from roadmap.domain.text import persian_digits
from roadmap.services import baselines, standing
from roadmap.services import desk as desks
from tests.browser.board import ANSWER_MS, Board, People, settled
from tests.factories import deliver, report

pytestmark = pytest.mark.timeout(300)
RETURNED = "سندی که به آن اشاره کرده‌اید پیوست نیست."
WHY = "مصالح اسکله پنج ماه دیرتر می‌رسد."


@pytest.fixture(scope="module")
def board(reviewed: Board) -> Board:
    """A board whose forms wait for review, with one report of the quays that counts."""
    deliver(reviewed.desk, report("Q-1", percent=40, effective=desks.today(reviewed.desk) - timedelta(days=60)))
    return reviewed


@pytest.fixture
def windows(office: People) -> Iterator[Windows]:
    """The windows of four people."""
    opened = Windows(office)
    yield opened
    opened.close()


class Windows:
    """A window for each person, opened at the first look."""

    def __init__(self, people: People):
        self._people, self._pages = people, {}

    def show(self, person: str, path: str = "") -> Page:
        """The window of `person` at `path`."""
        if person in self._pages:
            return self._people.show(self._pages[person], person, path)
        self._pages[person] = self._people.window(person, path)
        return self._pages[person]

    def close(self) -> None:
        """Closes all of them."""
        for page in self._pages.values():
            page.close()


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

    secretariat = windows.show("secretariat", "review?commission=quays")
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

    secretariat = windows.show("secretariat", "review?commission=quays")
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
    finish, numbers = planned_finish(board), baseline_numbers(board)

    lead = windows.show("lead:quays", "decisions?view=propose&kind=change&milestone=Q-1")
    write(at(lead, "proposing-change-", "-Q-1-finish").locator("input"), "۱۴۰۶/۰۳/۳۱")
    lead.get_by_role("button", name="افزودن به پیشنهاد").click()
    says(lead, "چه جابه‌جا می‌شود")
    write(at(lead, "proposing-reason-").locator("textarea"), WHY)
    at(lead, "proposing-send-").get_by_role("button").click()
    settled(lead)

    secretariat = windows.show("secretariat", "decisions?proposal=quays-1")
    says(secretariat, WHY)
    decide(secretariat, "check", "کامل و روشن است.", "آمادهٔ تصمیم")
    assert planned_finish(board) == finish

    commander = windows.show("commander", "decisions?proposal=quays-1")
    at(commander, "deciding-sure-").locator("label").click()
    decide(commander, "decide", "با این تغییر موافقم.", "تصویب")
    settled(commander)
    following = numbers[-1] + 1
    says(commander, persian_digits(f"برنامهٔ مصوب {following}"))
    assert planned_finish(board) > finish
    assert baseline_numbers(board) == [*numbers, following]
    expect(executive.locator('a.b-row[href*="milestone=Q-1"] .b-ghost').first).not_to_have_attribute(
        "style", before, timeout=ANSWER_MS
    )


def planned_finish(board: Board) -> object:
    lines = standing.lines(board.desk, desks.moment(board.desk))
    return next(line.milestone.finish for line in lines if line.code == "Q-1")


def baseline_numbers(board: Board) -> list[int]:
    return [each.number for each in baselines.baselines(board.desk, desks.moment(board.desk))]


def decide(page: Page, form: str, reason: str, button: str) -> None:
    """Gives the reason in a form about a proposal and presses one of its buttons."""
    name = {"check": "remark", "decide": "reason"}[form]
    write(at(page, f"deciding-{name}-").locator("textarea"), reason)
    page.get_by_role("button", name=button).first.click()
    settled(page)
