"""T2: a writer is killed with -9 at random moments; nothing that it was told is written may be gone.

Two controls show that the counts can be other than 0: a writer that commits row by row leaves half batches, and one
that acknowledges before its commit loses what it has acknowledged.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Final

from benchmarks import worlds
from benchmarks.figures import Figure, Target, exactly
from benchmarks.torture import appending, diary, workers
from benchmarks.torture.progress import each

_LONGEST_LIFE_SECONDS: Final = 0.3


def figures(kills: int, control: int) -> Iterator[Figure]:
    """Kills `kills` writers one after the other, then `control` of each kind that does it wrong."""
    with worlds.world(worlds.Size(10, 1)) as world:
        yield from _killed(world, "T2", kills, diary.whole).told(f"T2 {kills} kills")
        yield exactly("T2 verify finds", appending.breaks(world.engine), "breaks", 0)
        halves = _killed(world, "rows", control, diary.by_the_row).halves
        yield Figure("T2 control, a commit a row: half a batch", halves, "batches", Target("≥", 1))
        lost = _killed(world, "early", control, diary.too_early).lost
        yield Figure("T2 control, told before the commit: acknowledged and lost", lost, "batches", Target("≥", 1))


def _killed(world: worlds.World, name: str, kills: int, write: diary.Write) -> diary.Against:
    """Diaries of writers that each lived a random while after their first batch, against the log."""
    diaries = [_one(world, f"{name}-{number}", number, write) for number in each(range(kills), f"{name}: kills")]
    return diary.against_log(world.engine, diaries)


def _one(world: worlds.World, name: str, number: int, write: diary.Write) -> diary.Diary:
    path = diary.open_new(world.settings.state_dir.parent / "diaries" / name)
    seed = f"{name}-{worlds.SEED}"
    writer = workers.start(diary.keep, world.databases.application, path, seed, write)
    diary.await_progress(path, writer, 0)
    time.sleep(random.Random(worlds.SEED + number).uniform(0, _LONGEST_LIFE_SECONDS))
    writer.kill()
    writer.join()
    return diary.read(path)
