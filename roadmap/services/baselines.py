"""The baselines of the roadmap: which there are, by which decisions, and what differs between any two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from roadmap.domain.model import Indicator, Milestone
from roadmap.domain.proposing import Plan, fold
from roadmap.plan_differences import FieldChange, between
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.services.proposal_refusals import ProposalRefusedError, say
from roadmap.store import proposals as store

__all__ = ["Baseline", "Comparison", "Differing", "FieldChange", "baselines", "compare", "milestones"]


@dataclass(frozen=True)
class Baseline:
    """A baseline: its number, from when it holds, by whom and when it was decided, on which proposal in which session.

    The first one has neither: it is the programme file's.
    """

    number: int
    effective: date
    actor: str
    recorded: datetime
    proposal: str = ""
    session: str = ""


@dataclass(frozen=True)
class Differing:
    """A milestone or an indicator that two baselines have otherwise, field by field."""

    item: Milestone | Indicator
    fields: list[FieldChange]


@dataclass(frozen=True)
class Comparison:
    """What a later baseline has against an earlier one."""

    new: list[Milestone | Indicator]
    dropped: list[Milestone | Indicator]
    changed: list[Differing]


@allowed(Action.READ_BOARD)
def baselines(desk: Desk, moment: Moment) -> list[Baseline]:
    """The baselines known at `moment`, by number."""
    with desk.engine.connect() as connection:
        laid, steps = store.laid(connection, moment.seq), store.steps(connection, moment.seq)
    decided = {told.baseline: told for each in fold(steps).values() if (told := each.decided) and told.baseline}
    return [
        Baseline(each.number, each.effective, each.actor, each.recorded)
        if (told := decided.get(each.number)) is None
        else Baseline(each.number, each.effective, each.actor, each.recorded, told.proposal, told.session or "")
        for each in laid
    ]


@allowed(Action.READ_BOARD)
def compare(desk: Desk, moment: Moment, before: int, after: int) -> Comparison:
    """What the baseline `after` has otherwise than `before`; ProposalRefusedError where there is no such baseline."""
    old, new = (_plan(desk, moment, number) for number in (before, after))
    keys = list(dict.fromkeys([*old.keys(), *new.keys()]))
    pairs = [(_promised(old.item(key)), _promised(new.item(key))) for key in keys]
    return Comparison(
        new=[later for earlier, later in pairs if later and not earlier],
        dropped=[earlier for earlier, later in pairs if earlier and not later],
        changed=list(_changed((earlier, later) for earlier, later in pairs if earlier and later)),
    )


@allowed(Action.READ_BOARD)
def milestones(desk: Desk, moment: Moment, number: int) -> list[Milestone]:
    """What the baseline `number` promises; ProposalRefusedError where there is none."""
    return _plan(desk, moment, number).promised()


def _plan(desk: Desk, moment: Moment, number: int) -> Plan:
    with desk.engine.connect() as connection:
        if number not in {each.number for each in store.laid(connection, moment.seq)}:
            raise ProposalRefusedError([say("no_baseline", code=str(number))])
        return store.plan(connection, moment.seq, number)


def _promised(item: Milestone | Indicator | None) -> Milestone | Indicator | None:
    return None if item is None or item.dropped else item


def _changed(pairs: Iterable[tuple[Milestone | Indicator, Milestone | Indicator]]) -> Iterable[Differing]:
    return (Differing(later, found) for earlier, later in pairs if (found := between(earlier, later)))
