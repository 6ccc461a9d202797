"""The hourly anchor in Airflow's own test mode: written, failed for all to see, or skipped where no place is set."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from roadmap import installation
from roadmap.settings import Settings
from roadmap.stack import airflow
from roadmap.store import anchoring, database, verifying
from tests.dags.conftest import HARBOUR, PROJECT, airflow_for
from tests.databases import administrator, urls_of

RUN = Path(__file__).with_name("run_anchor.py")


@pytest.fixture(scope="module")
def settings(server, tmp_path_factory):
    """An installation of this module's own, whose Airflow is its own too."""
    with administrator(server) as admin:
        for name, owner in (("anchored", "roadmap_owner"), ("anchored_airflow", "airflow")):
            admin.exec_driver_sql(f"create database {name} owner {owner}")
    urls = urls_of(server, "anchored")
    made = Settings(
        _env_file=None,
        state_dir=tmp_path_factory.mktemp("anchored"),
        programme=HARBOUR,
        demo=False,
        database_url=urls.application,
        owner_database_url=urls.owner,
        airflow_database_url=server.airflow.replace("/airflow?", "/anchored_airflow?"),
    )
    installation.install(made)
    return made


@pytest.fixture(scope="module")
def ran(settings):
    """How `anchor` ended without a place, with one, and with one of two that fails; and all that was printed."""
    installed, variables = airflow_for(settings, settings.airflow_database_url)
    installed.home.mkdir()
    assert airflow.migrate(installed, variables, settings.state_dir / "migrate.log")
    folder = settings.state_dir
    lists = ["", str(folder / "a.jsonl"), f"{folder / 'none' / 'a.jsonl'} {folder / 'b.jsonl'}"]
    variables["ROADMAP_DATABASE_URL"] = settings.database_url
    command = [sys.executable, RUN, PROJECT / "dags", *lists]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.split("\nTOLD ")[1]), done.stdout + done.stderr


def test_without_a_place_it_is_skipped_with_a_sentence(ran):
    ended, printed = ran
    assert ended[0] == "skipped"
    assert "No place for anchors is set (ROADMAP_ANCHORS)." in printed


def test_it_writes_the_head_of_the_log(ran, settings):
    ended, _ = ran
    assert ended[1] == "success"
    engine = database.connect(settings.database_url)
    clean = verifying.verify(engine)
    engine.dispose()
    found = anchoring.read((settings.state_dir / "a.jsonl").read_text("utf-8"))
    assert (found.seq, found.batch, found.chain) == (clean.events, clean.batches, clean.chain.hex())


def test_a_place_that_fails_fails_the_run_at_once_and_the_others_are_written(ran, settings):
    ended, printed = ran
    assert ended[2] == "failed"
    assert "No anchor could be written to" in printed
    assert (settings.state_dir / "b.jsonl").is_file()
