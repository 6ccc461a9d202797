"""What becomes of an order to take a report: every verdict, and nothing besides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.domain.changes import Accepted, Duplicate, Recorded, ReportProgress, Verdict, decide, latest
from roadmap.domain.model import TRANSITIONS, State
from roadmap.domain.refusals import Refusal
from tests.factories import TODAY, milestone, order, recorded, reference, report, unit

OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 15)


def verdicts(*orders: ReportProgress, log: Sequence[Recorded] = (), today: date = TODAY) -> list[Verdict]:
    """Verdicts on `orders` of commission `alpha`, whose plan is A-1; `log` is what A-1 nationally has so far."""
    known = reference(milestone("A-1"), milestone("B-1", commission="beta"), units=(unit("P-1"),))
    present = {("A-1", "national"): log}
    return decide(orders, commission="alpha", reference=known, present=present, today=today)


def refusal(*orders: ReportProgress, log: Sequence[Recorded] = (), today: date = TODAY) -> tuple[str, str]:
    """Code and field of the refusal of the last of `orders`."""
    last = verdicts(*orders, log=log, today=today)[-1]
    assert isinstance(last, Refusal)
    return last.code, last.field


def test_a_first_report_is_taken_at_version_1() -> None:
    assert verdicts(order()) == [Accepted(report(), 1)]


def test_a_later_report_follows_at_the_next_version() -> None:
    later = order(effective=NOVEMBER, percent=50)
    assert verdicts(later, log=[recorded(7)]) == [Accepted(later.report, 8)]


def test_the_same_report_again_is_a_duplicate() -> None:
    assert verdicts(order(), log=[recorded()]) == [Duplicate()]


def test_the_same_report_again_is_a_duplicate_even_from_an_old_form() -> None:
    history = [recorded(1), recorded(2, effective=NOVEMBER)]
    assert verdicts(order(base_version=0), log=history) == [Duplicate()]


def test_a_report_that_was_corrected_since_is_no_duplicate_of_the_correction() -> None:
    history = [recorded(1, percent=40), recorded(2, percent=45)]
    assert refusal(order(percent=40), log=history) == ("conflict", "percent")


def test_another_report_for_a_day_that_has_one_is_a_conflict_that_shows_both() -> None:
    verdict = verdicts(order(percent=55), log=[recorded(percent=40)])[0]
    assert isinstance(verdict, Refusal)
    assert verdict.code == "conflict"
    assert verdict.value == "in_progress, 55%"
    assert "in_progress, 40%" in verdict.text.en


def test_who_has_seen_the_report_may_correct_it() -> None:
    correction = order(percent=55, base_version=3)
    assert verdicts(correction, log=[recorded(3)]) == [Accepted(correction.report, 4)]


@pytest.mark.parametrize("base", [0, 1, 3])
def test_who_has_seen_another_version_is_shown_the_newer_one(base: int) -> None:
    history = [recorded(1, percent=40), recorded(2, percent=45)]
    assert refusal(order(percent=60, base_version=base), log=history) == ("stale_version", "percent")
    assert "45%" in verdicts(order(percent=60, base_version=base), log=history)[0].text.en


def test_a_version_of_an_empty_stream_is_stale_too() -> None:
    assert refusal(order(base_version=1)) == ("stale_version", "percent")
    assert verdicts(order(base_version=0)) == [Accepted(report(), 1)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"code": "Z-9"}, ("unknown_milestone", "milestone")),
        ({"code": "B-1"}, ("foreign_milestone", "milestone")),
        ({"unit": "P-9"}, ("unknown_unit", "unit")),
        ({"unit": "P-1"}, ("unit_out_of_scope", "unit")),
        ({"effective": TODAY + timedelta(days=1)}, ("future", "effective")),
    ],
)
def test_a_report_that_names_what_it_may_not_is_refused(changes: dict[str, object], told: tuple[str, str]) -> None:
    assert refusal(order(**changes)) == told


def test_a_report_for_today_is_taken() -> None:
    assert isinstance(verdicts(order(effective=TODAY))[0], Accepted)


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_states_follow_each_other_as_the_table_says(before: State, after: State) -> None:
    verdict = verdicts(order(state=after, effective=NOVEMBER), log=[recorded(state=before)])[0]
    if after == before or after in TRANSITIONS[before]:
        assert isinstance(verdict, Accepted)
    else:
        assert isinstance(verdict, Refusal)
        assert (verdict.code, verdict.field, verdict.value) == ("transition", "state", after)
        assert before in verdict.text.en


def test_the_state_before_is_that_of_the_day_before_not_of_the_row_before() -> None:
    """A late report for September is measured against August, whatever came for October meanwhile."""
    history = [recorded(1, effective=date(2026, 8, 31)), recorded(2, state=State.DONE, percent=100)]
    late = order(effective=date(2026, 9, 30), state=State.SUSPENDED)
    assert isinstance(verdicts(late, log=history)[0], Accepted)


def test_a_late_report_may_not_contradict_what_came_after_its_day() -> None:
    """Nothing follows a cancellation, so none can be slipped in before work that went on."""
    late = order(effective=date(2026, 9, 30), state=State.CANCELLED)
    verdict = verdicts(late, log=[recorded(1)])[0]
    assert isinstance(verdict, Refusal)
    assert (verdict.code, verdict.field, verdict.value) == ("transition_after", "state", State.CANCELLED)
    for sentence in (verdict.text.fa, verdict.text.en):
        assert "in_progress, 2026-10-31" in sentence


A_FEW_DAYS = st.sampled_from([date(2026, 10, day) for day in range(1, 6)])


@given(st.lists(st.tuples(A_FEW_DAYS, st.sampled_from(State)), max_size=12), A_FEW_DAYS, st.sampled_from(State))
def test_a_report_is_held_to_what_counts_on_the_days_around_it(
    rows: list[tuple[date, State]], day: date, state: State
) -> None:
    """What counts on a day is its newest version; of the days around, only the nearest on either side matter."""
    history = [recorded(version, effective=each, state=told) for version, (each, told) in enumerate(rows, 1)]
    counts = dict(sorted(dict(rows).items()))
    before = [told for each, told in counts.items() if each < day][-1:]
    after = [told for each, told in counts.items() if each > day][:1]
    steps = [*((told, state) for told in before), *((state, told) for told in after)]
    fits = all(told == following or following in TRANSITIONS[told] for told, following in steps)
    verdict = verdicts(order(effective=day, state=state, percent=1, base_version=len(rows)), log=history)[0]
    assert isinstance(verdict, Accepted if fits else Refusal)


def test_what_comes_after_is_the_newest_version_of_the_next_day() -> None:
    history = [recorded(1), recorded(2, state=State.CANCELLED), recorded(3, effective=NOVEMBER)]
    late = order(effective=date(2026, 9, 30), state=State.CANCELLED)
    assert isinstance(verdicts(late, log=history)[0], Accepted)


def test_who_corrects_a_day_is_not_held_to_the_slip_of_that_day() -> None:
    slip = recorded(2, state=State.CANCELLED, effective=NOVEMBER)
    correction = order(base_version=2, effective=NOVEMBER)
    assert verdicts(correction, log=[recorded(1), slip]) == [Accepted(correction.report, 3)]


def test_of_two_versions_of_a_day_the_newer_says_what_may_follow() -> None:
    history = [recorded(1, state=State.CANCELLED), recorded(2, state=State.SUSPENDED)]
    assert isinstance(verdicts(order(effective=NOVEMBER), log=history)[0], Accepted)


def test_a_batch_sees_its_own_rows() -> None:
    first, second = order(), order(effective=NOVEMBER, percent=50)
    assert verdicts(first, second) == [Accepted(first.report, 1), Accepted(second.report, 2)]
    assert refusal(order(state=State.CANCELLED), order(effective=NOVEMBER)) == ("transition", "state")


def test_the_same_row_twice_in_a_batch_is_a_duplicate() -> None:
    assert verdicts(order(), order()) == [Accepted(report(), 1), Duplicate()]


def test_the_same_day_twice_in_a_batch_with_other_content_is_told_as_such() -> None:
    assert refusal(order(), order(percent=50)) == ("repeated", "percent")


def test_a_refused_row_does_not_stand_in_the_way_of_a_good_one() -> None:
    outcome = verdicts(order("Z-9"), order(), order(state=State.DONE, percent=100, effective=NOVEMBER))
    assert [type(verdict) for verdict in outcome] == [Refusal, Accepted, Accepted]


def test_what_is_present_is_not_changed_by_deciding() -> None:
    history = [recorded()]
    verdicts(order(effective=NOVEMBER), log=history)
    assert history == [recorded()]


@given(
    st.lists(st.tuples(st.dates(date(2026, 10, 1), TODAY), st.integers(1, 99)), max_size=12),
)
def test_what_was_accepted_is_a_duplicate_the_second_time(rows: list[tuple[date, int]]) -> None:
    orders = [order(effective=day, percent=percent) for day, percent in rows]
    accepted = [verdict for verdict in verdicts(*orders) if isinstance(verdict, Accepted)]
    assert [verdict.version for verdict in accepted] == list(range(1, len(accepted) + 1))
    history = [Recorded(verdict.version, verdict.event) for verdict in accepted]
    again = [ReportProgress(verdict.event) for verdict in accepted]
    assert verdicts(*again, log=history) == [Duplicate()] * len(accepted)


def test_the_report_that_counts_is_the_newest_version_of_the_latest_day() -> None:
    history = [recorded(1, effective=NOVEMBER), recorded(2), recorded(3, effective=NOVEMBER, percent=1), recorded(4)]
    assert latest(history) == history[2]
    assert latest([]) is None
