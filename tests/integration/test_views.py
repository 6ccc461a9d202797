"""What the board reads, held against the plain fold of the same events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import Engine, select

from roadmap import organisation
from roadmap.analysis.progress import Reported, roll_up
from roadmap.domain.events import IndicatorObserved, MilestoneBaselined, ProgressReported, UnitOpened
from roadmap.domain.model import Scope, State, Unit, UnitWeights
from roadmap.domain.projections import fold
from roadmap.domain.refusals import refuse
from roadmap.programme import Programme
from roadmap.services.desk import Desk
from roadmap.store import log, projecting, views
from roadmap.store.tables import PROJECTIONS
from tests.factories import TODAY, deliver, noon, observation, report

FIRST_DAY = date(2026, 7, 1)


@pytest.fixture
def units(plan: Programme) -> list[Unit]:
    return organisation.units(plan)


def random_reports(plan: Programme, units: Sequence[Unit], seed: int) -> list[ProgressReported]:
    """Reports of any state for any day in any order: late ones, corrections of a day, cancellations."""
    random = Random(seed)  # noqa: S311 - chance, not secrecy
    found = []
    for _ in range(150):
        milestone = random.choice(plan.milestones)
        place = random.choice([unit.code for unit in units if unit.in_scope(milestone.scope)])
        day = FIRST_DAY + timedelta(days=random.randrange(0, 60))
        state = random.choice([*State, State.IN_PROGRESS, State.IN_PROGRESS])
        percent = {State.DONE: 100, State.NOT_STARTED: 0}.get(state, random.randrange(1, 100))
        found.append(report(milestone.code, unit=place, effective=day, state=state, percent=percent, spent=percent))
    return found


def expected(
    plan: Programme, units: Sequence[Unit], reports: Sequence[ProgressReported], day: date
) -> dict[str, tuple[float, int, int, float]]:
    """Percent, units that report, units done, money: of the reports for days up to `day`, by the plain fold."""
    newest = fold(each for each in reports if each.effective <= day).latest_reports()
    found = {}
    for milestone in plan.milestones:
        places = [unit for unit in units if unit.in_scope(milestone.scope)]
        weight = {u.code: max(u.visits, 1) if milestone.unit_weights is UnitWeights.VISITS else 1 for u in places}
        own = {code: newest[milestone.code, code].report for code in weight if (milestone.code, code) in newest}
        live = [code for code in weight if code not in own or own[code].state is not State.CANCELLED]
        percent = roll_up((weight[code], own[code].percent if code in own else 0) for code in live) or 0
        done = sum(each.state is State.DONE for each in own.values())
        found[milestone.code] = percent, len(own), done, sum(each.spent for each in own.values())
    return found


def told(facts: dict[str, Reported]) -> dict[str, object]:
    return {
        code: pytest.approx((known.percent, known.reporting, known.done, known.spent)) for code, known in facts.items()
    }


@pytest.mark.parametrize("seed", range(4))
def test_what_is_reported_is_what_the_fold_of_the_events_says(
    planned: Desk, plan: Programme, units: list[Unit], seed: int
) -> None:
    reports = random_reports(plan, units, seed)
    known = {deliver(planned, *reports[:75], on=TODAY).last_seq: reports[:75]}
    known |= {deliver(planned, *reports[75:], on=TODAY).last_seq: reports}
    with planned.engine.connect() as connection:
        for seq, so_far in known.items():
            for day in (FIRST_DAY - timedelta(days=1), FIRST_DAY + timedelta(days=20), TODAY):
                assert expected(plan, units, so_far, day) == told(views.reported(connection, seq, day))


@pytest.mark.parametrize("seed", range(4))
def test_percent_over_time_is_what_is_reported_on_each_day(
    planned: Desk, plan: Programme, units: list[Unit], seed: int
) -> None:
    receipt = deliver(planned, *random_reports(plan, units, seed))
    days = [FIRST_DAY + timedelta(days=number) for number in (-1, 0, 1, 2, 17, 30, 31, 59, 60, 90)]
    with planned.engine.connect() as connection:
        over_time = views.percent_over_time(connection, receipt.last_seq, days)
        for index, day in enumerate(days):
            on_the_day = views.reported(connection, receipt.last_seq, day)
            assert {code: percents[index] for code, percents in over_time.items()} == pytest.approx(
                {code: on_the_day[code].percent for code in over_time}
            )


def test_what_was_taken_up_again_is_finished_when_it_is_done_for_good(planned: Desk) -> None:
    done, open_again = {"state": State.DONE, "percent": 100}, {"percent": 90}
    first, second, third, fourth = (date(2026, month, 28) for month in (7, 8, 9, 10))
    seq = deliver(
        planned,
        report("Q-1", effective=first, **done),
        report("Q-1", effective=second, **open_again),
        report("Q-1", effective=third, **done),
        report("Q-1", effective=fourth, **done),
    ).last_seq
    with planned.engine.connect() as connection:
        finished = {day: views.reported(connection, seq, day)["Q-1"].finished_on for day in (first, second, fourth)}
    assert finished == {first: first, second: None, fourth: third}


def test_a_scoped_milestone_is_finished_with_its_last_unit(planned: Desk) -> None:
    done = {"state": State.DONE, "percent": 100}
    early, late = date(2026, 8, 31), date(2026, 9, 30)
    deliver(planned, report("Q-2", unit="P-1", effective=early, **done), on=early)
    seq = deliver(planned, report("Q-2", unit="P-2", effective=late, **done), on=late).last_seq
    with planned.engine.connect() as connection:
        assert views.reported(connection, seq, early)["Q-2"].finished_on is None
        assert views.reported(connection, seq, late)["Q-2"].finished_on == late
        assert views.reported(connection, seq, late)["Q-2"].state is State.DONE


def test_the_worst_word_and_the_latest_date_of_open_units_count(planned: Desk) -> None:
    soon, later = date(2027, 1, 1), date(2027, 6, 1)
    seq = deliver(
        planned,
        report("Q-2", unit="P-1", confidence="red", forecast_finish=soon),
        report("Q-2", unit="P-2", confidence="green", forecast_finish=later),
    ).last_seq
    with planned.engine.connect() as connection:
        known = views.reported(connection, seq, TODAY)["Q-2"]
    assert (known.confidence, known.forecast_finish) == ("red", later)


def test_an_observation_that_was_corrected_counts_once(planned: Desk) -> None:
    seen = [
        IndicatorObserved(effective=day, indicator="I-1", observation=observation(date=day, value=value))
        for day, value in ((date(2026, 9, 30), 170), (date(2026, 9, 30), 175), (date(2026, 8, 31), 160))
    ]
    with log.writing(planned.engine, lambda: noon(TODAY)) as writer:
        delivery = log.Delivery(channel="form", source="s", digest="d", actor="test")
        seq = writer.append(delivery, log.Outcome(events=[log.NewEvent(each) for each in seen])).last_seq
    with planned.engine.connect() as connection:
        found = views.observations(connection, seq, TODAY)["I-1"]
        assert [(each.date, each.value) for each in found] == [
            (date(2026, 6, 30), 150),
            (date(2026, 8, 31), 160),
            (date(2026, 9, 30), 175),
        ]
        assert len(views.observations(connection, seq - 3, TODAY)["I-1"]) == 1
        assert views.observations(connection, seq, TODAY, unit="P-1") == {}


def test_a_rejected_file_counts_as_one_and_a_row_with_two_faults_too(planned: Desk) -> None:
    faults = (refuse("missing", "state"), refuse("not_a_number", "percent", "x"))
    rows = (log.Rejected("Q-1", faults, "Report", 3), log.Rejected("Q-2", faults[:1], "Report", 4))
    deliver(planned, rejected=rows, on=date(2026, 10, 1))
    receipt = deliver(planned, rejected=(log.Rejected("bad.csv", faults[:1]),), on=date(2026, 10, 2), refused=True)
    with planned.engine.connect() as connection:
        assert views.reject_counts(connection, receipt.last_seq) == {"quays": 3}
        rejects = views.rejects(connection, receipt.last_seq)
        assert [(row.row, row.field) for row in rejects] == [
            (None, "state"),
            (3, "state"),
            (3, "percent"),
            (4, "state"),
        ]
        assert [row.batch for row in views.rejects(connection, receipt.last_seq, batch=receipt.batch)] == [3]
        assert views.rejects(connection, receipt.last_seq, commission="cranes") == []


def test_receipts_are_those_that_were_known_then(planned: Desk) -> None:
    first = deliver(planned, report("Q-1"), on=date(2026, 11, 1))
    second = deliver(planned, report("Q-1", effective=TODAY), on=date(2026, 11, 20))
    with planned.engine.connect() as connection:
        assert [r.batch for r in views.receipts(connection, first.last_seq, commission="quays")] == [first.batch]
        assert views.last_receipts(connection, first.last_seq)["quays"].batch == first.batch
        both = views.receipts(connection, second.last_seq, channels=["file"])
        assert [r.batch for r in both] == [second.batch, first.batch]
        assert len(views.receipts(connection, second.last_seq, channels=["file"], limit=1)) == 1
        assert views.known_at(connection, noon(date(2026, 11, 19))) == first.last_seq
        assert views.known_at(connection, noon(date(2020, 1, 1))) == 0


def test_a_new_baseline_moves_milestones_units_and_their_assignments(planned: Desk, plan: Programme) -> None:
    lights = plan.milestones[1]
    province = next(unit for unit in organisation.units(plan) if unit.code == "P-1")
    changes = [
        MilestoneBaselined(
            effective=TODAY, baseline=2, milestone=lights.model_copy(update={"scope": Scope.NATIONAL, "weight": 5})
        ),
        UnitOpened(effective=TODAY, unit=province.model_copy(update={"visits": 9})),
    ]
    with log.writing(planned.engine, lambda: noon(TODAY)) as writer:
        before = views.head(writer.connection).seq
        delivery = log.Delivery(channel="programme", source="decision", digest="d", actor="council")
        seq = writer.append(delivery, log.Outcome(events=[log.NewEvent(each) for each in changes])).last_seq
    with planned.engine.connect() as connection:
        assert views.reported(connection, seq, TODAY)["Q-2"].units == 1
        assert {m.code: m.weight for m in views.milestones(connection, seq)}["Q-2"] == 5
        assert {m.code: m.weight for m in views.milestones(connection, before)}["Q-2"] == 1
        assert {u.code: u.visits for u in views.units(connection, seq, "province")} == {"P-1": 9, "P-2": 0}
    live = rows(planned.engine)
    with planned.engine.begin() as connection:
        projecting.rebuild(connection)
    assert rows(planned.engine) == live


def rows(engine: Engine) -> list[list[object]]:
    with engine.connect() as connection:
        return [list(connection.execute(select(t).order_by(*t.primary_key))) for t in PROJECTIONS]
