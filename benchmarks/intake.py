"""Intake as ratios: a whole file's way into the log, beside a bare COPY of its rows and the naive way, in one run."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import peers, worlds
from benchmarks.figures import BenchmarkError, Figure, at_most, exactly
from roadmap.intake import pipeline
from roadmap.store import database
from roadmap.store.log import Receipt

_BARE_RUNS: Final = 3
_WARM_UP_ROWS: Final = 100
_SECONDS_AT_10K: Final = 0.5
_REPEATED_LIMIT: Final = 0.5
_MEMORY_LIMIT_MB: Final = 700
#: Rows from which on a target holds, and how many times bare the whole intake may take there.
_RATIO_LIMITS: Final = ((1_000_000, 4.0), (100_000, 6.0))


@dataclass(frozen=True)
class Measured:
    """Seconds of each way for the same `rows`; memory is the highest resident size of the process, in MB."""

    rows: int
    bare: float
    whole: float
    again: float
    naive: float
    memory: float
    unaccounted: int


def figures(rows: int) -> list[Figure]:
    """The figures for a file of about `rows` rows, measured in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return _figures(pool.submit(measure, rows).result())


def measure(rows: int) -> Measured:
    """Loads a generated file with libraries loaded, then the same again, then its rows by the peers' ways."""
    size = worlds.size_for(rows)
    with worlds.world(size) as world:
        meant = worlds.reports(world.programme, size.months)
        path = world.settings.state_dir.parent / "reports.csv"
        bad = worlds.write_csv(path, meant)
        _warm_up(world, meant[:_WARM_UP_ROWS])
        whole, receipt = _load(world, path)
        memory = _highest_memory()
        again, repeated = _load(world, path)
        if receipt.rejected != bad or not repeated.repeated:
            message = f"Intake of {size.rows} rows took {receipt.rejected} of {bad} bad rows for bad; figures void."
            raise BenchmarkError(message)
        bare = statistics.median(peers.bare_copy(world.databases.owner, meant) for _ in range(_BARE_RUNS))
        owner = database.connect(world.databases.owner)
        naive = peers.naive(owner, path)
        owner.dispose()
    return Measured(size.rows, bare, whole, again, naive, memory, size.rows - receipt.rows_read)


def _warm_up(world: worlds.World, rows: list[worlds.Report]) -> None:
    """Libraries are loaded and connections open before the clock starts; nothing is left in the log but rejects."""
    path = world.settings.state_dir.parent / "warm-up.csv"
    worlds.write_csv(path, [row._replace(milestone="Q-0") for row in rows])
    _load(world, path)


def _load(world: worlds.World, path: Path) -> tuple[float, Receipt]:
    began = time.perf_counter()
    receipt = pipeline.load(world.engine, world.programme, world.settings, worlds.COMMISSION, path, today=worlds.TODAY)
    return time.perf_counter() - began, receipt


def _highest_memory() -> float:
    """The most that this process was resident with, in MB (of the program alone: not what it was forked from)."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _figures(found: Measured) -> list[Figure]:
    label = f"intake, {found.rows:,} rows"
    return [
        Figure(f"{label}: bare COPY, the unit", found.bare, "s"),
        *_whole(label, found),
        at_most(f"{label}: same batch again", found.again / found.bare, "× bare", _REPEATED_LIMIT),
        Figure(f"{label}: naive peer", found.naive / found.bare, "× bare"),
        Figure(f"{label}: faster than the naive peer", found.naive / found.whole, "×"),
        at_most(f"{label}: peak memory", found.memory, "MB", _MEMORY_LIMIT_MB),
        exactly(f"{label}: rows not accounted for", found.unaccounted, "rows", 0),
    ]


def _whole(label: str, found: Measured) -> list[Figure]:
    """Small files have a target in seconds, large ones one in bare loads."""
    limit = next((ratio for rows, ratio in _RATIO_LIMITS if found.rows >= rows), None)
    ratio, seconds = found.whole / found.bare, found.whole
    if limit is None:
        allowed = at_most(f"{label}: whole, warm", seconds, "s", _SECONDS_AT_10K)
        return [Figure(f"{label}: whole", ratio, "× bare"), allowed]
    return [at_most(f"{label}: whole", ratio, "× bare", limit), Figure(f"{label}: whole, warm", seconds, "s")]
