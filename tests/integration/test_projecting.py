"""Projections: the same live and rebuilt, and what they say is what the events say, unit by unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, text

from roadmap import organisation
from roadmap.domain.events import Event, ProgressReported, UnitOpened
from roadmap.domain.model import Scope, UnitWeights
from roadmap.programme import Programme
from roadmap.services.desk import Desk
from roadmap.store import log, projecting, replaying, rolling, views
from tests import histories
from tests.factories import deliver, established, noon, report, unit
from tests.histories import DAYS, FIRST_DAY, append, chronicle, rebuilt
from tests.histories import projections as rows

JULY, AUGUST, SEPTEMBER = date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_rebuilt_equals_what_was_live_row_by_row(planned: Desk, plan: Programme, seed: int) -> None:
    chronicle(planned, plan, seed)
    live = rows(planned.engine)
    assert min(len(found) for found in live.values()) > 0
    assert rebuilt(planned.engine) == live


@pytest.mark.parametrize("seed", range(2))
def test_large_batches_are_rebuilt_part_by_part_to_the_same_rows(
    planned: Desk, plan: Programme, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chronicle(planned, plan, seed)
    live = rows(planned.engine)
    monkeypatch.setattr(replaying, "_PART", 3)
    monkeypatch.setattr(rolling, "_MOST_STREAMS", 2)
    monkeypatch.setattr(rolling, "_MOST_CELLS", 2)
    assert rebuilt(planned.engine) == live


@pytest.mark.parametrize("seed", range(6))
def test_any_board_is_what_the_events_say_unit_by_unit(planned: Desk, plan: Programme, seed: int) -> None:
    known = chronicle(planned, plan, seed)
    random = Random(seed)  # noqa: S311
    days = [FIRST_DAY + timedelta(days=number) for number in random.sample(range(-2, DAYS + 5), 9)]
    with planned.engine.connect() as connection:
        for seq, events in known.items():
            for day in days:
                expected = histories.board(events, day)
                whole = {code: told.reported for (code, province), told in expected.items() if province is None}
                found = views.reported(connection, seq, day)
                assert {code: asdict(each) for code, each in found.items()} == {
                    code: pytest.approx(asdict(each)) for code, each in whole.items()
                }
                assert of_provinces(views.rollups(connection, seq, day)) == {
                    place: pytest.approx(figures(told)) for place, told in expected.items()
                }


def of_provinces(found: Sequence[views.Rollup]) -> dict[Any, tuple[Any, ...]]:
    return {
        (row.milestone, row.province): (row.units, row.reporting, row.done, row.percent or 0.0, row.last_report)
        for row in found
    }


def figures(told: histories.Told) -> tuple[Any, ...]:
    known = told.reported
    return known.units, known.reporting, known.done, known.percent, known.last_report


@pytest.mark.parametrize("seed", range(3))
def test_curves_provinces_and_units_agree_with_the_boards_of_their_days(
    planned: Desk, plan: Programme, seed: int
) -> None:
    known = chronicle(planned, plan, seed)
    days = [FIRST_DAY + timedelta(days=number) for number in (-1, 0, 7, 20, 33, 59, 80)]
    with planned.engine.connect() as connection:
        for seq, events in known.items():
            over_time = views.percent_over_time(connection, seq, days)
            for index, day in enumerate(days):
                board = histories.board(events, day)
                expected = {code: told.reported for (code, province), told in board.items() if province is None}
                assert {code: percents[index] for code, percents in over_time.items()} == pytest.approx(
                    {code: expected[code].percent if code in expected else 0.0 for code in over_time}
                )
                assert {code for code, each in expected.items() if each.reporting} <= over_time.keys()
                assert views.province_percent(connection, seq, day) == by_province(board)


def by_province(board: dict[Any, histories.Told]) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    for (code, province), told in board.items():
        if province is not None and told.live:
            found.setdefault(province, {})[code] = pytest.approx(told.reported.percent)
    return found


@pytest.mark.parametrize("seed", range(2))
def test_a_story_has_every_report_known_then_newest_day_first_page_by_page(
    planned: Desk, plan: Programme, seed: int
) -> None:
    known = chronicle(planned, plan, seed)
    with planned.engine.connect() as connection:
        for seq in (max(known), sorted(known)[6]):
            for code in (milestone.code for milestone in plan.milestones):
                pages = [views.story(connection, code, seq, limit=4, offset=offset) for offset in range(0, 40, 4)]
                told = [each for page in pages for each in page]
                places = [(each.report.effective, each.seq) for each in told]
                own = [each for each in known[seq] if isinstance(each, ProgressReported) and each.milestone == code]
                assert places == sorted(set(places), reverse=True)
                assert Counter(each.report for each in told) == Counter(own)
                assert views.story_length(connection, code, seq) == len(own)


def moved(code: str, parent: str, day: date, **values: Any) -> UnitOpened:
    return UnitOpened(effective=day, unit=unit(code, kind="station", parent=parent, **values))


@pytest.fixture
def stations(engine: Engine, harbour: Programme) -> Desk:
    """One milestone of stations: T-1 (weight 1) in P-1 at 40, T-2 (weight 3) in P-2 at 80, both on 31 July."""
    quay = harbour.milestones[0].model_copy(update={"scope": Scope.STATION, "unit_weights": UnitWeights.VISITS})
    bare = harbour.organisation.model_copy(update={"stations": 0, "without_network": 0})
    planned = established(engine, harbour.model_copy(update={"milestones": (quay,), "organisation": bare}))
    opened = [moved("T-1", "P-1", date(2026, 1, 1), visits=1), moved("T-2", "P-2", date(2026, 1, 1), visits=3)]
    append(planned, opened, on=date(2026, 1, 2))
    told = [report("Q-1", unit=code, effective=JULY, percent=percent) for code, percent in (("T-1", 40), ("T-2", 80))]
    append(planned, told, on=date(2026, 8, 5))
    return planned


def provinces(planned: Desk, day: date, seq: int | None = None) -> dict[str | None, tuple[int, float | None]]:
    with planned.engine.connect() as connection:
        found = views.rollups(connection, seq or views.head(connection).seq, day, "Q-1")
    return {row.province: (row.units, row.percent) for row in found}


def test_past_boards_keep_the_province_that_a_unit_has_left(stations: Desk) -> None:
    """T-2 moves to P-1 on 15 September: (1 x 40 + 3 x 80) / 4 = 70 there from then on, and nobody is left in P-2."""
    before = {None: (2, 70), "P-1": (1, 40), "P-2": (1, 80)}
    assert provinces(stations, SEPTEMBER) == before
    known = append(stations, [report("Q-1", unit="T-1", effective=AUGUST, percent=40)], on=date(2026, 9, 5))
    append(stations, [moved("T-2", "P-1", date(2026, 9, 15), visits=3)], on=date(2026, 9, 20))
    assert provinces(stations, date(2026, 9, 14)) == before
    assert provinces(stations, date(2026, 9, 15)) == {None: (2, 70), "P-1": (2, 70)}
    assert provinces(stations, SEPTEMBER, known) == before
    append(stations, [report("Q-1", unit="T-2", effective=AUGUST, percent=60)], on=date(2026, 9, 25))
    assert provinces(stations, AUGUST) == {None: (2, 55), "P-1": (1, 40), "P-2": (1, 60)}
    assert provinces(stations, SEPTEMBER) == {None: (2, 55), "P-1": (2, 55)}


def test_a_station_counts_from_the_day_on_which_it_opens(stations: Desk) -> None:
    """T-3 (weight 4) opens in P-1 on 31 August: the whole falls from 70 to (40 + 240 + 0) / 8 = 35 on that day."""
    append(stations, [moved("T-3", "P-1", AUGUST, visits=4)], on=date(2026, 8, 20))
    assert provinces(stations, date(2026, 8, 30)) == {None: (2, 70), "P-1": (1, 40), "P-2": (1, 80)}
    assert provinces(stations, AUGUST) == {None: (3, 35), "P-1": (2, 8), "P-2": (1, 80)}
    append(stations, [report("Q-1", unit="T-3", effective=date(2026, 8, 1), percent=50)], on=date(2026, 9, 1))
    assert provinces(stations, date(2026, 8, 30)) == {None: (2, 70), "P-1": (1, 40), "P-2": (1, 80)}
    assert provinces(stations, AUGUST) == {None: (3, 60), "P-1": (2, 48), "P-2": (1, 80)}


def test_a_late_report_changes_the_board_of_its_day_and_not_what_was_known_then(stations: Desk) -> None:
    """Known on 10 August: 70. On 20 September T-2 says that it was at 40 on 31 July: (40 + 3 x 40) / 4 = 40."""
    append(stations, [report("Q-1", unit="T-2", effective=AUGUST, percent=90)], on=date(2026, 9, 5))
    with stations.engine.connect() as connection:
        then, september = (views.known_at(connection, noon(date(2026, *day))) for day in ((8, 10), (9, 10)))
    append(stations, [report("Q-1", unit="T-2", effective=JULY, percent=40)], on=date(2026, 9, 20))
    readings = {
        (known, day): provinces(stations, day, known)[None][1]
        for known in (then, september, None)
        for day in (JULY, AUGUST)
    }
    assert readings == {
        (then, JULY): 70,
        (then, AUGUST): 70,
        (september, JULY): 70,
        (september, AUGUST): 77.5,
        (None, JULY): 40,
        (None, AUGUST): 77.5,
    }


def test_a_milestone_whose_last_unit_left_its_scope_is_on_no_board_from_then_on(stations: Desk) -> None:
    gone = [
        UnitOpened(effective=AUGUST, unit=unit(code, kind="province", parent="national")) for code in ("T-1", "T-2")
    ]
    append(stations, gone, on=date(2026, 9, 1))
    assert provinces(stations, AUGUST) == {}
    assert provinces(stations, date(2026, 8, 30))[None] == (2, 70)


def test_a_batch_in_several_parts_is_rolled_up_as_one(planned: Desk, harbour: Programme) -> None:
    """Its plan comes in the first part and its reports, which begin earlier, in the next."""
    lights = harbour.milestones[1].model_copy(update={"scope": Scope.STATION})
    station = next(each for each in organisation.units(harbour) if each.kind == "station").code
    events: list[Event] = [histories.baselined(lights, SEPTEMBER), report("Q-2", unit=station, effective=AUGUST)]
    with log.writing(planned.engine, lambda: noon(SEPTEMBER)) as writer:
        frames = [writer._frame([log.NewEvent(each)]) for each in events]
        appending = writer.begin(log.Delivery(channel="file", source="f", digest="d", actor="test"))
        for frame in (*frames, pl.DataFrame(schema=frames[0].schema)):
            appending.add(frame)
        appending.close()
    live = rows(planned.engine)
    assert rebuilt(planned.engine) == live
    spans = [(row.last_seq - row.first_seq, row.batch) for row in live["span"]]
    assert spans == [(0, 2)]


def test_ranges_of_the_log_hold_the_reports_of_their_milestone_and_nothing_else(planned: Desk, plan: Programme) -> None:
    chronicle(planned, plan, seed=1)
    misplaced = """
        select count(*) from event e left join span s on e.seq between s.first_seq and s.last_seq
        where (e.type = 5) is distinct from (s.milestone is not null) or e.subject <> s.milestone or e.batch <> s.batch
    """
    with planned.engine.connect() as connection:
        assert connection.execute(text(misplaced)).scalar_one() == 0


def test_projections_of_another_layout_are_stale_until_they_are_rebuilt(planned: Desk) -> None:
    deliver(planned, report("Q-1"))
    with planned.engine.begin() as connection:
        assert projecting.is_stale(connection)
        assert projecting.rebuild(connection) == views.head(connection).seq
        assert not projecting.is_stale(connection)
        connection.execute(text("update layout set number = number - 1"))
        assert projecting.is_stale(connection)
