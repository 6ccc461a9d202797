"""The critical path, against a published network and against a search through all paths."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.analysis.schedule import Activity, CircleError, activities, schedule
from roadmap.domain.model import Link
from tests.factories import milestone

#: j301_1 of the PSPLIB (Kolisch and Sprecher, 1996): of each job its duration and what follows on it.
J301_1: Final = {
    1: (0, (2, 3, 4)), 2: (8, (6, 11, 15)), 3: (4, (7, 8, 13)), 4: (6, (5, 9, 10)), 5: (3, (20,)), 6: (8, (30,)),
    7: (5, (27,)), 8: (9, (12, 19, 27)), 9: (2, (14,)), 10: (7, (16, 25)), 11: (9, (20, 26)), 12: (2, (14,)),
    13: (6, (17, 18)), 14: (3, (17,)), 15: (9, (25,)), 16: (10, (21, 22)), 17: (6, (22,)), 18: (5, (20, 22)),
    19: (3, (24, 29)), 20: (7, (23, 25)), 21: (2, (28,)), 22: (7, (23,)), 23: (2, (24,)), 24: (3, (30,)),
    25: (3, (30,)), 26: (7, (31,)), 27: (8, (28,)), 28: (3, (31,)), 29: (7, (32,)), 30: (2, (32,)), 31: (2, (32,)),
    32: (0, ()),
}  # fmt: skip
#: Its published critical-path length.
LENGTH: Final = 38


def network(jobs):
    """Activities of a table of durations and successors."""
    before = {job: [other for other, (_, following) in jobs.items() if job in following] for job in jobs}
    return [
        Activity(str(job), duration, tuple(Link(code=str(other)) for other in before[job]))
        for job, (duration, _) in jobs.items()
    ]


def test_the_length_of_a_published_network_is_its_published_one():
    found = schedule(network(J301_1))
    assert found.end == LENGTH
    path = found.critical
    assert (path[0], path[-1]) == ("1", "32")
    assert sum(J301_1[int(code)][0] for code in path) == LENGTH


def test_float_is_what_an_activity_can_slip_without_moving_the_end():
    slow, quick = Activity("slow", 10), Activity("quick", 4)
    last = Activity("last", 2, (Link(code="slow"), Link(code="quick", lag_days=1)))
    found = schedule([last, slow, quick])
    assert {code: times.slack for code, times in found.times.items()} == {"slow": 0, "quick": 5, "last": 0}
    assert (found.end, found.critical) == (12, ["slow", "last"])


def test_nothing_begins_before_its_planned_start():
    before = milestone("A-1", start=date(2026, 1, 1), finish=date(2026, 2, 1))
    after = milestone("A-2", start=date(2026, 3, 1), finish=date(2026, 4, 1), after=[{"code": "A-1"}])
    times = schedule(activities([before, after])).times
    assert date.fromordinal(times["A-2"].early_start) == date(2026, 3, 1)
    assert times["A-1"].slack == 28


def test_a_circle_is_refused_by_the_names_of_those_in_it():
    ring = [
        Activity("a", 1, (Link(code="c"),)),
        Activity("b", 1, (Link(code="a"),)),
        Activity("c", 1, (Link(code="b"),)),
    ]
    with pytest.raises(CircleError, match="a circle") as told:
        schedule([*ring, Activity("free", 1)])
    assert set(told.value.codes) == {"a", "b", "c"}


def test_links_to_what_is_not_there_are_left_out_and_nothing_ends_at_once():
    assert schedule([Activity("a", 3, (Link(code="gone", lag_days=9),))]).end == 3
    assert schedule([]).end == 0


@st.composite
def networks(draw):
    """Up to eight activities, each waiting for any of those before it, with lags and earliest days."""
    found = []
    for number in range(draw(st.integers(1, 8))):
        links = [
            Link(code=str(other), lag_days=draw(st.integers(0, 5))) for other in range(number) if draw(st.booleans())
        ]
        found.append(Activity(str(number), draw(st.integers(0, 9)), tuple(links), draw(st.integers(0, 20))))
    return found


def longest(code, own):
    """The earliest finish of an activity, by all paths that lead to it."""
    waits = [longest(link.code, own) + link.lag_days for link in own[code].after]
    return max([own[code].earliest, *waits]) + own[code].duration


@given(networks(), st.data())
def test_the_end_is_the_longest_path_and_slipping_by_the_float_keeps_it(given_network, data):
    own = {activity.code: activity for activity in given_network}
    found = schedule(data.draw(st.permutations(given_network)))
    assert found.end == max(longest(code, own) for code in own)
    assert {code: times.early_finish for code, times in found.times.items()} == {
        code: longest(code, own) for code in own
    }
    assert all(times.slack >= 0 for times in found.times.values())
    assert found.critical
    code = data.draw(st.sampled_from(sorted(own)))
    late, more = found.times[code], own[code]
    for slip, moves in ((late.slack, False), (late.slack + 1, True)):
        slipped = Activity(code, more.duration, more.after, late.early_start + slip)
        end = schedule([slipped if each.code == code else each for each in given_network]).end
        assert (end > found.end) is moves
