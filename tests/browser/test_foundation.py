"""Language, direction, digits, dates, live update and width, in a browser: each rule of the shell is guarded here."""

import pytest

from tests.browser.board import FITS

CHART = "[data-testid=stVegaLiteChart] svg"


@pytest.mark.parametrize(("language", "direction"), [("fa", "rtl"), ("en", "ltr")])
def test_the_page_speaks_and_runs_as_chosen(visit, language, direction):
    page = visit("", language)
    page.wait_for_selector(CHART)
    root = page.locator("html")
    assert (root.get_attribute("lang"), root.get_attribute("dir")) == (language, direction)
    sidebar, main = (page.locator(f"[data-testid={name}]").bounding_box() for name in ("stSidebar", "stMain"))
    assert (sidebar["x"] > main["x"]) == (direction == "rtl")


def test_the_other_language_is_one_click_away_and_is_remembered(visit):
    page = visit("", "fa")
    page.get_by_role("link", name="English").click()
    page.wait_for_selector(f"html[lang=en] {CHART}")
    page.goto(page.url.split("?")[0])
    page.wait_for_selector(f"html[lang=en] {CHART}")
    assert "58.7%" in page.locator(".b-headline").inner_text()


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_scrolls_sideways(visit, language, width):
    page = visit("", language, width=width)
    page.wait_for_selector(CHART)
    page.wait_for_function(FITS)
    page.wait_for_function("(main => main.scrollWidth <= main.clientWidth)(document.querySelector('.stMain'))")


def test_streamlits_own_digits_are_persian_and_codes_stay_as_they_are(visit):
    page = visit("", "fa")
    page.wait_for_selector(".st-key-codes p")
    family = page.locator(".st-key-codes p").evaluate("node => getComputedStyle(node).fontFamily")
    assert family.startswith('"Board Persian"')
    drawn = page.evaluate(
        """async () => {
          await document.fonts.ready
          const draw = text => {
            const canvas = document.createElement('canvas')
            const pen = canvas.getContext('2d')
            pen.font = '40px "Board Persian"'
            pen.fillText(text, 10, 60)
            return canvas.toDataURL()
          }
          return Object.fromEntries(['4567', '۴۵۶۷', 'A-4567', 'A-۴۵۶۷'].map(text => [text, draw(text)]))
        }"""
    )
    assert drawn["4567"] == drawn["۴۵۶۷"]
    assert drawn["A-4567"] != drawn["A-۴۵۶۷"]


def test_an_open_board_follows_the_log(visit, sample):
    page = visit("", "en")
    page.wait_for_selector(CHART)
    for head in (813, 814):
        sample.move(head)
        page.wait_for_function(f"document.querySelector('.b-headline').innerText.includes('{head}')", timeout=5000)


def test_what_a_turn_says_and_where_it_leads_outlasts_the_move_of_the_log_that_it_made(visit):
    page = visit("", "en")
    page.wait_for_selector(CHART)
    page.get_by_role("button", name="Write").click()
    page.get_by_text("said written of AB-S01").wait_for()
    page.wait_for_function("document.querySelector('.b-headline').innerText.includes('815')", timeout=5000)
    assert page.get_by_text("said written of AB-S01").is_visible()
    assert "code=AB-S01" in page.url


def test_a_move_of_the_log_right_after_a_click_does_not_break_its_turn_off_however_late_it_is_told(visit):
    """A slow machine has begun the turn before the page says so: here the page says nothing for half a second."""
    page = visit("", "en")
    page.add_init_script(
        "EventSource = class extends EventSource { constructor(at) { super(at); window.told = this } }"
    )
    page.reload()
    page.wait_for_selector(CHART)
    page.evaluate(
        """() => {
          [...document.querySelectorAll('button')].find(button => button.innerText.includes('Write')).click()
          document.querySelector = () => null
          setTimeout(() => told.onmessage({ data: '9999' }), 250)
          setTimeout(() => delete document.querySelector, 500)
        }"""
    )
    page.get_by_text("said written of AB-S01").wait_for()


def test_a_link_opens_its_page_inside_the_board_with_its_filter(visit):
    page = visit("", "en")
    page.evaluate("window.sameBoard = true")
    page.locator("a.b-cell").first.click()
    page.get_by_text("sent 2026-11-21 None 42.0 AB-S01").wait_for()
    assert page.url.endswith("/report?code=AB-S01")
    assert page.evaluate("window.sameBoard")


def field(page, index=0):
    return page.locator(".field").nth(index)


def send(page):
    page.get_by_role("button", name="Send").click()


@pytest.mark.parametrize(
    ("language", "shown", "picked"), [("fa", "۱۴۰۵/۰۹/۰۸", "2026-11-29"), ("en", "2026-11-27", "2026-11-27")]
)
def test_a_day_is_picked_by_keyboard_in_the_readers_calendar(visit, language, shown, picked):
    page = visit("report", language)
    field(page).press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert field(page).input_value() == shown
    send(page)
    page.get_by_text(f"sent {picked} None").wait_for()


@pytest.mark.parametrize(("language", "typed"), [("fa", "۱۴۰۵/۰۹/۱۵"), ("fa", "1405/9/15"), ("en", "2026-12-06")])
def test_a_day_can_be_typed(visit, language, typed):
    page = visit("report", language)
    field(page).fill(typed)
    field(page).press("Tab")
    send(page)
    page.get_by_text("sent 2026-12-06 None").wait_for()


@pytest.mark.parametrize("typed", ["1405/13/01", "1405/12/30", "tomorrow", "1500/01/01"])
def test_a_day_that_does_not_exist_or_is_out_of_range_is_refused_and_changes_nothing(visit, typed):
    page = visit("report", "fa")
    field(page).fill(typed)
    field(page).press("Tab")
    assert page.locator(".note").first.inner_text()
    assert field(page).get_attribute("aria-invalid") == "true"
    send(page)
    page.get_by_text("sent 2026-11-21 None").wait_for()


def test_escape_closes_the_month_and_gives_the_focus_back(visit):
    page = visit("report", "fa")
    page.locator(".open").first.click()
    page.keyboard.press("PageDown")
    assert page.locator(".pop").first.is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".pop").first.is_visible()
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.className") == "open"


def test_days_out_of_range_cannot_be_picked(visit):
    page = visit("report", "en")
    page.locator(".open").first.click()
    page.locator("[data-step='-1']").first.click()
    page.locator("[data-day='2026-10-05']").click(force=True)
    assert page.locator(".pop").first.is_visible()
    assert page.locator("[data-day='2026-10-05']").get_attribute("aria-disabled") == "true"


def test_digits_of_a_persian_keyboard_reach_a_number_field(visit):
    page = visit("report", "fa")
    number = page.get_by_label("Number").first
    number.fill("")
    number.click()
    page.keyboard.insert_text("۷۷٫۵")
    number.press("Tab")
    send(page)
    page.get_by_text("77.5").wait_for()
