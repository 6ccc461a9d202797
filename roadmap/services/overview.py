"""The executive's two minutes: where the programme is, what slipped, what changed, what the indicators say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from roadmap.analysis import progress
from roadmap.analysis.indicators import Achieved, achieved, due_share, verdict
from roadmap.domain.calendar import add_months, month_ends
from roadmap.domain.model import Indicator, Observation, Status
from roadmap.domain.text import Text
from roadmap.programme import Identity
from roadmap.services import desk as desks
from roadmap.services import review_queue, sessions, standing
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.services.sessions import Session
from roadmap.services.standing import Cell, Line
from roadmap.store import views

_SLIPS = 10


@dataclass(frozen=True)
class CurvePoint:
    """The programme's percent (0–100) at a month's end.

    Past: actual. Future: forecast (P50) between `low` (everything as late as P80) and `high` (as early as P20).
    """

    day: date
    planned: float
    actual: float | None = None
    forecast: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Change:
    """What happened to a milestone between two moments: `kind` is finished, became_late, slipped or recovered."""

    kind: str
    line: Line
    before: Line

    @property
    def days(self) -> int:
        """By how many days the expected finish moved; positive is later."""
        return (self.line.expected_finish - self.before.expected_finish).days


@dataclass(frozen=True)
class ProvinceLine:
    """A province's weighted percent over the milestones that are reported for it or for its stations."""

    code: str
    title: Text
    percent: float
    milestones: int


@dataclass(frozen=True)
class IndicatorLine:
    """An indicator with its newest value against baseline and target.

    `due` is where its trajectory should be by now, as a share of the way to the target (`result.share` is where it is).
    """

    indicator: Indicator
    result: Achieved
    due: float | None
    status: Status


@dataclass(frozen=True)
class Overview:
    """Everything on the Overview page, for one moment and optionally one horizon.

    `updated` is when the newest delivery known then came in; None before the first. `waiting` are the reports that wait
    for review, by commission. `since` is the day that changes are counted from: that of the council's last `session`, a
    month ago where there was none.
    """

    moment: Moment
    updated: datetime | None
    percent: float | None
    planned: float | None
    finished_share: float | None
    statuses: dict[Status, int]
    lines: list[Line]
    cells: list[Cell]
    curve: list[CurvePoint]
    slips: list[Line]
    session: Session | None
    since: date
    changes: list[Change]
    indicators: list[IndicatorLine]
    provinces: list[ProvinceLine]
    rejected_rows: int
    waiting: Mapping[str, int]


@allowed(Action.READ_BOARD)
def overview(desk: Desk, moment: Moment, horizon: str | None = None) -> Overview:
    """The Overview at `moment`, of all horizons or of one."""
    everything = standing.lines(desk, moment)
    found = _of(everything, horizon)
    plan = [line.milestone for line in found]
    facts = {line.code: line.reported for line in found}
    session, since = counted_from(sessions.last_before(desk, moment), moment.day, desk.programme.programme)
    with desk.engine.connect() as connection:
        last = views.receipts(connection, moment.seq, limit=1)
        rejected = sum(views.reject_counts(connection, moment.seq).values())
    return Overview(
        moment=moment,
        updated=last[0].recorded if last else None,
        percent=standing.percent(found),
        planned=standing.planned(found),
        finished_share=progress.finished_share(plan, facts, moment.day),
        statuses=standing.statuses(found),
        lines=found,
        cells=standing.cells(desk, everything),
        curve=curve(desk, moment, found),
        slips=standing.most_slipped(found, _SLIPS),
        session=session,
        since=since,
        changes=changes(desk, since, found),
        indicators=indicators(desk, moment, key_only=True),
        provinces=provinces(desk, moment, found),
        rejected_rows=rejected,
        waiting=review_queue.counts(desk, moment),
    )


def counted_from(held: Session | None, day: date, identity: Identity) -> tuple[Session | None, date]:
    """The session, if any, and the day that changes are counted from on the board of `day`; `held` was held last.

    A month before `day` where none was held, or none since the programme began: before that there was nothing to move.
    """
    if held is not None and held.on >= identity.start:
        return held, held.on
    return None, add_months(day, -1, identity.calendar)


def _of(found: Sequence[Line], horizon: str | None) -> list[Line]:
    return [line for line in found if horizon in {None, line.milestone.horizon}]


@allowed(Action.READ_BOARD)
def curve(desk: Desk, moment: Moment, found: Sequence[Line]) -> list[CurvePoint]:
    """The S-curve by month: plan over the whole programme, actual up to the moment, forecast after it."""
    own = standing.in_force(found)
    if not own:
        return []
    calendar, begin = desk.programme.programme.calendar, desk.programme.programme.start
    last = max(max(line.milestone.finish, line.expected_finish) for line in own)
    past = [*month_ends(begin, moment.day, calendar)]
    past = past if past and past[-1] == moment.day else [*past, moment.day]
    future = [day for day in month_ends(moment.day, add_months(last, 1, calendar), calendar) if day > moment.day]
    return [*_past(desk, moment, own, past), *_future(moment.day, own, future)]


