"""The programme's nouns: commission, horizon, unit, milestone, indicator, and the states a milestone can be in."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from roadmap.domain.text import Text

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]

#: The unit of a report that speaks for the whole country.
NATIONAL = "national"


class Value(BaseModel):
    """Base of everything here: immutable, and closed against unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class State(StrEnum):
    """What a commission says of the work itself."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


#: From which state a report may lead to which; the same state again is always allowed.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.NOT_STARTED: frozenset({State.IN_PROGRESS, State.DONE, State.SUSPENDED, State.CANCELLED}),
    State.IN_PROGRESS: frozenset({State.DONE, State.SUSPENDED, State.CANCELLED}),
    State.SUSPENDED: frozenset({State.IN_PROGRESS, State.DONE, State.CANCELLED}),
    State.DONE: frozenset({State.IN_PROGRESS}),
    State.CANCELLED: frozenset(),
}


class Confidence(StrEnum):
    """The lead's own judgement about finishing on time, at cost and as promised."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Status(StrEnum):
    """What plan and facts say, computed; never reported."""

    DONE = "done"
    NOT_DUE = "not_due"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    LATE = "late"
    STALE = "stale"
    CANCELLED = "cancelled"


class UnitKind(StrEnum):
    """Levels of the organisation tree."""

    NATIONAL = "national"
    PROVINCE = "province"
    STATION = "station"


class Scope(StrEnum):
    """Over which units a milestone is reported."""

    NATIONAL = "national"
    PROVINCE = "province"
    STATION = "station"
    TARGET = "target"
    OFFLINE = "offline"


class UnitWeights(StrEnum):
    """How the units of a scoped milestone count in its percent."""

    EQUAL = "equal"
    VISITS = "visits"


class Unit(Value):
    """One place of the organisation tree. `visits` are a year's visits, the weight that coverage uses."""

    code: Code
    kind: UnitKind
    title: Text
    parent: Code | None = None
    visits: Annotated[int, Field(ge=0)] = 0
    target: bool = False
    offline: bool = False

    def in_scope(self, scope: Scope) -> bool:
        """Whether a milestone of `scope` is reported for this unit."""
        match scope:
            case Scope.TARGET:
                return self.target
            case Scope.OFFLINE:
                return self.offline
            case _:
                return self.kind.value == scope.value


class Commission(Value):
    """A body of the council that owns milestones and indicators."""

    code: Code
    title: Text
    lead: Text


class Horizon(Value):
    """A planning span of the programme."""

    code: Code
    title: Text
    start: date
    finish: date


class Link(Value):
    """A finish-to-start dependency on the milestone `code`, with a lag in days."""

    code: Code
    lag_days: Annotated[int, Field(ge=0, le=3650)] = 0


class Budget(Value):
    """Money of a milestone, in the programme's currency unit."""

    asked: Amount = 0
    allocated: Amount = 0


class Milestone(Value):
    """A commission's dated result, as one baseline promises it; a `dropped` one is promised no longer."""

    code: Code
    commission: Code
    horizon: Code
    title: Text
    deliverable: Text
    evidence: Text
    owner: Text
    start: date
    finish: date
    weight: Annotated[float, Field(gt=0, le=100)]
    scope: Scope = Scope.NATIONAL
    unit_weights: UnitWeights = UnitWeights.EQUAL
    after: tuple[Link, ...] = ()
    budget: Budget = Budget()
    source: Code | None = None
    dropped: bool = False

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.finish < self.start:
            message = f"{self.code}: finish {self.finish} is before start {self.start}"
            raise ValueError(message)
        return self


class IndicatorKind(StrEnum):
    """How an indicator's value is made."""

    COUNT = "count"
    PERCENTAGE = "percentage"
    SCORE = "score"
    QUALITATIVE = "qualitative"


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"


class Cumulation(StrEnum):
    """What a value says about time: what happened in a period, so far, or the state of things."""

    FLOW = "flow"
    CUMULATIVE = "cumulative"
    LEVEL = "level"


class ObservationStatus(StrEnum):
    """How far an observation can be relied on. Zero is not missing."""

    NORMAL = "normal"
    ESTIMATED = "estimated"
    PROVISIONAL = "provisional"
    MISSING = "missing"
    NOT_APPLICABLE = "not_applicable"


class Point(Value):
    """A value of an indicator on a day: a baseline or a target."""

    date: date
    value: Annotated[float, Field(allow_inf_nan=False)]
    source: Code | None = None


class Observation(Value):
    """What was observed of an indicator, for a unit, on a day."""

    date: date
    unit: Code = NATIONAL
    value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    numerator: Annotated[float, Field(ge=0)] | None = None
    denominator: Annotated[float, Field(gt=0)] | None = None
    status: ObservationStatus = ObservationStatus.NORMAL
    source: Code | None = None


class Indicator(Value):
    """A measure of the reform, with where it started and where it is to be; a `dropped` one is measured no longer."""

    code: Code
    commission: Code
    title: Text
    measure: Text
    kind: IndicatorKind
    direction: Direction
    cumulation: Cumulation
    key: bool = False
    baseline: Point | None = None
    targets: tuple[Point, ...] = ()
    dropped: bool = False
