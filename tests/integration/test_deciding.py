"""Decided by the column, orders get the verdicts that `domain.changes.decide` gives them one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from roadmap.domain.changes import (
    Accepted,
    Duplicate,
    Recorded,
    Reference,
    ReportProgress,
    Stream,
    Verdict,
    decide,
    latest,
)
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import NATIONAL, Confidence, State
from roadmap.domain.refusals import Refusal
from roadmap.intake import deciding
from roadmap.intake.deciding import Decided, Decider
from roadmap.services.desk import Desk
from roadmap.store import log
from roadmap.store.codec import CONFIDENCES, STATES
from roadmap.store.frames import EVENTS, ORDERS
from roadmap.store.hashing import canonical
from roadmap.store.reference import milestones, units
from roadmap.store.tables import milestone, unit
from tests.factories import TODAY, order, report

SHEET = "Report"
FIRST_DAY = date(2026, 10, 1)
DAYS = [FIRST_DAY + timedelta(days) for days in range(5)]
NEXT_DAYS = [DAYS[-1] + timedelta(1), TODAY - timedelta(1), TODAY]
TEXTS = ("narrative", "blocker", "evidence")

Row = tuple[Any, ...]
Batches = list[list[ProgressReported]]


@contextmanager
def holding(desk: Desk, *batches: Sequence[ProgressReported]) -> Iterator[Connection]:
    """A transaction that holds the head of a log with `batches` of reports in it, undone at the end."""
    with log.writing(desk.engine) as writer:
        for number, reports in enumerate(batches):
            events = [log.NewEvent(each) for each in reports]
            delivery = log.Delivery("file", "past.csv", f"past {number}", "inbox", "quays")
            writer.append(delivery, log.Outcome(events=events))
        yield writer.connection
        writer.connection.get_transaction().rollback()


def columns(told: ProgressReported) -> dict[str, Any]:
    """What a frame says of a report besides its milestone and unit."""
    texts = {name: getattr(told, name) for name in TEXTS if getattr(told, name) is not None}
    return {
        "effective": told.effective,
        "state": STATES[told.state],
        "percent": told.percent,
        "forecast_finish": told.forecast_finish,
        "confidence": None if told.confidence is None else CONFIDENCES[told.confidence],
        "spent": told.spent,
        "payload": canonical(texts).decode() if texts else None,
    }


def frame(orders: Sequence[ReportProgress]) -> pl.DataFrame:
    """An ORDERS frame with `orders` as rows 2, 3, …"""
    rows = [
        {"row": row, "key": f"row {row}", "milestone": each.report.milestone, "unit": each.report.unit}
        | columns(each.report)
        | {"version": each.base_version}
        for row, each in enumerate(orders, 2)
    ]
    return pl.DataFrame(rows, schema=ORDERS)


def decided(connection: Connection, *orders: ReportProgress) -> Decided:
    """What becomes of `orders` of commission `quays`."""
    return Decider(connection, "quays", TODAY).decide(frame(orders), SHEET)


def verdicts(connection: Connection, orders: Sequence[ReportProgress]) -> list[Verdict]:
    """What the authority says of `orders` of commission `quays`."""
    streams = [each.stream for each in orders]
    known = Reference(
        milestones={milestone.code: milestone for milestone in milestones(connection)},
        units={unit.code: unit for unit in units(connection)},
    )
    return decide(orders, commission="quays", reference=known, present=log.reports(connection, streams), today=TODAY)


def expected_events(connection: Connection, orders: Sequence[ReportProgress], told: Sequence[Verdict]) -> list[Row]:
    """Rows of the EVENTS frame that the verdicts `told` on `orders` ask for."""
    subjects, units = ({each.code: each.id for each in connection.execute(select(t))} for t in (milestone, unit))
    events = []
    for row, (each, verdict) in enumerate(zip(orders, told, strict=True), 2):
        if isinstance(verdict, Accepted):
            codes = each.report.milestone, each.report.unit
            place = {"type": 5, "subject": subjects[codes[0]], "unit": units[codes[1]], "sheet": SHEET, "row": row}
            named = {"subject_code": codes[0], "unit_code": codes[1], "version": verdict.version}
            values = place | named | columns(each.report)
            events.append(tuple(values[name] for name in EVENTS))
    stream_day_version = [list(EVENTS).index(name) for name in ("subject", "unit", "effective", "version")]
    return sorted(events, key=lambda event: [event[place] for place in stream_day_version])


def expected_rejects(told: Sequence[Verdict]) -> list[log.Rejected]:
    return [
        log.Rejected(f"row {row}", (verdict,), sheet=SHEET, row=row)
        for row, verdict in enumerate(told, 2)
        if isinstance(verdict, Refusal)
    ]


def agreed(connection: Connection, orders: Sequence[ReportProgress]) -> list[Verdict]:
    """What the authority says of `orders`, after seeing that the columns say the same."""
    told, outcome = verdicts(connection, orders), decided(connection, *orders)
    assert outcome.events.rows() == expected_events(connection, orders, told)
    assert outcome.rejected == expected_rejects(told)
    assert outcome.duplicates == sum(isinstance(verdict, Duplicate) for verdict in told)
    return told


# --- the property ---------------------------------------------------------------------------------------------------

own = [("Q-1", NATIONAL), ("Q-2", "P-1"), ("Q-2", "P-2")]
streams = st.sampled_from([*own * 6, ("C-1", NATIONAL), ("Z-9", NATIONAL), ("Q-1", "P-1"), ("Q-2", "P-9")])
contents = st.fixed_dictionaries(
    {
        "state": st.sampled_from([State.IN_PROGRESS] * 5 + list(State)),
        "percent": st.sampled_from([1.0, 1.0, 2.0]),
    },
    optional={
        "narrative": st.sampled_from(["روایت", 'with "quotes", and\nlines']),
        "spent": st.sampled_from([0.0, 0.1]),
        "confidence": st.just(Confidence.AMBER),
        "forecast_finish": st.just(date(2027, 1, 1)),
    },
)
days = st.sampled_from(DAYS)


def reports(of_streams: st.SearchStrategy[Stream], of_days: st.SearchStrategy[date]) -> st.SearchStrategy[Any]:
    made = st.builds(
        lambda stream, day, content: report(stream[0], unit=stream[1], effective=day, **content),
        of_streams,
        of_days,
        contents | contents | st.just({"percent": 1.0}),
    )
    return (
        st.lists(made, max_size=3) | st.lists(made, min_size=4, max_size=9) | st.lists(made, max_size=9).map(in_order)
    )


def in_order(told: list[ProgressReported]) -> list[ProgressReported]:
    """As a careful sender writes: by stream and day."""
    return sorted(told, key=lambda each: (each.milestone, each.unit, each.effective))


@st.composite
def files(draw: Callable[..., Any], known: list[ProgressReported]) -> list[ReportProgress]:
    """Orders of which some tell again what is `known`, some mean to correct it, some go on."""
    again = draw(st.lists(st.sampled_from(known), max_size=6)) if known else []
    new = draw(reports(streams, days | st.sampled_from([*NEXT_DAYS, *NEXT_DAYS, TODAY + timedelta(1)])))
    mixed = draw(st.sampled_from([again + new, new + again]) | st.permutations(again + new))
    versions = Counter((each.milestone, each.unit) for each in known)
    offs = draw(st.sampled_from([st.none(), st.none() | st.sampled_from([0, 0, 0, 1, -1])]))
    return [based(each, versions[each.milestone, each.unit], draw(offs)) for each in mixed]


@st.composite
def worlds(draw: Callable[..., Any]) -> tuple[Batches, list[list[ReportProgress]]]:
    """What a log holds, and files each of which may come next."""
    past = [in_order(batch) for batch in draw(st.lists(reports(st.sampled_from(own), days), max_size=2))]
    return past, draw(st.lists(files([each for batch in past for each in batch]), min_size=1, max_size=6))


def based(told: ProgressReported, newest: int, off: int | None) -> ReportProgress:
    """An order that says which version the sender was looking at: the newest, or `off` from it."""
    return ReportProgress(told, None if off is None else max(1, newest + off))


def occasions(
    orders: Sequence[ReportProgress], told: Sequence[Verdict], present: dict[Stream, list[Recorded]]
) -> set[str]:
    """What happened to a file, so that the test can see that it tests what it says."""
    seen = {verdict.code for verdict in told if isinstance(verdict, Refusal)}
    for each, verdict in zip(orders, told, strict=True):
        newest = latest(present.get(each.stream, []))
        late = newest is not None and each.report.effective < newest.report.effective
        versioned = " of a version" if each.base_version else ""
        if isinstance(verdict, Duplicate):
            seen.add(f"duplicate{versioned}")
        if isinstance(verdict, Accepted):
            seen.add(f"{'late' if late else 'accepted'}{versioned}")
    kinds = {type(verdict) for verdict in told}
    return seen | ({"mixed"} if len(kinds) == 3 else set())


EXPECTED = {
    *("accepted", "accepted of a version", "late", "late of a version", "duplicate", "duplicate of a version", "mixed"),
    *("unknown_milestone", "foreign_milestone", "unknown_unit", "unit_out_of_scope", "future"),
    *("transition", "transition_after", "conflict", "repeated", "stale_version"),
}


def test_the_columns_decide_as_the_domain_does(desk: Desk) -> None:
    seen: Counter[str] = Counter()

    @given(worlds())
    @settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def agree(world: tuple[Batches, list[list[ReportProgress]]]) -> None:
        past, next_files = world
        with holding(desk, *past) as connection:
            present = log.reports(connection, own)
            for orders in next_files:
                seen.update(occasions(orders, agreed(connection, orders), present))

    agree()
    assert set(seen) == EXPECTED


@pytest.mark.parametrize("before", State)
def test_states_follow_each_other_as_the_domain_says(desk: Desk, before: State) -> None:
    """Whether what goes before stands in the log or in the same file."""
    first = report("Q-1", state=before, effective=DAYS[0])
    for after in State:
        second = order("Q-1", state=after, effective=DAYS[1])
        with holding(desk, [first]) as connection:
            agreed(connection, [second])
        with holding(desk) as connection:
            agreed(connection, [ReportProgress(first), second])


# --- what is settled without the row-wise way, and what the frames look like ----------------------------------------


@pytest.fixture
def by_column_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is sent to the row-wise way fails the test: it would be right, and slow."""

    def refuse_to_decide(orders: Sequence[ReportProgress], **_: object) -> list[Verdict]:
        pytest.fail(f"decided row by row: {orders}")

    monkeypatch.setattr(deciding, "decide", refuse_to_decide)


