"""What a proposal may not be: made on a plan that has changed meanwhile, against the plan's rules, without a reason."""

from __future__ import annotations

from datetime import date

import pytest

from roadmap.domain.model import Link
from roadmap.domain.proposing import Stage
from roadmap.services import baselines, proposals, proposing
from roadmap.services import desk as desks
from roadmap.services.proposing import OvertakenError, ProposalRefusedError
from tests.proposing import LATER, carried, checked, decided, moved, present, send


def test_what_another_decision_changed_meanwhile_is_shown_and_never_written_over(desk, quays, office, commander):
    staff = quays, office, commander
    waits = checked(office, send(quays, moved(desk, weight=9)))
    carried(staff, moved(desk), draft="two")
    view = proposals.opened(commander, desks.moment(desk), waits.code)
    ((found,), (theirs,)) = view.differences, view.meanwhile
    assert [(each.field, each.before, each.after) for each in theirs.fields] == [
        ("finish", date(2026, 10, 31), LATER),
    ]  # fmt: skip
    assert [(each.field, each.after) for each in found.fields] == [("weight", 9)]
    with pytest.raises(OvertakenError, match="Another decision has changed Q-1 meanwhile"):
        decided(commander, waits)
    assert present(desk, "Q-1").weight == 3
    back = decided(commander, waits, "sent_back")
    again = send(quays, moved(desk, weight=9), draft="three", baseline=2, again=back.code, seen=back.seen)
    assert decided(commander, checked(office, again)).stage is Stage.APPROVED


def test_a_proposal_on_an_overtaken_plan_is_not_sent(desk, quays, office, commander):
    mine = moved(desk, weight=9)
    carried((quays, office, commander), moved(desk))
    with pytest.raises(OvertakenError, match="Q-1"):
        send(quays, mine, draft="two", baseline=1)


def test_two_proposals_that_close_a_circle_together_are_not_both_approved(desk, quays, cranes, office, commander):
    loop = moved(desk, start=date(2028, 7, 1), finish=date(2028, 8, 1), after=(Link(code="C-1"),))
    with pytest.raises(ProposalRefusedError, match=r"in a circle: .*C-1"):
        send(quays, loop)
    free = checked(office, send(cranes, moved(desk, "C-1", finish=date(2028, 6, 30), after=()), commission="cranes"))
    decided(commander, free)
    first = checked(office, send(quays, loop, draft="two", baseline=2))
    second = moved(desk, "C-1", start=date(2026, 11, 1), finish=date(2028, 6, 30), after=(Link(code="Q-1"),))
    second = checked(office, send(cranes, second, commission="cranes", draft="three", baseline=2))
    decided(commander, first)
    with pytest.raises(ProposalRefusedError, match="circle"):
        decided(commander, second)
    assert [each.number for each in baselines.baselines(desk, desks.moment(desk))] == [1, 2, 3]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"after": (Link(code="X-1"),)}, "its predecessor X-1 is not in the programme"),
        ({"horizon": "never"}, "there is no horizon never"),
        ({"commission": "navy"}, "there is no commission navy"),
        ({"finish": date(2026, 10, 31)}, "nothing is changed"),
        ({"source": "hearsay"}, "there is no source hearsay"),
    ],
)
def test_the_plans_rules_hold_for_what_is_proposed(desk, quays, changes, sentence):
    with pytest.raises(ProposalRefusedError, match=sentence):
        send(quays, moved(desk, **changes))


def test_a_text_that_turns_the_line_round_is_refused(desk, quays):
    title = present(desk, "Q-1").title.model_copy(update={"fa": "اسکله\u202e"})
    with pytest.raises(ProposalRefusedError, match="hidden characters"):
        send(quays, moved(desk, title=title))
    with pytest.raises(ProposalRefusedError, match="hidden text-direction"):
        proposing.propose(quays, "quays", [moved(desk)], reason="x\u202e", baseline=1, draft="d")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1001])
def test_nothing_is_proposed_checked_or_decided_without_a_reason(desk, quays, office, commander, reason):
    with pytest.raises(ProposalRefusedError, match="Say why"):
        proposing.propose(quays, "quays", [moved(desk)], reason=reason, baseline=1, draft="d")
    proposal = send(quays, moved(desk))
    with pytest.raises(ProposalRefusedError, match="Say why"):
        proposing.check(office, proposal.code, fit=True, remark=reason, seen=proposal.seen)
    proposal = checked(office, proposal)
    with pytest.raises(ProposalRefusedError, match="Say why"):
        proposing.decide(commander, proposal.code, "approved", reason=reason, seen=proposal.seen)
