"""Writers that note each batch in a diary before they begin it and after they were told that it is written.

A diary is a file of its own, one line a step, written at once: it outlives its writer. Held against the log it says
what was acknowledged and lost, and what stands there by half.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from benchmarks import worlds
from benchmarks.figures import BenchmarkError, Figure, exactly
from benchmarks.torture import appending, workers
from roadmap.errors import StoreError
from roadmap.store import log

_LARGEST_BATCH: Final = 100
#: Between writing and committing, so that many a blow falls into the middle.
_LONGEST_PAUSE_SECONDS: Final = 0.01
#: Longer than anybody waits before he strikes.
_TOO_EARLY_SECONDS: Final = 1.0
_BETWEEN_TRIES_SECONDS: Final = 0.05
_LOOK_SECONDS: Final = 0.002
_PATIENCE_SECONDS: Final = 60.0
_BEGUN, _DONE, _FAILED = "begun", "done", "failed"

#: Writes a delivery and calls back when it is acknowledged.
Write = Callable[[Engine, log.Delivery, log.Outcome, Callable[[], None]], None]
Make = Callable[[random.Random, int, str], tuple[log.Delivery, log.Outcome]]


@dataclass(frozen=True)
class Diary:
    """What a writer had begun (with how many events), what it was told is written, and how often it was refused."""

    begun: dict[str, int]
    done: set[str]
    failed: int


@dataclass(frozen=True)
class Against:
    """Diaries held against the log."""

    acknowledged: int
    unanswered: int
    unheard: int
    lost: int
    halves: int

    def told(self, label: str) -> Iterator[Figure]:
        """The counts as figures; nothing may be lost or written by half."""
        yield Figure(f"{label}: acknowledged batches", self.acknowledged, "batches")
        yield Figure(f"{label}: begun and never acknowledged", self.unanswered, "batches")
        yield Figure(f"{label}: written, but the writer never learned it", self.unheard, "batches")
        yield exactly(f"{label}: acknowledged and lost", self.lost, "batches", 0)
        yield exactly(f"{label}: half a batch", self.halves, "batches", 0)


def whole(engine: Engine, delivery: log.Delivery, outcome: log.Outcome, told: Callable[[], None]) -> None:
    """A batch as it should be written: one transaction, acknowledged after its commit."""
    with log.writing(engine) as writer:
        writer.append(delivery, outcome)
        time.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS))
    told()


def by_the_row(engine: Engine, delivery: log.Delivery, outcome: log.Outcome, told: Callable[[], None]) -> None:
    """The control of "half a batch": each row is a transaction of its own."""
    for row, event in enumerate(outcome.events):
        with log.writing(engine) as writer:
            writer.append(replace(delivery, digest=f"{delivery.digest}-{row}"), log.Outcome(events=[event]))
    told()


def too_early(engine: Engine, delivery: log.Delivery, outcome: log.Outcome, told: Callable[[], None]) -> None:
    """The control of "acknowledged and lost": says that it is written before it has committed."""
    with log.writing(engine) as writer:
        writer.append(delivery, outcome)
        told()
        time.sleep(_TOO_EARLY_SECONDS)


def small(chance: random.Random, _: int, digest: str) -> tuple[log.Delivery, log.Outcome]:
    """A batch of up to 100 short reports."""
    return appending.batch(chance, chance.randint(1, _LARGEST_BATCH), digest)


def keep(url: str, path: Path, seed: str, write: Write = whole, make: Make = small) -> None:
    """A writer's life: appends until it is killed, or until somebody removes its diary; a refusal does not end it."""
    engine, chance, number = workers.engine(url), random.Random(seed), 0
    diary = os.open(path, os.O_WRONLY | os.O_APPEND)
    while path.exists():
        number += 1
        digest = f"{seed}-{number}"
        delivery, outcome = make(chance, number, digest)
        os.write(diary, f"{_BEGUN} {digest} {len(outcome.events)}\n".encode())
        try:
            write(engine, delivery, outcome, lambda: _note(diary, f"{_DONE} {digest}"))  # noqa: B023 - at once
        except (DBAPIError, psycopg.Error, StoreError):
            _note(diary, _FAILED)
            time.sleep(_BETWEEN_TRIES_SECONDS)


def _note(diary: int, line: str) -> None:
    os.write(diary, f"{line}\n".encode())


def read(path: Path) -> Diary:
    """The diary as it stands; its writer may be writing on."""
    lines = [line.split() for line in path.read_text("ascii").splitlines()]
    return Diary(
        begun={line[1]: int(line[2]) for line in lines if line[0] == _BEGUN},
        done={line[1] for line in lines if line[0] == _DONE},
        failed=sum(line[0] == _FAILED for line in lines),
    )


def open_new(path: Path) -> Path:
    """An empty diary."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@contextmanager
def writing(world: worlds.World, name: str, write: Write = whole, make: Make = small) -> Iterator[tuple[Path, Any]]:
    """The diary of a writer that goes on to the end of the block, and the writer."""
    path = open_new(world.settings.state_dir.parent / "diaries" / name.replace(" ", "-"))
    seed = f"{path.name}-{worlds.SEED}"
    writer = workers.start(keep, world.databases.application, path, seed, write, make)
    await_progress(path, writer, 0)
    yield path, writer
    kept = path.with_suffix(".kept")
    path.rename(kept)
    workers.finish([writer])
    kept.rename(path)


def await_progress(path: Path, writer: Any, beyond: int) -> None:  # noqa: ANN401 - multiprocessing's own
    """Waits until `writer` was told of more than `beyond` batches.

    Raises:
        BenchmarkError: it has ended, or was not within a minute.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while len(read(path).done) <= beyond:
        if not writer.is_alive() or time.monotonic() > deadline:
            raise BenchmarkError("A writer of the torture does not get on; see the errors above.")
        time.sleep(_LOOK_SECONDS)


def against_log(engine: Engine, diaries: Iterable[Diary]) -> Against:
    """What the diaries say and the log does not, and the other way round."""
    begun: dict[str, int] = {}
    done: set[str] = set()
    for diary in diaries:
        begun |= diary.begun
        done |= diary.done
    written = _events_of(engine)
    return Against(
        acknowledged=len(done),
        unanswered=len(begun.keys() - done),
        unheard=len((written.keys() & begun.keys()) - done),
        lost=len(done - written.keys()),
        halves=sum(written.get(digest, size) != size for digest, size in begun.items()),
    )


def _events_of(engine: Engine) -> dict[str, int]:
    """How many events stand in the log of each delivery of the torture, by the name of its source."""
    query = text(
        """
        select b.source, count(e.seq) as events from batch b left join event e on e.batch = b.id
        where b.actor = 'torture' group by b.source
        """
    )
    with engine.connect() as connection:
        return {row.source.removesuffix(".csv"): row.events for row in connection.execute(query)}
