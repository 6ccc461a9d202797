"""A commission's workbook for the next period: every row that it has to report on, with what stands now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Final

from roadmap.analysis.reporting import due_day
from roadmap.domain.calendar import month_end, read_day, write_day
from roadmap.domain.changes import Recorded, Stream
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import NATIONAL, Scope, State, Unit
from roadmap.domain.text import Text
from roadmap.errors import SettingsError
from roadmap.feed import Feed
from roadmap.services import desk as desks
from roadmap.services import periods, standing
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.services.standing import Line
from roadmap.settings import Settings
from roadmap.store import reference
from roadmap.store.views.standing_reports import standing_reports
from roadmap.workbooks import template as workbook
from roadmap.workbooks.guide import Guide, LeftOut

_CANCELLED: Final = Text(fa="لغو شده است.", en="it is cancelled.")
_FINISHED: Final = Text(fa="پیش از این دوره پایان یافته است.", en="it was finished before this period.")
_NOT_BEGUN: Final = Text(fa="در این دوره هنوز آغاز نمی‌شود.", en="it does not begin by this period's end.")
_TOO_MANY: Final = Text(
    fa="ردیف‌هایش در این کارپوشه جا نشد؛ آن را با roadmap template --milestone جداگانه بگیرید.",
    en="its rows did not fit; get it by itself with roadmap template --milestone.",
)
_NOT_ASKED: Final = Text(fa="خواسته نشده است.", en="it was not asked for.")


@dataclass(frozen=True)
class Made:
    """A template: its file, the period's end that it is for, how many rows, and the milestones that are not in it."""

    name: str
    content: bytes
    period_end: date
    rows: int
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class Plan:
    """What goes into a template: milestones with their units (none of their own: the whole country)."""

    taken: tuple[tuple[Line, tuple[Unit | None, ...]], ...]
    left_out: tuple[LeftOut, ...]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(len(units) for _, units in self.taken)


@allowed(Action.READ_REPORTING, "commission")
def template(
    desk: Desk,
    settings: Settings,
    commission: str,
    *,
    day: date | None = None,
    only: Collection[str] = (),
) -> Made:
    """The workbook of `commission` for the period that ends on `day`, or for the next one.

    A row is there for each milestone that is expected to report for the period, and for each unit of a scoped one;
    `only` asks for some of the commission's milestones, whatever the period expects.

    Raises:
        ProgrammeError: there is no such commission.
        SettingsError: one of `only` is no milestone of the commission, or its feed cannot read a template.
    """
    entry, identity = desk.commission(commission), desk.programme.programme
    _fits(entry.code, entry.feed)
    own = _own(desk, entry.code)
    _know(only, own, commission)
    period_end = day or _next_period(desk, own)
    plan = _planned(desk, own, period_end, only, settings.max_workbook_rows)
    with desk.engine.connect() as connection:
        present = standing_reports(connection, [line.code for line, _ in plan.taken])
    guide = Guide(
        *(identity.title, entry.title, entry.feed, identity.calendar),
        *(period_end, plan.rows, plan.left_out),
    )
    target = BytesIO()
    workbook.write(target, guide, _lines(plan, present, period_end))
    name = f"{entry.code}-{write_day(period_end, identity.calendar)}.xlsx"
    return Made(name, target.getvalue(), period_end, plan.rows, plan.left_out)


@allowed(Action.READ_BOARD)
def read_period(desk: Desk, written: str) -> date:
    """The day that is `written` in the programme's calendar; SettingsError where there is none."""
    calendar = desk.programme.programme.calendar
    try:
        return read_day(written, calendar)
    except ValueError as error:
        raise SettingsError(
            f"{written!r} is no day of the {calendar} calendar ({error}); write year-month-day.",
            fa=f"«{written}» روزی از تقویم برنامه نیست؛ آن را به صورت سال-ماه-روز بنویسید.",
        ) from None


