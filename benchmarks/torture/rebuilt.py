"""T5: projections dropped and made again from the log equal the live ones, row by row."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from benchmarks import worlds
from benchmarks.figures import Figure, exactly
from benchmarks.torture import filling
from roadmap.store import projecting
from roadmap.store.tables import PROJECTIONS


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild read, what there was before it, how many rows then differed, and how long it took."""

    events: int
    before: int
    rows: int
    seconds: float


def figures(events: int) -> Iterator[Figure]:
    """At least `events` events as years of use leave them; then the rebuild."""
    with worlds.world(worlds.size_for(max(events // filling.DAYS, 1))) as world:
        began = time.perf_counter()
        filling.fill(world, events)
        yield Figure("T5 filling the log", time.perf_counter() - began, "s")
        rebuilt = differing(world.engine)
        yield Figure(f"T5 rebuild of {rebuilt.events:,} events", rebuilt.seconds, "s")
        yield Figure("T5 projected rows", rebuilt.before, "rows")
        yield exactly("T5 rows that differ after the rebuild", rebuilt.rows, "rows", 0)


def differing(engine: Engine) -> Rebuilt:
    """Rebuilds every projection beside a copy of what was there."""
    with engine.begin() as connection:
        before = sum(_keep(connection, table.name) for table in PROJECTIONS)
        began = time.perf_counter()
        events = projecting.rebuild(connection)
        seconds = time.perf_counter() - began
        rows = sum(_differing(connection, table.name) for table in PROJECTIONS)
    return Rebuilt(events, before, rows, seconds)


def _keep(connection: Connection, name: str) -> int:
    connection.execute(text(f"create temporary table live_{name} on commit drop as table {name}"))
    return int(connection.execute(text(f"select count(*) from live_{name}")).scalar_one())  # noqa: S608 - a name of ours


def _differing(connection: Connection, name: str) -> int:
    """How many rows the one has and the other has not."""
    query = f"""
        select count(*) from (
            (table {name} except all table live_{name}) union all (table live_{name} except all table {name})
        ) d
    """  # noqa: S608 - names of ours
    return int(connection.execute(text(query)).scalar_one())
