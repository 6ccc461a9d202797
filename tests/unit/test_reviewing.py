"""Every report that was sent has one fate, in whatever order things were sent, accepted, returned and taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.domain.events import ReportReviewed
from roadmap.domain.reviewing import Case, Fate, Obstacle, Review, Submission, Verdict, cases, obstacle, worst
from tests.factories import TODAY, report

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def sent(number: int, milestone: str = "A-1", percent: float = 40, actor: str = "lead") -> Submission:
    return Submission(number, report(milestone, percent=percent), 0, "alpha", actor, NOON)


def said(number: int, submission: int, verdict: str, milestone: str = "A-1") -> Review:
    reason = "Which one?" if verdict == "returned" else None
    told = ReportReviewed(effective=TODAY, milestone=milestone, submission=submission, verdict=verdict, reason=reason)
    return Review(number, number, told, "secretary", NOON)


def fates(*told: Submission | Review) -> list[str]:
    return [case.fate.value for case in cases(told)]


def test_what_was_sent_waits_until_it_is_accepted_or_returned() -> None:
    assert fates(sent(1)) == ["waiting"]
    assert fates(sent(1), said(2, 1, "accepted")) == ["accepted"]
    assert fates(sent(1), said(2, 1, "returned")) == ["returned"]


def test_a_newer_report_takes_the_place_of_one_that_waits() -> None:
    first, second = cases([sent(1), sent(2, percent=50)])
    assert (first.fate, first.followed_by, second.fate) == (Fate.REPLACED, 2, Fate.WAITING)


def test_streams_do_not_touch_each_other() -> None:
    assert fates(sent(1, "A-1"), sent(2, "A-2"), said(3, 2, "accepted", "A-2")) == ["waiting", "accepted"]


def test_who_comes_second_changes_nothing() -> None:
    (case,) = cases([sent(1), said(2, 1, "returned"), said(3, 1, "accepted")])
    assert (case.fate, case.review.number) == (Fate.RETURNED, 2)
    assert fates(sent(1), said(2, 1, "accepted"), said(3, 1, "returned"), said(4, 1, "reopened")) == ["accepted"]


def test_a_return_is_taken_back_until_the_report_was_corrected() -> None:
    (case,) = cases([sent(1), said(2, 1, "returned"), said(3, 1, "reopened")])
    assert (case.fate, case.review) == (Fate.WAITING, None)
    first, second = cases([sent(1), said(2, 1, "returned"), sent(3), said(4, 1, "reopened")])
    assert (first.fate, first.is_open, second.fate) == (Fate.RETURNED, False, Fate.WAITING)


def test_a_replaced_report_can_no_longer_be_reviewed() -> None:
    assert fates(sent(1), sent(2), said(3, 1, "accepted")) == ["replaced", "waiting"]


@pytest.mark.parametrize(
    ("case", "verdict", "actor", "found"),
    [
        (None, Verdict.ACCEPTED, "secretary", Obstacle.UNKNOWN),
        (Case(sent(1), Fate.WAITING), Verdict.ACCEPTED, "lead", Obstacle.OWN),
        (Case(sent(1), Fate.WAITING), Verdict.RETURNED, "lead", Obstacle.OWN),
        (Case(sent(1), Fate.ACCEPTED), Verdict.ACCEPTED, "secretary", Obstacle.SETTLED),
        (Case(sent(1), Fate.WAITING), Verdict.REOPENED, "secretary", Obstacle.SETTLED),
        (Case(sent(1), Fate.RETURNED, followed_by=2), Verdict.REOPENED, "secretary", Obstacle.SETTLED),
        (Case(sent(1), Fate.RETURNED), Verdict.REOPENED, "secretary", None),
        (Case(sent(1), Fate.WAITING), Verdict.ACCEPTED, "secretary", None),
    ],
)
def test_what_is_in_a_reviewers_way(case: Case | None, verdict: Verdict, actor: str, found: Obstacle | None) -> None:
    assert obstacle(case, verdict, actor) is found


def test_the_gravest_rating_of_several_counts() -> None:
    assert worst(["green", "red", "amber"]) == "red"
    assert worst([]) is None


#: What happens, in any order: a report of one of two milestones is sent, or something is said of any report so far.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sent"), st.sampled_from(["A-1", "A-2"])),
        st.tuples(st.sampled_from(["accepted", "returned", "reopened"]), st.integers(0, 9)),
    ),
    max_size=30,
)


def history(steps: list[tuple[str, str | int]]) -> list[Submission | Review]:
    told: list[Submission | Review] = []
    for number, (kind, about) in enumerate(steps, start=1):
        before = [each for each in told if isinstance(each, Submission)]
        if kind == "sent":
            told.append(sent(number, str(about)))
        elif before:
            submission = before[int(about) % len(before)]
            told.append(said(number, submission.number, kind, submission.report.milestone))
    return told


@given(STEPS)
def test_any_order_leaves_every_report_exactly_one_fate(steps: list[tuple[str, str | int]]) -> None:
    told = history(steps)
    found = cases(told)
    assert [case.number for case in found] == [each.number for each in told if isinstance(each, Submission)]
    for milestone in ("A-1", "A-2"):
        of_stream = [case for case in found if case.submission.report.milestone == milestone]
        assert all(case.followed_by == after.number for case, after in pairwise(of_stream))
        assert all(case.fate is not Fate.WAITING for case in of_stream[:-1])
        assert [case.fate for case in of_stream[-1:]] != [Fate.REPLACED]
    for case in found:
        assert (case.review is not None) == (case.fate in {Fate.ACCEPTED, Fate.RETURNED})


@given(STEPS)
def test_of_what_is_open_the_newest_submission_and_review_of_its_stream_say_all(
    steps: list[tuple[str, str | int]],
) -> None:
    """What the store reads of each stream, instead of all that was ever sent; the log holds no review that was late."""
    told = in_time(history(steps))
    newest = [
        next(each for each in reversed(told) if isinstance(each, kind) and stream(each) == milestone)
        for kind in (Submission, Review)
        for milestone in ("A-1", "A-2")
        if any(isinstance(each, kind) and stream(each) == milestone for each in told)
    ]
    assert opened(newest) == opened(told)


def in_time(told: list[Submission | Review]) -> list[Submission | Review]:
    kept: list[Submission | Review] = []
    for each in told:
        if isinstance(each, Submission) or admitted(kept, each):
            kept.append(each)
    return kept


def admitted(told: list[Submission | Review], review: Review) -> bool:
    (case,) = (case for case in cases(told) if case.number == review.said.submission)
    return case.admits(Verdict(review.said.verdict))


def stream(each: Submission | Review) -> str:
    return each.report.milestone if isinstance(each, Submission) else each.said.milestone


def opened(told: list[Submission | Review]) -> list[tuple[int, Fate]]:
    return [(case.number, case.fate) for case in cases(told) if case.is_open]
