"""Where milestones stand, read from the roll-ups: as fast with ten million events in the log as with ten thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, DATE

from roadmap.analysis.progress import Reported, whole_state
from roadmap.analysis.rollup import WHOLE
from roadmap.store.codec import confidence_of
from roadmap.store.tables import subject


@dataclass(frozen=True)
class Rollup:
    """A milestone in one province, or with `province` None over all its units.

    `percent` (0–100) is the weighted mean of the units that are not cancelled, None where there are none.
    """

    milestone: str
    province: str | None
    units: int
    reporting: int
    done: int
    percent: float | None
    last_report: date | None


#: The last batch known at :seq. No board as known after it has anything to show that is later than the last day that
#: any event up to it speaks for: so a far later day need not be looked for among what came since.
_KNOWN = """
    known as materialized (
        select b.id as batch, (select last_day from reach where batch <= b.id order by batch desc limit 1) as last_day
        from (select id from batch where last_seq <= :seq order by last_seq desc, id desc limit 1) b
    )
"""

#: What is known of the milestone of {each} on its day, over all its units: a row of `rollup`, null where nothing is.
WHOLE_ROW = """(
    select r from rollup r
    where r.milestone = {each}.milestone and r.day = {each}.day and r.batch <= {each}.batch and r.province = {whole}
    order by r.batch desc limit 1
)"""

#: Of each milestone and day asked about the roll-up that answers: that day's newest batch, if any of that day was known
#: then; else that of the day before that has any, and so on. Each step is one or two looks at the primary key's index.
_ANSWERS = f"""
    with recursive {_KNOWN},
    wanted as (
        select m.id as milestone, asked.day as asked, least(asked.day, known.last_day) as day, known.batch
        from milestone m cross join unnest(:days) as asked(day) cross join known
        where cast(:milestone as text) is null or m.code = :milestone
    ),
    answer as (
        select w.*, {WHOLE_ROW.format(each="w", whole=WHOLE)} as found from wanted w
        union all
        select e.*, {WHOLE_ROW.format(each="e", whole=WHOLE)} from (
            select a.milestone, a.asked, d.day, a.batch
            from answer a cross join lateral (
                select r.day from rollup r where r.milestone = a.milestone and r.day < a.day order by r.day desc limit 1
            ) d
            where (a.found).batch is null
        ) e
    )
"""
_DAYS = bindparam("days", type_=ARRAY(DATE))

_ROLLUPS = text(
    f"""
    {_ANSWERS}
    select m.code, r.province, r.units, r.reporting, r.done, r.value / nullif(r.live, 0), r.last_report
    from answer a join milestone m on m.id = a.milestone
    cross join lateral (
        select * from rollup r where r.milestone = a.milestone and r.day = a.day and r.batch = (a.found).batch
        offset 0 -- looked up in the index, milestone by milestone: the planner would rather read the whole table
    ) r
    where r.units > 0
    order by r.milestone, r.province
    """
).bindparams(_DAYS)


def rollups(connection: Connection, seq: int, day: date, milestone: str | None = None) -> list[Rollup]:
    """Every milestone (or one) on `day`, as known at `seq`: a row over all its units, then one a province with units.

    A milestone that has no units on that day is left out.
    """
    rows = connection.execute(_ROLLUPS, {"seq": seq, "days": [day], "milestone": milestone}).all()
    numbers = {province for _, province, *_ in rows}
    units = connection.execute(select(subject.c.id, subject.c.code).where(subject.c.id.in_(numbers)))
    codes = {unit.id: unit.code for unit in units}
    return [Rollup(code, codes.get(province), *figures) for code, province, *figures in rows]


_REPORTED = text(
    f"""
    {_ANSWERS}
    select m.code, (a.found).* from answer a join milestone m on m.id = a.milestone where (a.found).units > 0
    """
).bindparams(_DAYS)


def reported(connection: Connection, seq: int, day: date) -> dict[str, Reported]:
    """What is known at `seq` of every milestone over all its units of `day`; those without units are left out."""
    rows = connection.execute(_REPORTED, {"seq": seq, "days": [day], "milestone": None})
    return {row.code: _reported(row) for row in rows}


def _reported(row: Row[Any]) -> Reported:
    return Reported(
        percent=row.value / row.live if row.live else 0.0,
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


_CURVE = text(
    f"""
    {_ANSWERS}
    select m.code, a.asked as day, (a.found).value / nullif((a.found).live, 0) as percent
    from answer a join milestone m on m.id = a.milestone
    where (a.found).reporting > 0
    """
).bindparams(_DAYS)


def percent_over_time(
    connection: Connection, seq: int, days: Sequence[date], milestone: str | None = None
) -> dict[str, list[float]]:
    """For each milestone with reports (or for one) its percent, as `reported` has it, on each of `days`."""
    place = {day: number for number, day in enumerate(days)}
    found: dict[str, list[float]] = {}
    for row in connection.execute(_CURVE, {"seq": seq, "days": list(days), "milestone": milestone}):
        found.setdefault(row.code, [0.0] * len(days))[place[row.day]] = row.percent or 0.0
    return found


def province_percent(connection: Connection, seq: int, day: date) -> dict[str, dict[str, float]]:
    """For each province the percent of every milestone that is reported for it or for units in it."""
    found: dict[str, dict[str, float]] = {}
    for row in rollups(connection, seq, day):
        if row.province is not None and row.percent is not None:
            found.setdefault(row.province, {})[row.milestone] = row.percent
    return found
