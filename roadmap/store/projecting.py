"""Projections: what a batch of the log makes of the tables that the board reads.

A live append projects the events that it has just written, a rebuild empties the tables and projects batch by batch:
by the same code, so the two cannot drift apart. `domain.projections.fold` is its meaning in plain Python.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import polars as pl
from sqlalchemy import Connection, select, text

from roadmap.analysis.rollup import Ints
from roadmap.store import columns, copying, tables
from roadmap.store.assigning import assign
from roadmap.store.codec import TYPES
from roadmap.store.columns import Columns
from roadmap.store.frames import EVENTS
from roadmap.store.replaying import batches
from roadmap.store.rolling import RECORD, Made, made, write

_REPORT = TYPES["progress_reported"]

#: Answers whether the batch has been here before, in another part: only a row that was updated has an xmax.
_REACH = text(
    """
    insert into reach (batch, last_day)
    select :batch, greatest(:day, (select last_day from reach where batch < :batch order by batch desc limit 1))
    on conflict (batch) do update set last_day = greatest(reach.last_day, excluded.last_day)
    returning xmax <> 0 as again
    """
)

_UNROLL = text("delete from rollup where milestone = :milestone and day >= :since and batch = :batch")


def foreseen(connection: Connection, first_seq: int, events: pl.DataFrame) -> list[Made]:
    """What `project` will write of `events`, which are reports all; they need not be in the log yet."""
    seq = np.arange(first_seq, first_seq + len(events))
    return list(made(connection, _since(events), _reports(events, seq), first_seq))


def project(
    connection: Connection, batch: int, first_seq: int, events: pl.DataFrame, known: Iterable[Made] | None = None
) -> None:
    """Brings the projections up to date with `events` of `batch`, which the log holds already.

    Args:
        connection: the appending transaction.
        batch: its number; it may come in several parts, no milestone's reports in two of them.
        first_seq: the number of the first of `events`; they follow on without a gap.
        events: an EVENTS frame (`frames`); neither codes, nor origins, nor payloads are looked at.
        known: what `foreseen` has made of them.
    """
    if events.is_empty():
        return
    is_report = (events["type"] == _REPORT).to_numpy()
    reports = events if is_report.all() else events.filter(is_report)
    since = _since(reports)
    if len(reports) < len(events):
        for milestone, day in assign(connection, first_seq, first_seq + len(events) - 1).items():
            since[milestone] = min(since.get(milestone, day), day)
    again = connection.execute(_REACH, {"batch": batch, "day": events["effective"].max()}).scalar_one()
    if again and since:
        rows = [{"milestone": milestone, "since": day, "batch": batch} for milestone, day in since.items()]
        connection.execute(_UNROLL, rows)
    seq = np.flatnonzero(is_report) + first_seq
    for each in made(connection, since, _reports(reports, seq), first_seq) if known is None else known:
        write(connection, batch, each)
    copying.write(connection, tables.span, [_spans(reports["subject"].to_numpy(), seq, batch)])


def _since(reports: pl.DataFrame) -> dict[int, date]:
    """The first day that `reports` tell of each milestone."""
    told = reports.group_by("subject").agg(pl.col("effective").min())
    return dict(zip(told["subject"], told["effective"], strict=True))


def _reports(events: pl.DataFrame, seq: Ints) -> Columns:
    """Reports with the numbers `seq` in the form of `RECORD`."""
    own = events.select(
        pl.col("subject").alias("milestone"), pl.col("version").alias("versions"), pl.col(RECORD.keys() & EVENTS.keys())
    )
    nowhere = pl.lit(None, dtype=pl.Date).alias("finished_on")
    return columns.of(own.with_columns(pl.Series("seq", seq), nowhere), RECORD)


def _spans(milestone: Ints, seq: Ints, batch: int) -> pl.DataFrame:
    """Runs of numbers that follow on each other and belong to one milestone."""
    begins = np.flatnonzero((np.diff(milestone, prepend=-1) != 0) | (np.diff(seq, prepend=-1) != 1))
    ends = np.append(begins[1:], len(seq))[: len(begins)] - 1
    spans = {"milestone": milestone[begins], "first_seq": seq[begins], "last_seq": seq[ends]}
    return pl.DataFrame(spans).with_columns(pl.lit(batch).alias("batch"))


def rebuild(connection: Connection) -> int:
    """Empties every projection and makes it again from the whole log; returns the number of events.

    The caller holds the log's head, so nobody appends meanwhile.
    """
    for table in (*tables.PROJECTIONS, tables.layout):
        connection.execute(table.delete())
    for batch, first_seq, events in batches(connection):
        project(connection, batch, first_seq, events)
    connection.execute(tables.layout.insert().values(number=tables.LAYOUT))
    return int(connection.execute(select(tables.head.c.seq)).scalar_one())


def is_stale(connection: Connection) -> bool:
    """Whether the projections were made in another layout than this code's, or never: then `rebuild` is due."""
    return connection.execute(select(tables.layout.c.number)).scalar_one_or_none() != tables.LAYOUT
