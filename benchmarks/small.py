"""Figures of single parts: a workbook beside the fastest reader, the forecast of a large plan, the hash chain."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import python_calamine as calamine
from openpyxl import Workbook

from benchmarks import bulk
from benchmarks.figures import Figure, at_most
from roadmap.analysis import forecast
from roadmap.analysis.progress import Reported
from roadmap.domain.model import Link, Milestone, State
from roadmap.domain.text import Text
from roadmap.intake import inbox, parse
from roadmap.programme import Feed
from roadmap.settings import Settings

_WORKBOOK_ROWS: Final = 20_000
_WORKBOOK_LIMIT: Final = 3.0
_MILESTONES: Final = 1_000
_FORECAST_SECONDS: Final = 1.0
_RUNS: Final = 5
_DAY: Final = date(2026, 11, 30)


def figures() -> Iterator[Figure]:
    """Each figure beside its target."""
    with TemporaryDirectory(prefix="roadmap-bench-") as name:
        yield from _workbook(Path(name))
    yield _forecast()


def _workbook(folder: Path) -> Iterator[Figure]:
    path = folder / "reports.xlsx"
    _write_workbook(path)
    settings = Settings(_env_file=None, state_dir=folder / "state")
    feed = Feed(kind="files", format="xlsx", mapping={})
    label = f"workbook, {_WORKBOOK_ROWS:,} rows"
    fastest = _median(lambda: calamine.load_workbook(path).get_sheet_by_index(0).to_python())
    ours = _median(lambda: _read(path, feed, settings))
    yield Figure(f"{label}: the fastest reader alone", fastest, "s")
    yield at_most(f"{label}: taken and read within limits", ours / fastest, "× the fastest reader", _WORKBOOK_LIMIT)


def _write_workbook(path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("reports")
    sheet.append(list(bulk.HEADERS.values()))
    for number in range(_WORKBOOK_ROWS):
        cells = (f"Q-{number % 100}", f"P-01-{number:05}", _DAY, "doing", number % 100, _DAY, "کار پیش می‌رود.")
        sheet.append(list(cells))
    book.save(path)


def _read(path: Path, feed: Feed, settings: Settings) -> int:
    with inbox.taken(path, settings) as taken:
        assert taken.content is not None
        with parse.read(taken.content, feed, settings) as table:
            return sum(chunk.height for chunk in table.chunks)


def _forecast() -> Figure:
    """Every milestone waits for two before it, half of them are under way."""
    chance = random.Random(bulk.SEED)
    plan = [_milestone(number, chance) for number in range(_MILESTONES)]
    under_way = Reported(percent=40, state=State.IN_PROGRESS, forecast_finish=_DAY + timedelta(days=200))
    facts = {milestone.code: under_way for milestone in plan[: _MILESTONES // 2]}
    seconds = _median(lambda: forecast.forecast(plan, facts, _DAY))
    name = f"forecast, {forecast.DRAWS:,} draws, {_MILESTONES:,} milestones with dependencies"
    return at_most(name, seconds, "s", _FORECAST_SECONDS)


def _milestone(number: int, chance: random.Random) -> Milestone:
    text = Text(fa="نقطه عطف", en="milestone")
    start = _DAY + timedelta(days=chance.randint(0, 700))
    return Milestone(
        code=f"Q-{number}",
        commission="quays",
        horizon="near",
        title=text,
        deliverable=text,
        evidence=text,
        owner=text,
        start=start,
        finish=start + timedelta(days=chance.randint(30, 400)),
        weight=1,
        after=tuple(Link(code=f"Q-{other}") for other in {chance.randrange(number) for _ in range(2) if number}),
    )


def _median(work: Callable[[], object]) -> float:
    work()
    return statistics.median(_timed(work) for _ in range(_RUNS))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
