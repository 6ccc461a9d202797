"""What roll-ups do not hold: single units, and forecasts and how they came out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from roadmap.analysis.forecast import Forecast, Foreseen
from roadmap.domain.model import State
from roadmap.store.codec import STATES, TYPES

_REPORT = TYPES["progress_reported"]
_DONE = STATES[State.DONE]


@dataclass(frozen=True)
class UnitProgress:
    """Where one unit of a scoped milestone stands; `reported` is the day of its last report."""

    code: str
    province: str | None
    weight: float
    percent: float
    reported: date | None


#: What stands today stood then too, if it was known and true already; only of the other streams the log is asked.
_UNIT_PROGRESS = text(
    f"""
    select u.code, p.code as province, a.weight, coalesce(n.percent, 0) as percent, n.effective
    from milestone m
    join assignment a on a.milestone = m.id and a.since <= :day and coalesce(a.until, 'infinity') > :day
    join unit u on u.id = a.unit
    left join unit p on p.id = a.province
    left join report r on r.milestone = a.milestone and r.unit = a.unit
    left join lateral (
        select r.percent, r.effective where r.seq <= :seq and r.effective <= :day
        union all
        (
            select e.percent, e.effective from event e
            where (r.seq > :seq or r.effective > :day) and e.type = {_REPORT} and e.subject = a.milestone
              and e.unit = a.unit and e.seq <= :seq and e.effective <= :day
            order by e.effective desc, e.version desc limit 1
        )
    ) n on true
    where m.code = :milestone and (cast(:province as text) is null or p.code = :province)
    order by u.code
    """
)


def unit_progress(
    connection: Connection, milestone: str, seq: int, day: date, province: str | None = None
) -> list[UnitProgress]:
    """Where every unit of `milestone` stands, or those in one province; its units are those of `day`, as known now."""
    wanted = {"milestone": milestone, "seq": seq, "day": day, "province": province}
    rows = connection.execute(_UNIT_PROGRESS, wanted)
    return [UnitProgress(row.code, row.province, row.weight, row.percent, row.effective) for row in rows]


#: Only streams that are done, or of which it is not known today whether they were then. Stations report for the same
#: days, so their forecasts come together as numbers of equal ones.
_FORESEEN = text(
    f"""
    with kept as (
        select distinct on (e.subject, e.unit, e.effective) e.subject, e.unit, e.effective, e.state, e.forecast_finish
        from report r join event e on e.type = {_REPORT} and e.subject = r.milestone and e.unit = r.unit
        where (r.state = {_DONE} or r.seq > :seq or r.effective > :day) and e.seq <= :seq and e.effective <= :day
        order by e.subject, e.unit, e.effective, e.version desc
    ),
    opened as (
        select subject, unit, max(effective) filter (where state <> {_DONE}) as last_open from kept group by 1, 2
    ),
    finished as (
        select k.subject, k.unit, min(k.effective) as finished_on
        from kept k join opened o using (subject, unit)
        where k.state = {_DONE} and (o.last_open is null or k.effective > o.last_open) group by 1, 2
    )
    select m.commission, k.effective, k.forecast_finish, f.finished_on, count(*) as times
    from kept k join finished f using (subject, unit) join milestone m on m.id = k.subject
    where k.forecast_finish is not null and k.effective < f.finished_on
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
    """
)


def foreseen(connection: Connection, seq: int, day: date) -> list[Foreseen]:
    """The leads' forecasts of everything that is finished, each with its outcome: what slips are drawn from."""
    found: list[Foreseen] = []
    for row in connection.execute(_FORESEEN, {"seq": seq, "day": day}):
        found += [Foreseen(row.commission, row.effective, row.forecast_finish, row.finished_on)] * row.times
    return found


_FORECASTS = text(
    """
    select m.code, f.p20, f.p50, f.p80
    from milestone m cross join lateral (
        select * from forecast f where f.milestone = m.id and f.seq <= :seq and f.day <= :day
        order by f.seq desc limit 1
    ) f
    """
)


def forecasts(connection: Connection, seq: int, day: date) -> dict[str, Forecast]:
    """The newest forecast of each milestone that was made by `day` from what was known at `seq`."""
    rows = connection.execute(_FORECASTS, {"seq": seq, "day": day})
    return {row.code: Forecast(row.p20, row.p50, row.p80) for row in rows}
