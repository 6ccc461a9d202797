"""What reports make of the tables that the board reads: the standing of each stream, and roll-ups by day and province.

A batch rolls up the milestones that it touches, from the first day that it touches on, as known after it. What stood
before that day is read from `report`; streams that had gone on beyond it are replayed from the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql

from roadmap.analysis import rollup
from roadmap.analysis.rollup import NO_DAY, NO_END, Ints, Places, Records, Rolled, Timeline
from roadmap.store import columns, copying, tables
from roadmap.store.codec import TYPES
from roadmap.store.columns import FLOAT, WHOLE, Columns, day

_REPORT: Final = TYPES["progress_reported"]

#: A row of `report`; of an event that does not stand there yet, `versions` is its own and `finished_on` none.
RECORD: Final = {
    "milestone": WHOLE,
    "unit": WHOLE,
    "seq": WHOLE,
    "version": WHOLE,
    "versions": WHOLE,
    "effective": day(NO_DAY),
    "state": WHOLE,
    "percent": FLOAT,
    "forecast_finish": day(NO_DAY),
    "confidence": WHOLE,
    "spent": FLOAT,
    "finished_on": day(NO_DAY),
}
_PLACE: Final = {
    "milestone": WHOLE,
    "unit": WHOLE,
    "since": day(NO_DAY),
    "until": day(NO_END),
    "province": WHOLE,
    "weight": FLOAT,
}
_SLOT: Final = {"milestone": WHOLE, "day": day(NO_DAY)}
_COUNTS = (
    *("province", "units", "reporting", "not_started", "done", "suspended", "cancelled"),
    *("expected_jalali", "complete_jalali", "expected_gregorian", "complete_gregorian"),
)
#: A row of `rollup` but for its batch.
_ROLLUP: Final = {
    **_SLOT,
    **dict.fromkeys(_COUNTS, WHOLE),
    **dict.fromkeys(("weight", "live", "value", "spent"), FLOAT),
    "confidence": WHOLE,
    **dict.fromkeys(("forecast_finish", "finished_on", "last_report"), day(NO_DAY)),
}

_PLACES = f"select {', '.join(_PLACE)} from assignment where milestone = any(%(milestones)s::int[])"

_STANDING = f"select {', '.join(RECORD)} from report where milestone = any(%(milestones)s::int[])"

_HISTORY = f"""
select e.subject as milestone, e.unit, e.seq, e.version, e.version as versions, e.effective, e.state, e.percent,
       e.forecast_finish, e.confidence, e.spent, null::date as finished_on
