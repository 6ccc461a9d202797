"""T8: the server is stopped in the middle of a transaction, the disk is full, the clock is moved: no false word.

A writer goes on all the while and meets whatever comes. What it was told is written has to be there afterwards, nothing
by half, and its next batch goes in as soon as the server can take it.

A full disk needs a disk: PostgreSQL is given a limit on the size of its files instead (RLIMIT_FSIZE), which needs no
rights and meets the same places of the server with "File too large" in place of "No space left on device". A data file
at its limit fails one statement; a write-ahead log at its limit ends the server.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import psutil
from sqlalchemy import NullPool, create_engine, make_url, text

from benchmarks import worlds
from benchmarks.figures import BenchmarkError, Figure, Target, exactly
from benchmarks.torture import appending, diary
from benchmarks.torture.progress import each
from roadmap.store import embedded, embedded_server, log

_LONGEST_PEACE_SECONDS: Final = 0.3
_LOOK_SECONDS: Final = 0.005
_PATIENCE_SECONDS: Final = 60.0
_MEGABYTE: Final = 2**20
#: No file of the server grows over this: pieces of the write-ahead log (16 MB) fit, the stored texts soon do not.
_FULL_DATA_BYTES: Final = 16 * _MEGABYTE
#: Less than a piece of the write-ahead log.
_FULL_JOURNAL_BYTES: Final = _MEGABYTE
_LONG_TEXT_BYTES: Final = 2_000
_HOURS: Final = (-1, 0, 1)

Strike = Callable[[worlds.World], None]


@dataclass(frozen=True)
class Full:
    """How a disk gets full: the limit on a file, the batches that meet it, and how often the server then gives up."""

    limit: int
    make: diary.Make
    panics: Target


def figures(strikes: int, moves: int) -> Iterator[Figure]:
    """`strikes` of each kind against the server; then `moves` of the clock by an hour, back and forth."""
    with worlds.world(worlds.Size(10, 1)) as world:
        for name, full in _FULL.items():  # first, while no file of the server has grown beyond a limit
            yield from _full(world, name, full)
        for name, strike in _STRIKES.items():
            yield from _struck(world, name, strike, strikes, diary.whole).told(f"T8 {strikes} times {name}")
        yield exactly(f"T8 clock moved {moves} times: recorded goes back", _moved(world, moves), "batches", 0)
        yield exactly("T8 verify finds", appending.breaks(world.engine), "breaks", 0)
        name = "server stopped at once"
        lost = _struck(world, "early", _STRIKES[name], strikes, diary.too_early).lost
        yield Figure("T8 control, told before the commit: acknowledged and lost", lost, "batches", Target("≥", 1))


def _struck(world: worlds.World, name: str, strike: Strike, count: int, write: diary.Write) -> diary.Against:
    """A writer that lives through `count` strikes, each after it has got on since the one before."""
    chance = random.Random(worlds.SEED)
    with diary.writing(world, name, write) as (path, writer):
        for _ in each(range(count), f"T8 {name}"):
            time.sleep(chance.uniform(0, _LONGEST_PEACE_SECONDS))
            strike(world)
            _start_again(world)
            # One acknowledgement may have been on its way when the blow fell.
            diary.await_progress(path, writer, len(diary.read(path).done) + 1)
    return diary.against_log(world.engine, [diary.read(path)])


def _postmaster(world: worlds.World) -> psutil.Process:
    process = embedded.server_process(world.settings.state_dir)
    if process is None:
        raise BenchmarkError("The server of the torture is gone before it was struck.")
    return process


def _start_again(world: worlds.World) -> None:
    """Starts the server if it is gone; one whose backend was killed recovers by itself."""
    if embedded.server_process(world.settings.state_dir) is None:
        embedded.start(world.settings.state_dir)


def _stop_at_once(world: worlds.World) -> None:
    """What `pg_ctl stop -m immediate` does: every process ends without writing anything more."""
    process = _postmaster(world)
    process.send_signal(signal.SIGQUIT)
    process.wait(_PATIENCE_SECONDS)


def _kill_server(world: worlds.World) -> None:
    """Kills (-9) the server and of all its processes."""
    process = _postmaster(world)
    family = [process, *process.children(recursive=True)]
    for member in family:
        member.kill()
    psutil.wait_procs(family, timeout=_PATIENCE_SECONDS)


def _kill_backend(world: worlds.World) -> None:
    """Kills (-9) the one process of the server that works for the writer; the server ends all and recovers."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := [child for child in _postmaster(world).children() if _serves_writer(child)]):
        if time.monotonic() > deadline:
            raise BenchmarkError("No process of the server works for the writer of the torture.")
    os.kill(found[0].pid, signal.SIGKILL)


