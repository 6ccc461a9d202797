"""The fold of reports by the column, held against one that looks at each unit on each day."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta
from typing import Any, get_args

import numpy as np
import pytest

from roadmap.analysis.rollup import NO_DAY, NO_END, UNDECLARED, Places, Records, Rolled, Timeline, carried, fold
from roadmap.domain.calendar import Calendar, month_start
from roadmap.domain.model import State
from roadmap.store.codec import STATES

NOT_STARTED, IN_PROGRESS, DONE, SUSPENDED, CANCELLED = range(5)
EPOCH = date(1970, 1, 1)
Row = dict[str, Any]


def records(*rows: Row) -> Records:
    """Records in progress at 50 percent on day 0, silent about everything else; a test names what it is about."""
    plain = {
        "stream": 0,
        "day": 0,
        "state": IN_PROGRESS,
        "percent": 50.0,
        "forecast_finish": NO_DAY,
        "confidence": UNDECLARED,
        "spent": np.nan,
        "finished_on": NO_DAY,
    }
    full = [plain | row for row in rows]
    return Records(**{name: column(name, [row[name] for row in full]) for name in plain})


def places(*rows: Row) -> Places:
    """Stations of weight 1 that are in province 7 for ever."""
    plain = {"stream": 0, "since": -1000, "until": NO_END, "province": 7, "weight": 1.0}
    full = [plain | row for row in rows]
    return Places(**{name: column(name, [row[name] for row in full]) for name in plain})


def column(name: str, values: list[Any]) -> Any:
    return np.array(values, np.float64 if name in {"percent", "spent", "weight"} else np.int64)


def timeline(*days: list[int]) -> Timeline:
    starts = np.cumsum([0, *(len(own) for own in days)])
    return Timeline(starts, np.array([day for own in days for day in own], np.int64))


def rows(rolled: Rolled) -> list[Row]:
    named = {field.name: getattr(rolled, field.name).tolist() for field in fields(rolled)}
    return [dict(zip(named, values, strict=True)) for values in zip(*named.values(), strict=True)]


def one(*, streams: int = 1) -> Any:
    """All streams belong to the only milestone."""
    return np.zeros(streams, np.int64)


def test_states_have_the_numbers_under_which_they_are_stored() -> None:
    assert [STATES[state] for state in State] == list(range(len(State)))


def test_money_once_stated_stays_until_it_is_stated_again() -> None:
    told = carried(records({"day": 1}, {"day": 2, "spent": 5.0}, {"day": 3}, {"day": 4, "spent": 0.0}, {"stream": 1}))
    assert told.spent[1:4].tolist() == [5, 5, 0]
    assert np.isnan(told.spent[[0, 4]]).all()


def test_finished_is_since_when_it_is_done_without_having_been_opened_again() -> None:
    states = (DONE, DONE, IN_PROGRESS, DONE, DONE)
    told = carried(records(*({"day": day, "state": state} for day, state in enumerate(states, start=1))))
    assert told.finished_on.tolist() == [1, 1, NO_DAY, 4, 4]


def test_what_was_finished_before_was_finished_then() -> None:
    before = {"day": 9, "state": DONE, "finished_on": 3}
    told = carried(records(before, {"day": 10, "state": DONE}, {"stream": 1, "state": DONE, "day": 10}))
    assert told.finished_on.tolist() == [3, 3, 10]


def test_numbers_by_hand_of_two_provinces_on_two_days() -> None:
    """Stations a (weight 3) and b (1) in province 7, c (2) in 8; a at 20 and done on day 5, b silent, c cancelled."""
    told = carried(
        records(
            {"stream": 0, "day": 1, "percent": 20.0, "spent": 10.0, "forecast_finish": 40, "confidence": 2},
            {"stream": 0, "day": 5, "state": DONE, "percent": 100.0},
            {"stream": 2, "day": 5, "state": CANCELLED, "percent": 60.0, "spent": 4.0, "confidence": 2},
        )
    )
    where = places(
        {"stream": 0, "weight": 3.0}, {"stream": 1, "weight": 1.0}, {"stream": 2, "weight": 2.0, "province": 8}
    )
    found = {(row["slot"], row["province"]): row for row in rows(fold(timeline([1, 5]), one(streams=3), told, where))}
    assert list(found) == [(0, 0), (0, 7), (0, 8), (1, 0), (1, 7), (1, 8)]
    assert found[0, 0] == {
        "slot": 0,
        "province": 0,
        "units": 3,
        "weight": 6.0,
        "live": 6.0,
        "value": 60.0,
        "reporting": 1,
        "not_started": 0,
        "done": 0,
        "suspended": 0,
        "cancelled": 0,
        "expected_jalali": 3,
        "complete_jalali": 1,
        "expected_gregorian": 3,
        "complete_gregorian": 1,
        "confidence": 2,
        "forecast_finish": 40,
        "finished_on": NO_DAY,
        "last_report": 1,
        "spent": 10.0,
    }
    assert found[1, 0] == {
        "slot": 1,
        "province": 0,
        "units": 3,
        "weight": 6.0,
        "live": 4.0,
        "value": 300.0,
        "reporting": 2,
        "not_started": 0,
        "done": 1,
        "suspended": 0,
        "cancelled": 1,
        "expected_jalali": 2,
        "complete_jalali": 1,
        "expected_gregorian": 2,
        "complete_gregorian": 1,
        "confidence": UNDECLARED,
        "forecast_finish": NO_DAY,
        "finished_on": 5,
        "last_report": 5,
        "spent": 14.0,
    }
    assert (found[1, 7]["live"], found[1, 7]["value"], found[1, 7]["units"]) == (4, 300, 2)
    assert (found[1, 8]["live"], found[1, 8]["cancelled"], found[1, 8]["reporting"]) == (0, 1, 1)
    assert (found[0, 8]["reporting"], found[0, 8]["last_report"]) == (0, NO_DAY)


def test_a_month_counts_who_was_open_in_it_and_who_of_those_reported_for_it() -> None:
    """Day 0 is 1 January 1970, or 11 Dey 1348: February begins with day 31, Bahman with day 20.

    On day 40, a was done on day 35 and b on day 10, and both say so again; c reported on day 25, d is silent, e is
    cancelled. So a, c and d are expected; a has reported for February, a and c for Bahman.
    """
    told = carried(
        records(
            {"stream": 0, "day": 35, "state": DONE},
            {"stream": 0, "day": 40, "state": DONE},
            {"stream": 1, "day": 10, "state": DONE},
            {"stream": 1, "day": 40, "state": DONE},
            {"stream": 2, "day": 25},
            {"stream": 4, "day": 40, "state": CANCELLED},
        )
    )
    (whole, *_) = rows(fold(timeline([40]), one(streams=5), told, places(*({"stream": each} for each in range(5)))))
    assert (whole["expected_gregorian"], whole["complete_gregorian"]) == (3, 1)
    assert (whole["expected_jalali"], whole["complete_jalali"]) == (3, 2)


def test_a_day_on_which_nobody_is_in_scope_has_a_row_of_the_whole() -> None:
    found = rows(fold(timeline([1, 2]), one(), records(), places({"until": 2})))
    assert [(row["slot"], row["province"], row["units"]) for row in found] == [(0, 0, 1), (0, 7, 1), (1, 0, 0)]


def test_a_unit_in_no_province_counts_in_the_whole_alone() -> None:
    found = rows(fold(timeline([1]), one(), records({}), places({"province": 0})))
    assert [(row["province"], row["value"]) for row in found] == [(0, 50)]


def test_nothing_at_all_folds_to_empty_rows_of_the_whole() -> None:
    found = rows(fold(timeline([1], [3]), np.zeros(0, np.int64), records(), places()))
    assert [(row["slot"], row["units"], row["value"]) for row in found] == [(0, 0, 0), (1, 0, 0)]


def chance(seed: int) -> tuple[list[list[int]], np.ndarray, list[Row], list[Row]]:
    """Four milestones with a few streams each, reports of every state, units that come, go and move."""
    random = np.random.default_rng(seed)
    days = [sorted({0, *random.integers(0, 30, random.integers(1, 6)).tolist()}) for _ in range(4)]
    milestone = np.sort(random.integers(0, 4, 12))
    told, where = [], []
    for stream, owner in enumerate(milestone.tolist()):
        own = sorted(
            {*random.choice(days[owner], random.integers(0, 4)).tolist(), *random.choice([-5, -9], 1).tolist()}
        )
        told += [report(random, stream, day) for day in own[random.integers(0, 2) :]]
        begin, middle, end = sorted(random.choice(range(-3, 40), 3, replace=False).tolist())
        spans = [(begin, middle), (middle, end)] if random.random() < 0.5 else [(begin, NO_END)]
        where += [
            {"stream": stream, "since": since, "until": until, "province": int(random.integers(0, 4)), "weight": weight}
            for (since, until), weight in zip(spans, random.integers(1, 9, 2).tolist(), strict=False)
        ]
    return days, milestone, told, where


def report(random: np.random.Generator, stream: int, day: int) -> Row:
    confidence, finish = int(random.integers(-1, 3)), int(random.integers(40, 90))
    return {
        "stream": stream,
        "day": day,
        "state": int(random.integers(0, 5)),
        "percent": float(random.integers(0, 101)),
        "confidence": confidence,
        "forecast_finish": finish if random.random() < 0.7 else NO_DAY,
        "spent": float(random.integers(0, 100)) if random.random() < 0.5 else np.nan,
    }


def plain(days: list[int], milestone: np.ndarray, owner: int, told: Records, where: list[Row]) -> dict[Any, Row]:
    """One milestone's roll-up, unit by unit and day by day."""
    found: dict[Any, Row] = {}
    for nth, day in enumerate(days):
        found[nth, 0] = empty()
        for place in where:
            if milestone[place["stream"]] == owner and place["since"] <= day < place["until"]:
                known = np.flatnonzero((told.stream == place["stream"]) & (told.day <= day))
                for province in {0, place["province"]}:
                    row = found.setdefault((nth, province), empty())
                    count(row, place["weight"], told, known)
                    count_month(row, day, told, known)
    return found


