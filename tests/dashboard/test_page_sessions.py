from datetime import date, timedelta

import pytest

from roadmap.domain.people import Grant
from roadmap.services import actions, sessions
from roadmap.services import desk as desks
from tests.factories import TODAY, acting

EARLIER = date(2026, 11, 6)


@pytest.fixture
def council(board, desk):
    """A session that was held, with a decision, minutes and an action of the quays'; another one is to come."""
    code = sessions.call(desk, EARLIER, "November council")
    sessions.decide(desk, code, "Posts first.")
    sessions.keep_minutes(desk, code, "They met <b>at nine</b>.\n<script>alert(1)</script> \u202eabc")
    actions.give(desk, "Ask the divers.", owner="quays", due=TODAY + timedelta(days=2), session=code, milestone="Q-1")
    sessions.call(desk, date(2026, 12, 3), "December council")
    return code


def act(page, label):
    next(button for button in page.app.button if button.label == label).click().run()
    return page


def field(widgets, part):
    return next(each for each in widgets if part in (each.key or ""))


def test_without_sessions_the_page_says_so_in_both_languages(board):
    assert "No session has been called." in board("sessions").text
    text = board("sessions", "fa").text
    assert "هنوز جلسه‌ای برگزار نشده است." in text
    assert "اقدام بازی نیست." in text


def test_sessions_are_listed_by_what_is_to_come_and_what_was_held(board, council):
    page = board("sessions")
    assert "December council 3 December 2026 in 12 days" in page.text
    assert "November council 6 November 2026 · 1 decision · has minutes 15 days ago" in page.text
    assert f'data-query="session={council}"' in page.markup


def test_the_follow_up_says_what_whose_by_when_and_for_how_long(board, council):
    text = board("sessions", role="executive").text
    assert "Ask the divers. action-1 Q-1 session Quays 23 Nov 2026 open" in text


def test_in_persian_days_are_jalali_and_digits_persian(board, council):
    text = board("sessions", "fa").text
    assert "۱۵ آبان ۱۴۰۵" in text
    assert "۱۴۰۵/۰۹/۰۲" in text
    for word in ("open", "Quays", "decision"):
        assert word not in text


def test_one_session_shows_its_frozen_agenda_its_decisions_actions_and_minutes(board, council):
    page = board("sessions", session=council, role="executive")
    assert "As it was known on 6 November 2026." in page.text
    assert "Q-1 · Quays 6 days past its due day" in page.text.replace(" · 6 days", " 6 days")
    assert "Posts first." in page.text
    assert 'href="overview?day=2026-11-06&known=2026-11-06"' in page.markup
    assert len(page.app.button) == 0


def test_minutes_are_shown_as_text_whatever_they_hold(board, council):
    page = board("sessions", session=council)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.sent
    assert "<script>" not in page.sent
    assert 'dir="auto">They met' in page.sent


def test_an_unknown_session_is_told_and_the_list_shown(board, council):
    page = board("sessions", session="session-9")
    assert "There is no session-9 here; pick from the list." in page.text
    assert "December council" in page.text


def test_the_secretariat_calls_a_session(board, desk):
    page = board("sessions", role="secretariat")
    page.app.text_input[0].set_value("January council")
    act(page, "Call the session")
    assert "The session is called for 28 November 2026." in page.text
    assert "January council" in page.text


def test_a_title_that_is_missing_is_told_and_nothing_is_recorded(board, desk):
    page = act(board("sessions", role="secretariat"), "Call the session")
    assert "The text is empty, too long, or holds control characters; correct it." in page.text
    assert sessions.council(desk, desks.moment(desk)).sessions == {}