def _serves_writer(process: psutil.Process) -> bool:
    """Whether the server's title for it says so; a process that has just ended has none."""
    try:
        return " roadmap_app tracker " in process.cmdline()[0]
    except (psutil.Error, IndexError):
        return False


def _full(world: worlds.World, name: str, full: Full) -> Iterator[Figure]:
    """A writer that meets a full disk and goes on when there is room again."""
    before = _panics(world)
    _restart_with(world, full.limit)
    with diary.writing(world, f"full {name}", make=full.make) as (path, writer):
        _await_refusals(path, writer)
        if embedded.server_process(world.settings.state_dir) is not None:
            _stop_at_once(world)
        _start_again(world)
        diary.await_progress(path, writer, len(diary.read(path).done))
    noted = diary.read(path)
    label = f"T8 disk full of {name}"
    yield Figure(f"{label}: batches refused", noted.failed, "batches", Target("≥", 1))
    yield Figure(f"{label}: PANIC in the server's log", _panics(world) - before, "times", full.panics)
    yield from diary.against_log(world.engine, [noted]).told(label)


def _panics(world: worlds.World) -> int:
    return embedded.log_path(world.settings.state_dir).read_text("utf-8", "replace").count(" PANIC: ")


def _restart_with(world: worlds.World, limit: int) -> None:
    """Starts the server anew so that none of its processes can write beyond `limit` bytes in any file."""
    _turn_journal_over(world)
    embedded.stop(world.settings.state_dir)
    own = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, own[1]))
    try:
        embedded.start(world.settings.state_dir)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, own)


def _turn_journal_over(world: worlds.World) -> None:
    """Begins a new piece of the write-ahead log: a server that starts in the middle of one needs room there."""
    url = make_url(world.databases.owner).set(username=embedded_server.SUPERUSER)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("select pg_switch_wal()"))


def _await_refusals(path: Path, writer: Any) -> None:  # noqa: ANN401 - multiprocessing's own
    """Waits until the disk is full for the writer of this diary, more than once."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while diary.read(path).failed < 2:
        if not writer.is_alive() or time.monotonic() > deadline:
            raise BenchmarkError("The disk of the torture does not get full.")
        time.sleep(_LOOK_SECONDS)


def _bulky(chance: random.Random, number: int, digest: str) -> tuple[log.Delivery, log.Outcome]:
    """A batch whose texts do not compress: it fills a disk quickly."""
    delivery, outcome = diary.small(chance, number, digest)
    events = [
        log.NewEvent(
            new.event.model_copy(
                update={name: chance.randbytes(_LONG_TEXT_BYTES).hex() for name in ("narrative", "blocker", "evidence")}
            ),
            origin=new.origin,
        )
        for new in outcome.events
    ]
    return delivery, log.Outcome(events=events)


def _moved(world: worlds.World, moves: int) -> int:
    """How often a batch is recorded before the one in front of it, when the clock is moved between appends."""
    chance = random.Random(worlds.SEED)
    for number in range(moves):
        delivery, outcome = diary.small(chance, number, f"clock-{number}")
        hours = chance.choice(_HOURS)
        with log.writing(world.engine, lambda hours=hours: datetime.now(UTC) + timedelta(hours=hours)) as writer:
            writer.append(delivery, outcome)
    with world.engine.connect() as connection:
        recorded = list(connection.execute(text("select recorded from batch order by id")).scalars())
    return sum(later < earlier for earlier, later in pairwise(recorded))


_STRIKES: Final[dict[str, Strike]] = {
    "server stopped at once": _stop_at_once,
    "a backend killed": _kill_backend,
    "server killed": _kill_server,
}
#: The limit and the batches under which it is this file that is full first.
_FULL: Final = {
    "write-ahead log": Full(_FULL_JOURNAL_BYTES, diary.small, Target("≥", 1)),
    "data": Full(_FULL_DATA_BYTES, _bulky, Target("=", 0)),
}
