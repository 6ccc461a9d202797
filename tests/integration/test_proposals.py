"""A change of the roadmap from the commission's proposal to the next baseline, in a real log."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from roadmap.domain.events import IndicatorPut, MilestonePut
from roadmap.domain.model import Link
from roadmap.domain.people import Grant, Role, Who
from roadmap.domain.proposing import Stage
from roadmap.intake import pipeline
from roadmap.services import baselines, proposals, proposing, reporting, standing
from roadmap.services import desk as desks
from roadmap.services.gate import NotAllowedError
from roadmap.services.proposing import OvertakenError, ProposalRefusedError
from roadmap.store import projecting, views
from roadmap.store.proposals import plan as plan_of
from tests.factories import TODAY, acting, deliver, established, order, report

LATER = date(2027, 3, 31)


@pytest.fixture
def desk(engine, harbour, monkeypatch):
    """The harbour's first baseline and one report of Q-1."""
    monkeypatch.setattr(desks, "today", lambda _desk: TODAY)
    desk = established(engine, harbour)
    deliver(desk, report("Q-1", percent=70, forecast_finish=date(2026, 12, 10)), on=date(2026, 11, 5))
    return desk


@pytest.fixture
def quays(desk):
    return acting(desk, "head of quays", Grant(role=Role.LEAD, commission="quays"))


@pytest.fixture
def cranes(desk):
    return acting(desk, "head of cranes", Grant(role=Role.LEAD, commission="cranes"))


@pytest.fixture
def office(desk):
    return acting(desk, "office", Grant(role=Role.SECRETARIAT))


@pytest.fixture
def commander(desk):
    return acting(desk, "commander", Grant(role=Role.COMMANDER))


def present(desk, code):
    found = {each.code: each for each in standing.lines(desk, desks.moment(desk))}
    return found[code].milestone


def moved(desk, code="Q-1", **changes):
    return MilestonePut(milestone=present(desk, code).model_copy(update={"finish": LATER} | changes))


def send(desk, *changes, commission="quays", draft="one", baseline=1, **more):
    return proposing.propose(
        desk, commission, changes, reason="The builder is late.", baseline=baseline, draft=draft, **more
    )


def checked(office, proposal, *, fit=True):
    return proposing.check(office, proposal.code, fit=fit, remark="Complete.", seen=proposal.seen)


def decided(commander, proposal, verdict="approved", **more):
    return proposing.decide(commander, proposal.code, verdict, reason="So be it.", seen=proposal.seen, **more)


def carried(desks_, *changes, commission="quays", **more):
    """From the proposal to the approval."""
    lead, office, commander = desks_
    return decided(commander, checked(office, send(lead, *changes, commission=commission, **more)))


def test_a_date_moves_by_proposal_check_and_decision(desk, quays, office, commander):
    proposal = send(quays, moved(desk))
    assert (proposal.code, proposal.stage) == ("quays-1", Stage.SENT)
    proposal = decided(commander, checked(office, proposal))
    assert (proposal.stage, proposal.decided.baseline) == (Stage.APPROVED, 2)
    assert present(desk, "Q-1").finish == LATER
    told = [(each.actor, each.event.type) for each in proposal.steps]
    assert told == [
        ("head of quays", "change_proposed"), ("office", "proposal_checked"), ("commander", "proposal_decided"),
    ]  # fmt: skip
    first, second = baselines.baselines(desk, desks.moment(desk))
    assert (first.number, first.proposal, second.number, second.proposal, second.actor) == (
        1, "", 2, "quays-1", "commander",
    )  # fmt: skip


def test_a_decision_and_its_baseline_are_one_batch_and_the_projections_can_be_rebuilt(desk, quays, office, commander):
    carried((quays, office, commander), moved(desk), MilestonePut(milestone=new(desk, "Q-9")))
    rows = "select type from event where batch = (select max(batch) from event) order by seq"
    tables = ("milestone", "assignment", "rollup")
    with desk.engine.begin() as connection:
        assert connection.execute(text(rows)).scalars().all() == [14, 2, 2]
        live = {name: connection.execute(text(f"select * from {name} order by 1, 2")).all() for name in tables}
        projecting.rebuild(connection)
        again = {name: connection.execute(text(f"select * from {name} order by 1, 2")).all() for name in tables}
    assert live == again


def test_a_decision_makes_forecasts_on_the_new_plan(desk, quays, office, commander):
    carried((quays, office, commander), moved(desk, "Q-1"))
    moment = desks.moment(desk)
    with desk.engine.connect() as connection:
        assert set(views.forecasts(connection, moment.seq, TODAY)) == {"Q-1", "Q-2", "C-1"}


def new(desk, code, **changes):
    return present(desk, "Q-1").model_copy(update={"code": code, "finish": LATER} | changes)


def test_the_decision_record_says_old_and_new_field_by_field(desk, quays, office, commander):
    proposal = carried((quays, office, commander), moved(desk, weight=5))
    view = proposals.opened(commander, desks.moment(desk), proposal.code)
    (difference,) = view.differences
    assert [(each.field, each.before, each.after) for each in difference.fields] == [
        ("finish", date(2026, 10, 31), LATER), ("weight", 3, 5),
    ]  # fmt: skip
    assert (view.meanwhile, view.refused) == ([], [])


def test_what_a_change_moves_is_shown_before_it_is_sent(desk, quays):
    before = log_length(desk)
    found = proposals.draft(quays, "quays", [moved(desk)])
    (push,) = found.effects.pushed
    assert (push.milestone.code, push.days, push.start) == ("C-1", (LATER - date(2026, 11, 1)).days, LATER)
    assert (found.refused, found.baseline, log_length(desk)) == ([], 1, before)


