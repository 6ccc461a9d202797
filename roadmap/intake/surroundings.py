"""What a commission's next batch is held against: its plan, what stands, what its files were like so far."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

import polars as pl
from sqlalchemy import Engine

from roadmap.analysis.progress import Reported
from roadmap.analysis.reporting import due_day
from roadmap.domain.calendar import Calendar, month_start
from roadmap.domain.model import Milestone, State
from roadmap.feed import AnyFeed, HttpFeed, PushFeed, SqlFeed
from roadmap.intake.quality_history import LOOK_BACK, history
from roadmap.intake.quality_rules import Surroundings
from roadmap.programme import CommissionEntry
from roadmap.store import usual, views
from roadmap.store.reference import milestones

_FILES: Final = "file"


def of(
    engine: Engine, entry: CommissionEntry, *, today: date, calendar: Calendar, max_rows: int, is_event: bool
) -> Surroundings:
    """What a batch of the commission is held against on the day `today`; `is_event`: it was pushed.

    Raises:
        StoreError: the database went away.
    """
    with engine.connect() as connection:
        plan = milestones(connection)
        has_reported = usual.has_reported(connection, entry.code)
        milestone_numbers, unit_numbers = usual.numbers(connection, entry.code)
        checks = usual.checks(connection, entry.code, _FILES, LOOK_BACK)
    own = [milestone for milestone in plan if milestone.commission == entry.code]
    is_whole = not is_event and _tells_everything(entry.feed)
    return Surroundings(
        commission=entry.code,
        milestones=frozenset(milestone.code for milestone in own),
        start=min((milestone.start for milestone in plan), default=today),
        today=today,
        max_rows=max_rows,
        period=month_start(due_day(today, calendar), calendar),
        history=history(checks),
        is_whole=is_whole,
        milestone_numbers=milestone_numbers,
        unit_numbers=unit_numbers,
        standing=(lambda subjects: _standing(engine, subjects)) if has_reported else None,
        expected=lambda day: _expected(engine, own, day),
    )


def _tells_everything(feed: AnyFeed) -> bool:
    """Whether what the feed delivers is a whole report, and not only what is new."""
    return not (isinstance(feed, SqlFeed | PushFeed) or (isinstance(feed, HttpFeed) and feed.since is not None))


def _standing(engine: Engine, subjects: Collection[int]) -> pl.DataFrame:
    with engine.connect() as connection:
        return usual.standing(connection, subjects)


def _expected(engine: Engine, plan: Collection[Milestone], day: date) -> dict[str, int]:
    """The units of each milestone of `plan` that is open on `day`, by its code."""
    with engine.connect() as connection:
        facts = views.reported(connection, views.head(connection).seq, day)
    told = ((milestone, facts[milestone.code]) for milestone in plan if milestone.code in facts)
    return {milestone.code: reported.units for milestone, reported in told if _is_open(milestone, reported, day)}


def _is_open(milestone: Milestone, reported: Reported, day: date) -> bool:
    """Whether the work has to have begun by `day` and was neither finished before it nor cancelled."""
    is_finished = reported.finished_on is not None and reported.finished_on < day
    return milestone.start <= day and reported.state is not State.CANCELLED and not is_finished
