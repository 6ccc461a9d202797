"""What the log holds, by the column: what the orders of a batch are held against while its head is locked.

A stream is one number here, its milestone's short number in the upper half and its unit's in the lower, so that
200,000 rows are sorted and joined by one column.
"""

from __future__ import annotations

from typing import Final

import polars as pl
from sqlalchemy import Connection

from roadmap.store.codec import TYPES
from roadmap.store.copying import read
from roadmap.store.frames import EVENTS

_MILESTONES: Final = pl.Schema(
    {"subject_code": pl.String, "subject": pl.Int32, "commission": pl.String, "scope": pl.String}
)
_UNITS: Final = pl.Schema(
    {"unit_code": pl.String, "unit": pl.Int32, "kind": pl.String, "target": pl.Boolean, "offline": pl.Boolean}
)
_STANDING: Final = pl.Schema({"stream": pl.Int64, "versions": pl.Int32, "last_day": pl.Date, "last_state": pl.Int16})
#: What makes two reports of one stream and day the same.
CONTENT: Final = ("state", "percent", "forecast_finish", "confidence", "spent", "payload")
_TOLD: Final = pl.Schema({"stream": pl.Int64} | {name: EVENTS[name] for name in ("version", "effective", *CONTENT)})

#: How many streams are read at a time: the reports of all could be more than an array of the server's may hold.
_PART: Final = 1_000

#: A dropped one has no scope, so that a report on it is looked at by `domain.changes.decide`.
_MILESTONES_QUERY: Final = """
    select code, id, commission, case when body::json->>'dropped' = 'true' then null else scope end as scope
    from milestone where code = any(%(codes)s::text[])
"""
_UNITS_QUERY: Final = "select code, id, kind, target, offline from unit where code = any(%(codes)s::text[])"
_STANDING_QUERY: Final = """
    select k.stream, r.versions, r.effective, r.state from unnest(%(streams)s::bigint[]) as k(stream)
    join report r on r.milestone = (k.stream >> 32)::int and r.unit = (k.stream & 4294967295)::int
"""
_TOLD_QUERY: Final = """
    select k.stream, e.version, e.effective, e.state, e.percent, e.forecast_finish, e.confidence, e.spent, e.payload
    from unnest(%(streams)s::bigint[]) as k(stream)
    join event e on e.type = %(type)s and e.subject = (k.stream >> 32)::int and e.unit = (k.stream & 4294967295)::int
"""


def stream() -> pl.Expr:
    """The stream's number of rows with the short numbers `subject` and `unit`."""
    return (pl.col("subject").cast(pl.Int64) * 2**32 + pl.col("unit")).alias("stream")


def milestones(connection: Connection, codes: pl.Series) -> pl.DataFrame:
    """Milestones in force among `codes`: `subject_code`, `subject` (its short number), `commission`, `scope`."""
    return read(connection, _MILESTONES_QUERY, _MILESTONES, {"codes": codes.to_list()})


def units(connection: Connection, codes: pl.Series) -> pl.DataFrame:
    """Units in force among `codes`: `unit_code`, `unit` (its short number), `kind`, `target`, `offline`."""
    return read(connection, _UNITS_QUERY, _UNITS, {"codes": codes.to_list()})


def standing(connection: Connection, streams: pl.Series) -> pl.DataFrame:
    """Where those of `streams` stand that hold anything: `stream`, `versions`, `last_day`, `last_state`.

    `versions` is the newest version, `last_state` what the report says that counts, which is of `last_day`.
    """
    # As one text: psycopg would look at each of 100,000 numbers for its type.
    listed = "{" + ",".join(streams.cast(pl.String)) + "}"
    return read(connection, _STANDING_QUERY, _STANDING, {"streams": listed})


def told(connection: Connection, streams: pl.Series) -> pl.DataFrame:
    """The newest version of each day's report in `streams`: `stream`, `effective` and the `CONTENT` columns."""
    parts = [streams.slice(start, _PART).to_list() for start in range(0, len(streams), _PART)]
    kind = TYPES["progress_reported"]
    reports = pl.concat(read(connection, _TOLD_QUERY, _TOLD, {"streams": part, "type": kind}) for part in parts)
    return reports.sort("version").unique(["stream", "effective"], keep="last").drop("version")
