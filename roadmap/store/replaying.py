"""Reads the log back as it was written: batch by batch, in parts that fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl
from sqlalchemy import Connection, text

from roadmap.analysis.rollup import NO_DAY
from roadmap.store import columns
from roadmap.store.columns import FLOAT, WHOLE, day

#: As many events at a time, at most, unless one milestone alone has more of them in a batch.
_PART = 500_000

#: What of an event projections follow from; a number that means null is one that no event has.
_KINDS: Final = {
    **dict.fromkeys(("type", "subject", "unit", "version", "state", "confidence"), WHOLE),
    **dict.fromkeys(("effective", "forecast_finish"), day(NO_DAY)),
    **dict.fromkeys(("percent", "spent"), FLOAT),
}
_EVENTS = f"select {', '.join(_KINDS)} from event where seq between %(first)s and %(last)s order by seq"


def batches(connection: Connection) -> Iterator[tuple[int, int, pl.DataFrame]]:
    """The events of every batch in order: its number, the first event's number, and what projections look at of them.

    A batch that is larger than a part comes in several, cut between milestones.
    """
    rows = connection.execute(text("select id, first_seq, last_seq from batch where last_seq >= first_seq order by id"))
    for batch, first_seq, last_seq in rows.all():
        first = first_seq
        while first <= last_seq:
            part = _part(connection, first, last_seq)
            yield batch, first, part
            first += len(part)


def _part(connection: Connection, first: int, last: int) -> pl.DataFrame:
    """Events from `first` on: all up to `last`, or whole milestones' reports of about a part's size."""
    size = _PART
    while True:
        part = columns.read(connection, _EVENTS, _KINDS, {"first": first, "last": min(first + size - 1, last)})
        turns = np.flatnonzero(np.diff(part["subject"]))
        if first + len(part["subject"]) > last:
            return columns.frame(part, _KINDS)
        if len(turns):
            return columns.frame(columns.taken(part, slice(turns[-1] + 1)), _KINDS)
        size *= 2
