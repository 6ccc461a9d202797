"""Sessions, decisions and actions as a fold of the log's entries, and the rules of what may be recorded."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from roadmap.domain import session_rules as rules
from roadmap.domain.events import (
    ActionGiven,
    ActionSettled,
    Event,
    MinutesKept,
    ProgressReported,
    SessionCalled,
    SessionDecided,
)
from roadmap.domain.model import State
from roadmap.domain.session_rules import SessionRefusedError
from roadmap.domain.sessions import Council, Entry, fold, open_ones

DAY = date(2026, 11, 5)
NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)


def folded(*events: Event) -> Council:
    return fold(Entry(number, event, "somebody", NOON) for number, event in enumerate(events, start=1))


def called(code: str = "s-1", on: date = DAY, **changes: object) -> SessionCalled:
    return SessionCalled.model_validate({"effective": DAY, "session": code, "on": on, "title": "Council"} | changes)


def given(code: str = "action-1", **changes: object) -> ActionGiven:
    values = {"effective": DAY, "action": code, "text": "Ask them.", "owner": "quays", "due": date(2026, 12, 1)}
    return ActionGiven.model_validate(values | changes)


def settled(outcome: str, remark: str = "So it is.") -> ActionSettled:
    return ActionSettled.model_validate({"effective": DAY, "action": "action-1", "outcome": outcome, "remark": remark})


def refused(code: str) -> pytest.RaisesExc:
    return pytest.raises(SessionRefusedError, check=lambda error: error.code == code)


def test_a_session_called_again_is_moved_and_renamed_and_keeps_what_was_decided():
    decided = SessionDecided(effective=DAY, session="s-1", text="Posts first.")
    now = folded(called(), decided, called(on=date(2026, 11, 6), title="Moved"))
    found = now.sessions["s-1"]
    assert (found.on, found.title, [each.text for each in found.decisions]) == (
        date(2026, 11, 6),
        "Moved",
        ["Posts first."],
    )


def test_what_is_about_anything_else_is_passed_over():
    report = ProgressReported(milestone="Q-1", effective=DAY, state=State.IN_PROGRESS, percent=4)
    assert folded(called(), report) == folded(called())


def test_a_corrected_decision_stays_and_names_what_took_its_place():
    first = SessionDecided(effective=DAY, session="s-1", text="Posts first.")
    second = SessionDecided(effective=DAY, session="s-1", text="Stations first.", corrects=2)
    found = folded(called(), first, second).sessions["s-1"]
    assert [(each.seq, each.corrected_by) for each in found.decisions] == [(2, 3), (3, None)]
    rules.correctable(found, 3)
    for seq in (2, 9):
        with refused("unknown_decision"):
            rules.correctable(found, seq)


def test_minutes_kept_again_are_a_new_version_and_the_earlier_one_stays():
    kept = [MinutesKept(effective=DAY, session="s-1", text=text, seq=7) for text in ("They met.", "They met at 9.")]
    found = folded(called(), *kept).sessions["s-1"].minutes
    assert [(each.version, each.text) for each in found] == [(1, "They met."), (2, "They met at 9.")]


def test_the_last_session_is_the_newest_before_the_day_that_was_not_called_off():
    now = folded(
        called("s-1", date(2026, 10, 1)),
        called("s-2", date(2026, 11, 1)),
        called("s-3", date(2026, 11, 10), called_off=True),
        called("s-4", date(2026, 12, 1)),
    )
    assert [now.last_before(day) and now.last_before(day).code for day in (date(2026, 12, 1), date(2026, 11, 1))] == [
        "s-2",
        "s-1",
    ]
    assert now.last_before(date(2026, 10, 1)) is None


def test_an_action_is_overdue_from_the_day_after_it_was_due_until_it_is_settled():
    due = date(2026, 12, 1)
    item = folded(given()).actions["action-1"]
    assert [item.overdue(day) for day in (due, date(2026, 12, 2))] == [False, True]
    assert not folded(given(), settled("done")).actions["action-1"].overdue(date(2026, 12, 2))
    assert folded(given(), settled("done"), settled("open")).actions["action-1"].overdue(date(2026, 12, 2))


def test_an_action_given_again_has_its_new_day_and_keeps_since_when_and_its_history():
    again = given(due=date(2026, 12, 9), effective=date(2026, 11, 20))
    item = folded(given(), settled("done"), settled("open"), again).actions["action-1"]
    assert (item.due, item.since, item.outcome, len(item.settled)) == (date(2026, 12, 9), DAY, "open", 2)


def test_open_actions_come_by_their_day():
    now = folded(given("action-1"), given("action-2", due=date(2026, 11, 9)), given("action-3"), settled("given_up"))
    assert [each.code for each in open_ones(now)] == ["action-2", "action-3"]
    assert rules.next_action(now) == "action-4"


def test_codes_are_made_of_the_day_and_the_second_of_a_day_has_a_number():
    assert rules.new_code(folded(), DAY, "jalali") == "session-1405-08-14"
    one = rules.new_code(folded(), DAY, "gregorian")
    assert one == "session-2026-11-05"
    assert rules.new_code(folded(called(one)), DAY, "gregorian") == "session-2026-11-05-2"
    assert rules.new_code(folded(called(one), called(one + "-2")), DAY, "gregorian") == "session-2026-11-05-3"


def test_nothing_is_recorded_in_a_session_that_is_to_come_was_called_off_or_is_none():
    now = folded(called(), called("s-2", called_off=True))
    assert rules.begun(now, "s-1", DAY).code == "s-1"
    for code, day, reason in (
        ("s-1", date(2026, 11, 4), "not_yet"),
        ("s-2", DAY, "called_off"),
        ("s-9", DAY, "unknown_session"),
    ):
        with refused(reason):
            rules.begun(now, code, day)


def test_what_took_place_is_neither_called_off_nor_moved_into_the_future():
    plain = folded(called()).sessions["s-1"]
    rules.may_change(plain, date(2026, 12, 1), DAY, called_off=True)
    for event in (
        SessionDecided(effective=DAY, session="s-1", text="Posts first."),
        MinutesKept(effective=DAY, session="s-1", text="They met.", seq=1),
    ):
        held = folded(called(), event).sessions["s-1"]
        rules.may_change(held, date(2026, 11, 4), DAY, called_off=False)
        with refused("has_decisions"):
            rules.may_change(held, DAY, DAY, called_off=True)
        with refused("has_decisions"):
            rules.may_change(held, date(2026, 11, 6), DAY, called_off=False)


def test_every_refusal_says_so_in_both_languages():
    for code in rules._REFUSALS:
        told = SessionRefusedError(code).text
        assert any("آ" <= letter <= "ی" for letter in told.fa)
        assert str(SessionRefusedError(code)) == told.en
