"""The report that counts of each stream, with the stream's newest version; and a delivery by its number."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

from roadmap.domain.changes import Recorded, Stream
from roadmap.domain.events import ProgressReported
from roadmap.store.codec import decode
from roadmap.store.receipts import Receipt, receipt_of
from roadmap.store.tables import batch as batch_table

_STANDING = text(
    """
    select m.code as of_milestone, u.code as of_unit, r.versions, e.*
    from milestone m
    join report r on r.milestone = m.id
    join subject u on u.id = r.unit
    join event e on e.seq = r.seq
    where m.code = any(:codes)
    """
).bindparams(bindparam("codes", type_=ARRAY(TEXT)))


def standing_reports(connection: Connection, milestones: Collection[str]) -> dict[Stream, Recorded]:
    """The report that counts now of each stream of `milestones` that has any.

    Its version here is the stream's newest one, which whoever corrects it has to name.
    """
    found: dict[Stream, Recorded] = {}
    for row in connection.execute(_STANDING, {"codes": list(milestones)}):
        report = decode(row, row.of_milestone, row.of_unit)
        if isinstance(report, ProgressReported):
            found[row.of_milestone, row.of_unit] = Recorded(row.versions, report)
    return found


def receipt(connection: Connection, batch: int) -> Receipt | None:
    """The receipt of the delivery `batch`; None where there is none."""
    row = connection.execute(select(batch_table).where(batch_table.c.id == batch)).one_or_none()
    return None if row is None else receipt_of(row)
