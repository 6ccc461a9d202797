"""Facts that have happened: frozen, in the past tense, never changed. The log keeps these and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints, TypeAdapter

from roadmap.domain.model import (
    NATIONAL,
    Amount,
    Code,
    Confidence,
    Indicator,
    Milestone,
    Observation,
    Percent,
    State,
    Unit,
    Value,
)

Narrative = Annotated[str, Field(max_length=4000)]
#: Why a person decided so; never empty.
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class Fact(Value):
    """Base of all events. `effective` is when it is true; when we learned it is known by its batch."""

    effective: date


class UnitOpened(Fact):
    """A unit joined the organisation tree, or changed there."""

    type: Literal["unit_opened"] = "unit_opened"
    unit: Unit


class MilestoneBaselined(Fact):
    """A baseline promises a milestone; only a decision makes a new baseline."""

    type: Literal["milestone_baselined"] = "milestone_baselined"
    baseline: Annotated[int, Field(ge=1)]
    milestone: Milestone


class IndicatorBaselined(Fact):
    """A baseline defines an indicator and its targets."""

    type: Literal["indicator_baselined"] = "indicator_baselined"
    baseline: Annotated[int, Field(ge=1)]
    indicator: Indicator


class IndicatorObserved(Fact):
    """A value of an indicator became known."""

    type: Literal["indicator_observed"] = "indicator_observed"
    indicator: Code
    observation: Observation


class ProgressReported(Fact):
    """A commission reported on a milestone, for one unit."""

    type: Literal["progress_reported"] = "progress_reported"
    milestone: Code
    unit: Code = NATIONAL
    state: State
    percent: Percent
    forecast_finish: date | None = None
    confidence: Confidence | None = None
    spent: Amount | None = None
    narrative: Narrative | None = None
    blocker: Narrative | None = None
    evidence: Narrative | None = None


class FeedMapped(Fact):
    """A person said how a commission's files read, in place of what the programme file says of it.

    `mapping`, `values` and `options` are as in the programme file; its schedule, kind and address stay as they are.
    """

    type: Literal["feed_mapped"] = "feed_mapped"
    commission: Code
    format: Literal["xlsx", "csv", "json"]
    mapping: dict[str, str]
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    options: dict[str, JsonValue] = Field(default_factory=dict)


class DeliveryReopened(Fact):
    """A person wants the refused delivery `batch` taken again: its reading was corrected, or it is right though odd.

    A `released` one is not held back for being odd.
    """

    type: Literal["delivery_reopened"] = "delivery_reopened"
    commission: Code
    batch: Annotated[int, Field(ge=1)]
    released: bool
    reason: Reason


class RejectsWaived(Fact):
    """A person gave up rejects of the delivery `batch`: they need no repair. `waived` False takes that back.

    `rows` are their numbers in the file; None stands for the file as a whole.
    """

    type: Literal["rejects_waived"] = "rejects_waived"
    commission: Code
    batch: Annotated[int, Field(ge=1)]
    rows: Annotated[tuple[Annotated[int, Field(ge=1)] | None, ...], Field(min_length=1)]
    waived: bool = True
    reason: Reason


Event = Annotated[
    UnitOpened
    | MilestoneBaselined
    | IndicatorBaselined
    | IndicatorObserved
    | ProgressReported
    | FeedMapped
    | DeliveryReopened
    | RejectsWaived,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)


def subject(event: Event) -> str:
    """The code of what `event` is about."""
    match event:
        case UnitOpened():
            return event.unit.code
        case MilestoneBaselined():
            return event.milestone.code
        case IndicatorBaselined():
            return event.indicator.code
        case IndicatorObserved():
            return event.indicator
        case ProgressReported():
            return event.milestone
        case FeedMapped() | DeliveryReopened() | RejectsWaived():
            return event.commission


def place(event: Event) -> str:
    """The code of the unit that `event` speaks for; the country where it names none."""
    match event:
        case ProgressReported():
            return event.unit
        case IndicatorObserved():
            return event.observation.unit
        case _:
            return NATIONAL
