"""What was turned away: lines of the reject ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, select, text

from roadmap.store.tables import batch as batch_table
from roadmap.store.tables import reject as reject_table
from roadmap.store.views.deliveries import last_batch


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


@dataclass(frozen=True)
class Entry:
    """A line of the reject ledger without what it says; `last_seq` is the delivery's last event."""

    id: int
    batch: int
    last_seq: int
    commission: str
    source: str
    row: int | None
    key: str
    code: str


_ENTRIES: Final = """
    select line.* from unnest(cast(:commissions as text[])) as c(code)
    cross join lateral (
        select r.id, r.batch, b.last_seq, r.commission, b.source, r."row", r.key, r.code
        from batch b
        cross join lateral (select * from reject where batch = b.id order by id limit :most) r
        where b.commission = c.code and (b.rejected > 0 or b.refused) and b.id <= (
            select id from batch where last_seq <= :seq order by last_seq desc, id desc limit 1
        )
        order by b.id {direction}, r.id limit :most
    ) line
    order by line.batch {direction}, line.id
"""
_NEWEST_ENTRIES, _OLDEST_ENTRIES = text(_ENTRIES.format(direction="desc")), text(_ENTRIES.format(direction="asc"))


def entries(
    connection: Connection, seq: int, commissions: Collection[str], *, most: int, oldest_first: bool = False
) -> list[Entry]:
    """Lines of the reject ledger known at `seq`: of each commission at most `most`, by delivery in the order wanted."""
    query = _OLDEST_ENTRIES if oldest_first else _NEWEST_ENTRIES
    rows = connection.execute(query, {"seq": seq, "commissions": list(commissions), "most": most})
    return [Entry(*row) for row in rows]


def rejects_of(connection: Connection, ids: Sequence[int]) -> list[RejectRow]:
    """The lines with those numbers, in the order asked for."""
    rows = connection.execute(_lines().where(reject_table.c.id.in_(ids))).mappings()
    found = {row["id"]: RejectRow(**row) for row in rows}
    return [found[number] for number in ids]


def _lines() -> Select[Any]:
    return select(reject_table, batch_table.c.source, batch_table.c.recorded).join(
        batch_table, batch_table.c.id == reject_table.c.batch
    )


def rejects(
    connection: Connection, seq: int, *, commission: str | None = None, batch: int | None = None, limit: int = 500
) -> list[RejectRow]:
    """Lines of the reject ledger known at `seq`, newest first."""
    known = _lines().where(reject_table.c.batch <= last_batch(seq))
    query = known.order_by(reject_table.c.batch.desc(), reject_table.c.id).limit(limit)
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


def rejected_rows(connection: Connection, batch: int, rows: Collection[int | None]) -> set[int | None]:
    """Those of `rows` that were turned away of the delivery `batch`; None stands for the file as a whole."""
    own = reject_table.c.row.is_(None) | reject_table.c.row.in_([row for row in rows if row is not None])
    found = connection.execute(select(reject_table.c.row).distinct().where(reject_table.c.batch == batch, own))
    return set(rows) & set(found.scalars())
