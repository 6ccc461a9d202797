"""The main work of a lead, of the secretariat and of the commander, in Persian, without a mouse.

At every stop it shows where the focus is (`Keyboard`), and the stops come in the order in which the page is read.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from roadmap.domain.proposing import Stage
from roadmap.services import desk as desks
from roadmap.services import proposals
from tests.browser import harbour
from tests.browser.board import ANSWER_MS, Board, People
from tests.browser.hands import Keyboard, Stop, walk
from tests.browser.ways import WAYS, Way

pytestmark = pytest.mark.timeout(300)
#: Fields of one line do not all begin at the same height.
_SLACK = 12


@pytest.fixture(scope="module", autouse=True)
def work(reviewed: Board) -> None:
    """A proposal to decide on, whatever was done before."""
    harbour.propose(reviewed.desk)


@pytest.fixture
def keyboard(office: People):
    """The keyboard of somebody who has just come to their start page."""
    opened = []

    def at(person: str) -> Keyboard:
        opened.append(office.window(person, ""))
        return Keyboard(opened[-1])

    yield at
    for page in opened:
        page.close()


def way(what: str) -> Way:
    return next(each for each in WAYS if each.what == what)


def says(page: Page, sentence: str) -> None:
    expect(page.get_by_text(sentence).first).to_be_visible(timeout=ANSWER_MS)


def jumps(stops: list[Stop]) -> list[tuple[str, str]]:
    """Pairs of stops of a page of which the second stands before the first for who reads from right to left."""
    content = [stop for stop in stops if stop["main"]]
    return [(a["name"], b["name"]) for a, b in pairwise(content) if a["address"] == b["address"] and not follows(a, b)]


def follows(a: Stop, b: Stop) -> bool:
    """Whether b stands below a, or further on in its line or in the next column; or one of them holds the other."""
    below, onwards = b["top"] >= a["bottom"] - _SLACK, b["right"] <= a["left"] + _SLACK
    holds = any(
        x["left"] <= y["left"] and y["right"] <= x["right"] and x["top"] <= y["top"] and y["bottom"] <= x["bottom"]
        for x, y in ((a, b), (b, a))
    )
    return below or onwards or holds


def test_the_first_stop_leads_past_the_menu(keyboard) -> None:
    lead = keyboard("lead:docks")
    skip = lead.page.locator(".b-skip")
    expect(skip).to_have_text("رفتن به محتوای صفحه")
    lead.page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    lead.press(skip)
    expect(lead.page.get_by_test_id("stMain")).to_be_focused()
    lead.page.keyboard.press("Tab")
    assert lead.page.evaluate("document.activeElement.closest('[data-testid=stMain]') !== null")


def test_a_lead_finds_what_is_due_reports_and_sends_it(keyboard) -> None:
    lead = keyboard("lead:docks")
    reports = way("reports on another one")
    walk(reports, lead)
    waits = lead.page.locator('.st-key-report-waiting a[href*="milestone=K-1"]')
    expect(waits.first).to_be_visible(timeout=ANSWER_MS)
    assert jumps(lead.stops) == []


def test_the_secretariat_opens_a_question_leaves_it_and_accepts(keyboard) -> None:
    secretariat = keyboard("secretariat")
    page = secretariat.page
    menu, accept = (page.locator(step.selector).first for step in way("accepts a report").steps)
    secretariat.press(menu)
    back = page.locator('[data-testid=stPopover] button:has-text("برگرداندن")').first
    secretariat.press(back)
    reason = page.locator('[class*="st-key-review-reason-"] textarea').first
    secretariat.reach(reason)
    page.keyboard.press("Escape")
    expect(reason).to_be_hidden()
    expect(back).to_be_focused()
    secretariat.reach(accept, "Shift+Tab")
    page.keyboard.press("Enter")
    says(page, "پذیرفته شد و به حساب می‌آید")


def test_the_commander_decides_on_a_proposal(keyboard, reviewed: Board) -> None:
    waiting = proposals.waiting(reviewed.desk, desks.moment(reviewed.desk)).to_decide
    commander = keyboard("commander")
    walk(way("decides on any of the proposals"), commander)
    expect(commander.page.locator(".st-key-decisions-done")).to_be_visible(timeout=ANSWER_MS)
    now = {each.code: each for each in proposals.proposals(reviewed.desk, desks.moment(reviewed.desk))}
    assert {now[each.code].stage for each in waiting} >= {Stage.REJECTED}
    assert jumps(commander.stops) == []
