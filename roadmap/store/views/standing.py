"""Where milestones stand: percent, state and dates over all their units, on a day and over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, Row, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, DATE

from roadmap.analysis.forecast import Forecast, Foreseen
from roadmap.analysis.progress import Reported, whole_state
from roadmap.domain.model import State
from roadmap.store.codec import STATES, TYPES, confidence_of

_REPORT = TYPES["progress_reported"]
_NOT_STARTED, _DONE = STATES[State.NOT_STARTED], STATES[State.DONE]
_SUSPENDED, _CANCELLED = STATES[State.SUSPENDED], STATES[State.CANCELLED]


@dataclass(frozen=True)
class UnitProgress:
    """Where one unit of a scoped milestone stands; `reported` is the day of its last report."""

    code: str
    province: str | None
    weight: float
    percent: float
    reported: date | None


#: Reports that count on a day: of each stream and day the newest version, known and effective by then.
_KEPT = f"""
    kept as (
        select distinct on (subject, unit, effective)
               subject, unit, effective, state, percent, forecast_finish, confidence, spent
        from event
        where type = {_REPORT} and seq <= :seq and effective <= :day
        order by subject, unit, effective, version desc
    )
"""

#: Since when each stream is done without having been opened again.
_FINISHED = f"""
    opened as (
        select subject, unit, max(effective) filter (where state <> {_DONE}) as last_open from kept group by 1, 2
    ),
    finished as (
        select k.subject, k.unit, min(k.effective) as finished_on
        from kept k join opened o using (subject, unit)
        where k.state = {_DONE} and (o.last_open is null or k.effective > o.last_open) group by 1, 2
    )