def empty() -> Row:
    sums = ("units", "weight", "live", "value", "reporting", "not_started", "done", "suspended", "cancelled", "spent")
    days = ("forecast_finish", "finished_on", "last_report")
    of_month = (f"{kind}_{calendar}" for kind in ("expected", "complete") for calendar in get_args(Calendar))
    return dict.fromkeys((*sums, *of_month), 0) | dict.fromkeys(days, NO_DAY) | {"confidence": UNDECLARED}


def count_month(row: Row, day: int, told: Records, known: np.ndarray) -> None:
    """Expected: neither cancelled nor done before the month; complete: with a report for a day of it, still open."""
    state = told.state[known[-1]] if len(known) else None
    for calendar in get_args(Calendar):
        first = month_start(EPOCH + timedelta(days=day), calendar)
        since = told.finished_on[known[-1]] if state == DONE else told.day[known[-1]] if len(known) else NO_DAY
        is_new = since >= (first - EPOCH).days
        if state != CANCELLED and not (state == DONE and not is_new):
            row[f"expected_{calendar}"] += 1
            row[f"complete_{calendar}"] += is_new


def count(row: Row, weight: float, told: Records, known: np.ndarray) -> None:
    row["units"] += 1
    row["weight"] += weight
    if not len(known):
        row["live"] += weight
        return
    last = known[-1]
    state = told.state[last]
    row["reporting"] += 1
    row["last_report"] = max(row["last_report"], told.day[last])
    row["spent"] += 0 if np.isnan(told.spent[last]) else told.spent[last]
    name = {NOT_STARTED: "not_started", DONE: "done", SUSPENDED: "suspended", CANCELLED: "cancelled"}.get(state)
    if name:
        row[name] += 1
    if state != CANCELLED:
        row["live"] += weight
        row["value"] += weight * told.percent[last]
    if state == DONE:
        row["finished_on"] = max(row["finished_on"], told.finished_on[last])
    elif state != CANCELLED:
        row["confidence"] = max(row["confidence"], told.confidence[last])
        row["forecast_finish"] = max(row["forecast_finish"], told.forecast_finish[last])


