"""The first baseline, and the database that services work on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine, text

from roadmap import installation, organisation
from roadmap.domain.projections import fold
from roadmap.errors import StoreError
from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services import refresh
from roadmap.services.establishing import establish
from roadmap.settings import Settings
from roadmap.store import database, log, opening, views
from roadmap.store.embedded import Databases
from tests.conftest import HARBOUR
from tests.factories import TODAY, deliver, established, report


def test_the_first_baseline_is_the_programme_file_as_events(engine: Engine, harbour: Programme) -> None:
    desk = established(engine, harbour)
    with engine.connect() as connection:
        state = fold(log.events(connection))
        assert views.programme_start(connection) == date(2025, 11, 1)
        assert views.last_effective(connection) is None
    assert tuple(state.milestones.values()) == desk.programme.milestones
    assert list(state.units.values()) == organisation.units(harbour)
    assert state.indicators == {entry.code: entry.plain() for entry in harbour.indicators}
    assert state.observations == {entry.code: list(entry.observations) for entry in harbour.indicators}


def test_a_log_that_has_a_baseline_keeps_it(engine: Engine, harbour: Programme) -> None:
    units = organisation.units(harbour)
    first = establish(engine, harbour, units)
    renamed = harbour.model_copy(update={"milestones": harbour.milestones[:1]})
    assert (first.accepted, first.channel, first.source) == (14, "programme", "harbour")
    assert establish(engine, renamed, units) is None
    with engine.connect() as connection:
        assert views.head(connection).seq == 14


def test_when_everything_is_done_there_is_nothing_to_forecast(engine: Engine, harbour: Programme) -> None:
    desk = established(engine, harbour)
    done = {"state": "done", "percent": 100}
    deliver(desk, report("Q-1", **done), *(report("Q-2", unit=unit, **done) for unit in ("P-1", "P-2")))
    deliver(desk, report("C-1", **done), commission="cranes")
    made = refresh.refresh_at(desk, TODAY)
    assert (made["milestones"], made["kept"]) == (0, 0)


def test_without_a_url_the_embedded_server_runs_for_as_long_as_it_is_needed() -> None:
    with TemporaryDirectory(prefix="roadmap-tests-") as folder:
        settings = Settings(_env_file=None, state_dir=Path(folder), programme=HARBOUR, demo=False)
        assert installation.install(settings).events == 14
        with desks.desk(settings) as desk, desk.engine.connect() as connection:
            url = desk.engine.url.render_as_string(hide_password=False)
            assert views.counts(connection)["milestones"] == 3
        with pytest.raises(StoreError, match="does not answer"):
            database.connect(url)


def test_a_log_without_its_head_takes_nothing(databases: Databases, engine: Engine) -> None:
    owner = database.connect(databases.owner)
    with owner.begin() as connection:
        connection.execute(text("delete from head"))
    owner.dispose()
    with pytest.raises(StoreError, match="run `roadmap init` first"), log.writing(engine):
        pass


def test_what_is_opened_is_closed_again(settings: Settings) -> None:
    with opening.opened(settings) as engine:
        with engine.connect():
            pass
        assert engine.pool.checkedin() == 1
        pool = engine.pool
    assert pool.checkedin() == 0
