"""What is usual of a commission: what its newest files were like, and where its streams stand, by the column."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, select, text

from roadmap.store import columns
from roadmap.store.copying import read
from roadmap.store.tables import batch as batch_table

#: Codes and short numbers of milestones, and of units.
SUBJECTS: Final = pl.Schema({"milestone": pl.String, "subject": pl.Int32})
UNITS: Final = pl.Schema({"unit": pl.String, "unit_number": pl.Int32})
_KINDS: Final = {
    "stream": columns.WHOLE,
    "last_day": columns.day(date.min.toordinal() - date(1970, 1, 1).toordinal() - 1),
    "last_percent": columns.FLOAT,
}
_STANDING: Final = """
    select (r.milestone::bigint << 32) + r.unit as stream, r.effective as last_day, r.percent as last_percent
    from report r where r.milestone = any(%(milestones)s::int[])
"""
_MILESTONES: Final = "select code, id from milestone where commission = %(commission)s"
_UNITS: Final = "select code, id from unit"
_HAS_REPORTED: Final = text(
    "select exists (select 1 from report r join milestone m on m.id = r.milestone where m.commission = :commission)"
)


def checks(connection: Connection, commission: str, channel: str, limit: int) -> list[dict[str, Any]]:
    """What was found of the newest deliveries of `commission` by that `channel` that were taken, newest first."""
    taken = (batch_table.c.commission == commission) & (batch_table.c.channel == channel) & ~batch_table.c.refused
    query = select(batch_table.c.checks).where(taken).order_by(batch_table.c.id.desc()).limit(limit)
    return [json.loads(found) for found in connection.execute(query).scalars()]


def has_reported(connection: Connection, commission: str) -> bool:
    """Whether there is any report of a milestone of `commission`."""
    return bool(connection.execute(_HAS_REPORTED, {"commission": commission}).scalar_one())


def numbers(connection: Connection, commission: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Short numbers in force: `milestone`, `subject` of the milestones of `commission`; `unit`, `unit_number` of all.

    Raises:
        StoreError: the server went away.
    """
    milestones = read(connection, _MILESTONES, SUBJECTS, {"commission": commission})
    return milestones, read(connection, _UNITS, UNITS, {})


def standing(connection: Connection, milestones: Collection[int]) -> pl.DataFrame:
    """Where the streams of `milestones` (short numbers) stand: `stream` (as in `present`), `last_day`, `last_percent`.

    Raises:
        StoreError: the server went away.
    """
    found = columns.read(connection, _STANDING, _KINDS, {"milestones": list(milestones)})
    return columns.frame(found, _KINDS)
