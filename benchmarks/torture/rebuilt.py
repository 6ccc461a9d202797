"""T5: projections dropped and made again from the log equal the live ones, row by row."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, select

from benchmarks import worlds
from benchmarks.figures import Figure, exactly
from benchmarks.torture import appending
from roadmap.domain.events import ProgressReported
from roadmap.store import log, projecting
from roadmap.store.tables import PROJECTIONS

_BATCH: Final = 500
_MONTHS: Final = 4


def figures(events: int) -> Iterator[Figure]:
    """About `events` reports of four months, in no order of time, so that many are late; then the rebuild."""
    size = worlds.size_for(max(events // _MONTHS, 1))
    with worlds.world(size) as world:
        _fill(world)
        with world.engine.begin() as connection:
            live = _snapshot(connection)
            began = time.perf_counter()
            count = projecting.rebuild(connection)
            seconds = time.perf_counter() - began
            differing = sum(len(live[name] ^ rows) for name, rows in _snapshot(connection).items())
        yield Figure(f"T5 rebuild of {count:,} events", seconds, "s")
        yield Figure("T5 projected rows", sum(map(len, live.values())), "rows")
        yield exactly("T5 rows that differ after the rebuild", differing, "rows", 0)


def _fill(world: worlds.World) -> None:
    rows = worlds.reports(world.programme, _MONTHS)
    random.Random(worlds.SEED).shuffle(rows)
    for start in range(0, len(rows), _BATCH):
        told = [ProgressReported.model_validate(row._asdict()) for row in rows[start : start + _BATCH]]
        outcome = log.Outcome(events=[log.NewEvent(report) for report in told])
        with log.writing(world.engine) as writer:
            writer.append(appending.delivery(f"{start}"), outcome)


def _snapshot(connection: Connection) -> dict[str, set[tuple[Any, ...]]]:
    return {table.name: {tuple(row) for row in connection.execute(select(table))} for table in PROJECTIONS}
