"""Every role at what commissions own: real proposals, actions, drafts and sessions of two of them.

Everything is asked first by whom the list does not let; the arguments are good, and nothing is written. Then by whom it
lets, so that it is shown that they were good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count, product
from typing import Any

import pytest
from sqlalchemy import text

from roadmap.domain.drafting import Drafted
from roadmap.domain.events import MilestonePut
from roadmap.domain.people import OF_A_COMMISSION, Grant, Role, Who
from roadmap.errors import SettingsError
from roadmap.services import actions, drafts, proposal_drafts, proposals, proposing, sessions, standing
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.gate import NotAllowedError
from roadmap.services.permissions import Action
from roadmap.services.proposing import ProposalRefusedError
from tests.factories import TODAY, acting, established
from tests.unit.test_gate import agreed

OWN, OTHER = "quays", "cranes"
MILESTONES = {OWN: "Q-1", OTHER: "C-1"}
TABLES = ("event", "batch", "draft", "proposal_draft")
NUMBERS = count()


@dataclass(frozen=True)
class Asked:
    """Something that is asked for: as which action, on what of a commission's (made anew for each who may), and how."""

    action: Action
    of: Callable[[Desk, str], Any]
    ask: Callable[[Desk, str, Any], object]
    writes: bool = True


@pytest.fixture
def desk(engine, harbour, monkeypatch) -> Desk:
    monkeypatch.setattr(desks, "today", lambda _desk: TODAY)
    return established(engine, harbour)


def nothing(_desk: Desk, _commission: str) -> None:
    """It is about the commission itself."""


def change(desk: Desk, commission: str) -> MilestonePut:
    """A change of the commission's own milestone, another one each time."""
    found = {each.code: each.milestone for each in standing.lines(desk, desks.moment(desk))}
    finish = date(2029, 1, 1) + timedelta(days=next(NUMBERS))
    return MilestonePut(milestone=found[MILESTONES[commission]].model_copy(update={"finish": finish}))


def propose(desk: Desk, commission: str, of: Any) -> proposals.Proposal:
    draft = f"draft {next(NUMBERS)}"
    return proposing.propose(desk, commission, [of or change(desk, commission)], reason="Why.", baseline=1, draft=draft)


def sent(desk: Desk, commission: str) -> proposals.Proposal:
    return propose(acting(desk, "somebody"), commission, None)


def fit(desk: Desk, commission: str) -> proposals.Proposal:
    found = sent(desk, commission)
    return proposing.check(acting(desk, "office"), found.code, fit=True, remark="Complete.", seen=found.seen)


def given(desk: Desk, commission: str) -> str:
    return actions.give(desk, f"Count {next(NUMBERS)}.", owner=commission, due=TODAY)


def held(desk: Desk, _commission: str) -> str:
    return sessions.call(desk, TODAY, f"Council {next(NUMBERS)}")


def drafted(desk: Desk, commission: str) -> Drafted:
    return Drafted(commission, 1, f"draft {next(NUMBERS)}", (change(desk, commission),))


def stream(commission: str) -> tuple[str, str]:
    return MILESTONES[commission], "national"


def begun(desk: Desk, commission: str) -> None:
    """A report and a proposal that somebody of that commission is writing."""
    head = acting(desk, f"head of {commission}")
    drafts.keep(head, stream(commission), fields(), commission=commission, base_version=0, seen=0)
    proposal_drafts.keep(head, drafted(desk, commission))


def fields() -> dict[str, str]:
    return {"percent": str(next(NUMBERS))}


