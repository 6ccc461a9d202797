"""What waits for review, beside the last report that counts and the plan; and what came back to its lead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from roadmap.domain.events import ProgressReported
from roadmap.domain.reviewing import Case, Fate
from roadmap.services import standing
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.services.standing import Line
from roadmap.store.views import reviews

__all__ = ["Case", "Fate", "Waiting", "counts", "open_cases", "queue"]


@dataclass(frozen=True)
class Waiting:
    """A report that waits for review.

    `last` is the report that counts for its milestone and unit; `line` the milestone's plan and standing (None: it has
    left the roadmap); `holds_up` the milestones that wait for it.
    """

    case: Case
    last: ProgressReported | None
    line: Line | None
    holds_up: tuple[Line, ...]

    @property
    def number(self) -> int:
        """The submission's number."""
        return self.case.number

    def age(self, now: datetime) -> int:
        """For how many whole days it has waited."""
        return (now - self.case.submission.recorded).days


@allowed(Action.READ_REVIEWS, "commission")
def queue(desk: Desk, moment: Moment, commission: str | None = None) -> list[Waiting]:
    """What waits at `moment`, oldest first: of one `commission`, or of all."""
    waiting = [case for case in open_cases(desk, moment, commission) if case.fate is Fate.WAITING]
    plan = {line.code: line for line in standing.lines(desk, moment)}
    with desk.engine.connect() as connection:
        last = reviews.counting(connection, {case.submission.stream for case in waiting}, moment.seq, moment.day)
    return [_waiting(case, last.get(case.submission.stream), plan) for case in waiting]


@allowed(Action.READ_REVIEWS, "commission")
def open_cases(desk: Desk, moment: Moment, commission: str | None = None) -> list[Case]:
    """What waits, or came back and was not corrected yet, at `moment`, oldest first."""
    with desk.engine.connect() as connection:
        return reviews.open_cases(connection, moment.seq, commission or "")


@allowed(Action.READ_BOARD)
def counts(desk: Desk, moment: Moment) -> Mapping[str, int]:
    """How many reports of each commission wait at `moment`; one without any is left out."""
    with desk.engine.connect() as connection:
        found = reviews.open_cases(connection, moment.seq)
    return Counter(case.submission.commission for case in found if case.fate is Fate.WAITING)


def _waiting(case: Case, last: ProgressReported | None, plan: Mapping[str, Line]) -> Waiting:
    code = case.submission.report.milestone
    holds_up = tuple(line for line in plan.values() if code in {link.code for link in line.milestone.after})
    return Waiting(case, last, plan.get(code), holds_up)
