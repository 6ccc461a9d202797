"""What commissions propose to change in the roadmap: where it stands, what it changes and what that moves.

What is done with a proposal stands in `proposing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection

from roadmap.analysis.effects import Effects, effects
from roadmap.analysis.progress import Reported
from roadmap.domain.events import Change
from roadmap.domain.plan_rules import Frame
from roadmap.domain.proposing import Key, Plan, Proposal, Stage, applied, fold, item, key, overtaken, put, sentences
from roadmap.domain.text import Text
from roadmap.plan_differences import FieldChange, between
from roadmap.services import desk as desks
from roadmap.services import standing
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed, permits
from roadmap.services.permissions import Action
from roadmap.services.proposal_refusals import ProposalRefusedError, say
from roadmap.services.standing import Line
from roadmap.store import proposals as store
from roadmap.store import views

__all__ = ["ENDED", "Difference", "Draft", "Effects", "FieldChange", "Proposal", "Stage", "View", "Waiting"]


#: Where nothing follows any more.
ENDED: Final = frozenset({Stage.APPROVED, Stage.REJECTED, Stage.WITHDRAWN})


@dataclass(frozen=True)
class Difference:
    """What a change makes of a milestone or an indicator, field by field; `is_new` where there was none."""

    change: Change
    is_new: bool
    fields: list[FieldChange]

    @property
    def key(self) -> Key:
        """What it is about."""
        return key(self.change)


@dataclass(frozen=True)
class Draft:
    """What changes would do if they were sent now: why they may not be, and what they move.

    `baseline` is the newest one. `meanwhile` is what a decision changed since the one that they were made on.
    """

    baseline: int
    meanwhile: list[Difference]
    refused: list[Text]
    differences: list[Difference]
    effects: Effects


@dataclass(frozen=True)
class View:
    """A proposal with what it changes, field by field, and what that moves.

    `meanwhile` is what a decision changed since it was made: old → as it is now. Such a proposal cannot be approved.
    `refused` says what else keeps it from being approved. Of a decided one both are empty.
    """

    proposal: Proposal
    differences: list[Difference]
    effects: Effects
    meanwhile: list[Difference]
    refused: list[Text]


@dataclass(frozen=True)
class Waiting:
    """Proposals that wait for somebody, the oldest first."""

    to_check: list[Proposal]
    to_decide: list[Proposal]
    returned: list[Proposal]

    def mine(self, desk: Desk) -> int:
        """How many wait for whoever is at `desk`."""
        who = desk.who
        return (
            len(self.to_check) * permits(who, Action.CHECK_PROPOSAL)
            + len(self.to_decide) * permits(who, Action.DECIDE_PROPOSAL)
            + sum(permits(who, Action.PROPOSE, each.proposed.commission) for each in self.returned)
        )


@allowed(Action.READ_PROPOSALS)
def proposals(desk: Desk, moment: Moment) -> list[Proposal]:
    """Every proposal known at `moment`, in the order in which they were sent first."""
    with desk.engine.connect() as connection:
        return [*everything(connection, moment.seq).values()]


@allowed(Action.READ_PROPOSALS)
def waiting(desk: Desk, moment: Moment) -> Waiting:
    """What waits at `moment`, by whom it waits for."""
    found = sorted(proposals(desk, moment), key=lambda each: each.seen)
    to_check, to_decide, returned = (
        [each for each in found if each.stage is stage] for stage in (Stage.SENT, Stage.FIT, Stage.RETURNED)
    )
    return Waiting(to_check, to_decide, returned)


@allowed(Action.READ_PROPOSALS)
def opened(desk: Desk, moment: Moment, code: str) -> View:
    """The proposal `code` as known at `moment`; ProposalRefusedError where there is none."""
    with desk.engine.connect() as connection:
        proposal = one(connection, moment.seq, code)
        base, now = _plans(connection, moment.seq, proposal)
        facts = views.reported(connection, moment.seq, moment.day)
    changes = proposal.proposed.changes
    is_open = _is_open(proposal)
    return View(
        proposal=proposal,
        differences=differences(changes, now),
        effects=_effects(now, changes, moment.day, facts),
        meanwhile=_meanwhile(changes, base, now) if is_open else [],
        refused=sentences(proposal.proposed.commission, changes, now, frame(desk)) if is_open else [],
    )


@allowed(Action.READ_PROPOSALS)
def proposed_lines(desk: Desk, moment: Moment, code: str) -> list[Line]:
    """Where every milestone would stand at `moment` if the proposal `code` were approved; nothing is written."""
    with desk.engine.connect() as connection:
        proposal = one(connection, moment.seq, code)
        present = views.milestones(connection, moment.seq, moment.day)
    wanted = applied(Plan({each.code: each for each in present}), proposal.proposed.changes)
    return standing.lines(desk, moment, wanted.promised())


@allowed(Action.PROPOSE, "commission")
def draft(desk: Desk, commission: str, changes: Sequence[Change], baseline: int | None = None) -> Draft:
    """What `changes`, made on `baseline` (the newest), would do if `commission` sent them now; nothing is written."""
    moment = desks.moment(desk)
    with desk.engine.connect() as connection:
        now, newest = store.plan(connection, moment.seq), store.laid(connection, moment.seq)[-1].number
        base = store.plan(connection, moment.seq, baseline)
        facts = views.reported(connection, moment.seq, moment.day)
    return Draft(
        baseline=newest,
        meanwhile=_meanwhile(changes, base, now),
        refused=sentences(commission, changes, now, frame(desk)),
        differences=differences(changes, now),
        effects=_effects(now, changes, moment.day, facts),
    )


def _meanwhile(changes: Sequence[Change], base: Plan, now: Plan) -> list[Difference]:
    """What of `changes` is in the plan `now` otherwise than in `base`, from that to this."""
    touched = (now.item(each) for each in overtaken(changes, base, now))
    return [_difference(put(found), base) for found in touched if found is not None]


def everything(connection: Connection, seq: int) -> dict[str, Proposal]:
    """Every proposal known at `seq`, by code."""
    return fold(store.steps(connection, seq))


def one(connection: Connection, seq: int, code: str) -> Proposal:
    """The proposal `code` as known at `seq`; ProposalRefusedError where there is none."""
    found = everything(connection, seq).get(code)
    if found is None:
        raise ProposalRefusedError([say("unknown", code=code)])
    return found


def _plans(connection: Connection, seq: int, proposal: Proposal) -> tuple[Plan, Plan]:
    """The plan that a proposal was made on, and the one it changes: of a decided one, the one before the decision."""
    decided = proposal.decided
    base = store.plan(connection, seq, proposal.proposed.baseline)
    if _is_open(proposal):
        return base, store.plan(connection, seq)
    before = decided.baseline - 1 if decided and decided.baseline else proposal.proposed.baseline
    return base, store.plan(connection, seq, before)


def _is_open(proposal: Proposal) -> bool:
    return proposal.stage not in ENDED


def frame(desk: Desk) -> Frame:
    """What the programme file says there is."""
    programme = desk.programme
    return Frame(
        commissions=set(programme.by_commission),
        horizons={horizon.code for horizon in programme.horizons},
        sources={source.code for source in programme.sources},
    )


def _effects(plan: Plan, changes: Sequence[Change], day: date, facts: Mapping[str, Reported]) -> Effects:
    return effects(plan.promised(), applied(plan, changes).promised(), day, facts)


def differences(changes: Sequence[Change], plan: Plan) -> list[Difference]:
    """What each of `changes` makes of `plan`."""
    return [_difference(change, plan) for change in changes]


def _difference(change: Change, plan: Plan) -> Difference:
    present = plan.item(key(change))
    return Difference(change, present is None, between(present, item(change)))
