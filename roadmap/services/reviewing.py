"""The secretariat accepts the reports that wait, or returns them with a reason; what was accepted counts from then on.

A review is one batch: the reports that it lets in stand beside what the reviewer said of them. What cannot be accepted
any more is named and left as it is, the others go in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from pydantic import ValidationError
from sqlalchemy import Connection

from roadmap.domain.changes import Accepted, ReportProgress, decide
from roadmap.domain.events import ProgressReported, ReportReviewed
from roadmap.domain.model import Confidence
from roadmap.domain.refusals import Refusal
from roadmap.domain.reviewing import Case, Obstacle, Verdict, obstacle
from roadmap.errors import SettingsError
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.store import log, reference, views
from roadmap.store.hashing import canonical
from roadmap.store.log import NewEvent, Receipt
from roadmap.store.views import reviews

#: Reviews belong to no commission's deliveries: none looks as if it had reported because somebody reviewed.
CHANNEL: Final = "review"


@dataclass(frozen=True)
class Left:
    """A submission that was left as it is: why, and what its report was held against.

    `case` is None where there is no such submission; `refusal` says what does not fit where the obstacle is UNFIT.
    """

    number: int
    obstacle: Obstacle
    case: Case | None = None
    refusal: Refusal | None = None
    standing: ProgressReported | None = None


@dataclass(frozen=True)
class Reviewed:
    """What became of a review: the receipt (None: nothing was written), what it settled, and what it left."""

    receipt: Receipt | None
    taken: tuple[Case, ...]
    left: tuple[Left, ...]


@allowed(Action.REVIEW)
def accept(
    desk: Desk, submissions: Collection[int], rating: Confidence | None = None, *, day: date | None = None
) -> Reviewed:
    """Lets the reports of `submissions` count, in one batch; those that cannot any more are named and left.

    Args:
        desk: the database, the programme, and who reviews.
        submissions: their numbers.
        rating: the reviewer's own judgement of each of them, beside the declared one.
        day: the day of the review (default: today in the programme's zone).
    """
    return _review(desk, submissions, Verdict.ACCEPTED, day=day, rating=rating)


@allowed(Action.REVIEW)
def return_(desk: Desk, submission: int, reason: str, *, day: date | None = None) -> Reviewed:
    """Sends the report back to its lead with a `reason` of at most 1,000 characters.

    Raises:
        SettingsError: there is no reason, or a longer one.
    """
    return _review(desk, [submission], Verdict.RETURNED, day=day, reason=reason)


@allowed(Action.REVIEW)
def take_back(desk: Desk, submission: int, *, day: date | None = None) -> Reviewed:
    """Takes a return back while the lead has not corrected the report: it waits again."""
    return _review(desk, [submission], Verdict.REOPENED, day=day)


def _review(
    desk: Desk,
    submissions: Collection[int],
    verdict: Verdict,
    *,
    day: date | None,
    reason: str | None = None,
    rating: Confidence | None = None,
) -> Reviewed:
    day = day or desks.today(desk)
    with log.writing(desk.engine) as writer:
        judged = _judge(writer.connection, submissions, verdict, desk.who.actor, day)
        fit = [each for each in judged if isinstance(each, _Fit)]
        said = [_said(each.case, verdict, day, reason, rating) for each in fit]
        entering = [each.report for each in fit if each.report]
        delivery = _delivery(said, views.head(writer.connection).seq, desk.who.actor)
        receipt = writer.append(delivery, log.Outcome([*map(NewEvent, said), *entering])) if fit else None
    left = tuple(each for each in judged if isinstance(each, Left))
    return Reviewed(receipt, tuple(each.case for each in fit), left)


@dataclass(frozen=True)
class _Fit:
    """A submission that the verdict can be said of, and the report that enters the log with it."""

    case: Case
    report: NewEvent | None = None


def _judge(
    connection: Connection, submissions: Collection[int], verdict: Verdict, actor: str, day: date
) -> list[_Fit | Left]:
    found = reviews.of_submissions(connection, submissions, views.head(connection).seq)
    return [_judged(connection, number, found.get(number), verdict, actor, day) for number in sorted(set(submissions))]


def _judged(
    connection: Connection, number: int, case: Case | None, verdict: Verdict, actor: str, day: date
) -> _Fit | Left:
    hindrance = obstacle(case, verdict, actor)
    if case is None or hindrance is not None:
        return Left(number, hindrance or Obstacle.UNKNOWN, case)
    return _entering(connection, case, day) if verdict is Verdict.ACCEPTED else _Fit(case)


def _entering(connection: Connection, case: Case, day: date) -> _Fit | Left:
    """Whether the report still fits what the log holds; one that a file has brought meanwhile enters no second time."""
    sent = case.submission
    known = reference.reference(connection, [sent.report.milestone], [sent.report.unit])
    history = log.reports(connection, [sent.stream])
    order = ReportProgress(sent.report, sent.base_version)
    found = decide([order], commission=sent.commission, reference=known, present=history, today=day)[0]
    if isinstance(found, Refusal):
        counting = reviews.counting(connection, [sent.stream], views.head(connection).seq, date.max)
        return Left(case.number, Obstacle.UNFIT, case, found, counting.get(sent.stream))
    return _Fit(case, NewEvent(found.event, version=found.version) if isinstance(found, Accepted) else None)


def _said(case: Case, verdict: Verdict, day: date, reason: str | None, rating: Confidence | None) -> ReportReviewed:
    milestone, unit = case.submission.stream
    try:
        return ReportReviewed(
            effective=day,
            milestone=milestone,
            unit=unit,
            submission=case.number,
            verdict=verdict.value,
            reason=reason,
            rating=rating,
        )
    except ValidationError:
        raise SettingsError(
            f"Submission {case.number}: say in 1 to 1,000 characters why the report goes back.",
            fa="دلیل بازگرداندن گزارش را در یک تا هزار نویسه بنویسید.",
        ) from None


def _delivery(said: Sequence[ReportReviewed], seq: int, actor: str) -> log.Delivery:
    """The same can be said again of a report that was reopened: `seq`, where the log stood, tells them apart."""
    content = [seq, *(each.model_dump(mode="json") for each in said)]
    source = ", ".join(sorted({each.milestone for each in said}))
    return log.Delivery(
        channel=CHANNEL, source=source, digest=hashlib.sha256(canonical(content)).hexdigest(), actor=actor
    )
