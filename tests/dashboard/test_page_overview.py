from datetime import UTC, date, datetime

import pytest

from roadmap.domain.events import MilestonePut
from roadmap.domain.people import Grant
from roadmap.services import desk as desks
from roadmap.services import overview as overviews
from roadmap.services import proposing, standing
from tests.factories import TODAY, acting, deliver, report

LATELY = datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_one_sentence_says_where_the_programme_is(board):
    page = board("overview")
    assert "50.0% of the programme is done, 8.5 points behind plan" in page.text
    assert "no milestone finished and 1 slipped; 1 is late and 2 are at risk" in page.text


def test_the_tiles_lead_to_the_milestones_that_they_count(board):
    markup = board("overview", horizon="near").markup
    assert 'href="roadmap?horizon=near&status=late"' in markup


def test_decisions_due_come_first_for_whom_they_wait_and_are_nobodys_who_may_not_see_them(board, desk):
    lead, secretariat = (acting(desk, role, Grant.read(role)) for role in ("lead:quays", "secretariat"))
    then = {"clock": lambda: LATELY}
    line = next(each for each in standing.lines(desk, desks.moment(desk, day=TODAY)) if each.code == "Q-1")
    for draft, weight in enumerate((4, 5)):
        heavier = MilestonePut(milestone=line.milestone.model_copy(update={"weight": weight}))
        sent = proposing.propose(lead, "quays", [heavier], reason="It grew.", baseline=1, draft=str(draft), **then)
    proposing.check(secretariat, sent.code, fit=True, remark="Complete.", seen=sent.seen, **then)
    told = "Decisions due 1 oldest 20 Nov 2026 · 1 in check"
    assert told in board("overview", role="executive").text
    due = '<li><a class="b-tile" href="decisions" '
    for role, comes_first in (("commander", True), ("secretariat", True), ("executive", False), ("lead:quays", False)):
        assert (due in tiles(board("overview", role=role))[: len(due) + 20]) is comes_first
    assert "تصمیم‌های پیش رو ۱ قدیمی‌ترین ۱۴۰۵/۰۸/۲۹ · ۱ در دست بررسی" in board("overview", "fa").text
    operator = board("overview", role="operator").text
    assert ("No recent report" in operator, "Decisions due" in operator) == (True, False)
    assert "Decisions due" not in board("overview", role="commander", day="2026-10-10", known="2026-10-10").text


def tiles(page):
    return page.markup.partition('<ul class="b-tiles">')[2]


def test_the_matrix_leads_to_the_commission_and_horizon(board):
    markup = board("overview").markup
    assert 'href="commission?commission=quays&horizon=near"' in markup
    assert 'href="commission?commission=cranes"' in markup


def test_a_horizon_in_the_address_narrows_everything(board):
    page = board("overview", horizon="near")
    assert "Near: 90.0% is done" in page.text
    assert "Quay one rebuilt" in page.text
    assert "Lights in every province" not in page.text


def test_choosing_a_horizon_writes_it_into_the_address(board):
    page = board("overview")
    page.app.button_group[0].select("near").run()
    assert page.address == {"horizon": "near"}
    assert "Near: 90.0% is done" in page.text


def test_an_unknown_horizon_is_told_and_all_are_shown(board):
    page = board("overview", horizon="never")
    assert "There is no never here; pick from the list." in page.text
    assert "of the programme is done" in page.text


def test_the_slips_lead_to_each_milestones_story(board):
    page = board("overview")
    assert 'href="milestone?milestone=Q-1"' in page.markup
    assert "40 days later" in page.text


def test_what_changed_since_last_month_is_told(board):
    page = board("overview")
    assert "What changed since 21 October 2026" in page.text
    assert "Quays · became late; expected on 10 December 2026" in page.text


def test_more_than_eight_changes_are_folded_away(board, desk, monkeypatch):
    change = overviews.overview(desk, overviews.desks.moment(desk, day=TODAY)).changes[0]
    monkeypatch.setattr(overviews, "changes", lambda *_: [change] * 11)
    page = board("overview")
    assert [expander.label for expander in page.app.expander] == ["3 more"]


def test_an_indicator_stands_against_its_target(board):
    text = board("overview").text
    assert "Cargo moved 150 (target 200)" in text
    assert "50% of the way" in text


def test_provinces_are_ranked(board):
    assert "1. North 50.0% 2. South 10.0%" in board("overview").text


def test_rows_sent_back_lead_to_data_quality(board):
    page = board("overview")
    assert "1 row was sent back for repair" in page.text
    assert 'href="quality"' in page.markup


def test_in_persian_everything_is_persian(board):
    text = board("overview", "fa").text
    assert "۵۰٫۰٪ برنامه انجام شده است، ۸٫۵ واحد درصد عقب‌تر از زمان‌بندی" in text
    assert "تغییرات از ۲۹ مهر ۱۴۰۵" in text
    for word in ("Quay", "Late", "milestone ", "Near", "plan "):
        assert word not in text


def test_an_earlier_board_shows_what_was_known_then(board):
    page = board("overview", day="2026-10-10", known="2026-10-10")
    assert "35.0% of the programme is done" in page.text
    assert "last delivery 5 Oct 2026" in page.text
    assert "No row waits for repair" in page.text


def test_before_the_first_report_nothing_breaks(board):
    page = board("overview", day="2025-11-01", known="2025-11-01")
    assert "0.0% of the programme is done" in page.text
    assert not page.app.exception


def test_a_jalali_day_in_the_address_is_the_same_day(board):
    assert board("overview", day="1405-07-18").text == board("overview", day="2026-10-10").text


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "1405-13-01", "1405-07-18'; --"])
def test_nonsense_for_a_day_is_refused_with_a_sentence(board, day):
    page = board("overview", day=day)
    assert "is not a date" in page.text
    assert "programme is done" not in page.text


@pytest.mark.parametrize("asked", [{"day": "2026-11-22"}, {"known": "2026-11-22"}, {"day": "2025-10-31"}])
def test_there_is_no_board_of_the_future_nor_from_before_the_start(board, asked):
    assert "pick a day from 1 November 2025 to 21 November 2026" in board("overview", **asked).text


def test_a_new_delivery_is_seen_at_the_next_turn_and_nothing_is_asked_twice_before(board, desk, monkeypatch):
    asked = []
    ask = overviews.curve
    monkeypatch.setattr(overviews, "curve", lambda *given: asked.append(1) or ask(*given))
    page = board("overview")
    page.app.run()
    assert len(asked) == 1
    deliver(desk, report("Q-1", effective=TODAY, percent=100, state="done"), on=date(2026, 11, 21))
    page.app.run()
    assert len(asked) == 2
    assert "none is late" in page.text
