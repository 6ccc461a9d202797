"""Who may do what with a proposal, and when; of two at once the second is told."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import pytest

from roadmap.domain.people import Grant, Role, Who
from roadmap.domain.proposing import Stage
from roadmap.services import baselines, proposals, proposing
from roadmap.services import desk as desks
from roadmap.services.gate import NotAllowedError
from roadmap.services.proposing import OvertakenError, ProposalRefusedError
from tests.factories import acting
from tests.proposing import checked, decided, moved, present, send


def test_another_commissions_milestone_in_a_forged_proposal_is_refused(desk, quays, cranes):
    with pytest.raises(ProposalRefusedError, match="C-1 belongs to another commission"):
        send(quays, moved(desk, "C-1"))
    forged = moved(desk, "C-1", commission="quays")
    with pytest.raises(ProposalRefusedError, match="C-1 belongs to another commission"):
        send(quays, forged)
    with pytest.raises(NotAllowedError):
        send(quays, moved(desk, "C-1"), commission="cranes")
    assert send(cranes, moved(desk, "C-1", finish=date(2029, 1, 1)), commission="cranes").stage is Stage.SENT


def test_nobody_decides_on_what_was_not_checked(desk, quays, office, commander):
    proposal = send(quays, moved(desk))
    with pytest.raises(ProposalRefusedError, match="does not wait for a decision"):
        decided(commander, proposal)
    with pytest.raises(ProposalRefusedError, match="does not wait for a decision"):
        decided(commander, checked(office, proposal, fit=False))
    assert present(desk, "Q-1").finish == date(2026, 10, 31)


def test_each_step_is_the_right_persons(desk, quays, cranes, office, commander):
    proposal = send(quays, moved(desk))
    for wrong in (quays, cranes, commander):
        with pytest.raises(NotAllowedError):
            checked(wrong, proposal)
    proposal = checked(office, proposal)
    for wrong in (quays, cranes, office):
        with pytest.raises(NotAllowedError):
            decided(wrong, proposal)
    for wrong in (cranes, office, commander):
        with pytest.raises(NotAllowedError):
            proposing.withdraw(wrong, proposal.code, reason="No.", seen=proposal.seen)


def test_nobody_checks_or_decides_on_what_they_sent_themselves(desk):
    proposal = send(desk, moved(desk))
    with pytest.raises(ProposalRefusedError, match="You sent proposal quays-1 yourself"):
        checked(desk, proposal)
    proposal = checked(acting(desk, "another"), proposal)
    with pytest.raises(ProposalRefusedError, match="You sent proposal quays-1 yourself"):
        decided(desk, proposal)


def test_of_two_who_decide_the_second_is_told(desk, quays, office, commander):
    proposal = checked(office, send(quays, moved(desk)))
    deputy = acting(desk, "deputy", Grant(role=Role.COMMANDER))
    decided(deputy, proposal, "rejected")
    with pytest.raises(OvertakenError, match="deputy has acted on proposal quays-1 meanwhile") as told:
        decided(commander, proposal)
    assert "deputy" in told.value.text.fa
    assert present(desk, "Q-1").finish == date(2026, 10, 31)


def test_of_many_who_decide_at_once_one_wins(desk, quays, office):
    proposal = checked(office, send(quays, moved(desk)))
    outcomes = []

    def act(name):
        try:
            decided(acting(desk, name, Grant(role=Role.COMMANDER)), proposal)
            outcomes.append(name)
        except OvertakenError:
            outcomes.append(None)

    threads = [threading.Thread(target=act, args=(f"deputy {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each is not None for each in outcomes) == [False] * 5 + [True]
    assert [each.number for each in baselines.baselines(desk, desks.moment(desk))] == [1, 2]


def test_a_decision_sent_twice_by_the_same_hand_is_made_once(desk, quays, office, commander):
    proposal = checked(office, send(quays, moved(desk)))
    first = decided(commander, proposal)
    assert decided(commander, proposal) == first
    with pytest.raises(ProposalRefusedError, match="does not wait for a decision"):
        decided(commander, first)


def test_a_draft_sent_twice_is_one_proposal(desk, quays):
    assert send(quays, moved(desk)) == send(quays, moved(desk))
    assert send(quays, moved(desk), draft="two").code == "quays-2"


def test_a_proposal_that_came_back_is_sent_again_under_its_number(desk, quays, office, commander):
    proposal = checked(office, send(quays, moved(desk)), fit=False)
    proposal = send(quays, moved(desk, weight=4), draft="two", again=proposal.code, seen=proposal.seen)
    assert (proposal.code, proposal.stage, len(proposal.steps)) == ("quays-1", Stage.SENT, 3)
    proposal = decided(commander, checked(office, proposal), "sent_back")
    assert proposal.stage is Stage.RETURNED
    proposal = proposing.withdraw(quays, proposal.code, reason="No longer needed.", seen=proposal.seen)
    assert proposal.stage is Stage.WITHDRAWN
    with pytest.raises(ProposalRefusedError, match="cannot be done"):
        proposing.withdraw(quays, proposal.code, reason="Once more.", seen=proposal.seen)


def test_another_commissions_proposal_cannot_be_sent_again_as_the_own(desk, quays, cranes, office):
    proposal = checked(office, send(quays, moved(desk)), fit=False)
    with pytest.raises(ProposalRefusedError, match="There is no proposal quays-1"):
        send(
            cranes, moved(desk, "C-1", finish=date(2029, 1, 1)),
            commission="cranes", again="quays-1", seen=proposal.seen,
        )  # fmt: skip


def test_what_was_looked_at_before_it_was_sent_again_is_not_decided(desk, quays, office, commander):
    old = checked(office, send(quays, moved(desk)))
    back = decided(commander, old, "sent_back")
    checked(office, send(quays, moved(desk, weight=9), draft="two", again=back.code, seen=back.seen))
    with pytest.raises(OvertakenError):
        decided(commander, old)


def test_what_waits_is_counted_for_whom_it_waits(desk, quays, office, commander):
    moment = lambda: desks.moment(desk)  # noqa: E731 - asked anew each time
    proposal = send(quays, moved(desk))
    waits = proposals.waiting(office, moment())
    assert [waits.mine(each) for each in (quays, office, commander)] == [0, 1, 0]
    checked(office, proposal)
    waits = proposals.waiting(office, moment())
    assert [waits.mine(each) for each in (quays, office, commander)] == [0, 0, 1]
    decided(commander, proposals.proposals(desk, moment())[0], "sent_back")
    waits = proposals.waiting(office, moment())
    assert [waits.mine(each) for each in (quays, office, commander)] == [1, 0, 0]


def test_a_stranger_sees_no_proposal(desk):
    stranger = replace(desk, who=Who("x", "x", frozenset()))
    with pytest.raises(NotAllowedError):
        proposals.proposals(stranger, desks.moment(desk))


def test_an_unknown_proposal_is_told(desk, office):
    with pytest.raises(ProposalRefusedError, match="There is no proposal quays-7"):
        proposals.opened(office, desks.moment(desk), "quays-7")
    with pytest.raises(ProposalRefusedError, match="There is no proposal quays-7"):
        proposing.check(office, "quays-7", fit=True, remark="?", seen=1)


def test_a_decision_names_only_a_session_that_was_called(desk, quays, office, commander):
    proposal = checked(office, send(quays, moved(desk)))
    with pytest.raises(ProposalRefusedError, match="No session with the code council-9"):
        decided(commander, proposal, session="council-9")
