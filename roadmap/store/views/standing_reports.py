"""The report that counts of each stream, with the stream's newest version."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

from roadmap.domain.changes import Recorded, Stream
from roadmap.domain.events import ProgressReported
from roadmap.store.codec import decode

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
