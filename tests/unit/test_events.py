"""Events are facts: frozen, told apart by their type, and the same after they were written down."""

from __future__ import annotations

import json
from datetime import date
from typing import get_args

import pytest
from pydantic import ValidationError

from roadmap.domain import events
from roadmap.domain.events import EVENT, Event, Fact, place, subject
from tests.factories import observation, one_event_of_each_type, report

TYPES: tuple[type[Fact], ...] = get_args(get_args(Event)[0])
EXAMPLES = one_event_of_each_type()


def test_there_is_an_example_of_every_type_of_event() -> None:
    assert {type(example) for example in EXAMPLES} == set(TYPES) == set(Fact.__subclasses__())


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_every_event_is_frozen_and_closed_against_unknown_fields(kind: type[Fact]) -> None:
    assert kind.model_config["frozen"] is True
    assert kind.model_config["extra"] == "forbid"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.type)
def test_every_event_is_the_same_after_it_was_written_down(example: Event) -> None:
    assert EVENT.validate_json(EVENT.dump_json(example)) == example
    assert EVENT.validate_python(json.loads(example.model_dump_json(exclude_none=True))) == example


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.type)
def test_no_event_can_be_changed(example: Event) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        example.effective = None


def test_an_event_of_an_unknown_type_is_no_event() -> None:
    with pytest.raises(ValidationError, match="milestone_deleted"):
        EVENT.validate_python({"type": "milestone_deleted", "effective": "2026-01-01"})


def test_an_event_knows_what_and_where_it_is_about() -> None:
    about_plan = ["S-1", "A-1", "I-1", "I-1", "A-1", *["alpha"] * 3]
    about_people = [*["A-1"] * 3, "7", *["alpha-1"] * 3, "alpha-2", *["council-1"] * 2, *["action-1"] * 2, "council-1"]
    assert [subject(example) for example in EXAMPLES] == [*about_plan, *about_people]
    of_a_place = {events.IndicatorObserved, events.ProgressReported, events.ReportSubmitted, events.ReportReviewed}
    told = {type(example): place(example) for example in EXAMPLES}
    assert told == {kind: "P-1" if kind in of_a_place else "national" for kind in told}
    assert place(report()) == place(
        events.IndicatorObserved(effective="2026-01-01", indicator="I-1", observation=observation())
    )


def test_a_narrative_has_an_end() -> None:
    with pytest.raises(ValidationError, match="4000"):
        report(narrative="x" * 4001)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
def test_a_decision_has_a_reason(reason: str) -> None:
    with pytest.raises(ValidationError, match="reason"):
        events.DeliveryReopened(effective=date(2026, 1, 1), commission="alpha", batch=1, released=False, reason=reason)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"verdict": "returned"}, "has a reason"),
        ({"verdict": "accepted", "reason": "So."}, "nothing else has"),
        ({"verdict": "returned", "reason": "So.", "rating": "red"}, "only what is accepted"),
    ],
)
def test_a_review_says_what_belongs_to_its_verdict(said: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        events.ReportReviewed(effective=date(2026, 1, 1), milestone="A-1", submission=1, **said)
