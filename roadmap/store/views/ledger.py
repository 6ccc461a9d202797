"""What came in, by which way, and what was turned away: stories, receipts, rejects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, text

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


_STORY = text(
    f"""
    select s.code as of_subject, u.code as of_unit, e.*
    from event e
    join subject s on s.id = e.subject and s.kind = 'milestone' and s.code = :milestone
    join subject u on u.id = e.unit
    where e.type = {_REPORT} and e.seq <= :seq and (cast(:unit as text) is null or u.code = :unit)
    order by e.effective desc, e.seq desc
    limit :limit offset :offset
    """
)


def story(
    connection: Connection, milestone: str, seq: int, *, unit: str | None = None, limit: int = 50, offset: int = 0
) -> list[Told]:
    """Reports of `milestone` known at `seq`, newest first, each with the way it came."""
    wanted = {"milestone": milestone, "seq": seq, "unit": unit, "limit": limit, "offset": offset}
    rows = connection.execute(_STORY, wanted).all()
    by_code = {unit.code: unit for unit in _units_of(connection, {row.of_unit for row in rows})}
    deliveries = _receipts_by_id(connection, {row.batch for row in rows})
    told = []
    for row in rows:
        report = decode(row, row.of_subject, row.of_unit)
        if isinstance(report, ProgressReported):
            receipt = deliveries[row.batch]
            told.append(Told(row.seq, row.version, by_code[row.of_unit], report, row.sheet, row.row, receipt))
    return told


def story_length(connection: Connection, milestone: str, seq: int) -> int:
    """How many reports `story` could tell."""
    query = text(
        "select count(*) from event e join subject s on s.id = e.subject and s.kind = 'milestone' "
        f"where s.code = :milestone and e.type = {_REPORT} and e.seq <= :seq"
    )
    return int(connection.execute(query, {"milestone": milestone, "seq": seq}).scalar_one())


def _units_of(connection: Connection, codes: set[str]) -> list[Unit]:
    rows = connection.execute(select(unit_table.c.body).where(unit_table.c.code.in_(codes)))
    return [Unit.model_validate_json(row.body) for row in rows]


def _receipts_by_id(connection: Connection, ids: set[int]) -> dict[int, Receipt]:
    rows = connection.execute(select(batch_table).where(batch_table.c.id.in_(ids)))
    return {row.id: receipt_of(row) for row in rows}


def receipts(
    connection: Connection, seq: int, *, commission: str | None = None, channels: Sequence[str] = (), limit: int = 50
) -> list[Receipt]:
    """Receipts known at `seq`, newest first."""
    query = select(batch_table).where(batch_table.c.last_seq <= seq).order_by(batch_table.c.id.desc()).limit(limit)
    if commission is not None:
        query = query.where(batch_table.c.commission == commission)
    if channels:
        query = query.where(batch_table.c.channel.in_(channels))
    return [receipt_of(row) for row in connection.execute(query)]


def last_receipts(connection: Connection, seq: int) -> dict[str, Receipt]:
    """The newest receipt of each commission known at `seq`."""
    query = text(
        "select distinct on (commission) * from batch where commission <> '' and last_seq <= :seq "
        "order by commission, id desc"
    )
    return {row.commission: receipt_of(row) for row in connection.execute(query, {"seq": seq})}


def first_arrivals(connection: Connection, seq: int, since: datetime) -> dict[str, datetime]:
    """When the first delivery with accepted rows of each commission came in after `since`, known at `seq`."""
    query = text(
        "select commission, min(recorded) as first from batch "
        "where commission <> '' and accepted > 0 and recorded >= :since and last_seq <= :seq group by 1"
    )
    return {row.commission: row.first for row in connection.execute(query, {"seq": seq, "since": since})}


def rejects(
    connection: Connection, seq: int, *, commission: str | None = None, batch: int | None = None, limit: int = 500
) -> list[RejectRow]:
    """Lines of the reject ledger known at `seq`, newest first."""
    query = (
        select(reject_table, batch_table.c.source, batch_table.c.recorded)
        .join(batch_table, batch_table.c.id == reject_table.c.batch)
        .where(batch_table.c.last_seq <= seq)
        .order_by(reject_table.c.batch.desc(), reject_table.c.id)
        .limit(limit)
    )
    if commission is not None:
        query = query.where(reject_table.c.commission == commission)
    if batch is not None:
        query = query.where(reject_table.c.batch == batch)
    return [RejectRow(**row) for row in connection.execute(query).mappings()]


def reject_counts(connection: Connection, seq: int) -> dict[str, int]:
    """Rejected rows of each commission known at `seq` (a whole refused file counts as one)."""
    query = text(
        "select r.commission, count(distinct (r.batch, coalesce(r.sheet, ''), coalesce(r.row, 0))) as n "
        "from reject r join batch b on b.id = r.batch where b.last_seq <= :seq group by 1"
    )
    return {row.commission: row.n for row in connection.execute(query, {"seq": seq})}
