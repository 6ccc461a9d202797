"""What is expected of a batch: by the contract of all commissions, and on top of it by what is known of this one.

A failing expectation is told (`warning`, or `info` where it is no more than a count). It is *critical*, so that the
batch is held back, when what it finds is true of the batch as a whole: rows that are wrong by themselves are turned
away anyway, and what is held back is a file whose right-looking rest is not to be trusted. The thresholds stand here,
and with their reasons in docs/orchestration.md.
"""

from __future__ import annotations

import gc
import importlib
import logging
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from roadmap.domain.model import State
from roadmap.intake.contracts import KEY_FIELDS
from roadmap.intake.quality_history import History, Profile
from roadmap.store.usual import SUBJECTS, UNITS

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

#: A file may have a few rows that are odd; it is told when more than a twentieth of them are.
MOSTLY: Final = 0.95
#: More than half of the rows judged: then it is the file that is wrong, not some rows of it.
HELD_SHARE: Final = 0.5
#: Fewer rows say nothing about a file: a lead who sends three and mistakes two is told so row by row.
HELD_ROWS: Final = 20
#: A step is odd when it is longer than twice the longest usual one, and longer than a lively month's at any rate.
JUMP_TIMES: Final = 2.0
JUMP_LEAST: Final = 20.0
#: How many times more (or fewer) rows than the commission's largest (smallest) newest file are odd; and hold it back.
VOLUME_ODD: Final = 3.0
VOLUME_HELD: Final = 10.0
#: Up to here a file is never large, whatever was usual: a month's report of a whole commission by hand.
VOLUME_SMALL: Final = 200
_ALL: Final = 100.0

Severity = Literal["info", "warning", "critical"]
#: A day as the frame has it, or as a person reads it.
Day = Callable[[date], object]


@dataclass(frozen=True)
class Rule:
    """An expectation; `holds` where the batch is held back if more than half of its rows fail it."""

    expectation: Expectation
    holds: bool = False


@dataclass(frozen=True)
class Surroundings:
    """What a batch is held against.

    Args:
        commission: its code.
        milestones: codes of its milestones.
        start: the day on which the plan starts.
        today: the current day.
        max_rows: the rows that a file may have.
        period: first day of the last period that reports are due for.
        history: what its files were like; None where nobody can say yet, or this is no whole report.
        is_whole: whether a delivery is meant to tell of everything, and not only of what is new since the last one.
        milestone_numbers, unit_numbers: codes and short numbers, as `usual.numbers` gives them.
        standing: where streams stand (`usual.standing`); None where nothing was ever reported.
        expected: the units that each milestone has that is open on a day, by its code.
    """

    commission: str
    milestones: frozenset[str]
    start: date
    today: date
    max_rows: int
    period: date = date.min
    history: History | None = None
    is_whole: bool = False
    milestone_numbers: pl.DataFrame = field(default_factory=SUBJECTS.to_frame)
    unit_numbers: pl.DataFrame = field(default_factory=UNITS.to_frame)
    standing: Callable[[Collection[int]], pl.DataFrame] | None = None
    expected: Callable[[date], Mapping[str, int]] = lambda _: {}


def of_contract(around: Surroundings) -> list[Rule]:
    """What the contract lets expect of the rows of any commission."""
    gx = _kinds()
    return [
        _rule(gx.ExpectTableRowCountToBeBetween, min_value=1, max_value=around.max_rows),
        _rule(gx.ExpectCompoundColumnsToBeUnique, column_list=list(KEY_FIELDS)),
        _rule(gx.ExpectColumnValuesToNotBeNull, column="effective"),
        _rule(gx.ExpectColumnValuesToBeInSet, column="state", value_set=[state.value for state in State]),
        # Per mille, or another figure's column: what of it is below a hundred only looks like a percent.
        _rule(gx.ExpectColumnValuesToBeBetween, holds=True, column="percent", min_value=0, max_value=100),
        # Excel holds 50% as 0.5: hardly anything that has begun stands below one percent.
        _rule(gx.ExpectColumnValuesToBeBetween, holds=True, column="percent_begun", min_value=1, mostly=MOSTLY),
        _pair(gx, "forecast_open", "effective"),
    ]


