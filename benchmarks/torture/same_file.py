"""T3: the same file by several workers at once, and a worker killed after every step of intake: one set of events.

The control never asks the log whether it has the content already. The database's own key then keeps the second set
out, and all workers but one give up: that the others are told so politely is what the question is for.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text

from benchmarks import worlds
from benchmarks.figures import Figure, Target, exactly
from benchmarks.torture import appending, workers
from benchmarks.torture.progress import each
from roadmap.errors import RoadmapError
from roadmap.intake import inbox, pipeline, quality
from roadmap.intake.deciding import Decider
from roadmap.intake.spill import Spill
from roadmap.intake.vector import Checker
from roadmap.settings import Settings
from roadmap.store import log

_SIZE: Final = worlds.Size(40, 3)
#: The steps of a file's way: whoever is killed has just done this one.
_STEPS: Final[dict[str, tuple[Any, str]]] = {
    "found": (inbox, "settled"),
    "taken": (log, "find_receipt"),
    "parsed and checked": (Checker, "check"),
    "spilled": (Spill, "add"),
    "batch checked": (quality.Suite, "close"),
    "locked": (log.Writer, "begin"),
    "decided": (Decider, "decide"),
    "prepared": (log.Appending, "prepared"),
    "added": (log.Appending, "write"),
    "rejected": (log.Appending, "reject"),
    "closed, not committed": (log.Appending, "close"),
    "committed": (pipeline, "take"),
    "put away": (inbox, "put_away"),
}
STEPS: Final = tuple(_STEPS)


@dataclass
class Tally:
    """What went wrong over all files."""

    sets: int = 0
    misplaced: int = 0
    errors: int = 0


def figures(crowd: int, rounds: int, kills: Sequence[str] = STEPS) -> Iterator[Figure]:
    """`rounds` files by `crowd` workers each, then a file for each of `kills`: the step after which its worker dies."""
    with worlds.world(_SIZE) as world:
        together, killed, unasked = Tally(), Tally(), Tally()
        for number in each(range(rounds), "T3 files"):
            _together(world, number, crowd, together)
        for number, step in enumerate(each(kills, "T3 kills"), start=rounds):
            _killed(world, number, step, killed)
        yield from _told(f"T3 {rounds} files by {crowd} workers each", together)
        yield from _told(f"T3 {len(kills)} kills, after every step", killed)
        yield exactly("T3 left of the killed in staging/", len(_staged(world)), "entries", 0)
        yield exactly("T3 verify finds", appending.breaks(world.engine), "breaks", 0)
        _together(world, -1, crowd, unasked, _pull_unasked)
        yield Figure("T3 control, the log not asked: workers that gave up", unasked.errors, "workers", Target("≥", 1))


def _told(label: str, tally: Tally) -> Iterator[Figure]:
    yield exactly(f"{label}: not exactly one set of events", tally.sets, "files", 0)
    yield exactly(f"{label}: not in done/ once", tally.misplaced, "files", 0)
    yield exactly(f"{label}: workers that gave up", tally.errors, "workers", 0)


def _together(
    world: worlds.World, number: int, crowd: int, tally: Tally, pull: Callable[..., None] | None = None
) -> None:
    path = _lay(world, number)
    barrier, answers = workers.context().Barrier(crowd), workers.context().Queue()
    processes = [workers.start(pull or _pull, world.settings, barrier, answers) for _ in range(crowd)]
    tally.errors += sum(workers.drained(answers, crowd))
    workers.finish(processes)
    _count(world, path, tally)


def _killed(world: worlds.World, number: int, step: str, tally: Tally) -> None:
    """One worker dies after `step`; the next one finds what it left."""
    path = _lay(world, number)
    victim = workers.start(_pull_and_die, world.settings, step)
    victim.join()
    tally.errors += victim.exitcode != -signal.SIGKILL
    barrier, answers = workers.context().Barrier(1), workers.context().Queue()
    follower = workers.start(_pull, world.settings, barrier, answers)
    tally.errors += sum(workers.drained(answers, 1))
    workers.finish([follower])
    _count(world, path, tally)


def _lay(world: worlds.World, number: int) -> Path:
    """A file in the inbox that reports on a day of its own."""
    folder = world.settings.inbox / worlds.COMMISSION
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        row._replace(effective=row.effective + timedelta(days=number), percent=float(number % 99))
        for row in worlds.reports(world.programme)
    ]
    part = folder / f"file-{number}.csv.part"
    worlds.write_csv(part, rows, bad_share=0)
    return part.rename(part.with_suffix(""))


def _pull(settings: Settings, barrier: Any, answers: Any) -> None:  # noqa: ANN401 - multiprocessing's own
    """Drains the inbox as a task does; answers whether it gave up."""
    barrier.wait()
    try:
        pipeline.pull(worlds.COMMISSION, settings, today=worlds.TODAY)
        answers.put(False)
    except RoadmapError:
        answers.put(True)


def _pull_unasked(settings: Settings, barrier: Any, answers: Any) -> None:  # noqa: ANN401 - multiprocessing's own
    """The control: whoever asks for a receipt hears of none."""
    log.find_receipt = lambda *_: None  # the process is this worker's own
    logging.disable(logging.CRITICAL)  # that they give up is expected
    _pull(settings, barrier, answers)


def _pull_and_die(settings: Settings, step: str) -> None:
    owner, name = _STEPS[step]
    setattr(owner, name, _fatal(getattr(owner, name)))
    pipeline.pull(worlds.COMMISSION, settings, today=worlds.TODAY)


def _fatal(function: Callable[..., object]) -> Callable[..., object]:
    """`function`, whose caller never learns what it returned."""

    def last(*arguments: object, **named: object) -> None:
        function(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return last


def _staged(world: worlds.World) -> list[Path]:
    return list(inbox.staging(world.settings).iterdir())


def _count(world: worlds.World, path: Path, tally: Tally) -> None:
    query = text(
        """
        select count(distinct b.id) = 1 and count(e.seq) = :rows
        from batch b left join event e on e.batch = b.id where b.source = :name
        """
    )
    with world.engine.connect() as connection:
        whole = connection.execute(query, {"name": path.name, "rows": _SIZE.rows}).scalar_one()
    tally.sets += not whole
    done = list((world.settings.state_dir / "done" / worlds.COMMISSION).glob(f"*-{path.name}"))
    tally.misplaced += len(done) != 1 or path.exists()
