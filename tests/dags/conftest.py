"""Airflow in tests: its own home, and the DAGs parsed by a process like the dag-processor's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from roadmap.settings import Settings
from roadmap.stack import airflow, plan
from roadmap.stack.airflow import Airflow, Keys

PROJECT = Path(__file__).parents[2]
TELL = Path(__file__).with_name("tell_dags.py")
HARBOUR = PROJECT / "tests" / "programmes" / "harbour.toml"

# Read when Airflow is first imported: without it, it would make a folder in the tester's home.
_HOME = tempfile.TemporaryDirectory(prefix="airflow-test-")
os.environ["AIRFLOW_HOME"] = _HOME.name


def airflow_for(settings: Settings, database_url: str) -> tuple[Airflow, dict[str, str]]:
    """An installation of Airflow in the state folder, and the environment that `roadmap up` gives to it."""
    installed = Airflow(home=settings.state_dir / "airflow", project=PROJECT, database_url=database_url, port=8080)
    keys = Keys("", "a" * 64, "b")
    return installed, plan.base_environment(settings, os.environ) | airflow.environment(installed, keys)


def parsed(home: Path, programme: Path) -> dict[str, Any]:
    """What a process of Airflow's sees in `dags` for a programme: errors, heavy modules it loaded, DAGs."""
    settings = Settings(state_dir=home, programme=programme, demo=False)
    _, variables = airflow_for(settings, "postgresql+psycopg://nobody@/none")
    done = subprocess.run(
        [sys.executable, TELL, PROJECT / "dags"], env=variables, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.split("TOLD ")[1])


@pytest.fixture(scope="session")
def harbour_dags(tmp_path_factory) -> dict[str, Any]:
    """The DAGs of the small programme."""
    return parsed(tmp_path_factory.mktemp("airflow"), HARBOUR)
