"""Intake as ratios: a whole file's way into the log, beside a bare COPY of its rows and the peers, in one run."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks import bulk, peers, worlds
from benchmarks.figures import BenchmarkError, Figure, at_least, at_most, exactly
from roadmap import programme
from roadmap.intake import pipeline
from roadmap.settings import Settings
from roadmap.store import database, stored
from roadmap.store.frames import HASHED
from roadmap.store.hashing import Merkle, packed
from roadmap.store.leaves import leaves
from roadmap.store.log import Receipt

#: Bare loads before the intake, and as many after it: machines are not equally fast from minute to minute.
_BARE_RUNS: Final = 2
#: A file of fewer rows is taken in this often, each time in a fresh database; the median ratio counts.
_LARGE, _RUNS = 1_000_000, 3
_WARM_UP_MONTHS, _WARM_UP_ROWS = 1, 19
_SECONDS_AT_10K: Final = 0.5
_REPEATED_LIMIT: Final = 0.5
_MEMORY_LIMIT_MB: Final = 700
_FLAT: Final = 1.1
_CHAIN_SHARE: Final = 5.0
#: Rows from which on a target holds, and how many times bare the whole intake may take there.
_RATIO_LIMITS: Final = ((1_000_000, 4.0), (100_000, 6.0))
#: How many times faster than dlt: with the contract, and without any validation.
_FASTER: Final[dict[peers.Way, float]] = {"contract": 12.0, "arrow": 3.0}
#: Beyond these many rows a peer takes longer than anybody would wait.
_MOST_NAIVE, _MOST_DLT = 100_000, 1_000_000


@dataclass(frozen=True)
class Loaded:
    """Seconds of a whole intake, of the same content again, and of hashing its events alone; highest resident MB."""

    whole: float
    again: float
    hashing: float
    memory: float
    receipt: Receipt


@dataclass(frozen=True)
class Measured:
    """The same `rows` by each way, in seconds; a peer that was not asked has no entry."""

    rows: int
    bare: float
    loaded: Loaded
    peers: dict[str, float]

    @property
    def label(self) -> str:
        """What the figures' names begin with."""
        return f"intake, {self.rows:,} rows"


def figures(sizes: Sequence[int]) -> Iterator[Figure]:
    """The figures for files of about these many rows; whether memory stays flat from one size to the next."""
    before: Measured | None = None
    for rows in sorted(sizes):
        found = measure(rows)
        yield from _figures(found)
        if before is not None and before.rows >= _RATIO_LIMITS[0][0]:
            growth = found.loaded.memory / before.loaded.memory
            yield at_most(f"{found.label}: peak memory beside {before.rows:,} rows", growth, "×", _FLAT)
        before = found


