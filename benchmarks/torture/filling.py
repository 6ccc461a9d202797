"""A log as years of use leave it, filled by the bulk path: late reports, corrections, ends and returns, changed plans.

Nothing asks whether a report may follow the one before it: what must hold of a rebuild holds for anything in the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl
from sqlalchemy import Engine

from benchmarks import worlds
from benchmarks.torture import appending
from benchmarks.torture.progress import each
from roadmap import organisation
from roadmap.domain.events import Event, MilestoneBaselined, UnitOpened
from roadmap.domain.model import Scope, UnitKind, UnitWeights
from roadmap.store import log, present
from roadmap.store.codec import TYPES
from roadmap.store.frames import EVENTS

#: So many days does anything happen on, in so many batches: most batches touch days that others have touched.
DAYS: Final = 16
_BATCHES: Final = 24
_PLAN_EVERY: Final = 3
_FIRST_DAY: Final = date(2025, 1, 31)
_STATES: Final = [0, 1, 1, 1, 1, 2, 2, 3, 4]
_PAYLOAD: Final = '{"narrative":"روایت"}'


def fill(world: worlds.World, events: int) -> None:
    """Appends at least `events` events: reports in 24 batches, and between them changes of units and milestones."""
    chance = np.random.default_rng(worlds.SEED)
    streams = _streams(world)
    versions = np.zeros(streams.height, np.int32)
    size = -(-events // _BATCHES)
    for number in each(range(_BATCHES), "filling the log"):
        _append_reports(world.engine, _reports(streams, versions, size, number, chance), f"reports-{number}")
        if number % _PLAN_EVERY == 0:
            _append_plan(world, number, chance)


def _streams(world: worlds.World) -> pl.DataFrame:
    """Every milestone with every station, sorted by their short numbers."""
    stations = [unit.code for unit in organisation.units(world.programme) if unit.kind is UnitKind.STATION]
    with world.engine.connect() as connection:
        milestones = present.milestones(connection, pl.Series([each.code for each in world.programme.milestones]))
        units = present.units(connection, pl.Series(stations))
    found = milestones.select("subject", "subject_code").join(units.select("unit", "unit_code"), how="cross")
    return found.sort("subject", "unit").with_row_index("stream")


def _reports(
    streams: pl.DataFrame, versions: np.ndarray, size: int, number: int, chance: np.random.Generator
) -> pl.DataFrame:
    """A batch of reports of random streams for days up to about now, most of them recent; `versions` goes on."""
    back = np.minimum(chance.geometric(0.4, size) - 1, DAYS - 1)
    newest = 1 + number * (DAYS - 1) // _BATCHES
    days = np.maximum(newest - back, 0)
    plain = pl.DataFrame(
        {
            "stream": chance.integers(0, streams.height, size).astype(np.uint32),
            "effective": pl.Series(days * 30, dtype=pl.Int32),
            "arrival": chance.random(size),
            "state": chance.choice(_STATES, size),
            "percent": chance.integers(0, 1001, size) / 10,
            "forecast_finish": pl.Series(chance.integers(0, 700, size), dtype=pl.Int32),
            "confidence": chance.integers(0, 3, size),
            "spent": chance.integers(0, 1000, size) / 8,
            "silent": chance.integers(0, 4, size),
        }
    )
    ranks = pl.col("arrival").rank("ordinal").over("stream")
    known = pl.Series("known", versions)
    events = (
        plain.with_columns(version=known.gather(plain["stream"]) + ranks, row=pl.int_range(2, size + 2))
        .with_columns(
            effective=pl.lit(_FIRST_DAY) + pl.duration(days="effective"),
            forecast_finish=pl.when(silent=0).then(None).otherwise(_later("forecast_finish")),
            confidence=pl.when(silent=1).then(None).otherwise("confidence"),
            spent=pl.when(pl.col("silent") >= 2).then(None).otherwise("spent"),
            payload=pl.when(silent=3).then(pl.lit(_PAYLOAD)),
            sheet=pl.lit("sheet"),
            type=pl.lit(TYPES["progress_reported"]),
        )
        .join(streams, on="stream")
        .sort("subject", "unit", "effective", "version")
    )
    np.maximum.at(versions, events["stream"].to_numpy(), events["version"].to_numpy().astype(np.int32))
    return events.select(pl.col(name).cast(dtype) for name, dtype in EVENTS.items())


def _later(days: str) -> pl.Expr:
    return pl.lit(_FIRST_DAY) + pl.duration(days=days)


def _append_reports(engine: Engine, events: pl.DataFrame, digest: str) -> None:
    with log.writing(engine) as writer:
        appending_ = writer.begin(appending.delivery(digest))
        half = events["subject"].median()
        for part in (events.filter(pl.col("subject") <= half), events.filter(pl.col("subject") > half)):
            appending_.add(part)
        appending_.close()


def _append_plan(world: worlds.World, number: int, chance: np.random.Generator) -> None:
    """Some stations move, or count otherwise, from some day on; so does a milestone, late as often as not."""
    events = [*_moved(world, chance), _baselined(world, chance)]
    delivery = appending.delivery(f"plan-{number}")
    with log.writing(world.engine) as writer:
        writer.append(delivery, log.Outcome(events=[log.NewEvent(event) for event in events]))


def _moved(world: worlds.World, chance: np.random.Generator) -> Sequence[Event]:
    units = organisation.units(world.programme)
    provinces = [unit.code for unit in units if unit.kind is UnitKind.PROVINCE]
    stations = [unit for unit in units if unit.kind is UnitKind.STATION]
    chosen = chance.choice(len(stations), min(3, len(stations)), replace=False)
    return [
        UnitOpened(
            effective=_some_day(chance),
            unit=stations[place].model_copy(
                update={
                    "parent": str(chance.choice(provinces)),
                    "visits": int(chance.integers(0, 100)),
                    "target": bool(chance.integers(0, 2)),
                }
            ),
        )
        for place in chosen
    ]


def _baselined(world: worlds.World, chance: np.random.Generator) -> Event:
    milestone = world.programme.milestones[int(chance.integers(0, len(world.programme.milestones)))]
    changes = {
        "scope": (Scope.STATION, Scope.TARGET)[int(chance.integers(0, 2))],
        "unit_weights": (UnitWeights.EQUAL, UnitWeights.VISITS)[int(chance.integers(0, 2))],
    }
    return MilestoneBaselined(effective=_some_day(chance), baseline=2, milestone=milestone.model_copy(update=changes))


def _some_day(chance: np.random.Generator) -> date:
    return _FIRST_DAY + timedelta(days=int(chance.integers(0, DAYS * 30)))
