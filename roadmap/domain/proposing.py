"""A proposal's life as data: sent, checked, decided or withdrawn; what it makes of a plan, and what it may not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from roadmap.domain.events import (
    Change,
    ChangeProposed,
    IndicatorPut,
    MilestonePut,
    ProposalChecked,
    ProposalDecided,
    ProposalWithdrawn,
)
from roadmap.domain.model import Indicator, Milestone
from roadmap.domain.plan_rules import Frame, Problem, Rule, problems
from roadmap.domain.text import Text

Told = ChangeProposed | ProposalChecked | ProposalDecided | ProposalWithdrawn
Item = Milestone | Indicator
#: Signs that cannot be seen and turn or break the text around them.
_HIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
#: What a change is about: `milestone` or `indicator`, and its code.
Key = tuple[str, str]


class Stage(StrEnum):
    """Where a proposal stands; `sent` waits for the secretariat, `fit` for the commander."""

    SENT = "sent"
    FIT = "fit"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What is done with a proposal."""

    PROPOSE = "propose"
    FIND_FIT = "find_fit"
    GIVE_BACK = "give_back"
    APPROVE = "approve"
    REJECT = "reject"
    SEND_BACK = "send_back"
    WITHDRAW = "withdraw"


#: Which step leads from where (None: from nothing) to where; there are no others.
LIFE: Final[Mapping[tuple[Stage | None, Step], Stage]] = {
    (None, Step.PROPOSE): Stage.SENT,
    (Stage.RETURNED, Step.PROPOSE): Stage.SENT,
    (Stage.SENT, Step.FIND_FIT): Stage.FIT,
    (Stage.SENT, Step.GIVE_BACK): Stage.RETURNED,
    (Stage.FIT, Step.APPROVE): Stage.APPROVED,
    (Stage.FIT, Step.REJECT): Stage.REJECTED,
    (Stage.FIT, Step.SEND_BACK): Stage.RETURNED,
    (Stage.SENT, Step.WITHDRAW): Stage.WITHDRAWN,
    (Stage.FIT, Step.WITHDRAW): Stage.WITHDRAWN,
    (Stage.RETURNED, Step.WITHDRAW): Stage.WITHDRAWN,
}
_VERDICTS: Final = {"approved": Step.APPROVE, "rejected": Step.REJECT, "sent_back": Step.SEND_BACK}


@dataclass(frozen=True)
class Taken:
    """A step as it stands in the log: its number there, what, by whom, when."""

    seq: int
    event: Told
    actor: str
    recorded: datetime


@dataclass(frozen=True)
class Proposal:
    """A proposal after all its steps, oldest first."""

    code: str
    stage: Stage
    proposed: ChangeProposed
    steps: tuple[Taken, ...]

    @property
    def seen(self) -> int:
        """The log's number of its newest step: who acts on it says which one they were looking at."""
        return self.steps[-1].seq

    @property
    def sent(self) -> Taken:
        """When it was sent last, and by whom."""
        return next(each for each in reversed(self.steps) if isinstance(each.event, ChangeProposed))

    @property
    def decided(self) -> ProposalDecided | None:
        """The newest decision on it, if there is one."""
        return next((each.event for each in reversed(self.steps) if isinstance(each.event, ProposalDecided)), None)


def step(event: Told) -> Step:
    """Which step `event` is."""
    match event:
        case ChangeProposed():
            return Step.PROPOSE
        case ProposalChecked():
            return Step.FIND_FIT if event.fit else Step.GIVE_BACK
        case ProposalDecided():
            return _VERDICTS[event.verdict]
        case ProposalWithdrawn():
            return Step.WITHDRAW


def may(stage: Stage | None, wanted: Step) -> bool:
    """Whether `wanted` may follow where a proposal is at `stage` (None: there is none yet)."""
    return (stage, wanted) in LIFE


def moved(proposal: Proposal | None, taken: Taken) -> Proposal:
    """`proposal` after one more step; KeyError for a step that may not follow."""
    stage = LIFE[proposal.stage if proposal else None, step(taken.event)]
    if isinstance(taken.event, ChangeProposed):
        earlier = proposal.steps if proposal else ()
        return Proposal(taken.event.proposal, stage, taken.event, (*earlier, taken))
    if proposal is None:
        raise KeyError(taken.event.proposal)
    return replace(proposal, stage=stage, steps=(*proposal.steps, taken))


def fold(steps: Iterable[Taken]) -> dict[str, Proposal]:
    """The proposals after `steps`, in the order of the log, by code; in the order in which they were sent first."""
    found: dict[str, Proposal] = {}
    for each in steps:
        found[each.event.proposal] = moved(found.get(each.event.proposal), each)
    return found