def log_length(desk):
    with desk.engine.connect() as connection:
        return views.head(connection).seq


def test_a_new_milestone_can_be_reported_on_after_the_decision(desk, quays, office, commander):
    carried((quays, office, commander), MilestonePut(milestone=new(desk, "Q-9")))
    answer = reporting.report(quays, order("Q-9"), commission="quays")
    assert answer.refusal is None


def test_a_dropped_milestone_leaves_the_board_takes_no_reports_and_stands_on_the_old_board(
    desk, quays, office, commander
):
    then = desks.moment(desk)
    carried((quays, office, commander), moved(desk, dropped=True))
    now = desks.moment(desk)
    assert "Q-1" not in {each.code for each in standing.lines(desk, now)}
    assert "Q-1" in {each.code for each in standing.lines(desk, then)}
    assert "Q-1" in {each.code for each in standing.lines(desk, replace(now, day=TODAY - timedelta(days=1)))}
    answer = reporting.report(quays, order("Q-1", effective=TODAY), commission="quays")
    assert answer.refusal.code == "dropped_milestone"
    with desk.engine.connect() as connection:
        assert views.counts(connection)["milestones"] == 2
        query = text("select a.until from assignment a join milestone m on m.id = a.milestone where m.code = 'Q-1'")
        assert connection.execute(query).scalars().all() == [TODAY]


def test_a_file_that_reports_on_a_dropped_milestone_gets_that_row_back(
    desk, quays, office, commander, settings, tmp_path
):
    carried((quays, office, commander), moved(desk, dropped=True))
    path = tmp_path / "quays.csv"
    path.write_text(
        "Code;Place;As of;State;Done %;Expected;Remarks\nQ-1;;2026-11-10;doing;80;;\nQ-2;P-1;2026-11-10;doing;20;;\n"
    )
    receipt = pipeline.load(desk.engine, desk.programme, settings, "quays", path, today=TODAY)
    assert (receipt.accepted, receipt.rejected, receipt.refused) == (1, 1, False)
    with desk.engine.connect() as connection:
        assert [each.code for each in views.rejects(connection, receipt.last_seq)] == ["dropped_milestone"]


def test_a_dropped_milestone_comes_back_by_another_decision(desk, quays, office, commander):
    staff = quays, office, commander
    whole = present(desk, "Q-1")
    carried(staff, moved(desk, dropped=True))
    carried(staff, MilestonePut(milestone=whole), draft="two", baseline=2)
    assert present(desk, "Q-1") == whole
    assert reporting.report(quays, order("Q-1", effective=TODAY, percent=80), commission="quays").refusal is None


def test_an_indicators_targets_change_by_a_decision(desk, cranes, office, commander):
    indicator = desk.programme.indicators[0].plain()
    wanted = indicator.model_copy(update={"targets": (indicator.targets[0].model_copy(update={"value": 300.0}),)})
    carried((cranes, office, commander), IndicatorPut(indicator=wanted), commission="cranes")
    with desk.engine.connect() as connection:
        assert views.indicators(connection, views.head(connection).seq) == [wanted]
    (changed,) = baselines.compare(desk, desks.moment(desk), 1, 2).changed
    assert [each.field for each in changed.fields] == ["targets"]


def test_two_baselines_are_compared_by_what_is_new_dropped_and_changed(desk, quays, office, commander):
    carried(
        (quays, office, commander),
        moved(desk), moved(desk, "Q-2", dropped=True), MilestonePut(milestone=new(desk, "Q-9")),
    )  # fmt: skip
    found = baselines.compare(desk, desks.moment(desk), 1, 2)
    assert [each.code for each in found.new] == ["Q-9"]
    assert [each.code for each in found.dropped] == ["Q-2"]
    assert [(each.item.code, [told.field for told in each.fields]) for each in found.changed] == [("Q-1", ["finish"])]
    back = baselines.compare(desk, desks.moment(desk), 2, 1)
    assert ([each.code for each in back.new], [each.code for each in back.dropped]) == (["Q-2"], ["Q-9"])
    with pytest.raises(ProposalRefusedError, match="There is no baseline 3"):
        baselines.compare(desk, desks.moment(desk), 1, 3)


def test_the_proposed_roadmap_is_seen_before_the_decision_and_nothing_is_written(desk, quays, commander):
    proposal = send(quays, moved(desk), moved(desk, "Q-2", dropped=True))
    found = {each.code: each.milestone for each in proposals.proposed_lines(commander, desks.moment(desk), "quays-1")}
    assert found.keys() == {"Q-1", "C-1"}
    assert found["Q-1"].finish == LATER
    assert present(desk, "Q-1").finish == date(2026, 10, 31)
    assert proposal.stage is Stage.SENT


# Who may, and when


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


# The same changed meanwhile


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


def test_a_decision_names_only_a_session_that_was_called(desk, quays, office, commander):
    proposal = checked(office, send(quays, moved(desk)))
    with pytest.raises(ProposalRefusedError, match="No session with the code council-9"):
        decided(commander, proposal, session="council-9")


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


def test_the_plan_of_each_baseline_can_be_read(desk, quays, office, commander):
    carried((quays, office, commander), moved(desk))
    with desk.engine.connect() as connection:
        seq = views.head(connection).seq
        finishes = [plan_of(connection, seq, number).milestones["Q-1"].finish for number in (1, 2, None)]
    assert finishes == [date(2026, 10, 31), LATER, LATER]