def test_the_secretariat_records_a_decision_an_action_and_minutes(board, desk, council):
    page = board("sessions", session=council, role="secretariat")
    field(page.app.text_area, "decide-text").set_value("Stations too.")
    act(page, "Record the decision")
    assert "The decision was recorded." in page.text
    field(page.app.text_area, "give-text").set_value("Ask the pilots.")
    act(page, "Give the action")
    field(page.app.text_area, "minutes-text").set_value("They met at ten.")
    act(page, "Keep a new version")
    found = sessions.council(desk, desks.moment(desk))
    assert [each.text for each in found.sessions[council].decisions] == ["Posts first.", "Stations too."]
    assert [each.text for each in found.of(council)] == ["Ask the divers.", "Ask the pilots."]
    assert "version 2" in page.text
    assert "They met at ten." in page.text


def test_a_decision_is_corrected_by_another_and_both_stay_to_be_read(board, council):
    page = board("sessions", session=council, role="secretariat")
    field(page.app.text_area, "decide-text").set_value("Stations first.")
    field(page.app.selectbox, "decide-instead").select_index(1)
    act(page, "Record the decision")
    assert "Posts first. corrected; decision 2 stands in its place" in page.text
    assert "Stations first." in page.text


def test_a_session_is_called_off_and_in_again(board, council):
    code = "session-2026-12-03"
    page = act(board("sessions", session=code, role="secretariat"), "Call it off")
    assert "called off" in page.text
    act(page, "Call it again")
    assert "called off" not in page.text


def test_a_held_session_cannot_be_called_off(board, council):
    page = act(board("sessions", session=council, role="secretariat"), "Call it off")
    assert "it can neither be called off nor moved" in page.text


def test_a_lead_finds_the_own_actions_first_and_settles_them(board, desk, council):
    page = board("sessions", role="lead:quays")
    assert page.app.subheader[0].value == "Your commission’s actions"
    assert "Call the session" not in {button.label for button in page.app.button}
    field(page.app.text_area, "settle-remark").set_value("All answered.")
    act(page, "Record the outcome")
    assert "The outcome was recorded." in page.text
    assert "Your commission has no open action." in page.text
    [said] = sessions.council(desk, desks.moment(desk)).actions["action-1"].settled
    assert (said.outcome, said.actor) == ("done", "lead:quays")


def test_a_lead_of_another_commission_settles_nothing_of_it(board, council):
    page = board("sessions", role="lead:cranes")
    assert "Your commission has no open action." in page.text
    assert len(page.app.button) == 0


def test_a_remark_that_is_missing_is_told(board, council):
    page = act(board("sessions", role="lead:quays"), "Record the outcome")
    assert "The text is empty, too long, or holds control characters; correct it." in page.text


def test_a_role_that_was_taken_meanwhile_settles_nothing(board, council, reads):
    page = board("sessions", role="lead:quays")
    field(page.app.text_area, "settle-remark").set_value("All answered.")
    reads("lead:cranes")
    button = next(each for each in page.app.button if each.label == "Record the outcome")
    button.click().run()
    assert "The outcome was recorded." not in page.text


def test_on_an_older_board_nothing_is_recorded(board, council):
    page = board("sessions", role="secretariat", day="2026-11-10", known="2026-11-10")
    assert len(page.app.text_area) == 0


def test_an_older_board_knows_nothing_of_later_sessions(board, desk, council):
    assert "No session has been held yet." in board("sessions", day="2026-11-10", known="2026-11-10").text


def test_who_may_not_read_sessions_is_told(board, council):
    page = board("sessions", role="operator")
    assert "Your role does not allow this" in page.text
    assert "Posts first" not in page.text


def test_settled_actions_can_be_opened_again_by_who_owns_them(board, desk, council):
    quays = acting(desk, "lead:quays", Grant.read("lead:quays"))
    actions.settle(quays, "action-1", "done", "All answered.")
    page = board("sessions", session=council, role="lead:quays")
    assert "done" in page.text
    field(page.app.text_area, "settle-remark").set_value("One is missing.")
    act(page, "Record the outcome")
    assert sessions.council(desk, desks.moment(desk)).actions["action-1"].outcome == "open"
