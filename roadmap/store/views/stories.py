"""A milestone's story: every report of it, for which unit, and the way it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select, text

from roadmap.domain.events import ProgressReported
from roadmap.domain.model import Unit
from roadmap.store.codec import TYPES, decode
from roadmap.store.receipts import Receipt
from roadmap.store.tables import unit as unit_table
from roadmap.store.views.deliveries import receipts_of

_REPORT = TYPES["progress_reported"]


@dataclass(frozen=True)
class Told:
    """One report in a milestone's story: what was said, for which unit, and the way it came."""

    seq: int
    version: int
    unit: Unit
    report: ProgressReported
    sheet: str | None
    row: int | None
    receipt: Receipt


#: The days for which anything is known of a milestone, the newest first: each by one look at an index.
_STORY_DAYS = text(
    """
    with recursive told as (
        select m.id, (
            select r.day from rollup r where r.milestone = m.id and r.day <= (
                select last_day from reach join batch on batch.id = reach.batch
                where batch.last_seq <= :seq order by reach.batch desc limit 1
            ) order by r.day desc limit 1
        ) as day
        from subject m where m.kind = 'milestone' and m.code = :milestone
        union all
        select t.id, (select max(r.day) from rollup r where r.milestone = t.id and r.day < t.day)
        from told t where t.day is not null
    )
    select day from told where day is not null
    """
)

#: Reports of days after :floor. They stand in ranges of the log, and in none that was written before the log's events
#: first reached beyond that day.
_STORY = text(
    """
    select told.*, s.code as of_subject, u.code as of_unit
    from (
        select e.* from subject m
        join span on span.milestone = m.id and span.first_seq <= :seq
        join event e on e.seq between span.first_seq and least(span.last_seq, :seq)
        where m.kind = 'milestone' and m.code = :milestone and e.effective > :floor
          and span.batch >= (select batch from reach where last_day > :floor order by batch limit 1)
        order by e.effective desc, e.seq desc limit :limit offset :offset
    ) told
    join subject s on s.id = told.subject join subject u on u.id = told.unit
    order by told.effective desc, told.seq desc
    """
)

_STORY_OF_UNIT = text(
    f"""
    select e.*, m.code as of_subject, u.code as of_unit
    from subject m
    join subject u on u.kind = 'unit' and u.code = :unit
    join event e on e.type = {_REPORT} and e.subject = m.id and e.unit = u.id and e.seq <= :seq
    where m.kind = 'milestone' and m.code = :milestone
    order by e.effective desc, e.seq desc limit :limit offset :offset
    """
)


def story(
    connection: Connection, milestone: str, seq: int, *, unit: str | None = None, limit: int = 50, offset: int = 0
) -> list[Told]:
    """Reports of `milestone` (for one `unit`) known at `seq`, of the newest day first, each with the way it came."""
    wanted = {"milestone": milestone, "seq": seq, "limit": limit, "offset": offset}
    if unit is None:
        rows = _newest_told(connection, wanted)
    else:
        rows = connection.execute(_STORY_OF_UNIT, {**wanted, "unit": unit}).all()
    by_code = {unit.code: unit for unit in _units_of(connection, {row.of_unit for row in rows})}
    deliveries = receipts_of(connection, {row.batch for row in rows})
    told = []
    for row in rows:
        report = decode(row, row.of_subject, row.of_unit)
        if isinstance(report, ProgressReported):
            receipt = deliveries[row.batch]
            told.append(Told(row.seq, row.version, by_code[row.of_unit], report, row.sheet, row.row, receipt))
    return told


def _newest_told(connection: Connection, wanted: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """A page of a story, looked for among the reports of the last day, then of two, four, … days, then among all."""
    days = connection.execute(_STORY_DAYS, wanted).scalars().all()
    floors = [*(days[2**power] for power in range(len(days).bit_length()) if 2**power < len(days)), date.min]
    rows: Sequence[Row[Any]] = []
    for floor in floors:
        rows = connection.execute(_STORY, {**wanted, "floor": floor}).all()
        if len(rows) == wanted["limit"]:
            break
    return rows


def story_length(connection: Connection, milestone: str, seq: int) -> int:
    """How many reports `story` could tell."""
    query = text(
        """
        select coalesce(sum(least(span.last_seq, :seq) - span.first_seq + 1), 0)
        from subject m join span on span.milestone = m.id and span.first_seq <= :seq
        where m.kind = 'milestone' and m.code = :milestone
        """
    )
    return int(connection.execute(query, {"milestone": milestone, "seq": seq}).scalar_one())


def _units_of(connection: Connection, codes: set[str]) -> list[Unit]:
    rows = connection.execute(select(unit_table.c.body).where(unit_table.c.code.in_(codes)))
    return [Unit.model_validate_json(row.body) for row in rows]
