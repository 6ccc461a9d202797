"""T1: writers with random pauses and rollbacks, pollers that ask for what came after the last they saw.

The same with numbers from a plain sequence is the control: a number taken early can be committed late, so its pollers
must miss events. If they miss none, the test is too weak to say anything about the log.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.context import ForkServerProcess
from typing import Any, Final

from sqlalchemy import Engine, text

from benchmarks import worlds
from benchmarks.figures import Figure, Target, exactly
from benchmarks.torture import appending, progress, workers
from roadmap.store import database, log

_LARGEST_BATCH: Final = 200
_LONGEST_PAUSE_SECONDS: Final = 0.02
_ROLLBACK_SHARE: Final = 0.1
_POLL_SECONDS: Final = 0.002
#: How long the pollers may take to come up.
_START_SECONDS: Final = 120
_WATCH_SECONDS: Final = 0.1

Append = Callable[[Engine, random.Random, str, int], None]


@dataclass(frozen=True)
class Crowd:
    """How many processes do what; each writer goes on until it has committed `events`."""

    writers: int
    pollers: int
    events: int


class RolledBackError(Exception):
    """Raised by a writer on purpose, before its commit."""


def figures(crowd: Crowd, control: Crowd) -> Iterator[Figure]:
    """The log under the crowd, then the control under its own."""
    with worlds.world(worlds.Size(10, 1)) as world:
        label = f"T1 {crowd.writers} writers, {crowd.pollers} pollers"
        written, seen = _observed(world, "event", _append_to_log, crowd)
        yield Figure(f"{label}: events", len(written), "events")
        for what, count in _against(written, seen).items():
            yield exactly(f"{label}: {what}", count, "events", 0)
        yield exactly(f"{label}: gaps in 1..N", written[-1] - written[0] + 1 - len(written), "numbers", 0)
        yield exactly(f"{label}: verify finds", appending.breaks(world.engine), "breaks", 0)
        _make_control(world)
        missed = _against(*_observed(world, "control", _append_to_sequence, control))["missed"]
        yield Figure("T1 control with a plain sequence: missed", missed, "events", Target("≥", 1))


def _observed(world: worlds.World, table: str, append: Append, crowd: Crowd) -> tuple[list[int], list[list[int]]]:
    """The numbers that the crowd's writers left in `table`, and those that each poller saw, in its order."""
    url = world.databases.application
    before = max(_numbers(world.engine, table, newest=True), default=0)
    stop, answers = workers.context().Event(), workers.context().Queue()
    looking = workers.context().Barrier(crowd.pollers + 1)
    pollers = [workers.start(_poll, url, table, before, looking, stop, answers) for _ in range(crowd.pollers)]
    looking.wait(_START_SECONDS)  # what was written before a poller looks, it cannot miss
    writers = [
        workers.start(_write, url, append, crowd.events, worlds.SEED + number) for number in range(crowd.writers)
    ]
    _watch(writers, world, table, before, crowd)
    workers.finish(writers)
    stop.set()
    seen = workers.drained(answers, crowd.pollers)
    workers.finish(pollers)
    return _numbers(world.engine, table, before), seen


def _watch(writers: Sequence[ForkServerProcess], world: worlds.World, table: str, before: int, crowd: Crowd) -> None:
    """Tells how far they are until all have ended."""
    began = told = time.monotonic()
    while any(writer.is_alive() for writer in writers):
        time.sleep(_WATCH_SECONDS)
        now = time.monotonic()
        if now - told > progress.EVERY_SECONDS:
            told = now
            done = max(_numbers(world.engine, table, before, newest=True), default=before) - before
            progress.say("T1 events", done, crowd.writers * crowd.events, now - began)


def _against(written: Sequence[int], seen: Sequence[Sequence[int]]) -> dict[str, int]:
    """How often the pollers together missed, doubled or saw out of turn."""
    return {
        "missed": sum(len(set(written) - set(numbers)) for numbers in seen),
        "doubled": sum(len(numbers) - len(set(numbers)) for numbers in seen),
        "out of order": sum(later <= earlier for numbers in seen for earlier, later in pairwise(numbers)),
    }


def _write(url: str, append: Append, events: int, seed: int) -> None:
    """A writer's life."""
    engine, chance, committed = workers.engine(url), random.Random(seed), 0
    while committed < events:
        size = min(chance.randint(1, _LARGEST_BATCH), events - committed)
        with suppress(RolledBackError):
            append(engine, chance, f"{seed}-{committed}", size)
            committed += size


def _append_to_log(engine: Engine, chance: random.Random, digest: str, size: int) -> None:
    delivery, outcome = appending.batch(chance, size, digest)
    with log.writing(engine) as writer:
        writer.append(delivery, outcome)
        _linger(chance)


def _append_to_sequence(engine: Engine, chance: random.Random, digest: str, size: int) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("insert into control (digest) select :digest from generate_series(1, :size)"),
            {"digest": digest, "size": size},
        )
        _linger(chance)


def _linger(chance: random.Random) -> None:
    """The random pause between writing and committing, and sometimes a change of mind."""
    time.sleep(chance.uniform(0, _LONGEST_PAUSE_SECONDS))
    if chance.random() < _ROLLBACK_SHARE:
        raise RolledBackError


def _poll(url: str, table: str, last: int, looking: Any, stop: Any, answers: Any) -> None:  # noqa: ANN401
    """A poller's life: it ends when it finds nothing new after the writers are done."""
    engine, seen = database.connect(url), list[int]()
    _numbers(engine, table, last)
    looking.wait(_START_SECONDS)
    while True:
        ending = stop.is_set()
        fresh = _numbers(engine, table, last)
        if ending and not fresh:
            break
        seen += fresh
        last = fresh[-1] if fresh else last
        time.sleep(_POLL_SECONDS)
    answers.put(seen)


def _numbers(engine: Engine, table: str, after: int = 0, *, newest: bool = False) -> list[int]:
    order = "desc limit 1" if newest else ""
    query = text(f"select seq from {table} where seq > :after order by seq {order}")  # noqa: S608 - a name of ours
    with engine.connect() as connection:
        return list(connection.execute(query, {"after": after}).scalars())


def _make_control(world: worlds.World) -> None:
    """A log as most people write one."""
    owner = database.connect(world.databases.owner)
    with owner.begin() as connection:
        connection.execute(text("create table control (seq bigserial primary key, digest text)"))
        connection.execute(text("grant all on control, control_seq_seq to public"))
    owner.dispose()
