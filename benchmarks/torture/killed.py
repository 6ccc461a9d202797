"""T2: a writer is killed with -9 at random moments; nothing that it was told is written may be gone."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import text

from benchmarks import worlds
from benchmarks.figures import Figure, exactly
from benchmarks.torture import appending, workers
from roadmap.store import log

_LARGEST_BATCH: Final = 100
_LONGEST_LIFE_SECONDS: Final = 0.4
_LOOK_SECONDS: Final = 0.001
_BEGUN, _DONE = "begun ", "done "


@dataclass(frozen=True)
class Diary:
    """What a killed writer had begun, and what it had been told is written."""

    begun: set[str]
    done: set[str]


def figures(kills: int) -> Iterator[Figure]:
    """Kills `kills` writers one after the other and holds the log against their diaries."""
    with worlds.world(worlds.Size(10, 1)) as world:
        diaries = [_killed(world, number) for number in range(kills)]
        begun = set().union(*(diary.begun for diary in diaries))
        done = set().union(*(diary.done for diary in diaries))
        written, halves = _in_the_log(world)
        label = f"T2 {kills} kills"
        yield Figure(f"{label}: acknowledged batches", len(done), "batches")
        yield Figure(f"{label}: in the middle of a batch", len(begun - done), "kills")
        yield Figure(f"{label}: written, but the writer died before it knew", len(written - done), "batches")
        yield exactly(f"{label}: acknowledged and lost", len(done - written), "batches", 0)
        yield exactly(f"{label}: half a batch", halves, "batches", 0)
        yield exactly(f"{label}: verify finds", appending.breaks(world.engine), "breaks", 0)


def _killed(world: worlds.World, number: int) -> Diary:
    """The diary of a writer that lived a random while after its first word."""
    path = world.settings.state_dir.parent / f"diary-{number}"
    path.touch()
    writer = workers.start(_write, world.databases.application, path, worlds.SEED + number)
    while not path.stat().st_size and writer.is_alive():
        time.sleep(_LOOK_SECONDS)
    time.sleep(random.Random(worlds.SEED + number).uniform(0, _LONGEST_LIFE_SECONDS))
    writer.kill()
    writer.join()
    lines = path.read_text("ascii").splitlines()
    return Diary(*({line.removeprefix(word) for line in lines if line.startswith(word)} for word in (_BEGUN, _DONE)))


def _write(url: str, path: Path, seed: int) -> None:
    """Appends until killed, and writes each step to its diary at once."""
    engine, chance, number = workers.engine(url), random.Random(seed), 0
    diary = os.open(path, os.O_WRONLY | os.O_APPEND)
    while True:
        number += 1
        digest = f"{seed}-{number}"
        delivery, outcome = appending.batch(chance, chance.randint(1, _LARGEST_BATCH), digest)
        os.write(diary, f"{_BEGUN}{digest}\n".encode())
        with log.writing(engine) as writer:
            writer.append(delivery, outcome)
        os.write(diary, f"{_DONE}{digest}\n".encode())


def _in_the_log(world: worlds.World) -> tuple[set[str], int]:
    """Digests of the torture's batches, and how many batches do not have as many events as their receipt says."""
    query = text(
        """
        select b.digest, b.accepted, count(e.seq) as events from batch b left join event e on e.batch = b.id
        where b.actor = 'torture' group by b.id
        """
    )
    with world.engine.connect() as connection:
        rows = connection.execute(query).all()
    return {row.digest for row in rows}, sum(row.accepted != row.events for row in rows)
