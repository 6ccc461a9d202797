"""Every page as assistive technology reads it, in both languages: axe-core finds nothing against WCAG 2.1 A and AA."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from roadmap.domain.text import Language
from roadmap.services import desk as desks
from roadmap.services import sessions
from tests.browser.board import ANSWER_MS, FITS, SIGN_IN, Board, People, settled

pytestmark = pytest.mark.timeout(600)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
#: Everybody's own pages; what opens on a page is opened by the selector beside it.
PAGES = (
    ("executive", "", ""),
    ("executive", "roadmap", ""),
    ("executive", "milestone?milestone=K-1", ""),
    ("secretariat", "review", "[data-testid=stPopover] button"),
    ("secretariat", "sessions", "[data-testid=stExpander] summary"),
    ("secretariat", "sessions?session={session}", ""),
    ("secretariat", "quality", ""),
    ("secretariat", "audit", ""),
    ("commander", "decisions?proposal=docks-2", ""),
    ("lead:docks", "commission?commission=docks", ""),
    ("lead:docks", "report?milestone=K-1", ".open"),
    ("lead:docks", "report?way=many", ""),
    ("lead:docks", "decisions?view=propose&milestone=K-1", ""),
    ("lead:docks", "mapping?commission=docks", ""),
    ("operator", "me", ""),
)


def against_the_rules(page: Page, place: str) -> Iterator[str]:
    """What axe-core complains of on the page, a line for each element."""
    for violation in Axe().run(page, options=RULES).response["violations"]:
        for node in violation["nodes"]:
            yield f"{place}: {violation['id']}: {node['target']} {node['html'][:200]}"


def drawn(page: Page) -> None:
    """Waits until everything on the page is there."""
    settled(page)
    for selector in ("[data-testid=stSkeleton]", "[data-testid=stVegaLiteChart]:not(:has(svg))"):
        page.wait_for_function("found => !document.querySelector(found)", arg=selector, timeout=ANSWER_MS)


# The markup is the same in both: of the English pages every fourth is enough.
@pytest.mark.parametrize(("language", "pages"), [("fa", PAGES), ("en", PAGES[::4])], ids=["fa", "en"])
def test_nothing_on_any_page_is_against_the_rules_and_nothing_scrolls_sideways_on_a_phone(
    reviewed: Board, office: People, language: Language, pages: tuple[tuple[str, str, str], ...]
) -> None:
    found = []
    session = min(sessions.council(reviewed.desk, desks.moment(reviewed.desk)).sessions)
    for person, path, opens in pages:
        page = office.window(person, path.format(session=session), language)
        drawn(page)
        if opens:
            page.locator(opens).last.click()
        found += against_the_rules(page, path)
        page.set_viewport_size({"width": 390, "height": 900})
        page.wait_for_function(FITS, timeout=ANSWER_MS)
        page.close()
    assert found == []


@pytest.mark.parametrize("language", ["fa", "en"])
def test_nothing_is_in_the_way_of_signing_in(reviewed: Board, chromium: Browser, language: Language) -> None:
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{reviewed.url}/?lang={language}")
    page.locator(SIGN_IN).wait_for(timeout=ANSWER_MS)
    drawn(page)
    card = page.locator(".st-key-entry").bounding_box()
    assert card["width"] < 480
    assert abs(card["x"] + card["width"] / 2 - 720) < 8
    found = [*against_the_rules(page, "sign-in")]
    page.locator(SIGN_IN).click()
    page.locator('button[value="commander"]').wait_for(timeout=ANSWER_MS)
    assert [*found, *against_the_rules(page, "provider")] == []
    page.context.close()
