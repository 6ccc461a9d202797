"""What roll-ups do not hold: forecasts, and how they came out."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, text

from roadmap.analysis.forecast import Forecast, Foreseen
from roadmap.domain.model import State
from roadmap.store.codec import STATES, TYPES

_REPORT = TYPES["progress_reported"]
_DONE = STATES[State.DONE]


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