def of_commission(around: Surroundings, milestones: Iterable[str], day: Day) -> list[Rule]:
    """What is expected of the rows of this commission; `milestones` are those of its codes that may occur in them."""
    gx = _kinds()
    first, last = day(around.start), day(around.today)
    rules = [
        _rule(
            gx.ExpectColumnValuesToBeInSet, holds=True, column="milestone", value_set=sorted(milestones), mostly=MOSTLY
        ),
        _rule(gx.ExpectColumnValuesToBeBetween, holds=True, column="effective", min_value=first, max_value=last),
    ]
    if around.standing is not None:
        rules.append(_pair(gx, "percent_unexplained", "percent_before", holds=True))
        rules += [
            # Not held: whoever was silent for months comes back with long steps.
            _rule(gx.ExpectColumnValuesToBeBetween, column="step", max_value=longest, mostly=MOSTLY)
            for longest in _longest_step(around.history)
        ]
    return rules


def of_whole(around: Surroundings, profile: Profile, named: Collection[str], day: Day) -> list[Rule]:
    """What is expected of a whole report that is like `profile` and names the milestones `named`."""
    gx = _kinds()
    return [
        *([] if around.history is None else [_volume(gx, around.history, profile)]),
        _rule(gx.ExpectColumnValuesToBeBetween, column="newest_day", min_value=day(_fresh_from(around))),
        _rule(gx.ExpectColumnValuesToBeInSet, severity="info", column="open_milestone", value_set=sorted(named)),
        _rule(gx.ExpectColumnValuesToBeBetween, severity="info", column="units_left_out", max_value=0),
    ]


def _volume(gx: ModuleType, history: History, profile: Profile) -> Rule:
    """Its rows against those of the files before.

    Too few are odd only where it speaks of a newer day than all before: a correction of what was sent is short.
    """
    moves_on = profile.newest is not None and (history.newest is None or profile.newest > history.newest)
    few = history.least_rows if moves_on else 0
    is_held = profile.rows > max(history.most_rows * VOLUME_HELD, VOLUME_SMALL) or (
        few >= VOLUME_SMALL and profile.rows < few / VOLUME_HELD
    )
    return _rule(
        gx.ExpectColumnValuesToBeBetween,
        severity="critical" if is_held else "warning",
        column="rows",
        min_value=math.floor(few / VOLUME_ODD),
        max_value=max(math.ceil(history.most_rows * VOLUME_ODD), VOLUME_SMALL),
    )


def _fresh_from(around: Surroundings) -> date:
    """The day that a file reaches which tells anything new."""
    newest = around.history.newest if around.history else None
    return max(around.period, newest or around.period)


def _longest_step(history: History | None) -> list[float]:
    """The longest step that is no jump, in points; none where every step is possible, or nobody can say."""
    if history is None or history.step is None:
        return []
    longest = max(JUMP_LEAST, JUMP_TIMES * history.step)
    return [longest] if longest < _ALL else []


def _rule(kind: type[Expectation], *, holds: bool = False, severity: Severity = "warning", **about: object) -> Rule:
    return Rule(kind(severity=severity, **about), holds)


def _pair(gx: ModuleType, larger: str, smaller: str, *, holds: bool = False) -> Rule:
    """That in no row the one column is below the other; rows without either say nothing."""
    return _rule(
        gx.ExpectColumnPairValuesAToBeGreaterThanB,
        holds=holds,
        column_A=larger,
        column_B=smaller,
        or_equal=True,
        ignore_row_if="either_value_is_missing",
    )


@cache
def _kinds() -> ModuleType:
    """Great Expectations' kinds of expectations; it says much already when it is imported.

    The package first, by itself: were a part of it asked for while another thread is importing the whole, each would
    wait for the other, and Python would let one of them see it half made. Its half a million objects stay for good: to
    look time and again whether they are garbage takes 0.2 s of a large file, so the collector is told.
    """
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    importlib.import_module("great_expectations")
    kinds = importlib.import_module("great_expectations.expectations")
    gc.freeze()
    return kinds