@dataclass(frozen=True)
class Plan:
    """Milestones and indicators of a baseline by code; those that were dropped stay, marked."""

    milestones: Mapping[str, Milestone] = field(default_factory=dict)
    indicators: Mapping[str, Indicator] = field(default_factory=dict)

    def item(self, key: Key) -> Item | None:
        """The milestone or indicator of that `key`."""
        kind, code = key
        return self.milestones.get(code) if kind == "milestone" else self.indicators.get(code)

    def keys(self) -> list[Key]:
        """What there is, milestones first."""
        return [*(("milestone", code) for code in self.milestones), *(("indicator", code) for code in self.indicators)]

    def promised(self) -> list[Milestone]:
        """The milestones that are not dropped."""
        return [milestone for milestone in self.milestones.values() if not milestone.dropped]

    def measured(self) -> list[Indicator]:
        """The indicators that are not dropped."""
        return [indicator for indicator in self.indicators.values() if not indicator.dropped]


def item(change: Change) -> Item:
    """What a change puts."""
    return change.milestone if isinstance(change, MilestonePut) else change.indicator


def key(change: Change) -> Key:
    """What a change is about."""
    return change.kind, item(change).code


def put(wanted: Item) -> Change:
    """The change that puts `wanted`."""
    return MilestonePut(milestone=wanted) if isinstance(wanted, Milestone) else IndicatorPut(indicator=wanted)


def applied(plan: Plan, changes: Iterable[Change]) -> Plan:
    """`plan` with `changes` in it."""
    milestones, indicators = dict(plan.milestones), dict(plan.indicators)
    for change in changes:
        if isinstance(change, MilestonePut):
            milestones[change.milestone.code] = change.milestone
        else:
            indicators[change.indicator.code] = change.indicator
    return Plan(milestones, indicators)


def overtaken(changes: Iterable[Change], base: Plan, now: Plan) -> list[Key]:
    """What of `changes`, made on the plan `base`, another decision has changed since: `now` has it otherwise."""
    return [touched for touched in map(key, changes) if base.item(touched) != now.item(touched)]


def sentences(commission: str, changes: Sequence[Change], plan: Plan, frame: Frame) -> list[Text]:
    """Why `commission` may not propose `changes` of `plan`, a sentence each; empty where it may.

    It changes what is its own, and only that; what is not in the plan yet it brings in as its own. The plan's rules
    have to hold for what it puts. What others then have to move is no fault of the proposal: that is its effect.
    """
    counted = Counter(map(key, changes))
    twice = [_say("twice", code) for (_, code), count in counted.items() if count > 1]
    own = [told for change in changes for told in _own(commission, change, plan)]
    return [*twice, *own, *(problem.text for problem in broken(changes, plan, frame))]


def _own(commission: str, change: Change, plan: Plan) -> Iterator[Text]:
    wanted, present = item(change), plan.item(key(change))
    if (present or wanted).commission != commission:
        yield _say("foreign", wanted.code)
    elif wanted.dropped and (present is None or present.dropped):
        yield _say("gone", wanted.code)
    elif wanted == present:
        yield _say("unchanged", wanted.code)
    if _HIDDEN.search("".join(_texts(wanted.model_dump()))):
        yield _say("hidden", wanted.code)


def _texts(value: object) -> Iterator[str]:
    """Every text in `value`, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for each in value.values() for text in _texts(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in _texts(each))


def broken(changes: Sequence[Change], plan: Plan, frame: Frame) -> list[Problem]:
    """The rules that the plan breaks with `changes` and did not break before, as far as it is by what they put."""
    own = {item(change).code for change in changes}
    before = set(_problems(plan, frame))
    return [
        problem
        for problem in _problems(applied(plan, changes), frame)
        if problem not in before and (problem.code in own or problem.rule is Rule.CIRCLE)
    ]


def _problems(plan: Plan, frame: Frame) -> list[Problem]:
    return problems(plan.promised(), plan.measured(), frame)


_SENTENCES: Final = {
    "twice": ("{code} بیش از یک بار در این پیشنهاد آمده است.", "{code} stands more than once in this proposal."),
    "foreign": (
        "{code} از آن کمیسیون دیگری است؛ تنها همان کمیسیون می‌تواند تغییرش را پیشنهاد کند.",
        "{code} belongs to another commission; only that one can propose to change it.",
    ),
    "gone": ("{code} در نقشه راه نیست تا حذف شود.", "{code} is not in the roadmap, so it cannot be dropped."),
    "hidden": (
        "{code}: در متن آن نویسهٔ پنهان هست؛ متن را دوباره و ساده بنویسید.",
        "{code}: its text holds hidden characters; write it again, plainly.",
    ),
    "unchanged": ("{code} همان است که بود؛ چیزی تغییر نکرده است.", "{code} is as it was; nothing is changed."),
}


def _say(name: str, code: str) -> Text:
    fa, en = (sentence.format(code=code) for sentence in _SENTENCES[name])
    return Text(fa=fa, en=en)