"""

_REPORTED = text(
    f"""
    with {_KEPT}, {_FINISHED},
    newest as (
        select distinct on (subject, unit) * from kept order by subject, unit, effective desc
    ),
    money as (  -- a report that is silent about money does not take it back
        select distinct on (subject, unit) subject, unit, spent from kept
        where spent is not null order by subject, unit, effective desc
    )
    select s.code,
           sum(a.weight * n.percent) filter (where n.state is distinct from {_CANCELLED})
             / nullif(sum(a.weight) filter (where n.state is distinct from {_CANCELLED}), 0) as percent,
           count(*) as units, count(n.unit) as reporting,
           count(*) filter (where n.state = {_DONE}) as done,
           count(*) filter (where n.state = {_CANCELLED}) as cancelled,
           count(*) filter (where n.state = {_SUSPENDED}) as suspended,
           count(*) filter (where n.state = {_NOT_STARTED}) as not_started,
           max(n.confidence) filter (where n.state not in ({_DONE}, {_CANCELLED})) as confidence,
           max(n.forecast_finish) filter (where n.state not in ({_DONE}, {_CANCELLED})) as forecast_finish,
           max(f.finished_on) as finished_on, max(n.effective) as last_report, coalesce(sum(g.spent), 0) as spent
    from assignment a
    join subject s on s.id = a.milestone
    left join newest n on n.subject = a.milestone and n.unit = a.unit
    left join finished f on f.subject = a.milestone and f.unit = a.unit
    left join money g on g.subject = a.milestone and g.unit = a.unit
    group by s.code
    """
)


def reported(connection: Connection, seq: int, day: date) -> dict[str, Reported]:
    """What is known of every milestone over all its units."""
    return {row.code: _reported(row) for row in connection.execute(_REPORTED, {"seq": seq, "day": day})}


def _reported(row: Row[Any]) -> Reported:
    return Reported(
        percent=row.percent or 0.0,
        units=row.units,
        reporting=row.reporting,
        done=row.done,
        state=whole_state(
            units=row.units,
            done=row.done,
            cancelled=row.cancelled,
            suspended=row.suspended,
            not_started=row.units - row.reporting + row.not_started,
        ),
        confidence=confidence_of(row.confidence),
        forecast_finish=row.forecast_finish,
        finished_on=row.finished_on if row.done + row.cancelled == row.units else None,
        last_report=row.last_report,
        spent=row.spent,
    )


#: By how much each report moves the sum Σ weight·percent of its milestone, and the weight of its units in force.
_CURVE = text(
    f"""
    with {_KEPT},
    counted as (
        select *, (state <> {_CANCELLED})::int as live, percent * (state <> {_CANCELLED})::int as value from kept
    ),
    steps as (
        select subject, unit, effective,
               value - coalesce(lag(value) over history, 0) as value,
               live - coalesce(lag(live) over history, 1) as live
        from counted window history as (partition by subject, unit order by effective)
    ),
    total as (select milestone, sum(weight) as weight from assignment group by 1)
    select s.code, width_bucket(t.effective, :days) as bucket, max(total.weight) as total,
           sum(t.value * a.weight) as value, sum(t.live * a.weight) as weight
    from steps t
    join assignment a on a.milestone = t.subject and a.unit = t.unit
    join total on total.milestone = t.subject
    join subject s on s.id = t.subject
    group by s.code, bucket
    """
).bindparams(bindparam("days", type_=ARRAY(DATE)))


def percent_over_time(connection: Connection, seq: int, days: Sequence[date]) -> dict[str, list[float]]:
    """For each milestone its percent, as `reported` has it, at the end of each of `days` (ascending, not empty)."""
    # width_bucket counts the edges that are reached: a report of days[i] itself must still fall into bucket i.
    edges = [day + timedelta(days=1) for day in days]
    values: dict[str, list[float]] = {}
    weights: dict[str, list[float]] = {}
    for row in connection.execute(_CURVE, {"seq": seq, "day": days[-1], "days": edges}):
        values.setdefault(row.code, [0.0] * len(days))[row.bucket] += row.value
        weights.setdefault(row.code, [row.total, *[0.0] * (len(days) - 1)])[row.bucket] += row.weight
    return {code: _running_percent(values[code], weights[code]) for code in values}


def _running_percent(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    sums = zip(accumulate(values), accumulate(weights), strict=True)
    return [value / weight if weight else 0.0 for value, weight in sums]


_UNIT_PROGRESS = text(
    f"""
    with {_KEPT},
    newest as (select distinct on (subject, unit) * from kept order by subject, unit, effective desc)
    select u.code, p.code as province, a.weight, coalesce(n.percent, 0) as percent, n.effective
    from assignment a
    join subject m on m.id = a.milestone and m.code = :milestone
    join unit u on u.id = a.unit
    left join unit p on p.id = u.province
    left join newest n on n.subject = a.milestone and n.unit = a.unit
    order by u.code
    """
)


def unit_progress(connection: Connection, milestone: str, seq: int, day: date) -> list[UnitProgress]:
    """Where every unit of `milestone` stands."""
    rows = connection.execute(_UNIT_PROGRESS, {"milestone": milestone, "seq": seq, "day": day})
    return [UnitProgress(row.code, row.province, row.weight, row.percent, row.effective) for row in rows]


_PROVINCES = text(
    f"""
    with {_KEPT},
    newest as (select distinct on (subject, unit) * from kept order by subject, unit, effective desc)
    select p.code as province, m.code as milestone,
           sum(a.weight * coalesce(n.percent, 0)) / sum(a.weight) as percent
    from assignment a
    join subject m on m.id = a.milestone
    join unit u on u.id = a.unit
    join unit p on p.id = u.province
    left join newest n on n.subject = a.milestone and n.unit = a.unit
    where n.state is distinct from {_CANCELLED}
    group by 1, 2
    """
)


def province_percent(connection: Connection, seq: int, day: date) -> dict[str, dict[str, float]]:
    """For each province the percent of every milestone that is reported for it or for units in it."""
    found: dict[str, dict[str, float]] = {}
    for row in connection.execute(_PROVINCES, {"seq": seq, "day": day}):
        found.setdefault(row.province, {})[row.milestone] = row.percent
    return found


_FORESEEN = text(
    f"""
    with {_KEPT}, {_FINISHED}
    select m.commission, k.effective, k.forecast_finish, f.finished_on
    from kept k join finished f using (subject, unit) join milestone m on m.id = k.subject
    where k.forecast_finish is not null and k.effective < f.finished_on
    order by k.subject, k.unit, k.effective
    """
)


def foreseen(connection: Connection, seq: int, day: date) -> list[Foreseen]:
    """The leads' forecasts of everything that is finished, each with its outcome: what slips are drawn from."""
    rows = connection.execute(_FORESEEN, {"seq": seq, "day": day})
    return [Foreseen(row.commission, row.effective, row.forecast_finish, row.finished_on) for row in rows]


def forecasts(connection: Connection, seq: int, day: date) -> dict[str, Forecast]:
    """The newest forecast of each milestone that was made by `day` from what was known at `seq`."""
    query = text(
        """
        select distinct on (f.milestone) s.code, f.p20, f.p50, f.p80
        from forecast f join subject s on s.id = f.milestone where f.seq <= :seq and f.day <= :day
        order by f.milestone, f.seq desc
        """
    )
    return {
        row.code: Forecast(row.p20, row.p50, row.p80) for row in connection.execute(query, {"seq": seq, "day": day})
    }
