from dataclasses import replace
from datetime import date

import pytest

from roadmap.domain.people import Grant
from roadmap.services import reporting
from tests.factories import TODAY, acting, deliver, order, report


def test_the_head_names_it_and_sets_the_statuses_side_by_side(board):
    page = board("milestone", milestone="Q-1")
    assert "Quay one rebuilt Q-1 · Quays · Near" in page.text
    assert "In progress Declared by the lead" in page.text
    assert "Green Computed" in page.text
    assert "The lead declares green, plan and facts say otherwise" in page.text
    assert 'href="commission?commission=quays"' in page.markup


def test_dates_say_what_was_promised_and_what_is_expected(board):
    text = board("milestone", milestone="Q-1").text
    for fact in ("1 November 2025", "31 October 2026", "10 December 2026", "40 days later", "90%"):
        assert fact in text


def test_the_slack_is_told_or_which_finish_it_drives(board):
    driving = board("milestone", milestone="Q-1")
    told = "On the critical path: if it slips, so does the programme’s end, expected on 8 August 2028"
    assert told in driving.text
    assert "b-critical" in driving.markup
    told = "221 days; beyond that, the programme’s end (8 August 2028) slips too"
    assert told in board("milestone", milestone="Q-2").text


def test_its_own_lead_reports_and_proposes_from_here_and_nobody_else(board):
    page = board("milestone", milestone="Q-1", role="lead:quays")
    assert 'href="report?commission=quays&milestone=Q-1"' in page.markup
    assert 'href="decisions?view=propose&commission=quays&milestone=Q-1"' in page.markup
    then = {"day": "2026-10-10", "known": "2026-10-10"}
    for given in ({"role": "lead:cranes"}, {"role": "executive"}, {"role": "lead:quays", **then}):
        assert "b-ways" not in board("milestone", milestone="Q-1", **given).markup


def test_a_reviewer_is_told_what_of_it_waits_and_led_there(board, desk):
    assert "b-ways" not in board("milestone", milestone="Q-1", role="secretariat").markup
    identity = desk.programme.programme.model_copy(update={"review": "forms"})
    at = replace(desk, programme=desk.programme.model_copy(update={"programme": identity}))
    stands = reporting.present(at, "Q-1")
    given = order("Q-1", stands.version, percent=95, effective=TODAY)
    sender = acting(at, "lead", Grant.read("lead:quays"))
    assert reporting.report(sender, given, commission="quays", seen=stands.seen, day=TODAY).waits
    page = board("milestone", milestone="Q-1", role="secretariat")
    assert "Review queue: 1 report of it waits" in page.text
    assert 'href="review?commission=quays"' in page.markup


def test_the_promise_is_told_with_its_source_or_as_illustrative(board):
    text = board("milestone", milestone="Q-1").text
    for fact in (
        "Deliverable Quay",
        "Minutes",
        "Supervisor",
        "the whole country",
        "asked 100, allocated 80",
        "illustrative",
    ):
        assert fact in text


def test_it_leads_to_what_waits_for_it_and_back(board):
    before, after = board("milestone", milestone="Q-1"), board("milestone", milestone="C-1")
    assert 'href="milestone?milestone=C-1"' in before.markup
    assert "It waits for no other milestone." in before.text
    assert 'href="milestone?milestone=Q-1"' in after.markup
    assert "Nothing has been reported yet." in after.text


def test_provinces_are_shown_the_furthest_first(board):
    text = board("milestone", milestone="Q-2").text
    assert "North 50% 1 of 1 31 Oct 2026 South 10% 1 of 1 31 Oct 2026" in text
    assert "every province (2)" in text


def test_the_story_tells_every_report_with_what_it_changed(board):
    text = board("milestone", milestone="Q-1").text
    assert "2 reports, newest first" in text
    newest, first = text.index("90% +20 points"), text.index("70% first report")
    assert newest < first


def test_a_correction_is_measured_against_what_it_corrects(board, desk):
    deliver(desk, report("Q-1", percent=85), on=date(2026, 11, 7))
    assert "85% \N{MINUS SIGN}5 points" in board("milestone", milestone="Q-1").text


def test_each_number_is_followed_to_its_file_row_batch_and_author(board):
    text = board("milestone", milestone="Q-1").text
    for fact in ("Channel file", "Batch", "Event", "Version", "Recorded 5 Nov 2026, 15:30"):
        assert fact in text


def test_what_people_wrote_is_text_and_nothing_else(board, desk):
    nasty = '<img src=x onerror="alert(1)"> **bold** [x](javascript:1)'
    deliver(desk, report("Q-1", effective=date(2026, 11, 7), narrative=nasty, blocker="مانع"), on=date(2026, 11, 8))
    page = board("milestone", milestone="Q-1")
    assert "&lt;img src=x" in page.sent
    assert "<img" not in page.sent
    assert '<p class="b-passage" dir="auto">مانع</p>' in page.markup


def test_a_long_story_is_turned_by_pages(board, desk):
    reports = [report("C-1", effective=date(2026, 8, day), percent=day) for day in range(1, 31)]
    deliver(desk, *reports, commission="cranes", on=date(2026, 9, 1))
    page = board("milestone", milestone="C-1")
    assert "30% +1 points" in page.text
    assert "first report" not in page.text
    page.app.button[1].click().run()
    assert page.address == {"milestone": "C-1", "page": "2"}
    assert "1% first report" in page.text


@pytest.mark.parametrize("number", ["0", "x", "-3", "", "９"])
def test_nonsense_for_a_page_is_the_first_one(board, number):
    assert "90% +20 points" in board("milestone", milestone="Q-1", page=number).text


def test_without_a_milestone_there_is_a_list_to_pick_from(board):
    page = board("milestone")
    assert "Pick a milestone" in page.text
    page.app.selectbox(key="filter-milestone").select("Q-2").run()
    assert page.address == {"milestone": "Q-2"}


def test_an_unknown_milestone_is_told(board):
    assert "There is no Z-9 here; pick from the list." in board("milestone", milestone="Z-9").text


def test_in_persian_everything_is_persian(board):
    text = board("milestone", "fa", milestone="Q-1").text
    assert "اسکله یک بازسازی شد" in text
    assert "۱۹ آذر ۱۴۰۵" in text
    assert "+۲۰ واحد درصد" in text
    for word in ("Quay", "Late", "Green", "points", "illustrative"):
        assert word not in text


def test_an_earlier_board_knows_no_later_report(board):
    text = board("milestone", milestone="Q-1", day="2026-10-10", known="2026-10-10").text
    assert "70% first report" in text
    assert "90%" not in text
