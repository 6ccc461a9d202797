"""The stack as data: environments, commands, ports, health answers."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from roadmap.errors import SettingsError
from roadmap.settings import Settings
from roadmap.stack import StackError, airflow, health, leftovers, logs, plan, ports
from roadmap.stack.airflow import Airflow, Keys
from roadmap.stack.supervisor import shell_line

KEYS = Keys(*(name * 16 for name in ("fern", "jwt!", "key!")))
TRACKER_URL = "postgresql+psycopg://roadmap_app:hidden@db/tracker"


@pytest.fixture
def installed(tmp_path):
    return Airflow(home=tmp_path, project=Path("/project"), database_url="postgresql://u:p%40ss@db/airflow", port=8123)


def settings(**changes) -> Settings:
    given = {"state_dir": Path("/state"), "database_url": TRACKER_URL, "owner_database_url": TRACKER_URL}
    return Settings(**given | changes, _env_file=None)


def components(installed, **changes):
    base = plan.base_environment(settings(**changes), {"PATH": "/bin", "AIRFLOW__CORE__PARALLELISM": "99"})
    made = plan.components(settings(**changes), installed, KEYS, board_port=8555, watched=[10, 11], base=base)
    return {component.name: component for component in made}


def test_tasks_talk_to_the_port_that_is_in_use(installed):
    variables = airflow.environment(installed, KEYS)
    assert variables["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8123/execution/"
    assert variables["AIRFLOW__API__PORT"] == "8123"
    assert variables["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert "127.0.0.1" in variables["NO_PROXY"]


def test_airflow_speaks_psycopg_3_both_ways_and_keeps_its_password(installed):
    variables = airflow.environment(installed, KEYS)
    for name in ("SQL_ALCHEMY_CONN", "SQL_ALCHEMY_CONN_ASYNC"):
        url = make_url(variables[f"AIRFLOW__DATABASE__{name}"])
        assert (url.drivername, url.password) == ("postgresql+psycopg", "p@ss")


def test_only_the_board_and_the_processes_that_run_tasks_know_the_trackers_database(installed):
    knowing = {name for name, made in components(installed).items() if TRACKER_URL in made.environment.values()}
    assert knowing == {"board", "scheduler"}


def test_only_the_processes_that_run_tasks_know_the_mail_servers_password(installed):
    made = components(installed, smtp_password="by mail")  # noqa: S106 - a test's own
    assert {name for name, one in made.items() if "by mail" in one.environment.values()} == {"scheduler"}


def test_only_airflow_knows_airflows_keys(installed):
    knowing = {name for name, made in components(installed).items() if KEYS.jwt_secret in made.environment.values()}
    assert knowing == {"api-server", "scheduler", "dag-processor", "triggerer"}


def test_the_settings_of_this_run_win_over_what_the_shell_had(installed):
    made = components(installed, demo=False)
    assert made["scheduler"].environment["AIRFLOW__CORE__PARALLELISM"] == "4"
    assert made["board"].environment["ROADMAP_STATE_DIR"] == "/state"
    assert made["board"].environment["ROADMAP_DEMO"] == "False"
    assert made["board"].environment["PATH"] == "/bin"
    assert "AIRFLOW__CORE__PARALLELISM" not in made["board"].environment


def test_every_component_carries_the_mark_by_which_it_is_found_again(installed):
    for made in components(installed).values():
        assert leftovers.mark(Path("/state")).items() <= made.environment.items()


def test_the_board_listens_where_it_was_told(installed):
    command = components(installed)["board"].command
    assert command[command.index("--server.port") + 1] == "8555"
    assert command[command.index("--server.address") + 1] == "127.0.0.1"


def test_keys_and_password_are_made_once_and_for_the_owner_only(installed):
    first = airflow.keys_of(installed.home)
    airflow.make_password(installed)
    password = installed.passwords.read_text()
    airflow.make_password(installed)
    assert airflow.keys_of(installed.home) == first
    assert installed.passwords.read_text() == password
    assert len(json.loads(password)[airflow.USER]) >= 16
    for file in (installed.passwords, installed.home / "keys.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_command_replaces_the_shell_and_writes_to_its_log():
    assert shell_line(["a b", "c"], Path("/x y/log")) == "exec 'a b' c >>'/x y/log' 2>&1"


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_that_was_asked_for_and_is_taken_is_an_error_that_names_the_setting(taken):
    with pytest.raises(SettingsError, match=rf"Port {taken} on 127\.0\.0\.1 is taken.*ROADMAP_BOARD_PORT"):
        ports.choose("127.0.0.1", wanted=taken, first=8501, setting="ROADMAP_BOARD_PORT")


def test_without_a_wish_the_next_free_port_is_taken(taken):
    chosen = ports.choose("127.0.0.1", wanted=None, first=taken, setting="ROADMAP_BOARD_PORT")
    assert taken < chosen < taken + 100
    assert ports.choose("127.0.0.1", wanted=chosen, first=taken, setting="ROADMAP_BOARD_PORT") == chosen


@pytest.mark.parametrize(
    ("setting", "way"), [("ROADMAP_BOARD_PORT", "give one in ROADMAP_BOARD_PORT"), (None, "end what listens there")]
)
def test_no_free_port_at_all_is_told(monkeypatch, setting, way):
    monkeypatch.setattr(ports, "is_free", lambda host, port: False)
    with pytest.raises(StackError, match=f"No port from 8501 to 8600 is free on 127.0.0.1: {way}"):
        ports.choose("127.0.0.1", wanted=None, first=8501, setting=setting)


def test_what_runs_beside_gets_the_mark_and_no_database(installed):
    base = plan.base_environment(settings(), {})
    made = plan.Guest("office", "Office", ("serve",), "http://127.0.0.1:1/healthz").component(base)
    assert leftovers.mark(Path("/state")).items() <= made.environment.items()
    assert TRACKER_URL not in made.environment.values()


def test_a_component_is_ready_when_it_gave_a_sign_of_life_in_this_run():
    began = datetime(2026, 1, 1, 12, tzinfo=UTC)
    answer = {
        "metadatabase": {"status": "healthy"},
        "scheduler": {"latest_scheduler_heartbeat": (began + timedelta(seconds=3)).isoformat()},
        "triggerer": {"latest_triggerer_heartbeat": (began - timedelta(seconds=3)).isoformat()},
        "dag_processor": {"latest_dag_processor_heartbeat": None},
    }
    assert health.airflow_parts_ready(answer, began) == {"api-server", "scheduler"}
    assert health.airflow_parts_ready({}, began) == set()


def test_nothing_listens_so_nothing_answers(taken):
    free = ports.choose("127.0.0.1", wanted=None, first=taken + 1, setting="")
    assert not health.answers(f"http://127.0.0.1:{free}/")
    assert health.airflow_health(f"http://127.0.0.1:{free}") == {}


def test_waiting_tells_of_each_component_once_and_ends():
    said, looks = [], iter([{"a"}, {"a"}, {"a", "b"}])
    done = health.wait(
        {"a": "Alpha", "b": "Beta"}, lambda: next(looks), seconds=9, say=said.append, stopping=threading.Event()
    )
    assert done
    assert [line.split(" … ready in ")[0] for line in said] == ["Alpha", "Beta"]


def test_waiting_too_long_names_what_is_missing():
    with pytest.raises(StackError, match=r"Not ready after 0 s: Beta\."):
        health.wait(
            {"a": "Alpha", "b": "Beta"}, lambda: {"a"}, seconds=0, say=lambda _: None, stopping=threading.Event()
        )


def test_waiting_ends_when_the_stack_stops():
    stopping = threading.Event()
    stopping.set()
    assert not health.wait({"a": "Alpha"}, set, seconds=9, say=print, stopping=stopping)


def test_airflows_settings_never_come_from_the_tests_own_environment():
    assert not any(name.startswith("AIRFLOW__") for name in os.environ)


def test_a_log_that_has_grown_is_set_aside_and_goes_on_empty_others_stay(tmp_path):
    long, short = tmp_path / "board.log", tmp_path / "airflow.log"
    long.write_text("x" * 11)
    short.write_text("x" * 10)
    assert logs.turn(tmp_path, most=10) == [long]
    assert (long.read_text(), logs.before(long).read_text()) == ("", "x" * 11)
    assert short.read_text() == "x" * 10
    assert sorted(tmp_path.iterdir()) == [short, long, logs.before(long)]
