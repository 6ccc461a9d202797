"""T7: many contenders for one version of one stream: one wins, the others are told of the conflict, no gap is left."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from benchmarks import worlds
from benchmarks.figures import Figure, exactly
from benchmarks.torture import appending, workers
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import State
from roadmap.errors import ConflictError
from roadmap.store import log


def figures(contenders: int, rounds: int) -> Iterator[Figure]:
    """`rounds` versions, each wanted by `contenders` at once."""
    with worlds.world(worlds.Size(10, 1)) as world:
        engine = workers.engine(world.databases.application)
        outcomes = Counter[str]()
        for version in range(1, rounds + 1):
            outcomes += _contended(engine, contenders, version)
        label = f"T7 {contenders} contenders, {rounds} versions"
        yield exactly(f"{label}: won", outcomes["won"], "writers", rounds)
        yield exactly(f"{label}: conflicts", outcomes["conflict"], "writers", rounds * (contenders - 1))
        yield exactly(f"{label}: verify finds", appending.breaks(world.engine), "breaks", 0)


def _contended(engine: Engine, contenders: int, version: int) -> Counter[str]:
    barrier = threading.Barrier(contenders)

    def contend(number: int) -> str:
        barrier.wait()
        return _append(engine, version, number)

    with ThreadPoolExecutor(contenders) as pool:
        return Counter(pool.map(contend, range(contenders)))


def _append(engine: Engine, version: int, number: int) -> str:
    report = ProgressReported(milestone="Q-1", effective=worlds.TODAY, state=State.IN_PROGRESS, percent=number)
    try:
        with log.writing(engine) as writer:
            outcome = log.Outcome(events=[log.NewEvent(report, version=version)])
            writer.append(appending.delivery(f"{version}-{number}"), outcome)
    except ConflictError:
        return "conflict"
    return "won"
