"""Sessions, decisions, actions and minutes through the services: who may, what is recorded once, what is frozen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from roadmap.domain.people import Grant
from roadmap.programme import Programme
from roadmap.services import actions, agenda, refresh, sessions
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.gate import NotAllowedError
from roadmap.services.sessions import SessionRefusedError
from roadmap.store import projecting, verifying
from tests.factories import TODAY, acting, deliver, established, report

EARLIER = date(2026, 11, 5)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(desks, "today", lambda _desk: TODAY)


@pytest.fixture
def desk(engine, harbour: Programme) -> Desk:
    """Q-1 stood at 70 percent on 5 October and is late since 1 November, at 90 percent; Q-2 has hardly begun."""
    desk = established(engine, harbour)
    deliver(desk, report("Q-1", effective=date(2026, 9, 30), percent=70), on=date(2026, 10, 5))
    deliver(
        desk,
        report("Q-1", percent=90, forecast_finish=date(2026, 12, 10)),
        *(report("Q-2", unit=unit, effective=date(2026, 11, 9), percent=1) for unit in ("P-1", "P-2")),
        on=date(2026, 11, 10),
    )
    refresh.refresh_at(desk, TODAY)
    return desk


def council(desk: Desk) -> sessions.Council:
    return sessions.council(desk, desks.moment(desk))


def head(desk: Desk) -> int:
    return desks.moment(desk).seq


def refused(code: str) -> pytest.RaisesExc:
    return pytest.raises(SessionRefusedError, check=lambda error: error.code == code)


def lead(desk: Desk, commission: str = "quays") -> Desk:
    return acting(desk, "person:7", Grant.read(f"lead:{commission}"))


# What is recorded


def test_a_session_is_known_by_its_day_and_called_twice_it_is_one(desk):
    first = sessions.call(desk, EARLIER, "Council")
    at = head(desk)
    assert first == sessions.call(desk, EARLIER, " Council ") == "session-2026-11-05"
    assert head(desk) == at
    assert sessions.call(desk, EARLIER, "Conference") == "session-2026-11-05-2"


def test_a_session_is_moved_back_and_forth_called_off_and_in_again(desk):
    code = sessions.call(desk, TODAY, "Council")
    for on in (TODAY + timedelta(days=1), TODAY, TODAY + timedelta(days=1)):
        sessions.change(desk, code, on, "Council")
        assert council(desk).sessions[code].on == on
    sessions.change(desk, code, TODAY, "Council", called_off=True)
    assert council(desk).sessions[code].called_off
    assert sessions.call(desk, TODAY, "Council") == code
    assert not council(desk).sessions[code].called_off


def test_decisions_are_recorded_once_and_corrected_by_another(desk):
    code = sessions.call(desk, EARLIER, "Council")
    for _ in range(2):
        sessions.decide(desk, code, "Posts first.")
    [first] = council(desk).sessions[code].decisions
    assert (first.text, first.actor) == ("Posts first.", "tester")
    sessions.decide(desk, code, "Stations first.", corrects=first.seq)
    assert [each.corrected_by is None for each in council(desk).sessions[code].decisions] == [False, True]
    with refused("unknown_decision"):
        sessions.decide(desk, code, "Neither.", corrects=first.seq)
    sessions.decide(desk, code, "Posts first.")
    assert len(council(desk).sessions[code].decisions) == 3


def test_minutes_are_versions_and_the_session_is_frozen_at_its_days_end(desk):
    code = sessions.call(desk, EARLIER, "Council")
    known = desks.moment(desk, known=EARLIER).seq
    for words in ("They met.", "They met.", "They met at nine."):
        sessions.keep_minutes(desk, code, words)
    session = council(desk).sessions[code]
    assert [(each.version, each.text, each.seq) for each in session.minutes] == [
        (1, "They met.", known),
        (2, "They met at nine.", known),
    ]
    frozen = sessions.frozen(desk, session)
    assert (frozen.day, frozen.seq, frozen.known) == (EARLIER, known, EARLIER)


def test_minutes_kept_on_the_day_itself_freeze_the_board_as_it_is_at_that_moment(desk):
    code = sessions.call(desk, TODAY, "Council")
    at = head(desk)
    sessions.keep_minutes(desk, code, "They meet.")
    deliver(desk, report("Q-2", unit="P-1", effective=TODAY, percent=10), on=TODAY)
    assert sessions.frozen(desk, council(desk).sessions[code]).seq == at < head(desk)


def test_nothing_is_recorded_in_a_session_that_is_to_come(desk):
    code = sessions.call(desk, TODAY + timedelta(days=1), "Council")
    for act in (
        lambda: sessions.decide(desk, code, "Too early."),
        lambda: sessions.keep_minutes(desk, code, "Too early."),
        lambda: actions.give(desk, "Too early.", owner="", due=TODAY, session=code),
    ):
        with refused("not_yet"):
            act()


def test_texts_that_are_empty_too_long_or_hold_control_characters_are_refused(desk):
    code = sessions.call(desk, EARLIER, "Council")
    at = head(desk)
    for text_ in ("  ", "x" * 1001, "a\x00b", "a\x1bb"):
        with refused("unfit"):
            sessions.decide(desk, code, text_)
    with refused("unfit"):
        sessions.call(desk, EARLIER, "x" * 201)
    assert head(desk) == at


def test_minutes_hold_any_script_and_direction_as_it_was_written(desk):
    code = sessions.call(desk, EARLIER, "Council")
    words = "<script>alert(1)</script>\nجلسه \u202eabc\u202c {seq} 'x'; drop table event;--"
    sessions.keep_minutes(desk, code, words.replace("\n", "\r\n"))
    assert council(desk).sessions[code].minutes[-1].text == words


def test_actions_are_given_changed_settled_and_opened_again(desk):
    session = sessions.call(desk, EARLIER, "Council")
    order = {"owner": "quays", "due": TODAY, "session": session, "milestone": "Q-1"}
    code = actions.give(desk, "Ask the divers.", **order)
    assert actions.give(desk, "Ask the divers.", **order) == code == "action-1"
    assert actions.give(desk, "Ask the pilots.", **order) == "action-2"
    actions.change(desk, code, "Ask all divers.", owner="cranes", due=TODAY + timedelta(days=3))
    actions.settle(desk, code, "done", "All answered.")
    with refused("already"):
        actions.settle(desk, code, "done", "Once more.")
    with refused("not_open"):
        actions.change(desk, code, "Ask again.", owner="cranes", due=TODAY)
    actions.settle(desk, code, "open", "One is missing.")
    found = council(desk).actions[code]
    assert (found.text, found.owner, found.session, found.milestone) == ("Ask all divers.", "cranes", session, "Q-1")
    assert [(each.outcome, each.remark) for each in found.settled] == [
        ("done", "All answered."),
        ("open", "One is missing."),
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"owner": "ships"}, "unknown_owner"),
        ({"milestone": "Q-9"}, "unknown_milestone"),
        ({"due": TODAY - timedelta(days=1)}, "due_before"),
        ({"session": "session-9"}, "unknown_session"),
    ],
)
def test_an_action_names_only_what_there_is(desk, changes, code):
    with refused(code):
        actions.give(desk, "Do it.", **({"owner": "quays", "due": TODAY} | changes))


def test_the_log_stays_sound_and_no_figure_moves(desk):
    before = agenda.agenda(desk, desks.moment(desk)).late
    code = sessions.call(desk, EARLIER, "جلسه")
    sessions.decide(desk, code, "Posts first.")
    sessions.keep_minutes(desk, code, "They met.")
    actions.give(desk, "Do it.", owner="quays", due=TODAY, session=code)
    with desk.engine.begin() as connection:
        projecting.rebuild(connection)
    assert verifying.verify(desk.engine).events == head(desk)
    assert agenda.agenda(desk, desks.moment(desk)).late == before
    with desk.engine.connect() as connection:
        channels = connection.execute(text("select distinct channel from batch where source like '%session%'"))
        assert channels.scalars().all() == ["decision"]


# Who may


def test_leads_read_sessions_hold_none_and_settle_their_own_actions_only(desk):
    session = sessions.call(desk, EARLIER, "Council")
    own, other, theirs = (actions.give(desk, "Do it.", owner=each, due=TODAY) for each in ("quays", "cranes", ""))
    quays = lead(desk)
    assert session in council(quays).sessions
    at = head(desk)
    for forbidden in (
        lambda: sessions.call(quays, TODAY, "Coup"),
        lambda: sessions.change(quays, session, TODAY, "Coup"),
        lambda: sessions.decide(quays, session, "More money."),
        lambda: sessions.keep_minutes(quays, session, "They agreed."),
        lambda: actions.give(quays, "Do mine.", owner="cranes", due=TODAY),
        lambda: actions.change(quays, own, "Do less.", owner="quays", due=TODAY),
        lambda: actions.settle(quays, other, "done", "Surely."),
        lambda: actions.settle(quays, theirs, "done", "Surely."),
        lambda: actions.settle(quays, "action-99", "done", "Surely."),
    ):
        with pytest.raises(NotAllowedError):
            forbidden()
    assert head(desk) == at
    actions.settle(quays, own, "done", "Seen to.")
    assert council(desk).actions[own].settled[-1].actor == "person:7"


@pytest.mark.parametrize("role", ["executive", "commander", "operator"])
def test_nobody_but_the_secretariat_holds_sessions(desk, role):
    somebody = acting(desk, role, Grant.read(role))
    with pytest.raises(NotAllowedError):
        sessions.call(somebody, TODAY, "Coup")


def test_the_operator_does_not_read_sessions_but_everybody_knows_when_the_last_one_was(desk):
    operator = acting(desk, "operator", Grant.read("operator"))
    sessions.call(desk, EARLIER, "Council")
    with pytest.raises(NotAllowedError):
        council(operator)
    assert sessions.last_before(operator, desks.moment(desk)).on == EARLIER


# The agenda


def test_the_agenda_tells_what_is_late_at_risk_slipped_and_open(desk):
    sessions.call(desk, EARLIER, "Council")
    code = actions.give(desk, "Do it.", owner="quays", due=TODAY)
    view = agenda.agenda(desk, desks.moment(desk))
    assert view.since == EARLIER
    [late] = view.late
    assert (late.line.code, late.reasons[0].why, late.reasons[0].amount) == ("Q-1", "late", 21)
    assert ("Q-1", "slipped") in [(each.line.code, each.kind) for each in view.moved]
    assert [each.code for each in view.actions] == [code]
    reasons = {each.line.code: [reason.why for reason in each.reasons] for each in view.at_risk}
    assert "behind" in reasons["Q-2"]
    assert next(each.milestones for each in _reasons(view, "C-1") if each.why == "predecessor") == ("Q-1",)


def _reasons(view, code):
    return next(each.reasons for each in [*view.late, *view.at_risk] if each.line.code == code)


def test_the_worst_comes_first(desk):
    view = agenda.agenda(desk, desks.moment(desk))
    amounts = [max((reason.amount for reason in each.reasons), default=0) for each in view.at_risk]
    assert len(amounts) > 1
    days = [
        max((each.amount for each in matter.reasons if each.why == "forecast"), default=0) for matter in view.at_risk
    ]
    assert days == sorted(days, reverse=True)


def test_what_changed_is_counted_from_the_session_before_not_from_the_one_on_that_day(desk):
    sessions.call(desk, date(2026, 10, 10), "October")
    sessions.call(desk, TODAY, "Today's")
    off = sessions.call(desk, EARLIER, "Off")
    sessions.change(desk, off, EARLIER, "Off", called_off=True)
    assert agenda.agenda(desk, desks.moment(desk)).since == date(2026, 10, 10)


def test_an_agenda_as_it_was_knows_nothing_of_what_came_later(desk):
    code = sessions.call(desk, EARLIER, "Council")
    frozen = sessions.frozen(desk, council(desk).sessions[code])
    assert agenda.agenda(desk, frozen).late[0].line.reported.percent == 70
    assert agenda.agenda(desk, desks.moment(desk)).late[0].line.reported.percent == 90


def test_who_may_not_see_held_files_gets_the_agenda_without_them(desk):
    assert agenda.agenda(lead(desk), desks.moment(desk)).held is None
    assert agenda.agenda(desk, desks.moment(desk)).held == []
