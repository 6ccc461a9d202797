"""T7: many contenders for one version of one stream: one wins, the others are told of the conflict, no gap is left.

Once by the log itself and once by the board's form. The control asks for no version: then everybody wins.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count

from benchmarks import worlds
from benchmarks.figures import Figure, Target, exactly
from benchmarks.torture import appending, workers
from benchmarks.torture.progress import each
from roadmap import organisation
from roadmap.domain.changes import ReportProgress
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import State
from roadmap.errors import ConflictError
from roadmap.services import reporting
from roadmap.services.desk import Desk
from roadmap.store import log

#: What becomes of the contender of this number.
Contend = Callable[[Desk, int], str]
_NUMBERS = count()


def figures(contenders: int, rounds: int) -> Iterator[Figure]:
    """`rounds` versions, each wanted by `contenders` at once; twice, and the control once."""
    with worlds.world(worlds.Size(10, 1)) as world:
        desk = Desk(workers.engine(world.databases.application), world.programme, worlds.WHO)
        for way, contend in (("the log", _append), ("the form", _send)):
            outcomes = Counter[str]()
            for version in each(range(1, rounds + 1), f"T7 by {way}"):
                outcomes += _contended(desk, contenders, partial(contend, version=version))
            label = f"T7 {contenders} contenders, {rounds} versions by {way}"
            yield exactly(f"{label}: won", outcomes["won"], "writers", rounds)
            yield exactly(f"{label}: conflicts", outcomes["conflict"], "writers", rounds * (contenders - 1))
        yield exactly("T7 verify finds", appending.breaks(world.engine), "breaks", 0)
        won = _contended(desk, contenders, partial(_append, version=None))["won"]
        yield Figure("T7 control, no version asked for: won", won, "writers", Target("≥", 2))


def _contended(desk: Desk, contenders: int, contend: Contend) -> Counter[str]:
    barrier = threading.Barrier(contenders)

    def wait_and_contend(number: int) -> str:
        barrier.wait()
        return contend(desk, number)

    with ThreadPoolExecutor(contenders) as pool:
        return Counter(pool.map(wait_and_contend, range(contenders)))


def _report(desk: Desk, place: int, percent: float) -> ProgressReported:
    """A report of the station at this place from the end of the organisation."""
    unit = organisation.units(desk.programme)[-place].code
    return ProgressReported(
        milestone="Q-1", unit=unit, effective=worlds.TODAY, state=State.IN_PROGRESS, percent=percent
    )


def _append(desk: Desk, number: int, version: int | None) -> str:
    new = log.NewEvent(_report(desk, 1, number), version=version)
    try:
        with log.writing(desk.engine) as writer:
            writer.append(appending.delivery(f"contender-{next(_NUMBERS)}"), log.Outcome(events=[new]))
    except ConflictError:
        return "conflict"
    return "won"


def _send(desk: Desk, number: int, version: int) -> str:
    order = ReportProgress(_report(desk, 2, version % 100 + number / 1000), version - 1)
    answer = reporting.report(desk, order, commission=worlds.COMMISSION, day=worlds.TODAY)
    if answer.refusal is None:
        return "won"
    return "conflict" if answer.refusal.code == "stale_version" else answer.refusal.code