PAST = [report("Q-1", effective=day, percent=percent) for percent, day in enumerate(DAYS, 1)]


def test_a_file_that_comes_again_is_known_by_the_column(desk: Desk, by_column_alone: None) -> None:
    with holding(desk, PAST) as connection:
        outcome = decided(connection, *(ReportProgress(each) for each in PAST))
    assert (outcome.events.height, outcome.rejected, outcome.duplicates) == (0, [], len(PAST))


def test_known_rows_and_the_next_month_behind_them_are_settled_by_the_column(desk: Desk, by_column_alone: None) -> None:
    later = [order("Q-1", effective=TODAY - timedelta(days), percent=50) for days in (1, 0)]
    with holding(desk, PAST) as connection:
        outcome = decided(connection, *(ReportProgress(each) for each in PAST), *later)
    assert outcome.events["version"].to_list() == [6, 7]
    assert outcome.duplicates == len(PAST)


def test_a_workbook_made_on_the_newest_versions_is_settled_by_the_column(desk: Desk, by_column_alone: None) -> None:
    with holding(desk, PAST) as connection:
        outcome = decided(connection, order("Q-1", base_version=5, effective=TODAY, percent=50))
    assert outcome.events["version"].to_list() == [6]


def test_one_bad_row_does_not_take_the_other_streams_with_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[ReportProgress] = []

    def note(orders: Sequence[ReportProgress], **values: Any) -> list[Verdict]:
        sent.extend(orders)
        return decide(orders, **values)

    monkeypatch.setattr(deciding, "decide", note)
    bad, ahead = order("Q-2", unit="P-9"), order("Q-2", unit="P-2", effective=TODAY + timedelta(1))
    good = order("Q-1"), order("Q-2", unit="P-1"), order("Q-2", unit="P-2")
    with holding(desk) as connection:
        outcome = decided(connection, *good, bad, ahead)
    assert sent == [bad, ahead]
    assert outcome.events.height == len(good)