from unnest(%(milestones)s::int[], %(units)s::int[]) as k(milestone, unit)
join event e on e.type = {_REPORT} and e.subject = k.milestone and e.unit = k.unit
where e.seq < %(first)s
order by e.seq
"""

#: The days that have been rolled up, each found by a look at the index: a day may have the rows of many batches.
_DAYS = """
with recursive touched as (
    select * from unnest(%(milestones)s::int[], %(since)s::date[]) as k(milestone, since)
),
told as (
    select milestone, (select min(day) from rollup r where r.milestone = t.milestone and r.day >= t.since) as day
    from touched t
    union all
    select milestone, (select min(day) from rollup r where r.milestone = t.milestone and r.day > t.day) as day
    from told t where t.day is not null
)
select milestone, day from told where day is not null
"""

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_ARRAYS = ", ".join(f"cast(:{name} as {tables.report.c[name].type.compile(_DIALECT)}[])" for name in RECORD)
_KEPT = ", ".join(f"{name} = now.{name}" for name in RECORD if name not in {"milestone", "unit"})
_KEEP = text(
    f"update report set {_KEPT} from unnest({_ARRAYS}) as now ({', '.join(RECORD)}) "
    "where report.milestone = now.milestone and report.unit = now.unit"
)

_EPOCH = date(1970, 1, 1).toordinal()

#: Streams whose histories are looked at at one go, and units on days that are folded at one go: some 200 bytes each
#: report or unit and day.
_MOST_STREAMS, _MOST_CELLS = 20_000, 1_000_000


@dataclass(frozen=True)
class _Touched:
    """Milestones by their short numbers, ascending, and the first day (since 1970) on which each has news."""

    numbers: Ints
    since: Ints

    def place(self, numbers: Ints) -> Ints:
        """Where among them each of `numbers` is."""
        found: Ints = np.searchsorted(self.numbers, numbers)
        return found

    def dates(self) -> list[date]:
        """The first days as dates."""
        return [date.fromordinal(day + _EPOCH) for day in self.since.tolist()]


@dataclass(frozen=True)
class Made:
    """What reports make of the two tables: what now stands for their streams, which of those are new, and roll-ups."""

    now: pl.DataFrame
    is_new: NDArray[np.bool_]
    rollups: list[pl.DataFrame]


def made(connection: Connection, since: Mapping[int, date], reports: Columns, first: int) -> Iterator[Made]:
    """What the milestones in `since` come to, each from that day on, with `reports`: some milestones at a time.

    Args:
        connection: for reading; of what is being written it need see nothing but the assignments.
        since: for each milestone's short number the first day on which anything is new.
        reports: what is new of these milestones, columns as in `RECORD`, in the order of the log.
        first: the number of the first event that is new.
    """
    if not since:
        return
    numbers = np.array(sorted(since), np.int64)
    days = np.array([since[number].toordinal() for number in numbers.tolist()], np.int64) - _EPOCH
    placed = columns.read(connection, _PLACES, _PLACE, {"milestones": numbers.tolist()})
    streams = np.bincount(np.searchsorted(numbers, placed["milestone"]), minlength=len(numbers))
    for part in _parts(streams, _MOST_STREAMS):
        touched = _Touched(numbers[part], days[part])
        yield _made(connection, touched, _of(placed, touched), _of(reports, touched), first)


def write(connection: Connection, batch: int, part: Made) -> None:
    """Writes `part`, of which the roll-ups are as known after `batch`."""
    if part.is_new.any():  # by COPY, which need not look for what it may replace
        copying.write(connection, tables.report, [part.now.filter(part.is_new)])
    if not part.is_new.all():
        connection.execute(_KEEP, columns.arrays(part.now.filter(~part.is_new)))
    copying.write(connection, tables.rollup, (each.with_columns(pl.lit(batch).alias("batch")) for each in part.rollups))


def _parts(sizes: Ints, most: int) -> Iterator[slice]:
    """Neighbours that together are about `most`, or one alone."""
    turns = (np.flatnonzero(np.diff((np.cumsum(sizes) - 1) // most)) + 1).tolist()
    return (slice(begin, end) for begin, end in zip([0, *turns], [*turns, len(sizes)], strict=True))


def _of(table: Columns, touched: _Touched) -> Columns:
    first, last = touched.numbers[0], touched.numbers[-1]
    own = (table["milestone"] >= first) & (table["milestone"] <= last)
    return table if own.all() else columns.taken(table, own)


def _made(connection: Connection, touched: _Touched, placed: Columns, reports: Columns, first: int) -> Made:
    standing = columns.read(connection, _STANDING, RECORD, {"milestones": touched.numbers.tolist()})
    history = _history(connection, touched, standing, reports, first)
    streams = _distinct(np.concatenate([_keys(history), _keys(placed)]))
    counting, stream = _newest_of_each_day(history, np.searchsorted(streams, _keys(history)))
    records = rollup.carried(_records(counting, stream))
    told = _distinct(_keys(reports))
    places, milestone = _places(placed, np.searchsorted(streams, _keys(placed))), touched.place(streams >> 32)
    timeline = _timeline(connection, touched, places, records, milestone)
    return Made(
        now=_last_of(np.searchsorted(streams, told), counting, records),
        is_new=~np.isin(told, _keys(standing)),
        rollups=list(_rolled(touched, timeline, milestone, records, places)),
    )


def _history(connection: Connection, touched: _Touched, standing: Columns, reports: Columns, first: int) -> Columns:
    """All that the roll-up follows from: of each stream what stood before, or all of its past, and what is new."""
    behind = _behind(touched, standing, reports)
    if not len(behind):
        return columns.joined([standing, reports])
    wanted = {"milestones": (behind >> 32).tolist(), "units": (behind & (2**32 - 1)).tolist(), "first": first}
    past = columns.read(connection, _HISTORY, RECORD, wanted)
    others = columns.taken(standing, ~np.isin(_keys(standing), behind))
    return columns.joined([others, past, reports])


def _behind(touched: _Touched, standing: Columns, reports: Columns) -> Ints:
    """Keys of the streams that had gone on beyond their milestone's first new day, or up to their own."""
    keys, stood = _keys(standing), standing["effective"]
    told, stream = np.unique(_keys(reports), return_inverse=True)
    first = np.full(len(told) + 1, NO_END)
    np.minimum.at(first, stream, reports["effective"])
    place = np.searchsorted(told, keys)
    is_told = np.append(told, -1)[place] == keys
    beyond = stood > touched.since[touched.place(standing["milestone"])]
    found: Ints = keys[beyond | (is_told & (stood >= first[place]))]
    return found


