"""A change of the roadmap from the commission's proposal to the next baseline, in a real log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from roadmap.domain.events import IndicatorPut, MilestonePut
from roadmap.domain.proposing import Stage
from roadmap.intake import pipeline
from roadmap.services import baselines, proposals, reporting, standing
from roadmap.services import desk as desks
from roadmap.services.proposing import ProposalRefusedError
from roadmap.store import projecting, views
from roadmap.store.proposals import plan as plan_of
from tests.factories import TODAY, order
from tests.proposing import LATER, carried, checked, decided, moved, new, present, send


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


def test_the_plan_of_each_baseline_can_be_read(desk, quays, office, commander):
    carried((quays, office, commander), moved(desk))
    with desk.engine.connect() as connection:
        seq = views.head(connection).seq
        finishes = [plan_of(connection, seq, number).milestones["Q-1"].finish for number in (1, 2, None)]
    assert finishes == [date(2026, 10, 31), LATER, LATER]