@pytest.mark.parametrize("seed", range(40))
def test_the_fold_by_the_column_is_the_fold_unit_by_unit(seed: int) -> None:
    days, milestone, reports, where = chance(seed)
    told, span = carried(records(*reports)), timeline(*days)
    found = {(row.pop("slot"), row.pop("province")): row for row in rows(fold(span, milestone, told, places(*where)))}
    expected = {
        (span.starts[owner] + nth, province): row
        for owner in range(4)
        for (nth, province), row in plain(days[owner], milestone, owner, told, where).items()
    }
    assert found == expected


@pytest.mark.parametrize("seed", range(5))
def test_a_slice_of_milestones_folds_to_the_same_figures_to_the_last_bit(seed: int) -> None:
    days, milestone, reports, where = chance(seed)
    told, span = carried(records(*reports)), timeline(*days)
    all_places = places(*({**row, "weight": row["weight"] / 7} for row in where))
    whole = rows(fold(span, milestone, told, all_places))
    first, beyond = np.searchsorted(milestone, [1, 3])
    part = rows(fold(span.of(1, 3), milestone[first:beyond] - 1, told.of(first, beyond), all_places.of(first, beyond)))
    shift = int(span.starts[1])
    own = [{**row, "slot": row["slot"] - shift} for row in whole if shift <= row["slot"] < span.starts[3]]
    assert part == own