def _keys(table: Columns) -> Ints:
    """A stream's key: its milestone's short number in the upper half, its unit's in the lower."""
    keys: Ints = table["milestone"] << 32 | table["unit"]
    return keys


def _distinct(keys: Ints) -> Ints:
    """`keys` ascending and once each; they come as a few ascending runs, a fiftieth of the work of `np.unique`."""
    ascending = np.sort(keys, kind="stable")
    found: Ints = ascending[np.diff(ascending, prepend=-1) != 0]
    return found


def _newest_of_each_day(history: Columns, stream: Ints) -> tuple[Columns, Ints]:
    """Of each stream and day the newest version, sorted by both; `versions` is the newest of the whole stream."""
    order = stream << 32 | (history["effective"] - NO_DAY)
    if not (order[1:] >= order[:-1]).all():
        turn = np.argsort(order, kind="stable")  # of one day the log's order, which is that of versions
        history, stream, order = columns.taken(history, turn), stream[turn], order[turn]
    begins = np.flatnonzero(np.diff(stream, prepend=-1))
    newest = np.maximum.reduceat(history["versions"], begins) if len(begins) else begins
    counts = np.repeat(newest, np.diff(begins, append=len(stream)))
    last = np.diff(order, append=-1) != 0
    return columns.taken({**history, "versions": counts}, last), stream[last]


def _records(table: Columns, stream: Ints) -> Records:
    names = {field.name for field in fields(Records)} & table.keys()
    return Records(stream=stream, day=table["effective"], **{name: table[name] for name in names})


def _last_of(told: Ints, table: Columns, records: Records) -> pl.DataFrame:
    """What now stands for the streams with the numbers `told`: the last row of each, with what `records` carried."""
    last = np.searchsorted(records.stream, told, side="right") - 1
    carried = {**table, "spent": records.spent, "finished_on": records.finished_on}
    return columns.frame(columns.taken(carried, last), RECORD)


def _places(placed: Columns, stream: Ints) -> Places:
    """Assignments sorted by stream and day, so that sums are taken in one order always."""
    order = np.lexsort((placed["since"], stream))
    names = ("since", "until", "province", "weight")
    return Places(stream=stream[order], **{name: placed[name][order] for name in names})


def _timeline(connection: Connection, touched: _Touched, places: Places, records: Records, milestone: Ints) -> Timeline:
    """The days on which anything may change, from the first new one on: of reports, known now or then, and of the plan.

    `milestone` is for each stream the place of its milestone in `touched`.
    """
    wanted = {"milestones": touched.numbers.tolist(), "since": touched.dates()}
    told = columns.read(connection, _DAYS, _SLOT, wanted)
    marks = (
        (np.arange(len(touched.since)), touched.since),
        (touched.place(told["milestone"]), told["day"]),
        (milestone[records.stream], records.day),
        (milestone[places.stream], places.since),
        (milestone[places.stream], places.until),
    )
    owner, days = (np.concatenate(parts) for parts in zip(*marks, strict=True))
    new = (days >= touched.since[owner]) & (days < NO_END)
    found = np.unique(owner[new] << 32 | (days[new] - NO_DAY))
    starts = np.searchsorted(found, np.arange(len(touched.since) + 1) << 32)
    return Timeline(starts=starts, days=(found & (2**32 - 1)) + NO_DAY)


def _rolled(
    touched: _Touched, timeline: Timeline, milestone: Ints, records: Records, places: Places
) -> Iterator[pl.DataFrame]:
    """Rows of the table `rollup` but for their batch, of as many milestones at a time as fit into `_MOST_CELLS`."""
    days = np.diff(timeline.starts)
    for part in _parts(np.bincount(milestone, minlength=len(days)) * days, _MOST_CELLS):
        first, beyond = np.searchsorted(milestone, [part.start, part.stop])
        own = timeline.of(part.start, part.stop)
        rolled = rollup.fold(
            own, milestone[first:beyond] - part.start, records.of(first, beyond), places.of(first, beyond)
        )
        yield _frame(np.repeat(touched.numbers[part], days[part]), own.days, rolled)


def _frame(milestone: Ints, days: Ints, rolled: Rolled) -> pl.DataFrame:
    """`rolled` as rows of the table `rollup`; `milestone` and `days` are those of its slots."""
    values = {field.name: getattr(rolled, field.name) for field in fields(rolled)}
    slots = {"milestone": milestone[rolled.slot], "day": days[rolled.slot]}
    return columns.frame({**values, **slots}, _ROLLUP)