def _fits(commission: str, feed: Feed) -> None:
    """Refuses a feed whose tables are laid out so that a row a report would not read as one."""
    told = workbook.obstacle(feed)
    if told is not None:
        raise SettingsError(f"{commission} has no workbook. {told.en}", fa=f"این کمیسیون کارپوشه ندارد. {told.fa}")


def _own(desk: Desk, commission: str) -> list[Line]:
    return [line for line in standing.lines(desk, desks.moment(desk)) if line.milestone.commission == commission]


def _know(only: Collection[str], own: Sequence[Line], commission: str) -> None:
    unknown = sorted(set(only) - {line.code for line in own})
    if unknown:
        known = ", ".join(line.code for line in own)
        raise SettingsError(
            f"{commission} has no milestone {', '.join(unknown)}; it has: {known}.",
            fa=f"{commission} نقطه عطفی با کد {', '.join(unknown)} ندارد؛ این‌ها را دارد: {known}.",
        )


def _next_period(desk: Desk, own: Sequence[Line]) -> date:
    """The end of the period that reports are due for while any misses, else of the month that comes next."""
    calendar = desk.programme.programme.calendar
    due = due_day(desks.today(desk), calendar)
    came = periods.of_milestones(desk, desks.moment(desk), due)
    if any(line.code in came and came[line.code].missing for line in own):
        return due
    return month_end(due + timedelta(days=1), calendar)


def _planned(desk: Desk, own: Sequence[Line], period_end: date, only: Collection[str], limit: int) -> Plan:
    """What of `own` goes in: as many whole milestones as there is room for, the small ones first if not all fit."""
    with desk.engine.connect() as connection:
        units = sorted(reference.units(connection), key=lambda unit: unit.code)
    came = periods.of_milestones(desk, desks.moment(desk), period_end)
    expected = {code for code, rate in came.items() if rate.expected}
    reasons = {line.code: _reason(line, period_end, only, expected) for line in own}
    wanted = {line.code: _units(line, units) for line in own}
    room = limit
    for line in sorted(own, key=lambda line: len(wanted[line.code])):
        if reasons[line.code] is None:
            room -= len(wanted[line.code])
            reasons[line.code] = _TOO_MANY if room < 0 else None
    return Plan(
        taken=tuple((line, wanted[line.code]) for line in own if reasons[line.code] is None),
        left_out=tuple(
            LeftOut(line.milestone, len(wanted[line.code]), reason)
            for line in own
            if (reason := reasons[line.code]) is not None
        ),
    )


def _reason(line: Line, period_end: date, only: Collection[str], expected: Collection[str]) -> Text | None:
    """Why a milestone is not in the workbook; None for one that is."""
    if only:
        return None if line.code in only else _NOT_ASKED
    if line.code in expected:
        return None
    if line.reported.state is State.CANCELLED:
        return _CANCELLED
    return _NOT_BEGUN if line.milestone.start > period_end else _FINISHED


def _units(line: Line, units: Sequence[Unit]) -> tuple[Unit | None, ...]:
    scope = line.milestone.scope
    return (None,) if scope is Scope.NATIONAL else tuple(unit for unit in units if unit.in_scope(scope))


def _lines(plan: Plan, present: Mapping[Stream, Recorded], period_end: date) -> Iterator[workbook.Line]:
    for line, units in plan.taken:
        for unit in units:
            stream = (line.code, unit.code if unit else NATIONAL)
            report, version = _stands(present.get(stream), stream, period_end)
            yield workbook.Line(line.milestone.title, unit, report, version)


def _stands(recorded: Recorded | None, stream: Stream, period_end: date) -> tuple[ProgressReported, int]:
    """What the row says to begin with: what stands, as of the period's end unless there is a later report."""
    milestone, unit = stream
    if recorded is None:
        # As the board counts who never reported.
        empty = ProgressReported(
            milestone=milestone, unit=unit, effective=period_end, state=State.NOT_STARTED, percent=0
        )
        return empty, 0
    day = max(recorded.report.effective, period_end)
    return recorded.report.model_copy(update={"effective": day}), recorded.version
