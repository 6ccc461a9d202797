"""From the reports that were sent and the reviews of them to what waits, what came back and what was accepted; no I/O.

Every report that was sent has one fate. A review that comes too late, because somebody else was first or a newer report
was sent, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from roadmap.domain.changes import Stream
from roadmap.domain.events import ProgressReported, ReportReviewed
from roadmap.domain.model import Confidence


class Fate(StrEnum):
    """What became of a report that was sent."""

    WAITING = "waiting"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    REPLACED = "replaced"


class Verdict(StrEnum):
    """What a reviewer can say of a report that was sent; `reopened` takes a return back."""

    ACCEPTED = "accepted"
    RETURNED = "returned"
    REOPENED = "reopened"


class Obstacle(StrEnum):
    """Why a review is not taken."""

    #: There is no such submission.
    UNKNOWN = "unknown"
    #: Nobody reviews a report that the same person sent.
    OWN = "own"
    #: Somebody else was first, or a newer report took its place.
    SETTLED = "settled"
    #: It no longer fits what the log holds.
    UNFIT = "unfit"


#: The fate that a report must have for a verdict, and the one it has then.
_MOVES: Final = {
    Verdict.ACCEPTED: (Fate.WAITING, Fate.ACCEPTED),
    Verdict.RETURNED: (Fate.WAITING, Fate.RETURNED),
    Verdict.REOPENED: (Fate.RETURNED, Fate.WAITING),
}
_GRAVITY: Final = (Confidence.RED, Confidence.AMBER, Confidence.GREEN)


@dataclass(frozen=True)
class Submission:
    """A report as it was sent: by whom, when, and the version of its stream that they were looking at.

    `number` is its event's.
    """

    number: int
    report: ProgressReported
    base_version: int
    commission: str
    actor: str
    recorded: datetime

    @property
    def stream(self) -> Stream:
        """Where the report belongs."""
        return self.report.milestone, self.report.unit


@dataclass(frozen=True)
class Review:
    """What a reviewer said, with the number of its event and of its batch."""

    number: int
    batch: int
    said: ReportReviewed
    actor: str
    recorded: datetime


@dataclass(frozen=True)
class Case:
    """A report that was sent and what became of it.

    `review` is the acceptance or the return that holds; `followed_by` the number of the next submission of the stream,
    which took the place of one that waited, or corrects one that was returned.
    """

    submission: Submission
    fate: Fate
    review: Review | None = None
    followed_by: int | None = None

    @property
    def number(self) -> int:
        """The submission's number."""
        return self.submission.number

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to act on it: the reviewer, or the lead whose report came back."""
        return self.followed_by is None and self.fate in {Fate.WAITING, Fate.RETURNED}

    def admits(self, verdict: Verdict) -> bool:
        """Whether `verdict` can be said of it as it is; what was corrected can no longer be taken back."""
        return self.followed_by is None and self.fate is _MOVES[verdict][0]


def cases(told: Iterable[Submission | Review]) -> list[Case]:
    """What became of each submission, by their numbers; reviews of submissions that are not told change nothing."""
    found: dict[int, Case] = {}
    newest: dict[Stream, int] = {}
    for each in sorted(told, key=lambda one: one.number):
        if isinstance(each, Submission):
            before = newest.get(each.stream)
            if before is not None:
                found[before] = _followed(found[before], each)
            newest[each.stream] = each.number
            found[each.number] = Case(each, Fate.WAITING)
        elif each.said.submission in found:
            found[each.said.submission] = _reviewed(found[each.said.submission], each)
    return list(found.values())


def obstacle(case: Case | None, verdict: Verdict, actor: str) -> Obstacle | None:
    """Why `actor` cannot say `verdict` of `case` (None: there is none); None if nothing is in the way."""
    if case is None:
        return Obstacle.UNKNOWN
    if case.submission.actor == actor:
        return Obstacle.OWN
    return None if case.admits(verdict) else Obstacle.SETTLED


def worst(ratings: Iterable[Confidence]) -> Confidence | None:
    """The gravest of several ratings; None of none."""
    return min(ratings, key=_GRAVITY.index, default=None)


def _followed(case: Case, following: Submission) -> Case:
    fate = Fate.REPLACED if case.fate is Fate.WAITING else case.fate
    return replace(case, fate=fate, followed_by=following.number)


def _reviewed(case: Case, review: Review) -> Case:
    verdict = Verdict(review.said.verdict)
    if not case.admits(verdict):
        return case
    return replace(case, fate=_MOVES[verdict][1], review=None if verdict is Verdict.REOPENED else review)
