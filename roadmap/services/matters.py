"""Everything that waits for somebody at a moment, as the pages show it: what reminders are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from roadmap.analysis.reminding import SOON, Kind, Matter
from roadmap.analysis.reporting import due_day
from roadmap.domain.calendar import month_start
from roadmap.domain.model import NATIONAL
from roadmap.domain.proposing import Proposal, Stage
from roadmap.domain.reviewing import Case, Fate
from roadmap.domain.sessions import ActionItem, open_ones
from roadmap.intake.holding import HELD_BACK
from roadmap.services import ledger as ledgers
from roadmap.services import periods, standing, waiting
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed
from roadmap.services.ledger import MOST, RejectRow, Wanted
from roadmap.services.permissions import Action
from roadmap.services.proposals import everything
from roadmap.services.standing import Line
from roadmap.store import sessions as sessions_store
from roadmap.store.views import reviews

_DAY = timedelta(days=1)
_STAGES = {
    Stage.SENT: Kind.PROPOSAL_TO_CHECK,
    Stage.FIT: Kind.PROPOSAL_TO_DECIDE,
    Stage.RETURNED: Kind.PROPOSAL_RETURNED,
}


@allowed(Action.RUN)
def matters(desk: Desk, moment: Moment) -> list[Matter]:
    """All that waits at `moment`, for whomever."""
    lines = {line.code: line for line in standing.lines(desk, moment)}
    with desk.engine.connect() as connection:
        cases = reviews.open_cases(connection, moment.seq)
        proposed = everything(connection, moment.seq).values()
        council = sessions_store.council(connection, moment.seq)
    return [
        *_reports(desk, moment, lines, cases),
        *_cases(cases, lines, desk.zone),
        *(_proposal(each, desk.zone) for each in proposed if each.stage in _STAGES),
        *_turned_away(desk, moment),
        *(_action(each, moment.day) for each in open_ones(council)),
    ]


def _reports(desk: Desk, moment: Moment, lines: Mapping[str, Line], cases: Sequence[Case]) -> Iterator[Matter]:
    """Milestones that miss reports for the last period; what waits for its review is not missed any more."""
    identity = desk.programme.programme
    period_end = due_day(moment.day, identity.calendar)
    deadline = period_end + timedelta(days=identity.reporting_deadline_days)
    sent = Counter(
        case.submission.report.milestone
        for case in cases
        if case.fate is Fate.WAITING
        and month_start(period_end, identity.calendar) <= case.submission.report.effective <= period_end
    )
    is_late = moment.day > deadline
    kind, since = (Kind.REPORT_OVERDUE, deadline + _DAY) if is_late else (Kind.REPORT_DUE, deadline - SOON)
    for code, rate in periods.of_milestones(desk, moment, period_end).items():
        if code in lines and rate.missing > sent[code]:
            milestone = lines[code].milestone
            yield Matter(
                kind=kind,
                subject=code,
                title=milestone.title,
                commission=milestone.commission,
                since=since,
                due=deadline,
            )


def _cases(cases: Sequence[Case], lines: Mapping[str, Line], zone: ZoneInfo) -> Iterator[Matter]:
    """Submissions that wait for review, and those that came back."""
    for case in cases:
        milestone, unit = case.submission.stream
        if milestone in lines:
            returned = case.review if case.fate is Fate.RETURNED else None
            yield Matter(
                kind=Kind.REPORT_RETURNED if returned else Kind.REVIEW_WAITING,
                subject="/".join((milestone, *({unit} - {NATIONAL}))),
                occasion=str(case.number),
                title=lines[milestone].milestone.title,
                commission=lines[milestone].milestone.commission,
                since=_local(returned.recorded if returned else case.submission.recorded, zone),
            )


def _proposal(proposal: Proposal, zone: ZoneInfo) -> Matter:
    return Matter(
        kind=_STAGES[proposal.stage],
        subject=proposal.code,
        commission=proposal.proposed.commission,
        since=_local(proposal.steps[-1].recorded, zone),
    )


def _turned_away(desk: Desk, moment: Moment) -> Iterator[Matter]:
    """Deliveries of which rows were turned away and are not repaired, and files that are held back."""
    view = ledgers.ledger(desk, moment, Wanted(), shown=MOST * len(desk.programme.commissions))
    found = [line.reject for line in view.lines]
    yield from _rejects([each for each in found if each.code != HELD_BACK], desk.zone)
    # A file that waits for long may lie beyond what was looked through: those are asked for, the oldest first.
    rest = [] if view.looked_through else [each.line.reject for each in waiting.held(desk, moment)]
    yield from _held({each.id: each for each in (*found, *rest) if each.code == HELD_BACK}.values(), desk.zone)


def _rejects(own: Sequence[RejectRow], zone: ZoneInfo) -> Iterator[Matter]:
    rows = Counter({reject.batch: 0 for reject in own})
    rows.update(batch for batch, _ in {(reject.batch, reject.row) for reject in own})
    for reject in {each.batch: each for each in own}.values():
        yield Matter(
            kind=Kind.REJECTS_OPEN,
            subject=str(reject.batch),
            commission=reject.commission,
            since=_local(reject.recorded, zone),
            count=rows[reject.batch],
        )


def _held(own: Iterable[RejectRow], zone: ZoneInfo) -> Iterator[Matter]:
    for reject in own:
        yield Matter(
            kind=Kind.FILE_HELD,
            subject=str(reject.batch),
            commission=reject.commission,
            since=_local(reject.recorded, zone),
        )


def _action(action: ActionItem, day: date) -> Matter:
    """An open action; what it says stays on the board."""
    overdue = action.overdue(day)
    return Matter(
        kind=Kind.ACTION_OVERDUE if overdue else Kind.ACTION_DUE,
        subject=action.code,
        commission=action.owner or None,
        since=action.due + _DAY if overdue else max(action.since, action.due - SOON),
        due=action.due,
    )


def _local(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
