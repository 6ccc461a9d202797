"""Forecasts are made from what is known, and kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from roadmap.analysis.forecast import Foreseen
from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services import refresh, standing
from roadmap.services.desk import Desk
from roadmap.services.pulse import pulse
from roadmap.settings import Settings
from roadmap.store import views
from tests.factories import TODAY, deliver, established, report


@pytest.fixture
def desk(engine: Engine, harbour: Programme) -> Desk:
    return established(engine, harbour)


def test_every_open_milestone_is_forecast_once_for_the_same_events(desk: Desk) -> None:
    first, again = refresh.refresh_at(desk, TODAY), refresh.refresh_at(desk, TODAY)
    assert first == {"seq": 14, "day": "2026-11-21", "milestones": 3, "kept": 3}
    assert again == first | {"kept": 0}


def test_what_is_done_is_not_forecast_any_more(desk: Desk) -> None:
    deliver(desk, report("Q-1", state="done", percent=100))
    assert refresh.refresh_at(desk, TODAY)["milestones"] == 2


def test_a_board_shows_the_forecast_that_was_known_then(desk: Desk) -> None:
    refresh.refresh_at(desk, TODAY)
    then = desks.moment(desk, day=TODAY)
    deliver(desk, report("Q-1", percent=60, effective=TODAY, forecast_finish=date(2030, 1, 1)))
    refresh.refresh_at(desk, TODAY)
    old, new = (
        {line.code: line.forecast for line in standing.lines(desk, moment)}
        for moment in (then, desks.moment(desk, day=TODAY))
    )
    assert old["Q-1"].p80 < date(2028, 6, 1) < new["Q-1"].p20
    with desk.engine.connect() as connection:
        assert views.forecasts(connection, then.seq, TODAY - timedelta(days=1)) == {}


def test_new_reports_make_the_pulse_go_up_and_so_do_new_forecasts(desk: Desk) -> None:
    beats = [pulse(desk)]
    refresh.refresh_at(desk, TODAY)
    beats.append(pulse(desk))
    deliver(desk, report("Q-1"))
    beats.append(pulse(desk))
    refresh.refresh_at(desk, TODAY)
    beats.append(pulse(desk))
    assert beats == sorted(set(beats))


def test_a_forecast_cannot_be_taken_back(desk: Desk) -> None:
    refresh.refresh_at(desk, TODAY)
    with pytest.raises(ProgrammingError, match="permission denied"), desk.engine.begin() as connection:
        connection.execute(text("update forecast set p50 = p80"))


def test_a_refresh_run_opens_and_closes_its_own_desk(desk: Desk, settings: Settings) -> None:
    done = refresh.refresh(settings)
    assert (done["seq"], done["kept"], done["day"]) == (14, 3, desks.today(desk).isoformat())


def test_the_record_of_leads_forecasts_is_of_what_is_finished(desk: Desk) -> None:
    """Three forecasts of Q-1, which was then done; one of Q-2, which is not."""
    foretold = [(date(2026, 8, 31), date(2026, 10, 15)), (date(2026, 9, 30), date(2026, 10, 20))]
    finished = date(2026, 10, 31)
    deliver(
        desk,
        *(report("Q-1", effective=day, forecast_finish=finish) for day, finish in foretold),
        report("Q-1", effective=date(2026, 10, 10)),
        report("Q-1", effective=finished, state="done", percent=100, forecast_finish=finished),
        report("Q-2", unit="P-1", forecast_finish=date(2027, 12, 31)),
    )
    with desk.engine.connect() as connection:
        seq = views.head(connection).seq
        known = views.foreseen(connection, seq, TODAY)
        assert known == [Foreseen("quays", day, finish, finished) for day, finish in foretold]
        assert views.foreseen(connection, seq, date(2026, 10, 30)) == []