def test_events_are_a_frame_as_the_log_wants_it(desk: Desk) -> None:
    plain = order("Q-2", unit="P-1", effective=TODAY), order("Q-1", narrative="روایت")
    with holding(desk) as connection:
        for orders in (plain, [*plain, order("Q-1", state=State.DONE, percent=100)], []):
            events = decided(connection, *orders).events
            assert events.schema == EVENTS
            assert events.equals(events.sort("subject", "unit", "effective", "version"))
        assert events.is_empty()


def test_a_batch_may_be_decided_milestone_by_milestone(desk: Desk) -> None:
    orders = [order("Q-1"), order("Q-2", unit="P-1"), order("Q-1", percent=50), order("Z-9")]
    with holding(desk) as connection:
        whole, decider = decided(connection, *orders), Decider(connection, "quays", TODAY)
        parts = [decider.decide(part, SHEET) for _, part in frame(orders).group_by("milestone")]
    assert pl.concat(part.events for part in parts).sort("subject").equals(whole.events)
    rejected = sorted((row for part in parts for row in part.rejected), key=lambda row: row.row or 0)
    assert rejected == whole.rejected


def test_rows_are_taken_in_the_files_order_however_they_come(desk: Desk) -> None:
    """The later day stands first in the file, so it has the lower version."""
    orders = [order("Q-1", effective=day) for day in (DAYS[1], DAYS[0])]
    with holding(desk) as connection:
        events = Decider(connection, "quays", TODAY).decide(frame(orders).reverse(), None).events
    assert events.select("effective", "version", "row", "sheet").rows() == [
        (DAYS[0], 2, 3, None),
        (DAYS[1], 1, 2, None),
    ]