ASKED = {
    "propose": Asked(Action.PROPOSE, change, propose),
    "withdraw": Asked(
        Action.PROPOSE, sent, lambda desk, _, of: proposing.withdraw(desk, of.code, reason="Why.", seen=of.seen)
    ),
    "check": Asked(
        Action.CHECK_PROPOSAL,
        sent,
        lambda desk, _, of: proposing.check(desk, of.code, fit=True, remark="Yes.", seen=of.seen),
    ),
    "decide": Asked(
        Action.DECIDE_PROPOSAL,
        fit,
        lambda desk, _, of: proposing.decide(desk, of.code, "rejected", reason="No.", seen=of.seen),
    ),
    "give an action": Asked(
        Action.HOLD_SESSION,
        nothing,
        lambda desk, commission, _: actions.give(desk, f"Ask {next(NUMBERS)}.", owner=commission, due=TODAY),
    ),
    "change an action": Asked(
        Action.HOLD_SESSION,
        given,
        lambda desk, commission, of: actions.change(desk, of, "Count again.", owner=commission, due=TODAY),
    ),
    "settle an action": Asked(
        Action.SETTLE_ACTION, given, lambda desk, _, of: actions.settle(desk, of, "done", "Seen to.")
    ),
    "settle an action of the secretariat": Asked(
        Action.SETTLE_ACTION, lambda desk, _: given(desk, ""), lambda desk, _, of: actions.settle(desk, of, "done", "?")
    ),
    "call a session": Asked(
        Action.HOLD_SESSION, nothing, lambda desk, _, __: sessions.call(desk, TODAY, f"Council {next(NUMBERS)}")
    ),
    "move a session": Asked(
        Action.HOLD_SESSION,
        held,
        lambda desk, _, of: sessions.change(desk, of, TODAY + timedelta(days=1), "Council, later"),
    ),
    "record a decision": Asked(
        Action.HOLD_SESSION, held, lambda desk, _, of: sessions.decide(desk, of, "Posts first.")
    ),
    "keep minutes": Asked(Action.HOLD_SESSION, held, lambda desk, _, of: sessions.keep_minutes(desk, of, "They met.")),
    "keep a report's draft": Asked(
        Action.REPORT,
        nothing,
        lambda desk, commission, _: drafts.keep(
            desk, stream(commission), fields(), commission=commission, base_version=0, seen=0
        ),
    ),
    "read the own reports' drafts": Asked(
        Action.REPORT, begun, lambda desk, commission, _: drafts.own(desk, commission), writes=False
    ),
    "discard the own report's draft": Asked(
        Action.REPORT,
        begun,
        lambda desk, commission, _: drafts.discard(desk, stream(commission), commission=commission),
    ),
    "keep a proposal's draft": Asked(Action.PROPOSE, drafted, lambda desk, _, of: proposal_drafts.keep(desk, of)),
    "read the own proposal's draft": Asked(
        Action.PROPOSE, begun, lambda desk, commission, _: proposal_drafts.own(desk, commission), writes=False
    ),
    "discard the own proposal's draft": Asked(
        Action.PROPOSE, begun, lambda desk, commission, _: proposal_drafts.discard(desk, commission)
    ),
    "see what a proposal would move": Asked(
        Action.PROPOSE, change, lambda desk, commission, of: proposals.draft(desk, commission, [of]), writes=False
    ),
    "open a proposal": Asked(
        Action.READ_PROPOSALS,
        sent,
        lambda desk, _, of: proposals.opened(desk, desks.moment(desk), of.code),
        writes=False,
    ),
    "see the proposed roadmap": Asked(
        Action.READ_PROPOSALS,
        sent,
        lambda desk, _, of: proposals.proposed_lines(desk, desks.moment(desk), of.code),
        writes=False,
    ),
    "read sessions and actions": Asked(
        Action.READ_SESSIONS, held, lambda desk, _, __: sessions.council(desk, desks.moment(desk)), writes=False
    ),
}


def who(desk: Desk, role: Role) -> Desk:
    """Somebody with that role, of the commission OWN where it is one of a commission."""
    grant = Grant(role=role, commission=OWN if role in OF_A_COMMISSION else None)
    return replace(desk, who=Who(f"the {role}", role.value, frozenset({grant})))


def may(name: str, role: Role, commission: str) -> bool:
    reach = agreed()[ASKED[name].action, role]
    return reach == "any" or (reach == "own" and commission == OWN and "of the secretariat" not in name)


def each(*, allowed: bool) -> Iterator[tuple[str, Role, str]]:
    return (case for case in product(ASKED, Role, (OWN, OTHER)) if may(*case) is allowed)


def written(desk: Desk) -> list[Any]:
    """How much there is, and when what can be written over was written."""
    with desk.engine.connect() as connection:
        counts = [connection.execute(text(f"select count(*) from {table}")).scalar_one() for table in TABLES]
        newest = "select max(saved) from (select saved from draft union select saved from proposal_draft) d"
        return [*counts, connection.execute(text(newest)).scalar_one()]


def test_nobody_reaches_what_is_not_theirs_and_whoever_may_does(desk):
    subjects = {(name, code): asked.of(desk, code) for name, asked in ASKED.items() for code in (OWN, OTHER)}
    before, passed = written(desk), []
    for name, role, commission in each(allowed=False):
        try:
            ASKED[name].ask(who(desk, role), commission, subjects[name, commission])
        except NotAllowedError:
            continue
        passed.append(f"{name} by {role} for {commission}")
    assert passed == []
    assert written(desk) == before

    for name, role, commission in each(allowed=True):
        of, before = ASKED[name].of(desk, commission), written(desk)
        ASKED[name].ask(who(desk, role), commission, of)
        assert (written(desk) != before) is ASKED[name].writes, f"{name} by {role} for {commission}"


def test_a_lead_who_names_the_own_commission_gets_at_nothing_of_anothers(desk):
    lead, theirs = who(desk, Role.LEAD), sent(desk, OTHER)
    returned = proposing.check(acting(desk, "office"), theirs.code, fit=False, remark="No.", seen=theirs.seen)
    begun(desk, OWN)
    before = written(desk)
    for forged in (
        lambda: propose(lead, OWN, change(desk, OTHER)),
        lambda: proposing.propose(
            lead, OWN, [change(desk, OWN)], reason="?", baseline=1, draft="x", again=returned.code, seen=returned.seen
        ),
        lambda: drafts.keep(lead, stream(OTHER), fields(), commission=OWN, base_version=0, seen=0),
    ):
        with pytest.raises((ProposalRefusedError, SettingsError)):
            forged()
    drafts.discard(lead, stream(OWN), commission=OWN)
    proposal_drafts.discard(lead, OWN)
    assert (drafts.own(lead, OWN), proposal_drafts.own(lead, OWN)) == ([], None), "a colleague's are not the own"
    assert written(desk) == before
