from datetime import date

from roadmap.domain.refusals import Refusal
from roadmap.domain.text import Text
from roadmap.store import log
from tests.factories import deliver, report


def test_one_sentence_says_where_the_commission_is(board):
    page = board("commission", commission="quays")
    assert "Quays is 75.0% done; the plan says 86.1% by this day: 11.1 points behind." in page.text
    assert "Head of quays" in page.text


def test_without_a_filter_the_programmes_first_commission_is_shown(board):
    assert "Quays is 75.0% done" in board("commission").text


def test_the_tiles_count_what_waits_and_lead_to_it(board):
    page = board("commission", commission="quays")
    assert "Late 1 of 2 milestones" in page.text
    assert 'href="commission?commission=quays&status=late"' in page.markup
    assert "Completeness 100% 3 of 3 for October 2026" in page.text
    assert "Rejected rows 1 wait to be corrected" in page.text
    assert 'href="quality?commission=quays"' in page.markup


def test_a_green_that_computes_late_is_flagged(board):
    text = board("commission", commission="quays").text
    assert "Late Green declared green, computed late" in text
    assert "Contradictions 1 declared green" in text


def test_each_milestone_shows_its_dates_its_variance_and_leads_to_its_story(board):
    page = board("commission", commission="quays")
    assert "Q-1 · Near 90%" in page.text
    assert "31 Oct 2026 10 Dec 2026 40 days later" in page.text
    assert 'href="milestone?milestone=Q-1"' in page.markup


def test_horizon_and_status_in_the_address_narrow_the_milestones(board):
    page = board("commission", commission="quays", horizon="far")
    assert "1 of 2 milestones" in page.text
    assert "Quay one rebuilt" not in page.text
    assert "No milestone matches" in board("commission", commission="quays", horizon="far", status="late").text


def test_choosing_a_filter_writes_it_into_the_address_and_back(board):
    page = board("commission", commission="quays")
    page.app.selectbox(key="filter-status").select("late").run()
    assert page.address == {"commission": "quays", "status": "late"}
    page.app.selectbox(key="filter-status").select("").run()
    assert page.address == {"commission": "quays"}


def test_another_commission_is_one_choice_away(board):
    page = board("commission")
    page.app.selectbox(key="filter-commission").select("cranes").run()
    assert page.address == {"commission": "cranes"}
    assert "Cranes is 0.0% done" in page.text


def test_money_is_shown_with_its_shares(board):
    text = board("commission", commission="quays").text
    assert "Asked 100 Allocated 80 80% of what was asked Spent 0" in text
    assert "In million rials" in text


def test_deliveries_tell_what_became_of_their_rows(board, desk):
    same = report("Q-1", percent=90, confidence="green", forecast_finish=date(2026, 12, 10))
    deliver(desk, same, on=date(2026, 11, 6), duplicates=2)
    text = board("commission", commission="quays").text
    assert "5 Nov 2026, 15:30 4 3 0 1" in text
    assert "3 1 2 0" in text


def test_an_unknown_commission_is_told_with_a_list_to_pick_from(board):
    page = board("commission", commission="ships")
    assert "There is no ships here; pick from the list." in page.text
    assert page.app.selectbox(key="filter-commission").options == ["Quays", "Cranes"]
    assert "Milestones" not in page.text


def test_in_persian_everything_is_persian(board):
    page = board("commission", "fa", commission="quays")
    assert (
        "کمیسیون اسکله‌ها: ۷۵٫۰٪ انجام شده و برنامه تا این روز ۸۶٫۱٪ است؛ ۱۱٫۱ واحد درصد عقب‌تر از برنامه." in page.text
    )
    assert "۴۰ روز دیرتر" in page.text
    for word in ("Quay", "Late", "Near", "rials", "points"):
        assert word not in page.text


def test_an_earlier_board_shows_what_was_known_then(board):
    text = board("commission", commission="quays", day="2026-10-10", known="2026-10-10").text
    assert "Quays is 52.5% done" in text
    assert "2026, 15:30 1 1 0 0" in text


def test_a_refused_file_leads_to_how_the_commissions_files_are_read(board, desk):
    whole = log.Rejected("october.csv", (Refusal("missing_columns", "", "october.csv", Text(fa="…", en="…")),))
    deliver(desk, rejected=(whole,))
    page = board("commission", commission="quays")
    assert "file refused File mapping" in page.text
    assert 'data-page="mapping"' in page.markup
