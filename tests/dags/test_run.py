"""The DAGs run for real, in Airflow's own test mode, against a real database: a file in the inbox becomes events."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from roadmap import installation
from roadmap.settings import Settings
from roadmap.stack import airflow
from roadmap.store import anchoring, database, verifying
from tests.dags.conftest import HARBOUR, PROJECT, airflow_for
from tests.dags.test_feed_dags import ASKED, FEED

RUN = Path(__file__).with_name("run_dags.py")
HEADER = "Code;Place;As of;State;Done %;Expected;Remarks\n"
#: Of the last three runs each is told of other places for anchors: of none, of one, of one that fails and one more.
RUNS = ("pull_quays", "refresh", "pull_quays", "pull_cranes", "remind", "anchor", "anchor", "anchor")


@pytest.fixture(scope="module")
def ran(server, tmp_path_factory):
    """How each of RUNS ended.

    A pull with a file of one good row and one bad one; what follows; the same with nothing; a pull with a file in the
    inbox and a feed that is away; reminders where there is nobody to be reminded; anchors.
    """
    folder = tmp_path_factory.mktemp("programme")
    shutil.copy(HARBOUR.with_suffix(".csv"), folder)
    away = ASKED + "attempts = 1\n"
    (folder / "harbour.toml").write_text(HARBOUR.read_text("utf-8").replace(FEED, away), "utf-8")
    settings = Settings(
        state_dir=tmp_path_factory.mktemp("state"),
        programme=folder / "harbour.toml",
        demo=False,
        database_url=server.application,
        owner_database_url=server.owner,
        airflow_database_url=server.airflow,
    )
    installation.install(settings)
    inbox = settings.inbox / "quays"
    (inbox / "report.csv").write_text(HEADER + "Q-1;;2026-06-30;doing;40,5;;\nQ-9;;2026-06-30;doing;10;;\n", "utf-8")
    crane = {"code": "C-1", "place": "", "day": "2026-06-30", "state": "in_progress", "percent": 10}
    (settings.inbox / "cranes" / "report.json").write_text(json.dumps([crane]), "utf-8")
    installed, variables = airflow_for(settings, server.airflow)
    installed.home.mkdir()
    log = settings.state_dir / "migrate.log"
    assert airflow.migrate(installed, variables, log)
    assert not airflow.migrate(installed, variables, log)
    state = settings.state_dir
    places = ["", f"{state / 'a.jsonl'}", f"{state / 'none' / 'a.jsonl'} {state / 'b.jsonl'}"]
    told = [{}] * (len(RUNS) - len(places)) + [{"ROADMAP_ANCHORS": each} for each in places]
    command = [sys.executable, RUN, PROJECT / "dags", json.dumps([*zip(RUNS, told, strict=True)])]
    variables |= {
        "ROADMAP_DATABASE_URL": server.application,
        "AIRFLOW_CONN_REGISTRY": "http://user:se-cret@127.0.0.1:1",
        "ROADMAP_SMTP_HOST": "127.0.0.1",
    }
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.split("\nTOLD ")[1]), settings, done.stdout + done.stderr


def test_a_pull_and_the_refresh_behind_it_succeed(ran):
    (pull, refresh, *_), _, _ = ran
    assert [pull["tasks"], refresh["tasks"]] == [{"drain_inbox": "success"}, {"recompute": "success"}]


def test_the_good_row_is_in_the_log_and_the_bad_one_in_the_ledger_under_the_runs_name(ran):
    (pull, *_), settings, _ = ran
    engine = database.connect(settings.database_url)
    with engine.connect() as connection:
        query = text("select accepted, rejected, run from batch where commission = 'quays' and channel = 'file'")
        [row] = connection.execute(query).all()
    engine.dispose()
    assert tuple(row) == (1, 1, pull["run_id"])
    assert list((settings.inbox / "quays").iterdir()) == []


def test_an_empty_inbox_skips_the_task_and_so_updates_no_asset(ran):
    (_, _, empty, *_), _, _ = ran
    assert (empty["tasks"], empty["run"]) == ({"drain_inbox": "skipped"}, "success")


def test_a_feed_that_is_away_fails_its_own_task_at_once_and_says_why(ran):
    (_, _, _, away, *_), _, printed = ran
    assert away["tasks"]["ask_feed"] == away["run"] == "failed"
    assert "The server of connection 'registry' cannot be reached" in printed
    assert "se-cret" not in printed


def test_what_lay_in_the_inbox_of_a_feed_that_is_away_is_taken_and_updates_its_asset(ran):
    (_, _, _, away, *_), settings, _ = ran
    assert away["tasks"]["drain_inbox"] == "success"
    engine = database.connect(settings.database_url)
    with engine.connect() as connection:
        query = text("select rows_read, accepted from batch where commission = 'cranes' and channel = 'file'")
        taken = [tuple(row) for row in connection.execute(query)]
    engine.dispose()
    assert taken == [(1, 1)]
    bus = create_engine(settings.airflow_database_url)
    with bus.connect() as connection:
        query = text(
            "select e.source_task_id from asset_event e join asset a on a.id = e.asset_id where a.name = :name"
        )
        found = connection.execute(query, {"name": "roadmap of cranes"}).scalars().all()
    bus.dispose()
    assert found == ["drain_inbox"]


def test_reminders_are_planned_and_sent_by_their_dag(ran):
    (_, _, _, _, remind, *_), _, _ = ran
    assert remind["tasks"] == {"send_digests": "success"}


def test_an_anchor_without_a_place_is_skipped_with_a_sentence(ran):
    (*_, nowhere, _, _), _, printed = ran
    assert [*nowhere["tasks"].values()] == ["skipped"]
    assert "No place for anchors is set (ROADMAP_ANCHORS)." in printed


def test_an_anchor_is_the_head_of_the_log(ran):
    (*_, anchored, _), settings, _ = ran
    assert anchored["run"] == "success"
    engine = database.connect(settings.database_url)
    clean = verifying.verify(engine)
    engine.dispose()
    found = anchoring.read((settings.state_dir / "a.jsonl").read_text("utf-8"))
    assert (found.seq, found.batch, found.chain) == (clean.events, clean.batches, clean.chain.hex())


def test_a_place_that_fails_fails_the_run_at_once_and_the_others_are_written(ran):
    (*_, failed), settings, printed = ran
    assert [*failed["tasks"].values()] == ["failed"]
    assert "No anchor could be written to" in printed
    assert (settings.state_dir / "b.jsonl").is_file()
