"""A lead reports on the own commission's milestone; what somebody else wrote meanwhile is shown, not lost."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import ValidationError

from roadmap.analysis.reporting import due_day
from roadmap.domain.changes import Accepted, Duplicate, Recorded, ReportProgress, decide, latest
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import NATIONAL, Unit
from roadmap.domain.refusals import Refusal, refuse
from roadmap.domain.text import has_bidi_controls
from roadmap.intake.contracts import ReportRow, to_order
from roadmap.intake.rejects import contract_refusals, is_showable
from roadmap.services import periods, standing
from roadmap.services.desk import Desk, Moment, today
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.services.standing import Line
from roadmap.store import log, reference
from roadmap.store.hashing import canonical
from roadmap.store.log import Receipt


@dataclass(frozen=True)
class Present:
    """What a lead sees before reporting: the report that counts, and the stream's version it stands at (0: none)."""

    version: int
    report: ProgressReported | None


@dataclass(frozen=True)
class Answer:
    """What became of an order: a receipt, or a refusal with what stands in the log now."""

    receipt: Receipt | None
    refusal: Refusal | None
    present: Present

    @property
    def taken(self) -> bool:
        """Whether the report stands in the log."""
        return self.refusal is None


@dataclass(frozen=True)
class Due:
    """What a commission has still to report: for the period that ends on `period_end`, on time by `deadline`.

    `due` are the milestones that miss a report for it, `own` all of the commission's.
    """

    period_end: date
    deadline: date
    due: list[Line]
    own: list[Line]


@allowed(Action.READ_REPORTING, "commission")
def due(desk: Desk, moment: Moment, commission: str) -> Due:
    """What `commission` has to report at `moment`; ProgrammeError where there is no such commission."""
    entry, identity = desk.programme.commission(commission), desk.programme.programme
    period_end = due_day(moment.day, identity.calendar)
    own = [line for line in standing.lines(desk, moment) if line.milestone.commission == entry.code]
    came = periods.of_milestones(desk, moment, period_end)
    return Due(
        period_end=period_end,
        deadline=period_end + timedelta(days=identity.reporting_deadline_days),
        due=[line for line in own if line.code in came and came[line.code].missing],
        own=own,
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
    """What stands in the log for `milestone` and `unit`."""
    with desk.engine.connect() as connection:
        return _present(log.reports(connection, [(milestone, unit)]).get((milestone, unit), []))


@allowed(Action.REPORT, "commission")
def report(desk: Desk, order: ReportProgress, *, commission: str, day: date | None = None) -> Answer:
    """Takes one report of `commission` from the board's form, or refuses it with a sentence.

    The same form sent twice is taken once. `day` is the day it is sent on (default: today in the programme's zone).
    """
    content = {
        "report": order.report.model_dump(mode="json"),
        "base_version": order.base_version,
        "commission": commission,
    }
    delivery = log.Delivery(
        channel="form",
        source=f"{order.report.milestone} {order.report.effective}",
        digest=hashlib.sha256(canonical(content)).hexdigest(),
        actor=desk.who.actor,
        commission=commission,
    )
    with log.writing(desk.engine) as writer:
        known = reference.reference(writer.connection, [order.report.milestone], [order.report.unit])
        history = log.reports(writer.connection, [order.stream])
        if receipt := writer.receipt(commission, delivery.digest):
            return Answer(receipt, None, _present(history.get(order.stream, [])))
        verdict = decide([order], commission=commission, reference=known, present=history, today=day or today(desk))[0]
        if isinstance(verdict, Refusal):
            return Answer(None, verdict, _present(history.get(order.stream, [])))
        receipt = writer.append(delivery, _outcome(verdict))
        return Answer(receipt, None, _present(log.reports(writer.connection, [order.stream])[order.stream]))


def _outcome(verdict: Accepted | Duplicate) -> log.Outcome:
    if isinstance(verdict, Duplicate):
        return log.Outcome(duplicates=1)
    return log.Outcome(events=[log.NewEvent(verdict.event, version=verdict.version)])


def _present(history: list[Recorded]) -> Present:
    newest = latest(history)
    return Present(history[-1].version if history else 0, newest.report if newest else None)
