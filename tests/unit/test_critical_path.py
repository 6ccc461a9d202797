"""Which open milestones move the programme's expected end, and how far the others may slip before it does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from roadmap.domain.model import Milestone, State, Status
from roadmap.services.critical_path import CriticalPath, critical_path
from roadmap.services.standing import Line
from tests.factories import TODAY, milestone, reported

END = date(2027, 12, 31)


def line(own: Milestone, **known: Any) -> Line:
    """`own` with what is known of it; without anything it has not begun."""
    facts = reported(**({"state": State.NOT_STARTED, "percent": 0.0} | known))
    states = {State.DONE: Status.DONE, State.CANCELLED: Status.CANCELLED}
    status = states.get(facts.state, Status.ON_TRACK)
    return Line(own, facts, 0.0, status, own.finish, 0, flagged=False, forecast=None)


def of(*lines: Line) -> CriticalPath:
    return critical_path(lines, TODAY)


FIRST = milestone("A-1", start=date(2026, 7, 1), finish=date(2026, 12, 31))
LAST = milestone("A-2", start=date(2027, 1, 31), finish=END, after=[{"code": "A-1"}])


def test_what_ends_last_is_critical_and_what_it_waits_for_has_the_days_between_them():
    found = of(line(FIRST, state=State.IN_PROGRESS), line(LAST))
    assert (found.end, dict(found.slack)) == (END, {"A-1": 31, "A-2": 0})
    assert (found.holds("A-2"), found.holds("A-1"), found.near("A-1")) == (True, False, True)


def test_a_lead_who_expects_to_be_later_uses_the_slack_up_and_moves_the_end():
    late = line(FIRST, state=State.IN_PROGRESS, forecast_finish=date(2027, 2, 10))
    found = of(late, line(LAST))
    assert (found.end, dict(found.slack)) == (date(2028, 1, 10), {"A-1": 0, "A-2": 0})


def test_what_is_past_its_day_and_open_ends_today_at_the_earliest():
    overdue = milestone("A-1", start=date(2026, 1, 1), finish=date(2026, 3, 1))
    short = milestone("A-2", start=date(2026, 3, 2), finish=date(2026, 3, 12), after=[{"code": "A-1"}])
    found = of(line(overdue, state=State.IN_PROGRESS), line(short))
    assert (found.end, found.holds("A-1")) == (date(2026, 12, 1), True)


@pytest.mark.parametrize(("state", "waits"), [(State.DONE, 20), (State.CANCELLED, 0)])
def test_what_is_over_has_no_slack_but_the_lag_after_what_was_done_still_holds(state, waits):
    due = milestone("A-1", start=date(2026, 1, 1), finish=date(2029, 1, 1))
    after = milestone("A-2", start=TODAY, finish=END, after=[{"code": "A-1", "lag_days": 20}])
    found = of(line(due, state=state, percent=100, finished_on=TODAY), line(after))
    assert dict(found.slack) == {"A-2": 0}
    assert (found.end - END).days == waits


def test_what_has_begun_waits_for_nothing_any_more():
    far = milestone("A-1", start=date(2026, 7, 1), finish=END)
    begun = milestone("A-2", start=date(2026, 7, 1), finish=date(2027, 6, 30), after=[{"code": "A-1"}])
    assert of(line(far), line(begun, state=State.IN_PROGRESS)).end == END


def test_what_has_a_quarter_of_slack_is_not_near_and_what_is_not_open_is_neither():
    found = CriticalPath({"A-1": 89, "A-2": 90}, END)
    assert [found.near(code) for code in ("A-1", "A-2", "A-3")] == [True, False, False]
    assert of() == CriticalPath({}, None)


def test_a_proposed_circle_has_no_critical_path():
    round_about = milestone("A-1", after=[{"code": "A-2"}])
    assert of(line(round_about), line(LAST)) == CriticalPath({}, None)
