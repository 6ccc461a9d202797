"""The DAGs run for real, in Airflow's own test mode, against a real database: a file in the inbox becomes events."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from roadmap import installation
from roadmap.settings import Settings
from roadmap.stack import airflow
from roadmap.store import database
from tests.dags.conftest import HARBOUR, PROJECT, airflow_for

RUN = Path(__file__).with_name("run_dags.py")
HEADER = "Code;Place;As of;State;Done %;Expected;Remarks\n"


@pytest.fixture(scope="module")
def ran(server, tmp_path_factory):
    """A pull with a file of one good row and one bad one, `refresh`, and a pull of an empty inbox; how each ended."""
    settings = Settings(
        state_dir=tmp_path_factory.mktemp("state"),
        programme=HARBOUR,
        demo=False,
        database_url=server.application,
        owner_database_url=server.owner,
        airflow_database_url=server.airflow,
    )
    installation.install(settings)
    inbox = settings.inbox / "quays"
    (inbox / "report.csv").write_text(HEADER + "Q-1;;2026-06-30;doing;40,5;;\nQ-9;;2026-06-30;doing;10;;\n", "utf-8")
    installed, variables = airflow_for(settings, server.airflow)
    installed.home.mkdir()
    log = settings.state_dir / "migrate.log"
    assert airflow.migrate(installed, variables, log)
    assert not airflow.migrate(installed, variables, log)
    command = [sys.executable, RUN, PROJECT / "dags", "pull_quays", "refresh", "pull_cranes"]
    variables["ROADMAP_DATABASE_URL"] = server.application
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.split("\nTOLD ")[1]), settings


def test_a_pull_and_the_refresh_behind_it_succeed(ran):
    told, _ = ran
    assert [told[dag]["task"] for dag in ("pull_quays", "refresh")] == ["success", "success"]


def test_the_good_row_is_in_the_log_and_the_bad_one_in_the_ledger_under_the_runs_name(ran):
    told, settings = ran
    engine = database.connect(settings.database_url)
    with engine.connect() as connection:
        query = text("select accepted, rejected, run from batch where commission = 'quays' and channel = 'file'")
        [row] = connection.execute(query).all()
    engine.dispose()
    assert tuple(row) == (1, 1, told["pull_quays"]["run_id"])
    assert list((settings.inbox / "quays").iterdir()) == []


def test_an_empty_inbox_skips_the_task_and_so_updates_no_asset(ran):
    told, _ = ran
    assert (told["pull_cranes"]["task"], told["pull_cranes"]["run"]) == ("skipped", "success")
