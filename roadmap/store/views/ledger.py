"""What came in, by which way, and what was turned away: stories, receipts, rejects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, select, text

from roadmap.domain.events import ProgressReported
from roadmap.domain.model import Unit
from roadmap.store.codec import TYPES, decode
from roadmap.store.log import Receipt, receipt_of
from roadmap.store.tables import batch as batch_table
from roadmap.store.tables import reject as reject_table
from roadmap.store.tables import unit as unit_table

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


@dataclass(frozen=True)
class RejectRow:
    """One line of the reject ledger; `row` None means the whole file."""

    id: int
    batch: int
    commission: str
    source: str
    recorded: datetime
    sheet: str | None
    row: int | None
    key: str
    field: str
    value: str
    code: str
    fa: str
    en: str


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
    deliveries = _receipts_by_id(connection, {row.batch for row in rows})
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


def _receipts_by_id(connection: Connection, ids: set[int]) -> dict[int, Receipt]:
    rows = connection.execute(select(batch_table).where(batch_table.c.id.in_(ids)))
    return {row.id: receipt_of(row) for row in rows}


def _known(seq: int) -> ScalarSelect[int]:
    """The last batch known at `seq`: everything up to it is found by its own number, from the newest backwards."""
    known = select(batch_table.c.id).where(batch_table.c.last_seq <= seq)
    return known.order_by(batch_table.c.last_seq.desc(), batch_table.c.id.desc()).limit(1).scalar_subquery()


def receipts(
    connection: Connection, seq: int, *, commission: str | None = None, channels: Sequence[str] = (), limit: int = 50
) -> list[Receipt]:
    """Receipts known at `seq`, newest first."""
    query = select(batch_table).where(batch_table.c.id <= _known(seq)).order_by(batch_table.c.id.desc()).limit(limit)
    if commission is not None:
        query = query.where(batch_table.c.commission == commission)
    if channels:
        query = query.where(batch_table.c.channel.in_(channels))
    return [receipt_of(row) for row in connection.execute(query)]


#: Every commission that ever sent anything: one look at an index each, however many batches there are.
_SENDERS = """
    with recursive sender as (
        select min(commission) as commission from batch where commission > ''
        union all
        select (select min(b.commission) from batch b where b.commission > s.commission)
        from sender s where s.commission is not null
    )
"""

_LAST_RECEIPTS = text(
    f"""
    {_SENDERS}
    select last.* from sender cross join lateral (
        select * from batch b where b.commission = sender.commission and b.last_seq <= :seq order by b.id desc limit 1
    ) last
    """
)


def last_receipts(connection: Connection, seq: int) -> dict[str, Receipt]:
    """The newest receipt of each commission known at `seq`."""
    return {row.commission: receipt_of(row) for row in connection.execute(_LAST_RECEIPTS, {"seq": seq})}


_FIRST_ARRIVALS = text(
    f"""
    {_SENDERS}
    select sender.commission, arrived.recorded as first from sender cross join lateral (
        select b.recorded from batch b
        where b.commission = sender.commission and b.accepted > 0 and b.recorded >= :since and b.last_seq <= :seq
        order by b.recorded limit 1
    ) arrived
    """
)


def first_arrivals(connection: Connection, seq: int, since: datetime) -> dict[str, datetime]:
    """When the first delivery with accepted rows of each commission came in after `since`, known at `seq`."""
    rows = connection.execute(_FIRST_ARRIVALS, {"seq": seq, "since": since})
    return {row.commission: row.first for row in rows}


def rejects(
    connection: Connection, seq: int, *, commission: str | None = None, batch: int | None = None, limit: int = 500
) -> list[RejectRow]:
    """Lines of the reject ledger known at `seq`, newest first."""
    query = (
        select(reject_table, batch_table.c.source, batch_table.c.recorded)
        .join(batch_table, batch_table.c.id == reject_table.c.batch)
        .where(reject_table.c.batch <= _known(seq))
        .order_by(reject_table.c.batch.desc(), reject_table.c.id)
        .limit(limit)
    )
    if commission is not None:
        query = query.where(reject_table.c.commission == commission)
    if batch is not None:
        query = query.where(reject_table.c.batch == batch)
    return [RejectRow(**row) for row in connection.execute(query).mappings()]


def reject_counts(connection: Connection, seq: int) -> dict[str, int]:
    """Rejected rows of each commission known at `seq` (a whole refused file counts as one), as their receipts say."""
    query = text(
        "select commission, sum(rejected + refused::int) as n from batch "
        "where (rejected > 0 or refused) and last_seq <= :seq group by 1"
    )
    return {row.commission: row.n for row in connection.execute(query, {"seq": seq})}
