"""A mouse and a keyboard: both do the same with a page, each by its own means."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Locator, Page, expect

from tests.browser.board import ANSWER_MS, settled
from tests.browser.ways import Fill, Pick, Press, Way

#: Beyond so many stops nobody would look for a thing.
_MOST_STOPS = 90
#: Where the focus is, and whether it shows: by an outline, a halo or the border of a field.
_FOCUS = """() => {
  let at = document.activeElement
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
  const shows = node => {
    const { outlineStyle, outlineWidth, boxShadow, borderTopColor } = getComputedStyle(node)
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 && node.getBoundingClientRect().width > 2)
      || boxShadow !== 'none' || borderTopColor === 'rgb(15, 92, 122)'
  }
  let seen = false
  for (let node = at, up = 0; node && up < 6; node = node.parentElement ?? node.getRootNode().host, up++)
    seen ||= shows(node)
  const main = document.querySelector('[data-testid=stMain]'), box = at.getBoundingClientRect()
  const form = at.closest?.('[data-testid=stMain]') ?? at.getRootNode().host?.closest('[data-testid=stMain]')
  return {
    name: at.getAttribute('aria-label') ?? at.innerText?.trim() ?? '', tag: at.tagName, kind: at.type ?? '', seen,
    main: Boolean(form) && at !== main, address: location.href,
    left: box.left, right: box.right, top: box.top + main.scrollTop, bottom: box.bottom + main.scrollTop,
  }
}"""
_IS_AT = """node => {
  let at = document.activeElement
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
  return node === at || node.contains(at)
}"""

Stop = dict[str, Any]


class Hand(Protocol):
    """What does the steps of a way."""

    page: Page

    def press(self, wanted: Locator) -> None:
        """Presses it."""

    def fill(self, wanted: Locator, value: str) -> None:
        """Writes `value` there, in place of what stood there."""

    def pick(self, wanted: Locator, word: str) -> None:
        """Picks the entry of a list."""


class Mouse:
    """Clicks."""

    def __init__(self, page: Page):
        self.page = page

    def press(self, wanted: Locator) -> None:
        wanted.click(timeout=ANSWER_MS)

    def fill(self, wanted: Locator, value: str) -> None:
        wanted.fill(value, timeout=ANSWER_MS)
        wanted.press("Tab")

    def pick(self, wanted: Locator, word: str) -> None:
        wanted.click(timeout=ANSWER_MS)
        self.page.keyboard.insert_text(word)
        self.page.get_by_role("option").first.click(timeout=ANSWER_MS)


class Keyboard:
    """Goes from stop to stop; everything that it passes has to show that it has the focus."""

    def __init__(self, page: Page):
        self.page = page
        self.stops: list[Stop] = []

    def reach(self, wanted: Locator, key: str = "Tab") -> Stop:
        """Goes on until `wanted` has the focus."""
        expect(wanted).to_be_attached(timeout=ANSWER_MS)
        for _ in range(_MOST_STOPS):
            if wanted.evaluate(_IS_AT):
                return self.page.evaluate(_FOCUS)
            self.page.keyboard.press(key)
            self.stops.append(self._shown())
        raise AssertionError(f"not to be reached: {wanted}; {[stop['name'][:20] for stop in self.stops]}")

    def _shown(self) -> Stop:
        """Where the focus is; a border takes a moment to change its colour."""
        for _ in range(10):
            stop = self.page.evaluate(_FOCUS)
            if stop["seen"]:
                return stop
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the focus does not show: {stop}")

    def press(self, wanted: Locator) -> None:
        stop = self.reach(wanted)
        self.page.keyboard.press("Space" if stop["kind"] == "checkbox" else "Enter")

    def fill(self, wanted: Locator, value: str) -> None:
        self.reach(wanted)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(value)

    def pick(self, wanted: Locator, word: str) -> None:
        self.reach(wanted)
        self.page.keyboard.insert_text(word)
        self.page.keyboard.press("Enter")


def walk(way: Way, hand: Hand, files: Path | None = None) -> None:
    """Goes the way from the page that `hand` is at; the board says at the end what it is to say."""
    for step in way.steps:
        wanted = hand.page.locator(step.selector).first
        match step:
            case Press():
                hand.press(wanted)
            case Fill(value=value) if "FileUploader" in step.selector:
                wanted.set_input_files(files / value, timeout=ANSWER_MS)
            case Fill(value=value):
                hand.fill(wanted, value)
            case Pick(word=word):
                hand.pick(wanted, word)
        settled(hand.page)
    if way.told:
        expect(hand.page.get_by_text(way.told).first).to_be_visible(timeout=ANSWER_MS)
