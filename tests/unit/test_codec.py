"""Events as rows of the log, and back."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import get_args

import polars as pl
import pytest

from roadmap.domain.events import Event, place, subject
from roadmap.domain.model import Confidence, State
from roadmap.store import codec
from roadmap.store.codec import Origin
from roadmap.store.frames import EVENTS, HASHED, REJECTS, STORED
from roadmap.store.leaves import leaves
from roadmap.store.tables import event as event_table
from roadmap.store.tables import reject as reject_table
from tests.factories import leaf, one_event_of_each_type, report

EXAMPLES = [*one_event_of_each_type(), report(), report(state="cancelled", confidence="red", spent=0)]


def encoded(event: Event, **changes: object) -> tuple[object, ...]:
    numbers = {"subject": 5, "unit": 6, "version": 2, "origin": Origin("sheet", 7)}
    return codec.encode(event, **(numbers | changes))


def hashed(rows: list[tuple[object, ...]], seq: int = 9, batch: int = 3) -> list[str]:
    """The leaves of events `seq`, `seq` + 1, … of `batch`."""
    numbers = [pl.int_range(seq, seq + len(rows), dtype=pl.Int64).alias("seq"), pl.lit(batch, pl.Int32).alias("batch")]
    frame = pl.DataFrame(rows, schema=EVENTS, orient="row").with_columns(*numbers)
    return leaves(frame.select(HASHED)).to_list()


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
def test_an_event_comes_back_from_its_row_as_it_was(event: Event) -> None:
    row = SimpleNamespace(**dict(zip(EVENTS, encoded(event), strict=True)))
    assert codec.decode(row, subject(event), place(event)) == event


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
def test_everything_that_is_stored_is_under_the_hash(event: Event) -> None:
    values = dict(zip(EVENTS, encoded(event), strict=True))
    [told] = hashed([tuple(values.values())])
    assert told == leaf([9, 3, *(values[name] for name in HASHED[2:])]).hex()
    changed = [
        tuple((values | {name: other(value, EVENTS[name])}).values())
        for name, value in values.items()
        if name in HASHED
    ]
    variants = [hashed([row])[0] for row in changed] + hashed([tuple(values.values())] * 2)[1:]
    variants += hashed([tuple(values.values())], batch=4)
    assert len({told, *variants}) == len(HASHED) + 1


def other(value: object, kind: pl.DataType) -> object:
    """Another value of that type."""
    if kind == pl.String:
        return f"{value}x"
    if kind == pl.Date:
        return (value or date(2026, 1, 1)) + timedelta(1)
    return (value or 0) + 1


def test_the_hash_is_over_what_the_codes_mean_not_over_their_short_numbers() -> None:
    """Exchanging two numbers' codes would change what every event is about, and is seen."""
    rows = [encoded(report("A-1", unit="P-1"), **each) for each in ({}, {"subject": 50, "unit": 60})]
    others = [encoded(report("A-2", unit="P-1")), encoded(report("A-1", unit="P-2"))]
    one, same, *different = (hashed([row])[0] for row in (*rows, *others))
    assert one == same
    assert len({one, *different}) == 3


def test_the_columns_are_those_of_the_tables() -> None:
    assert set(STORED) | {"hash"} == set(event_table.c.keys())
    assert {*REJECTS, "id"} == set(reject_table.c.keys())


def test_the_order_under_the_hash_is_this_for_ever() -> None:
    """Another order would break every log that was ever written: this test is not to be adjusted."""
    assert HASHED == (
        "seq", "batch", "type", "subject_code", "unit_code", "version", "effective", "state", "percent",
        "forecast_finish", "confidence", "spent", "sheet", "row", "payload",
    )  # fmt: skip
    assert tuple(REJECTS) == ("batch", "commission", "sheet", "row", "key", "field", "value", "code", "fa", "en")


def test_every_type_of_event_has_a_number_and_a_kind_of_subject() -> None:
    names = {kind.model_fields["type"].default for kind in get_args(get_args(Event)[0])}
    assert set(codec.TYPES) == names
    assert set(codec.SUBJECT_KINDS) == set(codec.TYPES.values())


def test_the_numbers_that_are_stored_for_ever_are_these() -> None:
    """A number that was ever written must mean the same in every later version: this test is not to be adjusted."""
    assert codec.TYPES == {
        "unit_opened": 1,
        "milestone_baselined": 2,
        "indicator_baselined": 3,
        "indicator_observed": 4,
        "progress_reported": 5,
        "feed_mapped": 6,
        "delivery_reopened": 7,
        "rejects_waived": 8,
        "report_submitted": 9,
        "report_reviewed": 10,
        "role_assigned": 11,
        "change_proposed": 12,
        "proposal_checked": 13,
        "proposal_decided": 14,
        "proposal_withdrawn": 15,
        "session_called": 16,
        "session_decided": 17,
        "action_given": 18,
        "action_settled": 19,
        "minutes_kept": 20,
    }
    assert [codec.state_of(number) for number in range(5)] == [
        State.NOT_STARTED,
        State.IN_PROGRESS,
        State.DONE,
        State.SUSPENDED,
        State.CANCELLED,
    ]
    assert [codec.confidence_of(number) for number in (0, 1, 2, None)] == [*Confidence, None]


def test_a_report_without_words_has_no_payload() -> None:
    payload = EVENTS.names().index("payload")
    assert encoded(report())[payload] is None
    assert encoded(report(narrative="روایت"))[payload] == '{"narrative":"روایت"}'
