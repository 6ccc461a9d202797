"""What the board reads and what one report costs, on a log that grows from one million events to ten.

3,000 stations, 100 milestones, a file a month; a hundredth of each month's reports comes with the next month's file, so
that late data is in it. Moments are drawn at random: any day, as known on any day after it.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, Engine, event

from benchmarks import bulk, worlds
from benchmarks.figures import Figure, at_most, exactly
from roadmap.domain.changes import ReportProgress
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import State
from roadmap.intake import pipeline
from roadmap.services import commission, ledger, milestone, overview, quality, reporting, status
from roadmap.services import desk as desks
from roadmap.services.desk import Desk, Moment
from roadmap.store import projecting, verifying, views

_SIZE: Final = worlds.Size(stations=3_000, milestones=100)
_LATE_SHARE: Final = 0.01
_MOMENTS: Final = 200
_PAGES: Final = 30
_UPDATES: Final = 50
_ROLLUP_MS, _VIEW_MS, _UPDATE_MS = 10.0, 50.0, 50.0
_FLAT: Final = 1.3
_REBUILD_SECONDS: Final = 600.0
#: From when on a wait for the disk, not the query, would be measured: what is asked first is not counted.
_WARM_UP: Final = 10


@dataclass(frozen=True)
class Read:
    """Milliseconds at the 95th percentile in a log of `events` events."""

    events: int
    rollup: float
    pages: dict[str, float]
    update: float


def figures(sizes: Sequence[int]) -> Iterator[Figure]:
    """The figures of reading at about these many events, in one growing log; rebuild and verify at the end."""
    with worlds.world(_SIZE) as world:
        desk = Desk(world.engine, world.programme, worlds.WHO)
        months, found = _Months(world), list[Read]()
        for events in sorted(sizes):
            months.grow(events)
            read = _read(desk, months)
            found.append(read)
            yield from _figures(read)
        if len(found) > 1:
            growth = found[-1].rollup / found[0].rollup
            yield at_most(f"roll-up as of any day, {_label(found[-1])} beside {_label(found[0])}", growth, "×", _FLAT)
        yield from _again(world.engine, found[-1])


class _Months:
    """Loads month after month into a world, late reports with the month after theirs."""

    def __init__(self, world: worlds.World) -> None:
        self._world = world
        self._frames = bulk.months(world.programme, _most_months())
        self._held: list[pl.DataFrame] = []
        self.days: list[date] = []

    def grow(self, events: int) -> None:
        """Goes on until the log holds at least `events` events, or the months are over."""
        while self._events() < events and (frame := next(self._frames, None)) is not None:
            self._load(frame)

    def _events(self) -> int:
        with self._world.engine.connect() as connection:
            return views.head(connection).seq

    def _load(self, frame: pl.DataFrame) -> None:
        late = frame.sample(fraction=_LATE_SHARE, seed=bulk.SEED)
        day = frame["effective"][0]
        path = self._world.settings.state_dir.parent / f"{day}.csv"
        in_time = frame.join(late, on=["milestone", "unit"], how="anti")
        bulk.write_csv(path, [*self._held, in_time], bad_share=0)
        learned = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=5)
        began = time.perf_counter()
        receipt = pipeline.load(
            *(self._world.engine, self._world.programme, self._world.settings, worlds.COMMISSION, path),
            today=learned.date(),
            clock=lambda: learned,
        )
        print(f"{day}: {receipt.accepted:,} of {receipt.rows_read:,} rows in {time.perf_counter() - began:.1f} s")
        path.unlink()
        self._held = [late]
        self.days.append(day)


def _most_months() -> int:
    return (worlds.TODAY.year - 2023) * 12 + worlds.TODAY.month - 11


def _read(desk: Desk, months: _Months) -> Read:
    moments = list(_moments(desk, months.days, _MOMENTS + _WARM_UP))
    return Read(
        events=_head(desk),
        rollup=_p95([_in_database(desk, _rollup, moment) for moment in moments]),
        pages={
            name: _p95([_in_database(desk, page, moment) for moment in moments[:_PAGES]])
            for name, page in _PAGES_READ.items()
        },
        update=_p95([_update(desk, number) for number in range(_UPDATES + _WARM_UP)]),
    )


def _head(desk: Desk) -> int:
    with desk.engine.connect() as connection:
        return views.head(connection).seq


def _moments(desk: Desk, days: Sequence[date], count: int) -> Iterator[Moment]:
    chance = random.Random(bulk.SEED)
    span = (days[-1] - days[0]).days + 5
    for _ in range(count):
        known = days[0] + timedelta(days=chance.randint(1, span))
        day = days[0] + timedelta(days=chance.randint(0, (known - days[0]).days))
        yield desks.moment(desk, day=day, known=known)


def _rollup(desk: Desk, moment: Moment) -> None:
    with desk.engine.connect() as connection:
        views.rollups(connection, moment.seq, moment.day)


def _milestone(desk: Desk, moment: Moment) -> object:
    return milestone.milestone(desk, moment, desk.programme.milestones[moment.seq % _SIZE.milestones].code)


_PAGES_READ: Final[dict[str, Callable[[Desk, Moment], object]]] = {
    "overview": overview.overview,
    "commission": lambda desk, moment: commission.commission(desk, moment, worlds.COMMISSION),
    "milestone": _milestone,
    "data quality": lambda desk, moment: (quality.quality(desk, moment), ledger.ledger(desk, moment, ledger.Wanted())),
    "report form": lambda desk, moment: reporting.due(desk, moment, worlds.COMMISSION),
    "status": lambda desk, _: status.status(desk),
}


def _in_database(desk: Desk, read: Callable[[Desk, Moment], object], moment: Moment) -> float:
    """Milliseconds that `read` spends in the database, all its statements together, rows received included."""
    with _statements(desk.engine) as seconds:
        read(desk, moment)
    return sum(seconds) * 1_000


@contextmanager
def _statements(engine: Engine) -> Iterator[list[float]]:
    """Seconds of each statement executed inside the block."""
    seconds: list[float] = []
    began: list[float] = []

    def before(*_: Any) -> None:  # noqa: ANN401 - SQLAlchemy hands over what nobody looks at
        began.append(time.perf_counter())

    def after(*_: Any) -> None:  # noqa: ANN401
        seconds.append(time.perf_counter() - began.pop())

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield seconds
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def _update(desk: Desk, number: int) -> float:
    """Milliseconds of one report from the form, decided, written and projected."""
    with desk.engine.connect() as connection:
        unit = views.units(connection, views.head(connection).seq, "station")[number * 7].code
    told = ProgressReported(
        milestone=desk.programme.milestones[number % _SIZE.milestones].code,
        unit=unit,
        effective=worlds.TODAY,
        state=State.IN_PROGRESS,
        percent=50 + number % 50,
    )
    standing = reporting.present(desk, told.milestone, unit)
    began = time.perf_counter()
    order = ReportProgress(told, base_version=standing.version)
    reporting.report(desk, order, commission=worlds.COMMISSION, day=worlds.TODAY)
    return (time.perf_counter() - began) * 1_000


def _p95(values: Sequence[float]) -> float:
    """The 95th percentile of what was measured when warm."""
    return statistics.quantiles(values[min(_WARM_UP, len(values) // 3) :], n=20)[-1]


def _label(read: Read) -> str:
    return f"{read.events:,} events"


def _figures(read: Read) -> Iterator[Figure]:
    yield at_most(f"roll-up as of any day, {_label(read)}: p95", read.rollup, "ms", _ROLLUP_MS)
    for name, milliseconds in read.pages.items():
        yield at_most(f"{name}, {_label(read)}: in the database, p95", milliseconds, "ms", _VIEW_MS)
    yield at_most(f"one report from the form, {_label(read)}: p95", read.update, "ms", _UPDATE_MS)


def _again(engine: Engine, read: Read) -> Iterator[Figure]:
    """Rebuilding and verifying the whole log."""
    began = time.perf_counter()
    with engine.begin() as connection:
        before = _sums(connection)
        projecting.rebuild(connection)
        differ = before != _sums(connection)
    yield at_most(f"rebuild of all projections, {_label(read)}", time.perf_counter() - began, "s", _REBUILD_SECONDS)
    yield exactly("rebuild differs from the live projections", differ, "times", 0)
    began = time.perf_counter()
    verifying.verify(engine)
    yield Figure(f"verify, {_label(read)}", time.perf_counter() - began, "s")


def _sums(connection: Connection) -> list[int]:
    """A number for what each large projection holds, whatever the order of its rows; torture compares them in full."""
    query = "select coalesce(sum(hashtextextended(t::text, 0)), 0) from {} t"
    tables = ("rollup", "report", "assignment", "span")
    return [int(connection.exec_driver_sql(query.format(table)).scalar_one()) for table in tables]
