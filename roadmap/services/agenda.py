"""A session's agenda, made of the data at a moment: nobody writes it, and nothing that waits can be left out of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from roadmap.analysis.progress import Rules
from roadmap.domain.model import Confidence, Milestone, Status
from roadmap.domain.proposing import Proposal, Stage
from roadmap.domain.reviewing import Case, Fate
from roadmap.domain.sessions import ActionItem, open_ones
from roadmap.domain.text import Text
from roadmap.services import overview, standing, waiting
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed, permits
from roadmap.services.overview import Change
from roadmap.services.permissions import Action
from roadmap.services.proposals import everything
from roadmap.services.standing import Line
from roadmap.services.waiting import Held
from roadmap.store import sessions as store
from roadmap.store.views import reviews

__all__ = ["Agenda", "Case", "Change", "Held", "Line", "Matter", "Proposal", "Reason", "agenda"]

Why = Literal["late", "forecast", "behind", "predecessor", "declared"]


@dataclass(frozen=True)
class Reason:
    """Why a milestone is looked at.

    `amount` is days (late, forecast: P80 or the lead's own date after the due day) or points (behind the plan);
    `milestones` are the codes of predecessors that are late.
    """

    why: Why
    amount: float = 0
    milestones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matter:
    """A milestone that is late or at risk, and why."""

    line: Line
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Agenda:
    """What a session has to look at, as known at `moment`.

    `since` is the day that changes count from (`overview.counted_from`), `moved` what slipped or became late since
    then; `reports` wait for review, `proposals` for the secretariat's check or the decision; `held` is None for who may
    not see held files. `titles` are the milestones', by code.
    """

    moment: Moment
    since: date
    late: list[Matter]
    at_risk: list[Matter]
    moved: list[Change]
    reports: list[Case]
    proposals: list[Proposal]
    actions: list[ActionItem]
    held: list[Held] | None
    titles: dict[str, Text]


@allowed(Action.READ_SESSIONS)
def agenda(desk: Desk, moment: Moment) -> Agenda:
    """The agenda at `moment`; the worst first, what waits longest first."""
    lines = standing.lines(desk, moment)
    with desk.engine.connect() as connection:
        council = store.council(connection, moment.seq)
        sent = [case for case in reviews.open_cases(connection, moment.seq) if case.fate is Fate.WAITING]
        proposed = everything(connection, moment.seq).values()
    _, since = overview.counted_from(council.last_before(moment.day), moment.day, desk.programme.programme)
    return Agenda(
        moment=moment,
        since=since,
        late=matters(lines, Status.LATE, moment.day, desk.rules),
        at_risk=matters(lines, Status.AT_RISK, moment.day, desk.rules),
        moved=_moved(desk, since, lines),
        reports=sent,
        proposals=[each for each in proposed if each.stage in {Stage.SENT, Stage.FIT}],
        actions=open_ones(council),
        held=waiting.held(desk, moment) if permits(desk.who, Action.READ_REJECTS) else None,
        titles={line.code: line.milestone.title for line in lines},
    )


def _moved(desk: Desk, since: date, lines: Sequence[Line]) -> list[Change]:
    """What slipped or became late since the day `since`, as it was known then."""
    return [each for each in overview.changes(desk, since, lines) if each.kind in {"slipped", "became_late"}]


def matters(lines: Sequence[Line], status: Status, day: date, rules: Rules) -> list[Matter]:
    """The milestones in `status` with why they are, the one whose finish is furthest behind its plan first."""
    late = {line.code for line in lines if line.status is Status.LATE}
    found = [Matter(line, tuple(reasons(line, late, day, rules))) for line in lines if line.status is status]
    return sorted(found, key=_gravity, reverse=True)


def reasons(line: Line, late: Collection[str], day: date, rules: Rules) -> Iterator[Reason]:
    """Why `line` is late or at risk; `late` are the codes of all milestones that are late."""
    milestone = line.milestone
    if line.status is Status.LATE:
        yield Reason("late", (day - milestone.finish).days)
    else:
        foreseen = line.forecast.p80 if line.forecast else line.expected_finish
        if foreseen > milestone.finish:
            yield Reason("forecast", (foreseen - milestone.finish).days)
        if (behind := line.planned - line.reported.percent) > rules.tolerance_points:
            yield Reason("behind", behind)
    if waits_for := _late_ones(milestone, late):
        yield Reason("predecessor", milestones=waits_for)
    if line.reported.confidence is Confidence.RED:
        yield Reason("declared")


def _late_ones(milestone: Milestone, late: Collection[str]) -> tuple[str, ...]:
    return tuple(link.code for link in milestone.after if link.code in late)


def _gravity(matter: Matter) -> tuple[int, float]:
    """Days behind the due day come first, then points behind the plan."""
    days = max((each.amount for each in matter.reasons if each.why in {"late", "forecast"}), default=0)
    points = max((each.amount for each in matter.reasons if each.why == "behind"), default=0)
    return int(days), points
