"""Events as rows of the log, and back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import get_args

import pytest

from roadmap.domain.events import Event, place, subject
from roadmap.domain.model import Confidence, State
from roadmap.store import codec
from roadmap.store.codec import COLUMNS, Origin
from roadmap.store.hashing import leaf
from roadmap.store.tables import event as event_table
from tests.factories import one_event_of_each_type, report

EXAMPLES = [*one_event_of_each_type(), report(), report(state="cancelled", confidence="red", spent=0)]


def encoded(event: Event, **changes: object) -> tuple[object, ...]:
    numbers = {"seq": 9, "batch": 3, "subject": 5, "unit": 6, "version": 2, "origin": Origin("sheet", 7)}
    return codec.encode(event, **(numbers | changes))


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
def test_an_event_comes_back_from_its_row_as_it_was(event: Event) -> None:
    row = SimpleNamespace(**dict(zip(COLUMNS, encoded(event), strict=True)))
    assert codec.decode(row, subject(event), place(event)) == event


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
def test_everything_that_is_stored_is_under_the_hash(event: Event) -> None:
    *values, digest = encoded(event)
    assert digest == codec.digest(values, subject(event), place(event))
    for position in set(range(len(values))) - {COLUMNS.index("subject"), COLUMNS.index("unit")}:
        changed = [*values[:position], "changed", *values[position + 1 :]]
        assert codec.digest(changed, subject(event), place(event)) != digest, COLUMNS[position]


def test_the_hash_is_over_what_the_codes_mean_not_over_their_short_numbers() -> None:
    """Exchanging two numbers' codes would change what every event is about, and is seen."""
    *values, digest = encoded(report(unit="P-1"))
    assert encoded(report(unit="P-1"), subject=50, unit=60)[-1] == digest
    assert codec.digest(values, "A-2", "P-1") != digest
    assert codec.digest(values, "A-1", "P-2") != digest
    assert digest == leaf([9, 3, 5, "A-1", "P-1", *values[5:]])


def test_the_columns_are_those_of_the_table() -> None:
    assert set(COLUMNS) == set(event_table.c.keys())
    assert COLUMNS[-1] == "hash"


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
    payload = COLUMNS.index("payload")
    assert encoded(report())[payload] is None
    assert encoded(report(narrative="روایت"))[payload] == '{"narrative":"روایت"}'
