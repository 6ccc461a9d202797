"""What proposed changes move, before anybody decides."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.analysis.effects import effects
from roadmap.domain.model import State
from tests.factories import TODAY, milestone, reported

FIRST = milestone("A-1", start=date(2026, 1, 1), finish=date(2026, 6, 30))
SECOND = milestone("B-1", commission="beta", start=date(2026, 7, 10), finish=date(2026, 9, 30), after=[{"code": "A-1"}])
THIRD = milestone("A-2", start=date(2026, 10, 1), finish=date(2027, 1, 31), after=[{"code": "B-1", "lag_days": 1}])
PLAN = [FIRST, SECOND, THIRD]


def moved(item, **changes):
    return item.model_copy(update=changes)


def test_a_slip_that_its_slack_takes_up_pushes_nobody():
    found = effects(PLAN, [moved(FIRST, finish=date(2026, 7, 10)), SECOND, THIRD], TODAY)
    assert (found.pushed, found.end.days) == ([], 0)


def test_a_longer_slip_pushes_who_waits_and_who_waits_for_them():
    found = effects(PLAN, [moved(FIRST, finish=date(2026, 7, 30)), SECOND, THIRD], TODAY)
    told = [(push.milestone.code, push.days, push.start, push.finish, push.before) for push in found.pushed]
    assert told == [
        ("A-2", 20, date(2026, 10, 21), date(2027, 2, 20), 0),
        ("B-1", 20, date(2026, 7, 30), date(2026, 10, 20), 0),
    ]
    assert (found.end.before, found.end.after, found.end.days) == (date(2027, 1, 31), date(2027, 2, 20), 20)
    assert found.critical == ["A-1", "B-1", "A-2"]


def test_what_was_pushed_before_is_told_only_where_it_gets_worse():
    late = [moved(FIRST, finish=date(2026, 7, 30)), SECOND, THIRD]
    assert effects(late, [moved(each, weight=2) for each in late], TODAY).pushed == []
    worse = effects(late, [moved(FIRST, finish=date(2026, 8, 9)), SECOND, THIRD], TODAY)
    assert [(push.milestone.code, push.days, push.before) for push in worse.pushed] == [
        ("A-2", 30, 20),
        ("B-1", 30, 20),
    ]


def test_weights_and_ends_of_horizons_stand_before_and_after():
    new = milestone("A-9", horizon="long", weight=4, start=date(2027, 1, 1), finish=date(2029, 1, 1))
    (short, long) = effects(PLAN, [SECOND, moved(THIRD, weight=3), new], TODAY).horizons
    assert (short.weight, short.milestones, short.end.days) == ((3, 4), (3, 2), 0)
    assert (long.weight, long.milestones, long.end.before, long.end.after) == ((0, 4), (0, 1), None, date(2029, 1, 1))
    assert effects(PLAN, [moved(each, owner=each.title) for each in PLAN], TODAY).horizons == []


def test_who_waits_for_what_is_dropped_is_named():
    found = effects(PLAN, [FIRST, THIRD], TODAY)
    assert [(loose.milestone.code, loose.dropped) for loose in found.loose] == [("A-2", "B-1")]


def test_todays_planned_percent_is_told_before_and_after():
    day = date(2026, 6, 30)
    found = effects([FIRST], [moved(FIRST, finish=date(2026, 12, 31))], day)
    assert found.planned[0] == 100
    assert found.planned[1] == pytest.approx(100 * 180 / 364)
    assert effects([], [], day).planned == (None, None)
    assert effects([], [], day).end.days == 0


def test_what_is_over_keeps_nobody_waiting_and_what_has_begun_is_pushed_no_more():
    late = [moved(FIRST, finish=date(2026, 7, 30)), SECOND, THIRD]
    done = reported(state=State.DONE, percent=100, finished_on=date(2026, 6, 20))
    assert effects(PLAN, late, TODAY, {"A-1": done}).pushed == []
    begun = effects(PLAN, late, TODAY, {"A-1": reported(), "B-1": reported()})
    assert begun.pushed == []
    open_ones = effects(PLAN, late, TODAY, {"A-1": reported()}).pushed
    assert [push.milestone.code for push in open_ones] == ["A-2", "B-1"]


def test_a_circle_is_told_instead_of_what_it_would_push():
    found = effects(PLAN, [moved(FIRST, after=SECOND.after[:0] + THIRD.after), SECOND, THIRD], TODAY)
    assert set(found.circle) == {"A-1", "B-1"}
    assert (found.pushed, found.end.after) == ([], None)


@given(st.integers(0, 400))
def test_no_slip_pushes_more_than_itself(days):
    later = FIRST.finish.toordinal() + days
    found = effects(PLAN, [moved(FIRST, finish=date.fromordinal(later)), SECOND, THIRD], TODAY)
    assert all(0 < push.days <= days for push in found.pushed)
    assert 0 <= found.end.days <= days
