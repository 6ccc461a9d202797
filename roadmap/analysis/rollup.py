"""Where milestones stood at the end of each day: the reports of all their units, folded by day and province.

Everything is a column, so that a million reports cost a few tenths of a second. A *stream* is what is reported of one
milestone for one unit; its place among the streams, which are sorted by milestone and then unit, is its number here.
Days are counted from 1 January 1970. Sums go stream by stream, so the same reports give the same figures to the last
bit, whatever else is folded beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from functools import lru_cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from roadmap.domain.calendar import Calendar, month_start
from roadmap.domain.model import State

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Stands where there is no day, and for "never" at the end of a validity.
NO_DAY: Final = -(2**31)
NO_END: Final = 2**31 - 1
#: Stands where no confidence was declared.
UNDECLARED: Final = -1
#: The province of the whole country's row, and of units that lie in none.
WHOLE: Final = 0

_EPOCH: Final = date(1970, 1, 1).toordinal()
_SILENT = -1
_STATES = {state: number for number, state in enumerate(State)}
_NOT_STARTED, _DONE = _STATES[State.NOT_STARTED], _STATES[State.DONE]
_SUSPENDED, _CANCELLED = _STATES[State.SUSPENDED], _STATES[State.CANCELLED]


@dataclass(frozen=True)
class _ByStream:
    """Columns of equal length, sorted by `stream`."""

    stream: Ints

    def of(self, first: int, beyond: int) -> Self:
        """Those of the streams `first` up to, but without, `beyond`, numbered from 0."""
        begin, end = np.searchsorted(self.stream, [first, beyond])
        part = replace(self, **{field.name: getattr(self, field.name)[begin:end] for field in fields(self)})
        return replace(part, stream=part.stream - first)


@dataclass(frozen=True)
class Records(_ByStream):
    """Reports that count: of each stream and day one, sorted by stream, then day.

    `state` is a place in `State`, `percent` is 0–100, `spent` NaN where it is not stated. The first record of a stream
    may be what stood before, with `spent` and `finished_on` as they were then; of the others `carried` finds these.
    """

    day: Ints
    state: Ints
    percent: Floats
    forecast_finish: Ints
    confidence: Ints
    spent: Floats
    finished_on: Ints


@dataclass(frozen=True)
class Places(_ByStream):
    """From when until when (that day no more) each stream is in scope, in which province, with which weight."""

    since: Ints
    until: Ints
    province: Ints
    weight: Floats


@dataclass(frozen=True)
class Timeline:
    """The days to be told: those of milestone m are `days[starts[m]:starts[m + 1]]`, ascending, at least one."""

    starts: Ints
    days: Ints

    def of(self, first: int, beyond: int) -> Timeline:
        """That of the milestones `first` up to, but without, `beyond`, numbered from 0."""
        starts = self.starts[first : beyond + 1]
        return Timeline(starts - starts[0], self.days[starts[0] : starts[-1]])


@dataclass(frozen=True)
class Rolled:
    """A row for each day of a milestone (`slot`: its place in the timeline) and province that has units; 0: the whole.

    Counts are of units, `live` and `value` leave out cancelled ones, `spent` does not. `confidence` (the worst) and
    `forecast_finish` (the latest) are of units that are neither done nor cancelled, `finished_on` is the latest of
    those that are done.

    For the month of the day, in each calendar: `expected` are those that are not cancelled and were not done before it,
    `complete` those of them with a report for a day of that month.
    """

    slot: Ints
    province: Ints
    units: Ints
    weight: Floats
    live: Floats
    value: Floats
    reporting: Ints
    not_started: Ints
    done: Ints
    suspended: Ints
    cancelled: Ints
    expected_jalali: Ints
    complete_jalali: Ints
    expected_gregorian: Ints
    complete_gregorian: Ints
    confidence: Ints
    forecast_finish: Ints
    finished_on: Ints
    last_report: Ints
    spent: Floats


def carried(records: Records) -> Records:
    """`records` with the money last stated, and since when each is done without having been opened again."""
    index = np.arange(len(records.stream))
    first = np.diff(records.stream, prepend=-1) != 0
    stated = np.maximum.accumulate(np.where(first | ~np.isnan(records.spent), index, 0))
    done = records.state == _DONE
    begins = done & (first | ~np.roll(done, 1))
    begun = np.maximum.accumulate(np.where(begins, index, 0))
    since = np.where(first & (records.finished_on != NO_DAY), records.finished_on, records.day)
    return replace(records, spent=records.spent[stated], finished_on=np.where(done, since[begun], NO_DAY))


def fold(timeline: Timeline, milestone: Ints, records: Records, places: Places) -> Rolled:
    """The roll-up of every milestone on each day of its timeline.

    Args:
        timeline: the days to be told, milestone by milestone.
        milestone: for each stream the place of its milestone in `timeline`, ascending.
        records: what is reported, as `carried` returns it; what is before the first day of the timeline stands on it.
        places: which streams count when, sorted by stream.
    """
    cells = _cells(timeline, milestone, records, places)
    slots = len(timeline.days)
    whole = _summed(cells, cells.slot, np.arange(slots), np.zeros(slots, np.int64))
    provinces, place = np.unique(cells.province[cells.province != WHOLE], return_inverse=True)
    if not len(provinces):
        return whole
    within = cells.of(cells.province != WHOLE)
    keys, slot = within.slot * len(provinces) + place, np.repeat(np.arange(slots), len(provinces))
    return _joined(whole, _summed(within, keys, slot, np.tile(provinces, slots)))


@dataclass(frozen=True)
class _Cells:
    """A unit in scope on a day of the timeline, and what stands for it then (`state` -1: nothing).

    `jalali` and `gregorian` are the first days of the month of that day.
    """

    slot: Ints
    province: Ints
    weight: Floats
    day: Ints
    state: Ints
    percent: Floats
    forecast_finish: Ints
    confidence: Ints
    spent: Floats
    finished_on: Ints
    jalali: Ints
    gregorian: Ints

    @property
    def counts_since(self) -> Ints:
        """The day of what was said last while the work was open: what is done says nothing new by saying so again."""
        return np.where(self.state == _DONE, self.finished_on, self.day)

    def of(self, chosen: Flags) -> _Cells:
        return _Cells(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def _cells(timeline: Timeline, milestone: Ints, records: Records, places: Places) -> _Cells:
    own = milestone[places.stream]
    low, high = (_reached(timeline, own, days, side="left") for days in (places.since, places.until))
    days = np.maximum(high - low, 0)
    place = np.repeat(np.arange(len(days)), days)
    nth = np.arange(len(place)) + np.repeat(low - (np.cumsum(days) - days), days)
    base, standing = _standing(timeline, milestone, records)
    found = standing[base[places.stream[place]] + nth]
    # Records have odd numbers; an even one is where a stream begins without any: it finds the silent record at the end.
    record = np.where(found % 2, found // 2, len(records.stream))
    slot = timeline.starts[own[place]] + nth
    return _Cells(
        slot=slot,
        province=places.province[place],
        weight=places.weight[place],
        day=np.append(records.day, NO_DAY)[record],
        state=np.append(records.state, _SILENT)[record],
        percent=np.append(records.percent, 0.0)[record],
        forecast_finish=np.append(records.forecast_finish, NO_DAY)[record],
        confidence=np.append(records.confidence, UNDECLARED)[record],
        spent=np.append(np.nan_to_num(records.spent), 0.0)[record],
        finished_on=np.append(records.finished_on, NO_DAY)[record],
        jalali=_month_starts(timeline.days, "jalali")[slot],
        gregorian=_month_starts(timeline.days, "gregorian")[slot],
    )


def _month_starts(days: Ints, calendar: Calendar) -> Ints:
    """The first day of the month of each of `days`."""
    unique, place = np.unique(days, return_inverse=True)
    found: Ints = np.array([_month_start(day, calendar) for day in unique.tolist()], np.int64)[place]
    return found


@lru_cache(maxsize=10_000)
def _month_start(day: int, calendar: Calendar) -> int:
    return month_start(date.fromordinal(day + _EPOCH), calendar).toordinal() - _EPOCH


def _standing(timeline: Timeline, milestone: Ints, records: Records) -> tuple[Ints, Ints]:
    """Streams × their milestone's days, flat: which record stands on each. And where in it each stream begins.

    A record holds from its day until the next one's. Numbers rise with streams and days, so a running maximum carries
    each record on, and the number that opens the next stream ends it.
    """
    widths = np.diff(timeline.starts)[milestone]
    base = np.cumsum(widths) - widths
    numbers = np.zeros(int(widths.sum()), np.int64)
    numbers[base] = 2 * np.searchsorted(records.stream, np.arange(len(milestone)))
    nth = _reached(timeline, milestone[records.stream], records.day, side="right") - 1
    # Of several records on one place (all from before the first day) the last counts: it is assigned last.
    numbers[base[records.stream] + np.maximum(nth, 0)] = 2 * np.arange(len(records.stream)) + 1
    return base, np.maximum.accumulate(numbers)


def _reached(timeline: Timeline, milestone: Ints, days: Ints, *, side: str) -> Ints:
    """How many days of the timeline of `milestone` lie before each of `days` (side "right": or on it)."""
    owners = np.repeat(np.arange(len(timeline.starts) - 1), np.diff(timeline.starts))
    edges, wanted = _key(owners, timeline.days), _key(milestone, days)
    found: Ints = np.searchsorted(edges, wanted, side="left" if side == "left" else "right")
    return found - timeline.starts[milestone]


def _key(milestone: Ints, day: Ints) -> Ints:
    """One number that sorts by milestone, then day."""
    return milestone * 2**33 + day + 2**32


def _summed(cells: _Cells, keys: Ints, slot: Ints, province: Ints) -> Rolled:
    """`cells` gathered by `keys`, which are places in `slot` and `province`; without those that have no units there."""
    size, kinds = len(slot), len(_STATES) + 1
    states = np.bincount(keys * kinds + cells.state + 1, minlength=size * kinds).reshape(size, kinds)[:, 1:]
    units = np.bincount(keys, minlength=size)
    live = np.where(cells.state == _CANCELLED, 0.0, cells.weight)
    is_open = (cells.state != _DONE) & (cells.state != _CANCELLED)
    jalali, gregorian = (_of_month(cells, begins, keys, size) for begins in (cells.jalali, cells.gregorian))
    rolled = Rolled(
        slot=slot,
        province=province,
        units=units,
        weight=_total(keys, cells.weight, size),
        live=_total(keys, live, size),
        value=_total(keys, live * cells.percent, size),
        reporting=states.sum(axis=1),
        not_started=states[:, _NOT_STARTED],
        done=states[:, _DONE],
        suspended=states[:, _SUSPENDED],
        cancelled=states[:, _CANCELLED],
        expected_jalali=jalali[0],
        complete_jalali=jalali[1],
        expected_gregorian=gregorian[0],
        complete_gregorian=gregorian[1],
        confidence=_latest(keys[is_open], cells.confidence[is_open], size, UNDECLARED),
        forecast_finish=_latest(keys[is_open], cells.forecast_finish[is_open], size, NO_DAY),
        finished_on=_latest(keys, cells.finished_on, size, NO_DAY),
        last_report=_latest(keys, cells.day, size, NO_DAY),
        spent=_total(keys, cells.spent, size),
    )
    return _of(rolled, (units > 0) | (province == WHOLE))


def _of_month(cells: _Cells, begins: Ints, keys: Ints, size: int) -> tuple[Ints, Ints]:
    """How many of `cells` are expected to report for the month that `begins`, and how many of those have."""
    is_new = cells.counts_since >= begins
    expected = (cells.state != _CANCELLED) & (is_new | (cells.state != _DONE))
    complete = expected & is_new
    return np.bincount(keys[expected], minlength=size), np.bincount(keys[complete], minlength=size)


def _total(keys: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(keys, values, size).astype(np.float64, copy=False)


def _latest(keys: Ints, values: Ints, size: int, nothing: int) -> Ints:
    found = np.full(size, nothing, np.int64)
    np.maximum.at(found, keys, values)
    return found


def _of(rolled: Rolled, chosen: Flags | Ints) -> Rolled:
    return Rolled(**{field.name: getattr(rolled, field.name)[chosen] for field in fields(rolled)})


def _joined(one: Rolled, other: Rolled) -> Rolled:
    """The rows of both, sorted by slot and province."""
    both = {field.name: np.concatenate([getattr(one, field.name), getattr(other, field.name)]) for field in fields(one)}
    return _of(Rolled(**both), np.lexsort((both["province"], both["slot"])))
