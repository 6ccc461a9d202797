"""What a lead sends waits for the secretariat: accepted it counts, returned it comes back, and nobody overwrites."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest

from roadmap.domain.changes import ReportProgress
from roadmap.domain.model import Confidence
from roadmap.domain.people import Grant, Role
from roadmap.domain.reviewing import Fate, Obstacle
from roadmap.errors import SettingsError
from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services import milestone as milestones
from roadmap.services import overview, reporting, review_queue, reviewing, standing
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import NotAllowedError
from roadmap.services.reporting import Answer
from roadmap.services.reviewing import Reviewed
from roadmap.store import projecting, verifying, views
from roadmap.store.views import reviews
from tests.factories import TODAY, acting, deliver, established, order, report

NOVEMBER = date(2026, 11, 15)
LEAD, CRANES = Grant(role=Role.LEAD, commission="quays"), Grant(role=Role.LEAD, commission="cranes")
SECRETARIAT = Grant(role=Role.SECRETARIAT)


@pytest.fixture
def desk(engine, harbour: Programme) -> Desk:
    """The harbour, whose forms are reviewed."""
    identity = harbour.programme.model_copy(update={"review": "forms"})
    return established(engine, harbour.model_copy(update={"programme": identity}))


@pytest.fixture
def lead(desk: Desk) -> Desk:
    return acting(desk, "person:1", LEAD)


@pytest.fixture
def secretariat(desk: Desk) -> Desk:
    return acting(desk, "person:2", SECRETARIAT)


def send(lead: Desk, given: ReportProgress, seen: int = 0, commission: str = "quays") -> Answer:
    return reporting.report(lead, given, commission=commission, seen=seen, day=TODAY)


def number(answer: Answer) -> int:
    """The submission that waits."""
    assert answer.waits
    return answer.present.seen


def accept(secretariat: Desk, *submissions: int, rating: str | None = None) -> Reviewed:
    return reviewing.accept(secretariat, submissions, Confidence(rating) if rating else None, day=TODAY)


def give_back(secretariat: Desk, submission: int, reason: str = "Which quay?") -> Reviewed:
    return reviewing.return_(secretariat, submission, reason, day=TODAY)


def now(desk: Desk) -> Moment:
    return desks.moment(desk, day=TODAY)


def seq(desk: Desk) -> int:
    with desk.engine.connect() as connection:
        return views.head(connection).seq


def line(desk: Desk, code: str = "Q-1", at: Moment | None = None) -> standing.Line:
    return next(each for each in standing.lines(desk, at or now(desk)) if each.code == code)


def test_what_a_lead_sends_waits_and_does_not_count(lead: Desk) -> None:
    answer = send(lead, order("Q-1", base_version=0))
    assert (answer.taken, answer.waits, answer.present.version, answer.present.report) == (True, True, 0, None)
    assert (answer.receipt.channel, answer.receipt.actor, answer.receipt.accepted) == ("form", "person:1", 1)
    assert answer.present.case.submission.report == report("Q-1")
    assert line(lead).reported.reporting == 0


def test_where_nothing_is_reviewed_a_report_counts_at_once(lead: Desk, harbour: Programme) -> None:
    answer = send(replace(lead, programme=harbour), order("Q-1", base_version=0))
    assert (answer.taken, answer.waits, answer.present.version) == (True, False, 1)


def test_the_same_form_sent_twice_is_one_submission(lead: Desk) -> None:
    first, second = (send(lead, order("Q-1", base_version=0)) for _ in range(2))
    assert (second.receipt.repeated, second.waits, number(second)) == (True, True, number(first))


def test_what_was_wrong_is_refused_when_it_is_sent(lead: Desk) -> None:
    before = seq(lead)
    assert send(lead, order("C-1")).refusal.code == "foreign_milestone"
    assert send(lead, order("Q-1", base_version=3)).refusal.code == "stale_version"
    assert seq(lead) == before


def test_nobody_reports_for_another_commission(lead: Desk) -> None:
    with pytest.raises(NotAllowedError):
        send(lead, order("C-1"), commission="cranes")


def test_an_accepted_report_counts_in_one_batch_with_its_review(lead: Desk, secretariat: Desk) -> None:
    waiting = number(send(lead, order("Q-1", base_version=0)))
    done = accept(secretariat, waiting)
    assert ([case.number for case in done.taken], done.left) == ([waiting], ())
    assert (done.receipt.accepted, done.receipt.channel, done.receipt.actor) == (2, "review", "person:2")
    assert reporting.present(lead, "Q-1") == reporting.Present(1, report("Q-1"))
    assert review_queue.queue(secretariat, now(lead)) == []
    assert verifying.verify(lead.engine).events == done.receipt.last_seq


def test_the_same_acceptance_sent_again_is_told_and_writes_nothing(lead: Desk, secretariat: Desk) -> None:
    waiting = number(send(lead, order("Q-1", base_version=0)))
    accept(secretariat, waiting)
    before = seq(lead)
    again = accept(secretariat, waiting)
    assert (again.receipt, again.taken, seq(lead)) == (None, (), before)
    assert [(each.number, each.obstacle, each.case.fate) for each in again.left] == [
        (waiting, Obstacle.SETTLED, Fate.ACCEPTED)
    ]


def test_of_two_reviewers_at_once_the_second_is_told(lead: Desk, secretariat: Desk) -> None:
    waiting = number(send(lead, order("Q-1", base_version=0)))
    others = [acting(secretariat, f"person:{each}", SECRETARIAT) for each in range(10, 14)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda each: accept(each, waiting), others))
    assert sum(bool(each.taken) for each in results) == 1
    assert [left.obstacle for each in results for left in each.left] == [Obstacle.SETTLED] * 3


def test_a_secretariat_cannot_review_its_own_report(desk: Desk) -> None:
    both = acting(desk, "person:1", LEAD, SECRETARIAT)
    waiting = number(send(both, order("Q-1", base_version=0)))
    for done in (accept(both, waiting), give_back(both, waiting)):
        assert (done.receipt, [each.obstacle for each in done.left]) == (None, [Obstacle.OWN])
    assert [each.number for each in review_queue.queue(both, now(desk))] == [waiting]


@pytest.mark.parametrize("who", [LEAD, CRANES, Grant(role=Role.EXECUTIVE), Grant(role=Role.COMMANDER)])
def test_nobody_but_the_secretariat_reviews(lead: Desk, who: Grant) -> None:
    waiting = number(send(lead, order("Q-1", base_version=0)))
    other = acting(lead, "person:9", who)
    for attempt in (lambda: accept(other, waiting), lambda: give_back(other, waiting)):
        with pytest.raises(NotAllowedError):
            attempt()
    with pytest.raises(NotAllowedError):
        reviewing.take_back(other, waiting)


def test_a_number_that_is_no_submission_is_told(lead: Desk, secretariat: Desk) -> None:
    accepted = number(send(lead, order("Q-1", base_version=0)))
    review = accept(secretariat, accepted).receipt.last_seq
    forged = accept(secretariat, review, 1, 10**9)
    assert (forged.receipt, {each.obstacle for each in forged.left}) == (None, {Obstacle.UNKNOWN})


def test_a_returned_report_comes_back_with_who_when_and_why(lead: Desk, secretariat: Desk) -> None:
    waiting = number(send(lead, order("Q-1", base_version=0)))
    give_back(secretariat, waiting, "  Which quay? ")
    (case,) = review_queue.open_cases(lead, now(lead), "quays")
    assert (case.fate, case.review.actor, case.review.said.reason) == (Fate.RETURNED, "person:2", "Which quay?")
    assert reporting.present(lead, "Q-1").case == case
    assert review_queue.queue(secretariat, now(lead)) == []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
def test_nothing_is_returned_without_a_reason(lead: Desk, secretariat: Desk, reason: str) -> None:
    waiting = number(send(lead, order("Q-1", base_version=0)))
    with pytest.raises(SettingsError, match="say in 1 to 1,000 characters"):
        give_back(secretariat, waiting, reason)


def test_a_corrected_report_waits_again_even_as_it_was(lead: Desk, secretariat: Desk) -> None:
    first = number(send(lead, order("Q-1", base_version=0)))
    give_back(secretariat, first)
    second = number(send(lead, order("Q-1", base_version=0), seen=first))
    assert second > first
    assert [case.number for case in review_queue.open_cases(lead, now(lead), "quays")] == [second]
    assert accept(secretariat, first, second).taken[0].number == second
    assert reporting.present(lead, "Q-1").version == 1


def test_a_return_is_taken_back_until_the_lead_has_corrected_it(lead: Desk, secretariat: Desk) -> None:
    first = number(send(lead, order("Q-1", base_version=0)))
    for _ in range(2):  # the same words again are another return
        give_back(secretariat, first)
        assert reviewing.take_back(secretariat, first, day=TODAY).taken
        assert [each.number for each in review_queue.queue(secretariat, now(lead))] == [first]
    give_back(secretariat, first)
    send(lead, order("Q-1", base_version=0, percent=50), seen=first)
    assert [each.obstacle for each in reviewing.take_back(secretariat, first, day=TODAY).left] == [Obstacle.SETTLED]


def test_a_newer_report_takes_the_place_of_the_one_that_waits(lead: Desk, secretariat: Desk) -> None:
    first = number(send(lead, order("Q-1", base_version=0)))
    second = number(send(lead, order("Q-1", base_version=0, percent=50), seen=first))
    done = accept(secretariat, first, second)
    assert [(each.obstacle, each.case.fate, each.case.followed_by) for each in done.left] == [
        (Obstacle.SETTLED, Fate.REPLACED, second)
    ]
    assert reporting.present(lead, "Q-1").report.percent == 50


def test_what_another_lead_sent_meanwhile_is_shown_and_not_replaced_in_silence(lead: Desk) -> None:
    first = send(lead, order("Q-1", base_version=0))
    other = acting(lead, "person:3", LEAD)
    refused = send(other, order("Q-1", base_version=0, percent=55))
    assert (refused.taken, refused.refusal.code, refused.present) == (False, "waiting_meanwhile", first.present)
    assert "40%" in refused.refusal.text.en
    assert send(other, order("Q-1", base_version=0, percent=55), seen=number(first)).waits


def test_the_report_that_waits_sent_once_more_is_nothing_new(lead: Desk) -> None:
    first = send(lead, order("Q-1", base_version=0))
    again = send(lead, order("Q-1", base_version=0), seen=number(first))
    assert (again.receipt.duplicates, again.receipt.accepted, again.present) == (1, 0, first.present)


def test_what_no_longer_fits_is_named_with_both_values_and_the_others_go_in(lead: Desk, secretariat: Desk) -> None:
    fits = number(send(lead, order("Q-2", base_version=0, unit="P-1")))
    overtaken = number(send(lead, order("Q-1", base_version=0)))
    deliver(lead, report("Q-1", percent=90, effective=NOVEMBER))
    done = accept(secretariat, fits, overtaken)
    assert [case.number for case in done.taken] == [fits]
    (left,) = done.left
    assert (left.obstacle, left.refusal.code) == (Obstacle.UNFIT, "stale_version")
    assert (left.case.submission.report.percent, left.standing.percent) == (40, 90)
    assert reporting.present(lead, "Q-1").version == 1
    assert [each.number for each in review_queue.queue(secretariat, now(lead))] == [overtaken]


def test_a_state_that_may_not_follow_is_named(lead: Desk, secretariat: Desk) -> None:
    waiting = number(send(lead, order("Q-1", base_version=0)))
    deliver(lead, report("Q-1", state="cancelled", percent=0, effective=date(2026, 10, 1)))
    (left,) = accept(secretariat, waiting).left
    assert left.refusal.code in {"transition", "stale_version"}
    assert left.standing.state == "cancelled"


def test_what_a_file_has_brought_meanwhile_enters_no_second_time(lead: Desk, secretariat: Desk) -> None:
    waiting = number(send(lead, order("Q-1", base_version=0)))
    deliver(lead, report("Q-1"))
    done = accept(secretariat, waiting)
    assert (len(done.taken), done.receipt.accepted) == (1, 1)
    assert reporting.present(lead, "Q-1").version == 1


def test_many_are_accepted_in_one_batch(lead: Desk, secretariat: Desk) -> None:
    numbers = [
        number(send(lead, order("Q-1", base_version=0))),
        number(send(lead, order("Q-2", base_version=0, unit="P-2"))),
        number(send(lead, order("Q-2", base_version=0, unit="P-1"))),
        number(send(acting(lead, "person:7", CRANES), order("C-1", base_version=0), commission="cranes")),
    ]
    done = accept(secretariat, *numbers)
    assert (len(done.taken), done.receipt.accepted, done.left) == (4, 8, ())
    assert line(lead, "Q-2").reported.reporting == 2
    with lead.engine.begin() as connection:
        before = views.reported(connection, done.receipt.last_seq, TODAY)
        projecting.rebuild(connection)
        assert views.reported(connection, done.receipt.last_seq, TODAY) == before


def test_the_queue_is_oldest_first_beside_the_last_report_and_the_plan(lead: Desk, secretariat: Desk) -> None:
    deliver(lead, report("Q-1", percent=30, effective=date(2026, 9, 30)), on=date(2026, 10, 5))
    first = number(send(lead, order("Q-1", base_version=1)))
    crane = acting(lead, "person:7", CRANES)
    second = number(send(crane, order("C-1", base_version=0), commission="cranes"))
    queue = review_queue.queue(secretariat, now(lead))
    assert [each.number for each in queue] == [first, second]
    assert (queue[0].last.percent, queue[0].line.code, queue[1].last) == (30, "Q-1", None)
    assert [each.code for each in queue[0].holds_up] == ["C-1"]
    assert [each.number for each in review_queue.queue(secretariat, now(lead), "cranes")] == [second]
    assert review_queue.counts(lead, now(lead)) == {"quays": 1, "cranes": 1}
    assert overview.overview(lead, now(lead)).waiting == {"quays": 1, "cranes": 1}
    with pytest.raises(NotAllowedError):
        review_queue.queue(lead, now(lead), "cranes")
    with pytest.raises(NotAllowedError):
        review_queue.queue(lead, now(lead))


def test_an_older_board_shows_what_waited_then(lead: Desk, secretariat: Desk) -> None:
    waiting = number(send(lead, order("Q-1", base_version=0)))
    then = now(lead)
    give_back(secretariat, waiting)
    later = now(lead)
    accept(secretariat, number(send(lead, order("Q-1", base_version=0), seen=waiting)))
    assert [each.number for each in review_queue.queue(secretariat, then)] == [waiting]
    assert [case.fate for case in review_queue.open_cases(lead, later, "quays")] == [Fate.RETURNED]
    assert review_queue.open_cases(lead, now(lead), "quays") == []


def test_a_rating_goes_with_the_report_that_counts(lead: Desk, secretariat: Desk) -> None:
    before = now(lead)
    sent = send(lead, order("Q-1", base_version=0, confidence="green"))
    accept(secretariat, number(sent), rating="red")
    rated = line(lead)
    assert (rated.reported.confidence, rated.rating, rated.judged, rated.flagged) == ("green", "red", "red", False)
    assert line(lead, at=before).rating is None
    assert line(lead, at=replace(now(lead), day=date(2026, 10, 1))).rating is None
    deliver(lead, report("Q-1", percent=50, confidence="green", effective=NOVEMBER))
    assert (line(lead).rating, line(lead).judged, line(lead).flagged) == (None, "green", True)


def test_the_gravest_rating_of_a_milestones_units_is_its_rating(lead: Desk, secretariat: Desk) -> None:
    for unit, rating in (("P-1", "red"), ("P-2", "green")):
        accept(secretariat, number(send(lead, order("Q-2", base_version=0, unit=unit))), rating=rating)
    assert line(lead, "Q-2").rating == "red"
    done = order("Q-2", base_version=1, unit="P-1", state="done", percent=100, effective=NOVEMBER)
    accept(secretariat, number(send(lead, done)), rating="red")
    assert line(lead, "Q-2").rating == "green"


def test_a_milestones_story_tells_who_sent_and_who_accepted(lead: Desk, secretariat: Desk) -> None:
    first = number(send(lead, order("Q-1", base_version=0)))
    give_back(secretariat, first)
    second = number(send(lead, order("Q-1", base_version=0, percent=45), seen=first))
    accept(secretariat, second, rating="amber")
    view = milestones.milestone(lead, now(lead), "Q-1")
    (entry,) = view.story
    assert (entry.case.number, entry.case.submission.actor, entry.case.review.actor) == (second, "person:1", "person:2")
    assert [(case.number, case.fate) for case in view.sent] == [(second, Fate.ACCEPTED), (first, Fate.RETURNED)]


def test_only_so_many_of_what_was_sent_are_read(lead: Desk) -> None:
    seen = 0
    for percent in range(10, 15):
        seen = number(send(lead, order("Q-1", base_version=0, percent=percent), seen=seen))
    with lead.engine.connect() as connection:
        found = reviews.recent(connection, "Q-1", seq(lead), 2)
    assert [(case.submission.report.percent, case.fate) for case in found] == [(13, Fate.REPLACED), (14, Fate.WAITING)]
