"""Facts that have happened: frozen, in the past tense, never changed. The log keeps these and nothing else."""

from __future__ import annotations

from datetime import date
from operator import attrgetter
from typing import Annotated, Final, Literal, Self

from pydantic import Field, JsonValue, StringConstraints, TypeAdapter, model_validator

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
from roadmap.domain.people import Grant

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


class ReportSubmitted(Fact):
    """A lead sent a report that waits for the secretariat; it counts once it is accepted.

    `base_version` is the version of the stream that the lead was looking at.
    """

    type: Literal["report_submitted"] = "report_submitted"
    report: ProgressReported
    base_version: Annotated[int, Field(ge=0)]


class ReportReviewed(Fact):
    """The secretariat accepted the submission with the number `submission`, or returned it with a reason.

    An accepted one stands as a `ProgressReported` in the same batch; `rating` is the reviewer's own judgement of it.
    `reopened` takes a return back: the submission waits again.
    """

    type: Literal["report_reviewed"] = "report_reviewed"
    milestone: Code
    unit: Code = NATIONAL
    submission: Annotated[int, Field(ge=1)]
    verdict: Literal["accepted", "returned", "reopened"]
    reason: Reason | None = None
    rating: Confidence | None = None

    @model_validator(mode="after")
    def _of_its_verdict(self) -> Self:
        if (self.verdict == "returned") != (self.reason is not None):
            message = "what is returned has a reason, and nothing else has"
            raise ValueError(message)
        if self.rating is not None and self.verdict != "accepted":
            message = "only what is accepted has a rating"
            raise ValueError(message)
        return self


class RoleAssigned(Fact):
    """What a person may do from now on, in place of all roles before; no grants: nothing any more."""

    type: Literal["role_assigned"] = "role_assigned"
    person: Code
    grants: tuple[Grant, ...] = ()
    reason: Reason


class MilestonePut(Value):
    """A proposed milestone, new or in place of the one with its code; one that is `dropped` leaves the roadmap."""

    kind: Literal["milestone"] = "milestone"
    milestone: Milestone


class IndicatorPut(Value):
    """A proposed indicator with its targets, new or in place of the one with its code."""

    kind: Literal["indicator"] = "indicator"
    indicator: Indicator


Change = Annotated[MilestonePut | IndicatorPut, Field(discriminator="kind")]


class ChangeProposed(Fact):
    """A commission proposes changes of the roadmap, made on the baseline with the number `baseline`.

    Sent again under its number, after it was sent back, it takes the place of what was proposed before.
    """

    type: Literal["change_proposed"] = "change_proposed"
    proposal: Code
    commission: Code
    baseline: Annotated[int, Field(ge=1)]
    changes: Annotated[tuple[Change, ...], Field(min_length=1)]
    reason: Reason


class ProposalChecked(Fact):
    """The secretariat looked a proposal through: it is fit for a decision, or goes back to the commission."""

    type: Literal["proposal_checked"] = "proposal_checked"
    proposal: Code
    fit: bool
    remark: Reason


class ProposalDecided(Fact):
    """The commander decided. An approved proposal's new `baseline` stands in the same batch.

    `session` is the council session in which it was decided, if in one.
    """

    type: Literal["proposal_decided"] = "proposal_decided"
    proposal: Code
    verdict: Literal["approved", "rejected", "sent_back"]
    reason: Reason
    session: Code | None = None
    baseline: Annotated[int, Field(ge=1)] | None = None


class ProposalWithdrawn(Fact):
    """A commission took its proposal back before it was decided."""

    type: Literal["proposal_withdrawn"] = "proposal_withdrawn"
    proposal: Code
    reason: Reason


class SessionCalled(Fact):
    """The council is to meet on the day `on`; called again under its code, it is moved, renamed or called off."""

    type: Literal["session_called"] = "session_called"
    session: Code
    on: date
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    called_off: bool = False


class SessionDecided(Fact):
    """What a session decided, in words; what changes the roadmap is a `ProposalDecided`.

    It takes the place of the decision with the number `corrects`, if it names one.
    """

    type: Literal["session_decided"] = "session_decided"
    session: Code
    text: Reason
    corrects: Annotated[int, Field(ge=1)] | None = None


class ActionGiven(Fact):
    """Somebody is to do something by a day; given again under its code, it has a new text, owner or day.

    `owner` is a commission's code, empty for the secretariat.
    """

    type: Literal["action_given"] = "action_given"
    action: Code
    session: Code | None = None
    text: Reason
    owner: str = ""
    due: date
    milestone: Code | None = None


class ActionSettled(Fact):
    """An action was done, or given up with a reason; `open` again takes that back."""

    type: Literal["action_settled"] = "action_settled"
    action: Code
    outcome: Literal["done", "given_up", "open"]
    remark: Reason


class MinutesKept(Fact):
    """The minutes of a session, which holds them for good; kept again, the newest ones count.

    `seq` is the log's number that the session's board is frozen at.
    """

    type: Literal["minutes_kept"] = "minutes_kept"
    session: Code
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
    seq: Annotated[int, Field(ge=0)]


Event = Annotated[
    UnitOpened
    | MilestoneBaselined
    | IndicatorBaselined
    | IndicatorObserved
    | ProgressReported
    | FeedMapped
    | DeliveryReopened
    | RejectsWaived
    | ReportSubmitted
    | ReportReviewed
    | RoleAssigned
    | ChangeProposed
    | ProposalChecked
    | ProposalDecided
    | ProposalWithdrawn
    | SessionCalled
    | SessionDecided
    | ActionGiven
    | ActionSettled
    | MinutesKept,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)


#: Which of an event's fields says what it is about.
_SUBJECTS: Final = {
    "unit_opened": "unit.code",
    "milestone_baselined": "milestone.code",
    "indicator_baselined": "indicator.code",
    "indicator_observed": "indicator",
    "progress_reported": "milestone",
    "feed_mapped": "commission",
    "delivery_reopened": "commission",
    "rejects_waived": "commission",
    "report_submitted": "report.milestone",
    "report_reviewed": "milestone",
    "role_assigned": "person",
    "change_proposed": "proposal",
    "proposal_checked": "proposal",
    "proposal_decided": "proposal",
    "proposal_withdrawn": "proposal",
    "session_called": "session",
    "session_decided": "session",
    "action_given": "action",
    "action_settled": "action",
    "minutes_kept": "session",
}


def subject(event: Event) -> str:
    """The code of what `event` is about."""
    code: str = attrgetter(_SUBJECTS[event.type])(event)
    return code


def place(event: Event) -> str:
    """The code of the unit that `event` speaks for; the country where it names none."""
    match event:
        case ProgressReported() | ReportReviewed():
            return event.unit
        case ReportSubmitted():
            return event.report.unit
        case IndicatorObserved():
            return event.observation.unit
        case _:
            return NATIONAL
