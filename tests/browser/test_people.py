"""People sign in with a real provider in a real browser; whatever is taken from them is gone at the next click."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from roadmap.domain.people import Grant
from roadmap.services import desk as desks
from roadmap.services import people
from tests.browser.board import ANSWER_MS, SIGN_IN, Board, sign_in, signed_in
from tests.factories import deliver, report

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module", autouse=True)
def delivered(board: Board) -> int:
    """There is something to be hidden: the number of a delivery of the quays."""
    return deliver(board.desk, report("Q-1", percent=90, effective=desks.today(board.desk) - timedelta(days=60))).batch


@pytest.fixture
def enter(board: Board, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a window in which somebody has signed in; all are closed at the end."""
    pages = []

    def opened(person: str, path: str = "", language: str = "en") -> Page:
        pages.append(signed_in(chromium, board.url, person, path, language))
        return pages[-1]

    yield opened
    for page in pages:
        page.context.close()


def number(board: Board, subject: str) -> int:
    found = [each.person for each in people.accounts(board.machine) if each.person.subject == subject]
    return found[0].id


def sql(board: Board, statement: str, **values: object) -> None:
    with board.desk.engine.begin() as connection:
        connection.execute(text(statement), values)


def click(page: Page, name: str = "Roadmap") -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()


def out(page: Page, sentence: str) -> None:
    expect(page.get_by_text(sentence)).to_be_visible(timeout=ANSWER_MS)
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
    assert "Q-1" not in page.content()


def test_whoever_signs_in_comes_back_to_the_page_and_is_named_with_the_role(board, enter):
    page = enter("lead:quays", "commission?commission=cranes", "fa")
    assert re.search(r"/commission\?commission=cranes", page.url)
    expect(page.locator(".b-account")).to_contain_text("آرش نیک‌پی")
    expect(page.locator(".b-account")).to_contain_text("مسئول کمیسیون اسکله‌ها")


def test_the_menu_shows_what_is_theirs_and_another_pages_address_says_so(board, enter):
    page = enter("executive", "mapping")
    expect(page.get_by_text("This page is not for your role")).to_be_visible(timeout=ANSWER_MS)
    names = page.get_by_test_id("stSidebarNav").get_by_role("link").all_inner_texts()
    assert "Overview" in " ".join(names)
    assert "mapping" not in " ".join(names)


def test_without_a_role_there_is_no_data_and_with_one_there_is(board, chromium):
    who = number(board, "lead:cranes")
    people.assign(board.machine, who, [], "Not appointed yet.")
    page = chromium.new_context().new_page()
    page.goto(f"{board.url}/?lang=en")
    page.locator(SIGN_IN).click(timeout=ANSWER_MS)
    page.locator('button[value="lead:cranes"]').click(timeout=ANSWER_MS)
    out(page, "You have no role yet")
    expect(page.get_by_text(f"by the number {who}")).to_be_visible()
    assert page.request.get(f"{board.url}/api/head").status == 401
    people.assign(board.machine, who, [Grant.read("lead:cranes")], "Appointed.")
    page.reload()
    expect(page.get_by_test_id("stSidebarNav")).to_be_visible(timeout=ANSWER_MS)
    page.context.close()


def test_a_session_that_the_operator_ends_is_out_at_the_next_click(board, enter):
    page = enter("secretariat")
    assert people.sign_out(board.machine, number(board, "secretariat")) == 1
    click(page)
    out(page, "Your session has been ended.")
    sign_in(page, "secretariat")
    expect(page.get_by_test_id("stSidebarNav")).to_be_visible(timeout=ANSWER_MS)


def test_a_role_that_is_taken_is_gone_at_the_next_click(board, enter):
    page = enter("operator")
    who = number(board, "operator")
    people.assign(board.machine, who, [Grant.read("executive")], "Another post.")
    click(page)
    expect(page.locator(".b-account")).to_contain_text("Executive", timeout=ANSWER_MS)
    people.assign(board.machine, who, [], "Left.")
    click(page, "Overview")
    out(page, "You have no role yet")
    people.assign(board.machine, who, [Grant.read("operator")], "Back again.")


@pytest.mark.parametrize(
    ("column", "ago", "sentence"),
    [("last_seen", "31 minutes", "Nothing was done here for a while"), ("began", "8 hours", "as long as one may")],
)
def test_a_session_runs_out(board, enter, column, ago, sentence):
    page = enter("commander")
    statement = (
        f"update session set {column} = {column} - cast(:ago as interval) where person = :person and ended is null"
    )
    sql(board, statement, ago=ago, person=number(board, "commander"))
    click(page)
    out(page, sentence)


def test_signing_out_ends_the_session_and_signing_in_again_begins_another(board, enter):
    page = enter("data_officer:quays")
    kept = page.context.cookies()
    page.locator(".st-key-entry-sign-out button").click()
    out(page, "Sign in to see the board.")
    page.context.add_cookies(kept)  # a copy of the cookie does not help: the session has ended
    page.reload()
    out(page, "Your session has been ended.")
    sign_in(page, "data_officer:quays")
    with board.desk.engine.connect() as connection:
        query = text("select why from session where person = :person order by id")
        ends = connection.execute(query, {"person": number(board, "data_officer:quays")}).scalars().all()
    assert ends == ["signed_out", None]


@pytest.mark.parametrize("spoil", [lambda value: value[:-2] + "AA", lambda _: "eyJzdWIiOiJvcGVyYXRvciJ9.x.y"])
def test_a_forged_cookie_is_none(board, enter, spoil):
    page = enter("data_officer:cranes")
    cookies = page.context.cookies()
    for cookie in cookies:
        if cookie["name"] == "_streamlit_user":
            cookie["value"] = spoil(cookie["value"])
    page.context.clear_cookies()
    page.context.add_cookies(cookies)
    page.reload()
    out(page, "Sign in to see the board.")
    assert page.request.get(f"{board.url}/workbooks/template/cranes").status == 401


def test_somebody_elses_download_link_is_refused(board, enter, delivered):
    lead, other = enter("lead:quays"), enter("data_officer:cranes")
    returned = f"workbooks/return/{delivered}"
    for place in ("workbooks/template/quays", returned, "data-docs/quays/0123456789abcdef.html"):
        mine, theirs = (page.request.get(f"{board.url}/{place}") for page in (lead, other))
        assert (mine.status in {200, 404}, theirs.status) == (True, 403)
        assert "در اختیار نقش شما نیست" in theirs.text()