def _past(desk: Desk, moment: Moment, own: Sequence[Line], days: Sequence[date]) -> Iterator[CurvePoint]:
    with desk.engine.connect() as connection:
        by_code = views.percent_over_time(connection, moment.seq, days)
    nothing = [0.0] * len(days)
    for index, day in enumerate(days):
        actual = progress.roll_up((line.milestone.weight, by_code.get(line.code, nothing)[index]) for line in own)
        is_now = day == moment.day
        yield CurvePoint(
            day, _planned_on(own, day), actual, *((actual, actual, actual) if is_now else (None, None, None))
        )


def _future(today: date, own: Sequence[Line], days: Sequence[date]) -> Iterator[CurvePoint]:
    for day in days:
        expected, low, high = (
            progress.roll_up(
                (line.milestone.weight, _towards(line, today, line_finish, day)) for line, line_finish in finishes
            )
            for finishes in _finishes(own)
        )
        yield CurvePoint(day, _planned_on(own, day), None, expected, low, high)


def _towards(line: Line, today: date, finish: date, day: date) -> float:
    """What has not begun goes on when it is planned to begin, not today."""
    return progress.percent_towards(line.reported, max(today, line.milestone.start), finish, day)


def _finishes(own: Sequence[Line]) -> Iterator[list[tuple[Line, date]]]:
    """Each line with its likely, its late and its early finish."""
    yield [(line, line.forecast.p50 if line.forecast else line.expected_finish) for line in own]
    yield [(line, line.forecast.p80 if line.forecast else line.expected_finish) for line in own]
    yield [(line, line.forecast.p20 if line.forecast else line.expected_finish) for line in own]


def _planned_on(own: Sequence[Line], day: date) -> float:
    return (
        progress.roll_up((line.milestone.weight, progress.planned_percent(line.milestone, day)) for line in own) or 0.0
    )


@allowed(Action.READ_BOARD)
def changes(desk: Desk, since: date, found: Sequence[Line]) -> list[Change]:
    """What changed between the board of `since`, as it was known then, and `found`; the gravest first."""
    earlier = desks.moment(desk, day=since, known=since)
    before = {line.code: line for line in standing.lines(desk, earlier)}
    told = (_change(before[line.code], line) for line in found if line.code in before)
    return sorted((change for change in told if change), key=lambda change: (_GRAVITY[change.kind], -abs(change.days)))


_GRAVITY = {"became_late": 0, "slipped": 1, "finished": 2, "recovered": 3}
#: Movements of the expected finish below this many days are noise.
_NOTABLE_DAYS = 7


def _change(before: Line, after: Line) -> Change | None:
    moved = (after.expected_finish - before.expected_finish).days
    if after.status is Status.DONE and before.status is not Status.DONE:
        return Change("finished", after, before)
    if after.status is Status.LATE and before.status is not Status.LATE:
        return Change("became_late", after, before)
    if after.status is Status.DONE or abs(moved) < _NOTABLE_DAYS:
        return None
    return Change("slipped" if moved > 0 else "recovered", after, before)


@allowed(Action.READ_BOARD)
def indicators(desk: Desk, moment: Moment, *, key_only: bool = False) -> list[IndicatorLine]:
    """Indicators with their newest national value known at `moment`."""
    with desk.engine.connect() as connection:
        known = views.indicators(connection, moment.seq, moment.day)
        observed = views.observations(connection, moment.seq, moment.day)
    wanted = (indicator for indicator in known if indicator.key or not key_only)
    return [_indicator(indicator, observed.get(indicator.code, []), moment.day) for indicator in wanted]


def _indicator(indicator: Indicator, seen: Sequence[Observation], day: date) -> IndicatorLine:
    result = achieved(indicator, seen, day)
    return IndicatorLine(indicator, result, due_share(indicator, day), verdict(indicator, result.actual, day))


@allowed(Action.READ_BOARD)
def provinces(desk: Desk, moment: Moment, found: Sequence[Line]) -> list[ProvinceLine]:
    """Every province that milestones are reported for, best first."""
    weights = {line.code: line.milestone.weight for line in standing.in_force(found)}
    with desk.engine.connect() as connection:
        by_province = views.province_percent(connection, moment.seq, moment.day)
        titles = {unit.code: unit.title for unit in views.units(connection, moment.seq, "province", moment.day)}
    rows = [
        ProvinceLine(code, titles[code], percent, len(own))
        for code, percents in by_province.items()
        if code in titles
        and (own := {name: value for name, value in percents.items() if name in weights})
        and (percent := progress.roll_up((weights[name], value) for name, value in own.items())) is not None
    ]
    return sorted(rows, key=lambda row: (-row.percent, row.code))
