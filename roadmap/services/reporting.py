"""A lead reports on the own commission's milestone; what somebody else wrote meanwhile is shown, not lost.

Where the programme has forms reviewed, a report waits for the secretariat, and counts once it was accepted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import ValidationError
from sqlalchemy import Connection

from roadmap.analysis.reporting import due_day
from roadmap.domain.changes import Accepted, Duplicate, Recorded, ReportProgress, Stream, Verdict, brief, decide, latest
from roadmap.domain.events import ProgressReported, ReportSubmitted
from roadmap.domain.model import NATIONAL, Unit
from roadmap.domain.refusals import Refusal, refuse
from roadmap.domain.reviewing import Case, Fate
from roadmap.domain.text import has_bidi_controls
from roadmap.intake.contracts import ReportRow, to_order
from roadmap.intake.rejects import contract_refusals, is_showable
from roadmap.services import periods, standing
from roadmap.services.desk import Desk, Moment, today
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.services.standing import Line
from roadmap.store import log, reference, views
from roadmap.store.hashing import canonical
from roadmap.store.log import Receipt
from roadmap.store.views import reviews


@dataclass(frozen=True)
class Present:
    """What a lead sees before reporting: the report that counts, and the stream's version it stands at (0: none).

    `case` is what was sent and waits, or came back; None where nobody has to act on anything.
    """

    version: int
    report: ProgressReported | None
    case: Case | None = None

    @property
    def seen(self) -> int:
        """The number of that case; 0 where there is none."""
        return self.case.number if self.case else 0


@dataclass(frozen=True)
class Answer:
    """What became of an order: a receipt, or a refusal with what stands in the log now."""

    receipt: Receipt | None
    refusal: Refusal | None
    present: Present

    @property
    def taken(self) -> bool:
        """Whether the report stands in the log: it counts, or waits for review."""
        return self.refusal is None

    @property
    def waits(self) -> bool:
        """Whether it waits for review."""
        return self.taken and self.present.case is not None and self.present.case.fate is Fate.WAITING


@dataclass(frozen=True)
class Due:
    """What a commission has still to report: for the period that ends on `period_end`, on time by `deadline`.

    `due` are the milestones that miss a report for it, `own` all of the commission's. `waiting` are reports that wait
    for review, `returned` those that came back and were not corrected yet, each oldest first.
    """

    period_end: date
    deadline: date
    due: list[Line]
    own: list[Line]
    waiting: list[Case]
    returned: list[Case]


@allowed(Action.READ_REPORTING, "commission")
def due(desk: Desk, moment: Moment, commission: str) -> Due:
    """What `commission` has to report at `moment`; ProgrammeError where there is no such commission."""
    entry, identity = desk.programme.commission(commission), desk.programme.programme
    period_end = due_day(moment.day, identity.calendar)
    own = [line for line in standing.lines(desk, moment) if line.milestone.commission == entry.code]
    came = periods.of_milestones(desk, moment, period_end)
    with desk.engine.connect() as connection:
        cases = reviews.open_cases(connection, moment.seq, commission)
    sent = {case.submission.report.milestone for case in cases if case.submission.report.unit == NATIONAL}
    return Due(
        period_end=period_end,
        deadline=period_end + timedelta(days=identity.reporting_deadline_days),
        due=[line for line in own if line.code in came and came[line.code].missing and line.code not in sent],
        own=own,
        waiting=[case for case in cases if case.fate is Fate.WAITING],
        returned=[case for case in cases if case.fate is Fate.RETURNED],
    )


def read(fields: Mapping[str, object], *, base_version: int) -> ReportProgress | tuple[Refusal, ...]:
    """The order that a form's `fields` are (the contract's names; empty ones left out), or all that is wrong with them.

    A form is held to the same contract as a file's rows. `base_version` is the version the form was filled from.
    """
    hidden = tuple(refusal for name, value in fields.items() if (refusal := _hidden(name, value)))
    try:
        row = ReportRow.model_validate(dict(fields))
    except ValidationError as error:
        return (*hidden, *contract_refusals(error))
    return hidden or ReportProgress(to_order(row).report, base_version)


def _hidden(name: str, value: object) -> Refusal | None:
    """The refusal of a text that holds characters nobody sees."""
    if not isinstance(value, str) or is_showable(value):
        return None
    return refuse("bidi_controls" if has_bidi_controls(value) else "control_characters", name)


@allowed(Action.READ_BOARD)
def units_in_scope(desk: Desk, milestone: str) -> list[Unit]:
    """The units that `milestone` can be reported for, in order of their codes."""
    with desk.engine.connect() as connection:
        (wanted,) = reference.milestones(connection, [milestone])
        units = reference.units(connection)
    return sorted((unit for unit in units if unit.in_scope(wanted.scope)), key=lambda unit: unit.code)


@allowed(Action.READ_BOARD)
def present(desk: Desk, milestone: str, unit: str = NATIONAL) -> Present:
    """What stands in the log for `milestone` and `unit`, and what was sent and nobody has settled yet."""
    with desk.engine.connect() as connection:
        return _present(connection, (milestone, unit))


@allowed(Action.READ_BOARD)
def present_of(desk: Desk, streams: Sequence[Stream]) -> dict[Stream, Present]:
    """`present` of many streams at one go, in their order."""
    with desk.engine.connect() as connection:
        return _presents(connection, streams)


@allowed(Action.REPORT, "commission")
def report(desk: Desk, order: ReportProgress, *, commission: str, seen: int = 0, day: date | None = None) -> Answer:
    """Takes one report of `commission` from the board's form, or refuses it with a sentence.

    The same form sent twice is taken once. A newer report takes the place of one that still waits.

    Args:
        desk: the database, the programme, and who reports.
        order: the report, on the version of its stream that the person was looking at.
        commission: whose milestone it is.
        seen: `Present.seen` as the person saw it: what somebody else sent meanwhile is not overwritten in silence.
        day: the day it is sent on (default: today in the programme's zone).
    """
    delivery = _delivery(order, commission, seen, desk.who.actor)
    day = day or today(desk)
    with log.writing(desk.engine) as writer:
        standing = _present(writer.connection, order.stream)
        if receipt := writer.receipt(commission, delivery.digest):
            return Answer(receipt, None, standing)
        verdict = _overtaken(order, standing, seen) or _decided(writer.connection, order, commission, day)
        if isinstance(verdict, Refusal):
            return Answer(None, verdict, standing)
        waits = desk.programme.programme.review == "forms"
        receipt = writer.append(delivery, _outcome(verdict, standing, day, waits=waits))
        return Answer(receipt, None, _present(writer.connection, order.stream))


def _delivery(order: ReportProgress, commission: str, seen: int, actor: str) -> log.Delivery:
    content = {
        "report": order.report.model_dump(mode="json"),
        "base_version": order.base_version,
        "commission": commission,
        "seen": seen,  # what came back can be sent again as it was
    }
    return log.Delivery(
        channel="form",
        source=f"{order.report.milestone} {order.report.effective}",
        digest=hashlib.sha256(canonical(content)).hexdigest(),
        actor=actor,
        commission=commission,
    )


def _overtaken(order: ReportProgress, standing: Present, seen: int) -> Refusal | None:
    """The refusal of a report whose sender has not seen what somebody else sent meanwhile."""
    if standing.case is None or standing.seen == seen:
        return None
    return refuse("waiting_meanwhile", "percent", brief(order.report), brief(standing.case.submission.report))


def _decided(connection: Connection, order: ReportProgress, commission: str, day: date) -> Verdict:
    known = reference.reference(connection, [order.report.milestone], [order.report.unit])
    history = log.reports(connection, [order.stream])
    return decide([order], commission=commission, reference=known, present=history, today=day)[0]


def _outcome(verdict: Accepted | Duplicate, standing: Present, day: date, *, waits: bool) -> log.Outcome:
    if isinstance(verdict, Duplicate):
        return log.Outcome(duplicates=1)
    if not waits:
        return log.Outcome(events=[log.NewEvent(verdict.event, version=verdict.version)])
    waiting = standing.case
    if waiting and waiting.fate is Fate.WAITING and waiting.submission.report == verdict.event:
        return log.Outcome(duplicates=1)
    sent = ReportSubmitted(effective=day, report=verdict.event, base_version=verdict.version - 1)
    return log.Outcome(events=[log.NewEvent(sent)])


def _present(connection: Connection, stream: Stream) -> Present:
    return _presents(connection, [stream])[stream]


def _presents(connection: Connection, streams: Sequence[Stream]) -> dict[Stream, Present]:
    histories = log.reports(connection, streams)
    sent = reviews.of_streams(connection, streams, views.head(connection).seq)
    pending = {case.submission.stream: case for case in sent if case.is_open}
    return {stream: _stands(histories.get(stream, []), pending.get(stream)) for stream in streams}


def _stands(history: Sequence[Recorded], case: Case | None) -> Present:
    newest = latest(history)
    return Present(history[-1].version if history else 0, newest.report if newest else None, case)
