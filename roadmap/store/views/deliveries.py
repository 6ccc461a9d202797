"""What came in, and by which way: receipts as known at an event."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, ScalarSelect, select, text

from roadmap.store.receipts import Receipt, receipt_of
from roadmap.store.tables import batch as batch_table


def receipt(connection: Connection, batch: int) -> Receipt | None:
    """The receipt of the delivery `batch`; None where there is none."""
    return receipts_of(connection, {batch}).get(batch)


def receipts_of(connection: Connection, batches: Collection[int]) -> dict[int, Receipt]:
    """The receipts of those of `batches` that there are, by their numbers."""
    rows = connection.execute(select(batch_table).where(batch_table.c.id.in_(batches)))
    return {row.id: receipt_of(row) for row in rows}


def last_batch(seq: int) -> ScalarSelect[int]:
    """The last batch known at `seq`: everything up to it is found by its own number, from the newest backwards."""
    known = select(batch_table.c.id).where(batch_table.c.last_seq <= seq)
    return known.order_by(batch_table.c.last_seq.desc(), batch_table.c.id.desc()).limit(1).scalar_subquery()


def receipts(
    connection: Connection, seq: int, *, commission: str | None = None, channels: Sequence[str] = (), limit: int = 50
) -> list[Receipt]:
    """Receipts known at `seq`, newest first."""
    query = (
        select(batch_table).where(batch_table.c.id <= last_batch(seq)).order_by(batch_table.c.id.desc()).limit(limit)
    )
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