def measure(rows: int) -> Measured:
    """A generated file of about `rows` rows by all ways; the peers once, ours and the bare load as often as it pays."""
    size = worlds.size_for(rows)
    first = _measured(size, with_peers=True)
    others = [_measured(size, with_peers=False) for _ in range(1, 1 if rows >= _LARGE else _RUNS)]
    median = sorted([first, *others], key=lambda found: found.loaded.whole / found.bare)[len(others) // 2]
    return replace(median, peers=first.peers)


def _measured(size: worlds.Size, *, with_peers: bool) -> Measured:
    """On one server, one way after the other."""
    with worlds.world(size) as world:
        folder = world.settings.state_dir.parent
        path = folder / "reports.csv"
        bad = bulk.write_csv(path, bulk.months(world.programme, size.months))
        bare = _bare(world, size)
        loaded = _apart(world.settings, path)
        if loaded.receipt.rejected != bad or loaded.receipt.rows_read != size.rows:
            told = f"read {loaded.receipt.rows_read:,}, refused {loaded.receipt.rejected:,} of {bad:,} bad ones"
            message = f"Intake of {size.rows:,} rows {told}; figures void."
            raise BenchmarkError(message)
        bare += _bare(world, size)
        asked = _peers(world.databases.owner, path, folder, size.rows) if with_peers else {}
        return Measured(size.rows, statistics.median(bare), loaded, asked)


def _bare(world: worlds.World, size: worlds.Size) -> list[float]:
    owner = world.databases.owner
    return [peers.bare_copy(owner, bulk.months(world.programme, size.months)) for _ in range(_BARE_RUNS)]


def _peers(owner_url: str, path: Path, folder: Path, rows: int) -> dict[str, float]:
    found: dict[str, float] = {}
    if rows <= _MOST_NAIVE:
        found["naive"] = peers.naive(owner_url, path)
    if rows <= _MOST_DLT:
        found |= {way: peers.dlt(way, owner_url, path, folder) for way in _FASTER}
    return found


def _apart(settings: Settings, path: Path) -> Loaded:
    """Loads in a process of its own, so that its memory is its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(_loaded, settings, path).result()


def _loaded(settings: Settings, path: Path) -> Loaded:
    """A whole intake with libraries loaded and connections open, then the same again."""
    _load(settings, _warm_up(settings, path))
    whole, receipt = _load(settings, path)
    memory = _highest_memory()
    again, repeated = _load(settings, path)
    if not repeated.repeated:
        message = "The same content again was not recognised; figures void."
        raise BenchmarkError(message)
    return Loaded(whole, again, _hashing(settings), memory, receipt)


def _hashing(settings: Settings) -> float:
    """Seconds for the leaves of all events of the log and the tree over them."""
    engine, tree, seconds = database.connect(str(settings.database_url)), Merkle(), 0.0
    with engine.connect() as connection:
        for block in stored.events(connection):
            began = time.perf_counter()
            tree.add(packed(leaves(block.select(HASHED))))
            seconds += time.perf_counter() - began
    engine.dispose()
    return seconds


def _warm_up(settings: Settings, path: Path) -> Path:
    """A small file of rows that are refused, so that nothing is left in the log but rejects; too few to be held."""
    plan = programme.load(settings.programme)
    frame = next(bulk.months(plan, _WARM_UP_MONTHS)).head(_WARM_UP_ROWS).with_columns(milestone=bulk.nobodys())
    small = path.with_name("warm-up.csv")
    bulk.write_csv(small, [frame])
    return small


def _load(settings: Settings, path: Path) -> tuple[float, Receipt]:
    plan = programme.load(settings.programme)
    engine = database.connect(str(settings.database_url))
    began = time.perf_counter()
    receipt = pipeline.load(engine, plan, settings, worlds.COMMISSION, path, today=worlds.TODAY)
    seconds = time.perf_counter() - began
    engine.dispose()
    return seconds, receipt


def _highest_memory() -> float:
    """The most that this process was resident with, in MB (of the program alone: not what it was forked from)."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _figures(found: Measured) -> Iterator[Figure]:
    label, loaded = found.label, found.loaded
    yield Figure(f"{label}: bare COPY, the unit", found.bare, "s")
    yield from _whole(found)
    yield at_most(f"{label}: same batch again", loaded.again / found.bare, "× bare", _REPEATED_LIMIT)
    yield at_most(f"{label}: hashes and tree", loaded.hashing / loaded.whole * 100, "% of whole", _CHAIN_SHARE)
    for name, seconds in found.peers.items():
        yield Figure(f"{label}: {name} peer", seconds / found.bare, "× bare")
        ratio, limit = seconds / loaded.whole, _FASTER.get(name)  # type: ignore[call-overload]
        faster = f"{label}: faster than the {name} peer"
        yield Figure(faster, ratio, "×") if limit is None else at_least(faster, ratio, "×", limit)
    yield at_most(f"{label}: peak memory", loaded.memory, "MB", _MEMORY_LIMIT_MB)
    yield exactly(f"{label}: rows not accounted for", found.rows - loaded.receipt.rows_read, "rows", 0)


def _whole(found: Measured) -> list[Figure]:
    """Small files have a target in seconds, large ones one in bare loads."""
    limit = next((ratio for rows, ratio in _RATIO_LIMITS if found.rows >= rows), None)
    ratio, seconds = found.loaded.whole / found.bare, found.loaded.whole
    if limit is None:
        allowed = at_most(f"{found.label}: whole, warm", seconds, "s", _SECONDS_AT_10K)
        return [Figure(f"{found.label}: whole", ratio, "× bare"), allowed]
    return [
        at_most(f"{found.label}: whole", ratio, "× bare", limit),
        Figure(f"{found.label}: whole, warm", seconds, "s"),
    ]
