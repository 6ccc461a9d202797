"""Reports by the month, as many as a programme of any size has: frames from a fixed seed, and the file they make."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from roadmap import organisation
from roadmap.domain.calendar import add_months, month_end
from roadmap.domain.model import UnitKind
from roadmap.programme import Programme

SEED: Final = 20_261_130
#: Share of a file's rows that are wrong, as in the targets.
BAD_SHARE: Final = 0.01

_FIRST_MONTH: Final = date(2023, 11, 30)
_FORECAST_FROM, _FORECAST_DAYS = date(2027, 1, 1), 365
_REMARK_EVERY: Final = 10
#: What each column is called by the commission that sends the file.
HEADERS: Final = {
    "milestone": "Code",
    "unit": "Place",
    "effective": "As of",
    "state": "State",
    "percent": "Done %",
    "forecast_finish": "Expected",
    "narrative": "Remarks",
}
#: Column and what a spoilt row has there; none: a milestone that nobody promised.
_MISHAPS: Final = (("State", "maybe"), ("Done %", "140"), ("As of", "2026-02-30"), ("Code", None))


def months(plan: Programme, count: int, seed: int = SEED) -> Iterator[pl.DataFrame]:
    """For each of `count` months a report of every milestone from every station, percent rising with the months."""
    chance = np.random.default_rng(seed)
    stations = [unit.code for unit in organisation.units(plan) if unit.kind is UnitKind.STATION]
    milestones = [milestone.code for milestone in plan.milestones]
    for index in range(count):
        day = month_end(add_months(_FIRST_MONTH, index, "gregorian"), "gregorian")
        yield _month(milestones, stations, day, (index, count), chance)


def _month(
    milestones: list[str], stations: list[str], day: date, place: tuple[int, int], chance: np.random.Generator
) -> pl.DataFrame:
    size = len(milestones) * len(stations)
    share = (place[0] + chance.random(size)) / place[1]
    later = pl.Series(chance.integers(0, _FORECAST_DAYS, size)).cast(pl.Int32)
    remarks = pl.Series(chance.integers(0, _REMARK_EVERY, size) == 0)
    return pl.DataFrame(
        {"milestone": pl.Series(milestones).repeat_by(len(stations)).explode(), "unit": stations * len(milestones)}
    ).with_columns(
        effective=pl.lit(day),
        state=pl.lit("in_progress"),
        percent=pl.Series(1 + 98 * share).round(1),
        forecast_finish=pl.lit(_FORECAST_FROM) + pl.duration(days=later),
        narrative=pl.when(remarks).then(pl.lit("کار پیش می‌رود.")),
    )


def nobodys() -> pl.Expr:
    """A milestone that no programme has."""
    return pl.lit("Q-0")


def write_csv(path: Path, frames: Iterable[pl.DataFrame], bad_share: float = BAD_SHARE, seed: int = SEED) -> int:
    """Writes `frames` as the commission's feed has them, a share of the rows spoilt; returns how many are."""
    chance = np.random.default_rng(seed)
    bad = 0
    with path.open("wb") as file:
        file.write("\ufeff".encode() + ";".join(HEADERS.values()).encode() + b"\n")
        for frame in frames:
            spoilt, count = _spoilt(_written(frame), bad_share, chance)
            file.write(_lines(spoilt))
            bad += count
    return bad


def _written(frame: pl.DataFrame) -> pl.DataFrame:
    """The cells as their sender writes them: decimal commas, own words."""
    return frame.select(
        pl.col("milestone", "unit"),
        pl.col("effective").cast(pl.String),
        pl.lit("doing").alias("state"),
        pl.col("percent").cast(pl.String).str.replace(".", ",", literal=True),
        pl.col("forecast_finish").cast(pl.String),
        pl.col("narrative"),
    ).rename(HEADERS)


def _spoilt(cells: pl.DataFrame, share: float, chance: np.random.Generator) -> tuple[pl.DataFrame, int]:
    bad = chance.random(cells.height) < share
    kinds = np.where(bad, chance.integers(0, len(_MISHAPS), cells.height), -1)
    changes = [
        pl.when(pl.lit(pl.Series(kinds == kind)))
        .then(pl.lit(written) if written else "X-" + pl.col(column))
        .otherwise(pl.col(column))
        .alias(column)
        for kind, (column, written) in enumerate(_MISHAPS)
    ]
    return cells.with_columns(changes), int(bad.sum())


def _lines(cells: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    cells.write_csv(buffer, include_header=False, separator=";")
    return buffer.getvalue()
